"""Laying out a board: what is proposed, made, kept and found wrong. The platform is a double."""

from __future__ import annotations

import dataclasses

import pytest

from connections.boards import STATUS, TEXT, Board, Column, Label
from connections.documents import APPROVE, DECISIONS, REJECT, RELEASE, REOPEN, DecisionWay
from connections.errors import NeedsPerson, RetryLater
from connections.models import Integration
from mappings.boards import setup
from mappings.boards.check import STAMP_AGAIN, findings
from mappings.boards.columns import LONGEST_ID, NEW, is_stable_id, stable_id
from mappings.boards.rules import default_rules, meaning_of, refused_label
from mappings.boards.setup import HalfDone, check, check_board, choices_of, prepare, survey
from mappings.boards.vocabulary import DECISION, FACTS, LEDGER_STATUSES, POSTING_STATUS
from mappings.models import BoardLayout, StatusRule
from tests.mappings.boards import (
    AMOUNT,
    DUE,
    INVOICES,
    NOTE,
    ORDERS,
    STUCK,
    Platform,
    an_integration,
    lay_out,
)

pytestmark = pytest.mark.django_db
CODEUNIT = DecisionWay("codeunit", "Codeunit", DECISIONS, available=True)
FIELD = DecisionWay("field", "Field", (APPROVE, REJECT), available=True)


@pytest.fixture
def integration(db: None) -> Integration:
    return an_integration("DEPARTMENT")


def states(board: Board, mapped: dict[str, str] | None = None) -> dict[str, str]:
    return {row.fact.name: row.state for row in survey(board, INVOICES, ["AREA"], mapped)}


# -- what is proposed -----------------------------------------------------------------------------


def test_columns_of_the_same_name_and_type_are_proposed() -> None:
    found = states(Platform(AMOUNT, DUE, NOTE).stands)
    assert found["amount"] == found["due_date"] == found["external_number"] == "proposed"
    assert found["key"] == found["dimension:AREA"] == "missing"


def test_a_column_of_the_same_name_and_another_type_is_named() -> None:
    board = Platform(dataclasses.replace(AMOUNT, type=TEXT)).stands
    row = next(row for row in survey(board, INVOICES, []) if row.fact.name == "amount")
    assert row.state == "missing"
    assert row.sentence == "“amount” on the board is a text column; a numbers column is needed."


def test_a_column_of_an_earlier_set_up_is_proposed_whatever_its_title() -> None:
    assert states(Platform(Column("nav_key", "Our key", TEXT)).stands)["key"] == "proposed"


def test_one_column_is_proposed_for_one_fact_only() -> None:
    rows = survey(Platform(NOTE, dataclasses.replace(NOTE, id="t2")).stands, INVOICES, [])
    ids = [row.column_id for row in rows if row.column_id]
    assert len(ids) == len(set(ids))


def test_what_became_of_mapped_columns() -> None:
    board = Platform(
        AMOUNT, dataclasses.replace(DUE, archived=True), dataclasses.replace(STUCK, type=TEXT)
    ).stands
    mapped = {"key": "nav_key", "amount": AMOUNT.id, "due_date": DUE.id, DECISION: STUCK.id}
    found = states(board, mapped)
    assert found["key"] == "gone"
    assert found["amount"] == "mapped"
    assert found["due_date"] == "archived"
    assert found[DECISION] == "wrong type"
    assert found["vendor"] == "left out"


def test_a_column_for_two_facts_is_a_problem() -> None:
    rows = survey(Platform(NOTE).stands, INVOICES, [], {"key": NOTE.id, "external_number": NOTE.id})
    [row] = [row for row in rows if row.state == "used twice"]
    assert row.sentence == "The column “Vendor's number” shows both “Ledger key” and " \
        "“Vendor's number”."  # fmt: skip


def test_many_dimensions_are_left_out_unless_somebody_wants_them() -> None:
    board = Platform().stands
    few = choices_of(survey(board, INVOICES, ["A", "B"]))
    many = choices_of(survey(board, INVOICES, [f"D{number}" for number in range(9)]))
    assert few["dimension:A"] == NEW
    assert many["dimension:D1"] == ""


