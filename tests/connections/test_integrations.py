"""An integration joins two systems that can do what it needs; the admin says what does not fit."""

from __future__ import annotations

from html import unescape

import pytest
from django.core.checks import Tags, run_checks
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client as Browser

from connections.integrations import INTEGRATIONS, NAMES, Kind
from connections.models import Connection, Integration
from connections.registry import Ability
from syncs import tasks
from syncs.models import FlowSettings, Record, Run
from syncs.registry import REGISTRY
from tests.connections.test_admin import browser_of

pytestmark = pytest.mark.django_db
PAGE = "/connections/integration/"
BOOKS = {"server_url": "https://gp.example.com", "company": "Fabrikam, Inc."}


def made(vendor: str, name: str, **settings: str) -> Connection:
    return Connection.objects.create(vendor=vendor, name=name, settings=settings)


def joined(key: str, project_system: Connection, ledger: Connection) -> Integration:
    return Integration.objects.create(
        key=key, name="Standing", project_system=project_system, ledger=ledger
    )


def typed(project_system: Connection, ledger: Connection, **more: str) -> dict[str, str]:
    systems = {"project_system": str(project_system.pk), "ledger": str(ledger.pk)}
    return {"name": "Ours", "active": "on", **systems, **more}


def page(browser: Browser, address: str) -> str:
    answer = browser.get(f"{PAGE}{address}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def sent(browser: Browser, address: str, form: dict[str, str]) -> str:
    """What the page says; nothing when it was saved."""
    answer = browser.post(f"{PAGE}{address}", form)
    return "" if answer.status_code == 302 else unescape(answer.content.decode())


def add(browser: Browser, key: str, form: dict[str, str]) -> str:
    return sent(browser, f"add/?key={key}", form)


def change(browser: Browser, row: Integration, form: dict[str, str]) -> str:
    return sent(browser, f"{row.pk}/change/", form)


def chosen(text: str, side: str) -> str:
    """The list of systems in the page."""
    return text.split(f'name="{side}"')[1].split("</select>")[0]


# -- what fits ----------------------------------------------------------------------------------


def test_two_systems_that_do_not_fit_are_not_saved(admin_client: Browser) -> None:
    boards, books = made("monday", "Boards"), made("business_central", "Main books")
    text = add(admin_client, "gp_procore", typed(boards, books))
    assert not Integration.objects.exists()
    assert (
        "Dynamics GP → Procore needs Procore as its project system; “Boards” is monday.com, which "
        "does not take commitments and costs or take vendors." in text
    )
    assert (
        "Dynamics GP → Procore needs Dynamics GP as its ledger; “Main books” is Dynamics 365 "
        "Business Central, which does not find documents again by their key." in text
    )


def test_a_vendor_that_can_do_it_all_is_still_another_vendor(admin_client: Browser) -> None:
    text = add(admin_client, "bc_procore", typed(made("procore", "P"), made("nav", "Old books")))
    assert (
        "Business Central ↔ Procore needs Dynamics 365 Business Central as its ledger; “Old books” "
        "is Dynamics NAV." in text
    )


def test_two_systems_that_fit_are_saved(admin_client: Browser) -> None:
    assert not add(admin_client, "gp_procore", typed(made("procore", "P"), made("gp", "G")))
    row = Integration.objects.get()
    assert (row.key, row.project_system.name, row.ledger.name) == ("gp_procore", "P", "G")
    begun = FlowSettings.objects.filter(integration=row, shadow=True)
    assert set(begun.values_list("flow", flat=True)) == set(REGISTRY["gp_procore"])


@pytest.mark.parametrize("key", sorted(INTEGRATIONS))
def test_the_vendors_of_every_kind_fit_it(key: str) -> None:
    kind = INTEGRATIONS[key]
    assert [kind.misfit(side, kind.vendor(side), "x") for side in NAMES] == ["", ""]
    assert kind.needs_project
    assert kind.needs_ledger


def test_a_vendor_that_lost_an_ability_fits_no_more() -> None:
    kind = Kind("New", "monday", "nav", needs_project=frozenset({Ability.PROJECT_BOOKS}))
    assert not kind.fits("project_system", "monday")
    assert kind.misfit("project_system", "monday", "B") == (
        "New needs monday.com as its project system; “B” is monday.com, which does not take "
        "commitments and costs."
    )


# -- the form -----------------------------------------------------------------------------------


def test_the_kind_is_asked_first(admin_client: Browser) -> None:
    text = page(admin_client, "add/")
    assert "?key=gp_procore" in text
    assert "Procore and Dynamics GP" in text
    assert 'name="ledger"' not in text
    assert browser_of("connections.view_integration").get(f"{PAGE}add/").status_code == 403


def test_the_lists_offer_what_fits(admin_client: Browser) -> None:
    for vendor in ("procore", "monday", "gp", "business_central"):
        made(vendor, f"The {vendor}")
    text = page(admin_client, "add/?key=gp_procore")
    assert "Add an integration: Dynamics GP → Procore" in text
    assert "The procore" in chosen(text, "project_system")
    assert "The gp" in chosen(text, "ledger")
    for other in ("The monday", "The business_central"):
        assert other not in text


def test_a_list_without_anything_says_what_to_do(admin_client: Browser) -> None:
    text = page(admin_client, "add/?key=gp_procore")
    assert "It is a connection to Dynamics GP. There is none yet: add it under" in text


def test_a_misfit_that_stands_can_be_put_right(admin_client: Browser) -> None:
    row = joined("gp_procore", made("monday", "Boards"), made("gp", "G"))
    procore = made("procore", "P")
    offered = chosen(page(admin_client, f"{row.pk}/change/"), "project_system")
    assert "Boards" in offered
    assert "P</option>" in offered
    still = typed(row.project_system, row.ledger, key="gp_procore")
    assert "needs Procore as its project system" in change(admin_client, row, still)
    assert not change(admin_client, row, typed(procore, row.ledger, key="gp_procore"))
    row.refresh_from_db()
    assert row.project_system == procore


def test_a_kind_whose_code_is_gone_does_not_break_the_page(admin_client: Browser) -> None:
    row = joined("old_pair", made("procore", "P"), made("gp", "G"))
    text = page(admin_client, f"{row.pk}/change/")
    assert "old_pair" in text
    assert "P</option>" in chosen(text, "project_system")
    off = typed(row.project_system, row.ledger, key="old_pair")
    del off["active"]
    assert not change(admin_client, row, off)
    assert not Integration.objects.get().active
    assert "old_pair" in page(admin_client, "")


def test_who_may_only_look_sees_the_kind() -> None:
    row = joined("gp_procore", made("procore", "P"), made("gp", "G"))
    looker = browser_of("connections.view_integration")
    assert "Dynamics GP → Procore" in page(looker, f"{row.pk}/change/")


def test_its_page_leads_to_all_of_it_that_one_may_see(admin_client: Browser) -> None:
    row = joined("gp_procore", made("procore", "P"), made("gp", "G"))
    text = page(admin_client, f"{row.pk}/change/")
    for model in ("flowsettings", "record", "cell", "period"):
        address = f"/syncs/{model}/?integration__id__exact={row.pk}"
        assert f'href="{address}"' in text
        assert admin_client.get(address).status_code == 200
    looker = browser_of("connections.view_integration", "syncs.view_record")
    text = page(looker, f"{row.pk}/change/")
    assert ("Its records" in text, "Its flows" in text) == (True, False)


# -- the kind stays -----------------------------------------------------------------------------


def test_the_kind_may_change_until_there_are_records(admin_client: Browser) -> None:
    row = joined("gp_procore", made("procore", "P"), made("gp", "G"))
    books = made("nav", "N")
    wrong = change(admin_client, row, typed(row.project_system, row.ledger, key="nav_procore"))
    assert "needs Dynamics NAV as its ledger; “G” is Dynamics GP" in wrong
    assert "N</option>" in chosen(wrong, "ledger")
    assert not change(admin_client, row, typed(row.project_system, books, key="nav_procore"))
    flows = FlowSettings.objects.filter(integration=row).values_list("flow", flat=True)
    assert "direct_costs" in flows
    assert "payables_invoices" not in flows


def test_the_kind_stays_once_there_are_records(admin_client: Browser) -> None:
    row = joined("nav_procore", made("procore", "P"), made("nav", "N"))
    Record.objects.create(integration=row, flow="vendors", source_id="V1")
    text = page(admin_client, f"{row.pk}/change/")
    assert "Dynamics NAV ↔ Procore" in text
    assert 'name="key"' not in text
    swapped = typed(row.project_system, row.ledger, key="gp_procore", name="Renamed")
    assert not change(admin_client, row, swapped)
    row.refresh_from_db()
    assert (row.key, row.name) == ("nav_procore", "Renamed")


def test_a_row_that_is_not_of_the_form_is_told_the_same() -> None:
    row = joined("nav_procore", made("procore", "P"), made("nav", "N"))
    Record.objects.create(integration=row, flow="vendors", source_id="V1")
    row.key = "gp_procore"
    with pytest.raises(ValidationError, match="It stays “Dynamics NAV ↔ Procore”"):
        row.full_clean()
    row.key = "no_such_pair"
    with pytest.raises(ValidationError, match="no kind of integration called “no_such_pair”"):
        row.full_clean()


# -- a second one -------------------------------------------------------------------------------


def test_a_second_integration_of_the_same_companies_is_told_of(admin_client: Browser) -> None:
    procore = made("procore", "P", company_id="7")
    joined("gp_procore", procore, made("gp", "G", **BOOKS))
    again = made("gp", "Copy", server_url="https://GP.example.com/", company="FABRIKAM, INC.")
    form = typed(procore, again)
    text = add(admin_client, "gp_procore", form)
    assert Integration.objects.count() == 1
    assert (
        "“Standing” already joins the same companies as Procore “P” and Dynamics GP “Copy”" in text
    )
    assert 'name="save_anyway"' in text
    assert not add(admin_client, "gp_procore", {**form, "save_anyway": "on"})
    assert Integration.objects.count() == 2


def test_nothing_is_asked_where_a_company_differs(admin_client: Browser) -> None:
    procore = made("procore", "P", company_id="7")
    joined("gp_procore", procore, made("gp", "G", **BOOKS))
    assert 'name="save_anyway"' not in page(admin_client, "add/?key=gp_procore")
    other = made("gp", "Other", **{**BOOKS, "company": "Contoso"})
    assert not add(admin_client, "gp_procore", typed(procore, other))
    theirs = made("procore", "Theirs", company_id="8")
    assert not add(admin_client, "gp_procore", typed(theirs, other, name="Third"))


def test_a_ticked_one_is_not_asked_about_again(admin_client: Browser) -> None:
    procore, books = made("procore", "P", company_id="7"), made("gp", "G", **BOOKS)
    joined("gp_procore", procore, books)
    assert not add(admin_client, "gp_procore", typed(procore, books, save_anyway="on"))
    row = Integration.objects.get(name="Ours")
    form = typed(procore, books, key="gp_procore", name="New name")
    assert not change(admin_client, row, form)


def test_a_company_is_the_same_however_one_signs_in() -> None:
    site = {"mode": "on_premises", "server_url": "https://nav.example.com:7048",
            "instance": "NAV", "company": "CRONUS"}  # fmt: skip
    by_password = made("nav", "One", **site)
    by_app = made("nav", "Two", **site, authentication="oauth", tenant_id="contoso")
    online = made("nav", "Three", company="CRONUS", tenant_id="contoso")
    assert by_password.same_company(by_app)
    assert not by_app.same_company(online)
    assert not online.same_company(made("business_central", "Four", **online.settings))


# -- what is stored already ---------------------------------------------------------------------


def checked() -> list[tuple[str, str]]:
    found = run_checks(tags=[Tags.database], databases=["default"])
    return [(str(one.id), one.msg) for one in found]


def test_the_check_finds_stored_integrations_that_do_not_fit() -> None:
    joined("gp_procore", made("procore", "P"), made("business_central", "Main books"))
    [(id, text)] = checked()
    assert id == "connections.W002"
    assert text.startswith(
        "The integration “Standing” does not fit its kind. Dynamics GP → Procore needs Dynamics GP "
        "as its ledger; “Main books” is Dynamics 365 Business Central, which does not"
    )


def test_the_check_warns_of_kinds_that_nobody_knows() -> None:
    joined("old_pair", made("procore", "P"), made("gp", "G"))
    [(id, text)] = checked()
    assert id == "connections.W001"
    assert "is of the kind old_pair, which this version does not have" in text


def test_the_check_has_nothing_to_say_of_what_fits() -> None:
    joined("gp_procore", made("procore", "P"), made("gp", "G"))
    assert not checked()


def test_the_check_waits_for_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    joined("old_pair", made("procore", "P"), made("gp", "G"))
    monkeypatch.setattr(connection.introspection, "table_names", list)
    assert not checked()


def test_the_polls_of_one_that_does_not_fit_say_why() -> None:
    """Not “Unexpected: AttributeError”."""
    row = joined("gp_procore", made("procore", "P"), made("business_central", "Main books"))
    tasks.poll(row.flows.get(flow="vendors").pk)
    run = Run.objects.latest("pk")
    assert run.ok is False
    assert "needs Dynamics GP as its ledger" in run.sentence


# -- what goes ------------------------------------------------------------------------------------


def test_one_made_by_mistake_goes_and_one_with_documents_is_switched_off(
    admin_client: Browser,
) -> None:
    row = joined("bc_procore", made("procore", "Field"), made("business_central", "Books"))
    assert row.flows.exists()
    assert "Are you sure" in page(admin_client, f"{row.pk}/delete/")
    Record.objects.create(integration=row, flow="requisitions", source_id="1")
    assert f"{row.pk}/delete/" not in page(admin_client, f"{row.pk}/change/")
    assert admin_client.post(f"{PAGE}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    Record.objects.all().delete()
    assert sent(admin_client, f"{row.pk}/delete/", {"post": "yes"}) == ""
    assert not Integration.objects.exists()
