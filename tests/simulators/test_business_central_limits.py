"""Limits, faults on demand, kept state, and the demo company."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.simulators import company
from tests.simulators.business_central_story import VENDOR, Company, check_refused, eventually


@pytest.fixture(scope="module")
def shared() -> Iterator[Company]:
    started = Company()
    yield started
    started.close()


@pytest.fixture
def bc(shared: Company) -> Company:
    shared.control("POST", "reset")
    shared.sign_in()
    return shared


def faults(bc: Company, **rule: object) -> None:
    bc.control("POST", "faults", {"rules": [rule]})


# Limits.


def test_a_sliding_window_of_requests(bc: Company) -> None:
    bc.control("POST", "limits", {"requests": 3, "window": 300})
    for _ in range(3):
        assert bc.call("GET", "vendors?$top=1").status_code == 200
    answer = bc.call("GET", "vendors?$top=1")
    check_refused(answer, "Application_TooManyRequests",
                  "Too many requests reached. Actual (4). Maximum (3).", 429)  # fmt: skip
    assert "Retry-After" not in answer.headers
    bc.control("POST", "clock", {"offset": 301})
    assert bc.call("GET", "vendors?$top=1").status_code == 200


def test_the_wait_may_be_told(bc: Company) -> None:
    bc.control("POST", "limits", {"requests": 0, "retry_after": 7})
    assert bc.call("GET", "vendors").headers["Retry-After"] == "7"


def test_a_batch_counts_its_operations(bc: Company) -> None:
    bc.control("POST", "limits", {"requests": 5})
    work = [{"id": str(n), "method": "GET", "headers": {},
             "url": f"companies({bc.ready['company_id']})/vendors?$top=1"} for n in range(4)
    ]  # fmt: skip
    assert bc.call("POST", f"{bc.root}/$batch", json={"requests": work}).status_code == 200
    assert bc.call("POST", f"{bc.root}/$batch", json={"requests": work}).status_code == 429


def test_the_sign_in_does_not_count(bc: Company) -> None:
    bc.control("POST", "limits", {"requests": 1})
    for _ in range(3):
        bc.sign_in()
    assert bc.call("GET", "vendors?$top=1").status_code == 200


def test_few_at_once_the_others_wait_or_are_refused(bc: Company) -> None:
    bc.control("POST", "limits", {"concurrent": 1, "queue": 1})
    faults(bc, action="slow", path="vendors", seconds=0.4, times=None)
    with ThreadPoolExecutor(3) as pool:
        work = [pool.submit(bc.call, "GET", "vendors?$top=1") for _ in range(3)]
        statuses = sorted(each.result().status_code for each in work)
    assert statuses == [200, 200, 429]
    assert max(bc.control("GET", "limits")["most_at_once"].values()) <= 5


def test_waiting_too_long_in_the_queue(bc: Company) -> None:
    bc.control("POST", "limits", {"concurrent": 1, "wait": 0.1})
    faults(bc, action="slow", path="vendors", seconds=0.6, times=1)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(bc.call, "GET", "vendors?$top=1")
        time.sleep(0.2)
        answer = bc.call("GET", "vendors?$top=1")
    assert slow.result().status_code == 200
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


def test_a_body_that_is_too_large(bc: Company) -> None:
    bc.control("POST", "limits", {"body": 100})
    assert bc.call("POST", "vendors", json={"displayName": "x" * 200}).status_code == 413


# Faults.


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "3"}])
def test_an_injected_refusal_is_not_executed(bc: Company, headers: dict[str, str]) -> None:
    body = {"error": {"code": "Application_TooManyRequests", "message": "Too many requests"}}
    for status in (429, 503):
        faults(bc, action="status", method="POST", path="vendors", status=status, body=body,
               headers=headers)  # fmt: skip
        answer = bc.call("POST", "vendors", json={"number": "NEW"})
        assert answer.status_code == status
        assert answer.headers.get("Retry-After") == headers.get("Retry-After")
    assert bc.value("vendors", filter="number eq 'NEW'") == []


def test_an_answer_is_cut_before_or_after_the_write(bc: Company) -> None:
    for action, count in (("cut_before", 0), ("cut_after", 1)):
        faults(bc, action=action, method="POST", path="vendors")
        with pytest.raises(requests.ConnectionError):
            bc.call("POST", "vendors", json={"number": "NEW"})
        assert len(bc.value("vendors", filter="number eq 'NEW'")) == count


def test_a_gateway_gives_up_after_the_write(bc: Company) -> None:
    invoice = bc.draft()
    bc.by_hand("answer_after", method="POST", path="Microsoft.NAV.post$", status=504)
    path = f"purchaseInvoices({invoice['id']})"
    assert bc.call("POST", f"{path}/Microsoft.NAV.post").status_code == 504
    assert bc.get(path)["status"] == "Open"


def test_a_deadlock_reads_like_one(bc: Company) -> None:
    text = "Your activity was deadlocked with another user. Please retry the activity."
    faults(bc, action="status", status=400, path="vendors",
           body={"error": {"code": "Application_DialogException", "message": text}})  # fmt: skip
    assert "deadlocked" in bc.call("GET", "vendors").json()["error"]["message"]
    assert bc.call("GET", "vendors").status_code == 200


def test_a_request_is_parked_before_it_is_carried_out(bc: Company) -> None:
    faults(bc, action="park_before", method="POST", path="vendors")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(bc.call, "POST", "vendors", json={"number": "NEW"})
        eventually(lambda: bc.control("GET", "parked"))
        assert bc.value("vendors", filter="number eq 'NEW'") == []
        bc.control("POST", "release", {})
        assert held.result().status_code == 201


def test_the_log_names_routes_without_ids(bc: Company) -> None:
    bc.posted()
    seen = bc.control("GET", "requests")["counters"]
    route = "POST /companies({id})/purchaseInvoices({id})/Microsoft.NAV.post"
    assert seen[route] == 1


def test_read_intent_is_refused_on_writes(bc: Company) -> None:
    bc.refused("POST", "vendors", {"number": "X"}, code="BadRequest",
               headers={"Data-Access-Intent": "ReadOnly"})  # fmt: skip


# State and company.


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    before = Company(state_dir=tmp_path)
    invoice = before.posted()
    token = before.session.headers["Authorization"]
    before.close()
    after = Company(state_dir=tmp_path)
    after.session.headers["Authorization"] = token
    assert after.get(f"purchaseInvoices({invoice['id']})")["number"] == invoice["number"]
    assert after.posted("PC-2")["number"] == "108002"
    assert after.ledger()["balanced"]
    after.close()


def test_an_empty_company_has_accounts_but_no_vendors() -> None:
    bc = Company(company="empty")
    assert bc.value("vendors") == []
    assert len(bc.value("accounts")) == len(company.ACCOUNTS)
    bc.close()


def test_two_companies_have_the_same_ids() -> None:
    one, other = Company(), Company()
    assert one.vendor(VENDOR)["id"] == other.vendor(VENDOR)["id"]
    one.close()
    other.close()


def test_wrong_control_requests_are_told(bc: Company) -> None:
    url = f"{bc.ready['control_url']}/business_central"
    for action, body in (("pay", {"id": "x"}), ("settings", {"colour": 1}), ("dance", {}),
                         ("block_vendor", {"number": "NOBODY"})):  # fmt: skip
        assert requests.post(f"{url}/{action}", json=body).status_code in (400, 404)


def test_the_demo_company_is_believable() -> None:
    vendors = company.VENDORS
    assert len(vendors) == len({v.number for v in vendors}) == len({v.name for v in vendors}) == 300
    assert max(len(v.name) for v in vendors) == 100
    assert {v.blocked for v in vendors} == {"", "All", "Payment"}
    assert {v.currency for v in vendors} == {"USD", "EUR", "CAD"}
    assert len(company.JOBS) == 6
    assert len(company.COST_CODES) >= 60
    assert len({cost.code for cost in company.COST_CODES}) == len(company.COST_CODES)


def test_the_mappings_lead_to_accounts_that_can_be_posted_to() -> None:
    usable = {a.number for a in company.ACCOUNTS
              if a.account_type == "Posting" and a.direct_posting and not a.blocked}  # fmt: skip
    assert {rule.account for rule in company.MAPPINGS} <= usable
    assert set(company.ACCOUNT_RULES.values()) <= usable
    values = {d.code: set(d.values) for d in company.DIMENSIONS}
    for rule in company.MAPPINGS:
        assert all(value in values[code] for code, value in rule.dimensions.items())
    mapped = {rule.cost_code for rule in company.MAPPINGS}
    everything = {cost.code for cost in company.COST_CODES}
    assert everything - mapped == set(company.UNMAPPED_COST_CODES)
