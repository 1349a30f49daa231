"""What a replay is said to do, and what it does: the same, or it was said that nobody knows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django_q.models import OrmQ

from audit.models import Entry
from connections.documents import Hint
from connections.errors import Reason
from connections.vendors.procore import statuses
from mappings.models import AccountRule, CostCodeMapping, Reference, VendorLink
from syncs.forecast.context import Assumed
from syncs.forecast.foresee import AGAIN, ASKED, TO_ASK, Foreseen, foresee, foresee_one
from syncs.forecast.trial import WRITTEN
from syncs.ingest.noting import note_batch
from syncs.models import FlowSettings, Record, State
from tests.flows import telling
from tests.flows.telling import again, settled
from tests.flows.test_flows_of_the_seed import in_status
from tests.story import Company

pytestmark = pytest.mark.django_db
FLOW = "direct_costs"
LATER = {State.PENDING, State.RUNNING}
Made = Callable[[Company, str], dict[str, Any]]


def a_cost(**facts: Any) -> Made:
    return lambda company, number: company.a_direct_cost(number, **facts)


def unmapped(company: Company, number: str) -> dict[str, Any]:
    code = company.procore("demo")["expected"]["unmapped_cost_codes"][0]
    return company.a_direct_cost(number, lines=[company.line("10.00", code)])


def of_a_blocked_vendor(company: Company, number: str) -> dict[str, Any]:
    """Another one than that of the other documents."""
    links = VendorLink.objects.exclude(project_vendor_name=company.a_vendor)
    link = links.order_by("ledger_number").first()
    assert link is not None
    row = Reference.objects.filter(kind="vendor", code=link.ledger_number)
    row.update(data={"blocked": "all"})
    return company.a_direct_cost(number, vendor=link.project_vendor_name)


def on_an_account_that_is_shut(company: Company, number: str) -> dict[str, Any]:
    """Another code and another account than those of the other documents."""
    codes = Reference.objects.filter(kind="cost_code", parent=company.scope_of({}))
    code = next(row.code for row in codes.order_by("-code") if "-" in row.code
                and row.code != company.mapped_code)  # fmt: skip
    used = CostCodeMapping.objects.values("account")
    rows = Reference.objects.filter(kind="account", unusable="").exclude(code__in=used)
    shut = rows.exclude(code__in=AccountRule.objects.values("account")).order_by("-code")[0]
    Reference.objects.filter(pk=shut.pk).update(unusable="is blocked")
    CostCodeMapping.objects.update_or_create(
        integration=company.integration, cost_code=code, project="", cost_type="M",
        defaults={"account": shut.code},
    )  # fmt: skip
    return company.a_direct_cost(number, lines=[company.line("12.00", code)])


def on_a_value_that_is_shut(company: Company, number: str) -> dict[str, Any]:
    """Another code than those of the other documents, with a value that is blocked."""
    codes = Reference.objects.filter(kind="cost_code", parent=company.scope_of({}))
    code = next(row.code for row in codes.order_by("code") if "-" in row.code
                and row.code != company.mapped_code)  # fmt: skip
    known = Reference.objects.filter(kind="dimension_value", unusable="").order_by("-code")
    shut = known.filter(parent="AREA").first() or known[0]
    Reference.objects.filter(pk=shut.pk).update(unusable="is blocked")
    account = CostCodeMapping.objects.exclude(account="")[0].account
    CostCodeMapping.objects.update_or_create(
        integration=company.integration, cost_code=code, project=company.job, cost_type="M",
        defaults={"account": account, "dimensions": {shut.parent: shut.code}},
    )  # fmt: skip
    return company.a_direct_cost(number, lines=[company.line("13.00", code)])


def with_a_tax_code_and_no_tax(company: Company, number: str) -> dict[str, Any]:
    lines = [{**company.line("200.00"), "tax_code": "MATERIALS"}]
    return company.a_direct_cost(number, lines=lines)


def without_a_cost_code(company: Company, number: str) -> dict[str, Any]:
    return company.a_direct_cost(number, lines=[{"description": "Misc.", "amount": "5.00"}])


def long_ago(company: Company, number: str) -> dict[str, Any]:
    window = Reference.objects.get(kind="window").data
    day = dt.date.fromisoformat(window["first"]) - dt.timedelta(days=1)
    return company.a_direct_cost(number, direct_cost_date=day.isoformat())


def numbered_too_long(company: Company, number: str) -> dict[str, Any]:
    return company.a_direct_cost(number + "X" * 40)


KINDS: dict[str, tuple[Made, str, str]] = {  # what it is, and how it will end
    "free": (a_cost(), WRITTEN, ""),
    "another free one": (a_cost(amount="11.50"), WRITTEN, ""),
    "a credit": (lambda c, n: c.a_direct_cost(n, lines=[c.line("-30.00")]), WRITTEN, ""),
    "unmapped": (unmapped, State.HELD, Reason.MISSING_MAPPING),
    "unlinked": (a_cost(vendor="Buckeye Dumpster & Hauling"), State.HELD, Reason.MISSING_VENDOR),
    "foreign": (a_cost(currency_iso_code="EUR"), State.HELD, Reason.CURRENCY),
    "too long": (numbered_too_long, State.HELD, Reason.NUMBER),
    "closed": (long_ago, ASKED, Reason.PERIOD_CLOSED),
    "does not add up": (a_cost(header_total="841.50"), State.HELD, Reason.DOES_NOT_FOOT),
    "empty": (a_cost(lines=[]), State.HELD, Reason.NO_LINES),
    "without a code": (without_a_cost_code, State.HELD, Reason.LINE_WITHOUT_COST_CODE),
    "without tax": (with_a_tax_code_and_no_tax, State.HELD, Reason.TAX),
    "blocked": (of_a_blocked_vendor, ASKED, Reason.VENDOR_BLOCKED),
    "shut account": (on_an_account_that_is_shut, ASKED, Reason.ACCOUNT_UNUSABLE),
    "shut value": (on_a_value_that_is_shut, ASKED, Reason.DIMENSION),
    "large": (a_cost(amount="90000.00"), State.HELD, Reason.OVER_LIMIT),
    "not approved": (a_cost(status="pending"), State.SKIPPED, ""),
    "of nothing": (lambda c, n: c.a_direct_cost(n, lines=[c.line("0.00")]), State.SKIPPED, ""),
}


def noted(company: Company, start: str) -> dict[str, Record]:
    """One of each kind, read and looked at while the flow runs in shadow mode."""
    company.settings(FLOW, shadow=True)
    found = {}
    for index, (kind, (make, _, _)) in enumerate(KINDS.items()):
        found[kind] = settled(company, FLOW, make(company, f"{start}-{index}"))
        assert found[kind].state in (State.HELD, State.SKIPPED), found[kind].sentence
    company.settings(FLOW, shadow=False, amount_limit=Decimal(50000))
    return found


def foreseen(*records: Record) -> dict[int, Foreseen]:
    return {one.record: one for one in foresee([record.pk for record in records])}


def came(company: Company, record: Record) -> tuple[str, str]:
    """After a replay: its end in the words of a forecast."""
    row = again(company, record)
    if row.state in LATER:
        return State.PENDING, ""
    return (WRITTEN if row.state == State.POSTED else row.state), row.reason


def same(company: Company, *records: Record) -> None:
    """All is foreseen first; then all is replayed, and comes to exactly that."""
    said = foreseen(*records)
    assert all(one.end != ASKED for one in said.values()), said
    for record in records:
        row = again(company, record)
        found = (WRITTEN if row.state == State.POSTED else row.state, row.reason)
        if row.state in LATER:
            found = (State.PENDING, "")
        wanted = said[record.pk]
        assert (wanted.end, wanted.reason) == found, f"{record}: {row.sentence}"


def test_every_kind_comes_to_what_was_foreseen(company: Company) -> None:
    records = noted(company, "FORE-1")
    said = foreseen(*records.values())
    for kind, (_, end, reason) in KINDS.items():
        assert (said[records[kind].pk].end, said[records[kind].pk].reason) == (end, reason), kind
    same(company, *(records[kind] for kind, (_, end, _) in KINDS.items() if end != ASKED))


def test_what_may_have_been_mended_in_the_ledger_is_asked_for_there(company: Company) -> None:
    """Our tables alone say so of a vendor, an account and a value; the period is closed."""
    records = noted(company, "FORE-A")
    asked = {kind: records[kind] for kind, (_, end, _) in KINDS.items() if end == ASKED}
    for one in foreseen(*asked.values()).values():
        assert (one.whom, one.sentence) == ("Dynamics 365 Business Central", TO_ASK)
    ends = {kind: came(company, record) for kind, record in asked.items()}
    assert ends.pop("closed") == (State.HELD, Reason.PERIOD_CLOSED)
    assert ends == dict.fromkeys(("blocked", "shut account", "shut value"), (WRITTEN, ""))


@pytest.mark.parametrize(
    ("settings", "end", "reason"),
    [
        ({"shadow": True}, State.HELD, Reason.SHADOW),
        ({"needs_approval": True}, State.HELD, Reason.NEEDS_APPROVAL),
        ({"amount_limit": Decimal(10)}, State.HELD, Reason.OVER_LIMIT),
        ({"stopped": True}, State.PENDING, ""),
        ({"booking": "nothing"}, State.SKIPPED, ""),
        ({"start_date": dt.date(2099, 1, 1)}, State.SKIPPED, ""),
        ({"projects": ["P-0000"]}, State.SKIPPED, ""),
    ],
    ids=["shadow", "approval", "limit", "brake", "nothing", "cut-over", "projects"],
)
def test_each_gate_is_foreseen(
    company: Company, settings: dict[str, Any], end: str, reason: str
) -> None:
    company.settings(FLOW, shadow=True)
    name = "-".join(settings)
    record = settled(company, FLOW, company.a_direct_cost(f"FORE-2-{name}"[:30]))
    company.settings(FLOW, **{"shadow": False, **settings})
    one = foreseen(record)[record.pk]
    assert (one.end, one.reason) == (end, reason), one.sentence
    assert foresee_one(record).end == end
    assert came(company, record) == (end, reason)


def test_what_was_approved_is_foreseen_as_posted_and_its_next_version_is_not(
    company: Company,
) -> None:
    company.settings(FLOW, needs_approval=True)
    row = company.a_direct_cost("FORE-3")
    record = settled(company, FLOW, row)
    assert foreseen(record)[record.pk].reason == Reason.NEEDS_APPROVAL
    assert record.approve("bert")
    record.refresh_from_db()
    assert foreseen(record)[record.pk].end == WRITTEN
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence


def test_of_two_with_one_number_the_first_is_foreseen_as_posted(company: Company) -> None:
    company.settings(FLOW, shadow=True)
    records = [settled(company, FLOW, company.a_direct_cost(number, amount))
               for number, amount in (("FORE-4", "10.00"), ("fore-4", "11.00"))]  # fmt: skip
    company.settings(FLOW, shadow=False)
    said = foreseen(*records)
    assert [said[record.pk].end for record in records] == [WRITTEN, State.HELD]
    assert said[records[1].pk].reason == Reason.DUPLICATE_NUMBER
    same(company, *records)
    company.settings(FLOW, shadow=True)
    third = settled(company, FLOW, company.a_direct_cost("FORE-4", "12.00"))
    company.settings(FLOW, shadow=False)
    assert foreseen(third)[third.pk].reason == Reason.DUPLICATE_NUMBER, "another record holds it"
    same(company, third)


def test_what_changed_after_posting_is_foreseen(company: Company) -> None:
    row = company.a_direct_cost("FORE-5", "100.00")
    record = settled(company, FLOW, row)
    assert foreseen(record)[record.pk].end == AGAIN
    company.procore_changes("direct_costs", row, lines=[company.line("150.00")])
    record = settled(company, FLOW, row)
    assert record.reason == Reason.CHANGED_AFTER_POSTING, record.sentence
    same(company, record)


def test_a_number_that_is_taken_there_is_asked_and_not_promised(company: Company) -> None:
    row = company.a_direct_cost("FORE-6", "55.00")
    first = settled(company, FLOW, row)
    Record.objects.filter(pk=first.pk).delete()  # as if people had typed it
    record = settled(company, FLOW, row)
    assert record.reason == Reason.ALREADY_THERE
    one = foreseen(record)[record.pk]
    assert (one.end, one.whom) == (ASKED, "Dynamics 365 Business Central")


@pytest.mark.parametrize("settings", [{}, {"amount_limit": Decimal(10)}])
def test_a_vendor_that_the_ledger_refused_is_asked_and_not_promised(
    company: Company, settings: dict[str, Any]
) -> None:
    """Our table does not know that it is blocked: no check of ours can say whether it still is."""
    number = f"FORE-7-{len(settings)}"
    name = VendorLink.objects.get(ledger_number="V10001").project_vendor_name
    company.ledger("business_central/block_vendor", {"number": "V10001"})
    try:
        record = settled(company, FLOW, company.a_direct_cost(number, vendor=name))
    finally:
        company.ledger("business_central/block_vendor", {"number": "V10001", "blocked": " "})
    assert record.reason == Reason.VENDOR_BLOCKED
    assert foreseen(record)[record.pk].end == ASKED
    company.settings(FLOW, **settings)
    if settings:  # a gate holds it whatever the ledger would say
        same(company, record)


def test_a_relief_waits_for_its_commitment_as_foreseen(company: Company) -> None:
    company.settings("subcontracts", shadow=True)
    contract = telling.a_subcontract(company, "FORE-8", "4000.00")
    billing = telling.a_billing(company, contract, "FORE-8-B", [{"line": 1, "work": "900.00"}])
    commitment = settled(company, "subcontracts", contract)
    assert commitment.reason == Reason.SHADOW
    assert settled(company, "requisitions", billing).state == State.POSTED
    relief = settled(company, "commitment_relief", billing)
    assert (relief.state, relief.reason) == (State.HELD, Reason.WAITS), relief.sentence
    same(company, relief, commitment)
    company.settings("subcontracts", shadow=False)
    same(company, commitment)


def test_a_purpose_without_an_account_is_foreseen_and_so_is_its_mending(company: Company) -> None:
    rule = AccountRule.objects.get(purpose="retainage_held")
    rule.delete()
    contract = telling.a_subcontract(company, "FORE-10", "5000.00")
    row = telling.a_billing(company, contract, "FORE-10-B", [{"line": 1, "work": "1000.00"}])
    record = settled(company, "requisitions", row)
    assert record.reason == Reason.SETTINGS, record.sentence
    assert foreseen(record)[record.pk].reason == Reason.SETTINGS
    same(company, record)
    rule.save(force_insert=True)
    assert foreseen(record)[record.pk].end == WRITTEN
    same(company, record)


def test_what_a_status_means_is_asked_and_not_promised(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.settings("purchase_orders", shadow=True)
    row = in_status(company, "purchase_orders", "FORE-12", "Approved")
    with monkeypatch.context() as unknown:
        unknown.delitem(statuses.MEANINGS["purchase_order"], "approved")
        record = settled(company, "purchase_orders", row)
        company.settings("purchase_orders", shadow=False)
        assert came(company, record) == (State.HELD, Reason.STATUS)
    one = foreseen(record)[record.pk]
    assert (one.end, one.reason, one.whom) == (ASKED, Reason.STATUS, "Procore")
    assert came(company, record) == (WRITTEN, ""), "the company says how it is meant"


def test_what_would_be_booked_twice_is_foreseen(company: Company) -> None:
    booked = FlowSettings.Booking.INVOICE_POSTED
    company.settings("subcontracts", booking=booked)
    contract = telling.a_subcontract(company, "FORE-11", "1000.00")
    assert settled(company, "subcontracts", contract).state == State.POSTED
    company.settings("requisitions", shadow=True)
    billing = telling.a_billing(company, contract, "FORE-11-B", [{"line": 1, "work": "400.00"}])
    record = settled(company, "requisitions", billing)
    company.settings("requisitions", shadow=False)
    assert foreseen(record)[record.pk].reason == Reason.BOOKED_TWICE
    same(company, record)


def test_vendors_go_the_same_way(company: Company) -> None:
    link = VendorLink.objects.filter(integration=company.integration).first()
    assert link is not None
    company.settings("vendors", shadow=True)
    Record.objects.filter(flow="vendors", source_id=link.ledger_number).update(posted_digest="")
    note_batch(company.integration, "vendors", [Hint(link.ledger_number)], "webhook")
    record = Record.objects.get(flow="vendors", source_id=link.ledger_number)
    record = again(company, record)
    assert record.reason == Reason.SHADOW, record.sentence
    same(company, record)
    company.settings("vendors", shadow=False)
    same(company, record)


def test_a_forecast_asks_nobody_and_stores_nothing(company: Company) -> None:
    records = noted(company, "FORE-9")
    telling.signed_in(company)
    telling.forget_requests(company)
    kept = list(Record.objects.order_by("pk").values())
    lines, queue = Entry.objects.count(), OrmQ.objects.count()
    rows = list(FlowSettings.objects.order_by("pk").values())
    said = foreseen(*records.values())
    assert len(said) == len(records)
    assert telling.requests_to(company, "procore") == {}
    assert telling.requests_to(company, "business_central") == {}
    assert list(Record.objects.order_by("pk").values()) == kept
    assert list(FlowSettings.objects.order_by("pk").values()) == rows
    assert (Entry.objects.count(), OrmQ.objects.count()) == (lines, queue)


def test_what_is_not_read_yet_can_only_be_asked(company: Company) -> None:
    record = company.note(FLOW, company.a_direct_cost("FORE-10"))
    one = foreseen(record)[record.pk]
    assert (one.end, one.whom) == (ASKED, "Procore")


def test_documents_cost_no_query_each(company: Company, django_assert_max_num_queries: Any) -> None:
    company.settings(FLOW, shadow=True)
    records = [settled(company, FLOW, company.a_direct_cost(f"FORE-11-{n}")) for n in range(6)]
    some, more = [row.pk for row in records[:2]], [row.pk for row in records]
    assumed = Assumed(live=True)
    with django_assert_max_num_queries(30) as few:
        assert len(list(foresee(some, assumed))) == 2
    with django_assert_max_num_queries(len(few)):
        assert {one.end for one in foresee(more, assumed)} == {WRITTEN}


def test_what_would_store_a_thing_ends_there(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.settings(FLOW, shadow=True)
    record = settled(company, FLOW, company.a_direct_cost("FORE-12"))
    company.settings(FLOW, shadow=False)

    def stores(*_: Any) -> str:
        Record.objects.filter(pk=record.pk).update(title="Stored by a forecast")
        return ""

    monkeypatch.setattr("syncs.flows.bc_procore.DirectCosts.skip_rule", stores)
    assert foreseen(record)[record.pk].end == ASKED
    record.refresh_from_db()
    assert record.title != "Stored by a forecast"
