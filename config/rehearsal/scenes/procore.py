"""What scenes of the field share: documents in Procore, and what of them stands in the books."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any

from config.rehearsal.both_sides import ZERO, Booked
from config.rehearsal.ends.procore import OF_SCENES, is_plain
from config.rehearsal.scene import Row, Scene
from mappings.models import CostCodeMapping
from syncs.models import FlowSettings, Record, State

Sums = dict[tuple[str, ...], Decimal]


class InTheField(Scene):
    """Told in Procore's own words, judged by what the ledger shows."""

    place: str  # the project's number

    # What people enter.

    @property
    def today(self) -> str:
        return dt.datetime.now(dt.UTC).date().isoformat()

    @property
    def vendor(self) -> str:
        """One whom the ledger knows, and of whom it knows nothing that others lack."""
        return self.vendors[0]

    @property
    def vendors(self) -> list[str]:
        rows = self.setting.field("procore/direct_costs")
        names = [str(row["vendor"]["name"]) for row in rows if is_plain(row, rows)]
        return list(dict.fromkeys(names))

    def line(self, amount: str, code: str = "03-300", kind: str = "M", **facts: Any) -> Row:
        return {"cost_code": code, "cost_type": kind, "amount": amount, "description": code,
                **facts}  # fmt: skip

    def cost(self, number: str, *lines: Row, **facts: Any) -> Row:
        """An approved invoice without a commitment."""
        given = {
            "project": self.place, "direct_cost_type": "invoice", "invoice_number": number,
            "direct_cost_date": self.today, "received_date": self.today, "status": "approved",
            "lines": list(lines), **facts,
        }  # fmt: skip
        return self.enter("direct_costs", {"vendor": self.vendor, **given})

    def subcontract(self, number: str, *lines: Row) -> Row:
        """Approved, with ten per cent of retainage."""
        return self.enter("work_order_contracts", {
            "project": self.place, "vendor": self.vendor, "number": number,
            "title": f"Works {number}", "status": "Approved", "executed": True,
            "contract_date": self.today, "retainage_percent": "10", "lines": list(lines),
        })  # fmt: skip

    def billing(self, contract: Row, number: str, *items: Row) -> Row:
        """An approved invoice of a subcontractor."""
        row = self.enter("requisitions", {
            "project": self.place, "contract": contract["id"], "invoice_number": number,
            "requisition_start": self.today, "requisition_end": self.today,
            "billing_date": self.today, "submitted_at": self.today, "status": "draft",
        })  # fmt: skip
        self.setting.field(
            f"procore/requisitions/{row['id']}",
            {"items": list(items), "status": "approved"}, "PATCH",
        )  # fmt: skip
        return row

    def enter(self, collection: str, given: Row) -> Row:
        row: Row = self.setting.field(f"procore/{collection}", given)
        return row

    def books(self, flow: str) -> bool:
        """Whether finance has these documents booked here at all."""
        rows = self.setting.integration.flows.filter(flow=flow, enabled=True)
        return rows.exclude(booking=FlowSettings.Booking.NOTHING).exists()

    # What finance enters.

    def rule(self, code: str, kind: str, account: str = "", **dimensions: str) -> None:
        """Of this project alone: like the general rule, but for what is said here."""
        rows = CostCodeMapping.objects.filter(
            integration=self.setting.integration, cost_code=code, cost_type__in=(kind, ""),
            project="",
        )  # fmt: skip
        model = rows.order_by("-cost_type")[0]
        CostCodeMapping.objects.create(
            integration=model.integration, cost_code=code, cost_type=kind, project=self.place,
            account=account or model.account, dimensions={**model.dimensions, **dimensions},
        )  # fmt: skip

    # What stands there.

    def under(self, number: str) -> list[Booked]:
        """By the vendor's number, or by what a line says."""
        return [
            one for one in self.setting.ledger.booked(self.setting.office_site)
            if one.number == number or any(line.text == number for line in one.lines)
        ]  # fmt: skip

    def worth(self, number: str, wanted: str) -> list[str]:
        """One document, to the cent, in the currency of the books."""
        there = [(f"{one.total:.2f}", one.currency or "USD") for one in self.under(number)]
        return [] if there == [(wanted, "USD")] else [f"{number}: {there}, not one of {wanted}"]

    def of_sources(self, collection: str, fact: str) -> list[Row]:
        """Documents of Procore that have this, as it totals them."""
        totals = self.setting.field("procore/totals")["collections"][collection]["ids"]
        return [row for row in totals if row[fact] not in ("0.00", 0, {})]

    def standing(self, collection: str, fact: str) -> list[tuple[Row, Booked]]:
        """Those of them that stand under their number."""
        there = {one.number: one for one in self.setting.ledger.booked(self.setting.office_site)}
        rows = self.of_sources(collection, fact)
        return [(row, there[row["number"]]) for row in rows if row["number"] in there]

    def records(self, number: str) -> list[Record]:
        """What we say of it."""
        rows = Record.objects.filter(integration=self.setting.integration, revision=1)
        return list(rows.filter(number=number))

    def held(self, number: str, *words: str) -> list[str]:
        """It is held with a sentence that says these words, and nothing of it stands."""
        rows = [one for one in self.records(number) if one.state == State.HELD]
        said = [f"{one.reason} {one.sentence}" for one in rows]
        wrong = [f"{number} stands in the ledger"] if self.under(number) else []
        if len(said) == 1 and all(word in said[0] for word in words):
            return wrong
        return [*wrong, f"{number} is to be held for {', '.join(words)}: {said}"]


def places(booked: Booked) -> Sums:
    """By cost code, cost type and department; lines that bear no code are left out."""
    found: Sums = defaultdict(lambda: ZERO)
    for line in booked.lines:
        if line.where[0]:
            found[line.where] += line.amount
    return dict(found)


def numbered(name: str) -> str:
    return f"{OF_SCENES}{name}"
