"""Documents of the ledger that Procore cannot simply take over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from config.rehearsal.scene import Row, Scene
from config.rehearsal.scenes.procore import InTheField, numbered
from connections.errors import Reason
from syncs.models import Record, State

CARDS = {"EUR": "V10001", "CAD": "V10051"}
ORDINARY = "V10124"
OWN, CARD, SEEN, FIRST = (numbered(one) for one in ("PAPER-OWN", "PAPER-USD", "ZW-78", "FIRST"))
TYPE_FIRST = "P-1043"  # the demo's
UNSEEN = f"\ufeff{SEEN}\u200b"
CODE, KIND = "03-300", "M"


class FromTheOffice(Scene):
    """A leaf says how its ledger's people type an invoice."""

    def invoice(self, vendor: str, number: str, amount: str, **facts: Any) -> None:
        """Posted, of one line on a mapped code; `currency`, or the books' own; `project`."""
        raise NotImplementedError

    def in_procore(self, number: str) -> list[Row]:
        rows = self.setting.field("procore/direct_costs")
        return [row for row in rows if row.get("invoice_number") == number]

    def sent(self, number: str, amount: str) -> list[str]:
        """It stands in Procore once, to the cent."""
        found = [Decimal(str(row["grand_total"])) for row in self.in_procore(number)]
        return [] if found == [Decimal(amount)] else [f"{number} stands in Procore with {found}"]

    def held(self, number: str, *words: str) -> list[str]:
        rows = Record.objects.filter(
            integration=self.setting.integration, state=State.HELD, title__contains=number
        ) | Record.objects.filter(
            integration=self.setting.integration, state=State.HELD, number=number
        )  # fmt: skip
        said = [f"{one.reason} {one.sentence}" for one in rows]
        return [] if any(all(word in one for word in words) for one in said) else [
            f"{number} is to be held for {', '.join(words)}: {said}"
        ]  # fmt: skip


class InNav(FromTheOffice):
    def invoice(self, vendor: str, number: str, amount: str, **facts: Any) -> None:
        self.setting.office("business_central/type_cost", {
            "vendorNumber": vendor, "external": number, "currency": facts.get("currency", "USD"),
            "lines": [self.line(amount, facts.get("project", "P-1042"))],
        })  # fmt: skip

    def line(self, cost: str, project: str, quantity: str = "1") -> Row:
        """As the rules of the demo would code it."""
        rules = self.setting.office("demo")["mappings"]
        rule = next(row for row in rules if (row["cost_code"], row["cost_type"]) == (CODE, KIND)
                    and not row["project"])  # fmt: skip
        dimensions = {"PROJECT": project, **rule["dimensions"]}
        return {"account": rule["account"], "quantity": quantity, "cost": cost,
                "description": CODE, "dimensions": dimensions}  # fmt: skip


class InGp(FromTheOffice):
    currencies: ClassVar[dict[str, str]] = {"EUR": "Z-EURO", "CAD": "Z-C$", "USD": "Z-US$"}

    def invoice(self, vendor: str, number: str, amount: str, **facts: Any) -> None:
        currency = facts.get("currency", "USD")
        line = {"job": facts.get("project", "P-1042").removeprefix("P-"), "code": CODE,
                "type": KIND, "amount": amount}  # fmt: skip
        rate = {} if currency == "USD" else {"rate": "1.0842"}
        self.setting.office("gp/type_invoice", {
            "vendor": self.known(vendor), "number": number, "lines": [line], "post": True,
            "currency": self.currencies[currency], **rate,
            **({"order": facts["order"]} if facts.get("order") else {}),
        })  # fmt: skip

    def known(self, vendor: str) -> str:
        """GP's id of the company's vendor."""
        links = self.setting.office("demo")["expected"]["vendors"]
        return next(str(one["number"]) for one in links if one["vendor"] == vendor)


class ForeignPapers(FromTheOffice):
    """One invoice of each vendor in his own currency, and one in the currency of the books."""

    title = "invoices in EUR and CAD are held, those of the same vendors in dollars are sent"

    def set(self) -> None:
        for currency, vendor in CARDS.items():
            self.invoice(vendor, f"{OWN}-{currency}", "640.00", currency=currency)
            self.invoice(vendor, f"{CARD}-{currency}", "1250.00")

    def count(self) -> int:
        return sum(len(self.in_procore(f"{CARD}-{one}")) for one in CARDS)

    def check(self) -> list[str]:
        wrong = []
        for name in CARDS:
            wrong += self.sent(f"{CARD}-{name}", "1250.00")
            wrong += self.held(f"{OWN}-{name}", Reason.CURRENCY, name)
            wrong += [f"{OWN}-{name} stands in Procore"] if self.in_procore(f"{OWN}-{name}") else []
        return wrong