# -- ids ------------------------------------------------------------------------------------------


def test_ids_are_short_lower_case_and_each_its_own() -> None:
    names = [fact.name for fact in FACTS]
    names += [
        f"dimension:{code}" for code in ("AREA", "A-B", "A_B", "A B", "COSTUMERGROUP12345678")
    ]
    ids = [stable_id("nav", name) for name in names]
    assert len(set(ids)) == len(ids)
    assert all(len(id) <= LONGEST_ID and id == id.lower() for id in ids)
    assert stable_id("nav", "key") == "nav_key"
    assert is_stable_id("erp_key", "key")
    assert not is_stable_id("key", "key")


# -- making it ------------------------------------------------------------------------------------


def test_a_set_up_creates_what_is_missing_and_maps_the_statuses(integration: Integration) -> None:
    platform = Platform(AMOUNT)
    layout = lay_out(platform, integration)
    assert layout.columns["amount"] == AMOUNT.id
    assert layout.columns["key"] == "nav_key"
    assert layout.columns["dimension:DEPARTMENT"] == "nav_dim_department"
    status = platform.stands.column("nav_status")
    assert status is not None
    assert {label.text: label.id for label in status.labels} == {
        LEDGER_STATUSES[status]: id for status, id in layout.statuses.items()
    }
    decision = platform.stands.column("nav_decision")
    assert decision is not None
    texts = [label.text for label in decision.labels]
    assert texts == ["Pending review", "Approved", "Rejected", "Refused by NAV"]
    assert layout.board_name == "Payables"


def test_a_second_set_up_writes_nothing(integration: Integration) -> None:
    platform = Platform()
    layout = lay_out(platform, integration)
    assert platform.written()
    rows = survey(platform.stands, INVOICES, ["DEPARTMENT"], layout.columns)
    again = prepare(platform, layout, choices_of(rows), "again")  # type: ignore[arg-type]
    assert platform.written() == []
    assert again.sentences == ()
    assert BoardLayout.objects.count() == 1


def test_wrong_choices_are_refused_before_anything_is_made(integration: Integration) -> None:
    platform = Platform(AMOUNT, NOTE)
    for fact, id, sentence in (
        ("amount", NOTE.id, "“Vendor's number” is of the type text; “Amount” needs a numbers"),
        ("amount", "lost", "not on the board any more"),
        ("key", "", "“Ledger key” is needed"),
        ("key", NOTE.id, "is chosen for “Ledger key” and “Vendor's number”"),
    ):
        with pytest.raises(NeedsPerson) as held:
            lay_out(platform, integration, **{fact: id})
        assert sentence in held.value.sentence
    assert platform.written() == []
    assert not BoardLayout.objects.exists()


def test_a_failure_on_the_way_says_what_was_made_and_changes_no_layout(
    integration: Integration,
) -> None:
    platform = Platform()
    platform.fails_at = "Amount"
    with pytest.raises(HalfDone) as held:
        lay_out(platform, integration)
    assert "“Ledger key” and “Vendor” were created" in held.value.sentence
    assert "slow down" in held.value.sentence
    assert not BoardLayout.objects.exists()
    platform.fails_at = ""
    made = platform.written()
    lay_out(platform, integration)
    assert not set(made) & set(platform.written())


def test_a_failure_before_anything_was_made_is_told_as_it_is(integration: Integration) -> None:
    platform = Platform()
    platform.fails_at = "Ledger key"
    with pytest.raises(RetryLater):
        lay_out(platform, integration)


def test_beside_an_archived_column_of_ours_a_new_one_is_made(integration: Integration) -> None:
    platform = Platform(Column("nav_key", "Ledger key", TEXT, archived=True))
    assert lay_out(platform, integration).columns["key"] == "nav_key_2"


def test_existing_status_columns_get_only_what_they_lack(integration: Integration) -> None:
    status = Column("color_x2", "Posting status", STATUS, (Label("7", "released"),))
    platform = Platform(STUCK, status)
    layout = lay_out(platform, integration)
    assert layout.columns[DECISION] == STUCK.id
    assert layout.statuses["released"] == "7"
    written = platform.written()
    assert f"label {STUCK.id}: Pending review, Refused by NAV" in written
    [added] = [call for call in written if call.startswith("label color_x2")]
    assert "Draft" in added
    assert "Released" not in added


