"""New vendors: looked for by our tag and by name, then made once, whatever the answers do.

With automatic numbering a repeated POST makes a second vendor, so a lost answer is never repeated
before it was looked for.
"""

from __future__ import annotations

from typing import Any

from connections.documents import (
    Vendor,
    units,
)
from connections.errors import InDoubt, NeedsPerson, Reason, Refused
from connections.transport import odata
from connections.vendors.dynamics.new_vendors import the_one, vendor_refused
from connections.vendors.fo.choices import GIVEN
from connections.vendors.fo.reading import Reading, vendor
from connections.vendors.fo.rows import looked

TAG, NAME, NUMBER = 20, 100, 20  # characters


class NewVendors(Reading):
    def create_vendor(self, vendor: Vendor, about: str) -> Vendor:
        """One that carries our tag, else the only one of that name, else a new one."""
        standing = self._tagged(vendor) or self._named(vendor)
        if standing is not None:
            return standing
        body = self.vendor_body(vendor)
        try:
            return self._stored(self.add(self.vendors_set(), body, about))
        except (InDoubt, Refused) as error:
            made = looked(error, lambda: self._tagged(vendor))
            if made is not None:
                return made
            if isinstance(error, InDoubt):
                raise
            raise vendor_refused(error, vendor, self.label) from error

    def _stored(self, row: odata.Row) -> Vendor:
        return vendor(row)

    def tag(self, vendor: Vendor) -> str:
        """Our id of it, in a field that the site leaves free."""
        tag = f"{self.setting('tag_prefix')}{vendor.id}"
        if len(tag) > TAG:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"The tag {tag} of vendor {vendor.name} has {len(tag)} characters, the field "
                f"{TAG}. Shorten Our ids begin with in the connection.",
            )
        return tag

    def _tagged(self, wanted: Vendor) -> Vendor | None:
        rows = self.vendor_rows(self.setting("vendor_tag_field"), [self.tag(wanted)])
        if len(rows) > 1:
            numbers = ", ".join(vendor(row).number for row in rows)
            raise NeedsPerson(
                Reason.POSSIBLE_DUPLICATE,
                f"{self.label} has several vendors tagged {self.tag(wanted)}: {numbers}. Link the "
                "right one.",
            )
        return vendor(rows[0]) if rows else None

    def _named(self, wanted: Vendor) -> Vendor | None:
        """Raises NeedsPerson when several have that name."""
        rows = self.vendor_rows("VendorOrganizationName", [wanted.name.strip()])
        return the_one([vendor(row) for row in rows], wanted, self.label)

    def vendor_body(self, vendor: Vendor) -> dict[str, Any]:
        """What is known of it; terms, tax and posting come from its group."""
        if units(vendor.name) > NAME:
            raise NeedsPerson(
                Reason.NUMBER,
                f"The name {vendor.name} has {units(vendor.name)} characters, {self.label} takes "
                f"{NAME}. Create the vendor there and link it.",
            )
        known = {
            self.setting("vendor_tag_field"): self.tag(vendor),
            "VendorAccountNumber": self._number(vendor),
            "VendorGroupId": self._group(),
            "VendorPartyType": "Organization",
            "VendorOrganizationName": vendor.name.strip(),
            "CurrencyCode": self.currency(vendor.currency),
            **address(vendor),
            "PrimaryPhoneNumber": vendor.phone,
            "PrimaryEmailAddress": vendor.email,
        }
        return {name: value for name, value in known.items() if value}

    def _number(self, vendor: Vendor) -> str:
        """Empty where the service numbers its vendors."""
        if self.setting("vendor_numbering") != GIVEN:
            return ""
        number = vendor.number.strip() or vendor.id
        if len(number) > NUMBER:
            raise NeedsPerson(
                Reason.NUMBER, f"The vendor number {number} is longer than {NUMBER} characters."
            )
        return number

    def _group(self) -> str:
        if group := self.setting("vendor_group"):
            return group
        raise NeedsPerson(
            Reason.SETTINGS, "No group of new vendors is set. Enter one in the connection."
        )


def address(vendor: Vendor) -> dict[str, str]:
    """Only with a country of three letters: the service knows countries and states by code."""
    country = COUNTRIES.get(vendor.country.upper(), vendor.country.upper())
    if len(country) != 3:
        return {}
    return {
        "AddressCountryRegionId": country,
        "AddressStreet": vendor.street,
        "AddressCity": vendor.city,
        "AddressZipCode": vendor.postal_code,
        "AddressStateId": vendor.state if len(vendor.state) <= 3 else "",
    }


COUNTRIES = {"US": "USA", "CA": "CAN", "GB": "GBR", "AU": "AUS", "NZ": "NZL", "IE": "IRL",
             "MX": "MEX", "DE": "DEU"}  # fmt: skip
