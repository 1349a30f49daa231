"""What the two ways of reading purchase documents share."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from connections.documents import ZERO, Vendor
from connections.errors import NeedsPerson, Reason, Refused

CENT = Decimal("0.01")


def spread(total: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The total by weight, in cents; the last weight of any size takes what rounding leaves."""
    whole = sum(weights, ZERO)
    bearing = [index for index, weight in enumerate(weights) if weight]
    if not total or not whole:
        return [total if [index] == bearing[-1:] else ZERO for index in range(len(weights))]
    parts = [(total * weight / whole).quantize(CENT, ROUND_HALF_UP) for weight in weights]
    parts[bearing[-1]] += total - sum(parts, ZERO)
    return parts


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
    return NeedsPerson(
        Reason.MISSING_VENDOR,
        f"{system} did not take the new vendor {vendor.name}: {error.text or error.status}. Create "
        "it there and link it.",
        code=error.code,
        text=error.text,
    )
