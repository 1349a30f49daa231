"""The form of a NAV connection asks only what its mode and its sign-in need."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from connections.models import Connection
from connections.pages.forms import SECRET, SETTING, conditions, form_for
from tests.syncs_admin.conftest import browser_type_launch_args
from tests.syncs_admin.test_browser import Visitor

__all__ = ["browser_type_launch_args"]
pytestmark = pytest.mark.django_db(transaction=True)
SITE = {
    "mode": "on_premises", "server_url": "https://nav.example.com:7048", "instance": "BC230",
    "company": "Keystone",
}  # fmt: skip
CLOUD = {"company": "Keystone", "tenant_id": "t", "client_id": "c"}


def wrong(settings: dict[str, str], **secrets: str) -> set[str]:
    """The fields that the form complains about."""
    data: dict[str, Any] = {
        "name": f"Books {Connection.objects.count()}",
        "active": "on",
        "settle_seconds": "540",
    }
    data |= {SETTING + name: value for name, value in settings.items()}
    data |= {SECRET + name: value for name, value in secrets.items()}
    form = form_for("nav")(data)
    if form.is_valid():
        form.save()
    return {name.removeprefix(SETTING).removeprefix(SECRET) for name in form.errors}


def test_online_needs_no_server_and_no_password() -> None:
    assert wrong(CLOUD, client_secret="s") == set()
    assert Connection.objects.get().setting("mode") == "online"
    assert wrong({"company": "Keystone"}) == {"tenant_id", "client_id", "client_secret"}


def test_a_site_needs_a_user_and_a_key_and_no_tenant() -> None:
    assert wrong(SITE | {"user": "svc"}, password="k") == set()
    assert Connection.objects.get().setting("authentication") == "basic"
    assert wrong(SITE) == {"user", "password"}


def test_a_site_with_an_app_registration_needs_neither() -> None:
    app = SITE | {"authentication": "oauth", "tenant_id": "t", "client_id": "c"}
    assert wrong(app, client_secret="s") == set()
    assert wrong(SITE | {"authentication": "oauth"}) == {
        "tenant_id", "client_id", "client_secret",
    }  # fmt: skip


def test_plain_http_to_a_site_is_refused() -> None:
    plain = SITE | {"user": "svc", "server_url": "http://nav.example.com:7048"}
    assert wrong(plain, password="k") == {"server_url"}


def test_fields_that_do_not_apply_are_hidden() -> None:
    shown = conditions()
    assert shown["setting_instance"].startswith("(typeof setting_mode !== 'undefined' && ")
    assert "[\"on_premises\"].includes(setting_mode ?? '')" in shown["setting_instance"]
    assert '["online", ""]' in shown["setting_environment"]
    assert '["basic", "windows", ""]' in shown["secret_password"]
    assert "setting_company" not in shown


def test_the_page_carries_the_conditions(admin_client: Any) -> None:
    address = reverse("admin:connections_connection_add")
    page = admin_client.get(f"{address}?vendor=nav")
    assert page.status_code == 200
    text = page.content.decode()
    assert 'x-show="(typeof setting_' in text
    other = admin_client.get(f"{address}?vendor=business_central")
    assert other.status_code == 200


@pytest.mark.browser
def test_the_page_shows_what_the_mode_needs(page: Any, live_server: Any) -> None:
    visitor = Visitor(page, live_server)
    visitor.goes_to(reverse("admin:connections_connection_add") + "?vendor=nav")
    field = {name: page.locator(f"#id_{name}") for name in NAMES}
    seen = [name for name in NAMES if field[name].is_visible()]
    assert seen == ["setting_environment", "secret_client_secret"]
    page.locator("#id_setting_mode").select_option("on_premises")
    page.locator("#id_setting_environment").wait_for(state="hidden")
    seen = [name for name in NAMES if field[name].is_visible()]
    assert seen == ["setting_instance", "setting_user", "secret_password"]
    page.locator("#id_setting_authentication").select_option("oauth")
    page.locator("#id_setting_user").wait_for(state="hidden")
    seen = [name for name in NAMES if field[name].is_visible()]
    assert seen == ["setting_instance", "secret_client_secret"]
    visitor.goes_to(reverse("admin:connections_connection_add") + "?vendor=business_central")
    assert page.locator("#id_setting_environment").is_visible()
    assert page.locator("#id_secret_client_secret").is_visible()
    assert visitor.complaints == []


NAMES = (
    "setting_instance", "setting_user", "secret_password", "setting_environment",
    "secret_client_secret",
)  # fmt: skip
