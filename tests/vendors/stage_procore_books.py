"""A ledger that sends commitments and costs into the stand-in of Procore."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.documents import ZERO, Document, Line, Party, Project
from connections.errors import NeedsPerson
from connections.vendors.procore import Procore
from tests.vendors.test_procore_story import Story

D = Decimal
DAY = dt.date(2026, 3, 12)


def a_line(number: str, amount: str, **facts: Any) -> Line:
    given = {"description": f"Line {number}", "cost_code": "93-100", "cost_type": "M-T", **facts}
    return Line(id=number, amount=D(amount), **given)


class Ledger:
    """What a ledger would do with this client, and what then stands in Procore."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.project = Project(story.project, "T-1", "Depot")
        self.vendor = Party(str(story.vendor["id"]), "Acme & Söhne GmbH")
        self.more_codes()

    def more_codes(self) -> None:
        codes = self.story.client.cost_codes(self.story.project)
        parent = next(int(one.id) for one in codes if one.code == "93")
        row = {"name": "Walls", "code": "200", "origin_id": "T|2", "parent_id": parent}
        self.story.client.write(
            "PATCH", "/rest/v1.0/cost_codes/sync", {"updates": [row]}, about="codes",
            params={"project_id": self.story.project},
        )  # fmt: skip
        self.story.has("line_item_types", name="Subs T", csv_import_code="S-T")

    def document(self, kind: str, *lines: Line, **facts: Any) -> Document:
        given = {
            "id": "", "title": "", "status": "approved", "project": self.project,
            "vendor": self.vendor, "date": DAY, "currency": "", **facts,
        }  # fmt: skip
        total = sum((line.amount for line in lines), ZERO)
        return Document(kind=kind, lines=tuple(lines), total=total, **given)

    def an_order(self, *lines: Line, **facts: Any) -> Document:
        number = facts.pop("number", "106001")
        given = {"title": f"Acme {number}", "origin_id": f"NAV|PO|{number}", **facts}
        return self.document("purchase_order", *lines, number=number, **given)

    def an_invoice(self, kind: str, *lines: Line, **facts: Any) -> Document:
        number = facts.pop("number", "RE-4711")
        given = {"origin_id": f"NAV|invoice|{number}", "subtype": "invoice", **facts}
        return self.document(kind, *lines, number=number, **given)

    def client(self) -> Procore:
        """As a task has it: it knows nothing of what was read before."""
        client = self.story.new_client()
        client.spike_limit = 1000
        return client

    def sends(self, document: Document) -> str:
        """As the engine does: look, then write. Returns the id."""
        client = self.client()
        standing = client.find_sent([document])[0]
        assert len(standing) <= 1
        return client.send(document, standing[0] if standing else None, "send")

    def finds(self, document: Document) -> list[Document]:
        return self.client().find_sent([document])[0]

    def shows(self, document: Document, source_id: str) -> Document:
        return self.client().document(document.kind, self.story.project, source_id)

    def stands_as(self, document: Document, source_id: str) -> Document:
        """Equal to the cent, line by line."""
        there = self.shows(document, source_id)
        assert sorted(coded(there)) == sorted(coded(document))
        assert there.total == document.total
        assert (there.number, there.vendor.id) == (document.number, document.vendor.id)
        assert (there.status, there.origin_id) == (document.status, document.origin_id)
        return there

    def held(self, document: Document) -> NeedsPerson:
        with pytest.raises(NeedsPerson) as caught:
            self.sends(document)
        return caught.value

    def writes(self) -> list[str]:
        """The writes announced since the last look."""
        found = [line[3] for line in self.story.journal.lines if line[0] == "intent"]
        self.story.journal.lines.clear()
        return found

    def requests(self) -> int:
        total: int = self.story.control("GET", "requests")["total"]
        self.story.control("DELETE", "requests")
        return total

    def rows(self, collection: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.story.control("GET", f"procore/{collection}")
        return found

    def a_period(self, month: int, status: str = "open") -> dict[str, Any]:
        first = dt.date(2026, month, 1)
        last = dt.date(2026, month + 1, 1) - dt.timedelta(days=1)
        return self.story.has(
            "billing_periods", project="T-1", start_date=str(first), end_date=str(last),
            due_date=str(last), status=status,
        )  # fmt: skip

    def changes(self) -> list[str]:
        until = timezone.now() + dt.timedelta(days=1)
        found = self.client().changes("direct_cost", self.story.project, None, until)
        return [hint.source_id for hint in found]


def coded(document: Document) -> list[tuple[str, str, str, Decimal]]:
    return [
        (line.cost_code, line.cost_type, line.description, line.amount) for line in document.lines
    ]


def with_lines(document: Document, *lines: Line) -> Document:
    total = sum((line.amount for line in lines), ZERO)
    return dataclasses.replace(document, lines=tuple(lines), total=total)


@pytest.fixture
def ledger(procore: Story) -> Ledger:
    books = Ledger(procore)
    books.writes()
    return books
