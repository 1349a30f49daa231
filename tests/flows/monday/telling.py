"""What the stories of NAV and monday.com tell: what people do on both sides, and what is seen."""

from __future__ import annotations

from typing import Any

from mappings.models import BoardLayout, Reference, StatusRule
from syncs import tasks
from syncs.models import FlowSettings, Record
from tests.story import Company, run_queue

INVOICES, ORDERS = "ledger_invoice", "ledger_order"


class Boards:
    """Both systems, and our application between them."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.integration = company.integration

    # -- NAV -------------------------------------------------------------------------------

    def nav(self, verb: str, **facts: Any) -> Any:
        return self.company.ledger(f"business_central/{verb}", facts)

    def an_invoice(self, external: str, cost: str = "1250.40", **facts: Any) -> Any:
        """Typed in NAV, not posted yet."""
        given = {"vendorNumber": self.vendor, "external": external, "post": False,
                 "lines": [self.line(cost)]}  # fmt: skip
        return self.nav("type_cost", **{**given, **facts})

    def an_order(self, *lines: Any, **facts: Any) -> Any:
        wanted = list(lines) or [self.line("80.00", "12")]
        return self.nav("type_order", **{"vendorNumber": self.vendor, "lines": wanted, **facts})

    def line(self, cost: str, quantity: str = "1") -> Any:
        return {"account": self.account, "quantity": quantity, "cost": cost,
                "description": "Rebar, 12 mm"}  # fmt: skip

    @property
    def account(self) -> str:
        rows = Reference.objects.filter(connection=self.integration.ledger, kind="account")
        return rows.filter(unusable="", code__startswith="5").order_by("code")[0].code

    @property
    def vendor(self) -> str:
        rows = Reference.objects.filter(
            connection=self.integration.ledger, kind="vendor", unusable="",
            data__currency__in=["", "USD"],
        )  # fmt: skip
        return rows.order_by("code")[0].code

    # -- monday.com ------------------------------------------------------------------------

    def layout(self, kind: str = INVOICES) -> BoardLayout:
        return BoardLayout.objects.get(integration=self.integration, kind=kind)

    def monday(self, verb: str, **facts: Any) -> Any:
        return self.company.procore(f"monday/{verb}", facts)

    def monday_faults(self, *rules: Any) -> None:
        """In place of those before."""
        self.company.procore("faults", {"seed": 1, "rules": list(rules)})

    def board(self, kind: str = INVOICES) -> Any:
        layout = self.layout(kind)
        query = f"ledger?board={layout.board_id}&key={layout.columns['key']}"
        return self.company.procore(query)["boards"][0]

    def items(self, kind: str = INVOICES) -> list[Any]:
        return [row for row in self.board(kind)["items"] if row["state"] == "active"]

    def item(self, record: Record, kind: str = INVOICES) -> Any:
        return next(row for row in self.board(kind)["items"]
                    if str(row["id"]) == record.destination_id)  # fmt: skip

    def text(self, item: Any, fact: str, kind: str = INVOICES) -> str:
        return str(item["texts"].get(self.layout(kind).columns[fact]) or "")

    def decides(self, item: Any, label: str, kind: str = INVOICES, **facts: Any) -> None:
        column = self.layout(kind).columns["decision"]
        self.monday("status", item=item["id"], column=column, status=label, **facts)

    # -- our side --------------------------------------------------------------------------

    def polls(self, flow: str) -> None:
        row = FlowSettings.objects.get(integration=self.integration, flow=flow)
        tasks.poll(row.pk)
        run_queue()

    def records(self, flow: str, number: str) -> Record:
        return Record.objects.get(integration=self.integration, flow=flow, number=number)

    def due_now(self, record: Record) -> Record:
        Record.objects.filter(pk=record.pk).update(run_at=None, nudged_at=None)
        tasks.sweep()
        run_queue()
        record.refresh_from_db()
        return record

    def rules(self, **facts: Any) -> Any:
        """What labels mean, as finance said."""
        return StatusRule.objects.filter(integration=self.integration, kind=INVOICES, **facts)
