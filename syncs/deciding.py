"""What people set on a board, into the ledger: first dimensions, then the decision.

A webhook or a poll only says which item; the item is read again before anything is done. What the
ledger refuses does not stay green: the approval shows the label for that, an update says why.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from audit.models import Entry
from connections.boards import Decision, Item
from connections.documents import LedgerDocument
from connections.errors import ConnectorError, NeedsPerson, NotForOtherSide, Reason, Refused
from mappings.boards import DECISION, DIMENSION
from mappings.models import BoardLayout, StatusRule
from syncs import boarding, posting, reconcile
from syncs.engine import ending
from syncs.flow import Context
from syncs.models import Record
from syncs.showing import View, label, value_names
from syncs.snapshot import entry_digest

Meaning = StatusRule.Meaning
ACTS = (Meaning.RELEASE, Meaning.REOPEN, Meaning.APPROVE, Meaning.REJECT)


@dataclasses.dataclass
class Case:
    """One item in hand, with the document that it shows."""

    record: Record
    view: View
    item: Item
    shown: Record  # of the flow that made the item
    document: LedgerDocument | None

    @property
    def known(self) -> str:
        return self.shown.number or self.item.name

    def approval(self) -> str:
        cell = self.item.cells.get(self.view.must(DECISION).id)
        return cell if isinstance(cell, str) else ""


def carry(context: Context, records: list[Record]) -> None:
    """One read of the items, one of each board, one of the documents of each kind."""
    context.about(None)
    with context.hurried():
        items = {one.id: one for one in context.board_system.items([r.source_id for r in records])}
        for view, mine in by_board(context, records):
            documents = read_documents(context, view, mine)
            for record in mine:
                with ending(posting.in_hand(context, record)):
                    decide(context, case_of(context, view, record, items, documents))


def by_board(context: Context, records: list[Record]) -> list[tuple[View, list[Record]]]:
    """A board that cannot be used holds its records."""
    found = []
    for board in dict.fromkeys(record.scope for record in records):
        mine = [record for record in records if record.scope == board]
        try:
            found.append((view_of(context, board), mine))
        except (NeedsPerson, NotForOtherSide) as error:
            for record in mine:
                with ending(posting.in_hand(context, record)):
                    raise error
    return found


def view_of(context: Context, board: str) -> View:
    rows = BoardLayout.objects.filter(integration=context.integration, board_id=board)
    layout = rows.first()
    if layout is None:
        raise NotForOtherSide("Its board shows no ledger documents any more.")
    return View.of(context, layout.kind)


def shown_on(context: Context, record: Record) -> Record | None:
    """The record of the ledger document whose item it is."""
    rows = Record.objects.filter(
        integration=context.integration, destination_kind="item", destination_id=record.source_id
    )
    return rows.first()


def read_documents(
    context: Context, view: View, records: list[Record]
) -> dict[str, LedgerDocument]:
    shown = [row for record in records if (row := shown_on(context, record))]
    ids = [row.source_id for row in shown]
    ledger = context.purchase_ledger
    return {one.id: one for one in ledger.purchases(view.layout.kind, ids)} if ids else {}


def case_of(
    context: Context, view: View, record: Record, items: dict[str, Item],
    documents: dict[str, LedgerDocument],
) -> Case:  # fmt: skip
    item, shown = items.get(record.source_id), shown_on(context, record)
    if item is None or not item.active:
        raise NotForOtherSide("The item is not on the board any more.")
    record.keep(number=item.name[:255], title=item.name[:500], source_url=item.url)
    if shown is None:
        raise NotForOtherSide("It shows no document of the ledger: people's own item.")
    record.keep(
        number=(shown.number or item.name)[:255], vendor_name=shown.vendor_name,
        vendor_id=shown.vendor_id, amount=shown.amount, currency=shown.currency,
        document_date=shown.document_date,
    )  # fmt: skip
    return Case(record, view, item, shown, documents.get(shown.source_id))


def decide(context: Context, case: Case) -> None:
    """Dimensions go first: a released document takes none any more."""
    moved = set_dimensions(context, case)
    rule = case.view.rules.get(case.approval())
    if rule is None and case.approval():
        known = case.view.label_text(case.view.must(DECISION), case.approval())
        raise NeedsPerson(
            Reason.SETTINGS,
            f"The label “{known}” of board “{case.view.board.name}” has no meaning yet: say under "
            "Status rules what it does.",
            label=case.approval(),
        )
    if rule is None or rule.meaning not in ACTS:
        undecided(case, rule, moved)
    else:
        act(context, case, rule)


def undecided(case: Case, rule: StatusRule | None, moved: str) -> None:
    refused = case.record.coded.get("refused")
    if rule and rule.meaning == Meaning.REFUSED and refused:
        raise NeedsPerson(Reason.REFUSED, str(refused))
    if moved:
        finish(case, moved)
        return
    if case.record.posted_digest:
        finish(case, case.record.coded.get("outcome") or "Nothing new was decided.")
        return
    raise NotForOtherSide("Nobody decided yet.")


# -- dimensions ----------------------------------------------------------------------------


def set_dimensions(context: Context, case: Case) -> str:
    """Values that people changed on the board, into the document. Returns what was done."""
    changed = changed_values(case)
    if not changed:
        return ""
    words = ", ".join(f"{code} {value or 'none'}" for code, value in sorted(changed.items()))
    if case.document is None or case.document.status not in boarding.OPEN:
        put_back(context, case)
        say(context, case, f"{case.known} is no longer open in the ledger: {words} was put back.",
            f"back|{words}")  # fmt: skip
        return f"The document is no longer open; on the board {words} was put back."
    review(context, case, {"dimensions": changed})
    journal(case, f"Set on the board: {words}.")
    case.record.begin_write(entry_digest(changed), {**case.record.coded, "dimensions": changed},
                            natural_key(case))  # fmt: skip
    with posting.announced(case.record):
        context.decidable_ledger.set_dimensions(
            case.document, changed, f"Set {words} on {case.known}"
        )
    case.record.end_write()
    remember(context, case, changed)
    return f"{case.known} has {words} in the ledger now."


def changed_values(case: Case) -> dict[str, str]:
    """By dimension code: what the board shows now and did not show when we wrote it."""
    before = case.shown.coded.get("facts", {})
    found = {}
    for code, column in case.view.dimensions().items():
        fact = f"{DIMENSION}{code}"
        was = case.view.options(column, [before[fact]] if before.get(fact) else [])
        cell = case.item.cells.get(column.id)
        if fact in before and not boarding.same(cell, was):
            found[code] = case.view.chosen(column, case.item)
    return found


def remember(context: Context, case: Case, changed: dict[str, str]) -> None:
    """Both sides agree now: what the board shows is no person's change any more."""
    names, facts = value_names(context), dict(case.shown.coded.get("facts", {}))
    for code, value in changed.items():
        facts[f"{DIMENSION}{code}"] = label(value, names.get((code, value), "")) if value else ""
    coded = {**case.shown.coded, "facts": facts}
    Record.objects.filter(pk=case.shown.pk).update(coded=coded)
    reconcile.pend([case.shown.pk], "Its dimensions were changed on the board.")


