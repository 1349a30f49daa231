"""The one way into Procore for what a ledger sends, by kind."""

from __future__ import annotations

from collections.abc import Callable

from connections.documents import Document
from connections.vendors.procore import billings, commitments, costs, refusals, sent
from connections.vendors.procore.documents import Documents

Sender = Callable[[Documents, Document, Document | None, str], str]
SENDERS: dict[str, Sender] = {
    "purchase_order": commitments.send,
    "requisition": billings.send,
    "direct_cost": costs.send,
}


def send(client: Documents, document: Document, standing: Document | None, about: str) -> str:
    """Its id. Nothing is made where nobody knows what stands."""
    unknown = sent.unlisted(client, document)
    if standing is None and unknown is not None:
        raise refusals.translated(unknown, document, creating=True) from unknown
    return SENDERS[document.kind](client, document, standing, about)
