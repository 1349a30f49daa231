"""Posting a document that was decided on: once, and it must show as posted."""

from __future__ import annotations

from collections.abc import Callable

from connections.documents import LEDGER_ORDER, LedgerDocument
from connections.errors import InDoubt, NeedsPerson, Reason, Refused
from connections.vendors.dynamics import refusals
from connections.vendors.dynamics.decisions import Documents, called, present

POSTED = ("posted", "paid")


def posted(ledger: Documents, now: LedgerDocument, post: Callable[[], object]) -> str:
    """What stands afterwards, in words; asked also after a refusal, as somebody may have posted.

    Raises NeedsPerson in the ledger's words, InDoubt (then: again), RetryLater.
    """
    if now.kind == LEDGER_ORDER:
        raise NeedsPerson(
            Reason.REFUSED,
            f"{called(now)} is not posted from outside: people receive and invoice it in "
            f"{ledger.label}. Release it instead.",
        )
    try:
        post()
    except Refused as error:
        after = present(ledger, now)
        if after.status in POSTED:
            return f"It is {after.status} already, as {after.number}."
        raise refusals.of_posting(error, now, ledger.label) from error
    after = present(ledger, now)
    if after.status not in POSTED:
        raise InDoubt(f"{called(now)} was posted and does not show as posted yet.")
    return f"Posted, as {after.number}."
