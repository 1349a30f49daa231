"""Dynamics GP: addresses, formats, reply shapes, lists, what is refused."""

from __future__ import annotations

import csv
import io
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import requests

from tests.simulators import company
from tests.simulators.gp import site
from tests.simulators.gp.grammar import parse
from tests.simulators.gp.masters import vendor_ids
from tests.simulators.gp.story import ACCOUNTS, PAYABLES, VENDOR, VENDORS, Office

XML = "{http://schemas.microsoft.com/dynamics/gp/2015/service}"


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def gp(shared: Office) -> Office:
    shared.again()
    return shared


def xml_of(response: requests.Response) -> ElementTree.Element:
    assert response.headers["Content-Type"].startswith("application/xml")
    return ElementTree.fromstring(response.text)  # noqa: S314


# Addresses.


@pytest.mark.parametrize(
    "name",
    [
        quote(site.COMPANY, safe=""),
        quote(site.COMPANY, safe="(),"),
        quote(site.COMPANY.upper(), safe=""),
    ],
)
def test_brackets_and_commas_of_a_company_may_be_encoded_or_not(gp: Office, name: str) -> None:
    assert gp.call(f"{gp.tenant}/Companies({name})/{VENDORS}.json").status_code == 200


def test_the_brackets_themselves_may_be_encoded(gp: Office) -> None:
    place = f"{gp.tenant.replace('(', '%28').replace(')', '%29')}/Companies%28{{}}%29/{VENDORS}"
    assert gp.call(place.format(quote(site.COMPANY, safe=""))).status_code == 200


def test_a_company_with_accents_is_another_company(gp: Office) -> None:
    [first, second] = gp.call(f"{gp.tenant}/Companies.json").json()["Payload"]
    assert (first["CompanyName"], first["InterID"]) == (site.COMPANY, "KRB")
    place = f"{gp.tenant}/Companies({quote(second['CompanyName'], safe='')})"
    found = gp.call(f"{place}/Administration/Currencies.json").json()["Payload"]
    assert [row["CurrencyID"] for row in found if row["Functional"]] == ["Z-C$"]
    assert len(gp.call(f"{place}/{PAYABLES}.json").json()["Payload"]) == 5


def test_the_service_is_found_in_any_letter_case(gp: Office) -> None:
    url = gp.prefix.replace("/GPService/", "/gpservice/") + f"/{VENDORS}.json"
    assert gp.call(url).status_code == 200


def test_the_database_is_a_name_of_the_company_only_where_the_site_says_so(gp: Office) -> None:
    url = f"{gp.tenant}/Companies(KRB)/{VENDORS}.json"
    assert gp.refused(url) == (404, "NOT_FOUND")
    gp.gp("settings", interid_accepted=True)
    assert gp.call(url).status_code == 200


def test_another_tenant_is_not_here(gp: Office) -> None:
    response = gp.call(gp.prefix.replace("DefaultTenant", "Test") + f"/{VENDORS}.json")
    assert response.status_code == 404
    assert response.headers["Content-Type"].startswith("text/html")


def test_keys_are_joined_by_semicolons_and_their_own_are_encoded() -> None:
    call = parse("/GPService/Tenants(T)/Companies(A%3BB;C)/X/Y(1;a%3Bb%29).json")
    assert call is not None
    assert (call.company, call.path, call.key, call.json) == ("A;B;C", "X/Y", ("1", "a;b)"), True)


def test_a_document_has_its_type_and_voucher_as_key(gp: Office) -> None:
    [row] = gp.get(PAYABLES, pageSize=1)
    key = f"{row['DocumentType']};{row['VoucherNumber']}"
    assert gp.get(f"{PAYABLES}({key})")["VendorID"] == row["VendorID"]
    late = gp.call(f"{PAYABLES}.json({key})").json()["Payload"]
    assert late["VoucherNumber"] == row["VoucherNumber"]
    assert gp.refused(f"{PAYABLES}(5;{row['VoucherNumber']}).json") == (404, "NOT_FOUND")


@pytest.mark.parametrize("number", ["V10041", "V10081"])
def test_vendor_ids_with_brackets_and_slashes_are_found_encoded(gp: Office, number: str) -> None:
    name = vendor_ids()[number]
    assert gp.get(f"{VENDORS}({quote(name, safe='')})")["VendorID"] == name


