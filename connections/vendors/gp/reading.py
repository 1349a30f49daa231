"""Reference data of a company: vendors, accounts, and what serves as dimensions."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence
from functools import cached_property

from django.core.cache import cache

from connections.documents import (
    Account,
    Dimension,
    DimensionValue,
    PostingWindow,
    TaxCode,
    Vendor,
)
from connections.errors import NeedsPerson
from connections.vendors.dynamics.names import renamed
from connections.vendors.gp.names import not_read
from connections.vendors.gp.places import COST_CODE, PROJECT, Places
from connections.vendors.gp.rows import Row
from connections.vendors.gp.wire import Wire

OVERLAP = dt.timedelta(days=1)  # ModifiedDate is a day in the server's time zone
FEW = 5  # vendors asked for one by one; more come with the whole list
KEPT = 24 * 3600  # seconds
POSTING_ACCOUNT = "1"
INACTIVE = ("2", "inactive")
DIGITS = 10  # of a telephone number; four more are the extension


class Reading(Wire):
    """What the mappings are checked against."""

    imported: tuple[Account, ...] = ()  # the chart from a file, by whole numbers

    @cached_property
    def places(self) -> Places:
        return Places(self.connection)

    def window(self) -> PostingWindow:
        """Nothing is posted by us, so no dates; the currency in which the company keeps books."""
        return PostingWindow(None, None, self.local_currency)

    def tax_codes(self) -> list[TaxCode]:
        return []

    # -- currencies ---------------------------------------------------------------------------

    @cached_property
    def iso_codes(self) -> dict[str, str]:
        """GP's own currency ids by ISO code; what the connection says comes before the service."""
        known = {
            one.text("CurrencyID").upper(): one.text("ISOCode") for one in self.known_currencies
        }
        try:
            given = renamed(self.connection.setting("currencies"))
        except ValueError as error:
            raise not_read(str(error), "Currencies", "Write GP's id=ISO code.") from error
        return known | {name.upper(): iso for name, iso in given.items()}

    @cached_property
    def local_currency(self) -> str:
        given = self.connection.setting("local_currency").strip().upper()
        functional = (one for one in self.known_currencies if one.flag("Functional"))
        return given or next((one.text("ISOCode") for one in functional), "")

    @cached_property
    def known_currencies(self) -> list[Row]:
        """Kept for a day. Not every site offers them."""
        key = self.cache_key("currencies", "currencies") if self.names.paths["currencies"] else ""
        kept = cache.get(key) if key else []
        if kept is None:
            try:
                kept = [dict(one.data) for one in self.rows("currencies")]
            except NeedsPerson:  # not offered, or not granted
                kept = []
            cache.set(key, kept, KEPT)
        return [Row(one, self.names.fields("currencies")) for one in kept]

    def currency(self, row: Row) -> str:
        """ISO code; empty: the company's own. An id that nobody knows stays as it is."""
        known = row.text("CurrencyID").upper()
        return self.iso_codes.get(known, known)

    # -- vendors ------------------------------------------------------------------------------

    def vendors(self, since: dt.datetime | None = None) -> list[Vendor]:
        """All, or those modified since a day before that moment."""
        day = (since - OVERLAP).date().isoformat() if since else ""
        return [self._vendor(row) for row in self.rows("vendors", modifiedSince=day)]

    def vendors_by_number(self, numbers: Sequence[str]) -> list[Vendor]:
        """By the filter, not by key: a slash in an id does not pass every web server."""
        wanted = list(dict.fromkeys(number.strip() for number in numbers if number.strip()))
        one_by_one = len(wanted) <= FEW and self.names.options["vendorId"]
        rows = (
            [row for number in wanted for row in self.rows("vendors", vendorId=number)]
            if one_by_one
            else self.rows("vendors") if wanted else []
        )  # fmt: skip
        same = {number.upper() for number in wanted}
        found = {row.text("VendorID").upper(): row for row in rows}
        return [self._vendor(row) for number, row in found.items() if number in same]

    def _vendor(self, row: Row) -> Vendor:
        """Its number is its key. No stamp: GP keeps the date of the last change only."""
        inactive = row.text("VendorStatus").lower() in INACTIVE
        number = row.text("VendorID")
        lines = (row.text(name) for name in ("Address1", "Address2", "Address3"))
        return Vendor(
            id=number,
            number=number,
            name=row.text("VendorName"),
            street=", ".join(filter(None, lines)),
            city=row.text("City"),
            state=row.text("State"),
            postal_code=row.text("ZipCode"),
            country=row.text("Country"),
            phone=telephone(row.text("Phone1")),
            email=row.text("Email"),
            tax_number=row.text("TaxIDNumber"),
            currency=self.currency(row),
            active=not inactive,
            blocked="all" if inactive else "payment" if row.flag("Hold") else "",
        )

    # -- accounts -----------------------------------------------------------------------------

    @property
    def offers_accounts(self) -> bool:
        """False where the site's services lack them (Microsoft's own list does)."""
        return self.offers("accounts")

    def take_accounts(self, accounts: Iterable[Account]) -> None:
        """The chart from a file: it counts where the site's services have none."""
        self.imported = tuple(accounts)

    def accounts(self) -> list[Account]:
        """Of the service, else of the file. Raises NotOffered where there is neither."""
        return self.chart(self.whole_accounts())

    def whole_accounts(self) -> list[Account]:
        """The same by their whole numbers."""
        if self.imported and not self.offers_accounts:
            return list(self.imported)
        return [account(row) for row in self.rows("accounts")]

    def chart(self, accounts: Iterable[Account]) -> list[Account]:
        """As lines name them: whole numbers, or the main segments where the connection says so.

        An import from a file goes through this too. A main account is usable when one of it is.
        """
        found: dict[str, Account] = {}
        for one in accounts:
            number = self.places.account(one.number)
            here = found.get(number)
            if number and (here is None or (here.why_unusable and not one.why_unusable)):
                found[number] = renumbered(one, number)
        return list(found.values())

    # -- dimensions ---------------------------------------------------------------------------

    def dimensions(self) -> list[Dimension]:
        """The project, the cost code, and the segments that accounts have."""
        named = [(PROJECT, "Project"), (COST_CODE, "Cost code")]
        named += [(name, f"Account segment {name}") for name in self._segment_values]
        free = (PROJECT, COST_CODE)
        return [Dimension(code, code, name, code in free) for code, name in dict(named).items()]

    def dimension_values(self) -> list[DimensionValue]:
        """From the accounts and from documents of a year. GP has no list of them with names."""
        found = {(name, code) for name, codes in self._segment_values.items() for code in codes}
        found |= self.stated_values()
        return [DimensionValue(f"{name}/{code}", name, code, code) for name, code in sorted(found)]

    def stated_values(self) -> set[tuple[str, str]]:
        """(dimension, value) that documents name. `sources` knows them."""
        return set()

    @cached_property
    def _segment_values(self) -> dict[str, set[str]]:
        """By segment, in the order of the account; of documents where there are no accounts."""
        if numbers := self._account_numbers():
            pairs = [pair for number in numbers for pair in self.places.segment_pairs(number)]
        else:
            pairs = [pair for pair in self.stated_values() if pair[0] not in (PROJECT, COST_CODE)]
        found: dict[str, set[str]] = {}
        for name, value in sorted(pairs, key=lambda pair: self.places.order(pair[0])):
            found.setdefault(name, set()).add(value)
        return found

    def _account_numbers(self) -> list[str]:
        if not self.offers_accounts:
            return [one.number for one in self.imported]
        return [row.text("AccountNumber") for row in self.rows("accounts")]


def account(row: Row) -> Account:
    """Unit and allocation accounts take no amounts from outside."""
    number = row.text("AccountNumber")
    return Account(
        id=number,
        number=number,
        name=row.text("Description"),
        category=row.text("Category"),
        posting=row.text("AccountType") in ("", POSTING_ACCOUNT),
        direct_posting=row.flag("AllowAccountEntry", default=True),
        blocked=not row.flag("Active", default=True),
    )


def renumbered(one: Account, number: str) -> Account:
    return one if one.number == number else dataclasses.replace(one, id=number, number=number)


def telephone(text: str) -> str:
    """`20655501000012` is a number and its extension; what is no such thing stays."""
    if not text.isdigit() or len(text) != DIGITS + 4:
        return text
    number, extension = text[:DIGITS].lstrip("0"), text[DIGITS:].lstrip("0")
    return f"{number} ext. {extension}" if number and extension else number
