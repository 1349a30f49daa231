"""Where an amount belongs, whichever side tells it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from connections.documents import CodedLine, Document
from mappings.boards.vocabulary import AMOUNT
from mappings.lookup import Lookup
from mappings.models import BoardLayout, ProjectLink, Reference
from syncs.balance.rows import RETAINAGE, ROUNDING

Code = tuple[str, str]  # cost code and cost type
OF_ROLE: Mapping[str, Code] = {"retainage": (RETAINAGE, ""), "rounding": (ROUNDING, "")}


@dataclasses.dataclass(frozen=True)
class Place:
    """What cells are told apart by, within one integration."""

    book: str
    project: str = ""
    cost_code: str = ""
    cost_type: str = ""
    vendor: str = ""  # the ledger's number; empty where none is linked
    vendor_name: str = ""
    period: dt.date | None = None
    currency: str = ""  # empty: the company's own
    share: str = ""  # of a commitment: committed, billed or freed

    def key(self, integration: int) -> str:
        """The same for the same place, whenever it is worked out."""
        facts = [integration, *dataclasses.astuple(self)]
        text = json.dumps(facts, default=str)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def coded(self, code: Code) -> Place:
        return dataclasses.replace(self, cost_code=code[0], cost_type=code[1])

    @property
    def timeless(self) -> Place:
        """The same in whatever month."""
        return dataclasses.replace(self, period=None)


def vars_of(place: Place) -> dict[str, Any]:
    """As a row keeps it."""
    return dataclasses.asdict(place)


def month(day: dt.date | None) -> dt.date | None:
    return day.replace(day=1) if day else None


@dataclasses.dataclass
class Terms:
    """Both systems' names for the same, by the mapping tables. Made anew for each pass."""

    book: Lookup

    @cached_property
    def amount_columns(self) -> dict[str, str]:
        """By kind of document, on its board; a kind without a board has none."""
        rows = BoardLayout.objects.filter(integration=self.book.integration)
        return {row.kind: str(row.columns.get(AMOUNT, "")) for row in rows}

    def vendor(self, number: str, name: str) -> tuple[str, str]:
        """Number and name of a vendor of the ledger; the name alone of one that is not linked."""
        if not number:
            return "", name[:300]
        row = self.book.references(Reference.Kind.VENDOR).get(("", number))
        return number, (row.name if row else name)[:300]

    def at(self, document: Document, book: Place) -> Place:
        """Where a document of the project system belongs, but for its lines' codes."""
        number = self.book.vendor(document.vendor.id)
        vendor, name = self.vendor(number, document.vendor.name)
        return dataclasses.replace(
            book, project=document.project.number, vendor=vendor, vendor_name=name,
            period=month(document.date), currency=self.currency(document.currency),
        )  # fmt: skip

    def currency(self, code: str) -> str:
        """Empty for the ledger's own, which documents name or leave out."""
        window = self.book.references(Reference.Kind.WINDOW).get(("", "window"))
        return "" if window and window.data.get("currency") == code else code

    def project(self, dimensions: Mapping[str, str]) -> ProjectLink | None:
        return self.book.project_of(dict(dimensions))

    def code(self, line: CodedLine, link: ProjectLink | None, day: dt.date | None = None) -> Code:
        """Read backwards: by the one rule that leads there, else by the values themselves."""
        if line.role in OF_ROLE:
            return OF_ROLE[line.role]
        dimensions = dict(line.dimensions)
        found = self.book.origins(line.account, dimensions, link, day) if link else []
        if len(found) == 1:
            return found[0].cost_code, found[0].cost_type
        named = (self.book.dimension_of(one) for one in ("{cost_code}", "{cost_type}"))
        code, kind = (dimensions.get(name, "") for name in named)
        return code, kind
