"""The record page of a document that goes from the ledger into the project system."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client as Browser

from mappings.models import CostCodeMapping
from tests.flows.nav import telling
from tests.flows.nav.telling import a_cost, a_line, an_order, by_hand, heard
from tests.story import Company

pytestmark = pytest.mark.django_db


def page(browser: Browser, pk: int) -> str:
    answer = browser.get(f"/syncs/record/{pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_order_shows_how_it_stands_on_both_sides(nav: Company, admin_client: Browser) -> None:
    order = an_order(nav, a_line(nav, "64.00"))
    record = heard(nav, "purchase_orders", order)
    text = page(admin_client, record.pk)
    assert "Purchase order" in text
    assert "The document as the ledger states it" in text
    assert telling.code(nav) in text
    assert str(nav.integration.project_system) in text
    assert record.destination_number in text
    assert "Every hop, in time order" in text


def test_what_cannot_be_told_leads_to_a_new_rule_of_its_account_or_to_those_it_has(
    nav: Company, admin_client: Browser
) -> None:
    """The form is filled in with the account, and with the dimensions that the others fill."""
    line = {**a_line(nav), "account": "60900"}
    record = heard(nav, "purchase_invoices", a_cost(nav, "PAGE-1", line))
    [address] = re.findall(r'href="([^"]*)"[^>]*>Map account 60900', page(admin_client, record.pk))
    form = admin_client.get(unescape(address)).context["adminform"].form
    assert form.initial["account"] == "60900"
    assert form.initial["dim_COSTCODE"] == "{cost_code}"
    rule = CostCodeMapping(integration=nav.integration, cost_code="99-999", account="60900")
    rule.dimensions = {"COSTCODE": "{cost_code}"}
    rule.save()
    text = page(admin_client, record.pk)
    assert "Show the rules of account 60900" in text
    assert "q=60900" in text


def test_a_locked_difference_offers_to_accept_and_not_to_post_it(
    nav: Company, admin_client: Browser
) -> None:
    order = an_order(nav)
    heard(nav, "purchase_orders", order)
    by_hand(nav, "change_order", number=order["number"], lines=[{"line": 1, "cost": "1.00"}])
    record = heard(nav, "purchase_orders", order)
    text = page(admin_client, record.pk)
    assert "Accept the difference" in text
    assert "Post the difference" not in text
