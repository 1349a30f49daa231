"""Both kinds of NAV, and Business Central, behind one stage: the same stories of decisions."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any, Protocol

import pytest
from django.core.cache import cache

from connections.documents import LEDGER_INVOICE, CodedDocument, DecisionWay, LedgerDocument
from connections.errors import NeedsPerson
from connections.roles import DecidableLedger, Ledger
from tests.vendors.stage_business_central import Stage, document
from tests.vendors.stage_nav import Site

ABOUT = "item 77"
ANN = "Ann Lee, 2026-11-21 08:13 UTC"
MEMO, BALANCE = "60300", "20400"
BATCHES = {"on_premises": "DEFAULT", "online": "BOARD"}


class NavLedger(DecidableLedger, Ledger, Protocol):
    """Takes documents, and decisions on them."""


class House:
    """One ledger, what is asked of it, and what people there do."""

    def __init__(self, stage: Site | Stage, mode: str) -> None:
        self.stage, self.mode = stage, mode

    @property
    def online(self) -> bool:
        return self.mode == "online"

    @property
    def ledger(self) -> NavLedger:
        return self.stage.client

    def settings(self, **values: str) -> None:
        self.stage.connection.settings |= values
        self.stage.connection.save()
        self.stage.client = self.stage.new_client()

    def by_hand(self, action: str, **values: Any) -> Any:
        return self.stage.control("POST", f"business_central/{action}", values)

    def publish(self, codeunit: str) -> None:
        """The codeunit under this name; blank takes it off."""
        if isinstance(self.stage, Site):
            self.stage.partner("settings", codeunit=codeunit)
        else:
            self.stage.setting(codeunit=codeunit)
        self.look_again()

    def look_again(self) -> None:
        """As another worker, a day later."""
        cache.clear()
        self.stage.client = self.stage.new_client()

    def invoice(self, **changes: Any) -> LedgerDocument:
        """One that is not posted."""
        paper: CodedDocument = dataclasses.replace(document(), **changes)
        found = self.ledger.create(paper, ABOUT)
        self.written()
        return self.now(found.id)

    def now(self, id: str, kind: str = LEDGER_INVOICE) -> LedgerDocument:
        [found] = self.ledger.purchases(kind, [id])
        return found

    def way(self, name: str) -> DecisionWay:
        [found] = [one for one in self.ledger.decision_ways() if one.name == name]
        return found

    def decide(self, way: str, decision: str, paper: LedgerDocument, note: str = ANN) -> str:
        return self.ledger.decide(way, decision, paper, note, ABOUT)

    def refused(self, way: str, decision: str, paper: LedgerDocument) -> NeedsPerson:
        with pytest.raises(NeedsPerson) as held:
            self.decide(way, decision, paper)
        return held.value

    def written(self) -> list[str]:
        """Methods of the writes since the last call."""
        found = [line[0] for line in self.stage.journal.lines]
        self.stage.journal.lines.clear()
        return found

    def cut(self, action: str, method: str, path: str) -> None:
        """The next request of that kind gets no answer; `cut_after`: though it was done."""
        self.stage.fault(action, method=method, path=path, times=1)

    # -- the flag -----------------------------------------------------------------------------

    def hold(self, paper: LedgerDocument) -> str:
        client = self.stage.client
        if isinstance(self.stage, Site):
            [row] = self.stage.rows("PurchaseInvoice", f"No eq '{paper.number}'")
            return str(row["On_Hold"])
        wanted = f"documentType eq 'Invoice' and number eq '{paper.number}'"
        [row] = client.rows(self.stage.client.service("purchaseDocuments", filter=wanted))
        return str(row["onHold"])

    # -- the journal --------------------------------------------------------------------------

    def journal(self) -> None:
        """Finance sets up memo accounts and a batch."""
        if isinstance(self.stage, Stage):
            self.stage.raw("POST", "journals", {"code": BATCHES["online"]})
        self.settings(
            decision_batch=BATCHES[self.mode], memo_account=MEMO, memo_balancing_account=BALANCE
        )

    def lines(self) -> list[tuple[str, str, Decimal, str]]:
        """Of the batch: document number, account, amount, text."""
        if isinstance(self.stage, Site):
            rows = self.stage.rows("GeneralJournal")
            names = ("Document_No", "Account_No", "Amount", "Description")
        else:
            [batch] = self.stage.raw("GET", "journals?$filter=code eq 'BOARD'")["value"]
            rows = self.stage.raw("GET", f"journals({batch['id']})/journalLines")["value"]
            names = ("documentNumber", "accountNumber", "amount", "description")
        return [
            (str(row[names[0]]), str(row[names[1]]), Decimal(row[names[2]]), str(row[names[3]]))
            for row in rows
        ]

    def finance_posts_the_batch(self) -> None:
        if isinstance(self.stage, Site):
            self.stage.partner("post_journal", batch=BATCHES["on_premises"])
        else:
            [batch] = self.stage.raw("GET", "journals?$filter=code eq 'BOARD'")["value"]
            self.stage.raw("POST", f"journals({batch['id']})/Microsoft.NAV.post")


STAGES = {"on_premises": "nav", "online": "nav_online"}


def house_of(request: pytest.FixtureRequest, mode: str) -> House:
    """With the codeunit."""
    found = House(request.getfixturevalue(STAGES[mode]), mode)
    found.settings(integration_service="IntegrationMgt")
    return found


@pytest.fixture(params=[*STAGES])
def house(request: pytest.FixtureRequest) -> House:
    return house_of(request, request.param)
