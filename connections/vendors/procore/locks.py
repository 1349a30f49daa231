"""What Procore lets nobody change any more is right as it is, or a person decides."""

from __future__ import annotations

from connections.documents import Document
from connections.errors import NeedsPerson, Reason
from connections.vendors.procore.lines import sums
from connections.vendors.procore.refusals import begun, what


def left_alone(document: Document, standing: Document) -> str:
    """Its id, unwritten, when amounts by code and vendor are the ledger's. Raises NeedsPerson."""
    same_vendor = standing.vendor.id in ("", document.vendor.id)
    if same_vendor and sums(document) == sums(standing):
        return standing.id
    raise NeedsPerson(
        Reason.LOCKED,
        begun(what(standing)) + f" in Procore is not what the ledger has ({standing.total:,.2f} "
        f"instead of {document.total:,.2f}). {standing.locked}.",
    )
