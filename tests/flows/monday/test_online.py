"""The central stories of the boards, told of NAV online: the same NAV behind another interface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from config.demo import stand_ins
from config.rehearsal.control import call
from connections.errors import Reason
from syncs.models import Record, State
from tests import story
from tests.flows import gates
from tests.flows.bc_monday import test_boards as of_business_central
from tests.flows.monday import test_approving, test_decisions, test_people, test_posting
from tests.flows.monday.conftest import WIDE
from tests.flows.monday.telling import Boards
from tests.flows.monday.test_decisions import decided, shown
from tests.flows.monday.test_doubt import approval
from tests.flows.monday.test_options import refreshed
from tests.flows.monday.test_people import in_nav
from tests.flows.monday.test_values import MAKES, told, types
from tests.flows.monday.test_ways import means, said

SIDES = stand_ins.VARIANTS["nav_monday"]["online"]
CODEUNIT = {"codeunit": "IntegrationMgt", "workflow_services": True}

test_an_order = of_business_central.test_an_order_is_shown_with_its_material_and_its_delivery
test_an_approval = test_decisions.test_an_approval_releases_the_invoice
test_a_refusal = test_decisions.test_what_nav_refuses_does_not_stay_green
test_a_department = test_people.test_a_department_chosen_on_the_board_goes_into_nav
test_an_approver = test_approving.test_a_draft_is_approved_released_and_posted_from_the_board
test_a_posting = test_posting.test_a_label_can_mean_post
test_no_way = of_business_central.test_where_the_site_has_no_way_the_item_says_what_would_be_one


@pytest.fixture(scope="module")
def online() -> Iterator[dict[str, Any]]:
    with story.stand_ins(only=SIDES) as facts:
        call(facts["monday"]["control_url"], "limits", WIDE)
        yield facts


@pytest.fixture
def boards(online: dict[str, Any], db: None) -> Iterator[Boards]:
    """NAV online and monday.com, both boards laid out; no faults before and after."""
    cache.clear()
    found = Boards(story.set_up(online, "nav_monday", SIDES))
    yield found
    for facts in online.values():
        call(facts["control_url"], "faults", method="DELETE")
    found.company.ledger("business_central/settings", CODEUNIT)
    found.nav("approval", on=False)


def test_an_invoice_is_shown_under_nav_s_key(boards: Boards) -> None:
    record = shown(boards, "ONL-1", cost="1250.40")
    item = boards.item(record)
    assert boards.text(item, "key") == f"NAV|INVOICE|{record.source_id}".upper()
    assert boards.text(item, "status") == "Draft"
    assert boards.text(item, "amount") == "1250.4"


def test_without_a_codeunit_the_standard_api_posts_though_it_releases_nothing(
    boards: Boards,
) -> None:
    boards.company.ledger("business_central/settings", {"codeunit": "", "workflow_services": False})
    cache.clear()
    means(boards, "Post it online", "post")
    record = shown(boards, "ONL-2")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.SETTINGS), decision.sentence
    assert approval(boards, record) == "Open"
    assert any("Not done in the ledger" in text for text in said(boards, record))
    decision = decided(boards, record, "Post it online")
    assert decision.state == State.POSTED, decision.sentence
    [posted] = boards.company.posted_under("ONL-2")
    assert posted["number"] in decision.sentence
    boards.polls("purchase_invoices")
    assert boards.text(boards.item(record), "status") == "Posted"


def test_a_department_that_nav_online_lacks_is_told_with_who_makes_it(boards: Boards) -> None:
    """Its standard API reads dimension values and creates none, whatever finance lets it do."""
    boards.company.settings(MAKES, **gates.OPEN)
    record = shown(boards, "ONL-3")
    types(boards, record, "O3 · Annex")
    decision = decided(boards, record, "Approved")
    assert (decision.state, decision.reason) == (State.HELD, Reason.DIMENSION), decision.sentence
    assert "“O3 · Annex”" in decision.sentence
    assert "cannot create one" in decision.sentence
    assert "Business Central" not in decision.sentence, "its people know it as NAV"
    assert told(boards, record, decision.sentence) == 1
    assert approval(boards, record) == "Open"
    boards.polls(MAKES)
    assert not Record.objects.filter(flow=MAKES, source_id__contains="O3").exists()
    boards.nav("add_value", dimension="DEPARTMENT", code="O3", name="Annex")
    refreshed(boards)
    boards.polls("decisions")
    decision.refresh_from_db()
    assert decision.state == State.POSTED, decision.sentence
    assert in_nav(boards, record) == ["O3"]
    assert decided(boards, record, "Approved").state == State.POSTED
    assert approval(boards, record) == "Released"
