"""Reference data of an on-premises site, from its lists; and new vendors and dimension values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from connections.documents import (
    Account,
    Dimension,
    DimensionValue,
    PostingWindow,
    TaxCode,
    Vendor,
)
from connections.errors import NeedsPerson, Reason, Refused
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.new_vendors import the_one, vendor_refused
from connections.vendors.dynamics.rows import BLOCKED, words
from connections.vendors.nav import dimensions
from connections.vendors.nav.wire import Pages

OVERLAP = dt.timedelta(days=2)  # the stamp is a date in the server's time zone
VENDOR = (
    "No", "Name", "Address", "Address_2", "City", "County", "Post_Code", "Country_Region_Code",
    "Phone_No", "E_Mail", "VAT_Registration_No", "Currency_Code", "Blocked", "Last_Date_Modified",
)  # fmt: skip
FROM_MODEL = (
    "Gen_Bus_Posting_Group", "VAT_Bus_Posting_Group", "Vendor_Posting_Group", "Tax_Area_Code",
    "Payment_Terms_Code", "Payment_Method_Code",
)  # fmt: skip

VENDOR_CARD = 26  # the page of that number, in all releases


class Reading(Pages):
    """What the mappings are checked against."""

    @cached_property
    def setup(self) -> Row:
        """General Ledger Setup: one row, read once by each client."""
        found = self.rows(self.page("GeneralLedgerSetup"))
        return found[0] if found else {}

    @cached_property
    def numbers(self) -> dict[int, str]:
        """The dimensions that have a number, by number."""
        return dimensions.numbered(self.setup)

    def dimension_fields(self, entity_set: str) -> dict[str, str]:
        return dimensions.fields(self.numbers, self.metadata.fields(entity_set))

    def window(self) -> PostingWindow:
        """Dates open for posting and the local currency. A user's own window may be narrower."""
        return PostingWindow(
            odata.day(self.setup.get("Allow_Posting_From")),
            odata.day(self.setup.get("Allow_Posting_To")),
            words(self.setup, "LCY_Code"),
        )

    def accounts(self) -> list[Account]:
        return [account(row) for row in self.rows(self.page("GLAccounts"))]

    def dimensions(self) -> list[Dimension]:
        return [
            Dimension(str(row["Code"]), str(row["Code"]), words(row, "Name") or str(row["Code"]))
            for row in self.rows(self.page("DimensionList"))
        ]

    def dimension_values(self) -> list[DimensionValue]:
        return [value(row) for row in self.rows(self.page("DimensionValues"))]

    def vendor_page(self, number: str) -> str:
        """Its card (page 26), on which it is blocked and unblocked."""
        return self.link(VENDOR_CARD, "No.", number)

    def tax_codes(self) -> list[TaxCode]:
        """Posting groups decide the tax; no list of them is published."""
        return []

    # -- vendors ------------------------------------------------------------------------------

    def vendors(self, since: dt.datetime | None = None) -> list[Vendor]:
        """All, or those changed since two days before that moment: NAV keeps a date only."""
        if since is None:
            return self._vendors()
        return self._vendors(f"Last_Date_Modified ge {(since - OVERLAP).date().isoformat()}")

    def vendors_by_number(self, numbers: Sequence[str]) -> list[Vendor]:
        wanted = list(dict.fromkeys(number for number in numbers if number))
        found: list[Vendor] = []
        for part in odata.chunks(wanted):
            same = {number.upper() for number in part}
            rows = self._vendors(odata.any_of("No", part))
            found += [one for one in rows if one.number.upper() in same]
        return found

    def _vendors(self, wanted: str = "") -> list[Vendor]:
        """From the list where it has all that we read, else from the card, stored fields only."""
        lists = {"Address", "City", "E_Mail"} <= set(self.fields("VendorList"))
        name = self.set_of("VendorList" if lists or not self.has("VendorCard") else "VendorCard")
        path = self.path(name, filter=wanted, select=self.select(name, *VENDOR))
        return [supplier(row) for row in self.rows(path)]

    def create_vendor(self, vendor: Vendor, about: str) -> Vendor:
        """A card with the posting groups of the model vendor; numbered by NAV."""
        standing = the_one(self.vendors(), vendor, self.label)
        if standing is not None:
            return standing
        name = self.set_of("VendorCard")
        body = self._card(name, vendor) | self._from_model(name)
        try:
            answer = self.write("POST", self.path(name), body, about=about)
        except Refused as error:
            raise vendor_refused(error, vendor, self.label) from error
        return supplier(odata.row(answer))

    def _card(self, name: str, vendor: Vendor) -> dict[str, Any]:
        texts = {
            "Name": vendor.name, "Address": vendor.street, "City": vendor.city,
            "County": vendor.state, "Post_Code": vendor.postal_code,
            "Country_Region_Code": vendor.country, "Phone_No": vendor.phone,
            "E_Mail": vendor.email, "VAT_Registration_No": vendor.tax_number,
        }  # fmt: skip
        have = self.metadata.fields(name)
        return {
            field: self.cut(name, field, text, LENGTHS.get(field, 50))
            for field, text in texts.items()
            if text and field in have
        }

    def _from_model(self, name: str) -> dict[str, Any]:
        number = self.connection.setting("model_vendor").strip()
        if not number:
            return {}
        fields = self.select(name, "No", *FROM_MODEL)
        rows = self.rows(self.path(name, filter=odata.any_of("No", [number]), select=fields))
        if not rows:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"NAV has no vendor {number}, which new vendors shall be like. Correct the "
                "connection.",
            )
        return {field: rows[0][field] for field in FROM_MODEL if rows[0].get(field)}

    # -- dimension values ---------------------------------------------------------------------

    def why_no_new_value(self, dimension: str) -> str:
        """Page 537, which is read anyway, takes them."""
        return ""

    def create_dimension_value(
        self, dimension: str, code: str, name: str, about: str
    ) -> DimensionValue:
        """Page 537 takes new values; the list 560 would not."""
        standing = self._value(dimension, code)
        if standing is not None:
            return standing
        entity_set = self.set_of("DimensionValues")
        body = {
            "Dimension_Code": dimension,
            "Code": code,
            "Name": self.cut(entity_set, "Name", name or code),
        }
        try:
            return value(odata.row(self.write("POST", self.path(entity_set), body, about=about)))
        except Refused as error:
            raise NeedsPerson(
                Reason.DIMENSION,
                f"NAV did not take the new value {code} of the dimension {dimension}: "
                f"{error.text or error.status}. Create it there.",
                code=error.code,
                text=error.text,
            ) from error

    def _value(self, dimension: str, code: str) -> DimensionValue | None:
        wanted = f"Dimension_Code eq {odata.text(dimension)} and Code eq {odata.text(code)}"
        rows = [value(row) for row in self.rows(self.page("DimensionValues", filter=wanted))]
        key = f"{dimension}/{code}".upper()
        return next((one for one in rows if one.id.upper() == key), None)


