"""What the stories about F&O share: a running stand-in and a client of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import quote

import requests

from tests.simulators import company
from tests.simulators.contract import find_specs

from . import FoSimulator
from .site import CATEGORY

DAY = company.TODAY.isoformat()
NOON = f"{DAY}T12:00:00Z"
VENDOR, OTHER = "V10124", "V10131"
KRB = {"dataAreaId": "krb"}


class Environment:
    """One stand-in and one client of it, signed in."""

    def __init__(self, **options: Any) -> None:
        self.simulator = FoSimulator(**options)
        specs = find_specs()
        if specs and (specs / self.simulator.spec_file).exists():
            self.simulator.validate(specs, self.simulator.spec_file)
        self.simulator.start()
        self.session = requests.Session()
        self.again()

    def again(self) -> None:
        """Back to a new environment."""
        self.control("POST", "reset")
        self.ready = self.simulator.ready()
        self.sign_in()

    def close(self) -> None:
        """Ends it; what it answered must fit the metadata of a real environment."""
        found = self.control("GET", "violations")["found"]
        self.session.close()
        self.simulator.stop()
        assert not [each for each in found if each["message"].startswith("Answer")], found

    @property
    def root(self) -> str:
        return f"{self.simulator.url}/data"

    # Sign-in.

    def token(self, version: int = 2, **changes: str) -> requests.Response:
        form = {
            "grant_type": "client_credentials", "client_id": self.ready["client_id"],
            "client_secret": self.ready["client_secret"],
        }  # fmt: skip
        url = self.simulator.url
        form |= {"scope": f"{url}/.default"} if version == 2 else {"resource": url}
        tenant = changes.pop("tenant", self.ready["tenant_id"])
        place = "oauth2/v2.0/token" if version == 2 else "oauth2/token"
        return requests.post(f"{url}/{tenant}/{place}", data={**form, **changes})

    def sign_in(self) -> None:
        access = self.token().json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {access}"

    # Requests.

    def call(self, verb: str, path: str, **options: Any) -> requests.Response:
        url = path if path.startswith("http") else f"{self.root}/{path}"
        return self.session.request(verb, url, **options)

    def get(self, path: str, across: bool = True, **query: Any) -> Any:
        params = {f"${name}": value for name, value in query.items()}
        if across:
            params["cross-company"] = "true"
        response = self.call("GET", path, params=params)
        assert response.status_code == 200, response.text
        return response.json(parse_float=Decimal)

    def rows(self, path: str, across: bool = True, **query: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path, across, **query)["value"]
        return found

    def post(self, path: str, **body: Any) -> Any:
        response = self.call("POST", path, json={**KRB, **body})
        assert response.status_code == 201, response.text
        return response.json(parse_float=Decimal)

    def patch(self, path: str, across: bool = True, **body: Any) -> requests.Response:
        suffix = "?cross-company=true" if across else ""
        return self.call("PATCH", path + suffix, json=body)

    def delete(self, path: str) -> requests.Response:
        return self.call("DELETE", f"{path}?cross-company=true")

    def refused(self, response: requests.Response, text: str, status: int = 400) -> str:
        """The deepest message of a refusal, which must hold the text."""
        assert response.status_code == status, response.text
        message = deepest(response.json()["error"])
        assert text in message, message
        return message

    # Control.

    def control(self, verb: str, path: str, body: Any = None) -> Any:
        response = requests.request(verb, f"{self.simulator.url}/control/{path}", json=body)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def by_hand(self, action: str, **body: Any) -> Any:
        return self.control("POST", f"fo/{action}", body)

    def not_by_hand(self, action: str, **body: Any) -> str:
        """The sentence with which the client refuses what a person does."""
        response = requests.post(f"{self.simulator.url}/control/fo/{action}", json=body)
        assert response.status_code == 400, response.text
        return str(response.json()["error"])

    def settings(self, **changes: Any) -> None:
        self.control("POST", "fo/settings", changes)

    def faults(self, **rule: Any) -> None:
        self.control("POST", "faults", {"rules": [rule]})

    def ledger(self) -> Any:
        return self.control("GET", "ledger")

    # The usual cast.

    def order(self, reference: str = "PC-SC-7", **changes: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.post("PurchaseOrderHeadersV2", **{
            "OrderVendorAccountNumber": VENDOR, "VendorOrderReference": reference,
            "DefaultLedgerDimensionDisplayValue": "FIELD|P-1042||", **changes,
        })  # fmt: skip
        return made

    def order_line(self, order: dict[str, Any], number: int = 1, **changes: Any) -> Any:
        return self.post("PurchaseOrderLinesV2", **{**order_line(order, number), **changes})

    def invoice(self, reference: str = "PC-88", **changes: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.post("VendorInvoiceHeaders", **{
            "HeaderReference": reference, "InvoiceNumber": f"A-{reference}",
            "InvoiceAccount": VENDOR, "InvoiceDate": NOON, "Date": NOON, "Currency": "USD",
            "InvoiceDescription": "Pay app 3", **changes,
        })  # fmt: skip
        return made

    def invoice_line(self, reference: str = "PC-88", number: int = 1, **changes: Any) -> Any:
        return self.post("VendorInvoiceLines", **{**invoice_line(reference, number), **changes})

    def journal(self, **changes: Any) -> str:
        made = self.post("LedgerJournalHeaders", **{
            "JournalName": "GenJrn", "Description": "PC-JE-1", **changes})  # fmt: skip
        return str(made["JournalBatchNumber"])

    def journal_line(self, journal: str, number: int, amount: str, **changes: Any) -> Any:
        return self.post(
            "LedgerJournalLines", **{**journal_line(journal, number, amount), **changes}
        )


def order_line(order: dict[str, Any], number: int = 1) -> dict[str, Any]:
    return {
        "PurchaseOrderNumber": order["PurchaseOrderNumber"], "LineNumber": number,
        "ProcurementProductCategoryName": CATEGORY, "LineDescription": "03-300 Slab on grade",
        "OrderedPurchaseQuantity": 1, "PurchaseUnitSymbol": "ea", "PurchasePrice": 125000,
        "DefaultLedgerDimensionDisplayValue": "FIELD|P-1042|03-300|S",
    }  # fmt: skip


def invoice_line(reference: str, number: int = 1) -> dict[str, Any]:
    return {
        "HeaderReference": reference, "InvoiceLineNumber": number, "ReceiveNow": 1,
        "ProcurementCategoryName": CATEGORY, "LineDescription": "03-300 Slab", "UnitPrice": 12500,
        "DimensionDisplayValue": "FIELD|P-1042|03-300|S",
    }  # fmt: skip


def journal_line(journal: str, number: int, amount: str) -> dict[str, Any]:
    """Debit above zero."""
    value = Decimal(amount)
    side = {"DebitAmount": float(value)} if value > 0 else {"CreditAmount": float(-value)}
    return {
        "JournalBatchNumber": journal, "LineNumber": number, "AccountType": "Ledger",
        "AccountDisplayValue": "53200|FIELD|P-1042|03-300|S", "CurrencyCode": "USD",
        "TransDate": NOON, "Text": "Procore cost transfer 88", **side,
    }  # fmt: skip


def deepest(error: dict[str, Any]) -> str:
    """The message of the innermost error that has one."""
    message = str(error.get("message", ""))
    for name in ("innererror", "internalexception"):
        if name in error:
            message = deepest(error[name]) or message
    return message


def key(entity_set: str, **parts: Any) -> str:
    """An address by key; strings are quoted."""
    shown = [f"{name}='{str(value).replace(chr(39), chr(39) * 2)}'" if isinstance(value, str)
             else f"{name}={value}" for name, value in parts.items()]  # fmt: skip
    return f"{entity_set}({quote(','.join(shown), safe='=,')})"


def order_place(order: dict[str, Any]) -> str:
    number = order["PurchaseOrderNumber"]
    return key("PurchaseOrderHeadersV2", dataAreaId="krb", PurchaseOrderNumber=number)


def line_place(order: dict[str, Any], number: int = 1) -> str:
    return key("PurchaseOrderLinesV2", dataAreaId="krb", LineNumber=number,
               PurchaseOrderNumber=order["PurchaseOrderNumber"])  # fmt: skip


def ready_order(fo: Environment, lines: int = 1) -> dict[str, Any]:
    order = fo.order()
    for number in range(1, lines + 1):
        fo.order_line(order, number)
    return order


def post_line(fo: Environment, place: str, **body: Any) -> requests.Response:
    return fo.call("POST", place, json={**KRB, **body})
