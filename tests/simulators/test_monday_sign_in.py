"""Tokens, OAuth 2.1, versions, bodies that are none, idempotency keys, kept state."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from .monday import site
from .monday.office import CREATE, Office, Receiver, an_office
from .server import wait_for

ME = "{ me { id name account { id slug tier plan { tier max_users } } } }"
BACK = "https://erp.example/monday/cb?x=1"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0001"


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def digest(verifier: str = VERIFIER) -> str:
    found = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode()


def asked(office: Office, **more: str) -> dict[str, str]:
    return {
        "client_id": office.facts["client_id"], "redirect_uri": BACK, "response_type": "code",
        "state": "s-1", "scope": "boards:read boards:write me:read account:read",
        "code_challenge": digest(), "code_challenge_method": "S256", **more,
    }  # fmt: skip


def consents(office: Office, decision: str = "allow", **more: str) -> dict[str, str]:
    """Somebody presses the button; what comes back in the address."""
    form = {**asked(office, **more), "decision": decision, "user": str(site.BOT)}
    answer = requests.post(
        f"{office.url}/oauth2/authorize", data=form, timeout=10, allow_redirects=False
    )
    assert answer.status_code == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    return {name: values[0] for name, values in query.items()}


def token(office: Office, **given: str) -> requests.Response:
    body = {"client_id": office.facts["client_id"],
            "client_secret": office.facts["client_secret"], **given}  # fmt: skip
    return requests.post(office.facts["token_url"], json=body, timeout=10)


def by_code(office: Office, code: str, **more: str) -> requests.Response:
    return token(office, **{
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK,
        "code_verifier": VERIFIER, **more,
    })  # fmt: skip


def refresh(office: Office, refresh_token: str) -> requests.Response:
    return token(office, grant_type="refresh_token", refresh_token=refresh_token)


def test_a_personal_token_is_sent_raw_or_as_bearer(office: Office) -> None:
    found = office.get(ME)["me"]
    assert (found["id"], found["name"]) == (office.facts["user_id"], "ML Connector")
    assert found["account"]["plan"]["tier"] == "pro"
    bearer = {"Authorization": f"Bearer {office.token}"}
    assert office.get(ME, headers=bearer)["me"]["id"] == found["id"]


def test_unknown_tokens_viewers_and_closed_doors(office: Office) -> None:
    nobody = {"Authorization": "nothing"}
    answer = office.ask(ME, headers=nobody)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
        401, "NOT_AUTHENTICATED",
    )  # fmt: skip
    office.settle(unauthorized_body="flat")
    assert office.ask(ME, headers=nobody).json()["error_code"] == "Unauthorized"
    office.settle(unauthorized_body="list")
    assert office.ask(ME, headers=nobody).json()["errors"] == ["Not Authenticated"]
    viewer = office.ask(ME, headers={"Authorization": site.VIEWER_TOKEN})
    assert viewer.status_code == 403
    assert viewer.json()["errors"][0]["extensions"]["code"] == "USER_ACCESS_DENIED"
    office.settle(access="blocked")
    assert office.code(ME) == "API_TEMPORARILY_BLOCKED"
    office.settle(access="ip", unauthorized_body="graphql")
    assert "restricted" in office.refused(ME)["message"]


def test_a_new_personal_token_kills_the_old_one(office: Office) -> None:
    new = office.person("token")["token"]
    assert office.ask(ME).status_code == 401
    office.token = new
    assert office.get(ME)
    office.control("POST", "monday/revoke_tokens", {"kind": "personal"})
    assert office.ask(ME).status_code == 401


def test_the_consent_page_leads_back_with_code_and_state(office: Office) -> None:
    page = requests.get(office.facts["authorize_url"], params=asked(office), timeout=10)
    assert page.status_code == 200
    assert "boards:write" in page.text
    assert "Dana Whitfield" in page.text
    back = consents(office)
    assert (back["state"], back["x"]) == ("s-1", "1")
    pair = by_code(office, back["code"]).json()
    assert set(pair) == {"access_token", "refresh_token", "token_type", "scope"}
    body = pair["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert claims["exp"] - claims["iat"] == 3600
    office.token = pair["access_token"]
    assert office.get(ME)["me"]["id"] == str(site.BOT)
    assert consents(office, "deny") == {"error": "access_denied", "state": "s-1", "x": "1"}
    assert consents(office, scope="boards:everything")["error"] == "invalid_scope"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"redirect_uri": "nowhere"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_what_the_authorize_page_refuses(office: Office, given: dict[str, str], error: str) -> None:
    page = requests.get(office.facts["authorize_url"], params=asked(office, **given), timeout=10)
    assert (page.status_code, page.json()["error"]) == (400, error)


def test_a_code_works_once_and_only_for_its_verifier(office: Office) -> None:
    code = consents(office)["code"]
    wrong = by_code(office, code, code_verifier="b" * 50)
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
    assert by_code(office, code, redirect_uri="https://other.example").status_code == 400
    assert by_code(office, code, client_secret="wrong").json()["error"] == "invalid_client"
    assert by_code(office, code).status_code == 200
    assert by_code(office, code).json()["error"] == "invalid_grant"
    late = consents(office)["code"]
    office.later(601)
    assert by_code(office, late).json()["error"] == "invalid_grant"


def test_access_expires_and_a_refresh_token_works_once(office: Office) -> None:
    first = by_code(office, consents(office)["code"]).json()
    office.token = first["access_token"]
    office.later(3601)
    assert office.ask(ME).status_code == 401
    second = refresh(office, first["refresh_token"]).json()
    office.token = second["access_token"]
    assert office.get(ME)
    assert second["refresh_token"] != first["refresh_token"]
    assert refresh(office, first["refresh_token"]).json()["error"] == "invalid_grant"
    assert office.ask(ME).status_code == 401, "a used refresh token burns the grant"
    assert refresh(office, second["refresh_token"]).json()["error"] == "invalid_grant"


def test_consent_ends_after_half_a_year_and_by_revocation(office: Office) -> None:
    pair = office.control("POST", "monday/consent", {}).json()
    office.later(181 * 86400)
    assert refresh(office, pair["refresh_token"]).json()["error"] == "invalid_grant"
    pair = office.control("POST", "monday/consent", {}).json()
    body = {"token": pair["refresh_token"], "client_id": office.facts["client_id"],
            "client_secret": office.facts["client_secret"]}  # fmt: skip
    answer = requests.post(office.facts["revoke_url"], json=body, timeout=10)
    assert answer.json() == {"success": True}
    office.token = pair["access_token"]
    assert office.ask(ME).status_code == 401


def test_too_few_scopes_are_told_inside_200(office: Office) -> None:
    scopes = {"scopes": ["me:read", "boards:read"]}
    office.token = office.control("POST", "monday/consent", scopes).json()["access_token"]
    answer = office.ask(CREATE, b=office.board, n="X", v="{}")
    error = answer.json()["errors"][0]
    assert answer.status_code == 200
    assert error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert error["extensions"]["missingRequiredPermissions"] == ["boards:write"]


def test_the_version_header(office: Office) -> None:
    query = "{ version { value kind } versions { value kind } }"
    for header, value in (
        ("", "2026-10"), ("2026-07", "2026-07"), ("2026-11", "2026-10"), ("2024-10", "2025-04"),
        ("2025-01", "2025-04"), ("dev", "dev"),
    ):  # fmt: skip
        found = office.get(query, headers={"API-Version": header})
        assert found["version"]["value"] == value
    assert {"value": "2026-10", "kind": "current"} in found["versions"]
    error = office.refused(query, headers={"API-Version": "2026"})
    assert error["extensions"]["code"] == "InvalidVersionException"
    old = "{ me { id is_admin enabled } }"
    assert office.ask(old, checked=False).json()["errors"][0]["extensions"]["code"] == (
        "GRAPHQL_VALIDATION_FAILED"
    )
    answer = office.ask(old, checked=False, headers={"API-Version": "2026-07"})
    assert answer.json()["data"]["me"]["is_admin"] is True


def test_bodies_that_cannot_run(office: Office) -> None:
    def post(body: Any) -> requests.Response:
        data = body if isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": office.token, "Content-Type": "application/json"}
        return requests.post(office.facts["api_url"], data=data, headers=headers, timeout=10)

    def code(answer: requests.Response) -> Any:
        return answer.json()["errors"][0]["extensions"]["code"]

    broken = post("{no")
    assert (broken.status_code, code(broken)) == (400, "JsonParseException")
    assert (post({}).status_code, code(post({}))) == (400, "Bad request")
    assert post({"query": ME, "variables": "{}"}).status_code == 400
    syntax = post({"query": "{ me { "})
    assert syntax.status_code == 200
    assert syntax.json()["errors"][0]["message"].startswith("Parse error on")
    unknown = post({"query": "{ me { nope } }"})
    assert (unknown.status_code, code(unknown)) == (200, "GRAPHQL_VALIDATION_FAILED")
    assert "Cannot query field 'nope' on type 'User'" in unknown.json()["errors"][0]["message"]
    mixed = post({"query": "{ me { id } __schema { queryType { name } } }"})
    assert "errors" in mixed.json()
    assert "data" in post({"query": "{ __schema { queryType { name } } }"}).json()
    fine = post({"query": "query A { me { id } } query B { account { id } }", "operationName": "B"})
    assert fine.json()["data"] == {"account": {"id": str(site.ACCOUNT_ID)}}
    assert fine.json()["extensions"]["request_id"]
    text = "{ boards { columns { settings_str } } }"
    assert post({"query": text}).json()["extensions"]["warnings"][0]["code"] == "deprecatedField"


def create_with(office: Office, key: str, name: str) -> requests.Response:
    given: dict[str, Any] = {"b": office.board, "n": name, "v": "{}"}
    return office.ask(CREATE, headers={"Idempotency-Key": key}, **given)


def test_a_key_brings_the_same_answer_for_half_an_hour(office: Office) -> None:
    first = create_with(office, "k-1", "PI-1")
    again = create_with(office, "k-1", "PI-1")
    assert again.json() == first.json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert create_with(office, "k-2", "PI-1").json()["data"] != first.json()["data"]
    office.later(1801)
    late = create_with(office, "k-1", "PI-1")
    assert late.json()["data"] != first.json()["data"]


def test_an_answer_that_was_lost_is_replayed(office: Office) -> None:
    office.faults({"action": "cut_after", "path": "create_item"})
    with pytest.raises(requests.ConnectionError):
        create_with(office, "k-1", "PI-1")
    office.faults({"action": "cut_before", "path": "create_item"})
    with pytest.raises(requests.ConnectionError):
        create_with(office, "k-2", "PI-2")
    create_with(office, "k-1", "PI-1")
    create_with(office, "k-2", "PI-2")
    names = [one["name"] for one in office.ledger()["boards"][0]["items"]]
    assert (names.count("PI-1"), names.count("PI-2")) == (1, 1)


def test_a_key_that_is_being_processed_is_a_conflict(office: Office) -> None:
    office.faults({"action": "park_before", "path": "create_item"})
    answers: list[requests.Response] = []
    other = threading.Thread(target=lambda: answers.append(create_with(office, "k-1", "PI-1")))
    other.start()
    wait_for(lambda: office.control("GET", "parked").json())
    conflict = create_with(office, "k-1", "PI-1")
    assert conflict.status_code == 409
    assert conflict.json()["errors"][0]["extensions"]["code"] == "IDEMPOTENCY_CONFLICT"
    assert conflict.headers["Retry-After"]
    office.control("POST", "release", {})
    other.join()
    assert answers[0].json()["data"]["create_item"]


def test_errors_are_not_kept_for_a_key(office: Office) -> None:
    given: dict[str, Any] = {"b": office.board, "n": "PI-1", "v": '{"nav_key": "PI-1"}'}
    headers = {"Idempotency-Key": "k-1"}
    assert "errors" in office.ask(CREATE, headers=headers, **given).json()
    office.add_column("text", "nav_key")
    assert "errors" not in office.ask(CREATE, headers=headers, **given).json()


def test_state_is_kept_between_runs(tmp_path: Path) -> None:
    with Office(state=tmp_path) as office, Receiver() as receiver:
        number = office.create("PI-1")
        office.hook(receiver.url, "create_item")
    with Office(state=tmp_path) as office:
        assert office.item(number)["name"] == "PI-1"
        assert len(office.ledger()["webhooks"]) == 1
        office.control("POST", "reset")
        assert office.get("query($i: [ID!]) { items(ids: $i) { id } }", i=[number])["items"] == []
