"""The environment: its directory, its companies, and the switches that sites differ in."""

from __future__ import annotations

from typing import Any

TENANT = "2c9d41b7-5e08-4f6a-b1d3-77a0c4e8f215"
DOMAIN = "keystoneridge.example"
CLIENT_ID = "9a4e6c02-1b7f-4d35-8e90-5f2c3a7d6b18"
CLIENT_SECRET = "fO8~demo-secret-for-the-stand-in-0002"
USER_ID = "mlconnector"
COMPANY, SECOND = "krb", "krbc"
CHART = "Keystone"
CATEGORY = "Construction services"
JOURNAL, INVOICE_JOURNAL = "GenJrn", "APInvoice"
NAMESPACE = "Microsoft.Dynamics.DataEntities"

# What the documentation leaves open is a switch here; the first value is the default.
SETTINGS: dict[str, Any] = {
    "default_company": SECOND,  # of the mapped user: who forgets the company is found out
    "companies": [COMPANY, SECOND],  # that the mapped user may see
    "token_seconds": 3599,
    "infolog_status": 400,  # or 500
    "unknown_status": 404,  # GET by an unknown key
    "conflict_status": 400,  # or 409, 500
    "language": "en-us",  # or "de": of the mapped user
    "stacktrace": True,
    "page": 10_000,
    "batch": 5_000,
    "in_operator": False,
    "text_functions": False,  # contains, startswith, endswith
    "plain_enums": False,  # eq 'Backorder' without the type
    "time_zone_hours": -5,  # of the company: midnight UTC is the day before
    "overlong": "reject",  # or "cut"
    "manual_po_numbers": False,
    "manual_vendor_numbers": False,
    "vendor_sequence": True,
    "journal_sequence": True,
    "header_reference": True,  # False: the server numbers, a sent one is refused
    "change_management": False,
    "approver_required": False,
    "duplicate_check": "reject",  # or "warn", "accept"; acts at posting
    "invoice_number_length": 20,
    "confirm_action": "",  # the name of the bound action, when the site has one
    "denied": [],  # sets that the user's role does not reach
    "hidden": [],  # sets that this site does not have
    # Fields that an extension made mandatory, as "VendorInvoiceHeader.Site": the metadata service
    # tells (IsMandatory; metadata-service.md, "PublicEntities").
    "mandatory": [],
    # Whether the account of a posted entry is a text by the active format, or one by the account
    # structure: the main account first, another sign between (the documentation leaves it open).
    "entry_text": "by format",
    "conflicts": True,  # parallel writes of lines of one document
    "next_conflicts": 0,  # the next so many writes of lines
    "derived": [],  # {"dimension", "value", "derives", "as"}: derived dimensions
    "requests": 0,  # per window; 0 is no limit
    "window": 60.0,
    "concurrent": 0,  # at once; 0 is no limit
    "user_limits": False,  # the texts of older environments
    "retry_after": 5,  # None: the header is absent
    "pushing": 0,  # seconds more for each request that comes in spite of a 429
    "batch_throttle": 0,  # operations of one batch before the others get 429
}
