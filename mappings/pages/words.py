"""Figures in the words of the pages."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from connections.amounts import TAKEN_OFF, Amount, Kind, MoneyBag
from connections.documents import ZERO
from connections.models import Connection
from connections.pages.moments import when
from mappings.checks import reference
from mappings.reference import Reference
from mappings.releases import Booked, Releasable, Untold

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def currency_of(ledger: Connection) -> str:
    """The ledger's local currency (ISO code), or empty while nobody has read it."""
    window = reference(ledger, Reference.Kind.WINDOW, "window")
    return str(window.data.get("currency") or "") if window else ""


def money(amount: Decimal, currency: str = "") -> str:
    """-$1,234.50, CHF 1,234.50, or 1,234.50 where the currency is not known. Two decimals; more
    where there are any."""
    sign = SYMBOLS.get(currency, f"{currency} " if currency else "")
    cents = round(amount, 2)
    shown = cents if cents == amount else amount.normalize()
    return f"{'-' if amount < 0 else ''}{sign}{abs(shown):,f}"


def sums(bag: MoneyBag, own: str = "") -> list[str]:
    """Each currency by itself, and by itself what is no cost: a commitment is none."""
    found = counted(bag, own)
    named = {one.kind for one in found} != {Kind.COSTS}
    return [amount(one, named) for one in found]


def amount(one: Amount, named: bool) -> str:
    """With what it is of, where that has to be named."""
    if not named:
        return money(one.amount, one.currency)
    turned = -one.amount if one.kind in TAKEN_OFF else one.amount
    return f"{money(turned, one.currency)} {one.kind}".rstrip()


def counted(bag: MoneyBag, own: str) -> list[Amount]:
    """What is 0.00 is left out, unless all is. `own`: the company's own currency."""
    found = [one for one in bag.named(own).each if one.amount]
    return found or [Amount(Kind.COSTS, own, ZERO)]


def documents(count: int) -> str:
    return f"{count:,} document{'' if count == 1 else 's'}"


def sum_of(found: Releasable, currency: str) -> str:
    return in_words(found.money, currency)


def in_words(bag: MoneyBag, own: str = "") -> str:
    """In a sentence."""
    return ", ".join(sums(bag, own))


def booked(found: Booked, currency: str, what: str = "what changes here") -> str:
    """Of posted documents, what a change of these rows does not do; empty where there are none."""
    if not found.documents:
        return ""
    one = found.documents == 1 and not found.more
    count = f"More than {found.documents:,}" if found.more else f"{found.documents:,}"
    total = "" if found.more else f", {in_words(found.money, currency)},"
    plural = "document" if one else "documents"
    was, stays, it = ("was", "stays", "it is") if one else ("were", "stay", "they are")
    return (
        f"{count} posted {plural}{total} {was} booked by {what} and {stays} as {it}: "
        "nothing is posted again. One that changes in its source later is worked out anew, and "
        "held with the difference."
    )


def holds(found: Releasable, currency: str) -> str:
    """Of documents that are not posted yet, what saving would take away; empty for none."""
    if not found.documents:
        return ""
    return f"Holds {documents(found.documents)} again, {sum_of(found, currency)}."


def anew(found: Releasable, currency: str) -> str:
    """Of documents that are not posted yet, what saving did; empty for none."""
    if not found.documents:
        return ""
    total = sum_of(found, currency)
    return f"{documents(found.documents)}, {total}, not posted yet, worked out anew."


def outside(stretches: Collection[Booked], currency: str) -> str:
    """Of posted documents, those on whose days the row is to count no more; empty for none."""
    number = sum(found.documents for found in stretches)
    if not number:
        return ""
    more = "More than " if any(found.more for found in stretches) else ""
    total = "" if more else f", {in_words(MoneyBag.sum(f.money for f in stretches), currency)},"
    lie = "lies" if number == 1 and not more else "lie"
    return f"{more}{number:,} of them{total} {lie} outside the new days."


def untold(found: Untold, beside: bool) -> str:
    """Of posted documents, those of which nobody knows by which rows they were booked."""
    if not found.documents:
        return ""
    count = f"more than {found.documents:,}" if found.more else f"{found.documents:,}"
    one = found.documents == 1 and not found.more
    which = f"{count} document{'' if one else 's'} posted before {when(found.before)}"
    whose = "whose rules were not kept"
    if beside:
        return f"And {which}, {whose}: by which {'it was' if one else 'they were'} is not known."
    return f"No posted document is known to be booked by this; {which}, {whose}, may be."


def releases(found: Releasable, currency: str) -> str:
    """What saving would do, before it is done."""
    if not found.documents and not found.partly and not found.shadow:
        return "No held document waits for this."
    parts = []
    if found.documents:
        about = "about " if found.about else ""
        total = in_words(found.money, currency)
        parts.append(f"Releases {about}{documents(found.documents)}, {about}{total}.")
    parts += in_shadow(found, currency)
    if found.partly:
        needs = "needs" if found.partly == 1 else "need"
        parts.append(f"{documents(found.partly)} {needs} this and something else.")
    return " ".join(parts)


def in_shadow(found: Releasable, currency: str) -> list[str]:
    """Nothing of them is written before their flow is switched on."""
    if not found.shadow:
        return []
    lack = "lacks" if found.shadow == 1 else "lack"
    total = in_words(found.shadow_money, currency)
    return [f"In shadow mode, {documents(found.shadow)}, {total}, {lack} nothing else."]


def released(found: Releasable, currency: str) -> str:
    """What was done; empty when nothing waited."""
    parts = []
    if found.documents:
        total = in_words(found.money, currency)
        about = "about " if found.about else ""
        parts.append(f"Released {about}{documents(found.documents)}, {about}{total}.")
    parts += in_shadow(found, currency)
    if found.partly:
        needs = "needs" if found.partly == 1 else "need"
        parts.append(f"{documents(found.partly)}, tried again, {needs} something else too.")
    return " ".join(parts)
