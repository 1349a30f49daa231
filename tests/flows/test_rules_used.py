"""A document keeps which version of which mapping it was coded by; a later change leaves it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from mappings.lookup import Lookup
from mappings.models import CostCodeMapping, ProjectLink, VendorLink
from syncs.models import Record, State
from tests.flows.telling import settled
from tests.story import Company
from tests.syncs_admin.story import person, signed_in

pytestmark = pytest.mark.django_db
VIEW = ("syncs.view_record", "mappings.view_costcodemapping")


def rule_of(company: Company) -> CostCodeMapping:
    found = Lookup(company.integration).rule_for(company.mapped_code, "M", company.job)
    assert found is not None
    return found


def page(record: Record, browser: Client) -> list[tuple[str, str, int, int, str]]:
    answer = browser.get(f"/syncs/record/{record.pk}/change/")
    assert "By which mappings" in answer.content.decode()
    return [(one.table, one.about, one.number, one.of, one.since)
            for one in answer.context["versions"]]  # fmt: skip


def another_account(company: Company, rule: CostCodeMapping) -> str:
    rows = CostCodeMapping.objects.filter(integration=company.integration)
    return str(rows.exclude(account=rule.account).values_list("account", flat=True)[0])


def test_what_coded_a_document_is_on_its_page_as_it_was_then(company: Company) -> None:
    record = settled(company, "direct_costs", company.a_direct_cost("RULES-1"))
    assert record.state == State.POSTED, record.sentence
    rule = rule_of(company)
    link = ProjectLink.objects.get(project_number=company.job)
    vendor = VendorLink.objects.get(project_vendor_name=company.a_vendor)
    assert record.rules == sorted(
        [f"costcodemapping:{rule.pk}", f"projectlink:{link.pk}", f"vendorlink:{vendor.pk}"]
    )
    browser, then = signed_in(person("anna", *VIEW)), str(rule)
    known = page(record, browser)
    assert known[0] == ("cost code mapping", then, 1, 1, "")
    assert [one[0] for one in known] == ["cost code mapping", "vendor link", "project link"]

    rule.account = another_account(company, rule)
    rule.save()
    assert page(record, browser)[0] == (
        "cost code mapping", then, 1, 2, f"changed since, last by the system: now {rule}"
    )  # fmt: skip
    rule.delete()
    assert page(record, browser)[0][4] == "removed since, by the system"
    text = browser.get(f"/syncs/record/{record.pk}/change/").content.decode()
    assert "/mappings/costcodemapping/changes/" in text
    assert "/mappings/vendorlink/" not in text, "she may not see the vendors"


def test_a_rule_that_changes_leaves_what_is_posted_until_its_source_changes(
    company: Company,
) -> None:
    row = company.a_direct_cost("RULES-2", "100.00")
    record = settled(company, "direct_costs", row)
    rule, was = rule_of(company), rule_of(company).account
    rule.account = another_account(company, rule)
    rule.save()
    record.replay("anna")
    company.the_worker_runs()
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert record.rule_versions[f"costcodemapping:{rule.pk}"] != rule.updated_at.isoformat()

    company.procore_changes("direct_costs", row, lines=[company.line("150.00")])
    record = settled(company, "direct_costs", row)
    assert record.reason == "changed_after_posting"
    assert rule.account in record.sentence
    assert was in record.sentence
    [document] = company.posted_under("RULES-2")
    assert Decimal(document["total"]) == Decimal("100.00")
