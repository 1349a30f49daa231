"""The integrations and their flows, and what finance may choose for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Field

from config.docs import markdown
from connections.integrations import INTEGRATIONS
from syncs.admin.flows import CODES, FlowSettingsAdmin
from syncs.controls import heeded
from syncs.flow import Flow
from syncs.models import FlowSettings
from syncs.registry import REGISTRY

INTRODUCTION = (
    "A flow carries one kind of record in one direction. A new integration has all of its flows at "
    "once, in shadow mode. Every flow is polled; what the source tells by webhook, where the site "
    "offers that, comes at once. Of several ways to book, the first is the one that a new "
    "integration begins with."
)
FIELDS = {field.name: field for field in FlowSettings._meta.fields}
WITH_EACH_FLOW = {"booking", "code_rule"}  # their choices
SETTINGS = (
    "Under *Flow settings*, a page per flow. Every change is a line of the journal. A page shows "
    "what its flow heeds; what it does not show has no effect on it."
)


def page() -> str:
    parts = [markdown.paragraph(INTRODUCTION)]
    for key, flows in REGISTRY.items():
        listed = markdown.bullets(map(described, flows.values()))
        parts += [f"## {INTEGRATIONS[key].label}", f"`{key}`", listed]
    settings = markdown.bullets(choices())
    return markdown.page("Flows", *parts, "## Settings", markdown.paragraph(SETTINGS), settings)


def described(flow: Flow) -> str:
    told = "polled, and told by webhook" if flow.resources or flow.polled_on else "polled"
    told += "; what people change of it over there is told by webhook" if flow.told_on else ""
    lines = [f"**{flow.label}** (`{flow.name}`): {told}"]
    if flow.about:
        lines.append(flow.about)
    if approved := getattr(flow, "approved", ()):
        lines.append(f"Statuses that count: {', '.join(approved)}".replace("_", " "))
    if flow.bookings:
        lines.append(f"Booked as {quoted(map(flow.booking, flow.bookings))}")
    if flow.code_rules:
        rules = quoted(FlowSettings.CodeRule(rule).label for rule in flow.code_rules)
        lines.append(f"What becomes a cost code: {rules}")
    lines.append(f"Settings of its own: {', '.join(own(flow))}")
    return "\n".join(lines)


def own(flow: Flow) -> Iterator[str]:
    """Beside those of every flow."""
    for field in fields():
        if field.name in flow.heeds:
            yield str(field.verbose_name)


def choices() -> Iterator[str]:
    for field in fields():
        every = "" if field.name in heeded.CHOICES else "of every flow"
        yield setting(field, every)


def fields() -> Iterator[Field[Any, Any]]:
    """Of the page, in its order, with those that only some flows show."""
    parts: list[tuple[str, Any]] = [*FlowSettingsAdmin.fieldsets]
    parts.insert(1, CODES)
    for _, options in parts:
        for name in flat(options["fields"]):
            if name not in FlowSettingsAdmin.readonly_fields:
                yield FIELDS[name]


def flat(names: object) -> Iterator[str]:
    """Fields that share a line stand in a tuple of their own."""
    if isinstance(names, str):
        yield names
    elif isinstance(names, (list, tuple)):
        for name in names:
            yield from flat(name)


def setting(field: Field[Any, Any], whose: str) -> str:
    name = str(field.verbose_name)
    said = [str(field.help_text)] if field.help_text else []
    if field.choices and field.name not in WITH_EACH_FLOW:
        said.append(f"{quoted(label for _, label in field.flatchoices)}.")
    title = f"**{name[:1].upper()}{name[1:]}**" + (f" ({whose})" if whose else "")
    return title + (f": {' '.join(said)}" if said else "")


def quoted(labels: Iterable[object]) -> str:
    *others, last = [f"“{label}”" for label in labels]
    return f"{', '.join(others)} or {last}" if others else last
