"""`…/{environment}/ODataV4/…`: what an environment publishes beside its standard API.

`purchaseDocuments` is published by Microsoft for Power Automate, with the status of the document
and `onHold`; the codeunit of docs/nav is the site's own, as unbound actions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from tests.simulators.messages import Response

from . import approvals, errors, posting, query, rest
from .documents import KINDS, Kind
from .model import Entity, Field, Row
from .store import Books, etag
from .wire import show_row, take

PLACE = re.compile(r"/v2\.0/[^/]+/(?P<environment>[^/]+)/ODataV4(?:/(?P<rest>.*))?")
KEY = re.compile(r"documentType='(?P<type>[^']*)',number='(?P<number>[^']*)'")
SET = "purchaseDocuments"
KEYS = ("documentType", "number")
TYPES = ("Quote", "Order", "Invoice", "Credit Memo", "Blanket Order", "Return Order")
STATUSES = ("Open", "Released", "Pending Approval", "Pending Prepayment")
FIELDS = (
    Field("documentType", "e", 0, True, enum=TYPES), Field("number", "c", 20, True),
    Field("id", "g", 0, True), Field("buyFromVendorNumber", "c", 20, True),
    Field("dueDate", "d", 0, True), Field("shortcutDimension1Code", "c", 20, True),
    Field("shortcutDimension2Code", "c", 20, True), Field("currencyCode", "c", 10, True),
    Field("onHold", "c", 3), Field("amountIncludingVat", "n", 0, True),
    Field("status", "e", 0, True, enum=STATUSES),
)  # fmt: skip
ENTITY = Entity("purchaseDocument", SET, "M", {one.name: one for one in FIELDS}, (), "Purchase")
EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
TEXT = 'Type="Edm.String"'


def answer(books: Books, call: rest.Call) -> Response:
    """`call.path` is what follows ODataV4."""
    path, unit = call.path.strip("/"), str(approvals.setting(books, "codeunit"))
    if path == "$metadata":
        return Response(200, metadata(books, unit), {"Content-Type": "application/xml"})
    rest.known_company(books, call.query.get("company", ""))
    call.route = f"/ODataV4/{path.partition('(')[0]}"
    if unit and path.startswith(f"{unit}_"):
        return act(books, call, path.removeprefix(f"{unit}_"))
    if path.partition("(")[0] != SET or not approvals.setting(books, "workflow_services"):
        raise errors.no_segment(path)
    return documents(books, call) if path == SET else document(books, call, path)


# purchaseDocuments.


def row_of(books: Books, kind: Kind, header: Row) -> Row:
    return {
        "documentType": kind.type, "number": header["number"], "id": header["id"],
        "buyFromVendorNumber": header["vendorNumber"], "dueDate": header.get("dueDate", ""),
        "shortcutDimension1Code": header.get("shortcutDimension1Code", ""),
        "shortcutDimension2Code": header.get("shortcutDimension2Code", ""),
        "currencyCode": header["currencyCode"], "status": header["_approval"],
        "onHold": header.get("_nav", {}).get("On_Hold", ""),
        "amountIncludingVat": header["totalAmountIncludingTax"], "_version": header["_version"],
        "_header": header, "_kind": kind,
    }  # fmt: skip


def rows(books: Books) -> list[Row]:
    """The documents that are not posted."""
    return [
        row_of(books, kind, header)
        for kind in KINDS.values()
        for header in books.rows(kind.entity)
        if not header["_posted"]
    ]


def documents(books: Books, call: rest.Call) -> Response:
    if call.verb != "GET":
        raise errors.not_allowed(call.verb, SET)
    test = query.parse_filter(ENTITY, call.query.get("$filter", ""))
    select = query.parse_select(ENTITY, call.query.get("$select", ""))
    found = [shown(books, one, select) for one in rows(books) if test(one)]
    return rest.reply(200, {"@odata.context": f"{call.root}/$metadata#{SET}", "value": found})


def document(books: Books, call: rest.Call, path: str) -> Response:
    """One of them by its key; only `onHold` is written here."""
    key = KEY.fullmatch(unquote(path.removeprefix(f"{SET}(").removesuffix(")")))
    wanted = (key["type"], key["number"]) if key else ("", "")
    found = next(
        (one for one in rows(books) if (one["documentType"], one["number"]) == wanted), None
    )
    if found is None:
        raise errors.no_segment(SET)
    if call.verb == "PATCH":
        with books.transaction():
            change(books, found, call)
        found = row_of(books, found["_kind"], found["_header"])
    return rest.reply(200, shown(books, found, []))


def change(books: Books, found: Row, call: rest.Call) -> None:
    sent = call.headers.get("If-Match", "")
    if not sent:
        raise errors.no_etag()
    if sent not in ("*", etag(found["_version"])):
        raise errors.changed()
    for name, content in dict(call.json()).items():
        if name not in ENTITY.fields or ENTITY.fields[name].read_only:
            raise errors.read_only(name)
        header, value = found["_header"], take(ENTITY.fields[name], content)
        kept = {**header.get("_nav", {}), "On_Hold": value}
        books.change(found["_kind"].entity, header, _nav=kept)


def shown(books: Books, found: Row, select: list[str]) -> Row:
    return show_row(ENTITY, found, select, escaped=books.settings["enums"] == "escaped")


# The codeunit.


def on_draft(run: Callable[[Books, Kind, Row], None]) -> Callable[[Books, Kind, str], str]:
    """A procedure about a document that is not posted: it returns the status afterwards."""

    def procedure(books: Books, kind: Kind, number: str) -> str:
        row = approvals.draft(books, kind, number)
        run(books, kind, row)
        return str(row["_approval"])

    return procedure


def post(books: Books, kind: Kind, number: str) -> str:
    """Posts an invoice or credit memo; the second time it only tells the number (docs/nav)."""
    if kind.type == "Order":
        raise errors.dialog("Only invoices and credit memos can be posted from outside.")
    done = books.find(kind.entity, _draft=number.upper(), _posted=True)
    if done is not None:
        return str(done["number"])
    row = approvals.draft(books, kind, number)
    posting.post(books, row, kind.entity)
    return str(row["number"])


PROCEDURES: dict[str, Callable[[Books, Kind, str], str]] = {
    "ReleasePurchaseDocument": on_draft(approvals.release),
    "ReopenPurchaseDocument": on_draft(approvals.reopen),
    "ApprovePurchaseDocument": on_draft(approvals.approve),
    "RejectPurchaseDocument": on_draft(approvals.reject),
    "SendForApproval": on_draft(approvals.send),
    "PostPurchaseDocument": post,
}


def act(books: Books, call: rest.Call, name: str) -> Response:
    run = PROCEDURES.get(name)
    if run is None:
        raise errors.no_segment(call.path)
    if call.verb != "POST":
        raise errors.not_allowed(call.verb, call.path)
    given = call.json()
    if not isinstance(given, dict) or set(given) != {"documentType", "documentNo"}:
        raise errors.bad_request("The parameters of the request payload are not those wanted.")
    kind = approvals.kind_of(str(given["documentType"]))
    with books.transaction():
        said = run(books, kind, str(given["documentNo"]))
    context = f"{call.root}/$metadata#Edm.String"
    return rest.reply(200, {"@odata.context": context, "value": said})


# $metadata.


def metadata(books: Books, unit: str) -> str:
    names = [f"{unit}_{name}" for name in PROCEDURES] if unit else []
    actions = "".join(
        f'<Action Name="{name}"><Parameter Name="documentType" {TEXT} /><Parameter '
        f'Name="documentNo" {TEXT} /><ReturnType {TEXT} /></Action>'
        for name in names
    )
    sets = "".join(f'<ActionImport Name="{name}" Action="NAV.{name}" />' for name in names)
    types = ""
    if approvals.setting(books, "workflow_services"):
        sets += f'<EntitySet Name="{SET}" EntityType="NAV.{SET}" />'
        keys = "".join(f'<PropertyRef Name="{name}" />' for name in KEYS)
        fields = "".join(property_of(one) for one in FIELDS)
        types = f'<EntityType Name="{SET}"><Key>{keys}</Key>{fields}</EntityType>'
    return (
        f'<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="{EDMX}">'
        f'<edmx:DataServices><Schema Namespace="NAV" xmlns="{EDM}">{types}{actions}'
        f'<EntityContainer Name="NAV">{sets}</EntityContainer></Schema></edmx:DataServices>'
        "</edmx:Edmx>"
    )


def property_of(field: Field) -> str:
    kind = {"n": "Edm.Decimal", "d": "Edm.Date", "g": "Edm.Guid"}.get(field.kind, "Edm.String")
    length = f' MaxLength="{field.length}"' if field.length else ""
    return f'<Property Name="{field.name}" Type="{kind}"{length} />'