def put_back(context: Context, case: Case) -> None:
    """As the ledger has it."""
    before = case.shown.coded.get("facts", {})
    codes = changed_values(case)
    cells = case.view.cells({f"{DIMENSION}{code}": before.get(f"{DIMENSION}{code}", "")
                             for code in codes})  # fmt: skip
    context.board_system.change_item(
        case.view.board.id, case.item.id, cells, f"Put dimensions of {case.known} back"
    )


# -- the decision --------------------------------------------------------------------------


def act(context: Context, case: Case, rule: StatusRule) -> None:
    column = case.view.must(DECISION)
    who = context.board_system.decision(case.view.board.id, case.item.id, column.id)
    text = case.view.label_text(column, rule.label_id)
    proof = proof_of(case, rule, who)
    if case.record.posted_digest == proof:
        finish(case, str(case.record.coded.get("outcome") or "Nothing new was decided."))
        return
    if who and who.ours:
        raise NotForOtherSide(f"“{text}” was set by the connector itself.")
    coded = {
        "decision": str(Meaning(rule.meaning).value), "label": text, "by": who.person if who else
        "unknown", "at": who.at.isoformat() if who else "", "way": rule.way,
    }  # fmt: skip
    by = f"{who.person} at {who.at:%Y-%m-%d %H:%M} UTC" if who else "somebody (no log reaches back)"
    journal(case, f"“{text}” was set by {by}.", coded)
    review(context, case, coded)
    try:
        outcome = carry_out(context, case, rule, coded, proof)
    except (NeedsPerson, Refused) as error:
        refused(context, case, coded, error, proof)
        raise
    say(context, case, f"{outcome} ({text}, {by})", f"done|{proof}")
    case.record.keep(coded={**coded, "outcome": outcome})
    reconcile.pend([case.shown.pk], f"Decided on the board: {text}.")
    finish(case, outcome, posted_digest=proof)


