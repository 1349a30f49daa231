"""What an environment is asked when it is met: the list “Verify on first contact” of the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connections.first_contact.checks import Check, FirstContact, set_up_by_hand
from connections.vendors.business_central import contact_books as books
from connections.vendors.business_central import contact_site as site
from connections.vendors.dynamics import contact

API = "learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0"
OF = f"{API}/resources/dynamics_"
DEVELOPER = "learn.microsoft.com/dynamics365/business-central/dev-itpro/developer"
OPERATIONS = "learn.microsoft.com/dynamics365/business-central/dev-itpro/administration"
FINANCE = "learn.microsoft.com/dynamics365/business-central"


# The rest of the sheet's list, which is set up on pages that no standard API shows.
BY_HAND = {
    "whether Ext. Doc. No. Mandatory is on": (
        "Look in Purchases & Payables Setup. Either is right; with it off, a number used twice is "
        "not refused there."
    ),
    "whether the number series of vendors and invoices take numbers by hand": (
        "Look at No. Series: Default Nos. has to be on, since the connector gives none."
    ),
    "whether journals are posted with the job queue": (
        "Look at Post with Job Queue in General Ledger Setup. With it on, an entry is confirmed "
        "only when its job has run."
    ),
    "which posting groups new vendors get": (
        "Look for a rule for vendors on the page API Setup, or match vendors that people made."
    ),
    "whether deleting documents is allowed": (
        "Look at Allow Document Deletion Before in Purchases & Payables Setup."
    ),
    "whether the app's user may post": (
        "Look at its permission sets; post one invoice of a test vendor in a sandbox."
    ),
    "which accounts bring dimensions, and which combinations are blocked": (
        "Look at Default Dimensions of the mapped accounts and at Dimension Combinations."
    ),
}


def checks(client: Any) -> Sequence[Check]:
    return (
        Check("Version", f"{OF}company", site.version),
        Check("Company", f"{OF}company", site.company),
        Check("Permissions", f"{API}/", site.permissions),
        Check("Fields", f"{OF}purchaseinvoice", site.fields),
        Check("Dimension values", f"{OF}dimensionvalue", site.finance_group),
        Check("Services", f"{DEVELOPER}/devenv-odata-web-services", site.services),
        Check("Language", f"{API}/dynamics-error-codes", site.language),
        Check("Filters", f"{DEVELOPER}/devenv-connect-apps-filtering", site.odd_filters),
        Check("Lists of values", f"{OF}purchaseinvoice", books.enums),
        Check("Currency", f"{OF}vendor", books.currency),
        Check("Posting window", f"{OF}generalledgersetup", books.window),
        Check("Shortcut dimensions", f"{OF}generalledgersetup", books.shortcuts),
        Check("Default dimensions", f"{OF}defaultdimension", books.default_dimensions),
        Check("Taxes", f"{OF}taxgroup", books.taxes),
        Check("Approvals", f"{OF}approvalentry", books.approvals),
        Check("Posted lines", f"{OF}purchaseinvoiceline", books.posted_lines),
        Check("Subscriptions", f"{API}/dynamics-subscriptions", site.webhooks),
        Check("Limits and clock", f"{OPERATIONS}/operational-limits-online", site.limits),
        set_up_by_hand(BY_HAND, f"{FINANCE}/finance-setup-finance"),
    )


KEPT = frozenset({
    "systemVersion", "accountType", "category", "status", "blocked", "lineType", "taxType",
    "documentType", "currencyCode", "localCurrencyCode", "postingValidation", "parentType",
    "dimensionValueType", "resource", "kind", "templateDisplayName",
})  # fmt: skip

LISTS = ("accounts", "dimensions", "dimension_values", "tax_codes", "vendors")

FIRST_CONTACT = FirstContact(checks, contact.only_gets, KEPT, LISTS)
