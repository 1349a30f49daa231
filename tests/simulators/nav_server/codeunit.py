"""The site's own codeunit (docs/nav/IntegrationMgt.al) as unbound actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulators.business_central import documents, errors, journals, posting, steering
from tests.simulators.business_central.documents import KINDS, Kind
from tests.simulators.business_central.model import Row
from tests.simulators.business_central.store import Books
from tests.simulators.messages import Response

from . import answers
from .site import Site

if TYPE_CHECKING:
    from .odata import Call


@dataclass(frozen=True)
class Procedure:
    run: Callable[[Site, dict[str, str]], str]
    parameters: tuple[str, ...]
    returns: bool = False


def answer(site: Site, name: str, call: Call) -> Response:
    procedure = PROCEDURES.get(name)
    if procedure is None:
        raise errors.no_segment(f"{site.settings['codeunit']}_{name}")
    call.request.route = f"/{site.settings['codeunit']}_{name}"
    if call.verb != "POST":
        raise errors.not_allowed(call.verb, call.path)
    values = _parameters(procedure, call.json())
    with site.books.transaction():
        result = procedure.run(site, values)
    if not procedure.returns:
        return Response(204, None, {"OData-Version": "4.0"})
    context = f"{call.root}/$metadata#Edm.String"
    return answers.reply(200, {"@odata.context": context, "value": result})


def _parameters(procedure: Procedure, body: object) -> dict[str, str]:
    """Exactly those of the procedure; their names are compared as they are written."""
    given = body if isinstance(body, dict) else {}
    for name in given:
        if name not in procedure.parameters:
            raise errors.bad_request(
                f"The parameter '{name}' in the request payload is not a valid parameter for the "
                "operation."
            )
    for name in procedure.parameters:
        if not isinstance(given.get(name), str):
            raise errors.bad_request(f"The parameter '{name}' is missing or is no text.")
    return {name: str(given[name]) for name in procedure.parameters}


def kind_of(document_type: str) -> Kind:
    found = next((k for k in KINDS.values() if k.type.lower() == document_type.lower()), None)
    if found is None:
        raise errors.Refused(
            "Application_EvaluateException",
            f"Your entry of '{document_type}' is not an acceptable value for 'Document Type'.",
        )
    return found


def draft(books: Books, kind: Kind, number: str) -> Row:
    found = books.find(kind.entity, number=number.upper(), _posted=False)
    if found is None:
        raise errors.Refused(
            "Internal_RecordNotFound",
            "The Purchase Header does not exist. Identification fields and values: Document "
            f"Type='{kind.type}',No.='{number}'",
        )
    return found


def set_status(books: Books, kind: Kind, row: Row, status: str) -> None:
    """The document's own status, and what the standard API makes of it."""
    shown = {"Open": "Draft", "Pending Approval": "In Review"}.get(status, "Open")
    changes: Row = {"_approval": status}
    if kind.entity != "purchaseInvoice":
        changes["status"] = shown
    books.change(kind.entity, row, **changes)


def release(site: Site, values: dict[str, str]) -> str:
    books, kind = site.books, kind_of(values["documentType"])
    row = draft(books, kind, values["documentNo"])
    if row["_approval"] == "Released":
        return ""
    if row["_approval"] != "Open" or books.settings["approval"]:
        raise errors.dialog(
            "This document can only be released when the approval process is complete."
        )
    lines = documents.lines_of(books, kind, row)
    if not any(line["lineType"] != "Comment" and line["quantity"] for line in lines):
        raise errors.dialog(
            f"There is nothing to release for the document of type {kind.type} with the number "
            f"{row['number']}."
        )
    set_status(books, kind, row, "Released")
    return ""


def reopen(site: Site, values: dict[str, str]) -> str:
    kind = kind_of(values["documentType"])
    row = draft(site.books, kind, values["documentNo"])
    if row["_approval"] == "Pending Approval":
        raise errors.dialog(
            "The approval process must be cancelled or completed to reopen this document."
        )
    set_status(site.books, kind, row, "Open")
    return ""


def send(site: Site, values: dict[str, str]) -> str:
    kind = kind_of(values["documentType"])
    row = draft(site.books, kind, values["documentNo"])
    if not site.books.settings["approval"]:
        raise errors.dialog("No approval workflow for this record type is enabled.")
    if row["_approval"] == "Open":
        steering.approve(site.books, {"id": row["id"], "step": "send"})
    return ""


def post(site: Site, values: dict[str, str]) -> str:
    """Posts an invoice or credit memo; the second time it only tells the number."""
    kind = kind_of(values["documentType"])
    if kind.type == "Order":
        raise errors.dialog("Only invoices and credit memos can be posted from outside.")
    number = values["documentNo"].upper()
    done = site.books.find(kind.entity, _draft=number, _posted=True)
    if done is not None:
        return str(done["number"])
    row = draft(site.books, kind, number)
    posting.post(site.books, row, kind.entity)
    return str(row["number"])


def post_batch(site: Site, values: dict[str, str]) -> str:
    template, name = (values[one].upper() for one in PROCEDURES["PostJournalBatch"].parameters)
    batch = site.books.find("journal", code=name, templateDisplayName=template)
    if batch is None or not batch["_lines"]:
        raise errors.dialog("There is nothing to post.")
    post_journal(site.books, batch)
    return ""


def post_journal(books: Books, batch: Row) -> None:
    """The store's posting; the entries keep the external document numbers."""
    lines = journals.lines_of(books, batch)
    externals = {line["documentNumber"]: line["externalDocumentNumber"] for line in lines}
    before = set(books.table("generalLedgerEntry"))
    journals.post(books, batch)
    for number, row in books.table("generalLedgerEntry").items():
        if number not in before:
            books.change("generalLedgerEntry", row, silent=True,
                         _external=externals.get(row["documentNumber"], ""))  # fmt: skip


DOCUMENT = ("documentType", "documentNo")
PROCEDURES = {
    "ReleasePurchaseDocument": Procedure(release, DOCUMENT),
    "ReopenPurchaseDocument": Procedure(reopen, DOCUMENT),
    "SendForApproval": Procedure(send, DOCUMENT),
    "PostPurchaseDocument": Procedure(post, DOCUMENT, returns=True),
    "PostJournalBatch": Procedure(post_batch, ("journalTemplateName", "journalBatchName")),
}
