"""Numbers and keys of ours that a ledger document bears: the same each time, single for ever."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections import defaultdict

from connections.documents import (
    Document,
    cut,
    units,
)


def within(contract: str, number: str, most: int) -> str:
    """A number that is single only within its contract, with the contract's in front.

    One that is too long loses the end of the contract's number, and four characters of its hash
    tell it apart: the same each time.
    """
    whole = f"{contract}-{number}" if contract else number
    room = most - units(number) - 6
    if units(whole) <= most or room < 1:
        return whole
    mark = hashlib.sha256(contract.encode()).hexdigest()[:4]
    return f"{cut(contract, room)}-{mark}-{number}"


def corrected(number: str, revision: int, most: int) -> str:
    """Of a difference to the document of this number: single, stable, and within the length."""
    if revision < 2:
        return number
    ending = f"-R{revision - 1}"
    if units(number) + len(ending) <= most:
        return number + ending
    mark = hashlib.sha256(number.encode()).hexdigest()[:4]
    return f"{cut(number, most - len(ending) - 5)}-{mark}{ending}"


def journal_number(document: Document, revision: int) -> str:
    """At most 20 characters, the same for ever: a prefix by kind, the source's id, the revision."""
    prefixes: dict[str, str] = defaultdict(lambda: "PX")
    prefixes |= {
        "purchase_order": "PO", "subcontract": "SC", "requisition": "RQ", "direct_cost": "DC",
        "commitment_change_order": "CC", "prime_change_order": "PC", "commitment_relief": "RL",
        "commitment_closing": "CL",
    }  # fmt: skip
    return f"{prefixes[document.kind]}{document.id[-15:]}" + (
        f"-{revision}" if revision > 1 else ""
    )


def batch_key(document: Document, revision: int) -> str:
    """Ten characters, the same for ever, for a journal batch of its own."""
    text = f"{document.kind}|{document.project.id}|{document.id}|{revision}"
    return "P" + b32encode(hashlib.sha256(text.encode()).digest()).decode()[:9]
