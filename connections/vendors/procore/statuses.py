"""Procore's statuses of financial documents, each with its meaning.

The names are those of the published interface (developers.procore.com/reference/rest, the lists of
`status`). The meanings are the vendor's, by where the standard budget view shows the amount, on
these pages of support.procore.com/faq:

- what-are-the-default-commitment-statuses-in-procore, for orders and subcontracts. *Closed* is
  "completed and invoiced" or "null and void", as the team decides: either way nothing more comes
  of it. *Submitted* is a pending cost change in the newer page and none in the older. *Out for
  Tender* is what some pages call *Out for Bid*; the interface has the latter only.
- what-are-the-default-statuses-for-change-orders-in-procore. A company's own names map to these.
- what-are-the-default-statuses-for-procore-invoices. *Approved as noted* is payable, though the
  budget does not show it (bulk-edit-subcontractor-invoice-statuses): what is payable is a setting.
  *Invited* and its like are of a billing period and not of an invoice.

Of direct costs: …/user-guide/project-level/direct-costs/tutorials/edit-a-direct-cost.

A company may rename statuses or use one otherwise, *Received* above all (a pending cost change in
the standard view): it says so in the connection. What neither knows is unknown, never guessed.
"""

from __future__ import annotations

from connections.documents import COUNTS, ENDED, NO_EFFECT, OPEN, PENDING, UNKNOWN
from connections.vendors.procore.company import Company
from connections.vendors.procore.values import word

OF_CHANGE_ORDERS = {
    "draft": OPEN,
    "pricing": PENDING,
    "not_pricing": PENDING,
    "pending": PENDING,
    "revised": PENDING,
    "proceeding": PENDING,
    "not_proceeding": PENDING,
    "pending_billable": PENDING,  # the new model alone has it
    "no_charge": NO_EFFECT,
    "approved": COUNTS,
    "rejected": NO_EFFECT,
    "void": NO_EFFECT,
}
MEANINGS: dict[str, dict[str, str]] = {
    "purchase_order": {
        "draft": OPEN,
        "processing": PENDING,
        "submitted": PENDING,
        "partially_received": COUNTS,
        "received": PENDING,
        "approved": COUNTS,
        "closed": ENDED,
    },
    "subcontract": {
        "draft": OPEN,
        "out_for_bid": OPEN,
        "out_for_signature": PENDING,
        "approved": COUNTS,
        "complete": COUNTS,
        "terminated": ENDED,
        "void": NO_EFFECT,
    },
    "requisition": {
        "draft": OPEN,
        "under_review": PENDING,
        "revise_and_resubmit": OPEN,
        "pending_owner_approval": PENDING,
        "approved": COUNTS,
        "approved_as_noted": COUNTS,
    },
    "direct_cost": {
        "draft": OPEN,
        "pending": PENDING,
        "revise_and_resubmit": PENDING,
        "approved": COUNTS,
    },
    "commitment_change_order": OF_CHANGE_ORDERS,
    "prime_change_order": dict(OF_CHANGE_ORDERS),
}


def stage(client: Company, kind: str, status: str) -> str:
    """What a status means, of a document of this kind: one of `documents.STAGES`."""
    read_as = readings(client.connection.setting("status_readings")).get(status, status)
    meaning = MEANINGS[kind].get(read_as, UNKNOWN)
    if kind == "requisition" and COUNTS in (meaning, UNKNOWN):
        due = status in client.payable_statuses
        return COUNTS if due else PENDING if meaning == COUNTS else UNKNOWN
    return meaning


def readings(stated: str) -> dict[str, str]:
    """ "Received = Approved, On hold = Draft": how the company reads its own statuses."""
    pairs = (part.partition("=") for part in stated.split(","))
    return {word(name): word(meaning) for name, is_pair, meaning in pairs if is_pair}
