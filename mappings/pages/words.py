"""Figures in the words of the pages."""

from __future__ import annotations

from decimal import Decimal

from connections.models import Connection
from mappings.checks import reference
from mappings.reference import Reference
from mappings.releases import Releasable

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def currency_of(ledger: Connection) -> str:
    """The ledger's local currency (ISO code), or empty while nobody has read it."""
    window = reference(ledger, Reference.Kind.WINDOW, "window")
    return str(window.data.get("currency") or "") if window else ""


def money(amount: Decimal, currency: str = "") -> str:
    """-$1,234.50, CHF 1,234.50, or 1,234.50 where the currency is not known."""
    sign = SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{'-' if amount < 0 else ''}{sign}{abs(amount):,.2f}"


def documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"


def releases(found: Releasable, currency: str) -> str:
    """What saving would do, before it is done."""
    if not found.documents and not found.partly:
        return "No held document waits for this."
    parts = []
    if found.documents:
        parts.append(f"Releases {documents(found.documents)}, {money(found.amount, currency)}.")
    if found.partly:
        needs = "needs" if found.partly == 1 else "need"
        parts.append(f"{documents(found.partly)} {needs} this and something else.")
    return " ".join(parts)


def released(found: Releasable, currency: str) -> str:
    """What was done; empty when nothing waited."""
    parts = []
    if found.documents:
        total = money(found.amount, currency)
        parts.append(f"Released {documents(found.documents)}, {total}.")
    if found.partly:
        needs = "needs" if found.partly == 1 else "need"
        parts.append(f"{documents(found.partly)}, tried again, {needs} something else too.")
    return " ".join(parts)
