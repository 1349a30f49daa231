"""What Procore's refusals of our writes mean, in sentences an accountant can act on."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from connections.documents import Document, Line
from connections.errors import (
    ConnectorError,
    NeedsPerson,
    NotFound,
    Reason,
    Refused,
    RetryLater,
    Words,
)
from connections.vendors.procore.values import Row, key, listed
from connections.vendors.procore.wire import NOT_CONNECTED, said

VENDOR = "procore"  # its key in the registry
TOOLS = {
    "purchase_order": "Commitments",
    "requisition": "Invoicing",
    "direct_cost": "Direct Costs",
}
NAMES = {
    "purchase_order": "Commitment",
    "requisition": "Invoice",
    "direct_cost": "Direct cost",
}
SHOWN_AT_MOST = 3


@dataclasses.dataclass(frozen=True)
class Rule:
    """Words in a refusal, and what they mean."""

    words: re.Pattern[str]
    reason: Reason
    sentence: str  # {what} {number} {vendor} {project} {contract} {said}


def rule(words: str, reason: Reason, sentence: str) -> Rule:
    return Rule(re.compile(words, re.IGNORECASE), reason, sentence)


# The first that fits counts. Procore documents no list of its validation messages.
RULES = (
    rule(
        r"period.*(closed|locked)",
        Reason.BILLING_PERIOD,
        "The billing period of {what} is closed in Procore ({said}). Open it there, then replay.",
    ),
    rule(
        r"locked|synced to an erp|only the latest|on an approved",
        Reason.LOCKED,
        "Procore has locked {what} ({said}). Change it there by hand, or unlock it and replay.",
    ),
    rule(
        r"workflow",
        Reason.LOCKED,
        "A workflow in Procore holds the status of {what} ({said}). Finish it there and replay.",
    ),
    rule(
        r"origin.id.*(taken|unique|use)",
        Reason.REFUSED,
        "{what} stands in Procore already, in another project or since a moment ({said}). Replay; "
        "if that does not help, void that one and clear its origin id.",
    ),
    rule(
        r"number.*(taken|unique|in use|already)",
        Reason.DUPLICATE_NUMBER,
        "Procore has the number {number} in project {project} already ({said}). "
        "Renumber that one in Procore, then replay.",
    ),
    rule(
        r"commitment.*approved",
        Reason.REFUSED,
        "Commitment {contract} is not approved in Procore, so it cannot be billed ({said}). "
        "Approve it there, then replay.",
    ),
    rule(
        r"vendor",
        Reason.REFUSED,
        "Procore does not take vendor {vendor} in project {project} ({said}). See that the vendor "
        "is active and in the project's directory, then replay.",
    ),
    rule(
        r"cost.code|wbs|budget|line.item.type|cost.type",
        Reason.COST_CODE,
        "Procore does not take a cost code of {what} ({said}). See that project {project} has it "
        "and that it is budgeted, then replay.",
    ),
    rule(
        r"number.*(too long|maximum|longer)",
        Reason.NUMBER,
        "The number {number} is too long for Procore ({said}).",
    ),
    rule(
        r"too long|maximum|longer than",
        Reason.REFUSED,
        "A text of {what} is too long for Procore ({said}). Shorten it in the ledger.",
    ),
    rule(
        r"(date|start|end)\b.*(invalid|blank|before|after|overlap)",
        Reason.REFUSED,
        "Procore does not take a date of {what} ({said}). Correct it in the ledger.",
    ),
)


def what(document: Document) -> str:
    return f"{NAMES[document.kind].lower()} {document.number}"


def place(document: Document) -> str:
    return document.project.number or document.project.name or document.project.id


def meaning(document: Document, words: str) -> NeedsPerson | None:
    """The refusal as a person's task; None when the words tell nothing."""
    found = next((one for one in RULES if one.words.search(words)), None)
    return held(found.reason, found.sentence, document, words) if found else None


def held(reason: Reason, sentence: str, document: Document, words: str) -> NeedsPerson:
    told = sentence.format(
        what=what(document), number=document.number, said=words.rstrip("."),
        vendor=document.vendor.name or document.vendor.id, project=place(document),
        contract=document.contract_number or document.contract_id,
    )  # fmt: skip
    return NeedsPerson(reason, begun(told), procore=words)


