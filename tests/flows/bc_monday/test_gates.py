"""The stories of shut gates that NAV's boards tell, told of Business Central's."""

from __future__ import annotations

from tests.flows.monday import test_gates as nav

test_a_new_item = nav.test_a_new_item_passes_no_shut_gate
test_an_item_in_doubt = nav.test_an_item_in_doubt_passes_no_shut_gate
test_an_item_of_a_deleted_document = nav.test_an_item_whose_document_left_nav_passes_no_shut_gate
test_new_options = nav.test_new_options_pass_no_shut_gate
test_a_new_decision = nav.test_a_new_decision_passes_no_shut_gate
test_a_decision_in_doubt = nav.test_a_decision_in_doubt_stays_in_doubt_behind_a_shut_gate
test_a_department = nav.test_a_department_chosen_on_the_board_passes_no_shut_gate
