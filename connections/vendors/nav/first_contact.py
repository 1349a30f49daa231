"""What a site is asked when it is met: its services, its words, its numbers. Pages alone tell.

learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices and …/administration/
server-instance-settings; field names from the pages' own source
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connections.errors import NeedsPerson, Refused
from connections.first_contact.checks import (
    Check,
    Finding,
    FirstContact,
    by_hand,
    differs,
    fits,
    listed,
    members,
    private,
    set_up_by_hand,
    unasked,
)
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics import contact
from connections.vendors.dynamics.rows import BLOCKED
from connections.vendors.dynamics.way_codeunit import PROCEDURES
from connections.vendors.nav import dimensions
from connections.vendors.nav.access import NoInstance
from connections.vendors.nav.client import OnPremises
from connections.vendors.nav.codeunit import ACTIONS
from connections.vendors.nav.services import SERVICES
from connections.vendors.nav.sources import STATUS
from connections.vendors.nav.wire import missing

LEARN = "learn.microsoft.com/dynamics365/business-central/dev-itpro"
SERVICES_PAGE = f"{LEARN}/webservices/odata-web-services"
SERVER = f"{LEARN}/administration/server-instance-settings"
AUTHENTICATION = f"{LEARN}/webservices/Web-Services-Authentication"
SHEET = "docs/nav"
SAMPLE = 100
SMALLEST_PAGE = 100
KINDS_OF_ACCOUNTS = ("Posting", "Heading", "Total", "Begin-Total", "End-Total")
KINDS_OF_LINES = ("", "Comment", "G/L Account", "Item", "Resource", "Fixed Asset", "Charge (Item)")
LONGEST = {  # service -> field -> characters that are counted on
    "PurchaseInvoice": {"No": 20, "Buy_from_Vendor_No": 20, "Vendor_Invoice_No": 35},
    "PurchaseCreditMemo": {"No": 20, "Vendor_Cr_Memo_No": 35},
    "GeneralJournal": {"Document_No": 20, "External_Document_No": 35},
    "DimensionValues": {"Code": 20, "Name": 50},
    "VendorCard": {"No": 20, "Name": 50},
}  # fmt: skip


def rows(client: OnPremises, service: str, **options: str | int) -> list[Row]:
    """One page of a published service."""
    return odata.listing(client.get(client.page(service, **options)))


# -- the server -----------------------------------------------------------------------------


def company(client: OnPremises) -> Iterator[Finding]:
    answer = client.get("/Company")
    names = [str(row.get("Name")) for row in client.pages(answer)]
    wanted = client.company().name
    if wanted not in names:
        yield differs(
            f"The server has no company written as in the connection, {private(wanted)}. It has "
            f"{private(', '.join(sorted(names)) or 'none')}.",
            "Correct Company; large and small letters count.",
        )
    else:
        yield fits(f"The company is there, one of {len(names)}.")
    yield contact.clock(answer.headers.get("Date", ""))


def version(client: OnPremises) -> Iterator[Finding]:
    """The spelling of fields tells the family; the number only the standard API tells."""
    fields = client.metadata.fields(client.lines_of("PurchaseInvoice"))
    old = [name for name in fields if "_x005B_" in name]
    yield fits(f"Fields are spelled as in {'NAV 2018 and older' if old else 'Business Central'}.")
    if old and not client.connection.setting("soap_url").strip() and client.codeunit():
        yield differs(
            "Versions that spell fields so offer codeunits by SOAP only, and no SOAP address is "
            "entered.",
            "Enter the SOAP address in the connection.",
        )
    if not client.offers_subscriptions():
        yield by_hand("the version", "Look at Help and Support in the client, and note it.")
        return
    told = {str(row.get("systemVersion") or "") for row in client.standard.companies()} - {""}
    yield fits(f"The version is {listed(told)}.") if told else unasked("it tells no version.")


def services(client: OnPremises) -> Iterator[Finding]:
    client.forget_metadata()
    client.read_metadata()
    whole = []
    for name, service in SERVICES.items():
        if not client.has(name):
            need = f" Needed only for {service.why}." if service.optional else ""
            yield differs(f"{missing(name, client.names[name])}{need}", f"See {SHEET}, chapter 1.")
            continue
        if absent := lacking(client, name):
            yield differs(
                missing(name, client.names[name], f"the fields {', '.join(absent)}"),
                "Publish the page as it is delivered, or show these fields on it.",
            )
        else:
            whole.append(name)
    yield fits(f"Published with all fields that are used: {', '.join(whole) or 'none'}.")


def lacking(client: OnPremises, name: str) -> list[str]:
    """Fields that are used and not there; the lines' with a mark."""
    service, have = SERVICES[name], client.fields(name)
    absent = [field for field in service.fields if field not in have]
    if not service.part:
        return absent
    try:
        lines = client.metadata.fields(client.lines_of(name))
    except NeedsPerson:  # the page behind the name has no lines at all
        lines = {}
    return absent + [f"{field} (lines)" for field in service.part_fields if field not in lines]


