"""Control endpoints of this stand-in: what people at the company do by hand, and switches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.simulators import company
from tests.simulators.messages import Request, Response
from tests.simulators.routes import route
from tests.simulators.server import Simulator

from . import (
    approvals,
    bookings,
    correcting,
    dimensions,
    documents,
    errors,
    journals,
    ledger,
    ledger_view,
    mending,
    posting,
    purchases,
    resources,
    typed,
)
from .limits import LIMITS, Gate, Window
from .model import ENTITIES, ZERO_GUID, Row
from .purchases import Unknown
from .seed import CLIENT_ID
from .store import SETTINGS, Books
from .webhooks import NOTIFY, Postman, expire, note, pack

Run = Callable[[Books, dict[str, Any]], Row | None]
PLACE = "/control/business_central"


def need(row: Row | None, what: str) -> Row:
    if row is None:
        raise Unknown(f"no such {what}")
    return row


def document_of(books: Books, data: dict[str, Any]) -> tuple[str, Row]:
    """A document by `id`, `number` or `vendorInvoiceNumber`."""
    for name, kind in documents.KINDS.items():
        for row in books.rows(name):
            external = data.get("vendorInvoiceNumber")
            if row["id"] == data.get("id") or row["number"] == data.get("number"):
                return name, row
            if external and row[kind.external] == str(external).upper():
                return name, row
    raise Unknown("no such document")


def amount(value: Any) -> Decimal:
    return Decimal(str(value))


def _changed_settings(known: dict[str, Any], kept: dict[str, Any], data: dict[str, Any]) -> None:
    unknown = set(data) - set(known)
    if unknown:
        raise Unknown(f"unknown setting {sorted(unknown)}")
    kept.update({k: float(v) if isinstance(v, Decimal) else v for k, v in data.items()})


class Steering(Simulator):
    """The tables and the controls; the API itself comes on top."""

    client_id = CLIENT_ID

    def __init__(self, **options: Any) -> None:
        self._books: Books | None = None
        self.window, self.gate = Window(), Gate()
        self.after: list[dict[str, Any]] = []
        super().__init__(**options)
        self.postman = Postman(self, self.tick)

    @property
    def books(self) -> Books:
        """The tables of the present state (a reset brings a new one)."""
        if self._books is None or self._books.state is not self.state:
            self._books = Books(self.state, self.now, self.seed)
        return self._books

    def tick(self) -> None:
        """Background work, under the lock."""
        expire(self.books)
        journals.run_queue(self.books)
        self.settle_changes()
        pack(self.books, self.timestamp())

    def settle_changes(self) -> None:
        """Keeps what was written, and tells subscribers."""
        self.books.commit()
        changes = self.books.taken_changes()
        if changes:
            note(self.books, changes, self.timestamp())
            self.changed()

    def steer(self, run: Run, request: Request) -> Response:
        """Runs a control function in a transaction and lets subscribers hear of it."""
        books = self.books
        try:
            with books.transaction():
                body = run(books, request.json() or {})
        except Unknown as problem:
            return Response(400, {"error": str(problem)})
        except errors.Refused as refused:
            return Response(400, {"error": refused.message, "code": refused.code})
        self.settle_changes()
        return Response(200, body if body is not None else {"ok": True})

    @route("GET", "/control/ledger")
    def control_ledger(self, request: Request) -> Response:
        return Response(200, ledger_view.view(self.books))

    @route("GET", "/control/notifications")
    def control_notifications_shown(self, request: Request) -> Response:
        return Response(200, {
            "settings": self.state.notify, "pending": self.state.pending,
            "outbox": self.state.outbox, "sent": list(self.postman.sent),
            "subscriptions": [webhook_row(row) for row in self.state.subscriptions.values()],
        })  # fmt: skip

    @route("POST", "/control/notifications")
    def control_notifications(self, request: Request) -> Response:
        """Body: any of delay, most, retries, retry_scale, timeout, handshake_timeout, days."""
        return self.steer(
            lambda books, data: _changed_settings(NOTIFY, self.state.notify, data), request
        )

    @route("POST", "/control/limits")
    def control_limits(self, request: Request) -> Response:
        """Body: requests, window, concurrent, queue, wait, page, body, batch, retry_after …"""
        return self.steer(
            lambda books, data: _changed_settings(LIMITS, self.state.limits, data), request
        )

    @route("GET", "/control/limits")
    def control_limits_shown(self, request: Request) -> Response:
        return Response(200, {**self.state.limits, "most_at_once": dict(self.gate.most)})

    @route("POST", f"{PLACE}/settings")
    def control_settings(self, request: Request) -> Response:
        """Body: any of the switches in `store.SETTINGS`."""
        return self.steer(
            lambda books, data: _changed_settings(SETTINGS, self.state.settings, data), request
        )

    @route("GET", f"{PLACE}/settings")
    def control_settings_shown(self, request: Request) -> Response:
        return Response(200, self.state.settings)

    @route("POST", f"{PLACE}/app")
    def control_app(self, request: Request) -> Response:
        """Body: client_id, enabled, consent, secret, secret_expired; {"remove": true}."""
        return self.steer(self._app, request)

    def _app(self, books: Books, data: dict[str, Any]) -> None:
        client = data.pop("client_id", self.client_id)
        if data.pop("remove", False):
            self.state.apps.pop(client, None)
            return
        known = {"secret": "", "secret_expired": False, "enabled": True, "consent": True}
        _changed_settings(known, self.state.apps.setdefault(client, dict(known)), data)

    @route("POST", f"{PLACE}/answer_after")
    def control_answer_after(self, request: Request) -> Response:
        """Body {"method", "path" (regex), "status": 504, "times": 1, "headers", "body"}: the
        request is carried out and its answer replaced."""
        self.after = [*self.after, {"times": 1, "status": 504, **(request.json() or {})}]
        return Response(200, {"rules": len(self.after)})

    @route("DELETE", f"{PLACE}/answer_after")
    def control_answer_after_cleared(self, request: Request) -> Response:
        self.after = []
        return Response(204)

    @route("POST", f"{PLACE}/{{action}}")
    def control_by_hand(self, request: Request) -> Response:
        run = BY_HAND.get(request.params["action"])
        if run is None:
            return Response(404, {"error": f"actions are {sorted(BY_HAND)}"})
        return self.steer(run, request)


def webhook_row(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


# What people do by hand.


def pay(books: Books, data: dict[str, Any]) -> Row:
    """Body: the document, and `amount` for a part of it. A part moves no stamp."""
    name, row = document_of(books, data)
    entry = need(ledger.vendor_entry_of(books, row["id"]), "posted document")
    whole = abs(Decimal(entry["open"]))
    paid = amount(data["amount"]) if "amount" in data else whole
    if not 0 < paid <= whole:
        raise Unknown(f"the open amount is {whole}")
    done = ledger.settle(books, entry, paid if entry["open"] > 0 else -paid)
    vendor = need(books.get("vendor", entry["vendorId"]), "vendor")
    ledger.add_balance(books, vendor, -paid if entry["amount"] > 0 else paid)
    if done:
        books.change(name, row, status="Paid")
    return {"status": row["status"], "open": str(entry["open"])}


def type_invoice(books: Books, data: dict[str, Any]) -> Row:
    """Body: vendorNumber, vendorInvoiceNumber, date, currency (else the vendor's), lines [{account,
    amount, description, dimensions}], post (true), credit (false): a bookkeeper types a document.
    """
    name = "purchaseCreditMemo" if data.get("credit") else "purchaseInvoice"
    kind, day = documents.KINDS[name], data.get("date") or books.today()
    header = resources.create(books, ENTITIES[name], None, {
        "vendorNumber": data["vendorNumber"], "postingDate": day, kind.day: day,
        kind.external: str(data.get("vendorInvoiceNumber", "")).strip().upper(),
        **({"currencyCode": data["currency"]} if data.get("currency") else {}),
    })  # fmt: skip
    for line in data.get("lines") or []:
        typed.type_line(books, name, header, line)
    books.change(name, header, _hand=True)
    if data.get("post", True):
        posting.post(books, header, name, by_hand=True)
    return {"id": header["id"], "number": header["number"]}


def post_draft(books: Books, data: dict[str, Any]) -> Row:
    name, row = document_of(books, data)
    if name == "purchaseOrder":
        books.change(name, row, _external=str(data.get("external", row["_external"])).upper())
        posting.receive_and_invoice(books, row)
    else:
        posting.post(books, row, name, by_hand=True)
    return {"id": row["id"], "number": row["number"]}


def cancel_invoice(books: Books, data: dict[str, Any]) -> None:
    """A posted invoice, or a posted memo, is cancelled on its page."""
    name, row = document_of(books, data)
    correcting.cancel(books, name, row)


def delete_draft(books: Books, data: dict[str, Any]) -> None:
    name, row = document_of(books, data)
    documents.delete(books, row, name)


def set_external(books: Books, data: dict[str, Any]) -> None:
    """Body: an order, and `external`, the Vendor Invoice No. that only the client shows."""
    name, row = document_of(books, data)
    books.change(name, row, _external=str(data["external"]).upper())


def close_period(books: Books, data: dict[str, Any]) -> Row:
    """Body: {"from": first open day} and/or {"to": last open day}; nothing closes this month."""
    first = data.get("from")
    if not first and not data.get("to"):
        first = company.first_of_month(company.TODAY, 1).isoformat()
    days = {"allowPostingFrom": first, "allowPostingTo": data.get("to")}
    changes: Row = {key: value for key, value in days.items() if value}
    books.change("generalLedgerSetup", books.setup, silent=False, **changes)
    return {key: books.setup[key] for key in ("allowPostingFrom", "allowPostingTo")}


def block_vendor(books: Books, data: dict[str, Any]) -> None:
    row = need(books.find("vendor", number=data.get("number")), "vendor")
    books.change("vendor", row, blocked=data.get("blocked", "All") or " ")


def import_vendors(books: Books, data: dict[str, Any]) -> None:
    """Body: count, prefix, seconds: one long import. Its rows bear the moments in which they were
    written, so many seconds before they can be seen (transactions commit late)."""
    at = books.now() - timedelta(seconds=float(data["seconds"]))
    for n in range(int(data["count"])):
        row = books.add("vendor", {"number": f"{data['prefix']}{n:05}",
                                   "displayName": f"{data['prefix']} Supply {n}"})  # fmt: skip
        row["lastModifiedDateTime"] = at


def block_account(books: Books, data: dict[str, Any]) -> None:
    """Body: number, and blocked and/or direct_posting."""
    row = need(books.find("account", number=data.get("number")), "account")
    direct = bool(data.get("direct_posting", row["directPosting"]))
    blocked = bool(data.get("blocked", "direct_posting" not in data))
    books.change("account", row, blocked=blocked, directPosting=direct)


def block_value(books: Books, data: dict[str, Any]) -> None:
    """Body: dimension, value, and blocked or type ("Heading")."""
    dimension = need(books.find("dimension", code=data.get("dimension")), "dimension")
    row = need(books.dimension_value(dimension, str(data.get("value"))), "dimension value")
    books.change("dimensionValue", row, _blocked=bool(data.get("blocked", "type" not in data)),
                 _type=data.get("type", "Standard"))  # fmt: skip


def account_dimension(books: Books, data: dict[str, Any]) -> None:
    """Body: account, dimension, value ("" for none), validation ("Code Mandatory")."""
    row = need(books.find("account", number=data.get("account")), "account")
    rules = [rule for rule in row["_rules"] if rule["code"] != data["dimension"]]
    rules.append({"code": data["dimension"], "value": data.get("value", ""),
                  "validation": data.get("validation", " ")})  # fmt: skip
    books.change("account", row, silent=True, _rules=rules)


def vendor_dimension(books: Books, data: dict[str, Any]) -> None:
    """Body: vendor, dimension, value ("" for none): what lands on each new document of his."""
    vendor = need(books.find("vendor", number=data.get("vendor")), "vendor")
    dimension = need(books.find("dimension", code=data.get("dimension")), "dimension")
    known = {"parentId": vendor["id"], "dimensionId": dimension["id"]}
    rule = books.find("defaultDimension", **known) or dimensions.create_default(
        books, vendor, {"dimensionId": dimension["id"]}
    )
    wanted = str(data.get("value") or "")
    value = need(books.dimension_value(dimension, wanted), "value") if wanted else {"id": ZERO_GUID}
    dimensions.update_default(books, rule, {"dimensionValueId": value["id"]})


def add_value(books: Books, data: dict[str, Any]) -> None:
    """Body: dimension, code, name."""
    dimension = need(books.find("dimension", code=data.get("dimension")), "dimension")
    books.add("dimensionValue", {"code": data["code"], "displayName": data.get("name", ""),
                                 "dimensionId": dimension["id"]})  # fmt: skip


def change_value(books: Books, data: dict[str, Any]) -> None:
    """Body: dimension, code, and name; or delete (true)."""
    dimension = need(books.find("dimension", code=data.get("dimension")), "dimension")
    row = need(books.dimension_value(dimension, str(data.get("code"))), "dimension value")
    if data.get("delete"):
        books.remove("dimensionValue", row)
    else:
        books.change("dimensionValue", row, displayName=str(data["name"]))


def add_account(books: Books, data: dict[str, Any]) -> None:
    """Body: number, name."""
    books.add("account", {
        "number": data["number"], "displayName": data.get("name", ""),
        "accountType": "Posting", "directPosting": True, "_rules": [],
        "consolidationTranslationMethod": "Average Rate (Manual)",
    })  # fmt: skip


def approval(books: Books, data: dict[str, Any]) -> None:
    """Body {"on": true, "approvers": ["CONTROLLER"], "administrator": false}: purchase documents
    need an approval before they can be posted; by whom, and whether the connector's user (the
    setting `service_user`) may decide the requests of others."""
    books.set_setting("approval", bool(data.get("on", True)))
    if "approvers" in data:
        books.set_setting("approvers", [str(one) for one in data["approvers"]])
    if "administrator" in data:
        books.set_setting("approval_administrator", bool(data["administrator"]))


def approve(books: Books, data: dict[str, Any]) -> Row:
    """Body: the document and `step`: send, approve (default: released, by all approvers), reject,
    reopen. What people do in the client."""
    name, row = document_of(books, data)
    approvals.by_hand(books, name, row, str(data.get("step", "approve")))
    return {"approval": row["_approval"]}


def change_document(books: Books, data: dict[str, Any]) -> None:
    """Body: the document, and any of hold, dimensions {code: value}, fields {name of the standard
    API: value}: a person changes it in the client, whatever its status."""
    name, row = document_of(books, data)
    kind, was = documents.KINDS[name], row["_approval"]
    books.change(name, row, silent=True, _approval="Open")
    documents.update(books, row, dict(data.get("fields") or {}), name)
    if "hold" in data:
        kept = {**row.get("_nav", {}), "On_Hold": str(data["hold"]).upper()}
        books.change(name, row, _nav=kept)
    lines = [(kind.line, line) for line in documents.lines_of(books, kind, row)]
    for entity, one in [(name, row), *lines] if "dimensions" in data else []:
        dims = {**one["_dims"], **data["dimensions"]}
        dims = {code: value for code, value in dims.items() if value}
        dimensions.put(books, entity, one, dims)
    books.change(name, row, silent=True, _approval=was)


def paid_instead(books: Books, data: dict[str, Any]) -> None:
    """Body: vendor, pay_to: who is paid by the card (Pay-to Vendor No.); blank: itself."""
    vendor = need(books.find("vendor", number=data["vendor"]), "vendor")
    books.change("vendor", vendor, _pay_to=str(data["pay_to"]))


def forget_documents(books: Books, data: dict[str, Any]) -> None:
    """A company before its first purchase document and its first entry: whoever tells a story types
    all he needs."""
    bookings.forget_entries(books, data)
    for kind in documents.KINDS.values():
        for name in (kind.entity, kind.line):
            books.table(name).clear()


BY_HAND = {
    run.__name__: run
    for run in (
        pay, type_invoice, post_draft, cancel_invoice, delete_draft, set_external, close_period,
        block_vendor, import_vendors,
        block_account, block_value, account_dimension, vendor_dimension, add_value,
        change_value, add_account,
        approval, approve, change_document, forget_documents,
        paid_instead,
    )
} | purchases.BY_HAND | mending.BY_HAND | bookings.BY_HAND | typed.BY_HAND  # fmt: skip