def proof_of(case: Case, rule: StatusRule, who: Decision | None) -> str:
    """The same label that was set anew is a new decision."""
    said = [case.item.id, rule.label_id, rule.meaning, who.at.isoformat() if who else ""]
    return hashlib.sha256("|".join(said).encode()).hexdigest()


def carry_out(
    context: Context, case: Case, rule: StatusRule, coded: dict[str, Any], proof: str
) -> str:
    """What the ledger did, in words. Asked again after a cut answer, it does nothing twice."""
    if case.document is None:
        raise NeedsPerson(
            Reason.DELETED_AT_SOURCE,
            f"{case.known} is not in the ledger's open documents any more.",
        )
    way = way_of(context, rule)
    case.record.begin_write(proof, {**coded, "way": way}, natural_key(case))
    note = f"{coded['by']} {coded['at']}".strip()
    with posting.announced(case.record):
        outcome = context.decidable_ledger.decide(
            way, rule.meaning, case.document, note, f"{Meaning(rule.meaning).label}: {case.known}"
        )
    case.record.end_write()
    return outcome


def way_of(context: Context, rule: StatusRule) -> str:
    """The way that finance chose, or the best that the site offers."""
    ways = context.decidable_ledger.decision_ways()
    fit = [way for way in ways if rule.meaning in way.decisions]
    usable = [way for way in fit if way.available and rule.way in ("", way.name)]
    if usable:
        return usable[0].name
    why = "; ".join(f"{way.label}: {way.why}" for way in fit if rule.way in ("", way.name))
    raise NeedsPerson(
        Reason.SETTINGS,
        f"The ledger offers no way to carry out “{rule.get_meaning_display()}”. {why}".strip(),
        label=rule.label_id,
    )


def refused(
    context: Context, case: Case, coded: dict[str, Any], error: ConnectorError, proof: str
) -> None:
    """On the board it does not stay as if it had been done."""
    case.record.end_write()
    case.record.keep(coded={**coded, "refused": error.sentence})
    if shown := case.view.label_meaning(Meaning.REFUSED):
        context.board_system.change_item(
            case.view.board.id, case.item.id, {case.view.must(DECISION).id: shown},
            f"Show that the ledger refused {case.known}",
        )  # fmt: skip
    say(context, case, f"Not done in the ledger: {error.sentence}", f"refused|{proof}")


def say(context: Context, case: Case, text: str, key: str) -> None:
    about = f"Tell the outcome on {case.item.name}"
    context.board_system.say(case.item.id, text, about, f"{case.record.pk}|{key}"[:200])


def journal(case: Case, sentence: str, data: dict[str, Any] | None = None) -> None:
    case.record.journal().append(Entry.Kind.NOTED, sentence, data or {})


def review(context: Context, case: Case, coded: dict[str, Any]) -> None:
    """Shadow mode, and where a second person has to agree."""
    settings = context.settings
    if settings.shadow:
        raise NeedsPerson(Reason.SHADOW, f"Shadow mode: {words_of(coded)} would be carried out.")
    digest = entry_digest(coded)
    if settings.needs_approval and case.record.approved_digest != digest:
        case.record.keep(coded=coded)
        raise NeedsPerson(Reason.NEEDS_APPROVAL, f"{words_of(coded)}: waits for a second person.")


def words_of(coded: dict[str, Any]) -> str:
    if "decision" in coded:
        return f"“{coded['label']}” by {coded['by']}"
    return ", ".join(f"{code} {value}" for code, value in sorted(coded["dimensions"].items()))


def natural_key(case: Case) -> str:
    return f"decision|{case.item.id}"


def finish(case: Case, outcome: str, **facts: Any) -> None:
    facts.setdefault("posted_digest", case.record.posted_digest or "dimensions")
    case.record.journal().append(Entry.Kind.READ_BACK, outcome)
    case.record.finish(
        outcome, destination_kind="decision", destination_status="posted",
        destination_id=case.shown.source_id, destination_number=case.shown.number[:100],
        destination_url=case.shown.source_url, natural_key=natural_key(case), **facts,
    )  # fmt: skip
