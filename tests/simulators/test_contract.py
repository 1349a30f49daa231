"""The contract of webhooks, and what holds for every contract."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.simulators import contract
from tests.simulators.contract_samples import (
    COMPANY,
    DEEP,
    DROP,
    ENTITY,
    EXPAND,
    ID,
    INVOICES,
    ODATA,
    ORDER,
    SHOW,
    TOKEN,
    central,
    changed,
    only,
    procore,
    raw,
)

HOOK_V2 = {
    "id": 88123,
    "ulid": "01JQ4Z8M5T7V9X1B3D5F7H9K2M",
    "timestamp": "2026-03-02T09:30:01.246562Z",
    "metadata": {"source_user_id": 501, "source_project_id": 777, "source_operation_id": None},
    "user_id": 501,
    "company_id": 4281,
    "project_id": 777,
    "api_version": "v2.0",
    "event_type": "update",
    "resource_name": "Purchase Order Contracts",
    "resource_id": 9001,
}
HOOK_V4 = {
    "id": "01JQ4Z8M5T7V9X1B3D5F7H9K2M",
    "timestamp": "2026-03-02T09:30:01.246562Z",
    "reason": "update",
    "company_id": "4281",
    "project_id": "777",
    "user_id": "501",
    "resource_type": "Purchase Order Contracts",
    "resource_id": "9001",
}
HOOK_V3 = {
    **HOOK_V2,
    "api_version": "v3.0",
    "related_resources": [{"id": 9001, "name": "Purchase Order Contracts"}],
}
NOTICE = {
    "subscriptionId": "c670",
    "clientState": "random-secret",
    "expirationDateTime": "2026-04-03T07:52:31Z",
    "resource": f"api/v2.0/companies({COMPANY})/purchaseInvoices({ID})",
    "changeType": "updated",
    "lastModifiedDateTime": "2026-03-31T12:54:20.467Z",
}
MANY = {
    **NOTICE,
    "changeType": "collection",
    "resource": f"/api/v2.0/companies({COMPANY})/purchaseInvoices"
    "?$filter=lastModifiedDateTime%20gt%202026-03-31T00:00:00Z",
}


class TestWebhooks:
    @pytest.mark.parametrize("payload", [HOOK_V2, HOOK_V3, HOOK_V4, {**HOOK_V4, "data": {"a": 1}}])
    def test_procores_pass(self, payload: Any) -> None:
        assert contract.check_webhook("procore", raw(payload)) == []

    @pytest.mark.parametrize(
        ("payload", "says"),
        [
            ({**HOOK_V2, "resource_id": "9001"}, "resource_id"),
            ({**HOOK_V2, "event_type": "UPDATE"}, "event_type"),
            ({**HOOK_V2, "related_resources": []}, "related_resources is not a field"),
            ({**HOOK_V4, "resource_id": 9001}, "resource_id"),
            (changed(HOOK_V2, ulid=DROP), "'ulid' is a required property"),
            (changed(HOOK_V3, related_resources=DROP), "'related_resources'"),
            (changed(HOOK_V4, reason=DROP), "'reason' is a required property"),
            (b"{", "no JSON"),
        ],
    )
    def test_procores_are_refused(self, payload: Any, says: str) -> None:
        only(contract.check_webhook("procore", raw(payload)), "Webhook: ", says)

    @pytest.mark.parametrize("notice", [NOTICE, MANY])
    def test_business_centrals_pass(self, notice: Any) -> None:
        assert contract.check_webhook("business_central", raw({"value": [notice]})) == []

    @pytest.mark.parametrize(
        ("fields", "says"),
        [
            ({"changeType": "changed"}, "is not one of"),
            ({"body": {}}, "body is not a field"),
            ({"subscriptionId": DROP}, "'subscriptionId' is a required property"),
            ({"resource": f"api/v2.0/companies({COMPANY})/bills({ID})"}, "no address"),
        ],
    )
    def test_business_centrals_are_refused(self, fields: dict[str, Any], says: str) -> None:
        body = raw({"value": [changed(NOTICE, **fields)]})
        only(contract.check_webhook("business_central", body), "Webhook: ", says)


def test_numbers_stay_exact() -> None:
    answer = raw(ENTITY).replace(b"12500.01", b"123456789012345678.01")
    assert central("GET", f"{INVOICES}({ID})", answer=answer) == []
    bad = raw(ENTITY).replace(b'"V100"', b"123456789012345678.01")
    only(central("GET", f"{INVOICES}({ID})", answer=bad), "123456789012345678.01")


def test_a_fraction_is_no_whole_number() -> None:
    found = procore("GET", SHOW, "project_id=777", answer=raw(ORDER).replace(b"9001,", b"9001.0,"))
    assert found
    assert "is not of type 'integer'" in found[0]


def test_many_threads_share_a_contract() -> None:
    held = contract.Contract(contract.require_specs() / contract.FILES["business_central"])
    given = ("GET", f"{INVOICES}({ID})", EXPAND, TOKEN, b"", 200, ODATA, raw(DEEP))
    found: list[list[str]] = []
    run: Callable[[], None] = lambda: found.append(held.check(*given))  # noqa: E731
    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[]] * 16


def test_the_folder_is_found_by_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("SPECS_DIR", str(tmp_path))
    assert contract.find_specs() == tmp_path
    monkeypatch.setenv("SPECS_DIR", str(tmp_path / "absent"))
    assert contract.find_specs() is None
    with pytest.raises(FileNotFoundError, match="SPECS_DIR"):
        contract.require_specs()


def test_every_operation_of_the_data_can_be_built() -> None:
    for vendor in contract.FILES:
        held = contract.contract_for(vendor)
        for routes in held.routes.by_depth.values():
            for _, known in routes:
                for op in known.values():
                    path = held.routes.find(
                        op.method, op.template.replace("{", "").replace("}", "")
                    )
                    assert path is not None, op.template
                    assert held.check(op.method, op.template, "", {}, b"", 400, {}, b"")
