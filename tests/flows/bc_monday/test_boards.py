"""Business Central's invoices and orders on boards, and what is decided there back into it."""

from __future__ import annotations

import uuid

import pytest
from django.core.cache import cache
from django.utils import timezone

from audit.journal import verify
from connections.errors import Reason
from syncs import tasks
from syncs.models import Delivery, Record, State
from tests.flows import telling
from tests.flows.monday.telling import ORDERS, Boards
from tests.flows.monday.test_decisions import decided, shown
from tests.flows.monday.test_items import SITE, on_the_board
from tests.flows.monday.test_options import refreshed
from tests.flows.monday.test_people import chooses, department, in_nav, value
from tests.flows.monday.test_values import told, types
from tests.flows.monday.test_ways import means
from tests.story import run_queue

pytestmark = pytest.mark.django_db


def approval(boards: Boards, record: Record) -> str:
    rows = boards.company.ledger("ledger")["invoices"]
    return str(next(row["approval"] for row in rows if row["draft"] == record.number))


def test_a_draft_is_shown_under_business_central_s_own_key(boards: Boards) -> None:
    record = shown(boards, "BCM-1", cost="1250.40")
    item = boards.item(record)
    assert boards.text(item, "key") == f"BC|INVOICE|{record.source_id}".upper()
    assert boards.text(item, "status") == "Draft"
    assert boards.text(item, "amount") == "1250.4"
    assert record.replay("anna")
    assert boards.due_now(record).state == State.POSTED
    assert len([one for one in boards.items() if one["id"] == item["id"]]) == 1


def test_an_order_is_shown_with_its_material_and_its_delivery(boards: Boards) -> None:
    line = {**boards.line("80.00", "12"), "expected": "2026-11-09"}
    order = boards.an_order(line, ship_to=SITE, date="2026-10-05", requested="2026-11-11")
    item = on_the_board(boards, order["number"])
    assert boards.text(item, "materials", ORDERS) == "12 × Rebar, 12 mm, expected 2026-11-09"
    assert boards.text(item, "receipt_date", ORDERS) == "2026-11-11", "what was asked for first"
    assert boards.text(item, "ship_to", ORDERS).startswith("Riverside Clinic, 12 Dock Rd, ")
    assert boards.text(item, "received", ORDERS) == "0 of 1 lines"
    assert boards.text(item, "date", ORDERS) == "2026-10-05"
    assert boards.text(item, "amount", ORDERS) == "960"
    assert boards.text(item, "due_date", ORDERS) == "", "the standard API tells none of orders"


def test_an_approval_releases_the_invoice_once(boards: Boards) -> None:
    record = shown(boards, "BCM-2")
    decision = decided(boards, record, "Approved")
    assert decision.state == State.POSTED, decision.sentence
    assert approval(boards, record) == "Released"
    record.refresh_from_db()
    item = boards.item(record)
    assert boards.text(item, "status") == "Released"
    told = len(item["updates"])
    assert decision.replay("anna")
    assert boards.due_now(decision).state == State.POSTED
    assert len(boards.item(record)["updates"]) == told
    assert verify().ok


def test_where_the_site_has_no_way_the_item_says_what_would_be_one(boards: Boards) -> None:
    """The standard API can neither release nor reopen: a codeunit, a page or a journal can."""
    bare = {"codeunit": "", "workflow_services": False}
    boards.company.ledger("business_central/settings", bare)
    cache.clear()
    try:
        record = shown(boards, "BCM-3")
        decision = decided(boards, record, "Approved")
        assert (decision.state, decision.reason) == (State.HELD, Reason.SETTINGS)
        assert "codeunit" in decision.sentence.lower()
        assert approval(boards, record) == "Open"
        item = boards.item(record)
        assert any("Not done in the ledger" in update["text"] for update in item["updates"])
        assert boards.text(item, "decision") != "Approved", "it does not stay green"
    finally:
        boards.company.ledger(
            "business_central/settings", {"codeunit": "IntegrationMgt", "workflow_services": True}
        )


