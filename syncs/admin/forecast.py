"""What a replay will do, said before it is done. Asks our own tables only, never a vendor."""

from __future__ import annotations

from collections.abc import Iterable

from connections.errors import Reason
from syncs.admin.list_sums import totals
from syncs.forecast.context import AS_IT_IS, Assumed
from syncs.forecast.figures import Figures, Group, add_up
from syncs.forecast.foresee import ASKED, Foreseen, foresee, foresee_one, whose
from syncs.formatting import count
from syncs.models import Record, State
from syncs.registry import REGISTRY

WILL = {
    State.PENDING: "It waits already; a replay puts it first and starts its tries anew.",
    State.RUNNING: "A worker has it now. A replay does nothing until that is finished.",
    State.IN_DOUBT: "{whom} is asked for it before anything else. Nothing is sent blindly.",
    State.POSTED: "{whom} is asked again and both sides are compared. Nothing is posted twice.",
    State.SKIPPED: "It is read again from the source; if the rule still applies, it is skipped "
    "again.",
    State.SET_ASIDE: "It is taken back and read again from the source, and posted if nothing "
    "holds it.",
}
READ_AGAIN = "It is read again from the source and checked anew."


def sentence(record: Record, found: Foreseen | None = None) -> str:
    """What a replay of this one record will do. `found`: what was foreseen, where it is held."""
    if record.state != State.HELD:
        return WILL[State(record.state)].format(whom=whom(record))
    found = found or foresee_one(record)
    if goes_back(record, found):
        return "It is read again. It changed since it was sent back, so it waits for an approval."
    if found.end == State.HELD:
        return f"It is read again. As it was read last, it will be held again: {named(found)}."
    if found.end == ASKED:
        return f"{READ_AGAIN} Only {found.whom} can tell whether it will be held again."
    if found.end == State.SKIPPED:
        return f"{READ_AGAIN} A rule leaves it out: {found.sentence}"
    if found.end == State.PENDING:
        return f"{READ_AGAIN} It waits: {found.sentence}"
    return "It is read again from the source, checked anew, and posted if nothing holds it."


def goes_back(record: Record, found: Foreseen) -> bool:
    """To those who approve it."""
    approval = found.end == State.HELD and found.reason == Reason.NEEDS_APPROVAL
    return approval and record.reason == Reason.SENT_BACK


def helps(record: Record, found: Foreseen) -> bool:
    """A replay may end it: what holds it does not certainly stand."""
    return found.end != State.HELD or goes_back(record, found)


def whom(record: Record) -> str:
    """Who is asked; also of a flow that is no longer there."""
    known = record.flow in REGISTRY.get(record.integration.key, {})
    return whose(record.integration, record) if known else "The other system"


def named(found: Foreseen) -> str:
    reasons = [str(facts.get("reason")) for facts in found.problems] or [found.reason]
    labels = dict.fromkeys(label(reason) for reason in (found.reason, *reasons))
    stand = "still stands" if len(labels) == 1 else "still stand"
    return f"{', '.join(f'“{one}”' for one in labels)} {stand}"


def label(reason: str) -> str:
    return str(Reason(reason).label) if reason in Reason.values else reason


def forecast(records: Iterable[Record], assumed: Assumed = AS_IT_IS) -> Figures:
    """Of many, by the very checks that hold them."""
    return add_up(foresee([record.pk for record in records], assumed))


def sentences(found: Figures) -> list[str]:
    """The figures as they are read."""
    lines = [f"{count(found.tried, 'record')} will be tried again."]
    if found.written.documents:
        said = f"Nothing that we know of holds {found.written.documents:,} of them"
        lines.append(f"{said} ({money(found.written)}).")
    for reason, group in by_size(found.held):
        lines.append(
            f"Of them {are(group)} held for “{label(reason)}”, which still stands."
        )  # fmt: skip
    for whom, group in by_size(found.asked):
        lines.append(
            f"{count(group.documents, 'record')} must be asked of {whom}, which alone can tell: "
            "whether a number is taken, a vendor blocked or a refusal still stands."
        )
    lines += others(found)
    return lines


def others(found: Figures) -> list[str]:
    lines = []
    if found.skipped.documents:
        lines.append(f"{are(found.skipped)} left out by a rule.")
    if found.waits.documents:
        lines.append(
            f"{found.waits.documents:,} will wait: their flow is stopped, or another document "
            "goes first."
        )
    if found.stands.documents:
        lines.append(f"{are(found.stands)} as they should be; nothing is written.")
    if found.again.documents:
        lines.append(
            f"For {count(found.again.documents, 'record')} the ledger is only asked again: they "
            "are posted or in doubt."
        )
    if found.busy:
        lines.append(f"A worker has {found.busy:,} of the selected now; those are left alone.")
    return lines


def by_size(groups: dict[str, Group]) -> list[tuple[str, Group]]:
    return sorted(groups.items(), key=lambda pair: -pair[1].documents)


def are(group: Group) -> str:
    return f"{group.documents:,} {'is' if group.documents == 1 else 'are'}"


def money(group: Group) -> str:
    """By currency; those are not added up."""
    return ", ".join(total.money for total in totals(group.rows))
