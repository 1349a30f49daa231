"""Tokens, the company header, permissions and the two rate windows."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import requests

from .procore_office import Office, an_office


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def token_call(office: Office, **data: str) -> requests.Response:
    facts = {name: office.facts[name] for name in ("client_id", "client_secret")}
    data = {"grant_type": "client_credentials", **facts, **data}
    return requests.post(f"{office.url}/oauth/token", data=data, timeout=10)


def test_a_token_lives_5400_seconds_and_has_no_refresh_token(office: Office) -> None:
    body = token_call(office).json()
    assert body["expires_in"] == 5400
    assert body["token_type"] == "Bearer"
    assert "refresh_token" not in body
    office.clock(offset=5399)
    assert office.ask("GET", "v1.0/me").status_code == 200
    office.clock(offset=5410)
    answer = office.ask("GET", "v1.0/me")
    assert (answer.status_code, answer.json()) == (401, {"errors": "The access token is invalid"})


def test_a_wrong_secret_and_another_grant_are_refused(office: Office) -> None:
    wrong = token_call(office, client_secret="no")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    other = token_call(office, grant_type="password")
    assert (other.status_code, other.json()["error"]) == (400, "unsupported_grant_type")


def test_several_tokens_are_valid_together_until_revoked(office: Office) -> None:
    first, second = office.token(), office.token()
    info = {"Authorization": f"Bearer {first}"}
    facts = {name: office.facts[name] for name in ("client_id", "client_secret")}
    for token in (second, "unknown"):
        body = {"token": token, **facts}
        assert requests.post(f"{office.url}/oauth/revoke", data=body, timeout=10).ok
    shown = requests.get(f"{office.url}/oauth/token/info", headers=info, timeout=10).json()
    assert 5390 < shown["expires_in_seconds"] <= 5400
    assert shown["application"]["uid"] == office.facts["client_id"]
    office.session.headers["Authorization"] = f"Bearer {second}"
    assert office.ask("GET", "v1.0/me").status_code == 401


def test_the_body_of_a_401_has_several_shapes(office: Office) -> None:
    office.session.headers["Authorization"] = "Bearer nonsense"
    for shape in ("error", "message"):
        office.control("POST", "settings", {"unauthorized_body": shape})
        assert shape in office.ask("GET", "v1.0/me").json()


def test_a_missing_company_header_looks_like_nothing_there(office: Office) -> None:
    del office.session.headers["Procore-Company-Id"]
    answer = office.ask("GET", "v1.0/projects", company_id=office.company)
    assert (answer.status_code, answer.json()) == (404, {"errors": "Item not found"})
    office.control("POST", "settings", {"company_header": "400"})
    assert office.ask("GET", "v1.0/me").json()["errors"].startswith("Missing Procore-Company-Id")
    office.control("POST", "settings", {"company_header": "off"})
    assert office.ask("GET", "v1.0/me").status_code == 200


def test_a_company_without_the_app_is_forbidden(office: Office) -> None:
    office.session.headers["Procore-Company-Id"] = "1"
    answer = office.ask("GET", "v1.0/me")
    assert answer.status_code == 403
    assert answer.json() == {"errors": ["App is not connected to this company."]}
    office.session.headers["Procore-Company-Id"] = office.company
    office.control("POST", "settings", {"installed": False})
    assert office.ask("GET", "v1.0/me").status_code == 403


def test_errors_of_v2_have_their_own_shape(office: Office) -> None:
    path = f"v2.0/companies/{office.company}/webhooks/hooks/77"
    answer = office.ask("GET", path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "NOT_FOUND"


def test_every_answer_says_what_is_left_of_the_nearer_window(office: Office) -> None:
    office.control("POST", "limits", {"spike": 3, "spike_seconds": 10, "hourly": 100})
    left = []
    for _ in range(3):
        answer = office.ask("GET", "v1.0/nothing")
        assert answer.headers["X-Rate-Limit-Limit"] == "3"
        left.append(answer.headers["X-Rate-Limit-Remaining"])
    assert left == ["2", "1", "0"]
    refused = office.ask("GET", "v1.0/me")
    assert refused.status_code == 429
    assert refused.json()["errors"].startswith("You have surpassed")
    assert 0 < int(refused.headers["Retry-After"]) <= 11
    assert 0 <= int(refused.headers["X-Rate-Limit-Reset"]) - time.time() <= 11
    office.clock(offset=11)
    assert office.ask("GET", "v1.0/me").status_code == 200


def test_the_hour_is_limited_too(office: Office) -> None:
    office.control("POST", "limits", {"spike": 100, "hourly": 2})
    assert [office.ask("GET", "v1.0/me").status_code for _ in range(3)] == [200, 200, 429]
    office.clock(offset=60)
    office.sign_in()
    answer = office.ask("GET", "v1.0/me")
    assert answer.status_code == 429
    assert answer.headers["X-Rate-Limit-Limit"] == "2"
    assert int(answer.headers["Retry-After"]) > 3000


def test_control_requests_are_not_counted(office: Office) -> None:
    office.control("POST", "limits", {"spike": 1})
    for _ in range(5):
        office.control("GET", "clock")
    assert office.ask("GET", "v1.0/me").status_code == 200
    assert office.control("GET", "requests").json()["total"] == 1


def test_an_unknown_version_or_verb_is_refused(office: Office) -> None:
    assert office.ask("GET", "v1.2/projects", company_id=office.company).status_code == 404
    answer = office.ask("DELETE", "v1.0/vendors/1")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, PATCH")