def test_the_help_page_lists_dictionaries_and_libraries(gp: Office) -> None:
    response = gp.call(f"{gp.tenant}/help")
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Dictionaries" in response.text
    assert "Microsoft.Dynamics.GP.BusinessObjects" in response.text
    assert ACCOUNTS in response.text
    gp.gp("settings", resources="short")
    assert ACCOUNTS not in gp.call(f"{gp.tenant}/help").text


# Formats and shapes.


def test_reads_answer_xml_unless_json_is_asked_for(gp: Office) -> None:
    root = xml_of(gp.call(f"{VENDORS}({VENDOR})"))
    assert root.findtext(f"{XML}Payload/{XML}VendorID") == VENDOR
    assert root.findtext(f"{XML}Status/{XML}Code") == "200"
    by_header = gp.call(f"{VENDORS}({VENDOR})", headers={"Accept": "application/json"})
    assert by_header.json()["Payload"]["VendorID"] == VENDOR
    gp.gp("settings", accept=False)
    xml_of(gp.call(f"{VENDORS}({VENDOR})", headers={"Accept": "application/json"}))


def test_lists_in_xml_have_their_rows_lines_and_next_page(gp: Office) -> None:
    root = xml_of(gp.call(PAYABLES, params={"pageSize": 2}))
    rows = root.findall(f"{XML}Payload/{XML}Transaction")
    assert len(rows) == 2
    line = rows[0].find(f"{XML}Distributions/{XML}Distribution")
    assert line is not None
    assert line.findtext(f"{XML}DebitAmount", "").endswith("000")
    assert root.findtext(f"{XML}Paging/{XML}Next")


def test_the_contract_has_an_envelope(gp: Office) -> None:
    body = gp.call(f"{VENDORS}.json", params={"pageSize": 3}).json()
    assert set(body) == {"Status", "Payload", "Paging"}
    assert body["Status"]["Code"] == 200
    assert body["Paging"]["PageSize"] == 3


@pytest.mark.parametrize(
    ("shape", "path"),
    [("bare", ()), ("payload", ("Payload",)), ("named", ("Payload", "Vendors"))],
)
def test_other_shapes_have_no_pages_and_give_everything(
    gp: Office, shape: str, path: tuple[str, ...]
) -> None:
    gp.gp("settings", reply=shape)
    body: Any = gp.call(f"{VENDORS}.json", params={"pageSize": 3}).json()
    for name in path:
        body = body[name]
    assert len(body) == len(company.VENDORS)


def test_a_site_may_answer_xml_only(gp: Office) -> None:
    gp.gp("settings", reply="xml")
    assert xml_of(gp.call(f"{VENDORS}.json")).find(f"{XML}Payload") is not None
    refused = gp.call(f"{VENDORS}(NOBODY).json")
    assert refused.status_code == 404
    assert "NOT_FOUND" in refused.text
    assert xml_of(refused).find(f"{XML}Payload") is not None


def test_a_site_may_answer_nothing(gp: Office) -> None:
    gp.gp("settings", reply="empty")
    response = gp.call(f"{VENDORS}.json")
    assert (response.status_code, response.text) == (200, "")


def test_messages_may_be_in_another_language(gp: Office) -> None:
    gp.gp("settings", language="de")
    response = gp.call(f"{VENDORS}(NOBODY).json")
    assert "nicht gefunden" in response.json()["Status"]["Messages"][0]["Text"]


# Which resources there are.


def test_the_full_list_tells_what_it_can(gp: Office) -> None:
    assert gp.get("capabilities")["accounts"] == ["GET"]
    gp.gp("settings", capabilities=False)
    assert gp.refused("capabilities.json") == (404, "NO_SUCH_ROUTE")


def test_the_short_list_has_no_accounts_orders_journals_and_batches(gp: Office) -> None:
    gp.gp("settings", resources="short")
    for path in (ACCOUNTS, "Purchasing/PurchaseOrders", "Financials/Transactions",
                 "Administration/Batches", "Purchasing/VendorClasses", "capabilities"):  # fmt: skip
        assert gp.refused(f"{path}.json") == (404, "NO_SUCH_ROUTE")
    for path in (VENDORS, PAYABLES, "Purchasing/VendorAddresses", "Administration/Currencies",
                 "Administration/PaymentTerms"):  # fmt: skip
        assert gp.call(f"{path}.json").status_code == 200


