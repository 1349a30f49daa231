"""Entra ID and the doors of the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.simulators.business_central_story import Company, check_refused


@pytest.fixture(scope="module")
def shared() -> Iterator[Company]:
    company = Company()
    yield company
    company.close()


@pytest.fixture
def bc(shared: Company) -> Company:
    shared.control("POST", "reset")
    shared.sign_in()
    return shared


def test_a_token_says_how_long_it_lives(bc: Company) -> None:
    answer = bc.token()
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == answer.json()["ext_expires_in"] == 3599


def test_the_old_token_endpoint_writes_numbers_as_strings(bc: Company) -> None:
    form = {"grant_type": "client_credentials", "client_id": bc.ready["client_id"],
            "client_secret": bc.ready["client_secret"],
            "resource": "https://api.businesscentral.dynamics.com"}  # fmt: skip
    url = f"{bc.ready['login_url']}/{bc.ready['tenant_id']}/oauth2/token"
    assert requests.post(url, data=form).json()["expires_in"] == "3599"


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "nobody"}, 400, "unauthorized_client", 700016),
        ({"tenant": "elsewhere"}, 400, "invalid_request", 90002),
        ({"scope": "https://api.businesscentral.dynamics.com"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://graph.microsoft.com/.default"}, 400, "invalid_scope", 70011),
    ],
)
def test_a_wrong_request_for_a_token(
    bc: Company, changes: dict[str, str], status: int, error: str, number: int
) -> None:
    answer = bc.token(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_codes"] == [number]
    assert answer.json()["error_description"].startswith(f"AADSTS{number}: ")
    assert answer.json()["error_uri"].endswith(f"code={number}")


def test_an_expired_secret(bc: Company) -> None:
    bc.by_hand("app", secret_expired=True)
    assert bc.token().json()["error_codes"] == [7000222]


def rejected(bc: Company, url: str = "") -> None:
    answer = bc.session.get(url or f"{bc.base}/vendors")
    check_refused(answer, "Authentication_InvalidCredentials", "has rejected the client", 401)


def test_without_a_token_there_is_no_answer(bc: Company) -> None:
    bc.session.headers["Authorization"] = "Bearer made-up"
    rejected(bc)


def test_a_token_expires(bc: Company) -> None:
    bc.control("POST", "clock", {"offset": 3590})
    assert bc.get("vendors", top=1)
    bc.control("POST", "clock", {"offset": 3600})
    rejected(bc)


def test_a_fault_revokes_all_tokens(bc: Company) -> None:
    bc.control("POST", "faults", {"rules": [{"action": "revoke_tokens", "path": "vendors"}]})
    rejected(bc)
    bc.sign_in()
    assert bc.get("vendors", top=1)


@pytest.mark.parametrize("switch", [{"enabled": False}, {"consent": False}, {"remove": True}])
def test_an_app_that_the_environment_does_not_know(bc: Company, switch: dict[str, bool]) -> None:
    bc.by_hand("app", **switch)
    rejected(bc)


def test_a_token_of_another_tenant(bc: Company) -> None:
    rejected(bc, bc.base.replace(bc.ready["tenant_id"], "8e8e8e8e-0000-4000-8000-000000000000"))


def test_the_tenant_may_be_left_out_or_be_a_domain(bc: Company) -> None:
    for other in ("", "keystoneridge.example/"):
        url = bc.base.replace(f"{bc.ready['tenant_id']}/", other)
        assert bc.session.get(f"{url}/vendors?$top=1").status_code == 200


def test_an_unknown_environment(bc: Company) -> None:
    answer = bc.session.get(bc.base.replace("/production/", "/sandbox/") + "/vendors")
    check_refused(answer, "NoEnvironment", "does not exist", 404)


def test_environment_names_have_no_case_and_can_be_listed(bc: Company) -> None:
    assert bc.session.get(bc.base.replace("/production/", "/Production/") + "/vendors").ok
    listed = bc.session.get(f"{bc.simulator.url}/environments/v1.2").json()["value"]
    assert listed[0]["aadTenantId"] == bc.ready["tenant_id"]


def test_companies_are_read_only_and_have_no_etag(bc: Company) -> None:
    rows = bc.value(f"{bc.root}/companies")
    assert [row["name"] for row in rows] == [bc.ready["company_name"]]
    assert "@odata.etag" not in rows[0]
    bc.refused("POST", f"{bc.root}/companies", {}, code="BadRequest_MethodNotAllowed",
               text="'POST' requests for 'companies'", status=405)  # fmt: skip


def test_a_company_by_query_and_one_that_does_not_exist(bc: Company) -> None:
    named = {"company": bc.ready["company_name"]}
    assert bc.session.get(f"{bc.root}/vendors", params=named).ok
    for wrong in (bc.base.replace(bc.ready["company_id"], "0" * 8 + "-0000" * 3 + "-" + "0" * 12),):
        check_refused(bc.session.get(f"{wrong}/vendors"), "Internal_CompanyNotFound", "", 404)
    check_refused(bc.session.get(f"{bc.root}/vendors"), "Internal_CompanyNotFound", "", 404)


def test_an_unknown_set_and_a_wrong_version(bc: Company) -> None:
    bc.refused("GET", "suppliers", code="BadRequest_ResourceNotFound",
               text="Resource not found for the segment 'suppliers'.", status=404)  # fmt: skip
    assert bc.session.get(bc.base.replace("/api/v2.0/", "/api/v9.0/")).status_code == 404


def test_missing_permissions_come_as_an_application_error(bc: Company) -> None:
    bc.by_hand("settings", denied=["purchaseInvoice:insert"])
    assert bc.value("purchaseInvoices") == []
    bc.refused("POST", "purchaseInvoices", {"vendorNumber": "V10124"},
               text="You do not have the following permissions on TableData")  # fmt: skip


def test_metadata_names_fields_sets_and_actions(bc: Company) -> None:
    text = bc.session.get(f"{bc.root}/$metadata").text
    assert '<EntitySet Name="purchaseInvoices"' in text
    assert '<Property Name="vendorInvoiceNumber" Type="Edm.String" MaxLength="35" />' in text
    assert '<Action Name="post" IsBound="true">' in text
    sets = {row["name"] for row in bc.value(bc.root)}
    assert {"companies", "vendors", "journals"} <= sets