LENGTHS = {"City": 30, "County": 30, "Post_Code": 20, "Country_Region_Code": 10, "Phone_No": 30,
           "E_Mail": 80, "VAT_Registration_No": 20}  # fmt: skip


def account(row: Row) -> Account:
    """Page 18 has no `Blocked`; then only posting tells."""
    return Account(
        id=str(row["No"]),
        number=str(row["No"]),
        name=words(row, "Name"),
        category=odata.plain(row.get("Account_Category") or row.get("Income_Balance")),
        posting=odata.plain(row.get("Account_Type")) == "Posting",
        direct_posting=bool(row.get("Direct_Posting", True)),
        blocked=bool(row.get("Blocked", False)),
    )


def value(row: Row) -> DimensionValue:
    """The id is `DIMENSION/VALUE`, as from the standard API."""
    dimension, code = str(row["Dimension_Code"]), str(row["Code"])
    return DimensionValue(
        id=f"{dimension}/{code}",
        dimension=dimension,
        code=code,
        name=words(row, "Name"),
        blocked=bool(row.get("Blocked")),
        heading=odata.plain(row.get("Dimension_Value_Type")) not in ("", "Standard"),
    )


def supplier(row: Row) -> Vendor:
    """Its number is its key. No stamp: NAV keeps the date of the last change only."""
    blocked = BLOCKED.get(odata.plain(row.get("Blocked")), "all")
    return Vendor(
        id=str(row["No"]),
        number=str(row["No"]),
        name=words(row, "Name"),
        street=", ".join(filter(None, (words(row, "Address"), words(row, "Address_2")))),
        city=words(row, "City"),
        state=words(row, "County"),
        postal_code=words(row, "Post_Code"),
        country=words(row, "Country_Region_Code"),
        phone=words(row, "Phone_No"),
        email=words(row, "E_Mail"),
        tax_number=words(row, "VAT_Registration_No"),
        currency=words(row, "Currency_Code"),
        active=blocked != "all",
        blocked=blocked,
    )