def test_an_accountant_exports_the_chart_where_the_services_lack_it(gp: Office) -> None:
    text = requests.get(f"{gp.simulator.url}/control/gp/accounts.csv").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["AccountNumber"] for row in rows if row["AccountType"] == "2"] == ["9000-90900-00"]
    assert len(rows) == len(gp.rows(ACCOUNTS))


@pytest.mark.parametrize(
    ("mode", "listed", "by_key"), [("always", 1, 1), ("single", 0, 1), ("never", 0, 0)]
)
def test_a_site_may_leave_distributions_out(
    gp: Office, mode: str, listed: int, by_key: int
) -> None:
    gp.gp("settings", distributions=mode)
    made = gp.typed()
    [row] = gp.rows(PAYABLES, documentNumber="A-1009")
    assert ("Distributions" in row) == bool(listed)
    assert ("Distributions" in gp.read(made)) == bool(by_key)


def test_texts_come_trimmed_or_padded(gp: Office) -> None:
    assert gp.get(f"{VENDORS}({VENDOR})")["VendorID"] == VENDOR
    gp.gp("settings", padded=True)
    assert gp.get(f"{VENDORS}({VENDOR})")["VendorID"] == VENDOR.ljust(15)
    line = gp.rows(PAYABLES)[0]["Distributions"][0]
    assert len(line["Reference"]) == 30


# Pages and filters.


def test_pages_go_on_by_key_until_there_is_no_next(gp: Office) -> None:
    found, after = [], ""
    while True:
        query = {"pageSize": 130, **({"after": after} if after else {})}
        body = gp.call(f"{VENDORS}.json", params=query).json()
        found += [row["VendorID"] for row in body["Payload"]]
        after = body["Paging"]["Next"]
        if not after:
            break
    assert found == sorted(vendor_ids().values())


def test_the_site_has_a_page_size_of_its_own_and_a_largest_one(gp: Office) -> None:
    assert len(gp.get(VENDORS)) == 200
    gp.gp("settings", page_size=7)
    assert len(gp.get(VENDORS)) == 7
    asked = gp.call(f"{VENDORS}.json", params={"pageSize": 5000}).json()
    assert asked["Paging"]["PageSize"] == 1000


def test_modified_since_is_a_day_and_includes_it(gp: Office) -> None:
    today = company.TODAY.isoformat()
    made = gp.typed(modified=today)
    found = gp.rows(PAYABLES, modifiedSince=today)
    assert made["number"] in [row["VoucherNumber"] for row in found]
    assert all(row["ModifiedDate"] >= today for row in found)
    assert len(gp.rows(PAYABLES)) > len(found)


def test_filters_are_joined(gp: Office) -> None:
    gp.typed("B-1")
    gp.typed("B-2", post=True)
    assert {row["DocumentNumber"] for row in gp.rows(PAYABLES, vendorId=VENDOR.lower())} >= {
        "B-1", "B-2",
    }  # fmt: skip
    [row] = gp.rows(PAYABLES, vendorId=VENDOR, documentNumber="b-2", state="Open,History")
    assert row["TransactionState"] == "Open"
    assert gp.rows(PAYABLES, documentNumber="B-2", state="Work") == []
    assert {row["Active"] for row in gp.rows(ACCOUNTS, active="false")} == {False}
    assert {row["VendorStatus"] for row in gp.rows(VENDORS, active="true")} == {1}


def test_documents_are_found_by_date_and_batch(gp: Office) -> None:
    day = company.CLOSED_BEFORE.isoformat()
    made = gp.typed("D-1", date=day, batch="MONTHLY")
    [row] = gp.rows(PAYABLES, batchNumber="MONTHLY", documentDateFrom=day, documentDateTo=day)
    assert row["VoucherNumber"] == made["number"]
    [batch] = [row for row in gp.rows("Administration/Batches")
               if row["BatchNumber"] == "MONTHLY"]  # fmt: skip
    assert (batch["BatchSource"], batch["TransactionCount"]) == ("PM_Trxent", 1)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (VENDORS, {"color": "red"}), (VENDORS, {"state": "Work"}),
        (PAYABLES, {"modifiedSince": "yesterday"}), (PAYABLES, {"modifiedSince": "2026-02-31"}),
        (PAYABLES, {"state": "Gone"}), (VENDORS, {"active": "yes"}), (VENDORS, {"after": "%"}),
    ],
)  # fmt: skip
def test_unknown_filters_and_values_are_refused(
    gp: Office, path: str, query: dict[str, str]
) -> None:
    assert gp.refused(f"{path}.json", params=query) == (400, "BAD_VALUE")


