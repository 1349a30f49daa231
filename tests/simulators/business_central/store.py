"""The tables of the company, with undo, row versions, number series and the trail of changes."""

from __future__ import annotations

import base64
import contextlib
import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from .model import ENTITIES, ZERO_GUID, Row

SETTINGS: dict[str, Any] = {
    "enums": "escaped",
    "approval": False,
    "card_currency": False,  # an extension puts the vendor's currency into what the API writes
    "overruled": {},  # fields of headers that an extension sets, whatever the API writes
    "defaults_again": False,  # a field validated later brings them again (ALAppExtensions #25947)
    "odd_filters": "",  # 400 or 500 to a value with "(" or "#" first (BCApps #9165, AL #3073)
    "dimension_errors": "wrapped",  # or "older": the wording of older releases
    "other_companies": [],  # {"id", "name", "displayName"}, listed before ours; a name may be free
    "zero_totals": 0,  # so many times an invoice is shown with totals of 0
    # What an older version lacks: sets, and fields as "purchaseInvoiceLines.description2". Credit
    # memos came with 22.2 (ALAppExtensions #20878), generalLedgerSetup and approvalEntries later
    # than v2.0 itself: microsoft/BCApps, pages of APIV2.
    "absent": [],
    "system_version": "",  # of the companies; blank: a recent one
    "vat": False,  # tax groups are VAT product posting groups where there is VAT (page APIV2)
    "not_told": [],  # sets that webhookSupportedResources does not list
    "job_queue": False,
    "job_queue_seconds": 2.0,
    "external_number_mandatory": True,
    "vendor_posting_groups": True,
    "manual_vendor_numbers": True,
    "token_seconds": 3599,
    "denied": [],
    "document_deletion_before": "2020-01-01",
    "approvers": ["CONTROLLER"],  # whom a request for approval goes to, one after the other
    "service_user": "PROCORE",  # as whom the connector decides
    "approval_administrator": False,  # whether it may decide the requests of others
    "codeunit": "IntegrationMgt",  # online: published name of docs/nav; blank: unpublished
    "workflow_services": True,  # online: purchaseDocuments, pre-published for Power Automate
}


@dataclass
class State:
    """All that a restart must keep: plain data."""

    tables: dict[str, dict[str, Row]] = field(default_factory=dict)
    company: Row = field(default_factory=dict)
    version: int = 155_565_970_838_716_330
    position: int = 0
    series: dict[str, int] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: dict(SETTINGS))
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    notify: dict[str, Any] = field(default_factory=dict)
    subscriptions: dict[str, Row] = field(default_factory=dict)
    pending: list[dict[str, Any]] = field(default_factory=list)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    ids: int = 0


def etag(version: object) -> str:
    text = f"20;1{version!s:0>20};00;"
    return f'W/"{base64.b64encode(text.encode()).decode()}"'


