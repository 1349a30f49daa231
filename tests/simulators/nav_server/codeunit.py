"""The site's own codeunit (docs/nav/IntegrationMgt.al) as unbound actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.simulators.business_central import approvals, errors, journals, published
from tests.simulators.business_central.approvals import draft, kind_of
from tests.simulators.business_central.documents import Kind
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


def on_document(
    run: Callable[[Books, Kind, Row], None],
) -> Callable[[Site, dict[str, str]], str]:
    """A procedure about one document: it returns the status afterwards."""

    def procedure(site: Site, values: dict[str, str]) -> str:
        kind = kind_of(values["documentType"])
        row = draft(site.books, kind, values["documentNo"])
        run(site.books, kind, row)
        return str(row["_approval"])

    return procedure


def post(site: Site, values: dict[str, str]) -> str:
    return published.post(site.books, kind_of(values["documentType"]), values["documentNo"])


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
    "ReleasePurchaseDocument": Procedure(on_document(approvals.release), DOCUMENT, returns=True),
    "ReopenPurchaseDocument": Procedure(on_document(approvals.reopen), DOCUMENT, returns=True),
    "ApprovePurchaseDocument": Procedure(on_document(approvals.approve), DOCUMENT, returns=True),
    "RejectPurchaseDocument": Procedure(on_document(approvals.reject), DOCUMENT, returns=True),
    "SendForApproval": Procedure(on_document(approvals.send), DOCUMENT, returns=True),
    "PostPurchaseDocument": Procedure(post, DOCUMENT, returns=True),
    "PostJournalBatch": Procedure(post_batch, ("journalTemplateName", "journalBatchName")),
}
