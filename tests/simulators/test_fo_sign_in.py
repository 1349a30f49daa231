"""Signing in to F&O: the token endpoints, audiences, mapped users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.simulators.fo.story import Environment


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment(company="empty")
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def test_version_two_answers_with_numbers(fo: Environment) -> None:
    body = fo.token().json()
    assert set(body) == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    assert body["expires_in"] == 3599


def test_version_one_answers_with_strings(fo: Environment) -> None:
    body = fo.token(version=1).json()
    assert (body["expires_in"], body["ext_expires_in"]) == ("3599", "3599")
    assert body["resource"] == fo.simulator.url
    assert int(body["expires_on"]) - int(body["not_before"]) == 3599
    fo.session.headers["Authorization"] = f"Bearer {body['access_token']}"
    assert fo.rows("LegalEntities")


@pytest.mark.parametrize("change", ["slash", "capitals"])
def test_the_audience_is_the_origin_to_the_letter(fo: Environment, change: str) -> None:
    url = fo.simulator.url
    wrong = f"{url}/" if change == "slash" else url.upper()
    for version, form in ((1, {"resource": wrong}), (2, {"scope": f"{wrong}/.default"})):
        answer = fo.token(version, **form)
        assert answer.status_code == 400
        assert answer.json()["error_codes"] == [65001]


def test_another_resource_has_no_principal(fo: Environment) -> None:
    assert fo.token(1, resource="https://graph.microsoft.com").json()["error_codes"] == [500011]
    assert fo.token(2, scope="https://graph.microsoft.com/.default").status_code == 400


def test_a_scope_ends_with_default(fo: Environment) -> None:
    assert fo.token(scope=fo.simulator.url).json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "someone"}, 400, "unauthorized_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"tenant": "common"}, 400, "invalid_request"),
    ],
)
def test_what_entra_refuses(
    fo: Environment, changes: dict[str, Any], status: int, error: str
) -> None:
    answer = fo.token(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith("AADSTS")


def test_an_expired_secret(fo: Environment) -> None:
    fo.by_hand("app", secret_expired=True)
    assert fo.token().json()["error_codes"] == [7000222]


def unauthorized(answer: requests.Response) -> bool:
    return answer.status_code == 401 and answer.content == b""


def test_no_token_or_a_wrong_one_is_401_without_a_body(fo: Environment) -> None:
    for header in ("", "Bearer nonsense", fo.session.headers["Authorization"][7:]):
        for path in ("data/VendorsV3", "data/$batch", "Metadata/DataEntities"):
            answer = requests.get(f"{fo.simulator.url}/{path}", headers={"Authorization": header})
            assert unauthorized(answer)


def test_a_client_that_is_mapped_to_no_user(fo: Environment) -> None:
    fo.by_hand("app", mapped=False)
    fo.sign_in()  # Entra ID knows the application …
    assert unauthorized(fo.call("GET", "LegalEntities"))  # … and the environment does not


def test_a_token_expires(fo: Environment) -> None:
    fo.control("POST", "clock", {"offset": 3600})
    assert unauthorized(fo.call("GET", "LegalEntities"))
    fo.sign_in()
    assert fo.rows("LegalEntities")


def test_tokens_are_revoked(fo: Environment) -> None:
    fo.faults(action="revoke_tokens", path="/data")
    assert unauthorized(fo.call("GET", "LegalEntities"))
    fo.sign_in()
    assert fo.rows("SysAADClients")[0]["AADClientId"] == fo.ready["client_id"]


def test_a_set_that_the_role_does_not_reach(fo: Environment) -> None:
    fo.settings(denied=["VendorsV3:post"])
    fo.refused(fo.call("POST", "VendorsV3", json={}), "Access denied", 403)
    assert fo.call("GET", "VendorsV3").status_code == 200