class Books:
    """Every read and write of the company. Writes can be undone until `commit`."""

    def __init__(self, state: State, clock: Callable[[], datetime], seed: int = 1) -> None:
        self.state, self.clock, self.seed = state, clock, seed
        self.undo: list[Callable[[], Any]] = []
        self.base = 0
        self.changes: list[tuple[str, str, str]] = []

    # Transactions.

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, except for what was committed inside."""
        mark = self.base + len(self.undo)
        try:
            yield
        except BaseException:
            self.roll_back(mark)
            raise

    def mark(self) -> int:
        return self.base + len(self.undo)

    def roll_back(self, mark: int) -> None:
        while self.undo and self.base + len(self.undo) > mark:
            self.undo.pop()()

    def commit(self) -> None:
        """What was written until now stays, whatever follows."""
        self.base += len(self.undo)
        self.undo.clear()

    def taken_changes(self) -> list[tuple[str, str, str]]:
        """(entity, id, changeType) since the last call: what subscribers hear of."""
        taken, self.changes = self.changes, []
        return taken

    def _note(self, entity: str, number: str, kind: str) -> None:
        change = (entity, number, kind)
        self.changes.append(change)
        self.undo.append(lambda: self.changes.remove(change))

    # Rows.

    def table(self, name: str) -> dict[str, Row]:
        return self.state.tables.setdefault(name, {})

    def rows(self, name: str) -> list[Row]:
        return list(self.table(name).values())

    def get(self, name: str, number: str) -> Row | None:
        return self.table(name).get(number)

    def find(self, name: str, **values: object) -> Row | None:
        """The first row with these values."""
        wanted = values.items()
        for row in self.table(name).values():
            if all(row.get(key) == value for key, value in wanted):
                return row
        return None

    def add(self, name: str, values: Row, identity: str = "") -> Row:
        """A new row: every field of the entity, blanks where nothing was given."""
        row: Row = {f.name: f.blank for f in ENTITIES[name].fields.values()}
        row.update(values)
        row["id"] = identity or self.new_id()
        self._stamp(row)
        self.state.position += 1
        row["_position"] = self.state.position
        table = self.table(name)
        table[row["id"]] = row
        self.undo.append(lambda: table.pop(row["id"], None))
        self._note(name, row["id"], "created")
        return row

    def change(self, name: str, row: Row, *, silent: bool = False, **values: Any) -> None:
        """Changes a row and its version; nothing happens when nothing differs."""
        before = {key: row.get(key) for key in values}
        if before == values:
            return
        self._set(row, values)
        if not silent:
            self.touch(name, row)

    def touch(self, name: str, row: Row) -> None:
        """A new version and stamp; subscribers hear of it."""
        before = {key: row.get(key) for key in ("_version", "lastModifiedDateTime")}
        self._stamp(row)
        self.undo.append(lambda: row.update(before))
        self._note(name, row["id"], "updated")

    def remove(self, name: str, row: Row) -> None:
        table = self.table(name)
        table.pop(row["id"])
        self.undo.append(lambda: table.__setitem__(row["id"], row))
        self._note(name, row["id"], "deleted")

    def set_setting(self, key: str, value: Any) -> None:
        self.state.settings[key] = value

    def _set(self, row: Row, values: Row) -> None:
        before = dict(row)
        row.update(values)

        def back() -> None:
            row.clear()
            row.update(before)

        self.undo.append(back)

    def _stamp(self, row: Row) -> None:
        self.state.version += 1
        row["_version"] = self.state.version
        row["lastModifiedDateTime"] = self.now()

    # Numbers.

    def now(self) -> datetime:
        """Now, to the millisecond."""
        moment = self.clock().astimezone(UTC)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def today(self) -> str:
        return self.now().date().isoformat()

    def new_id(self) -> str:
        """A guid; the same seed gives the same row of guids."""
        self.state.ids += 1
        dice = random.Random(f"bc/{self.seed}/{self.state.ids}")
        return str(uuid.UUID(int=dice.getrandbits(128), version=4))

    def next_number(self, series: str, first: int) -> str:
        """The next number of a series; a number that was taken and rolled back is a gap."""
        self.state.series[series] = self.state.series.get(series, first - 1) + 1
        return str(self.state.series[series])

    # What many ask for.

    @property
    def settings(self) -> dict[str, Any]:
        return self.state.settings

    @property
    def company_id(self) -> str:
        return str(self.state.company["id"])

    @property
    def setup(self) -> Row:
        return next(iter(self.table("generalLedgerSetup").values()))

    @property
    def local_currency(self) -> str:
        return str(self.setup["localCurrencyCode"])

    def dimension_value(self, dimension: Row, code: str) -> Row | None:
        return self.find("dimensionValue", dimensionId=dimension["id"], code=code)

    def rate(self, currency: str) -> Decimal:
        """Local currency for one unit of `currency` (blank is the local one)."""
        if not currency or currency == self.local_currency:
            return Decimal(1)
        found = self.find("currencyExchangeRate", currencyCode=currency)
        return Decimal(found["relationalExchangeRateAmount"]) if found else Decimal(1)

    def currency_id(self, code: str) -> str:
        found = self.find("currency", code=code)
        return str(found["id"]) if found else ZERO_GUID
