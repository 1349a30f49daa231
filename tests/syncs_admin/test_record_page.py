"""The page of one record: why it is held, the entry before it exists, and every hop."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Entry
from connections.errors import Reason
from connections.models import Connection, Integration
from syncs.admin import reasons
from syncs.admin.preview import preview_of
from syncs.coding import shapes
from syncs.models import FlowSettings, Record, State
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration() -> Any:
    return story.company()


def shown(record: Any, client: Any = None) -> str:
    client = client or story.boss()
    answer = client.get(f"/syncs/record/{record.pk}/change/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_held_record_says_why_and_has_one_button_that_fixes_it(integration: Any) -> None:
    page = shown(story.unmapped(integration))
    assert "Why is it held?" in page
    assert "Cost code 03-300 Cast-in-place concrete" in page
    assert f"/mappings/costcodemapping/add/?integration={integration.pk}" in page
    assert "cost_code=03-300&amp;cost_type=S" in page


def test_lines_without_a_mapping_are_marked_until_there_is_one(integration: Any) -> None:
    record = story.unmapped(integration)
    client = story.boss()
    assert "no account" in shown(record, client)
    story.mapped(integration)
    page = shown(record, client)
    assert "5010 (cost code 03-300)" in page
    assert 'class="c-missing"' not in page


def test_all_problems_are_listed_not_the_first(integration: Any) -> None:
    record = story.unmapped(integration)
    record.problems += [
        {"reason": "missing_vendor", "sentence": "Vendor Acme is not linked.", "vendor_id": "v1",
         "vendor_name": "Acme & Søn"},
        {"reason": "missing_project", "sentence": "Project 24-017 is not linked.",
         "project_id": "p1", "project": "24-017"},
    ]  # fmt: skip
    record.save()
    page = shown(record)
    assert "Vendor Acme is not linked." in page
    assert "project_vendor_name=Acme+%26+S%C3%B8n" in page
    assert "/mappings/projectlink/add/" in page


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_a_sentence_a_remedy_and_a_link(integration: Any, reason: Reason) -> None:
    record = story.held(integration, reason)
    (problem,) = reasons.explain(record)
    assert problem.plain.endswith(".")
    assert problem.todo
    assert problem.fix
    assert problem.fix.url
    assert "Why is it held?" in shown(record)


def test_what_is_alike_is_explained_once(integration: Any) -> None:
    record = story.held(integration, Reason.MISSING_MAPPING)
    record.problems = [
        {
            "reason": "missing_mapping",
            "sentence": "Code 03-300 has no account.",
            "cost_code": "03-300",
        },
        {"reason": "missing_vendor", "sentence": "Vendor Acme is not linked.", "vendor_id": "5"},
        {
            "reason": "missing_mapping",
            "sentence": "Code 04-100 has no account.",
            "cost_code": "04-100",
        },
    ]
    record.save()
    page = shown(record)
    first, second, third = reasons.explain(record)
    assert (first.advice, third.sentence) == (second.advice, "Vendor Acme is not linked.")
    assert page.count(first.plain) == page.count(third.plain) == 1
    for label in ("Map cost code 03-300", "Map cost code 04-100", "Link this vendor"):
        assert label in page


def test_what_can_be_mended_in_the_source_leads_there_too(integration: Any) -> None:
    """Who may not change a setting can still correct the document."""
    record = story.held(integration, Reason.TAX, source_url="https://procore.example/invoices/7")
    page = shown(record, story.signed_in(story.person("clerk", "syncs.view_record")))
    (problem,) = reasons.explain(record)
    assert problem.source
    assert f'<a class="c-button" href="{problem.source.url}"' in page


def test_an_invoice_debits_its_lines_and_credits_the_vendor(integration: Any) -> None:
    preview = preview_of(story.record(integration))
    assert preview is not None
    assert [(row.debit, row.credit) for row in preview.rows] == [
        (Decimal("1000.00"), None), (Decimal("1000.00"), None), (None, Decimal("200.000")),
        (None, Decimal("1800.000")),
    ]  # fmt: skip
    assert preview.balances
    assert preview.rows[0].account_name == "Concrete work, subcontracted"
    assert preview.rows[0].dimensions == (("PROJECT", "24-017", "Riverside Clinic"),)


def test_a_credit_memo_is_the_other_way_round(integration: Any) -> None:
    preview = preview_of(story.record(integration, story.document(sign=-1)))
    assert preview is not None
    assert [(row.debit, row.credit) for row in preview.rows] == [
        (None, Decimal("1000.00")), (None, Decimal("1000.00")), (Decimal("200.000"), None),
        (Decimal("1800.000"), None),
    ]  # fmt: skip
    assert preview.balances


def test_a_credit_memo_is_less_than_nothing_wherever_its_page_says_it(integration: Any) -> None:
    """The ledger states its total without a sign."""
    source = story.document(sign=-1)
    record = story.record(
        integration, source, state=State.POSTED, posted_digest="x", amount=source.total,
        destination_kind="credit_memo", destination_number="CM-1", destination_id="1",
        destination_total=-source.total,
    )  # fmt: skip
    page = shown(record)
    entry, footing = page.split('id="entry"')[1], page.split('id="footing"')[1]
    assert '<dt>Total</dt><dd class="c-strong">-$1,800.00</dd>' in entry
    assert "<dt>The source says</dt><dd>-$1,800.00</dd>" in footing
    assert "<dt>Business Central: CM-1, the original</dt><dd>-$1,800.00</dd>" in footing
    assert "<dt>Difference between source and Business Central</dt><dd>none</dd>" in footing
    assert "-0.00" not in page


def test_a_journal_is_signed_and_has_no_payable(integration: Any) -> None:
    source = story.document()
    preview = preview_of(
        story.record(integration, source, coded=shapes.pack(story.journal(source)))
    )
    assert preview is not None
    assert [row.text for row in preview.rows] == ["Payroll", "Clearing"]
    assert preview.total == Decimal("900.00")
    assert preview.balances


def test_tax_is_a_row_of_its_own(integration: Any) -> None:
    record = story.record(integration)
    record.coded["lines"][0] |= {"tax": "82.50", "tax_code": "CA"}
    record.coded["total"] = "1882.50"
    preview = preview_of(record)
    assert preview is not None
    assert ("Tax CA", Decimal("82.50")) in [(row.text, row.debit) for row in preview.rows]
    assert preview.balances


def test_the_footing_shows_a_difference_to_the_cent(integration: Any) -> None:
    record = story.record(integration)
    record.source["total"] = "1800.01"
    record.save()
    page = shown(record)
    assert "Does it add up?" in page
    assert "0.01" in page
    assert "2,000.00" in page


def test_every_hop_stands_in_time_order_with_its_answer(integration: Any) -> None:
    record = story.posted(integration)
    log = record.journal()
    log.append(Entry.Kind.NOTED, "Noted: webhook")
    intent = log.intent("Create purchase_invoice INV-1", "POST", "https://bc/x", {"number": "INV"})
    log.outcome(intent, "created", 201, {"id": "abc"})
    log.append(Entry.Kind.READ_BACK, "The ledger shows 108123.")
    page = shown(record)
    order = [
        "Noted</span>\n          Webhook",
        "Create purchase_invoice INV-1",
        "created (201)",
        "shows 108123",
    ]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    assert "POST https://bc/x" in page


def test_a_write_without_an_answer_says_so(integration: Any) -> None:
    record = story.record(integration, state=State.IN_DOUBT, in_doubt_since=timezone.now())
    record.journal().intent("Create purchase_invoice INV-1", "POST", "https://bc/x", {})
    assert "No answer came" in shown(record)


def test_texts_of_other_systems_cannot_become_markup(integration: Any) -> None:
    record = story.held(
        integration, Reason.REFUSED,
        {"reason": "refused", "sentence": "<script>alert(1)</script>", "code": "<b>x</b>"},
        vendor_name="<img src=x>", number="<i>1</i>",
    )  # fmt: skip
    client = story.boss()
    for page in (shown(record, client), client.get("/syncs/record/").content.decode()):
        assert "<script>alert(1)" not in page
        assert "<img src=x>" not in page
        assert "<i>1</i>" not in page


def test_near_duplicates_are_warned_about(integration: Any) -> None:
    record, client = story.record(integration), story.boss()
    assert "Possible duplicate" not in shown(record, client)
    twin = story.record(integration)
    page = shown(record, client)
    assert "Possible duplicate" in page
    assert f"/syncs/record/{twin.pk}/change/" in page
    assert ", in South" not in page
    elsewhere = Integration.objects.create(
        key="bc_procore", name="South", project_system=integration.project_system,
        ledger=integration.ledger,
    )  # fmt: skip
    Record.objects.filter(pk=twin.pk).update(integration=elsewhere)
    assert ", in South" in shown(record, client), "it may be right there"
    Integration.objects.filter(pk=elsewhere.pk).update(
        ledger=Connection.objects.create(name="BC South", vendor="business_central"),
        project_system=Connection.objects.create(name="Procore South", vendor="procore"),
    )
    assert "Possible duplicate" not in shown(record, client), "a company of its own"
    Record.objects.filter(pk=twin.pk).update(integration=integration)
    twin.document_date = story.TODAY.replace(day=30)
    twin.save()
    assert "Possible duplicate" not in shown(record, client)


def test_replay_says_beforehand_what_it_will_do(integration: Any) -> None:
    story.linked(integration)
    story.retainage(integration)
    record = story.unmapped(integration)
    client = story.boss()
    urged = '<button class="c-button c-primary">Replay</button>'
    page = shown(record, client)
    assert "“Missing mapping” still stands" in page
    assert urged not in page, "it changes nothing"
    story.mapped(integration)
    page = shown(record, client)
    assert "posted if nothing holds it" in page
    assert urged in page
    page = shown(story.posted(integration), client)
    assert "Nothing is posted twice" in page
    assert urged not in page


def test_a_vendor_record_shows_its_fields(integration: Any) -> None:
    source = {"number": "V00010", "name": "Acme", "city": "Łódź", "phone": ""}
    record = story.record(integration, flow="vendors", coded={}, amount=None)
    record.source = source
    record.save()
    page = shown(record)
    assert "Łódź" in page
    assert "Phone" not in page


def test_a_page_of_150_lines_is_a_few_queries(
    integration: Any, django_assert_max_num_queries: Any
) -> None:
    story.mapped(integration)
    record = story.record(integration, story.document(lines=150))
    client = story.boss()
    with django_assert_max_num_queries(30):
        page = shown(record, client)
    assert page.count("Pour no. ") >= 150


def test_an_unknown_or_malformed_record_is_a_404(integration: Any) -> None:
    client = story.boss()
    for key in ("999999", "x", "1_0"):
        assert client.get(f"/syncs/record/{key}/change/").status_code == 404


def test_shadow_mode_leads_to_the_cut_over(integration: Any) -> None:
    page = shown(story.held(integration, Reason.SHADOW))
    assert f"/syncs/flowsettings/cutover/{integration.pk}/" in page


def test_who_approved_is_named_once(integration: Any) -> None:
    record = story.held(integration, Reason.NEEDS_APPROVAL)
    record.journal("anna").append(Entry.Kind.PERSON, "Approved by anna", {"verb": "approve"})
    record.journal("anna").append(Entry.Kind.PERSON, "Taken back", {"verb": "replay"})
    hops = shown(record).split('id="hops"')[1]
    assert "Approved by anna</p>" in hops
    assert 'Taken back <span class="c-strong">by anna</span>' in hops


@pytest.mark.parametrize(
    ("key", "flow", "there"),
    [
        ("bc_procore", "requisitions", "Business Central"),
        ("gp_procore", "payables_invoices", "Procore"),
    ],
)
def test_a_link_is_looked_up_where_the_flow_leads(
    integration: Any, key: str, flow: str, there: str
) -> None:
    Integration.objects.filter(pk=integration.pk).update(key=key)
    integration.refresh_from_db()
    FlowSettings.objects.get_or_create(integration=integration, flow=flow)
    page = shown(story.held(integration, Reason.PERIOD_CLOSED, flow=flow))
    assert "Number on the other side" in page
    assert f"{there} is asked for this number." in page
    assert "the ledger lets anybody post" not in page
    moves = key == "bc_procore"  # where finance may choose the next open date
    assert ("let this flow post on the next open date" in page) == moves
    assert ("Open the period there, then replay." in page) == (not moves)


def test_a_replay_of_what_is_posted_says_who_is_asked(integration: Any) -> None:
    boss = story.boss()
    page = shown(story.posted(integration), boss)
    assert "Business Central is asked again and both sides are compared." in page
    page = shown(story.posted(integration, "9", flow="gone"), boss)
    assert "The other system is asked again" in page


@pytest.mark.parametrize(
    ("reason", "facts", "said", "unsaid"),
    [
        (Reason.MISSING_VENDOR, {"ledger_vendor": "V00010"},
         "which vendor of the project system this vendor of the ledger is", "which ledger vendor"),
        (Reason.MISSING_MAPPING, {"ledger_account": "5010"},
         "rule of the mapping that leads to this account", "which account it goes to"),
        (Reason.MISSING_PROJECT, {"project_value": "24-017"},
         "which project of the project system this dimension value", "which dimension value of"),
        (Reason.MISSING_MAPPING, {"tax_code": "CA"},
         "Say which tax code of the ledger it is", "which account it goes to"),
        (Reason.CURRENCY, {}, "Enter it by hand in the project system", "by hand in the ledger"),
    ],
)  # fmt: skip
def test_what_comes_from_a_ledger_is_advised_the_way_it_goes(
    integration: Integration, reason: Reason, facts: dict[str, str], said: str, unsaid: str
) -> None:
    integration = Integration.objects.create(
        key="gp_procore", name="GP ↔ Procore", project_system=integration.project_system,
        ledger=Connection.objects.create(name="GP", vendor="gp"),
    )  # fmt: skip
    problem = {"reason": reason, "sentence": "A sentence.", **facts}
    record = story.held(integration, reason, problem, flow="payables_invoices")
    page = shown(record)
    assert said in page
    assert unsaid not in page