def lengths(client: OnPremises) -> Iterator[Finding]:
    told = False
    for name, wanted in LONGEST.items():
        have = client.fields(name) if client.has(name) else {}
        short = [
            f"{field} ({have[field]} instead of {length})"
            for field, length in wanted.items()
            if 0 < have.get(field, length) < length
        ]
        told = told or any(have.values())
        if short:
            yield differs(
                f"{name} takes less text than is counted on: {listed(short)}.",
                "Tell the maintainers: longer numbers would be refused there.",
            )
    if not told:
        yield unasked("the server tells no lengths of texts.", "Look at the fields in NAV.")
    else:
        yield fits("The lengths of numbers and names were compared.")


def permissions(client: OnPremises) -> Iterator[Finding]:
    readable = []
    for name in SERVICES:
        if not client.has(name):
            continue
        try:
            rows(client, name, top=1)
        except (Refused, NeedsPerson) as error:
            yield differs(
                f"{SERVICES[name].title} cannot be read. {private(error.sentence)}",
                f"Give the connection's user the permissions of {SHEET}, chapter 3.",
            )
        else:
            readable.append(name)
    yield fits(f"Can be read: {', '.join(readable) or 'nothing'}.")


def page_size(client: OnPremises) -> Finding:
    page = client.get(client.page("GLAccounts"))
    count = len(odata.listing(page))
    if odata.row(page).get("@odata.nextLink") and count < SMALLEST_PAGE:
        return differs(
            f"The server gives pages of {count} rows: lists take long.",
            "Raise ODataServicesMaxPageSize of the server instance, to 1,000 at least.",
        )
    return fits("Lists come in pages of a good size, and tell the next one.")


# -- words and numbers ----------------------------------------------------------------------


def words(client: OnPremises) -> Iterator[Finding]:
    """Options by their English names: other languages would be taken for unknown values."""
    yield option(client, "GLAccounts", "Account_Type", KINDS_OF_ACCOUNTS)
    yield option(client, "PurchaseInvoice", "Status", STATUS)
    yield option(client, "PurchaseInvoice", "Document_Type", ("Invoice",))
    yield option(client, "VendorList", "Blocked", BLOCKED)


def option(client: OnPremises, service: str, field: str, known: Sequence[str] | Any) -> Finding:
    what = f"{field} of {service}"
    if not client.has(service) or field not in client.fields(service):
        return unasked(f"{service} does not show {field}.")
    seen = {odata.plain(row.get(field)) for row in rows(client, service, top=SAMPLE)}
    found = members(seen, known, what)
    if "does not know" not in found.sentence:
        return found
    return differs(
        found.sentence,
        "Set ServicesLanguage to en-US and ServicesOptionFormat to OptionString on the server.",
    )


def numbered(client: OnPremises) -> Iterator[Finding]:
    """Dimensions 1 to 8, and which of them lines can carry."""
    numbers = client.numbers
    told = ", ".join(f"{n} {code}" for n, code in numbers.items()) or "none"
    yield fits(f"Dimensions by number: {told}.")
    codes = {code.upper() for code in numbers.values()}
    others = [one.code for one in client.dimensions() if one.code.upper() not in codes]
    if others:
        yield differs(
            f"Dimensions without a number: {listed(others)}. Lines cannot carry them.",
            "Give those that are mapped a number in General Ledger Setup.",
        )
    lines = client.metadata.fields(client.lines_of("PurchaseInvoice"))
    shown = dimensions.fields(numbers, lines)
    if absent := [code for code in numbers.values() if code not in shown]:
        yield differs(
            f"Lines of the purchase invoice do not show {listed(absent)}.",
            "Show these shortcut dimensions on page 55, Purch. Invoice Subform.",
        )


def currency(client: OnPremises) -> Iterator[Finding]:
    local = client.window().currency
    if not local:
        yield differs(
            "General Ledger Setup does not tell the local currency.",
            "Enter the LCY Code there, and show the field on page 118.",
        )
        return
    yield fits(f"The books are kept in {local}.")
    if "Currency_Code" not in client.fields("VendorList"):
        yield unasked("the list of vendors does not show their currency.")
        return
    found = rows(client, "VendorList", filter="Currency_Code ne ''", top=SAMPLE)
    others = {str(row.get("Currency_Code") or "") for row in found} - {"", local}
    if others:
        yield differs(
            f"Vendor cards are kept in other currencies: {listed(others)}.",
            "Nothing, where their documents are in the local currency; else set the currency rule.",
        )


def window(client: OnPremises) -> Finding:
    return contact.window(client.window())


def approvals(client: OnPremises) -> Finding:
    found = rows(client, "PurchaseInvoice", top=SAMPLE)
    seen = {odata.plain(row.get("Status")) for row in found}
    if "Pending Approval" in seen:
        return differs(
            "Purchase invoices wait for approval here: one that is not approved cannot be posted.",
            "Book the flows as drafts, or except the connection's user from the workflow.",
        )
    return unasked(
        f"none of {len(found)} open invoices waits for an approval, which does not say that there "
        "is no workflow.",
        "Look on the page Workflows.",
    )