class UnseenPaper(FromTheOffice):
    title = "a vendor's number goes without the characters that nobody sees"

    def set(self) -> None:
        self.invoice(ORDINARY, UNSEEN, "18.40")

    def count(self) -> int:
        return len(self.in_procore(SEEN))

    def check(self) -> list[str]:
        return self.sent(SEEN, "18.40")


class CodedTypeFirst(FromTheOffice):
    title = "an invoice reaches the budget codes of a project that begin with the cost type"

    def set(self) -> None:
        self.invoice(ORDINARY, FIRST, "310.00", project=TYPE_FIRST)

    def count(self) -> int:
        return len(self.in_procore(FIRST))

    def check(self) -> list[str]:
        codes = [
            (line["cost_code"]["full_code"], line["line_item_type"]["code"])
            for row in self.in_procore(FIRST) for line in row["line_items"]
        ]  # fmt: skip
        wrong = [] if codes == [(CODE, KIND)] else [f"{FIRST} is coded {codes}"]
        return wrong + self.sent(FIRST, "310.00")


class ForeignPapersOfNav(ForeignPapers, InNav):
    pass


class UnseenPaperOfNav(UnseenPaper, InNav):
    pass


class CodedTypeFirstByNav(CodedTypeFirst, InNav):
    pass


class FractionsOfNav(InNav):
    """Three at 411.1111 are 1,233.33 in NAV; no product of cents."""

    title = "an order whose unit cost has fractions of a cent is committed to the cent"
    worth = "1233.33"

    def set(self) -> None:
        self.setting.office("business_central/type_order", {
            "vendorNumber": ORDINARY, "lines": [self.line("411.1111", "P-1042", "3")],
        })  # fmt: skip

    def committed(self) -> list[str]:
        """What Procore has under the number of the order."""
        orders = self.setting.office("ledger")["orders"]
        numbers = {row["number"] for row in orders if row["net"] == self.worth}
        totals = self.setting.field("procore/totals")["collections"]["purchase_order_contracts"]
        return [row["amount"] for row in totals["ids"] if row["number"] in numbers]

    def count(self) -> int:
        return len(self.committed())

    def check(self) -> list[str]:
        there = self.committed()
        return [] if there == [self.worth] else [f"an order of {self.worth} is there as {there}"]


class ForeignPapersOfGp(ForeignPapers, InGp):
    pass


class UnseenPaperOfGp(UnseenPaper, InGp):
    pass


class CodedTypeFirstByGp(CodedTypeFirst, InGp):
    pass


class BilledBesideMoved(InTheField, InGp):
    """People billed materials that are stored; the next invoice comes from GP."""

    title = "an invoice on a commitment whose stored materials Procore moved bills its own amount"
    place = "P-1042"
    contract_number, number = numbered("SC-GP"), numbered("GP-MOVE")

    def set(self) -> None:
        contract = self.subcontract(self.contract_number, self.line("4000.00", CODE, "S"))
        stored = {"line": 1, "work": "1000", "stored": "500", "retained": "0"}
        self.billing(contract, numbered("BY-HAND"), stored)
        links = self.setting.field("demo")["expected"]["vendors"]
        vendor = next(one["number"] for one in links if one["name"] == self.vendor)
        line = {"job": "1042", "code": CODE, "type": "S", "amount": "300.00"}
        self.setting.office("gp/type_invoice", {
            "vendor": self.known(vendor), "number": self.number, "order": self.contract_number,
            "lines": [line], "post": True, "currency": self.currencies["USD"],
        })  # fmt: skip

    def billed(self) -> list[Row]:
        return [row for row in self.of_sources("requisitions", "moved")
                if row["number"] == self.number]  # fmt: skip

    def count(self) -> int:
        return len(self.billed())

    def check(self) -> list[str]:
        there = [(row["gross"], row["moved"]) for row in self.billed()]
        wanted = [("300.00", "500.00")]
        return [] if there == wanted else [f"{self.number} bills {there}, not {wanted}"]
