"""A catalogue of refusals: a text, the reason that it stands for, and the sentence to read."""

from __future__ import annotations

import dataclasses
import re

from connections.documents import CodedDocument
from connections.errors import Reason
from connections.pages import moments
from connections.registry import Refusal

NOUNS = {
    "purchase_invoice": "invoice",
    "credit_memo": "credit memo",
    "journal": "journal",
    "purchase_order": "purchase order",
}


@dataclasses.dataclass(frozen=True)
class Rule:
    """A text or code, the reason that it stands for, and the sentence a person reads.

    The sentence may use what its catalogue fills in, and the pattern's named groups.
    """

    pattern: re.Pattern[str]
    reason: Reason
    sentence: str


def rule(pattern: str, reason: Reason, sentence: str) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE | re.DOTALL), reason, sentence)


def listed(*rules: Rule) -> tuple[Refusal, ...]:
    return tuple(Refusal(one.pattern.pattern, one.reason, one.sentence) for one in rules)


def facts(document: CodedDocument) -> dict[str, str]:
    vendor = f"{document.vendor} {document.vendor_name}".strip()
    return {
        "noun": NOUNS.get(document.kind, "document"),
        "number": document.number,
        "vendor": vendor,
        "date": moments.day(document.posting_date),
    }
