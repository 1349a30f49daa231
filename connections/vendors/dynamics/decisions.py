"""Decisions made elsewhere take effect here: which ways a site offers, and one way carried out.

Ask first, act, read back: an answer that was lost makes the next try find what was done. The ways
are the codeunit of `docs/nav`, a flag field of the document, and a line in a journal for finance.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Protocol

from connections.documents import (
    APPROVE,
    LEDGER_INVOICE,
    LEDGER_MEMO,
    LEDGER_ORDER,
    POST,
    REJECT,
    RELEASE,
    REOPEN,
    DecisionWay,
    LedgerDocument,
    TestResult,
)
from connections.errors import ConnectorError, NeedsPerson, Reason, RetryLater

TYPES = {LEDGER_ORDER: "Order", LEDGER_INVOICE: "Invoice", LEDGER_MEMO: "Credit Memo"}
NOUNS = {
    LEDGER_ORDER: "Purchase order",
    LEDGER_INVOICE: "Purchase invoice",
    LEDGER_MEMO: "Purchase credit memo",
}
FINAL = ("posted", "paid", "cancelled")
NOTED = (RELEASE, REOPEN, APPROVE, REJECT)  # what can be noted where nothing is done
DONE = {
    RELEASE: "released",
    REOPEN: "reopened",
    APPROVE: "approved",
    REJECT: "rejected",
    POST: "posted",
}


class Documents(Protocol):
    """What a way asks of the client."""

    label: str

    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]: ...


class Way(Protocol):
    name: str
    label: str

    def decisions(self) -> tuple[str, ...]: ...

    def problem(self) -> str:
        """Empty while it can be used here, else what is missing, in a sentence. Cheap."""

    def offer(self) -> str:
        """What it does here. Raises NeedsPerson where a thorough look finds it unusable."""

    def carry(self, decision: str, now: LedgerDocument, note: str, about: str) -> str: ...


class Deciding:
    """Meets the deciding half of `roles.DecidableLedger`, with the ways of a client."""

    label: str

    def ways(self) -> Sequence[Way]:
        raise NotImplementedError

    def purchases(self, kind: str, ids: Sequence[str]) -> list[LedgerDocument]:
        raise NotImplementedError

    def header_codes(self, kind: str) -> Collection[str] | None:
        """The dimensions that a header of this kind carries; None: all of them."""
        raise NotImplementedError

    def write_dimensions(self, now: LedgerDocument, values: Mapping[str, str], about: str) -> None:
        raise NotImplementedError

    def decision_ways(self) -> list[DecisionWay]:
        """What this site offers, best first."""
        return [offered(way) for way in self.ways()]

    def decide(
        self, way: str, decision: str, document: LedgerDocument, note: str, about: str
    ) -> str:
        """Raises NeedsPerson with what the ledger says, InDoubt (then: again), RetryLater."""
        chosen = next((one for one in self.ways() if one.name == way), None)
        if chosen is None or decision not in chosen.decisions():
            raise NeedsPerson(Reason.SETTINGS, f"{self.label} carries no {decision} by “{way}”.")
        problem = chosen.problem()
        if problem:
            raise NeedsPerson(Reason.SETTINGS, problem)
        now = present(self, document)
        said = moot(now, decision)
        if not said and decision == POST:
            must_be_as_decided(now, document)
        return said or chosen.carry(decision, now, note, about)

    def set_dimensions(
        self, document: LedgerDocument, values: Mapping[str, str], about: str
    ) -> None:
        """On the header and on every line, while the document is open. What is so already is
        not written."""
        now = present(self, document)
        wanted = {code.upper(): value.upper() for code, value in values.items()}
        on_header = self.header_codes(now.kind)
        if not list(differences(now, wanted, on_header)):
            return
        must_be_open(now, self.label)
        self.write_dimensions(now, wanted, about)
        left = list(differences(present(self, document), wanted, on_header))
        if left:
            raise NeedsPerson(
                Reason.DIMENSION,
                f"{self.label} took the dimensions of {called(now)} and still shows others: "
                f"{', '.join(left)}. Correct them there.",
            )


def with_ways(found: TestResult, ledger: Deciding) -> TestResult:
    """What a test found, and how decisions of a board would reach this site."""
    try:
        ways = ledger.decision_ways()
    except ConnectorError as error:
        if not found.ok:
            return found
        said = f"Decisions made on a board: not known now. {error.sentence}"
    else:
        can = [f"{way.label} ({', '.join(way.decisions)})" for way in ways if way.available]
        cannot = [f"Not by {lower(way.label)}: {way.why}" for way in ways if not way.available]
        said = f"Decisions made on a board reach it by: {'; '.join(can) or 'no way'}."
        said = " ".join([said, *cannot])
    return dataclasses.replace(found, findings=(*found.findings, said))


def lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def offered(way: Way) -> DecisionWay:
    why = way.problem()
    available = not why
    if available:
        try:
            why = way.offer()
        except NeedsPerson as error:
            why, available = error.sentence, False
    return DecisionWay(way.name, way.label, way.decisions(), available, why)


def called(document: LedgerDocument) -> str:
    return f"{NOUNS[document.kind]} {document.number}"


def present(ledger: Documents, document: LedgerDocument) -> LedgerDocument:
    """As it stands now. Raises NeedsPerson when it is gone."""
    for now in ledger.purchases(document.kind, [document.id]):
        return now
    raise NeedsPerson(
        Reason.DELETED_AT_SOURCE,
        f"{called(document)} is not in {ledger.label} any more: it was deleted there, or billed in "
        "full and removed.",
    )


def moot(now: LedgerDocument, decision: str) -> str:
    """Of a document that is past deciding: going ahead has happened, going back cannot."""
    if now.status not in FINAL:
        return ""
    if decision in (APPROVE, RELEASE, POST) and now.status != "cancelled":
        return f"It is {now.status} already, as {now.number}."
    raise NeedsPerson(
        Reason.ALREADY_THERE,
        f"{called(now)} is {now.status} by now: it cannot be {DONE[decision]} any more. "
        "Correct it there.",
    )


def must_be_as_decided(now: LedgerDocument, decided: LedgerDocument) -> None:
    """What is posted cannot be taken back: a document that moved is looked at again first."""
    if (now.vendor, now.total, now.lines) != (decided.vendor, decided.total, decided.lines):
        raise RetryLater(f"{called(now)} was changed meanwhile; it is looked at again.")


def must_be_open(now: LedgerDocument, label: str) -> None:
    if now.status != "draft":
        raise NeedsPerson(
            Reason.ALREADY_THERE if now.status in FINAL else Reason.REFUSED,
            f"{called(now)} is {now.status.replace('_', ' ')} in {label}: its dimensions can be "
            "changed only while it is open.",
        )


def differences(
    now: LedgerDocument, wanted: Mapping[str, str], on_header: Collection[str] | None
) -> Iterator[str]:
    """Where it has other values than wanted, in words."""
    for code, value in wanted.items():
        have = dict(now.dimensions).get(code, "")
        if (on_header is None or code in on_header) and have.upper() != value:
            yield f"{code} {have or 'blank'}"
        for line in now.lines:
            have = dict(line.dimensions).get(code, "")
            if have.upper() != value:
                yield f"{code} {have or 'blank'} on line {line.id}"
