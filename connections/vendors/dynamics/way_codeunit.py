"""Decisions through the site's own codeunit (docs/nav): release, reopen, approve, reject, post."""

from __future__ import annotations

from typing import Protocol

from connections.documents import (
    APPROVE,
    DECISIONS,
    POST,
    REJECT,
    RELEASE,
    REOPEN,
    LedgerDocument,
)
from connections.errors import NeedsPerson, Reason, Refused
from connections.vendors.dynamics import refusals
from connections.vendors.dynamics.completeness import POST_TIMEOUT
from connections.vendors.dynamics.decisions import (
    DONE,
    FINAL,
    TYPES,
    Documents,
    called,
    moot,
    present,
)
from connections.vendors.dynamics.posting import posted

PROCEDURES = {
    RELEASE: "ReleasePurchaseDocument",
    REOPEN: "ReopenPurchaseDocument",
    APPROVE: "ApprovePurchaseDocument",
    REJECT: "RejectPurchaseDocument",
    POST: "PostPurchaseDocument",
}
DOES = {
    RELEASE: "releases",
    REOPEN: "reopens",
    APPROVE: "approves",
    REJECT: "rejects",
    POST: "posts",
}
TIMEOUT = 120.0  # seconds
STATUS = {
    "Open": "draft",
    "Pending Approval": "pending_approval",
    "Released": "released",
    "Pending Prepayment": "released",
}
STANDS = {
    (RELEASE, "released"): "It is released already.",
    (REOPEN, "draft"): "It is open already.",
    (APPROVE, "released"): "It is approved and released already.",
    (REJECT, "draft"): "It is open already; no approval is asked for.",
}
BECAME = {
    (RELEASE, "released"): "Released.",
    (REOPEN, "draft"): "Reopened.",
    (APPROVE, "released"): "Approved and released.",
    (APPROVE, "pending_approval"): "Approved; it waits for the next approver.",
    (APPROVE, "draft"): "Approved; its workflow left it open.",
    (REJECT, "draft"): "Rejected; it is open again.",
}


class Acting(Documents, Protocol):
    """The codeunit as the two kinds of connection reach it."""

    def codeunit(self) -> str: ...

    def offers(self, procedure: str) -> bool: ...

    def forget_metadata(self) -> None: ...

    def act(self, procedure: str, about: str, timeout: float, **values: str) -> str: ...

    def shows_status(self, kind: str) -> bool: ...


class CodeunitWay:
    name = "codeunit"
    label = "Codeunit of the site"

    def __init__(self, wire: Acting) -> None:
        self.wire = wire

    def decisions(self) -> tuple[str, ...]:
        """Those of its procedures that are published; an older codeunit has two."""
        if not self.wire.codeunit():
            return DECISIONS
        offered = tuple(one for one in DECISIONS if self.wire.offers(PROCEDURES[one]))
        return offered or DECISIONS

    def problem(self) -> str:
        if not self.wire.codeunit():
            return (
                f"{self.wire.label} releases and approves through a codeunit only: neither its "
                "pages nor its standard API can. Publish the codeunit of docs/nav on the page Web "
                "Services and enter its name in the connection."
            )
        if not self._offered():
            self.wire.forget_metadata()  # it may have been published since
        if not self._offered():
            return (
                f"The codeunit {self.wire.codeunit()} is not published with the procedures for "
                "decisions. Import the one of docs/nav and publish it under this name on the page "
                "Web Services (NAV 2018 and older: also enter the SOAP address)."
            )
        return ""

    def _offered(self) -> bool:
        return any(self.wire.offers(PROCEDURES[one]) for one in DECISIONS)

    def offer(self) -> str:
        does = ", ".join(DOES[one] for one in self.decisions())
        return (
            f"{self.wire.codeunit()} {does}. It approves as the connection's user, who must be the "
            "approver or an approval administrator."
        )

    def carry(self, decision: str, now: LedgerDocument, note: str, about: str) -> str:
        if decision == POST:
            return posted(self.wire, now, lambda: self._act(POST, now, about, POST_TIMEOUT))
        if self.wire.shows_status(now.kind):
            stands = STANDS.get((decision, now.status))
            if stands:
                return stands
            possible(decision, now, self.wire.label)
        try:
            said = self._act(decision, now, about, TIMEOUT)
        except Refused as error:
            return self._refused(error, decision, now)
        return self._became(decision, now, STATUS.get(said, ""))

    def _act(self, decision: str, now: LedgerDocument, about: str, timeout: float) -> str:
        return self.wire.act(
            PROCEDURES[decision], about, timeout,
            documentType=TYPES[now.kind], documentNo=now.number,
        )  # fmt: skip

    def _refused(self, error: Refused, decision: str, before: LedgerDocument) -> str:
        """Somebody may have done it at the same moment."""
        now = present(self.wire, before)
        known = self.wire.shows_status(now.kind)
        done = moot(now, decision) or (known and STANDS.get((decision, now.status)))
        if done and now.status != before.status:
            return done
        raise refusals.of_decision(error, decision, now, self.wire.label) from error

    def _became(self, decision: str, before: LedgerDocument, said: str) -> str:
        """What the ledger shows now; what the codeunit returned where nothing shows it."""
        now = present(self.wire, before)
        status = now.status
        if status not in FINAL and not self.wire.shows_status(now.kind):
            status = said or next(one for what, one in BECAME if what == decision)
        if status in FINAL:
            return f"{DONE[decision].capitalize()}; it is {status} now, as {now.number}."
        if (decision, status) not in BECAME:
            raise NeedsPerson(
                Reason.DIFFERS,
                f"{called(now)} should be {DONE[decision]}, and {self.wire.label} shows it as "
                f"{status.replace('_', ' ')}. Look at it there.",
            )
        return BECAME[decision, status]


def possible(decision: str, now: LedgerDocument, system: str) -> None:
    """What the ledger would refuse anyway, in words that say what to do."""
    if (decision, now.status) == (APPROVE, "draft"):
        raise NeedsPerson(
            Reason.NEEDS_APPROVAL,
            f"{called(now)} is open and not waiting for an approval. Send it for approval in "
            f"{system}, or let this decision mean to release it.",
        )
    if (decision, now.status) == (REJECT, "released"):
        raise NeedsPerson(
            Reason.REFUSED,
            f"{called(now)} is released already: there is no approval to reject. Reopen it.",
        )


def lacks(system: str, codeunit: str, procedure: str) -> str:
    return (
        f"{system} offers no {procedure} of the codeunit {codeunit}. Publish the codeunit of "
        "docs/nav under this name on the page Web Services (NAV 2018 and older: also enter the "
        "SOAP address), or leave the field Codeunit blank."
    )