def test_a_renamed_label_keeps_its_status(integration: Integration) -> None:
    platform = Platform()
    layout = lay_out(platform, integration)
    before = layout.statuses["draft"]
    platform.relabel("nav_status", "Draft", text="Entwurf")
    platform.written()
    rows = survey(platform.stands, INVOICES, [], layout.columns)
    prepare(platform, layout, choices_of(rows), "again")  # type: ignore[arg-type]
    assert platform.written() == []
    assert layout.statuses["draft"] == before


def test_rules_of_another_approval_column_are_dropped(integration: Integration) -> None:
    """The same label id means something else there."""
    platform = Platform(STUCK)
    layout = lay_out(platform, integration, decision=NEW)
    column = platform.stands.column(layout.columns[DECISION])
    assert column is not None
    assert default_rules(layout, column)
    lay_out(platform, integration, decision=STUCK.id)
    assert not StatusRule.objects.exists()


def test_two_layouts_never_share_a_board(integration: Integration) -> None:
    platform = Platform()
    lay_out(platform, integration)
    orders = BoardLayout(integration=integration, kind=ORDERS, board_id="77")
    with pytest.raises(NeedsPerson) as held:
        prepare(platform, orders, {}, "set up")  # type: ignore[arg-type]
    assert held.value.sentence == "This board shows the purchase invoices of NAV and boards."


def test_the_connection_knows_the_boards_of_all_its_layouts(integration: Integration) -> None:
    integration.project_system.settings = {"plan": "pro", "boards": "1,2"}
    integration.project_system.save()
    lay_out(Platform(), integration)
    other = Integration.objects.create(
        key="nav_monday", name="Second", project_system=integration.project_system,
        ledger=integration.ledger,
    )  # fmt: skip
    BoardLayout.objects.create(integration=other, kind=INVOICES, board_id="88")
    setup.keep_boards(integration.project_system)
    integration.project_system.refresh_from_db()
    settings = integration.project_system.settings
    assert (settings["plan"], settings["boards"]) == ("pro", "77,88")
    assert settings["watched_columns"] == "77:nav_decision,77:nav_dim_department"


# -- what labels mean -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Pending review", "pending"), ("To approve", "pending"), ("Approved", "approve"),
        ("Not approved", "reject"), ("Declined", "reject"), ("Refused by NAV", "refused"),
        ("Released", "release"), ("Reopen", "reopen"), ("Working on it", ""), ("Booking", ""),
    ],
)  # fmt: skip
def test_what_words_say(text: str, meaning: str) -> None:
    assert meaning_of(text) == meaning


def test_an_approval_releases_where_a_way_can() -> None:
    assert meaning_of("Approved", [CODEUNIT]) == "release"
    assert meaning_of("Approved", [FIELD]) == "approve"
    assert meaning_of("Approved", [dataclasses.replace(CODEUNIT, available=False)]) == "approve"
    only = DecisionWay("x", "X", (RELEASE, REOPEN), available=True)
    assert meaning_of("Rejected", [only]) == "reopen"


def test_proposed_rules_never_overwrite(integration: Integration) -> None:
    platform = Platform()
    layout = lay_out(platform, integration)
    column = platform.stands.column("nav_decision")
    assert column is not None
    assert len(default_rules(layout, column, [CODEUNIT])) == 4
    approved = StatusRule.objects.get(label="Approved")
    assert approved.meaning == "release"
    approved.meaning, approved.way = "approve", "field"
    approved.save()
    assert default_rules(layout, column, [CODEUNIT]) == []
    assert StatusRule.objects.get(label="Approved").way == "field"


def test_a_long_ledgers_name_still_fits_a_label(integration: Integration) -> None:
    integration.ledger.vendor = "fo"
    assert len(refused_label(integration)) <= 30


# -- what is wrong --------------------------------------------------------------------------------


