"""A vendor's name is the ledger's: what people make of it in Procore is put back, once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.flows import renaming
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_a_name_changed_in_procore_is_put_back_at_once(nav: Company) -> None:
    renaming.a_new_name_is_put_back_at_once(nav)


def test_the_notice_of_putting_it_back_causes_no_write(nav: Company) -> None:
    renaming.the_echo_writes_nothing(nav)


def test_nothing_is_put_back_in_shadow_mode(nav: Company) -> None:
    renaming.nothing_is_put_back_in_shadow_mode(nav)


def test_the_page_of_new_vendors_says_who_owns_them_then(
    nav: Company, admin_client: Client
) -> None:
    row = nav.integration.flows.get(flow="new_vendors")
    page = admin_client.get(reverse("admin:syncs_flowsettings_change", args=[row.pk]))
    assert "From then on the ledger owns it" in page.content.decode()
