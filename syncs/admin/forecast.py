"""What a replay will do, said before it is done. Asks our own tables only, never a vendor."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import cache
from typing import Any

from connections.documents import ZERO
from connections.errors import Reason
from connections.models import Integration
from mappings.lookup import Lookup
from mappings.models import Reference
from syncs.coding.snapshot import entry_digest
from syncs.formatting import count, decimal
from syncs.models import FlowSettings, Record, State

WILL = {
    State.PENDING: "It waits already; a replay puts it first and starts its tries anew.",
    State.RUNNING: "A worker has it now. A replay does nothing until that is finished.",
    State.IN_DOUBT: "The ledger is asked for it before anything else. Nothing is sent blindly.",
    State.POSTED: "The ledger is asked again and both sides are compared. Nothing is posted twice.",
    State.SKIPPED: "It is read again from the source; if the rule still applies, it is skipped "
    "again.",
    State.SET_ASIDE: "It is taken back and read again from the source, and posted if nothing "
    "holds it.",
}


class Books:
    """The mapping tables and settings, read once for a whole forecast."""

    def __init__(self) -> None:
        self.book = cache(self._book)
        self.settings = cache(self._settings)

    @staticmethod
    def _book(integration: Integration) -> Lookup:
        return Lookup(integration)

    @staticmethod
    def _settings(integration_id: int, flow: str) -> FlowSettings | None:
        return FlowSettings.objects.filter(integration=integration_id, flow=flow).first()


def stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    """Whether this problem would hold the record again; None: only the source or ledger knows."""
    check = CHECKS.get(str(facts.get("reason")))
    return check(record, facts, books) if check else None


def mapping_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    book = books.book(record.integration)
    if facts.get("tax_code"):
        return not book.tax(str(facts["tax_code"]))
    if facts.get("ledger_account"):
        return None
    code, kind = str(facts.get("cost_code", "")), str(facts.get("cost_type", ""))
    return not (code and book.rule_for(code, kind, str(facts.get("project", ""))))


def vendor_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    if facts.get("ledger_vendor"):
        return books.book(record.integration).project_vendor(str(facts["ledger_vendor"])) is None
    vendor = str(facts.get("vendor_id", ""))
    number = books.book(record.integration).vendor(vendor) if vendor else ""
    rows = books.book(record.integration).references(Reference.Kind.VENDOR)
    return None if not vendor else ("", number) not in rows


def project_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    if not facts.get("project_id"):
        return None
    return books.book(record.integration).project(str(facts["project_id"])) is None


def purpose_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    if not facts.get("purpose"):
        return None
    return books.book(record.integration).purpose(str(facts["purpose"]), None) is None


def account_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    """As the ledger's master data was last read. A rule that points elsewhere now is not seen."""
    rows = books.book(record.integration).references(Reference.Kind.ACCOUNT)
    row = rows.get(("", str(facts.get("account", ""))))
    return None if row is None or row.unusable else False


def period_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    settings = books.settings(record.integration_id, record.flow)
    window = books.book(record.integration).references(Reference.Kind.WINDOW).get(("", "window"))
    if window is None or record.document_date is None:
        return None
    first, last = (_day(window.data.get(name)) for name in ("first", "last"))
    day = record.document_date
    if last and day > last:
        return True
    return bool(first and day < first and settings and settings.period_rule == "hold")


def approval_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    settings = books.settings(record.integration_id, record.flow)
    if settings is None or record.approved_digest == entry_digest(record.entry):
        return False
    if facts.get("asked"):
        return True
    limit = settings.amount_limit
    over = limit is not None and record.amount is not None and abs(record.amount) > limit
    return settings.needs_approval or over


def shadow_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    settings = books.settings(record.integration_id, record.flow)
    return bool(settings and settings.shadow)


def difference_stands(record: Record, facts: dict[str, Any], books: Books) -> bool | None:
    return record.digest not in (record.posted_digest, record.accepted_digest)


CHECKS: dict[str, Callable[[Record, dict[str, Any], Books], bool | None]] = {
    Reason.MISSING_MAPPING: mapping_stands,
    Reason.MISSING_VENDOR: vendor_stands,
    Reason.MISSING_PROJECT: project_stands,
    Reason.SETTINGS: purpose_stands,
    Reason.ACCOUNT_UNUSABLE: account_stands,
    Reason.PERIOD_CLOSED: period_stands,
    Reason.NEEDS_APPROVAL: approval_stands,
    Reason.OVER_LIMIT: approval_stands,
    Reason.SHADOW: shadow_stands,
    Reason.CHANGED_AFTER_POSTING: difference_stands,
}


def standing(record: Record, books: Books) -> list[Reason]:
    """The reasons that will surely hold it again."""
    found = [Reason(facts["reason"]) for facts in record.problems if stands(record, facts, books)]
    return list(dict.fromkeys(found))


def sentence(record: Record) -> str:
    """What a replay of this one record will do."""
    if record.state != State.HELD:
        return WILL[State(record.state)]
    again = standing(record, Books())
    if again:
        named = ", ".join(f"“{reason.label}”" for reason in again)
        return f"It is read again and tried again, and will be held again: {named} still stands."
    return "It is read again from the source, checked anew, and posted if nothing holds it."


@dataclasses.dataclass
class Forecast:
    """What a replay of many will do."""

    tried: int = 0
    free: int = 0
    free_amount: Decimal = ZERO
    asked: int = 0
    busy: int = 0
    held_again: Counter[str] = dataclasses.field(default_factory=Counter)

    @property
    def sentences(self) -> list[str]:
        lines = [f"{count(self.tried, 'record')} will be tried again."]
        if self.free:
            lines.append(
                f"Nothing that we know of holds {self.free:,} of them ({self.free_amount:,.2f})."
            )
        for label, number in self.held_again.most_common():
            lines.append(f"Of them {self.held_again_words(number)} held for “{label}”, which "
                         "still stands.")  # fmt: skip
        if self.asked:
            lines.append(f"For {count(self.asked, 'record')} the ledger is only asked again: "
                         "they are posted or in doubt.")  # fmt: skip
        if self.busy:
            lines.append(f"A worker has {self.busy:,} of the selected now; those are left alone.")
        return lines

    @staticmethod
    def held_again_words(number: int) -> str:
        return f"{number:,} {'is' if number == 1 else 'are'}"


def forecast(records: Iterable[Record]) -> Forecast:
    found, books = Forecast(), Books()
    for record in records:
        _add(found, record, books)
    return found


def _add(found: Forecast, record: Record, books: Books) -> None:
    if record.state == State.RUNNING:
        found.busy += 1
        return
    found.tried += 1
    if record.state in (State.POSTED, State.IN_DOUBT):
        found.asked += 1
        return
    again = standing(record, books) if record.state == State.HELD else []
    if again:
        found.held_again[str(again[0].label)] += 1
    else:
        found.free += 1
        found.free_amount += decimal(record.amount) or ZERO


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
