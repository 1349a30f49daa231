"""What the amount of a document is: sums of different kinds must not be added up."""

from __future__ import annotations

from connections.amounts import Kind
from connections.documents import CLOSING, LEDGER_ORDER, RELIEF
from syncs.coding.to_ledger import MEMO_ACCOUNTS, OF_COMMITMENTS

OF_ITS_OWN = {RELIEF: Kind.BILLED, CLOSING: Kind.FREED, LEDGER_ORDER: Kind.COMMITMENTS}


def money_of(kind: str) -> Kind:
    """Of a kind of document, on either side."""
    if kind in OF_ITS_OWN:
        return OF_ITS_OWN[kind]
    if kind in OF_COMMITMENTS:
        return Kind.COMMITMENTS
    return Kind.CONTRACT if kind in MEMO_ACCOUNTS else Kind.COSTS
