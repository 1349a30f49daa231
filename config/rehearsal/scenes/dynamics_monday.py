"""What boards show of documents that are not simple, and a platform that fails inside its 200."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

from config.rehearsal.ends.dynamics_monday import PostingLabel, a_line, a_vendor, items
from config.rehearsal.ends.monday import POST_LABEL
from config.rehearsal.scene import Row, Scene
from config.rehearsal.scenes.procore import numbered
from mappings.models import BoardLayout
from syncs.models import Record, State

CARDS = {"EUR": "V10001", "CAD": "V10051"}
SEEN, REFUSED = numbered("ZW-79"), numbered("NO-DIM")
WANTING = "52993"  # an account of these scenes alone
TROUBLE = "INTERNAL_SERVER_ERROR"


class OnBoards(Scene):
    @property
    def layout(self) -> BoardLayout:
        kind = BoardLayout.Kind.INVOICES
        return BoardLayout.objects.get(integration=self.setting.integration, kind=kind)

    def draft(self, external: str, **facts: Any) -> None:
        """An invoice that waits for a decision."""
        self.setting.office("business_central/type_cost", {
            "vendorNumber": a_vendor(self), "external": external, "post": False,
            "lines": [a_line(self)], **facts,
        })  # fmt: skip

    def items(self, external: str) -> list[Row]:
        return [row for row in items(self, self.layout)
                if self.text(row, "external_number") == external]  # fmt: skip

    def text(self, row: Row, fact: str) -> str:
        return str(row["texts"].get(self.layout.columns[fact]) or "")


class ErrorsInside(OnBoards):
    """No item is made twice, and none is missing: of that the account sees to."""

    title = "changes that monday.com answered with 200 and an error inside were made once"
    fields = ("create_item", "change_multiple_column_values", "create_update")
    times: ClassVar[int] = 3

    def set(self) -> None:
        for field in self.fields[:2]:
            self.setting.field(
                "monday/trouble", {"name": "inside", "field": field, "times": self.times}
            )
        self.setting.field("monday/trouble", {"name": "inside", "field": self.fields[2]})

    def used(self) -> dict[str, int]:
        told = self.setting.field("monday/trouble")
        return {row["field"]: row["used"] for row in told if row["name"] == "inside"}

    def count(self) -> int:
        return sum(self.used().values())

    def check(self) -> list[str]:
        return [f"{field} was never answered with {TROUBLE}"
                for field, times in self.used().items() if not times]  # fmt: skip


class ForeignItems(OnBoards):
    title = "invoices in EUR and CAD are shown in their own currency"

    def set(self) -> None:
        for currency, vendor in CARDS.items():
            self.draft(numbered(currency), vendorNumber=vendor, currency=currency)

    def count(self) -> int:
        return sum(len(self.items(numbered(one))) for one in CARDS)

    def check(self) -> list[str]:
        wrong = []
        for name in CARDS:
            shown = [(self.text(row, "currency"), Decimal(self.text(row, "amount") or 0))
                     for row in self.items(numbered(name))]  # fmt: skip
            if shown != [(name, Decimal("840.50"))]:
                wrong.append(f"the item of {numbered(name)} shows {shown}")
        return wrong


class UnseenOnBoards(OnBoards):
    title = "a vendor's number is shown without the characters that nobody sees"

    def set(self) -> None:
        self.draft(f"\ufeff{SEEN}\u200b")

    def count(self) -> int:
        return len(self.items(SEEN))

    def check(self) -> list[str]:
        found = len(self.items(SEEN))
        return [] if found == 1 else [f"{found} items show {SEEN}"]


class RefusedOnBoards(OnBoards):
    """Somebody posts an invoice whose account wants a dimension: after PostingLabel."""

    title = "a posting that the ledger refuses for a dimension is told on its item"

    def set(self) -> None:
        self.setting.office("business_central/settings", {"dimension_errors": "wrapped"})
        self.setting.office(
            "business_central/add_account", {"number": WANTING, "name": "Finishes, by whom"}
        )
        self.draft(REFUSED, lines=[{**a_line(self), "account": WANTING}])
        self.setting.office("business_central/account_dimension", {
            "account": WANTING, "dimension": "DEPARTMENT", "validation": "Code Mandatory",
        })  # fmt: skip

    def play(self) -> None:
        [item] = self.items(REFUSED)
        self.setting.field("monday/status", {
            "item": item["id"], "column": self.layout.columns["decision"], "status": POST_LABEL,
        })  # fmt: skip

    def count(self) -> int:
        return len(self.items(REFUSED))

    def check(self) -> list[str]:
        posted = [row["posted"] for row in self.setting.office("ledger")["invoices"]
                  if row["external"] == REFUSED]  # fmt: skip
        wrong = [] if posted == [False] else [f"{REFUSED} is posted: {posted}"]
        for item in self.items(REFUSED):
            said = Record.objects.filter(
                integration=self.setting.integration, flow="decisions", source_id=str(item["id"])
            )
            words = [one.sentence for one in said if one.state == State.HELD]
            wanted = f"DEPARTMENT for G/L Account {WANTING}"
            if len(words) != 1 or wanted not in words[0]:
                wrong.append(f"we say of {REFUSED}: {[one.sentence for one in said]}")
            if not self.text(item, "decision").startswith("Refused"):
                wrong.append(f"its item shows {self.text(item, 'decision')}")
        return wrong


POSTS = (PostingLabel, RefusedOnBoards)  # the first of them makes the label
