"""What to do about all that is held for one reason: what the page of each of them says, where that
is the same for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Value
from django.db.models.functions import JSONObject

from mappings.releases import REASONS
from syncs.admin.reasons import BY_SUBJECT, CATALOGUE, todo_of
from syncs.forecast.figures import Group
from syncs.models import Record

Key = tuple[int, str, str]  # integration, flow, reason
Subjects = Mapping[Key, set[str]]
SPOKEN = {str(REASONS[subject]) for subject in BY_SUBJECT}  # told otherwise for some subjects
OTHER = "of another"
OF_REASON = "@.reason == $reason"
PATHS = {
    **{name: f"$[*] ? ({OF_REASON} && exists(@.{name}))" for name in BY_SUBJECT},
    OTHER: f"$[*] ? ({OF_REASON} && "
    + " && ".join(f"!exists(@.{name})" for name in BY_SUBJECT) + ")",
}  # fmt: skip


def says(path: str) -> Func:
    """Whether a problem that has the record's own reason is such."""
    return Func(
        F("problems"), Func(Value(path), template="%(expressions)s::jsonpath"),
        JSONObject(reason=F("reason")), function="jsonb_path_exists", output_field=BooleanField(),
    )  # fmt: skip


def subjects(rows: QuerySet[Record]) -> Subjects:
    """By integration, flow and reason: what these are about, empty for nothing of note."""
    names = {f"about_{place}": name for place, name in enumerate(PATHS)}
    asked: Any = rows.filter(reason__in=SPOKEN).order_by()
    asked = asked.annotate(**{alias: says(PATHS[name]) for alias, name in names.items()})
    found: dict[Key, set[str]] = defaultdict(set)
    for row in asked.values("integration_id", "flow", "reason", *names).distinct():
        about = {name for alias, name in names.items() if row[alias]} or {OTHER}
        key = row["integration_id"], row["flow"], row["reason"]
        found[key] |= {"" if name == OTHER else name for name in about}
    return found


def todo(
    reason: str, rows: Iterable[Mapping[str, Any]], keys: Mapping[int, str], known: Subjects
) -> str:
    """`rows`: with integration and flow; `keys`: of the integrations."""
    if reason not in CATALOGUE:
        return ""
    found = {
        todo_of(keys.get(row["integration_id"], ""), row["flow"], reason, about)
        for row in rows
        for about in known.get((row["integration_id"], row["flow"], reason), {""})
    }
    return found.pop() if len(found) == 1 else CATALOGUE[reason].todo


def of_group(reason: str, group: Group, keys: Mapping[int, str]) -> str:
    """The same of what is foreseen."""
    known: dict[Key, set[str]] = defaultdict(set)
    for integration, flow, about in group.about:
        known[integration, flow, reason].add(about)
    return todo(reason, group.rows, keys, known)
