"""Throttling, faults, kept state and the demo company of F&O."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from tests.simulators import company
from tests.simulators.contract import find_specs
from tests.simulators.fo import FoSimulator
from tests.simulators.fo.contract import Contract
from tests.simulators.fo.model import ENTITIES
from tests.simulators.fo.story import KRB, VENDOR, Environment, invoice_line, key
from tests.simulators.listener import Listener
from tests.simulators.messages import Request, Response
from tests.simulators.server import wait_for

HEADER = {**KRB, "HeaderReference": "PC-88", "InvoiceNumber": "A-1", "InvoiceAccount": VENDOR}
INVOICE = key("VendorInvoiceHeaders", dataAreaId="krb", HeaderReference="PC-88")


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment()
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def waits(fo: Environment) -> str | None:
    """The wait that a refused request is told."""
    answer = fo.call("GET", "LegalEntities")
    text = answer.json()["error"]["message"]
    assert (answer.status_code, "high resource utilization" in text) == (429, True)
    return answer.headers.get("Retry-After")


# Throttling.


def test_too_many_requests_are_told_to_wait(fo: Environment) -> None:
    fo.settings(requests=2, window=60, retry_after=9)
    assert fo.call("GET", "LegalEntities").status_code == 200
    assert fo.call("GET", "LegalEntities").status_code == 200
    assert waits(fo) == "9"
    fo.control("POST", "clock", {"offset": 61})
    assert fo.call("GET", "LegalEntities").status_code == 200


def test_pushing_lengthens_the_wait(fo: Environment) -> None:
    fo.settings(requests=-1, retry_after=5, pushing=10)
    assert [waits(fo) for _ in range(3)] == ["5", "15", "25"]


def test_the_wait_may_be_missing(fo: Environment) -> None:
    fo.settings(requests=-1, retry_after=None)
    assert waits(fo) is None


def test_few_at_once(fo: Environment) -> None:
    fo.settings(concurrent=1)
    fo.faults(action="park_before", path="VendorsV3")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(fo.call, "GET", "VendorsV3?$top=1")
        wait_for(lambda: fo.control("GET", "parked"))
        second = fo.call("GET", "LegalEntities")
        fo.control("POST", "release", {})
        assert first.result().status_code == 200
    assert (second.status_code, second.headers["Retry-After"]) == (429, "5")


def test_older_environments_count_each_user(fo: Environment) -> None:
    fo.settings(requests=1, window=300, user_limits=True)
    fo.call("GET", "LegalEntities")
    text = "Number of requests exceeded the limit of 1 over the time window of 300 seconds."
    fo.refused(fo.call("GET", "LegalEntities"), text, 429)


# Faults on demand.


def test_a_429_and_an_html_page_on_demand(fo: Environment) -> None:
    fo.faults(action="status", status=429, headers={"Retry-After": "2"}, path="VendorsV3")
    assert fo.call("GET", "VendorsV3").headers["Retry-After"] == "2"
    page = "<html><body>Service Unavailable</body></html>"
    fo.faults(action="status", status=503, body=page, headers={"Content-Type": "text/html"},
              path="/data")  # fmt: skip
    answer = fo.call("GET", "VendorsV3")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html")
    assert fo.call("GET", "VendorsV3").status_code == 200


def test_a_connection_that_breaks_after_the_write(fo: Environment) -> None:
    fo.faults(action="cut_after", method="POST", path="VendorInvoiceHeaders")
    with pytest.raises(requests.ConnectionError):
        fo.call("POST", "VendorInvoiceHeaders", json=HEADER)
    assert fo.get(INVOICE)["InvoiceNumber"] == "A-1"


def test_a_connection_that_breaks_before_the_write(fo: Environment) -> None:
    fo.faults(action="cut_before", method="POST", path="VendorInvoiceHeaders")
    with pytest.raises(requests.ConnectionError):
        fo.call("POST", "VendorInvoiceHeaders", json=HEADER)
    assert fo.call("GET", f"{INVOICE}?cross-company=true").status_code == 404


def test_a_500_after_the_write(fo: Environment) -> None:
    fo.by_hand("answer_after", method="POST", path="VendorInvoiceHeaders", status=500)
    assert fo.call("POST", "VendorInvoiceHeaders", json=HEADER).status_code == 500
    assert fo.get(INVOICE)["InvoiceNumber"] == "A-1"
    answer = fo.call("POST", "VendorInvoiceHeaders", json=HEADER)
    fo.refused(answer, "The record already exists.")


# Business events.


def test_events_are_delivered_once_or_twice(fo: Environment) -> None:
    heard: list[dict[str, object]] = []

    def hear(request: Request) -> Response:
        heard.append(json.loads(request.body))
        return Response(202)

    fo.invoice()
    fo.invoice_line()
    fo.by_hand("post_invoice", reference="PC-88")
    listener = Listener("127.0.0.1", 0, hear)
    listener.start()
    try:
        url = listener.url()
        assert fo.by_hand("deliver", url=url)["statuses"] == [202]
        fo.by_hand("deliver", url=url, twice=True)
    finally:
        listener.stop()
    assert [one["BusinessEventId"] for one in heard] == ["VendorInvoicePostedBusinessEvent"] * 3
    assert heard[0]["BusinessEventLegalEntity"] == "KRB"


# What stands there.


def test_the_ledger_accounts_for_everything_to_the_cent(fo: Environment) -> None:
    before = fo.ledger()
    order = fo.order()
    fo.order_line(order, PurchasePrice=100.01)
    fo.invoice(PurchaseOrderNumber=order["PurchaseOrderNumber"])
    fo.invoice_line(UnitPrice=33.34)
    after = fo.ledger()
    new = [one for one in after["purchase_orders"] if one not in before["purchase_orders"]]
    assert [(one["reference"], one["total"], one["vendor"]) for one in new] == [
        ("PC-SC-7", "100.01", VENDOR)
    ]
    assert new[0]["lines"][0]["dimensions"] == "FIELD|P-1042|03-300|S"
    drafts = [one for one in after["drafts"] if not one["by_hand"]]
    assert [(one["number"], one["total"], one["posted"]) for one in drafts] == [
        ("PC-88", "33.34", False)
    ]
    fo.by_hand("post_invoice", reference="PC-88")
    listed = fo.ledger()["documents"]["Invoice"]["list"]
    posted = next(one for one in listed if one["number"] == "PC-88")
    assert (posted["total"], posted["by_hand"], posted["invoice_number"]) == (
        "33.34", False, "A-PC-88")  # fmt: skip
    assert fo.ledger()["balanced"] is True


def test_a_credit_is_listed_apart(fo: Environment) -> None:
    fo.invoice()
    fo.invoice_line(ReceiveNow=-1, UnitPrice=250)
    fo.by_hand("post_invoice", reference="PC-88")
    credits = fo.ledger()["documents"]["Credit Memo"]
    assert (credits["count"], credits["total"]) == (1, "250.00")


def test_people_work_here_too(fo: Environment) -> None:
    before = fo.ledger()
    assert all(one["by_hand"] for one in (*before["purchase_orders"], *before["drafts"]))
    made = fo.by_hand("type_invoice", vendor=VENDOR, number="HAND-1", post=True,
                      lines=[{"amount": "88.10", "account": "60300"}])  # fmt: skip
    listed = fo.ledger()["documents"]["Invoice"]["list"]
    typed = next(one for one in listed if one["number"] == made["reference"])
    assert (typed["by_hand"], typed["total"]) == (True, "88.10")


def test_unknown_things_by_hand(fo: Environment) -> None:
    assert fo.not_by_hand("confirm", number="PO-99999") == "no such purchase order"
    answer = requests.post(f"{fo.simulator.url}/control/fo/dance", json={})
    assert answer.status_code == 404
    assert (
        "unknown setting"
        in requests.post(f"{fo.simulator.url}/control/fo/settings", json={"colour": "red"}).json()[
            "error"
        ]
    )
    assert "confirm" in fo.control("GET", "fo")


def test_what_the_controller_entered_fits_this_ledger(fo: Environment) -> None:
    demo = fo.control("GET", "demo")
    values = {(one["dimension"], one["value"]) for one in fo.ledger()["values"]}
    accounts = {row["MainAccountId"] for row in fo.rows("MainAccounts")}
    for rule in demo["mappings"]:
        assert rule["account"] in accounts
        assert set(rule["dimensions"].items()) <= values
    assert set(demo["account_rules"].values()) <= accounts
    lacking = demo["expected"]["missing_values"]
    assert lacking["CostCode"] == list(company.UNMAPPED_COST_CODES)
    assert not {("Project", one) for one in lacking["Project"]} & values
    assert len(demo["expected"]["projects"]) == len(company.JOBS)


def test_an_empty_company_has_no_documents() -> None:
    fo = Environment(company="empty")
    try:
        said = fo.ledger()
        assert (said["vendors"], said["drafts"], said["purchase_orders"]) == ([], [], [])
        assert said["entries"] == 0
        assert len(fo.rows("MainAccounts")) == len(company.ACCOUNTS)
    finally:
        fo.close()


def test_state_outlives_the_process(tmp_path: Path) -> None:
    first = Environment(state_dir=tmp_path)
    first.invoice()
    line = first.invoice_line()
    first.close()
    second = FoSimulator(state_dir=tmp_path).start()
    try:
        kept = second.books.rows("VendorInvoiceLines", HeaderReference="PC-88")
        assert [row["NetAmount"] for row in kept] == [Decimal(line["NetAmount"])]
    finally:
        second.stop()


# The description that everything here is held against.


def description() -> Contract:
    specs = find_specs()
    if not specs or not (specs / FoSimulator.spec_file).exists():
        pytest.skip("the metadata is not on this machine")
    return Contract(specs / FoSimulator.spec_file)


def test_sets_and_keys_are_those_of_a_real_environment() -> None:
    known = description().entities
    for name, entity in ENTITIES.items():
        if name not in known:
            assert name in ("VendTransBiEntities", "LedgerFiscalPeriodsV2")  # not described
            continue
        assert known[name]["type"] == entity.type
        assert known[name]["key"] in (None, list(entity.key))


def test_the_checker_sees_what_does_not_fit() -> None:
    checker = description()
    place = "http://x/data/$metadata#VendorsV3/$entity"
    body = {"@odata.context": place, "@odata.etag": "x", "VendorName": "x", "CreditLimit": "1",
            "OnHoldStatus": "Maybe", "VendorAccountNumber": None}  # fmt: skip
    found = list(checker.answer("GET", 200, body))
    assert len(found) == 4
    sent = json.dumps({**invoice_line("x"), "Quantity": 1}).encode()
    assert list(checker.request("POST", "/data/VendorInvoiceLines", sent)) == [
        "Request: VendorInvoiceLine has no property Quantity"
    ]


def test_exchanges_are_being_checked(fo: Environment) -> None:
    description()
    fo.rows("VendorsV3")
    assert fo.control("GET", "violations") == {"checking": True, "found": []}
    fo.call("POST", "VendorsV3", json={"VendorName": "x"})
    found = fo.control("GET", "violations")["found"]
    assert [one["message"] for one in found] == ["Request: VendorV3 has no property VendorName"]
    fo.control("DELETE", "violations")