def payments(client: OnPremises) -> Finding:
    wanted = ("Remaining_Amount", "Closed", "Cancelled")
    absent = [name for name in wanted if name not in client.fields("PostedPurchaseInvoices")]
    if absent:
        return differs(
            f"Posted invoices do not show {listed(absent)}: what is paid or cancelled is not seen.",
            "Publish page 146 as it is delivered.",
        )
    return fits("Posted invoices show what is paid and what is cancelled.")


# -- posting and news -----------------------------------------------------------------------


def codeunit(client: OnPremises) -> Finding:
    if not client.codeunit():
        return fits("No codeunit is entered: drafts are left and watched until somebody posts.")
    absent = [name for name in (*ACTIONS, *PROCEDURES.values()) if not client.offers(name)]
    if absent:
        return differs(
            f"The codeunit does not offer {listed(absent)}.",
            f"Import and publish the codeunit of {SHEET}; try it in a test company first.",
        )
    return fits("The codeunit offers all procedures that are called.")


def batch(client: OnPremises) -> Finding:
    """Ours is posted as a whole: a line of somebody else would be posted with it."""
    if not client.has("GeneralJournal"):
        return unasked("the page General Journal is not published.")
    name = client.connection.setting("journal_batch").strip()
    wanted = f"Journal_Batch_Name eq {odata.text(name)}"
    found = rows(client, "GeneralJournal", filter=wanted, top=SAMPLE)
    if found:
        return differs(
            f"{len(found)} lines stand in the journal batch that is to be ours alone.",
            "Post or clear them, or enter another batch in the connection.",
        )
    return fits("The journal batch of the connection is empty.")


def subscriptions(client: OnPremises) -> Finding:
    if not client.offers_subscriptions():
        return fits("No standard API is entered: changes are polled.")
    try:
        client.standard.standing()
    except (Refused, NeedsPerson, NoInstance) as error:
        return differs(
            f"The standard API does not list subscriptions. {private(error.sentence)}",
            "Switch ApiServicesEnabled and ApiSubscriptionsEnabled on, or empty Standard API.",
        )
    return fits("The standard API lists subscriptions.")


BY_HAND = {
    "whether Ext. Doc. No. Mandatory is on": "Look in Purchases & Payables Setup; either is right.",
    "whether number series take numbers by hand": (
        "Look at No. Series: Default Nos. has to be on for invoices, memos and orders."
    ),
    "which fields a site made mandatory": (
        "Ask the partner what was changed on the pages 50 to 55, and in their tables."
    ),
    "whether lines must name a job": (
        "Look whether Job No. is demanded on lines; then Job Task No. is needed with it."
    ),
    "which accounts and vendors bring dimensions": "Look at Default Dimensions of both.",
    "whether the server may reach this machine": (
        "Only for subscriptions: open our public address from the server."
    ),
    "whether the partner allows a codeunit of one's own": "Ask the partner.",
}


def checks(client: Any) -> Sequence[Check]:
    return (
        Check("Company", SERVICES_PAGE, company),
        Check("Services", SERVICES_PAGE, services),
        Check("Version", SERVICES_PAGE, version),
        Check("Lengths", SERVICES_PAGE, lengths),
        Check("Permissions", AUTHENTICATION, permissions),
        Check("Page size", SERVER, page_size),
        Check("Language", SERVER, words),
        Check("Dimensions", f"{SHEET}, chapter 4", numbered),
        Check("Currency", f"{SHEET}, chapter 1", currency),
        Check("Posting window", f"{SHEET}, chapter 1", window),
        Check("Approvals", f"{SHEET}, chapter 5", approvals),
        Check("Payments", f"{SHEET}, chapter 1", payments),
        Check("Codeunit", f"{SHEET}, chapter 5", codeunit),
        Check("Journal batch", f"{SHEET}, chapter 4", batch),
        Check("Subscriptions", f"{SHEET}, chapter 6", subscriptions),
        set_up_by_hand(BY_HAND, f"{SHEET}, chapter 4"),
    )


KEPT = frozenset({
    "Account_Type", "Status", "Document_Type", "Blocked", "Type", "Dimension_Value_Type",
    "Income_Balance", "Account_Category", "LCY_Code", "Currency_Code", "systemVersion",
})  # fmt: skip
LISTS = ("accounts", "dimensions", "dimension_values", "vendors")

ON_SITE = FirstContact(checks, contact.only_gets, KEPT, LISTS)


def with_online(online: FirstContact) -> FirstContact:
    """A connection is asked as its client is: on-premises, or online as Business Central."""

    def either(client: Any) -> Sequence[Check]:
        return checks(client) if isinstance(client, OnPremises) else online.checks(client)

    return FirstContact(either, contact.only_gets, KEPT | online.kept, LISTS)
