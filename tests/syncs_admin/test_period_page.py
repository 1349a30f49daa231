"""The end of a month in the admin: its account, its close, what changes afterwards, reopening."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from connections.transport.days import today
from syncs.balance.rows import BalanceReading, CellPart
from syncs.closing.rows import ClosedDocument, Period, PeriodClose
from syncs.models import Alert, Record, Run, State
from syncs.reconciliation.alerts import close_alert
from tests.syncs_admin import months, story
from tests.syncs_admin.months import LIST, closed, do, page, section

pytestmark = pytest.mark.django_db

NOT_CLEAR = "Not all clear yet"
CLEAR = '<span class="c-badge c-success">All clear</span>'


@pytest.fixture
def period() -> Period:
    return months.clear()


@pytest.fixture
def anna() -> Client:
    """A controller."""
    return story.signed_in(story.person("anna", *months.CLOSES))


# -- all clear ------------------------------------------------------------------------------------


def test_a_month_of_which_all_is_posted_and_read_is_clear(period: Period, anna: Client) -> None:
    text = page(anna, period)
    assert CLEAR in text
    assert NOT_CLEAR not in text
    account = section(text, "account")
    assert "749.50" in account
    assert "<b>2</b>" in account
    assert "749.50" in section(text, "sides")
    assert "Every document of the month is posted" in section(text, "names")


def test_a_document_on_several_cost_codes_is_counted_once(anna: Client) -> None:
    integration = story.company()
    record = months.held(integration, "INV-3", "100.00")
    months.part(integration, "25.00", "0.00", record=record, cause="held", cost_code="09-900")
    period = months.read(integration)
    assert period is not None
    sides = section(page(anna, period), "sides")
    assert re.search(r">\$125.00</td><td[^>]*>1</td>", sides)


def test_the_own_currency_is_one_whether_the_source_names_it_or_not(anna: Client) -> None:
    integration = story.company()
    months.held(integration, "INV-3", "100.00")
    months.held(integration, "INV-4", "20.50", currency="USD")
    months.held(integration, "INV-5", "7.00", currency="CAD")
    period = months.read(integration)
    assert period is not None
    account = section(page(anna, period), "account")
    assert "<b>2</b></a><small>$120.50</small>" in account
    assert "<small>CAD 7.00</small>" in account
    assert "USD" not in account


def nothing_is_read(period: Period) -> None:
    BalanceReading.objects.update(as_of=None)


def it_was_read_before_a_change(period: Period) -> None:
    Record.objects.filter(number="INV-1").update(changed_at=timezone.now())


def it_was_read_before_the_end(period: Period) -> None:
    early = timezone.now() - dt.timedelta(days=40)
    BalanceReading.objects.update(as_of=early)
    Record.objects.update(changed_at=early - dt.timedelta(days=1))


def a_limit_left_a_list(period: Period) -> None:
    BalanceReading.objects.update(left=["Not read again this time: invoices."])


def it_is_being_read(period: Period) -> None:
    BalanceReading.objects.update(whole=False)


def a_flow_was_not_polled(period: Period) -> None:
    Run.objects.filter(flow="direct_costs").update(ok=False)


def one_is_held(period: Period) -> None:
    months.held(period.integration, "INV-H", "10.00")
    months.read(period.integration)


def one_is_in_shadow(period: Period) -> None:
    months.held(period.integration, "INV-S", "10.00", in_shadow=True)
    months.read(period.integration)


def one_is_a_draft(period: Period) -> None:
    months.document(period.integration, "INV-D", "10.00", destination_status="draft")
    months.read(period.integration)


def one_is_in_doubt(period: Period) -> None:
    months.document(period.integration, "INV-Q", "10.00", state=State.IN_DOUBT)
    months.read(period.integration)


def one_has_no_amount(period: Period) -> None:
    row = months.document(period.integration, "INV-A", "10.00", state=State.SKIPPED)
    Record.objects.filter(pk=row.pk).update(amount=None)
    months.read(period.integration)


def one_has_no_date(period: Period) -> None:
    months.document(period.integration, "INV-N", "10.00", state=State.PENDING, document_date=None)
    months.read(period.integration)


def one_is_not_explained(period: Period) -> None:
    months.part(period.integration, "5.00", "0.00", cause="unexplained", number="INV-U")
    months.read(period.integration)


def the_causes_are_less_than_the_difference(period: Period) -> None:
    CellPart.objects.filter(number="INV-1").update(in_ledger=Decimal("999.00"))
    months.read(period.integration)


def one_is_in_no_bucket(period: Period) -> None:
    Record.objects.filter(number="INV-1").update(state="lost")
    months.read(period.integration)


UNCLEAR: list[tuple[Callable[[Period], None], str]] = [
    (nothing_is_read, "Both sides were never read."),
    (it_was_read_before_a_change, "a document of the month changed"),
    (it_was_read_before_the_end, "before the month had ended"),
    (a_limit_left_a_list, "Not read again this time: invoices."),
    (it_is_being_read, "Both sides are being read just now."),
    (a_flow_was_not_polled, "was not listed by its source since the month ended"),
    (one_is_held, "1 document is held."),
    (one_is_in_shadow, "1 document is in shadow mode."),
    (one_is_a_draft, "1 document is on its way."),
    (one_is_in_doubt, "1 document is in doubt."),
    (one_has_no_amount, "The amount of 1 document is not read yet."),
    (one_has_no_date, "1 document without a date may belong to this month."),
    (one_is_not_explained, "a part of the difference is not explained"),
    (the_causes_are_less_than_the_difference, "a part of the difference is not explained"),
    (one_is_in_no_bucket, "does not add up: 2 documents came with 749.50"),
]


@pytest.mark.parametrize(("spoil", "sentence"), UNCLEAR)
def test_green_is_only_what_was_counted(
    period: Period, anna: Client, spoil: Callable[[Period], None], sentence: str
) -> None:
    spoil(period)
    text = page(anna, period)
    assert sentence in section(text, "clear")
    assert NOT_CLEAR in text
    assert CLEAR not in text
    assert "Closed by anna" not in do(anna, period, "close")
    assert not PeriodClose.objects.exists(), "not without a word, and not on old figures"


def test_what_is_in_no_bucket_shows_in_red_and_by_name(period: Period, anna: Client) -> None:
    one_is_in_no_bucket(period)
    text = page(anna, period)
    assert '<span class="c-badge c-danger">No</span>' in section(text, "account")
    assert "In no state that is known" in section(text, "names")


def test_corrections_are_told_apart_and_not_added(period: Period, anna: Client) -> None:
    months.document(
        period.integration, "INV-1", "40.00", revision=2,
        source_id=Record.objects.get(number="INV-1").source_id,
    )  # fmt: skip
    months.read(period.integration)
    account = section(page(anna, period), "account")
    assert "corrections: part of the amounts above" in account
    assert "40.00" in account
    assert "749.50" in account.partition("In all")[2], "the correction is in the document"


# -- closing --------------------------------------------------------------------------------------


def test_a_controller_closes_and_the_journal_signs_it(period: Period, anna: Client) -> None:
    assert "Close " in section(page(anna, period), "close")
    made = closed(anna, period, "Approved by the board.")
    period.refresh_from_db()
    assert (period.state, made.version, made.all_clear) == ("closed", 1, True)
    assert made.line is not None
    entry = Entry.objects.get(sequence=made.line)
    assert (entry.actor, entry.integration) == ("anna", "bc_procore")
    assert entry.data["facts_hash"] == made.facts_hash
    assert made.facts_hash in entry.sentence
    assert made.facts["documents"]["count"] == ClosedDocument.objects.count() == 2
    text = page(anna, period)
    for words in (
        "Closed by anna", "Approved by the board.", made.facts_hash,
        "bears the hash that the journal signed", "Nothing of it has changed",
    ):  # fmt: skip
        assert words in text, words
    assert "Verified: the record and each of its documents" in page(anna, period, "?verify=1")
    assert "is closed already" in do(anna, period, "close", note="again")
    assert PeriodClose.objects.count() == 1


def test_of_what_was_closed_it_says_how_many_no_record_answers_for(
    period: Period, anna: Client
) -> None:
    typed_by_hand(period)
    made = closed(anna, period, "The clerk's own.")
    assert made.facts["documents"]["count"] == 3
    signed = section(page(anna, period), "signed")
    assert "3, 1 of them typed by people on one side alone" in signed


def test_with_open_items_a_note_is_asked_for_and_the_record_lists_them(
    period: Period, anna: Client
) -> None:
    one_is_held(period)
    assert "say in the note why" in do(anna, period, "close")
    made = closed(anna, period, "INV-H is disputed.")
    assert not made.all_clear
    assert made.facts["missing"] == ["1 document is held."]
    paper = anna.get(f"{LIST}record/{made.pk}/").content.decode()
    for words in (
        "Closed with this open", "1 document is held.", "INV-H", "INV-H is disputed.",
        "Cost code 31-100 has no account.", made.facts_hash, "Closed by, date",
    ):  # fmt: skip
        assert words in paper, words


def test_old_figures_are_not_closed_and_the_button_asks_a_worker(
    period: Period, anna: Client
) -> None:
    it_was_read_before_a_change(period)
    assert "Have both sides read again first" in section(page(anna, period), "close")
    assert "Have both sides read again, then" in do(anna, period, "close", note="In a hurry.")
    assert not PeriodClose.objects.exists()
    assert "Both sides are read again." in do(anna, period, "read-again")


def test_a_month_that_is_not_over_is_not_closed(period: Period, anna: Client) -> None:
    months.document(period.integration, "INV-T", "5.00", document_date=today())
    months.read(period.integration)
    now = Period.objects.get(month=today().replace(day=1))
    assert "once it is over" in section(page(anna, now), "close")
    assert "is not over." in do(anna, now, "close", note="Now.")
    assert not PeriodClose.objects.exists()


def test_each_page_and_button_has_its_permission(period: Period, anna: Client) -> None:
    nobody = story.signed_in(story.person("clerk", "syncs.view_record"))
    made = closed(anna, period)
    addresses = [LIST, f"{LIST}{period.pk}/change/", f"{LIST}{period.pk}/print/",
                 f"{LIST}record/{made.pk}/"]  # fmt: skip
    for address in addresses:
        assert nobody.get(address).status_code == 403, address
    reader = story.signed_in(story.person("reader", "syncs.view_period"))
    for address in addresses:
        assert reader.get(address).status_code in (200, 302), address
    assert reader.post(f"{LIST}{period.pk}/names.csv").status_code == 403
    for verb in ("close", "reopen", "read-again"):
        assert reader.post(f"{LIST}{period.pk}/do/{verb}/").status_code == 403
        assert anna.get(f"{LIST}{period.pk}/do/{verb}/").status_code == 405
    assert reader.post(f"{LIST}{period.pk}/do/drop/").status_code == 404
    text = page(reader, period)
    assert "A controller may ask for it" in text
    assert "/do/" not in text


# -- afterwards -----------------------------------------------------------------------------------


def a_new_document(period: Period) -> None:
    months.document(period.integration, "INV-9", "77.00")


def another_amount(period: Period) -> None:
    Record.objects.filter(number="INV-1").update(amount=Decimal("1100.00"))


def another_state(period: Period) -> None:
    Record.objects.filter(number="INV-1").update(state=State.HELD)


def another_month(period: Period) -> None:
    Record.objects.filter(number="INV-1").update(document_date=months.DAY - dt.timedelta(days=40))


def typed_by_hand(period: Period) -> None:
    months.typed(period.integration, "HAND-1", "55.25")


def posted_from_another_month(period: Period) -> None:
    months.part(period.integration, "0.00", "12.00", cause="period", number="INV-OLD")


CHANGES: list[tuple[Callable[[Period], None], list[str]]] = [
    (a_new_document, ["INV-9", "came afterwards", "77.00"]),
    (another_amount, ["INV-1", "1,000.00", "1,100.00"]),
    (another_state, ["INV-1", "Posted", "Held"]),
    (another_month, ["INV-1", "date"]),
    (typed_by_hand, ["HAND-1", "55.25", "Typed by hand in the ledger"]),
    (posted_from_another_month, ["Sums of costs", "749.50", "761.50"]),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_what_changes_afterwards_is_shown_and_alerts_once(
    period: Period, anna: Client, change: Callable[[Period], None], words: list[str]
) -> None:
    closed(anna, period)
    months.read(period.integration)
    assert not Alert.objects.exists(), "nothing changed yet"
    change(period)
    months.read(period.integration)
    since = section(page(anna, period), "since")
    assert "1 document of the closed month has changed since." in since
    for word in words:
        assert word in since, word
    assert "Closed, changed since" in anna.get(LIST).content.decode()
    alert = Alert.objects.get()
    assert close_alert(alert.key, "anna")
    months.read(period.integration)
    assert Alert.objects.count() == 1, "whoever closed it is not told again"
    assert words[0] in alert.sentence
    assert "is closed and changed" in alert.sentence


def test_it_is_shown_before_any_reading_and_another_change_is_another_alert(
    period: Period, anna: Client
) -> None:
    closed(anna, period)
    another_amount(period)
    assert "1,100.00" in section(page(anna, period), "since"), "the page compares by itself"
    months.read(period.integration)
    Record.objects.filter(number="INV-1").update(amount=Decimal("1200.00"))
    months.read(period.integration)
    said = list(Alert.objects.order_by("pk").values_list("sentence", flat=True))
    assert len(said) == 2
    assert "1,100.00" in said[0]
    assert "1,200.00" in said[1]
    another_amount(period)
    months.read(period.integration)
    assert Alert.objects.count() == 2, "that one was told"
