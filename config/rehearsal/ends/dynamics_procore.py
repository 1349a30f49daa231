"""What a rehearsal shows of books by Microsoft and Procore beside its sums."""

from __future__ import annotations

import datetime as dt
import random
import time
from decimal import Decimal

from audit.models import Entry
from config.rehearsal.both_sides import ZERO
from config.rehearsal.ends.dynamics import type_one
from config.rehearsal.ends.procore import is_plain, like, line
from config.rehearsal.scene import Row, Scene, Setting
from connections.errors import Reason
from syncs.balance.rows import Cause, CellPart
from syncs.models import Delivery, FlowSettings, Record, Run, State

CHANGES, COSTS = "commitment_change_orders", "direct_costs"
CONTRACTS = ("SC-CO-A", "SC-CO-B")
NUMBER, AMOUNT = "071", "777.00"
BY_HAND = "HAND-4711"
TYPED, TYPED_AMOUNT = "TYPED-0815", "4711.08"
ALIKE = "SAME-9"  # one vendor, one number and one total, two documents
OF_THE_DEMO = "2026-0815"
PREFIX, COUNT = "IMP", 25
MOST = 20  # single notices in one go; the vendor's own number is 1,000
SECONDS = 1800  # written so long before they can be seen: longer than polls overlap
DELAY = 5  # seconds that a notice waits for others; the vendor's own are 30
PATIENCE = 40.0  # seconds


class ChangeOrdersAsInvoices(Scene):
    title = "change order 071 on two contracts of one vendor, booked as invoices"

    def set(self) -> None:
        """What bills them as well is tracked and not booked: the cost would stand twice."""
        self.setting.choose(CHANGES, booking=FlowSettings.Booking.INVOICE_POSTED)
        self.setting.choose("requisitions", booking=FlowSettings.Booking.NOTHING)
        model = a_good_cost(self.setting)
        today = dt.datetime.now(dt.UTC).date().isoformat()
        base = {"project": model["project"]["id"], "executed": True}
        coded = line(model["line_items"][0], AMOUNT)
        for number in CONTRACTS:
            contract = self.setting.field("procore/work_order_contracts", {
                **base, "vendor": model["vendor"]["name"], "number": number, "contract_date": today,
                "title": f"Works {number}", "status": "Approved", "retainage_percent": "10",
                "lines": [{**coded, "amount": "9000.00"}],
            })  # fmt: skip
            self.setting.field(f"procore/{CHANGES}", {
                **base, "contract": contract["id"], "number": NUMBER, "status": "approved",
                "title": f"Field change of {number}", "lines": [coded],
            })  # fmt: skip

    def count(self) -> int:
        standing = invoices(self.setting)
        return sum(len(under(standing, f"{one}-{NUMBER}")) for one in CONTRACTS)

    def check(self) -> list[str]:
        standing = invoices(self.setting)
        rows = self.setting.field("procore/work_order_contracts")
        ours = [row for row in rows if row["number"] in CONTRACTS]
        wanted = [(f"{one['number']}-{NUMBER}", number_of(self.setting, one), AMOUNT)
                  for one in ours]  # fmt: skip
        there = [
            (number, row["vendorNumber"], row["total"])
            for number, _, _ in wanted for row in under(standing, number)
        ]  # fmt: skip
        alike = len(wanted) == len(CONTRACTS) and there == wanted
        wrong = [] if alike else [f"wanted {wanted}, the ledger has {there}"]
        bare = [row["number"] for row in under(standing, NUMBER)]
        wrong += [f"{one} bears the bare number {NUMBER}" for one in bare]
        said = Record.objects.filter(
            integration=self.setting.integration, flow=CHANGES, number=NUMBER
        )
        named = {row.destination_number for row in said}
        known = {row["number"] for number, _, _ in wanted for row in under(standing, number)}
        return wrong + ([] if named == known else [f"we say {named}, the ledger {known}"])


class AdoptedAndUsedTwice(Scene):
    title = "a cost that stands already is adopted, a number used twice is held"

    def set(self) -> None:
        self.setting.choose(COSTS, adopt=True)
        dice = random.Random("adoption")  # noqa: S311
        model = a_good_cost(self.setting)
        cost = self.cost(like(model, BY_HAND, dice), "111.10", lines=5)
        total = sum((Decimal(line["amount"]) for line in cost["lines"]), ZERO)
        vendor = number_of(self.setting, model)
        type_one(
            self.setting.office_site, dice, "type_invoice", f"{total}", vendorNumber=vendor,
            vendorInvoiceNumber=BY_HAND,
        )  # fmt: skip
        for _ in range(2):
            self.cost(like(model, ALIKE, dice), "333.00")

    def cost(self, given: Row, amount: str, lines: int = 1) -> Row:
        wanted = {**given, "lines": [{**given["lines"][0], "amount": amount}] * lines}
        self.setting.field(f"procore/{COSTS}", wanted)
        return wanted

    def count(self) -> int:
        standing = invoices(self.setting)
        return sum(len(under(standing, one)) for one in (BY_HAND, ALIKE, OF_THE_DEMO))

    def check(self) -> list[str]:
        standing = invoices(self.setting)
        wrong = self.adopted(under(standing, BY_HAND))
        for number in (ALIKE, OF_THE_DEMO):
            wrong += self.used_twice(number, under(standing, number))
        return wrong

    def records(self, number: str) -> list[Record]:
        rows = Record.objects.filter(integration=self.setting.integration, flow=COSTS, revision=1)
        return list(rows.filter(number=number))

    def adopted(self, standing: list[Row]) -> list[str]:
        said = [(one.state, one.destination_number) for one in self.records(BY_HAND)]
        wanted = [(State.POSTED, row["number"]) for row in standing if row["by_hand"]]
        if len(standing) == 1 and said == wanted:
            return []
        return [f"{BY_HAND}: {len(standing)} in the ledger, by hand {wanted}; we say {said}"]

    def used_twice(self, number: str, standing: list[Row]) -> list[str]:
        """One is posted; the other is held, and its sentence and its link name the first."""
        rows = sorted(self.records(number), key=lambda row: row.state != State.POSTED)
        if len(standing) != 1 or [row.state for row in rows] != [State.POSTED, State.HELD]:
            states = [row.state for row in rows]
            return [f"{number}: {len(standing)} in the ledger, we say {states}"]
        first, second = rows
        wrong = []
        if first.destination_number != standing[0]["number"]:
            wrong.append(f"{number}: posted is said to be {first.destination_number}")
        named = [one.get("other") for one in second.problems]
        if second.reason != Reason.DUPLICATE_NUMBER or named != [str(first.pk)]:
            wrong.append(f"{number}: the second does not name the first ({second.sentence})")
        return wrong


