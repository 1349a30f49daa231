"""Reference data: posting window, accounts, dimensions and values, vendors, tax groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from connections.documents import (
    Account,
    Dimension,
    DimensionValue,
    PostingWindow,
    TaxCode,
    Vendor,
)
from connections.errors import NotFound, Refused
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics.rows import BLOCKED, words

VENDOR_CARD = 26  # the page of that number, in all releases


class Reading(Wire):
    """What the mappings are checked against."""

    def window(self) -> PostingWindow:
        """Dates open for posting and the local currency.

        A user's own window may be narrower. Old versions have no generalLedgerSetup (404): there
        the dates are unknown and only posting tells.
        """
        try:
            setup = self.rows(self.path("generalLedgerSetup"))
        except NotFound:
            setup = []
        if setup:
            return window(setup[0])
        information = self.rows(self.path("companyInformation"))
        return PostingWindow(None, None, str(information[0]["currencyCode"] if information else ""))

    def accounts(self) -> list[Account]:
        return [account(row) for row in self.rows(self.path("accounts"))]

    def dimensions(self) -> list[Dimension]:
        return [
            Dimension(str(row["id"]), str(row["code"]), str(row.get("displayName") or row["code"]))
            for row in self.rows(self.path("dimensions"))
        ]

    def dimension_values(self) -> list[DimensionValue]:
        """With `blocked` and headings where the finance reports group is there.

        The plain set lacks both (a blocked value then shows only at posting). The id is
        `DIMENSION/VALUE` from either source, so that it stays the same.
        """
        try:
            return self._reported_values()
        except Refused:
            return self._plain_values()

    def _reported_values(self) -> list[DimensionValue]:
        rows = self.rows(self.group("reportsFinance/beta", "dimensionValues"))
        return [reported_value(row) for row in rows]

    def _plain_values(self) -> list[DimensionValue]:
        codes = {one.id: one.code for one in self.dimensions()}
        rows = self.rows(self.path("dimensionValues"))
        return [plain_value(row, codes) for row in rows if row["dimensionId"] in codes]

    def vendors(self, since: dt.datetime | None = None) -> list[Vendor]:
        """All, or those changed after `since` (the caller's overlap is its own matter)."""
        if since is None:
            path = self.path("vendors")
        else:
            changed = f"lastModifiedDateTime gt {odata.moment(since)}"
            path = self.path("vendors", filter=changed, orderby="lastModifiedDateTime")
        return [supplier(row) for row in self.rows(path)]

    def vendors_by_number(self, numbers: Sequence[str]) -> list[Vendor]:
        """Those that exist. What comes back is compared: `*` or `|` in a value may be a pattern."""
        wanted = list(dict.fromkeys(number for number in numbers if number))
        found: list[Vendor] = []
        for part in odata.chunks(wanted):
            path = self.path("vendors", filter=odata.any_of("number", part))
            same = {number.upper() for number in part}
            found += [supplier(row) for row in self.rows(path) if row["number"].upper() in same]
        return found

    def vendor_page(self, number: str) -> str:
        """Its card (page 26), on which it is blocked and unblocked."""
        return self.link(VENDOR_CARD, "No.", number)

    def tax_codes(self) -> list[TaxCode]:
        """Tax groups; the API does not tell their rates."""
        return [
            TaxCode(str(row["id"]), str(row["code"]), str(row.get("displayName") or ""))
            for row in self.rows(self.path("taxGroups"))
        ]


def window(row: Row) -> PostingWindow:
    return PostingWindow(
        odata.day(row.get("allowPostingFrom")),
        odata.day(row.get("allowPostingTo")),
        str(row.get("localCurrencyCode") or ""),
    )


def account(row: Row) -> Account:
    return Account(
        id=str(row["id"]),
        number=str(row["number"]),
        name=str(row.get("displayName") or ""),
        category=odata.plain(row.get("category")),
        posting=odata.plain(row.get("accountType")) == "Posting",
        direct_posting=bool(row.get("directPosting")),
        blocked=bool(row.get("blocked")),
    )


def reported_value(row: Row) -> DimensionValue:
    kind = odata.plain(row.get("dimensionValueType"))
    return DimensionValue(
        id=f"{row['dimensionCode']}/{row['dimensionValueCode']}",
        dimension=str(row["dimensionCode"]),
        code=str(row["dimensionValueCode"]),
        name=str(row.get("dimensionValueName") or ""),
        blocked=bool(row.get("blocked")),
        heading=kind not in ("", "Standard"),
    )


def plain_value(row: Row, dimensions: dict[str, str]) -> DimensionValue:
    dimension, code = dimensions[row["dimensionId"]], str(row["code"])
    return DimensionValue(f"{dimension}/{code}", dimension, code, str(row.get("displayName") or ""))


def supplier(row: Row) -> Vendor:
    """Blocked for payment may still get documents; blocked for all is inactive."""
    blocked = BLOCKED.get(odata.plain(row.get("blocked")), "all")
    return Vendor(
        id=str(row["id"]),
        number=str(row["number"]),
        name=words(row, "displayName"),
        street=", ".join(filter(None, (words(row, "addressLine1"), words(row, "addressLine2")))),
        city=words(row, "city"),
        state=words(row, "state"),
        postal_code=words(row, "postalCode"),
        country=words(row, "country"),
        phone=words(row, "phoneNumber"),
        email=words(row, "email"),
        tax_number=words(row, "taxRegistrationNumber"),
        currency=words(row, "currencyCode"),
        active=blocked != "all",
        blocked=blocked,
        updated_at=odata.instant(row.get("lastModifiedDateTime")),
    )
