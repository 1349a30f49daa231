"""Vendors that a ledger lacks: adopted where one is meant, made where none is."""

from __future__ import annotations

from collections.abc import Sequence

from connections.documents import Vendor
from connections.errors import NeedsPerson, Reason, Refused


def the_one(candidates: Sequence[Vendor], wanted: Vendor, system: str) -> Vendor | None:
    """Of the vendors with the same tax number, else of the same name: the only one, or none.

    Raises NeedsPerson when several could be meant.
    """
    tax, name = plain(wanted.tax_number), plain(wanted.name)
    same_tax = [one for one in candidates if tax and plain(one.tax_number) == tax]
    same = same_tax or [one for one in candidates if plain(one.name) == name]
    if len(same) > 1:
        numbers = ", ".join(one.number for one in same)
        raise NeedsPerson(
            Reason.POSSIBLE_DUPLICATE,
            f"{system} has several vendors that could be {wanted.name}: {numbers}. Link the right "
            "one.",
        )
    return same[0] if same else None


def plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def vendor_refused(error: Refused, vendor: Vendor, system: str) -> NeedsPerson:
    """The ledger's own words: what a vendor card needs differs from site to site."""
    return NeedsPerson.in_words(
        error.untold,
        Reason.MISSING_VENDOR,
        f"{system} did not take the new vendor {vendor.name}: {error.text or error.status}. Create "
        "it there and link it.",
        code=error.code,
        text=error.text,
    )