class ACollectionOfVendors(Scene):
    title = "vendors of an import, told by one collection notice"

    def play(self) -> None:
        before = self.setting.office("notifications")["settings"]
        self.setting.office("notifications", {"most": MOST, "delay": DELAY})
        self.setting.office(
            "business_central/import_vendors",
            {"count": COUNT, "prefix": PREFIX, "seconds": SECONDS},
        )
        deadline = time.monotonic() + PATIENCE
        while not self.sent("collection") and time.monotonic() < deadline:
            time.sleep(0.5)
        self.setting.office("notifications", {name: before[name] for name in ("most", "delay")})

    def sent(self, kind: str) -> list[Row]:
        """Notices of vendors that the ledger sent, of this kind."""
        told = [item for one in self.setting.office("notifications")["sent"]
                for item in one["value"]]  # fmt: skip
        return [one for one in told if one["changeType"] == kind and "vendors" in one["resource"]]

    def count(self) -> int:
        ledger = self.setting.office("ledger")["vendors"]
        return sum(one.startswith(PREFIX) for one in ledger)

    def check(self) -> list[str]:
        rows = self.setting.field("procore/vendors")
        there = [str(row["origin_id"]).partition("|")[2] for row in rows if row.get("origin_id")]
        ledger = [one for one in self.setting.office("ledger")["vendors"] if one.startswith(PREFIX)]
        wrong = [f"vendor {one} stands {there.count(one)} times in Procore"
                 for one in ledger if there.count(one) != 1]  # fmt: skip
        if len(ledger) != COUNT:
            wrong.append(f"{len(ledger)} vendors were imported, not {COUNT}")
        return wrong + (self.told() if self.setting.faults is None else [])

    def told(self) -> list[str]:
        """Where no notice is lost, the night finds nothing that was left to it."""
        wrong = [] if self.sent("collection") else ["Business Central sent no collection notice"]
        if not Delivery.objects.filter(body__contains='"collection"').exists():
            wrong.append("no collection notice arrived")
        ids = Record.objects.filter(
            integration=self.setting.integration, flow="vendors", source_id__startswith=PREFIX
        ).values("pk")
        noted = Entry.objects.filter(record__in=ids, kind=Entry.Kind.NOTED, at__lt=self.night())
        if (found := noted.values("record").distinct().count()) != COUNT:
            wrong.append(f"{found} of {COUNT} vendors were noted before the reconciliation")
        return wrong

    def night(self) -> dt.datetime:
        return Run.objects.filter(
            integration=self.setting.integration, kind="reconcile"
        ).earliest("started_at").started_at  # fmt: skip


class TypedByHand(Scene):
    title = "an invoice that a bookkeeper types into the ledger is found, and named on the page"

    def play(self) -> None:
        """On the project and the code of an invoice that stands already."""
        model = next(one for one in invoices(self.setting) if one["lines"][0]["dimensions"])
        line = model["lines"][0]
        self.setting.office("business_central/type_invoice", {
            "vendorNumber": model["vendorNumber"], "vendorInvoiceNumber": TYPED,
            "lines": [{"account": line["account"], "amount": TYPED_AMOUNT,
                       "description": "By hand", "dimensions": line["dimensions"]}],
        })  # fmt: skip

    def count(self) -> int:
        return len(under(invoices(self.setting), TYPED))

    def check(self) -> list[str]:
        """One document, under the ledger's number, with its project: in a cell of the page."""
        wanted = [(row["number"], Decimal(row["total"]), Cause.IN_LEDGER)
                  for row in under(invoices(self.setting), TYPED)]  # fmt: skip
        parts = CellPart.objects.filter(integration=self.setting.integration, number=TYPED)
        said = [(part.ledger_number, part.in_ledger, part.cause) for part in parts]
        wrong = [] if said == wanted else [f"the ledger has {wanted}, the page says {said}"]
        return wrong + [f"{part} is in no project" for part in parts if not part.project]


def a_good_cost(setting: Setting) -> Row:
    """An approved direct cost of Procore whose vendor and codes the ledger knows."""
    rows = setting.field("procore/direct_costs")
    return next(dict(row) for row in rows if is_plain(row, rows))


def number_of(setting: Setting, row: Row) -> str:
    """The ledger's number of a document's vendor, as the demo company's people know it."""
    links = setting.field("demo")["expected"]["vendors"]
    return str(next(one["number"] for one in links if one["id"] == row["vendor"]["id"]))


def invoices(setting: Setting) -> list[Row]:
    """Posted ones, as the ledger itself shows them."""
    return list(setting.office("ledger")["documents"]["Invoice"]["list"])


def under(rows: list[Row], number: str) -> list[Row]:
    """Those that bear this number of the vendor's."""
    return [row for row in rows if row["vendorInvoiceNumber"] == number]
