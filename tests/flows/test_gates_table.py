"""Each flow × {new, in doubt, gone at the source}: the story that tries every gate there, or why
there is none to try. A flow without a line here fails."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

import pytest

from syncs.registry import REGISTRY
from tests.flows import gates
from tests.flows import test_gates as bc
from tests.flows.bc_monday import test_gates as bc_boards
from tests.flows.fo import test_gates as fo
from tests.flows.gp import test_accounts as gp_accounts
from tests.flows.gp import test_gates as gp
from tests.flows.monday import test_gates as boards
from tests.flows.monday import test_gates_of_values as board_values
from tests.flows.monday import test_values as new_values
from tests.flows.nav import test_codes as nav_codes
from tests.flows.nav import test_gates as nav

SITUATIONS = ("new", "in doubt", "gone at the source")
Cell = Callable[..., None] | str  # a story, or the reason why there is none
Row = tuple[Cell, Cell, Cell]  # one for each situation
NO_DOUBT = "It reads only: of a write that is never sent, no answer can be lost."

BC_DOCUMENT: Row = (
    bc.test_what_is_new_passes_no_shut_gate,
    bc.test_what_is_in_doubt_passes_no_shut_gate,
    bc.test_what_has_gone_at_the_source_passes_no_shut_gate,
)
FO_DOCUMENT: Row = (
    fo.test_what_is_new_passes_no_shut_gate,
    fo.test_what_is_in_doubt_passes_no_shut_gate,
    fo.test_what_has_gone_at_the_source_passes_no_shut_gate,
)
NAV_ORDER: Row = (
    nav.test_a_new_document_of_nav_passes_no_shut_gate,
    nav.test_a_document_in_doubt_passes_no_shut_gate,
    nav.test_a_deleted_order_passes_no_shut_gate,
)
NAV_BILL: Row = (*NAV_ORDER[:2], nav.test_a_cancelled_document_of_nav_passes_no_shut_gate)
INTO_NAV: Row = (
    nav.test_what_is_new_in_procore_passes_no_shut_gate,
    nav.test_what_is_in_doubt_passes_no_shut_gate,
    nav.test_what_has_gone_from_procore_passes_no_shut_gate,
)
PAYABLE: Row = (
    gp.test_what_is_new_passes_no_shut_gate,
    gp.test_what_is_in_doubt_passes_no_shut_gate,
    gp.test_what_is_brought_to_nothing_passes_no_shut_gate,
)
NAV_ITEM: Row = (
    boards.test_a_new_item_passes_no_shut_gate,
    boards.test_an_item_in_doubt_passes_no_shut_gate,
    boards.test_an_item_whose_document_left_nav_passes_no_shut_gate,
)
BC_ITEM: Row = (
    bc_boards.test_a_new_item,
    bc_boards.test_an_item_in_doubt,
    bc_boards.test_an_item_of_a_deleted_document,
)

TABLE: dict[str, dict[str, Row]] = {
    "bc_procore": {
        "vendors": (
            bc.test_a_vendor_passes_no_shut_gate,
            bc.test_a_vendor_passes_no_shut_gate,  # a lost answer is sent again
            bc.test_a_vendor_that_left_the_ledger_passes_no_shut_gate,
        ),
        "purchase_orders": BC_DOCUMENT,
        "subcontracts": BC_DOCUMENT,
        "requisitions": BC_DOCUMENT,
        "commitment_relief": (
            bc.test_relief_passes_no_shut_gate,
            bc.test_a_relief_in_doubt_passes_no_shut_gate,
            bc.test_a_relief_whose_billing_left_the_ledger_passes_no_shut_gate,
        ),
        "commitment_closing": (
            bc.test_what_a_closed_contract_frees_passes_no_shut_gate,
            bc.test_freeing_in_doubt_passes_no_shut_gate,
            bc.test_freeing_of_a_contract_that_is_open_again_passes_no_shut_gate,
        ),
        "direct_costs": BC_DOCUMENT,
        "commitment_change_orders": BC_DOCUMENT,
        "prime_change_orders": BC_DOCUMENT,
        "ledger_orders": (
            bc.test_an_order_that_people_typed_is_never_written_to,
            NO_DOUBT,
            bc.test_an_order_that_people_typed_is_never_written_to,
        ),
    },
    "bc_monday": {
        "options": (
            bc_boards.test_new_options,
            bc_boards.test_options_without_an_answer,
            bc_boards.test_retired_options,
        ),
        "purchase_invoices": BC_ITEM,
        "purchase_orders": BC_ITEM,
        "decisions": (
            bc_boards.test_a_new_decision,
            bc_boards.test_a_decision_in_doubt,
            bc_boards.test_a_decision_of_a_deleted_item,
        ),
    },
    "fo_procore": {
        "vendors": (
            fo.test_a_vendor_passes_no_shut_gate,
            fo.test_a_vendor_passes_no_shut_gate,
            fo.test_a_vendor_that_left_fo_passes_no_shut_gate,
        ),
        "new_vendors": (
            fo.test_a_new_vendor_passes_no_shut_gate,
            fo.test_a_new_vendor_passes_no_shut_gate,
            fo.test_a_new_vendor_that_left_procore_passes_no_shut_gate,
        ),
        "cost_codes": (
            fo.test_a_cost_code_passes_no_shut_gate,
            fo.test_a_cost_code_passes_no_shut_gate,
            fo.test_a_cost_code_that_no_project_has_any_more_passes_no_shut_gate,
        ),
        "purchase_orders": FO_DOCUMENT,
        "subcontracts": FO_DOCUMENT,
        "requisitions": FO_DOCUMENT,
        "direct_costs": FO_DOCUMENT,
    },
    "nav_monday": {
        "options": (
            boards.test_new_options_pass_no_shut_gate,
            boards.test_options_without_an_answer_pass_no_shut_gate,
            boards.test_options_that_nav_has_no_more_pass_no_shut_gate,
        ),
        "purchase_invoices": NAV_ITEM,
        "purchase_orders": NAV_ITEM,
        "decisions": (
            boards.test_a_new_decision_passes_no_shut_gate,
            boards.test_a_decision_in_doubt_stays_in_doubt_behind_a_shut_gate,
            boards.test_a_decision_on_an_item_that_left_the_board_is_not_carried_out,
        ),
        "new_values": (
            new_values.test_a_new_value_passes_no_shut_gate,
            board_values.test_a_new_value_in_doubt_passes_no_shut_gate,
            board_values.test_a_value_that_no_item_names_any_more_passes_no_shut_gate,
        ),
    },
    "nav_procore": {
        "vendors": (
            nav.test_a_vendor_passes_no_shut_gate,
            nav.test_a_vendor_passes_no_shut_gate,
            nav.test_a_vendor_that_left_nav_passes_no_shut_gate,
        ),
        "new_vendors": (
            nav.test_a_new_vendor_passes_no_shut_gate,
            nav.test_a_new_vendor_in_doubt_passes_no_shut_gate,
            nav.test_a_new_vendor_that_left_procore_passes_no_shut_gate,
        ),
        "cost_codes": (
            nav.test_a_new_cost_code_passes_no_shut_gate,
            nav.test_a_cost_code_in_doubt_passes_no_shut_gate,
            nav.test_a_cost_code_that_no_project_has_any_more_passes_no_shut_gate,
        ),
        "dimension_values": (
            nav_codes.test_values_pass_no_shut_gate_and_a_poll_costs_nothing,
            nav_codes.test_a_value_without_an_answer_passes_no_shut_gate,
            nav_codes.test_a_value_that_nav_renamed_or_took_away_passes_no_shut_gate,
        ),
        "purchase_orders": NAV_ORDER,
        "purchase_invoices": NAV_BILL,
        "credit_memos": NAV_BILL,
        "direct_costs": INTO_NAV,
        "commitment_change_orders": INTO_NAV,
        "commitment_closing": (
            nav.test_what_a_closed_contract_frees_passes_no_shut_gate,
            nav.test_freeing_in_doubt_passes_no_shut_gate,
            nav.test_freeing_of_a_contract_that_is_open_again_passes_no_shut_gate,
        ),
        "prime_change_orders": INTO_NAV,
    },
    "gp_procore": {
        "vendors": (
            gp.test_a_vendor_passes_no_shut_gate,
            gp.test_a_vendor_passes_no_shut_gate,
            gp.test_a_vendor_that_left_gp_passes_no_shut_gate,
        ),
        "accounts": (
            gp_accounts.test_accounts_pass_no_shut_gate,
            gp.test_a_cost_code_without_an_answer_passes_no_shut_gate,
            gp.test_an_account_that_left_the_chart_passes_no_shut_gate,
        ),
        "payables_invoices": PAYABLE,
        "payables_credits": PAYABLE,
    },
}


def stories() -> Iterator[tuple[str, str, Callable[..., None]]]:
    """Integration, flow, story."""
    for key, rows in TABLE.items():
        for flow, row in rows.items():
            yield from ((key, flow, cell) for cell in row if not isinstance(cell, str))


def told_of(story: Callable[..., None], name: str) -> list[str]:
    """What pytest tells it of under this name; empty where it is told once."""
    marks = [mark for mark in getattr(story, "pytestmark", []) if mark.args[0] == name]
    return [one for mark in marks for one in mark.args[1]]


def tries_every_gate(story: Callable[..., None]) -> bool:
    """Itself, by a helper that it names, or since it is told of each gate."""
    helpers = [story.__globals__.get(name) for name in story.__code__.co_names]
    codes = [one.__code__ for one in (story, *helpers) if inspect.isfunction(one)]
    walks = any(gates.none_lets_it_pass.__name__ in code.co_names for code in codes)
    return walks or told_of(story, "gate") == list(gates.GATES)


@pytest.mark.parametrize("key", REGISTRY)
def test_each_flow_has_a_story_or_a_reason_for_each_situation(key: str) -> None:
    assert TABLE[key].keys() == REGISTRY[key].keys()


def test_no_integration_is_told_of_that_is_not_registered() -> None:
    assert TABLE.keys() == REGISTRY.keys()


def test_a_story_is_told_of_the_flows_that_name_it() -> None:
    for key, flow, story in stories():
        told = told_of(story, "flow")
        assert not told or flow in told, f"{key} {flow}: {story.__name__}"


def test_a_story_tries_every_gate() -> None:
    for key, flow, story in stories():
        assert tries_every_gate(story), f"{key} {flow}: {story.__name__}"
