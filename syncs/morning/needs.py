"""What needs this person, by cause: how much, what it comes to, since when, and where to do it.

Only what he may do. Each line leads to a list that shows exactly what it counts.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from django.db.models import Count, Min, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from connections.errors import Reason
from syncs.admin import advice
from syncs.admin.fixes import link
from syncs.admin.list_sums import Companies, totals
from syncs.balance.rows import Book, Cause, CellCause
from syncs.formatting import count
from syncs.models import Alert, ControlChange, FixRequest, Record, State, Wording
from syncs.morning import systems
from syncs.registry import REGISTRY
from syncs.sums import CORRECTS
from syncs.worklist.care import FOR_PEOPLE, TO_APPROVE, to_approve

Row = dict[str, Any]
SINCE = Coalesce("held_since", "changed_at")
FOLLOWS = {Reason.WAITS: dt.timedelta(days=2)}  # go on by themselves: so long they need nobody
LISTED = 5  # that are named one by one; the line counts them all
MAP, VENDOR, PROJECT = (
    "mappings.add_costcodemapping", "mappings.add_vendorlink", "mappings.add_projectlink"
)  # fmt: skip
RULES, SETTINGS = "mappings.change_costcodemapping", "syncs.change_flowsettings"
APPROVE, REPLAY = "syncs.approve_record", "syncs.replay_record"
MENDED_BY = {  # what it takes to end this cause; of the others: to replay them
    Reason.MISSING_MAPPING: MAP, Reason.MISSING_VENDOR: VENDOR, Reason.MISSING_PROJECT: PROJECT,
    Reason.ACCOUNT_UNUSABLE: RULES, Reason.DIMENSION: RULES, Reason.COST_CODE: RULES,
    Reason.SETTINGS: "mappings.add_accountrule", Reason.PERIOD_CLOSED: SETTINGS,
    Reason.TAX: SETTINGS, Reason.BOOKED_TWICE: SETTINGS, Reason.SHADOW: SETTINGS,
    Reason.CHANGED_AFTER_POSTING: APPROVE, Reason.DELETED_AT_SOURCE: APPROVE,
    Reason.DIFFERS: APPROVE, Reason.LOCKED: APPROVE, Reason.STATUS: "connections.change_connection",
}  # fmt: skip
OF_FLOWS = {(Reason.POSSIBLE_DUPLICATE, "vendors"): VENDOR}  # where it is another right
APART = {reason for reason, _ in OF_FLOWS}


class Person(Protocol):
    """Whoever is told: a user, or all of them together."""

    def get_username(self) -> str: ...

    def has_perm(self, permission: str) -> bool: ...


class Everybody:
    """Who reads what goes to the addresses of the site: whatever needs anybody."""

    def get_username(self) -> str:
        return ""

    def has_perm(self, permission: str) -> bool:
        return True


@dataclasses.dataclass(frozen=True)
class Need:
    """One line: a cause, and what it comes to."""

    kind: str
    label: str
    number: int
    noun: str
    url: str
    money: tuple[str, ...] = ()
    since: dt.datetime | None = None
    todo: str = ""
    reason: str = ""
    named: tuple[tuple[str, str], ...] = ()  # (sentence, address) of the first of them
    size: Any = 0  # what causes are ordered by

    @property
    def counted(self) -> str:
        return count(self.number, self.noun)


def of(
    person: Person, companies: Companies, known: list[systems.Health] | None = None,
    held: list[Row] | None = None,
) -> list[Need]:  # fmt: skip
    """First what others wait for, then what is held, the most money first, then the systems.

    `known`, `held`: the systems, and what is held by reason, where they were asked for already.
    """
    found: list[Need] = []
    if person.has_perm("syncs.view_record"):
        found += [*approvals(person, companies), *mine(person, companies)]
    found += [*requests(person, companies), *changes(person)]
    if person.has_perm("syncs.view_record"):
        found += causes(person, companies, held_rows() if held is None else held)
    found += [*unexplained(person, companies), *alerts(person), *unwell(person, known)]
    return [*found, *unanswered(person)]


def held_rows() -> list[Row]:
    """All that is held, by reason, integration, flow and currency."""
    return grouped(Record.objects.filter(FOR_PEOPLE), "reason")


def grouped(rows: Any, *names: str) -> list[Row]:
    corrects = rows.order_by().annotate(corrects=CORRECTS)
    values = corrects.values("integration_id", "flow", "currency", "corrects", *names)
    return list(values.annotate(documents=Count("pk"), total=Sum("amount"), since=Min(SINCE)))


def documents(
    kind: str, label: str, rows: list[Row], companies: Companies, url: str, **more: Any
) -> Need:
    """Of rows with integration, flow, currency, documents, total and since."""
    sums_of = totals(rows, companies)
    number, in_sums = sum(row["documents"] for row in rows), sum(one.documents for one in sums_of)
    return Need(
        kind, label, number, "document" if number == in_sums else "record", url,
        money=tuple(total.money for total in sums_of if total.amount),
        since=min(row["since"] for row in rows),
        size=sum(abs(total.amount) for total in sums_of), **more,
    )  # fmt: skip


def approvals(person: Person, companies: Companies) -> Iterator[Need]:
    if person.has_perm(APPROVE):
        rows = grouped(to_approve(Record.objects.all(), person.get_username()))
        if rows:
            url = link("syncs_record_changelist", approval="for_me")
            yield documents("approve", "Wait for your approval", rows, companies, url)


def mine(person: Person, companies: Companies) -> Iterator[Need]:
    """Held, and he said or was told that he looks after it."""
    if me := person.get_username():
        rows = grouped(Record.objects.filter(FOR_PEOPLE, owner=me))
        if rows:
            url = link("syncs_record_changelist", state__exact=State.HELD, owner="mine")
            yield documents("mine", "You look after", rows, companies, url)


def causes(person: Person, companies: Companies, held: list[Row]) -> list[Need]:
    """Held, by cause: those that this person can end. What follows another document by itself is
    among them once it waits for long."""
    now = timezone.now()
    by_cause: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in held:
        if row["reason"] not in TO_APPROVE and person.has_perm(mended_by(row)):
            by_cause[row["reason"], row["flow"] if row["reason"] in APART else ""].append(row)
    for reason, patience in FOLLOWS.items():
        if min((row["since"] for row in by_cause[reason, ""]), default=now) > now - patience:
            del by_cause[reason, ""]
    causes_of = [reason for reason, _ in by_cause]
    known = advice.subjects(Record.objects.filter(FOR_PEOPLE, reason__in=causes_of))
    found = [
        cause(reason, flow, rows, companies, advice.todo(reason, rows, companies.keys, known))
        for (reason, flow), rows in by_cause.items()
    ]
    return sorted(found, key=lambda need: (-need.size, -need.number))


def cause(reason: str, flow: str, rows: list[Row], companies: Companies, todo: str) -> Need:
    """`flow`: of the records, where they do not stand with those of other flows."""
    wanted = {"state__exact": State.HELD, "reason__exact": reason, "flow": flow}
    label = named(reason)
    if flow:
        known = REGISTRY.get(companies.keys.get(rows[0]["integration_id"], ""), {}).get(flow)
        label = f"{label}: {known.label.lower() if known else flow}"
    return documents(
        "held", label, rows, companies, link("syncs_record_changelist", **wanted),
        todo=todo, reason=reason,
    )  # fmt: skip


def mended_by(row: Row) -> str:
    reason = row["reason"]
    usual = MENDED_BY.get(Reason(reason), REPLAY) if reason in Reason.values else REPLAY
    return OF_FLOWS.get((reason, row["flow"]), usual)


def named(reason: str) -> str:
    return str(Reason(reason).label) if reason in Reason.values else reason or "No reason"


def requests(person: Person, companies: Companies) -> Iterator[Need]:
    everybody = isinstance(person, Everybody)
    rows = FixRequest.objects.open() if everybody else FixRequest.objects.to_answer(person)
    named = rows.select_related("integration", "record__integration")
    named = named.defer("record__source", "record__coded", "record__problems")
    if first := list(named.order_by("asked_at")[:LISTED]):
        yield Need(
            "request", "Asked of you", rows.count(), "request",
            link("syncs_fixrequest_changelist", whose="" if everybody else "for_me"),
            since=first[0].asked_at, named=tuple(asked(row, companies) for row in first),
        )  # fmt: skip


def asked(row: FixRequest, companies: Companies) -> tuple[str, str]:
    title = row.title(companies.currencies.get(row.integration_id, ""))
    return f"{title} (by {row.asked_by})", link("syncs_fixrequest_change", row.pk)


def changes(person: Person) -> Iterator[Need]:
    """Loosened controls that wait for a second person."""
    if person.has_perm("syncs.agree_controlchange"):
        rows = ControlChange.objects.waiting_for(person.get_username())
        first = list(rows.select_related("settings__integration").order_by("asked_at")[:LISTED])
        if first:
            yield Need(
                "control", "Changes of controls for you to decide", rows.count(), "change",
                link("syncs_controlchange_changelist", whose="for_me"),
                since=first[0].asked_at,
                named=tuple(
                    (f"{row} (by {row.asked_by})", link("syncs_controlchange_change", row.pk))
                    for row in first
                ),
            )  # fmt: skip


def unexplained(person: Person, companies: Companies) -> Iterator[Need]:
    """Differences of the reconciliation that no cause explains."""
    if person.has_perm("syncs.view_cell") and person.has_perm("syncs.read_again_cell"):
        where = {
            "integration__in": list(companies.keys),
            "book__in": Book.values,
        }  # as its index begins
        number = CellCause.objects.filter(cause=Cause.UNEXPLAINED, **where).count()
        if number:
            url = link("syncs_cell_changelist", cause=Cause.UNEXPLAINED)
            yield Need("difference", "Differences without a cause", number, "line", url)


def alerts(person: Person) -> Iterator[Need]:
    """Open ones, for those who may close them."""
    if person.has_perm("syncs.change_alert"):
        rows = Alert.objects.filter(closed_at=None)
        if first := list(rows.order_by("opened_at")[:LISTED]):
            yield Need(
                "alert", "Open alerts", rows.count(), "alert",
                link("syncs_alert_changelist", state="open"), since=first[0].opened_at,
                named=tuple(
                    (row.sentence, link("syncs_alert_change", row.pk)) for row in first
                ),
            )  # fmt: skip


def unwell(person: Person, known: list[systems.Health] | None) -> Iterator[Need]:
    """Systems, for those who keep the connections: what will be over, before it has an alert."""
    if person.has_perm("connections.change_connection"):
        found = systems.healths() if known is None else known
        rows = [each for each in found if each.problems and each.connection.active]
        if rows:
            yield Need(
                "system", "Connections to look at", len(rows), "connection",
                link("connections_connection_changelist"),
                named=tuple(
                    (f"{each.connection}: {' '.join(each.problems)}",
                     link("connections_connection_change", each.connection.pk))
                    for each in rows
                ),
            )  # fmt: skip


def unanswered(person: Person) -> Iterator[Need]:
    """Texts of other systems that no rule knows, for those who may say what they mean."""
    if person.has_perm("syncs.answer_wording"):
        rows = Wording.objects.filter(reason="")
        if first := list(rows.order_by("-last_at")[:LISTED]):
            yield Need(
                "wording", "Say what it means when another system refuses", rows.count(), "text",
                link("syncs_wording_changelist", answered="no"),
                named=tuple((str(row), link("syncs_wording_change", row.pk)) for row in first),
            )  # fmt: skip


def reasons(found: Iterable[Need], held: list[Row]) -> set[str]:
    """Causes that are among them with all that is held for them."""
    told, waits = Counter[str](), Counter[str]()
    for need in found:
        told[need.reason] += need.number
    for row in held:
        waits[row["reason"]] += row["documents"]
    mine = {reason for reason, number in told.items() if reason and number == waits[reason]}
    waiting = sum(row["documents"] for row in held if row["reason"] in TO_APPROVE)
    if any(need.kind == "approve" and need.number == waiting for need in found):
        mine |= set(TO_APPROVE)
    return mine
