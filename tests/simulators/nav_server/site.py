"""What a site chose: version, published services, dimension numbers, sign-in and the switches."""

from __future__ import annotations

import base64
import dataclasses
from dataclasses import dataclass
from typing import Any

from tests.simulators.business_central.model import Entity
from tests.simulators.business_central.store import Books

from .pages import DEFAULT_SERVICES, Column, Page, pages

INSTANCE = "BC230"
USER = "PROCORE"
ACCESS_KEY = base64.b64encode(b"stand-in-access-key-0001-demo!!!").decode()
WINDOWS_USER, WINDOWS_PASSWORD = "KEYSTONE\\svc-procore", "Stand-in-Windows-1"
CODEUNIT = "IntegrationMgt"
TEMPLATE, BATCH = "GENERAL", "PROCORE"
OTHER_BATCH = "DEFAULT"

SETTINGS: dict[str, Any] = {
    "profile": "bc",  # or nav2018: names and lengths of fields, error codes
    "country": "w1",  # or us: Tax_Group_Code on lines
    "instance": INSTANCE,
    "auth": "basic",  # windows, oauth
    "challenge": "both",  # of windows: both, negotiate, ntlm
    "key_expired": False,
    "page_size": 20000,
    "asleep": 0.0,  # seconds that the next answer takes
    "default_company": False,  # whether requests without a company go to the only one
    "odata": True,
    "standard_api": True,
    "codeunit": CODEUNIT,  # published name; blank: unpublished
    "actions": True,  # whether OData offers it; SOAP does in any case
    "soap": True,
    "control_characters": False,  # texts of faults hold what XML does not allow
    "options": "caption",  # escaped: as newer versions write AL enums
    "order": "body",  # page: fields are validated as the page has them
    "strict_lines": False,  # lines take Type and No first, everything else by PATCH
    "link_dates": True,  # a posting date sets the document date
    "journal_keys": True,  # False: page 39 puts every line into its current batch
    "dimension_confirm": False,  # a header dimension with lines present asks a question
    "manual_numbers": False,
    "business_status": 400,  # older servers: 500
    "etag_status": 409,  # or 412
    "patch_status": 200,  # or 204
}
CHOICES = {
    "profile": ("bc", "nav2018"), "country": ("w1", "us"), "auth": ("basic", "windows", "oauth"),
    "challenge": ("both", "negotiate", "ntlm"), "options": ("caption", "escaped"),
    "order": ("body", "page"), "business_status": (400, 500), "etag_status": (409, 412),
    "patch_status": (200, 204),
}  # fmt: skip


def fresh() -> dict[str, Any]:
    """The settings of a new site; part of the kept state."""
    return {**SETTINGS, "services": dict(DEFAULT_SERVICES), "hidden": {}}


@dataclass(frozen=True)
class Service:
    """A published page, or the lines of one."""

    name: str
    page: Page
    entity: Entity
    part: str = ""  # the set of its lines

    @property
    def columns(self) -> dict[str, Column]:
        return self.page.columns


@dataclass(frozen=True)
class Site:
    """The books and the choices, for one request."""

    books: Books
    settings: dict[str, Any]

    @property
    def bc(self) -> bool:
        return bool(self.settings["profile"] == "bc")

    @property
    def actions(self) -> str:
        """The name of the codeunit in OData, or nothing."""
        return str(self.settings["codeunit"]) if self.settings["actions"] else ""

    def pages(self) -> dict[int, Page]:
        return pages(self.settings["profile"], self.settings["country"])

    def services(self) -> dict[str, Service]:
        """Every entity set by name: the published pages and their parts."""
        found: dict[str, Service] = {}
        known = self.pages()
        for name, number in self.settings["services"].items():
            page = known[number]
            part = f"{name}{page.part}" if page.part else ""
            found[name] = self._service(name, page, part)
            if part:
                found[part] = self._service(part, known[page.part_page], "")
        return found

    def _service(self, name: str, page: Page, part: str) -> Service:
        """Without the fields that the site took off the page; keys cannot be taken off."""
        hidden = self.settings["hidden"].get(name, ())
        gone = set(hidden) - set(page.keys)
        kept = {key: one for key, one in page.columns.items() if key not in gone}
        own = dataclasses.replace(page, columns=kept) if gone else page
        return Service(name, own, own.entity(name), part)

    def dimension(self, number: str | int) -> str:
        """The code of the shortcut dimension with this number, or nothing."""
        return str(self.books.setup.get(f"shortcutDimension{number}Code", ""))
