"""What a ledger says when it does not carry a decision, and what a person does about it.

Texts: codeunits 415 Release Purchase Document and 1535 Approvals Mgmt. of the base application.
"""

from __future__ import annotations

import re

from connections.documents import POST, LedgerDocument
from connections.errors import ConnectorError, NeedsPerson, Reason, Refused, RetryLater
from connections.transport import odata
from connections.vendors.dynamics import messages
from connections.vendors.dynamics.decisions import DONE, called
from connections.vendors.dynamics.refusal_rules import rule

RULES = (
    rule(
        r"approval process is complete|must be approved and released",
        Reason.NEEDS_APPROVAL,
        "{document} was not {done}: its approval comes first there.",
    ),
    rule(
        r"approval process must be cancell?ed or completed",
        Reason.NEEDS_APPROVAL,
        "{document} was not {done}: it waits for its approvers, whose request must be decided or "
        "cancelled first.",
    ),
    rule(
        r"nothing to release",
        Reason.NO_LINES,
        "{document} was not {done}: it has no line with a quantity.",
    ),
    rule(
        r"no approval request|only (approve|reject) open|approval administrator must|user setup",
        Reason.NEEDS_APPROVAL,
        "{document} was not {done}: its request is not for the user of this connection. Have the "
        "approver do it in {system}, or make that user the approver or an approval administrator "
        "(Approval User Setup).",
    ),
    rule(
        r"unpaid prepayment",
        Reason.REFUSED,
        "{document} was not {done}: a prepayment is not paid yet.",
    ),
    rule(
        r"status must be equal to 'open'",
        Reason.REFUSED,
        "{document} was not {done}: it is not open any more.",
    ),
    rule(
        r"do(es)? not have (the following |the )?permission",
        Reason.SETTINGS,
        "{document} was not {done}: the connection's user may not do this.",
    ),
)
OTHERWISE = rule("", Reason.REFUSED, "{document} was not {done}.")
ASKS = re.compile(r"callback", re.IGNORECASE)


def known(text: str) -> bool:
    """A business error, after which everything is as it was."""
    return any(one.pattern.search(text) for one in RULES)


def of_decision(
    error: Refused, decision: str, document: LedgerDocument, system: str
) -> ConnectorError:
    return explained(error, DONE[decision], document, system)


def of_posting(error: Refused, document: LedgerDocument, system: str) -> ConnectorError:
    """With the reason that the same text has for a document of our own."""
    held = explained(error, DONE[POST], document, system)
    found = messages.find_rule(error)
    if isinstance(held, NeedsPerson) and held.reason == Reason.REFUSED and found:
        held.reason = found[0].reason
    return held


def explained(error: Refused, done: str, document: LedgerDocument, system: str) -> ConnectorError:
    """An etag that moved is tried again; all else is for a person, in the ledger's words."""
    if odata.changed(error):
        return RetryLater(f"{called(document)} was changed by somebody else at the same moment.")
    chosen = next((one for one in RULES if one.pattern.search(error.text)), OTHERWISE)
    words = error.text or f"status {error.status}, without words"
    sentence = chosen.sentence.format(document=called(document), done=done, system=system)
    said = f"{sentence} {system} says: {words}"
    found = NeedsPerson(chosen.reason, said, code=error.code, text=error.text)
    found.untold = error.untold if chosen is OTHERWISE else None
    return found


def of_dimensions(error: Refused, document: LedgerDocument, system: str) -> ConnectorError:
    if ASKS.search(error.text):
        return NeedsPerson(
            Reason.DIMENSION,
            f"{system} wants to ask a person whether the lines of {called(document)} shall follow "
            "its header, and nobody is there to answer. Change the dimension there by hand.",
            code=error.code,
            text=error.text,
        )
    found = explained(error, "changed", document, system)
    if isinstance(found, NeedsPerson) and found.reason == Reason.REFUSED:
        found.reason = Reason.DIMENSION
    return found
