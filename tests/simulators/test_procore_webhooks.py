"""Hooks, triggers, and deliveries that really go out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from .procore_office import Office, Receiver, an_office
from .server import wait_for

SECRET = "Bearer very-secret-12345"
HOUR = 3600.0


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def root(office: Office, project: bool = True) -> str:
    scope = f"/projects/{office.project()}" if project else ""
    return f"v2.0/companies/{office.company}{scope}/webhooks"


def hook(
    office: Office, url: str, *wanted: str, project: bool = True, version: str = "v4.0"
) -> str:
    """A hook with these triggers: "Direct Costs create"."""
    body = {
        "payload_version": version, "namespace": "ml-connector", "destination_url": url,
        "destination_headers": {"Authorization": SECRET},
    }  # fmt: skip
    made = office.send("POST", f"{root(office, project)}/hooks", body)["data"]
    triggers = [dict(zip(("resource_name", "event_type"), text.rsplit(" ", 1), strict=True))
                for text in wanted]  # fmt: skip
    path = f"{root(office, project)}/hooks/{made['id']}/triggers/bulk"
    office.send("POST", path, triggers)
    number: str = made["id"]
    return number


def cost(office: Office, project: str = "P-1") -> Any:
    return office.story("direct_costs", project=project, direct_cost_type="expense",
                        lines=[{"amount": "5"}])  # fmt: skip


def log(office: Office, number: str, **query: str) -> list[Any]:
    found: list[Any] = office.get(f"{root(office)}/hooks/{number}/deliveries", **query)["data"]
    return found


def test_a_delivery_brings_ids_and_the_given_authorization(
    office: Office, receiver: Receiver
) -> None:
    number = hook(office, receiver.url, "Direct Costs create", "Direct Costs update")
    row = cost(office)
    body = receiver.waits_for(1)[0]
    assert receiver.got[0][0]["Authorization"] == SECRET
    assert {name: body[name] for name in ("reason", "resource_type", "resource_id")} == {
        "reason": "create", "resource_type": "Direct Costs", "resource_id": str(row["id"]),
    }  # fmt: skip
    assert body["project_id"] == str(office.project())
    assert len(body["id"]) == 26
    office.change("direct_costs", row["id"], status="approved")
    assert receiver.waits_for(2)[1]["reason"] == "update"
    wait_for(lambda: [d["status"] for d in log(office, number)] == ["delivered"] * 2)


def test_v2_payloads_have_numbers_and_metadata(office: Office, receiver: Receiver) -> None:
    hook(office, receiver.url, "Direct Costs create", version="v2.0")
    row = cost(office)
    body = receiver.waits_for(1)[0]
    assert (body["api_version"], body["event_type"]) == ("v2.0", "create")
    assert (body["resource_id"], body["company_id"]) == (row["id"], int(office.company))
    assert body["metadata"]["source_project_id"] == office.project()


def test_what_the_api_writes_names_the_service_account(office: Office, receiver: Receiver) -> None:
    hook(office, receiver.url, "Company Vendors update", project=False)
    body = {"company_id": int(office.company), "vendor": {"city": "Bonn"}}
    office.send("PATCH", f"v1.0/vendors/{office.vendor()}", body)
    office.change("vendors", office.vendor(), city="Berlin")
    by_api, by_people = receiver.waits_for(2)
    assert by_api["user_id"] == str(office.get("v1.0/me")["id"])
    assert by_people["user_id"] != by_api["user_id"]
    assert "project_id" not in by_api


def test_a_hook_covers_its_own_level_and_project_alone(office: Office, receiver: Receiver) -> None:
    hook(office, receiver.url, "Direct Costs create")
    cost(office, "P-2")
    row = cost(office)
    assert [body["resource_id"] for body in receiver.waits_for(1)] == [str(row["id"])]
    path = f"{root(office, project=False)}/hooks"
    number = hook(office, receiver.url, "Company Vendors create", project=False)
    wrong = {"resource_name": "Direct Costs", "event_type": "create"}
    assert office.ask("POST", f"{path}/{number}/triggers", wrong).status_code == 422


@pytest.mark.parametrize(
    "name", ["Requisitions", "Commitment Change Orders", "Prime Change Orders", "Tax Codes",
             "Billing Periods", "WBS Codes", "Subcontractor Invoices"],
)  # fmt: skip
def test_some_resources_have_no_webhook(office: Office, name: str) -> None:
    number = hook(office, "http://127.0.0.1:9/")
    body = {"resource_name": name, "event_type": "update"}
    answer = office.ask("POST", f"{root(office)}/hooks/{number}/triggers", body)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["source"]["pointer"] == "resource_name"
    path = f"{root(office)}/resources"
    rows = office.get(path, payload_version="v4.0", per_page=100)["data"]
    assert name not in {row["name"] for row in rows}


def test_an_event_that_a_resource_has_not_is_refused(office: Office) -> None:
    number = hook(office, "http://127.0.0.1:9/")
    body = {"resource_name": "Project Vendors", "event_type": "update"}
    assert office.ask("POST", f"{root(office)}/hooks/{number}/triggers", body).status_code == 422


def test_secrets_are_masked_and_bad_hooks_refused(office: Office) -> None:
    number = hook(office, "http://127.0.0.1:9/", "Direct Costs create")
    shown = office.get(f"{root(office)}/hooks/{number}")["data"]
    secret = shown["destination_headers"]["Authorization"]
    assert secret.endswith("12345")
    assert "very" not in secret
    assert shown["trigger_count"] == 1
    body = {"payload_version": "v4.0", "namespace": "Has Space", "destination_url": "http://x"}
    assert office.ask("POST", f"{root(office)}/hooks", body).status_code == 422
    assert office.ask("POST", f"{root(office)}/hooks", {"namespace": "a"}).status_code == 400
    office.control("POST", "settings", {"webhooks_permission": False})
    assert office.ask("GET", f"{root(office)}/hooks").status_code == 403


def test_hooks_are_changed_disabled_and_deleted(office: Office, receiver: Receiver) -> None:
    number = hook(office, receiver.url, "Direct Costs create")
    path = f"{root(office)}/hooks/{number}"
    assert office.send("PATCH", path, {"status": "disabled"})["data"]["status"] == "disabled"
    cost(office)
    office.send("PATCH", path, {"status": "active"})
    row = cost(office)
    assert receiver.waits_for(1)[0]["resource_id"] == str(row["id"])
    triggers = office.get(f"{path}/triggers")["data"]
    answer = office.send("DELETE", f"{path}/triggers/bulk", [triggers[0]["id"]])
    assert answer["data"]["succeeded"] == [triggers[0]["id"]]
    assert office.ask("DELETE", path).status_code == 204
    assert office.get(f"{root(office)}/hooks")["data"] == []


def test_bulk_says_what_it_could_not_make(office: Office) -> None:
    number = hook(office, "http://127.0.0.1:9/")
    path = f"{root(office)}/hooks/{number}/triggers/bulk"
    good = {"resource_name": "Direct Costs", "event_type": "create"}
    answer = office.ask("POST", path, [good, {"resource_name": "Moon", "event_type": "create"}])
    assert answer.status_code == 207
    assert office.ask("POST", path, [good] * 501).status_code == 413


def test_v1_hooks_with_company_or_project(office: Office, receiver: Receiver) -> None:
    path, scope = "v1.0/webhooks/hooks", {"project_id": office.project()}
    given = {"api_version": "v2", "namespace": "a", "destination_url": receiver.url,
             "destination_headers": {"Authorization": SECRET}}  # fmt: skip
    made = office.send("POST", path, {**scope, "hook": given})
    assert (made["owned_by_project_id"], made["owned_by_company_id"]) == (office.project(), None)
    trigger = {"resource_name": "Direct Costs", "event_type": "create"}
    body = {**scope, "api_version": "v2", "trigger": trigger}
    assert office.send("POST", f"{path}/{made['id']}/triggers", body)["event_type"] == "CREATE"
    assert office.ask("POST", f"{path}/{made['id']}/triggers", body).status_code == 422
    row = cost(office)
    assert receiver.waits_for(1)[0]["resource_id"] == row["id"]
    deliveries = f"{path}/{made['id']}/deliveries"
    wait_for(lambda: office.get(deliveries, **scope))
    found = office.get(deliveries, **scope, **{"filters[status]": "successful"})
    assert found[0]["outcome"] == "ok"
    assert found[0]["response_status"] == 204
    start = {"page_start": found[0]["event_id"]}
    assert office.get(deliveries, **scope, **start) == []
    assert office.get(path, company_id=office.company) == []
    assert office.ask("GET", path).status_code == 400
    assert office.ask("DELETE", f"{path}/{made['id']}", **scope).status_code == 200


def test_a_failing_receiver_blocks_the_queue_and_is_tried_again(
    office: Office, receiver: Receiver
) -> None:
    number = hook(office, receiver.url, "Direct Costs create")
    receiver.status = 500
    first, second = cost(office), cost(office)
    receiver.waits_for(1)
    wait_for(lambda: log(office, number)[0]["status"] == "retrying")
    assert log(office, number)[1]["status"] == "enqueued"
    time.sleep(0.5)
    assert len(receiver.got) == 1, "the first pause is a second"
    receiver.status = 200
    office.clock(scale=50)
    wait_for(lambda: {d["status"] for d in log(office, number)} == {"delivered"})
    ids = [body["resource_id"] for body in receiver.bodies()]
    assert ids[0] == ids[-2] == str(first["id"])
    assert ids[-1] == str(second["id"])
    attempts = log(office, number)[0]["delivery_attempts"]
    assert attempts[0]["response_status"] == 500


def test_after_twelve_hours_of_failure_everything_is_discarded(
    office: Office, receiver: Receiver
) -> None:
    number = hook(office, receiver.url, "Direct Costs create")
    receiver.status = 500
    cost(office)
    cost(office)
    wait_for(lambda: log(office, number)[0]["status"] == "retrying")
    office.clock(offset=12.5 * HOUR)
    office.sign_in()
    wait_for(lambda: {d["status"] for d in log(office, number)} == {"discarded"})
    assert len(log(office, number, **{"filter[status]": "discarded"})) == 2
    receiver.status = 200
    row = cost(office)
    wait_for(lambda: log(office, number, **{"filter[status]": "succeeded"}))
    assert receiver.bodies()[-1]["resource_id"] == str(row["id"])


def test_lost_doubled_and_shuffled_webhooks(office: Office, receiver: Receiver) -> None:
    hook(office, receiver.url, "Direct Costs create")
    office.faults({"action": "drop_webhook", "times": 1})
    cost(office)
    office.faults({"action": "double_webhook", "times": 1})
    doubled = cost(office)
    bodies = receiver.waits_for(2)
    assert bodies[0]["id"] == bodies[1]["id"]
    assert bodies[0]["resource_id"] == str(doubled["id"])
    office.faults({"action": "shuffle_webhooks", "times": 1, "path": "Direct Costs"})
    late, early = cost(office), cost(office)
    ids = [body["resource_id"] for body in receiver.waits_for(4)[2:]]
    assert ids == [str(early["id"]), str(late["id"])]


def test_lines_of_contracts_have_their_own_events(office: Office, receiver: Receiver) -> None:
    names = {"Work Order Contracts", "Work Order Contract Line Items"}
    hook(office, receiver.url, *(f"{name} create" for name in names))
    office.subcontract("5")
    assert {body["resource_type"] for body in receiver.waits_for(2)} == names
