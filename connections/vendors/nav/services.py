"""The pages that a site publishes, under which names, and which fields of them are needed.

Names and numbers: the set-up sheet (`docs/nav`). What is behind a published name cannot be asked,
so the fields in $metadata decide whether it is the right page.
"""

from __future__ import annotations

import dataclasses
import re

PAIR = re.compile(r"\s*(\w+)\s*[=:]\s*(\w+)\s*")


@dataclasses.dataclass(frozen=True)
class Service:
    """One page: its number, its title in NAV, the fields that must be there, its lines."""

    page: int
    title: str
    fields: tuple[str, ...] = ("No",)
    part: str = ""
    part_fields: tuple[str, ...] = ()
    why: str = ""  # what is impossible without it
    optional: bool = False


LINES = ("Document_No", "Line_No", "Type", "No", "Description", "Quantity", "Direct_Unit_Cost")
POSTED_LINES = ("Document_No", "Line_No", "Type", "No", "Description", "Quantity")
DRAFT = ("Document_Type", "No", "Buy_from_Vendor_No", "Document_Date", "Status")

SERVICES = {
    "VendorList": Service(27, "Vendor List", ("No", "Name"), why="vendors"),
    "VendorCard": Service(26, "Vendor Card", ("No", "Name", "Blocked"), why="new vendors"),
    "GLAccounts": Service(
        18, "G/L Account List", ("No", "Name", "Account_Type"), why="G/L accounts"
    ),
    "GeneralLedgerSetup": Service(
        118, "General Ledger Setup", ("Allow_Posting_From", "Allow_Posting_To"),
        why="the open period and the numbers of the dimensions",
    ),
    "DimensionList": Service(536, "Dimensions", ("Code", "Name"), why="dimensions"),
    "DimensionValues": Service(
        537, "Dimension Values", ("Dimension_Code", "Code", "Name"), why="dimension values"
    ),
    "PurchaseInvoice": Service(
        51, "Purchase Invoice", (*DRAFT, "Posting_Date", "Vendor_Invoice_No"), "PurchLines", LINES,
        "purchase invoices",
    ),
    "PostedPurchaseInvoice": Service(
        138, "Posted Purchase Invoice", ("No", "Posting_Date", "Vendor_Invoice_No",
        "Pre_Assigned_No"), "PurchInvLines", POSTED_LINES, "posted invoices",
    ),
    "PostedPurchaseInvoices": Service(
        146, "Posted Purchase Invoices", ("No", "Buy_from_Vendor_No", "Vendor_Invoice_No", "Amount",
        "Amount_Including_VAT", "Posting_Date"), why="posted invoices and what is paid",
    ),
    "PurchaseCreditMemo": Service(
        52, "Purchase Credit Memo", (*DRAFT, "Posting_Date", "Vendor_Cr_Memo_No"), "PurchLines",
        LINES, "credit memos", optional=True,
    ),
    "PostedPurchaseCreditMemo": Service(
        140, "Posted Purchase Credit Memo", ("No", "Posting_Date", "Pre_Assigned_No"),
        "PurchCrMemoLines", POSTED_LINES, "posted credit memos", optional=True,
    ),
    "PostedPurchaseCreditMemos": Service(
        147, "Posted Purchase Credit Memos", ("No", "Buy_from_Vendor_No", "Amount",
        "Amount_Including_VAT", "Posting_Date"), why="posted credit memos", optional=True,
    ),
    "PurchaseOrder": Service(
        50, "Purchase Order", (*DRAFT, "Order_Date"), "PurchLines", LINES, "purchase orders",
        optional=True,
    ),
    "GeneralJournal": Service(
        39, "General Journal", ("Journal_Template_Name", "Journal_Batch_Name", "Line_No",
        "Posting_Date", "Document_No", "Account_No", "Amount"), why="journal entries",
        optional=True,
    ),
    "GLEntries": Service(
        20, "General Ledger Entries", ("Entry_No", "Posting_Date", "Document_No", "G_L_Account_No",
        "Amount"), why="posted journal entries", optional=True,
    ),
}  # fmt: skip


def renamed(text: str) -> dict[str, str]:
    """The setting `PurchaseInvoice=Purch_Invoice, …`. Raises ValueError with the part it can't
    read."""
    names: dict[str, str] = {}
    for part in filter(str.strip, re.split(r"[,;\n]", text)):
        pair = PAIR.fullmatch(part)
        if not pair or pair[1] not in SERVICES:
            raise ValueError(part.strip())
        names[pair[1]] = pair[2]
    return names