@pytest.fixture
def ready(integration: Integration) -> tuple[Platform, BoardLayout]:
    """A board with nothing wrong."""
    platform = Platform()
    layout = lay_out(platform, integration)
    column = platform.stands.column("nav_decision")
    assert column is not None
    default_rules(layout, column, [CODEUNIT])
    assert check(platform, layout) == []  # type: ignore[arg-type]
    platform.calls.clear()
    return platform, layout


Ready = tuple[Platform, BoardLayout]


def wrong(ready: Ready) -> str:
    platform, layout = ready
    return " ".join(check(platform, layout))  # type: ignore[arg-type]


def test_a_check_is_one_call_and_is_stored(ready: Ready) -> None:
    platform, layout = ready
    platform.remove("nav_amount")
    assert "The column for “Amount” is not on the board any more." in wrong(ready)
    assert platform.calls == ["board"]
    layout.refresh_from_db()
    assert layout.problems
    assert layout.checked_at


def test_checks_that_find_the_same_leave_no_trail(ready: Ready) -> None:
    """A flow checks before each run; the history is for what people change."""
    platform, layout = ready
    events = layout.events.count()  # type: ignore[attr-defined]
    check_board(layout, platform.stands)
    assert layout.events.count() == events  # type: ignore[attr-defined]
    assert layout.checked_at
    layout.checked_at -= STAMP_AGAIN * 2
    platform.remove("nav_amount")
    assert check_board(layout, platform.stands), "what is wrong is stored"
    assert layout.events.count() == events  # type: ignore[attr-defined]


def test_a_board_that_is_gone_archived_or_unusable(ready: Ready) -> None:
    platform, _ = ready
    platform.stands = dataclasses.replace(platform.stands, unusable="Several levels.")
    assert wrong(ready) == "The board “Payables” cannot be used: Several levels."
    platform.stands = dataclasses.replace(platform.stands, unusable="", active=False)
    assert "It is archived." in wrong(ready)
    platform.gone = True
    assert "is gone, or the connection's user cannot see it" in wrong(ready)


def test_columns_that_changed(ready: Ready) -> None:
    platform, _ = ready
    platform.change("nav_due_date", archived=True)
    platform.change("nav_currency", type=STATUS)
    said = wrong(ready)
    assert "The column “Due date” for “Due date” is archived." in said
    assert "is a status column; a text or dropdown column is needed." in said


def test_a_needed_fact_without_a_column(ready: Ready) -> None:
    _, layout = ready
    layout.columns.pop("key")
    assert "No column shows “Ledger key”, which is needed." in wrong(ready)


def test_labels_that_are_gone_or_deactivated(ready: Ready) -> None:
    platform, _ = ready
    platform.relabel("nav_status", "Paid", active=False)
    platform.relabel("nav_decision", "Approved", active=False)
    said = wrong(ready)
    assert "The column “Posting status” has no label for “Paid”" in said
    assert "The label “Approved” of “Approval” is deactivated; it means “Release" in said


def test_new_items_and_refusals_need_a_label(ready: Ready) -> None:
    StatusRule.objects.filter(meaning__in=["pending", "refused"]).delete()
    said = wrong(ready)
    assert "No label of “Approval” means that nobody decided yet" in said
    assert "means that the ledger refused" in said


def test_a_label_without_a_meaning_is_only_a_hint(ready: Ready) -> None:
    platform, layout = ready
    platform.ensure_labels("77", "nav_decision", ["On holiday"], "by hand")
    assert wrong(ready) == ""
    [hint] = findings(layout, platform.stands).hints
    assert hint == "No meaning is given to “On holiday” of “Approval”: setting it does nothing."


def test_a_board_that_fills_up(ready: Ready) -> None:
    platform, _ = ready
    platform.stands = dataclasses.replace(platform.stands, items=9_100, items_limit=10_000)
    assert "9,100 of the 10,000 items" in wrong(ready)


def test_the_posting_status_is_no_approval_column(integration: Integration) -> None:
    platform = Platform(STUCK)
    with pytest.raises(NeedsPerson):
        lay_out(platform, integration, **{DECISION: STUCK.id, POSTING_STATUS: STUCK.id})