# Writing.


@pytest.mark.parametrize("verb", ["POST", "PATCH", "PUT", "DELETE"])
def test_every_write_is_refused_and_counted(gp: Office, verb: str) -> None:
    before = gp.control("GET", "ledger")
    path = f"{VENDORS}({VENDOR}).json"
    assert gp.refused(path, verb, json={"Payload": {}}) == (403, "NO_SERVICE_ACCESS")
    said = gp.control("GET", "gp/writes")
    assert {one["method"] for one in said["list"]} == {verb}
    assert gp.control("GET", "ledger") == before
    counters = gp.control("GET", "requests")["counters"]
    assert any(name.startswith(verb) for name in counters)


def test_a_write_that_is_not_signed_in_is_counted_too(gp: Office) -> None:
    assert requests.post(f"{gp.prefix}/{VENDORS}.json", json={}).status_code == 401
    assert gp.control("GET", "gp/writes")["count"] == 1


def test_reading_is_no_write(gp: Office) -> None:
    gp.get(VENDORS)
    gp.typed()
    assert gp.control("GET", "gp/writes")["count"] == 0


# What goes wrong.


def test_a_sleeping_site_takes_its_time_once(gp: Office) -> None:
    gp.get(VENDORS, pageSize=1)
    gp.gp("settings", asleep=0.4)
    began = time.monotonic()
    gp.get(VENDORS, pageSize=1)
    assert time.monotonic() - began > 0.4
    assert gp.control("GET", "gp/settings")["asleep"] == 0


def test_a_slow_site_is_slow_every_time_and_tells_how_many_came_at_once(gp: Office) -> None:
    gp.gp("settings", delay=0.2)
    threads = [threading.Thread(target=requests.get, args=(gp.prefix,)) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert gp.control("GET", "gp/writes")["most_at_once"] == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_site_sends_away_and_says_when_to_come_again(gp: Office, status: int) -> None:
    gp.get(VENDORS, pageSize=1)
    gp.gp("settings", auth="basic", throttle_calls=2, throttle_status=status)
    gp.session.auth = (gp.ready["user"], gp.ready["password"])
    answers = [gp.call(f"{VENDORS}.json") for _ in range(3)]
    assert answers[-1].status_code == status
    assert int(answers[-1].headers["Retry-After"]) >= 1
    gp.control("POST", "clock", {"offset": 60})
    assert gp.call(f"{VENDORS}.json").status_code == 200


def test_a_record_may_be_in_use(gp: Office) -> None:
    gp.gp("settings", locked=["payables"])
    assert gp.refused(f"{PAYABLES}.json") == (409, "RECORD_LOCKED")
    assert gp.call(f"{VENDORS}.json").status_code == 200


def test_an_answer_may_be_cut_in_half(gp: Office) -> None:
    gp.get(VENDORS, pageSize=1)
    gp.gp("settings", truncate=1)
    with pytest.raises(requests.JSONDecodeError):
        gp.call(f"{VENDORS}.json").json()
    assert gp.rows(VENDORS)


def test_a_connection_may_drop_and_a_page_of_the_web_server_may_come(gp: Office) -> None:
    gp.control("POST", "faults", {"rules": [{"action": "cut_after", "path": "Vendors"}]})
    with pytest.raises(requests.ConnectionError):
        gp.call(f"{VENDORS}.json")
    page = {"action": "status", "status": 502, "body": "<html>Bad Gateway</html>",
            "headers": {"Content-Type": "text/html"}}  # fmt: skip
    gp.control("POST", "faults", {"rules": [page]})
    assert gp.call(f"{VENDORS}.json").text.startswith("<html>")


def test_money_is_exact(gp: Office) -> None:
    made = gp.typed(lines=[{"job": "1042", "code": "03-300", "amount": "0.10"}])
    assert gp.read(made)["DocumentAmount"] == Decimal("0.10")
