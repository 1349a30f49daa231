"""Vendors and dimension values as options of the board: up to date, within the platform's limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from connections.errors import Reason
from mappings.models import Reference
from syncs import tasks
from syncs.ingest import polling
from syncs.models import Record, State
from tests.flows.monday.telling import Boards

ROOM = 6  # labels in these stories, above those that a column has already


@pytest.fixture(autouse=True)
def as_it_was(boards: Boards) -> Iterator[None]:
    cache.clear()
    yield
    boards.nav("block_vendor", number=some_vendor(boards), blocked=" ")


def some_vendor(boards: Boards) -> str:
    rows = Reference.objects.filter(connection=boards.integration.ledger, kind="vendor")
    return rows.order_by("code").values_list("code", flat=True)[4]


def labels(boards: Boards) -> dict[str, dict[str, Any]]:
    """Of the column of vendors, by text."""
    id = boards.layout().columns["vendor"]
    [column] = [one for one in boards.board()["columns"] if one["id"] == id]
    return {one["label"]: one for one in column["settings"]["labels"]}


def active(boards: Boards) -> set[str]:
    return {text for text, one in labels(boards).items() if not one["is_deactivated"]}


def at_most(boards: Boards, number: int) -> None:
    platform = boards.integration.project_system
    platform.settings |= {"most_options": str(number)}
    platform.save()


def vendors(boards: Boards) -> Record:
    return Record.objects.get(flow="options", source_id="ledger_invoice|vendor")


def refreshed(boards: Boards) -> None:
    run = tasks.guarded(boards.integration, "reference", "reference", polling.refresh)
    assert run.ok, run.sentence


def test_more_vendors_than_a_column_takes(boards: Boards) -> None:
    """As many as fit; the others follow when a document names them."""
    boards.polls("purchase_invoices")  # what documents name is an option already
    before = len(labels(boards))
    at_most(boards, 2 * (before + ROOM))
    boards.polls("options")
    record = vendors(boards)
    assert record.state == State.POSTED, record.sentence
    assert "more follow when a document names them" in record.sentence
    assert len(labels(boards)) == before + ROOM, "half of the column is left for documents"
    names = Reference.objects.filter(
        connection=boards.integration.ledger, kind="vendor", unusable="",
        data__currency__in=["", "USD"],
    )  # fmt: skip
    beyond = next(row for row in names.order_by("-code")
                  if f"{row.code} · {row.name}"[:60].rstrip() not in active(boards))  # fmt: skip
    typed = boards.an_invoice("BEYOND-1", vendorNumber=beyond.code)
    boards.polls("purchase_invoices")
    shown = boards.records("purchase_invoices", typed["number"])
    assert shown.state == State.POSTED, shown.sentence
    assert boards.text(boards.item(shown), "vendor").startswith(beyond.code)


def test_a_full_column_holds_the_item_and_says_what_to_do(boards: Boards) -> None:
    boards.polls("purchase_invoices")  # of the stories before
    at_most(boards, len(labels(boards)))
    names = Reference.objects.filter(
        connection=boards.integration.ledger, kind="vendor", unusable="",
        data__currency__in=["", "USD"],
    )  # fmt: skip
    beyond = next(row for row in names.order_by("-code")
                  if f"{row.code} · {row.name}"[:60].rstrip() not in active(boards))  # fmt: skip
    typed = boards.an_invoice("FULL-1", vendorNumber=beyond.code)
    boards.polls("purchase_invoices")
    held = boards.records("purchase_invoices", typed["number"])
    assert (held.state, held.reason) == (State.HELD, Reason.SETTINGS), held.sentence
    assert "is full" in held.sentence
    assert "text column" in held.sentence
    at_most(boards, 200)
    assert held.replay("anna")
    assert boards.due_now(held).state == State.POSTED


def test_a_blocked_vendor_is_retired_and_peoples_own_labels_stay(boards: Boards) -> None:
    """By its own poll, as the notice of a vendor asks for one; not only within the hour."""
    layout = boards.layout()
    boards.monday("new_label", board=layout.board_id, column=layout.columns["vendor"],
                  label="Ask Anna · who knows")  # fmt: skip
    boards.polls("options")
    code = some_vendor(boards)
    [text] = [one for one in active(boards) if one.startswith(f"{code} ·")]
    boards.nav("block_vendor", number=code, blocked="All")
    boards.polls("options")
    assert "1 retired" in vendors(boards).sentence
    assert labels(boards)[text]["is_deactivated"], "retired, never deleted"
    assert "Ask Anna · who knows" in active(boards)
    boards.nav("block_vendor", number=code, blocked=" ")
    boards.polls("options")
    assert text in active(boards)
