"""A vendor's name is the ledger's: what people make of it in Procore is put back, once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from syncs.models import Record, State
from tests.flows import renaming, telling
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_a_name_changed_in_procore_is_put_back_at_once(company: Company) -> None:
    renaming.a_new_name_is_put_back_at_once(company)


def test_the_notice_of_putting_it_back_causes_no_write(company: Company) -> None:
    renaming.the_echo_writes_nothing(company)


def test_nothing_is_put_back_in_shadow_mode(company: Company) -> None:
    renaming.nothing_is_put_back_in_shadow_mode(company)


def test_a_change_beside_the_name_causes_no_write(company: Company) -> None:
    record = renaming.a_sent_vendor(company)
    company.procore(f"procore/vendors/{record.destination_id}", {"notes": "nice people"}, "PATCH")
    telling.forget_requests(company)
    record = renaming.told(company, record)
    assert (record.state, renaming.writes(company)) == (State.POSTED, 0)


def test_a_flow_that_is_switched_off_puts_nothing_back(company: Company) -> None:
    record = renaming.a_sent_vendor(company)
    company.settings("vendors", enabled=False)
    renaming.renames(company, record)
    record = renaming.told(company, record)
    assert (record.state, renaming.name_there(company, record)) == (State.POSTED, renaming.WRONG)
    renaming.renames(company, record, record.title)


def test_a_vendor_that_we_did_not_send_is_none_of_ours(company: Company) -> None:
    theirs = company.procore_has("vendors", name="Typed Over There", country_code="US")
    before = Record.objects.count()
    renaming.tells(company, str(theirs["id"]))
    assert Record.objects.count() == before


def test_the_page_of_the_flow_says_whose_the_vendors_are(
    company: Company, admin_client: Client
) -> None:
    row = company.integration.flows.get(flow="vendors")
    page = admin_client.get(reverse("admin:syncs_flowsettings_change", args=[row.pk]))
    assert "the ledger owns its vendors" in page.content.decode()