def begun(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


@contextmanager
def plainly(document: Document, creating: bool = False) -> Iterator[None]:
    """Refusals inside become sentences; those that tell nothing go through as they are."""
    try:
        yield
    except Refused as error:
        raise translated(error, document, creating) from error


def translated(error: Refused, document: Document, creating: bool) -> ConnectorError:
    if error.status == 409:  # another write on the same direct cost; nothing was done
        return RetryLater(f"Procore is busy with {what(document)} ({error.text.rstrip('.')}).")
    if error.status == 403 or (creating and isinstance(error, NotFound)):
        return without_the_tool(error, document)
    if error.status in (400, 422):
        return meaning(document, error.text) or error
    return error


def without_the_tool(error: Refused, document: Document) -> ConnectorError:
    if error.sentence == NOT_CONNECTED:
        return error
    tool = TOOLS[document.kind]
    return NeedsPerson(
        Reason.REFUSED,
        f"Procore does not let us write {what(document)} into project {place(document)} "
        f"({error.text.rstrip('.')}). See that the project is on the service account's list, that "
        f"its {tool} tool is on, and that the account has Admin there.",
        procore=error.text,
    )


# -- rows of a sync: 200 even if every row failed (…/documentation/using-sync-actions) ----------


def accepted(data: Any, document: Document, lines: Sequence[tuple[str, Line]]) -> None:
    """Raises NeedsPerson for the lines that failed; RetryLater where Procore says nothing of one.

    `lines` are the rows sent, with their origin ids: the order of the answer means nothing.
    """
    answer: Row = data if isinstance(data, dict) else {}
    failed = {key(row.get("origin_id")): row for row in listed(answer, "errors")}
    done = {key(row.get("origin_id")) for row in listed(answer, "entities")}
    wrong: list[tuple[Line | None, str]] = [
        (line, words_of(failed[origin])) for origin, line in lines if origin in failed
    ]
    if wrong:
        raise refused_lines(document, wrong)
    if failed:
        raise refused_lines(document, [(None, words_of(row)) for row in failed.values()])
    if any(origin not in done for origin, _ in lines):
        raise RetryLater(f"Procore did not say what became of each line of {what(document)}.")


def words_of(row: Row) -> str:
    return "; ".join(said({"errors": row.get("errors")})) or "no reason given"


def refused_lines(document: Document, wrong: list[tuple[Line | None, str]]) -> NeedsPerson:
    told = [f"{named(document, line)}: {words}" for line, words in wrong[:SHOWN_AT_MOST]]
    more = len(wrong) - SHOWN_AT_MOST
    rest = f" (and {more} more)" if more > 0 else ""
    known = meaning(document, wrong[0][1])
    if known is not None and known.reason == Reason.LOCKED:
        return known
    return NeedsPerson.in_words(
        None if known else Words(VENDOR, "", wrong[0][1]),
        known.reason if known else Reason.REFUSED,
        f"Procore refused lines of {what(document)}. " + "; ".join(told) + f"{rest}.",
        procore=[words for _, words in wrong],
    )


def named(document: Document, line: Line | None) -> str:
    if line is None:
        return "A line"
    coded = " ".join(part for part in (line.cost_code, line.cost_type) if part)
    place_ = document.lines.index(line) + 1
    return f"Line {place_} “{line.description[:60]}” ({coded}, {line.amount:,.2f})"


def made(data: Any, document: Document) -> Row:
    """The record that a POST answers with. Raises RetryLater: the next look finds it."""
    row: Row = data if isinstance(data, dict) else {}
    if not row.get("id"):
        raise RetryLater(f"Procore did not say what became of {what(document)}.")
    return row


def header(data: Any, document: Document) -> Row:
    """The one row of a header sync. Raises NeedsPerson, RetryLater."""
    answer: Row = data if isinstance(data, dict) else {}
    for row in listed(answer, "errors"):
        words = words_of(row)
        raise meaning(document, words) or NeedsPerson.in_words(
            Words(VENDOR, "", words),
            Reason.REFUSED,
            f"Procore refused {what(document)}: {words}.",
            procore=words,
        )
    for row in listed(answer, "entities"):
        return row
    raise RetryLater(f"Procore did not say what became of {what(document)}.")