def test_what_business_central_refuses_does_not_stay_green(boards: Boards) -> None:
    record = shown(boards, "BCM-4")
    boards.nav("post_draft", number=record.number)
    decision = decided(boards, record, "Rejected")
    assert decision.state == State.HELD, decision.sentence
    assert any("Not done in the ledger" in one["text"] for one in boards.item(record)["updates"])


def test_a_department_chosen_on_the_board_goes_into_business_central(boards: Boards) -> None:
    boards.polls("options")
    record, wanted = shown(boards, "BCM-5"), value(boards, 1)
    chooses(boards, record, wanted)
    boards.polls("decisions")
    assert in_nav(boards, record) == [wanted.code]
    boards.polls("purchase_invoices")
    assert department(boards, record).startswith(wanted.code)


def test_a_department_that_business_central_lacks_is_told_with_who_makes_it(
    boards: Boards,
) -> None:
    """Its standard API reads dimension values and creates none."""
    record = shown(boards, "BCM-11")
    types(boards, record, "B11 · Annex")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    wanted = (
        f"“B11 · Annex”, chosen for {record.number}, is no value of DEPARTMENT in the ledger. The "
        "standard API of Business Central cannot create one. Somebody who may set up dimensions "
        "adds it there (Dimensions, DEPARTMENT, Dimension Values); then this goes on by itself."
    )
    assert decision.sentence == wanted
    assert told(boards, record, wanted) == 1
    assert boards.text(boards.item(record), "decision") != "Approved", "it does not stay green"
    assert approval(boards, record) == "Open"
    boards.nav("add_value", dimension="DEPARTMENT", code="B11", name="Annex")
    refreshed(boards)
    boards.polls("decisions")
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == ["B11"]
    assert decided(boards, record, "Approved").state == State.POSTED
    assert approval(boards, record) == "Released"


def test_a_posted_invoice_says_so_on_its_item(boards: Boards) -> None:
    record = shown(boards, "BCM-6")
    boards.nav("post_draft", number=record.number)
    boards.polls("purchase_invoices")
    assert boards.text(boards.item(record), "status") == "Posted"


def test_a_draft_that_was_deleted_says_so_on_its_item(boards: Boards) -> None:
    record = shown(boards, "BCM-7")
    boards.nav("delete_draft", number=record.number)
    assert record.replay("anna")
    assert boards.due_now(record).state == State.POSTED
    assert boards.text(boards.item(record), "status") == "Deleted"


def test_a_notice_of_an_invoice_brings_it_to_the_board(boards: Boards) -> None:
    typed = boards.an_invoice("BCM-8", date="2026-03-02")
    boards.nav("change_document", number=typed["number"], fields={"dueDate": "2026-04-15"})
    door = telling.ledger_calls(boards.company, "purchaseInvoices")
    notice = {"value": [{
        "subscriptionId": "x", "clientState": telling.SECRET, "changeType": "created",
        "resource": f"api/v2.0/companies({uuid.uuid4()})/purchaseInvoices({typed['id']})",
        "lastModifiedDateTime": timezone.now().isoformat(),
    }]}  # fmt: skip
    assert boards.company.webhook(door, notice).status_code == 200
    tasks.unpack(Delivery.objects.get().pk)
    run_queue()
    record = boards.records("purchase_invoices", typed["number"])
    assert record.state == State.POSTED, record.sentence
    assert boards.text(boards.item(record), "status") == "Draft"
    assert boards.text(boards.item(record), "due_date") == "2026-04-15"


def test_shadow_mode_shows_nothing_and_decides_nothing(boards: Boards) -> None:
    record = shown(boards, "BCM-9")
    boards.company.settings("decisions", shadow=True)
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.SHADOW)
    assert approval(boards, record) == "Open"


def test_a_label_that_means_post_posts_the_draft_once(boards: Boards) -> None:
    means(boards, "Post it now", "post")
    record = shown(boards, "BCM-10")
    decision = decided(boards, record, "Post it now")
    assert decision.state == State.POSTED, decision.sentence
    assert len(boards.company.posted_under("BCM-10")) == 1
    boards.polls("purchase_invoices")
    assert boards.text(boards.item(record), "status") == "Posted"
    assert decision.replay("anna")
    assert boards.due_now(decision).state == State.POSTED
    assert len(boards.company.posted_under("BCM-10")) == 1
