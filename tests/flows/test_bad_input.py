"""What people and systems get wrong: a plain sentence each, nothing lost or half-posted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from connections.errors import Reason
from connections.models import Connection, RateBudget, Token
from mappings.lookup import Lookup
from mappings.models import Reference, VendorLink
from syncs import tasks
from syncs.models import Alert, FlowSettings, Record, Run, State
from tests.flows import telling
from tests.flows.telling import again, drafts, due_now, ledger_fails, procore_fails, settled
from tests.story import Company

pytestmark = pytest.mark.django_db
WRONG = "not-the-secret-0123"


def held(company: Company, number: str, reason: Reason, **facts: Any) -> Record:
    """It is held for this reason, and nothing of it stands in the ledger."""
    record = settled(company, "direct_costs", company.a_direct_cost(number, **facts))
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    assert (company.posted_under(number[:30]), drafts(company, number[:30])) == ([], [])
    return record


# -- documents ------------------------------------------------------------------------------------


def test_a_document_without_a_vendor(company: Company) -> None:
    row = company.procore_has(
        "purchase_order_contracts", project=company.job, number="PO-BAD-1", status="Approved",
        title="Vendor to be named", contract_date=company.today, lines=[company.line("10.00")],
    )  # fmt: skip
    company.settings("purchase_orders", booking="invoice_posted")
    record = settled(company, "purchase_orders", row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_VENDOR)
    assert "names no vendor" in record.sentence


def test_a_vendor_that_the_ledger_does_not_have(company: Company) -> None:
    record = held(
        company, "BAD-VEND", Reason.MISSING_VENDOR, vendor="Buckeye Dumpster & Hauling"
    )  # fmt: skip
    assert "Buckeye Dumpster & Hauling" in record.sentence


def test_zero_lines(company: Company) -> None:
    record = held(company, "BAD-ZERO", Reason.NO_LINES, lines=[])
    assert "no lines" in record.sentence


def test_lines_of_nothing_but_zero_are_not_booked(company: Company) -> None:
    row = company.a_direct_cost("BAD-NULL", lines=[company.line("0.00"), company.line("0.00")])
    record = settled(company, "direct_costs", row)
    assert record.state == State.SKIPPED
    assert "nothing to book" in record.sentence


def test_a_foreign_currency(company: Company) -> None:
    record = held(company, "BAD-EUR", Reason.CURRENCY, currency_iso_code="EUR")
    assert "EUR" in record.sentence
    assert "USD" in record.sentence


def test_an_invoice_of_150_lines_is_posted_whole(company: Company) -> None:
    lines = [company.line(f"{n}.01") for n in range(1, 151)]
    record = settled(company, "direct_costs", company.a_direct_cost("LONG-150", lines=lines))
    assert record.state == State.POSTED, record.sentence
    [document] = company.posted_under("LONG-150")
    assert len(document["lines"]) == 150
    assert Decimal(document["total"]) == sum(Decimal(f"{n}.01") for n in range(1, 151))


@pytest.mark.parametrize("length", [36, 200])
def test_a_number_that_is_too_long(company: Company, length: int) -> None:
    number = "L" + "0123456789" * 20
    record = held(company, number[:length], Reason.NUMBER)
    assert f"{length} characters" in record.sentence
    assert "35" in record.sentence


def test_a_number_of_just_the_length_that_the_ledger_takes(company: Company) -> None:
    number = "EXACT-" + "9" * 29
    record = settled(company, "direct_costs", company.a_direct_cost(number))
    assert record.state == State.POSTED, record.sentence
    assert company.posted_under(number)[0]["vendorInvoiceNumber"] == number


def test_a_company_that_does_not_exist(company: Company) -> None:
    ledger = Connection.objects.get(pk=company.integration.ledger_id)
    ledger.settings = {**ledger.settings, "company": "Nobody & Sons"}
    ledger.save()
    row = company.a_direct_cost("BAD-COMPANY")
    record = settled(company, "direct_costs", row)
    assert record.state in (State.HELD, State.PENDING)
    assert "Nobody & Sons" in record.sentence
    assert company.posted_under("BAD-COMPANY") == []


# -- periods --------------------------------------------------------------------------------------


def closed_day() -> dt.date:
    window = Reference.objects.get(kind="window")
    return dt.date.fromisoformat(window.data["first"]) - dt.timedelta(days=1)


def test_a_closed_period_holds_and_says_what_is_open(company: Company) -> None:
    day = closed_day()
    record = held(company, "CLOSED-1", Reason.PERIOD_CLOSED, direct_cost_date=day.isoformat())
    assert day.isoformat() in record.sentence
    assert (day + dt.timedelta(days=1)).isoformat() in record.sentence


def test_the_rule_of_the_controller_moves_it_to_the_next_open_date(company: Company) -> None:
    company.settings("direct_costs", period_rule=FlowSettings.PeriodRule.NEXT_OPEN)
    day = closed_day()
    row = company.a_direct_cost("CLOSED-2", direct_cost_date=day.isoformat())
    record = settled(company, "direct_costs", row)
    assert record.state == State.POSTED, record.sentence
    [document] = company.posted_under("CLOSED-2")
    assert document["postingDate"] == (day + dt.timedelta(days=1)).isoformat()
    assert record.coded["document_date"] == day.isoformat(), "the document keeps its own date"


def test_a_date_beyond_the_window_is_held_whatever_the_rule(company: Company) -> None:
    company.settings("direct_costs", period_rule=FlowSettings.PeriodRule.NEXT_OPEN)
    held(company, "CLOSED-3", Reason.PERIOD_CLOSED, direct_cost_date="2099-01-01")


def test_a_period_that_was_closed_meanwhile_holds_and_the_draft_is_finished_later(
    company: Company,
) -> None:
    """Our table of the window is an hour old: the ledger itself refuses."""
    window = Reference.objects.get(kind="window").data
    company.ledger("business_central/close_period", {})
    try:
        record = settled(company, "direct_costs", company.a_direct_cost("CLOSED-4"))
        assert (record.state, record.reason) == (State.HELD, Reason.PERIOD_CLOSED)
        assert len(drafts(company, "CLOSED-4")) <= 1
    finally:
        company.ledger(
            "business_central/close_period", {"from": window["first"], "to": window["last"]}
        )
    assert again(company, record).state == State.POSTED
    assert (len(company.posted_under("CLOSED-4")), drafts(company, "CLOSED-4")) == (1, [])


# -- what the ledger refuses ----------------------------------------------------------------------


def test_a_vendor_blocked_in_the_ledger(company: Company) -> None:
    Reference.objects.filter(kind="vendor", code="V10001").update(data={"blocked": "all"})
    vendor = vendor_of(company, "V10001")
    record = held(company, "BLOCK-1", Reason.VENDOR_BLOCKED, vendor=vendor)
    assert "V10001" in record.sentence
    assert "Unblock" in record.sentence


def vendor_of(company: Company, number: str) -> str:
    return str(VendorLink.objects.get(ledger_number=number).project_vendor_name)


def test_a_vendor_that_was_blocked_meanwhile(company: Company) -> None:
    """Our table does not know it yet: the ledger refuses."""
    company.ledger("business_central/block_vendor", {"number": "V10001"})
    try:
        row = company.a_direct_cost("BLOCK-2", vendor=vendor_of(company, "V10001"))
        record = settled(company, "direct_costs", row)
        assert (record.state, record.reason) == (State.HELD, Reason.VENDOR_BLOCKED)
        assert company.posted_under("BLOCK-2") == []
    finally:
        company.ledger("business_central/block_vendor", {"number": "V10001", "blocked": " "})
    assert again(company, record).state == State.POSTED
    assert (len(company.posted_under("BLOCK-2")), drafts(company, "BLOCK-2")) == (1, [])


def test_an_account_that_the_mapping_may_not_use_any_more(company: Company) -> None:
    number = company.mapped_code
    row = company.a_direct_cost("ACC-1")
    Reference.objects.filter(kind="account").update(unusable="is blocked")
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.ACCOUNT_UNUSABLE)
    assert "is blocked" in record.sentence
    assert number in record.sentence, "the rule that chose it is named"


def test_an_account_blocked_only_at_posting_holds_and_the_draft_goes_on_after_the_fix(
    company: Company,
) -> None:
    account = account_of(company)
    row = company.a_direct_cost("ACC-2", "310.00")
    post_refused(company, account)
    record = settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.ACCOUNT_UNUSABLE)
    assert account in record.sentence
    assert "CorrelationId" not in record.sentence
    [draft] = drafts(company, "ACC-2")
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    [document] = company.posted_under("ACC-2")
    assert document["id"] == draft["id"], "the draft went on, a second one was not made"
    assert (document["total"], drafts(company, "ACC-2")) == ("310.00", [])


def account_of(company: Company) -> str:
    rule = Lookup(company.integration).rule_for(company.mapped_code, "M", company.job)
    assert rule is not None
    return rule.account


def post_refused(company: Company, account: str) -> None:
    """As when the account was blocked between the draft and its posting."""
    words = f"Blocked must be equal to 'No' in G/L Account: No.={account}. Current value is 'Yes'."
    ledger_fails(
        company, method="POST", path=r"Microsoft\.NAV\.post", action="status", status=400, times=1,
        body={"error": {"code": "Application_DialogException", "message":
                        f"{words}  CorrelationId:  5b3f8a4e-0c1d-4c7a-9d2e-1f2a3b4c5d6e."}},
    )  # fmt: skip


def test_an_account_that_the_ledger_blocks_in_truth(company: Company) -> None:
    account = account_of(company)
    company.ledger("business_central/block_account", {"number": account})
    try:
        record = settled(company, "direct_costs", company.a_direct_cost("ACC-3"))
        assert (record.state, record.reason) == (State.HELD, Reason.ACCOUNT_UNUSABLE)
        assert company.posted_under("ACC-3") == []
    finally:
        company.ledger("business_central/block_account", {"number": account, "blocked": False})
    assert again(company, record).state == State.POSTED
    assert (len(company.posted_under("ACC-3")), drafts(company, "ACC-3")) == (1, [])


def test_a_source_that_was_corrected_while_held_makes_a_new_draft_not_a_second(
    company: Company,
) -> None:
    row = company.a_direct_cost("ACC-4", "100.00")
    post_refused(company, "52100")
    record = settled(company, "direct_costs", row)
    assert (record.state, len(drafts(company, "ACC-4"))) == (State.HELD, 1)
    company.procore_changes("direct_costs", row, lines=[company.line("130.00")])
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    assert [one["total"] for one in company.posted_under("ACC-4")] == ["130.00"]
    assert drafts(company, "ACC-4") == []


def test_words_that_nobody_knows_are_shown_as_they_are(company: Company) -> None:
    path = r"purchaseInvoices(\?|$)"
    ledger_fails(
        company, method="POST", path=path, action="status", status=400, times=1,
        body={"error": {"code": "Application_X", "message": "The moon is in the wrong house."}},
    )  # fmt: skip
    record = held(company, "MOON-1", Reason.REFUSED)
    assert "The moon is in the wrong house." in record.sentence
    assert again(company, record).state == State.POSTED


# -- credentials and networks ---------------------------------------------------------------------


def the_pause_is_over(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(
        paused_until=timezone.now() - dt.timedelta(seconds=1)
    )


def wrong_secret(connection: Connection) -> dict[str, str]:
    row = Connection.objects.get(pk=connection.pk)
    right = dict(row.secrets)
    row.secrets = dict.fromkeys(right, WRONG)
    row.save()
    Token.objects.filter(connection=row).update(access_token="")
    return right


@pytest.mark.parametrize("side", ["project_system", "ledger"])
def test_wrong_credentials_pause_the_credential_and_everything_goes_on_by_itself(
    company: Company, side: str
) -> None:
    connection: Connection = getattr(company.integration, side)
    number = f"CRED-{side[:3]}"
    right = wrong_secret(connection)
    records = [
        company.note("direct_costs", company.a_direct_cost(f"{number}-{n}")) for n in range(3)
    ]
    company.the_worker_runs()
    connection.refresh_from_db()
    assert connection.paused
    for record in records:
        record.refresh_from_db()
        assert record.state == State.PENDING, record.sentence
        assert record.run_at is not None
        assert "refused the sign-in" in record.sentence
        assert WRONG not in record.sentence
    assert company.posted_under(number) == []
    row = Connection.objects.get(pk=connection.pk)
    row.secrets = right
    row.save()
    the_pause_is_over(connection)
    Record.objects.filter(pk__in=[record.pk for record in records]).update(
        run_at=timezone.now() - dt.timedelta(seconds=1), nudged_at=None
    )
    tasks.sweep()
    company.the_worker_runs()
    states = [Record.objects.get(pk=record.pk).state for record in records]
    assert states == [State.POSTED] * 3
    assert len(company.posted_under(number)) == 3
    connection.refresh_from_db()
    assert not connection.paused


def test_a_credential_that_stays_broken_for_days_gives_no_document_up(company: Company) -> None:
    wrong_secret(company.integration.ledger)
    record = company.note("direct_costs", company.a_direct_cost("CRED-LONG"))
    Record.objects.filter(pk=record.pk).update(attempts=500)
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.PENDING, record.sentence
    assert record.attempts == 500


def test_a_paused_credential_is_not_knocked_at_by_every_record(company: Company) -> None:
    wrong_secret(company.integration.project_system)
    telling.forget_requests(company)
    for n in range(4):
        record = company.note("direct_costs", company.a_direct_cost(f"CRED-K{n}"))
        tasks.run([record.pk])
    counts = telling.requests_to(company, "procore")
    assert sum(count for name, count in counts.items() if "token" in name) == 1


def test_a_poll_with_wrong_credentials_opens_one_alert_that_success_closes(
    company: Company,
) -> None:
    telling.only_what_is_new(company)
    right = wrong_secret(company.integration.project_system)
    for _ in range(2):
        company.poll("direct_costs")
        company.poll("purchase_orders")
    [alert] = Alert.objects.filter(closed_at=None)
    assert "sign-in" in alert.sentence
    assert set(Run.objects.filter(kind="poll", ok=False).values_list("flow", flat=True)) == {
        "direct_costs", "purchase_orders"
    }  # fmt: skip
    row = Connection.objects.get(pk=company.integration.project_system_id)
    row.secrets = right
    row.save()
    the_pause_is_over(row)
    company.poll("direct_costs")
    assert not Alert.objects.filter(closed_at=None).exists()


def test_an_unreachable_host_is_named_and_tried_again(company: Company) -> None:
    row = Connection.objects.get(pk=company.integration.ledger_id)
    right = dict(row.settings)
    address = next(name for name in right if name.endswith("url") and "login" not in name)
    row.settings = {**right, address: "http://127.0.0.1:9"}
    row.save()
    record = settled(company, "direct_costs", company.a_direct_cost("HOST-1"))
    assert record.state == State.PENDING
    assert "Cannot reach" in record.sentence
    assert "127.0.0.1:9" in record.sentence
    Connection.objects.filter(pk=row.pk).update(settings=right)
    assert due_now(company, record).state == State.POSTED
    assert len(company.posted_under("HOST-1")) == 1


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "30"}, (20, 31)), ({}, (0, 20))])
def test_a_429_is_waited_for_as_long_as_it_says(
    company: Company, headers: dict[str, str], seconds: tuple[int, int]
) -> None:
    number = f"SLOW-{len(headers)}"
    procore_fails(
        company, method="GET", path="/direct_costs/", action="status", status=429, times=1,
        headers=headers,
    )  # fmt: skip
    record = settled(company, "direct_costs", company.a_direct_cost(number))
    assert record.state == State.PENDING
    assert "slow down" in record.sentence
    assert record.run_at is not None
    wait = (record.run_at - timezone.now()).total_seconds()
    assert seconds[0] <= wait <= seconds[1]
    budget = RateBudget.objects.get(connection=company.integration.project_system)
    assert budget.blocked_until is not None
    telling.forget_requests(company)
    RateBudget.objects.update(blocked_until=timezone.now() + dt.timedelta(hours=1))
    tasks.run([company.note("direct_costs", company.a_direct_cost(f"{number}B")).pk])
    assert telling.requests_to(company, "procore") == {}, "no request before its reset"
    RateBudget.objects.update(blocked_until=None)
    assert due_now(company, record).state == State.POSTED


def test_a_429_of_the_ledger_at_the_write_posts_once(company: Company) -> None:
    ledger_fails(
        company, method="POST", path=r"purchaseInvoices(\?|$)", action="status", status=429, times=1
    )
    record = settled(company, "direct_costs", company.a_direct_cost("SLOW-W"))
    assert record.state in (State.PENDING, State.IN_DOUBT), record.sentence
    RateBudget.objects.update(blocked_until=None)
    assert due_now(company, record).state == State.POSTED
    assert (len(company.posted_under("SLOW-W")), drafts(company, "SLOW-W")) == (1, [])


@pytest.mark.parametrize("path", [r"purchaseInvoices(\?|$)", r"Microsoft\.NAV\.post"])
@pytest.mark.parametrize("status", [503, 504])
def test_a_5xx_of_the_ledger_is_asked_about_and_posts_once(
    company: Company, path: str, status: int
) -> None:
    number = f"GATE-{status}-{len(path)}"
    ledger_fails(company, method="POST", path=path, action="status", status=status, times=1)
    record = settled(company, "direct_costs", company.a_direct_cost(number))
    assert record.state in (State.PENDING, State.IN_DOUBT), record.sentence
    assert due_now(company, record).state == State.POSTED
    assert (len(company.posted_under(number)), drafts(company, number)) == (1, [])


def test_a_503_of_the_source_is_tried_again(company: Company) -> None:
    procore_fails(
        company, method="GET", path="/direct_costs/", action="status", status=503, times=9
    )
    record = settled(company, "direct_costs", company.a_direct_cost("GATE-SRC"))
    assert record.state == State.PENDING, record.sentence
    company.procore("faults", method="DELETE")
    assert due_now(company, record).state == State.POSTED


@pytest.mark.parametrize("vendor", ["procore", "business_central"])
def test_a_token_revoked_in_mid_batch_is_renewed_once_and_nobody_notices(
    company: Company, vendor: str
) -> None:
    number = f"REVOKE-{vendor[0].upper()}"
    for n in range(4):
        company.note("direct_costs", company.a_direct_cost(f"{number}{n}"))
    fails, path = (
        (procore_fails, "/direct_costs/") if vendor == "procore"
        else (ledger_fails, "purchaseInvoices")
    )  # fmt: skip
    fails(company, path=path, action="revoke_tokens", skip=2, times=1)
    telling.forget_requests(company)
    company.the_worker_runs()
    assert len(company.posted_under(number)) == 4
    assert set(Record.objects.filter(flow="direct_costs").values_list("state", flat=True)) == {
        State.POSTED
    }
    counts = telling.requests_to(company, vendor)
    assert sum(count for name, count in counts.items() if "token" in name) == 1


def test_one_bad_document_does_not_stop_its_batch(company: Company) -> None:
    good = [company.note("direct_costs", company.a_direct_cost(f"BATCH-{n}")) for n in range(2)]
    bad = company.note("direct_costs", company.a_direct_cost("BATCH-BAD", lines=[]))
    more = company.note("direct_costs", company.a_direct_cost("BATCH-9"))
    tasks.run([good[0].pk, bad.pk, good[1].pk, more.pk])
    states = [Record.objects.get(pk=row.pk).state for row in (*good, more, bad)]
    assert states == [State.POSTED] * 3 + [State.HELD]
