"""What an environment is asked when it is met: the list “Verify on first contact” of the sheet.

learn.microsoft.com/dynamics365/fin-ops-core/dev-itpro/data-entities
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from connections.errors import NeedsPerson, NotFound, Refused, RetryLater
from connections.first_contact.checks import (
    Check,
    Finding,
    FirstContact,
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
from connections.vendors.fo import invoices, journals, orders, reading
from connections.vendors.fo.client import FinanceOperations
from connections.vendors.fo.rows import is_yes, said
from connections.vendors.fo.wire import NAMESPACE

LEARN = "learn.microsoft.com/dynamics365"
ENTITIES = f"{LEARN}/fin-ops-core/dev-itpro/data-entities"
ODATA = f"{ENTITIES}/odata"
METADATA = f"{ENTITIES}/data-entities#metadata"
DIMENSIONS = f"{LEARN}/finance/general-ledger/financial-dimension-configuration-integration"
INVOICES = f"{LEARN}/finance/accounts-payable/vendor-invoices-overview"
LIMITS = f"{ENTITIES}/service-protection-api-limits"
SAMPLE = 100
REQUEST = re.compile(rb"^([A-Za-z]+) \S+ HTTP/", re.MULTILINE)
NOBODY = "_NOBODY_"  # a vendor that does not exist
READ: Mapping[str, str] = {  # set -> the fields that are read of it
    "VendorInvoiceHeaders": invoices.HEADER,
    "VendorInvoiceLines": invoices.LINE,
    "PurchaseOrderHeadersV2": orders.FORM.header_fields,
    "PurchaseOrderLinesV2": orders.FORM.line_fields,
    "LedgerJournalHeaders": journals.FORM.header_fields,
    "LedgerJournalLines": journals.FORM.line_fields,
    "MainAccounts": reading.ACCOUNT,
    "Ledgers": "LegalEntityId,Name,ChartOfAccounts,AccountingCurrency,FiscalCalendar",
    "FiscalPeriods": "Calendar,FiscalYear,PeriodName,StartDate,EndDate",
    "TaxItemGroups": "dataAreaId,TaxItemGroupCode,TaxCodeId,Description",
    "FinancialDimensionValues": "",
}
SENT: Mapping[str, frozenset[str]] = {  # entity -> what is sent of it, and its keys
    "VendorInvoiceHeader": frozenset({
        "dataAreaId", "HeaderReference", "DocumentNumber", "InvoiceNumber", "InvoiceAccount",
        "InvoiceDate", "Date", "Currency",
    }),
    "VendorInvoiceLine": frozenset({
        "dataAreaId", "HeaderReference", "InvoiceLineNumber", "LineDescription", "ReceiveNow",
        "UnitPrice", "Unit", "Currency", "MainAccountDisplayValue", "DimensionDisplayValue",
        "ProcurementCategoryName",
    }),
    "PurchaseOrderHeaderV2": frozenset({
        "dataAreaId", "PurchaseOrderNumber", "OrderVendorAccountNumber", "CurrencyCode",
        "VendorOrderReference", "AccountingDate", "RequestedDeliveryDate",
    }),
    "PurchaseOrderLineV2": frozenset({
        "dataAreaId", "PurchaseOrderNumber", "LineNumber", "ProcurementProductCategoryName",
        "LineDescription", "OrderedPurchaseQuantity", "PurchaseUnitSymbol", "PurchasePrice",
    }),
}  # fmt: skip
OF_SETS = {
    "VendorInvoiceHeader": "VendorInvoiceHeaders", "VendorInvoiceLine": "VendorInvoiceLines",
    "PurchaseOrderHeaderV2": "PurchaseOrderHeadersV2",
    "PurchaseOrderLineV2": "PurchaseOrderLinesV2",
}  # fmt: skip
NAMED = (  # (words, collection, field, setting, whether it belongs to a company)
    ("procurement category", "ProcurementProductCategories", "CategoryName",
     "procurement_category", False),
    ("journal", "JournalNames", "Name", "journal_name", True),
    ("vendor group", "VendorGroups", "VendorGroupId", "vendor_group", True),
)  # fmt: skip
STATUSES = ("None", "Backorder", "Received", "Invoiced", "Canceled")


def rows(client: FinanceOperations, entity_set: str, **options: str | int) -> list[Row]:
    """One page of a collection."""
    return odata.listing(client.get(client.path(entity_set, **options)))


def entity(client: FinanceOperations, name: str) -> Row:
    """What the metadata service says of one entity. Raises NotFound, NeedsPerson."""
    found = odata.row(client.get(f"{client.origin()}/Metadata/PublicEntities('{name}')"))
    if not found.get("Properties"):
        raise RetryLater(f"The metadata service tells no fields of {name}.")
    return found


# -- the environment ------------------------------------------------------------------------


def version(client: FinanceOperations) -> Finding:
    path = f"{client.base_url()}/DataManagementEntities/{NAMESPACE}.GetApplicationVersion"
    answer = client._signed("POST", path, body={})  # an action that writes nothing
    told = answer.data.get("value") if isinstance(answer.data, dict) else None
    if answer.status >= 300 or not told:
        return unasked(
            f"the environment does not tell its version (status {answer.status}).",
            "Look at Help and Support, About.",
        )
    return fits(f"The application version is {told}.")


def collections(client: FinanceOperations) -> Iterator[Finding]:
    answer = client.get("")
    yield contact.clock(answer.headers.get("Date", ""))
    told = {str(one.get("name") or one.get("url")) for one in odata.listing(answer)}
    wanted = {
        *READ, client.vendors_set(), client.setting("periods_set"), client.setting("posted_set"),
    }  # fmt: skip
    if absent := {one for one in wanted if one} - told:
        yield differs(
            f"The service does not list {listed(absent)}.",
            "Enter the site's own name in the connection where it asks for one; else switch the "
            "entity on for OData.",
        )
    else:
        yield fits(f"The service lists all {len(wanted)} collections that are used.")


def fields(client: FinanceOperations) -> Iterator[Finding]:
    """Each collection with the very fields that are read: a refusal names the one that lacks."""
    whole = []
    for name, wanted in {**READ, client.vendors_set(): reading.VENDOR}.items():
        try:
            rows(client, name, select=wanted, top=1)
        except NeedsPerson as error:
            yield differs(
                f"{name} may not be read. {private(error.sentence)}",
                "Give the user that the app is bound to a role with this entity.",
            )
        except Refused as error:
            yield differs(
                f"{name} does not answer with the fields that are read (status {error.status}): "
                f"{private(error.text)}",
                "Update the environment, or send the report to the maintainers.",
            )
        else:
            whole.append(name)
    yield fits(f"Can be read with all fields: {', '.join(whole) or 'none'}.")


def mandatory(client: FinanceOperations) -> Iterator[Finding]:
    """Fields that this site demands and that nobody sends yet."""
    asked = 0
    for name, sent in SENT.items():
        try:
            properties = entity(client, name).get("Properties") or ()
        except (NotFound, NeedsPerson):
            continue
        asked += 1
        given = sent | set(client.demanded(OF_SETS[name]))
        needed = {str(one.get("Name")) for one in properties if is_yes(one, "IsMandatory")}
        if missing := needed - given:
            yield differs(
                f"{name} demands {listed(missing)}, which is not sent.",
                "Enter a value under Fields to add in the connection.",
            )
    if not asked:
        yield unasked(
            "the metadata service does not answer.", "Ask which fields the site made mandatory."
        )
    else:
        yield fits(f"Mandatory fields of {asked} of {len(SENT)} entities were compared.")


def orders_confirmed(client: FinanceOperations) -> Finding:
    """The bound action that confirms an order, as the connection names it."""
    named = client.setting("confirm_action")
    told = entity(client, "PurchaseOrderHeaderV2").get("Actions") or ()
    offered = {str(one.get("Name")) for one in told if "onfirm" in str(one.get("Name"))}
    if named and named not in {str(one.get("Name")) for one in told}:
        return differs(
            f"Purchase orders have no action {named}. Those that confirm: {listed(offered)}.",
            "Correct Action that confirms orders, or empty it: people confirm then.",
        )
    if offered and not named:
        return differs(
            f"Purchase orders offer {listed(offered)}, which the connection does not use.",
            "Enter it under Action that confirms orders where orders shall be confirmed at once.",
        )
    return fits("Orders are confirmed as the connection says.")


def unknown_key(client: FinanceOperations) -> Finding:
    """A row that is not there has to be a 404: anything else is taken for trouble."""
    key = {"VendorAccountNumber": NOBODY}
    try:
        answer = client.get(client.record(client.vendors_set(), **key))
    except NotFound:
        return fits("A row that is not there is a 404.")
    except Refused as error:
        return differs(
            f"A row that is not there is answered with {error.status}.",
            "Send the report to the maintainers before any flow is released.",
        )
    if not said(odata.row(answer), "VendorAccountNumber"):
        raise odata.unreadable(answer)
    return differs("A row that is not there is answered with one.", "Tell the maintainers.")


def pages(client: FinanceOperations) -> Finding:
    page = client.get(client.path("MainAccounts"))
    odata.listing(page)
    link = str(odata.row(page).get("@odata.nextLink") or "")
    if not link:
        return unasked("no list is longer than a page.")
    if urlsplit(link).netloc and urlsplit(link).netloc != urlsplit(client.origin()).netloc:
        return differs(
            "Next pages are named on another host; they are asked of the connection's own.",
            "Nothing, where that is a gateway. Else correct the environment address.",
        )
    return fits("Next pages are named on the environment's own host.")


# -- how the books are set up ---------------------------------------------------------------


def company(client: FinanceOperations) -> Iterator[Finding]:
    seen = rows(client, "LegalEntities", select="LegalEntityId", top=SAMPLE)
    ids = {said(row, "LegalEntityId").casefold() for row in seen}
    if client.company not in ids:
        yield differs(
            f"The company of the connection is not among the {len(ids)} that this user may see.",
            "Correct Company, or give the user access to the legal entity.",
        )
        return
    local = said(client.ledger, "AccountingCurrency")
    yield fits(f"The company is there; its books are kept in {local}.")
    found = rows(client, client.vendors_set(), filter=client.ours(), select="CurrencyCode",
                 top=SAMPLE)  # fmt: skip
    others = {said(row, "CurrencyCode") for row in found} - {"", local}
    if others:
        yield differs(
            f"Vendors are kept in other currencies: {listed(others)}.",
            "Nothing: the currency is always stated. Set the flow's currency rule for documents.",
        )


def formats(client: FinanceOperations) -> Iterator[Finding]:
    try:
        active = client.formats()
    except NeedsPerson as error:
        yield differs(
            f"Dimension texts cannot be built. {private(error.sentence)}",
            "Activate both formats for data entities, under Financial dimension configuration.",
        )
        return
    yield fits(f"Ledger dimension format: {active.ledger.words()}.")
    yield fits(f"Default dimension format: {active.default.words()}.")
    known = {said(row, "DimensionName").casefold() for row in client.values.attributes()}
    segments = {one.casefold() for one in active.default.segments}
    if absent := known - segments:
        yield differs(
            f"Dimensions that the default format lacks: {listed(absent)}. They cannot be written.",
            "Add those that are mapped to the format.",
        )


def settings(client: FinanceOperations) -> Iterator[Finding]:
    """Names that the connection gives and the service should know."""
    for words, name, field, setting, of_company in NAMED:
        value = client.setting(setting)
        wanted = f"{field} eq {odata.text(value)}"
        wanted = client.ours(wanted) if of_company else wanted
        if not value:
            yield fits(f"The connection names no {words}: what needs it is held.")
        elif rows(client, name, filter=wanted, top=1):
            yield fits(f"The {words} of the connection is there.")
        else:
            yield differs(
                f"The service does not know the {words} of the connection, {private(value)}.",
                f"Correct it in the connection, or make it ({name}).",
            )


def statuses(client: FinanceOperations) -> Iterator[Finding]:
    found = rows(client, "PurchaseOrderHeadersV2", filter=client.ours(), top=SAMPLE,
                 select="PurchaseOrderStatus,DocumentApprovalStatus")  # fmt: skip
    seen = {odata.plain(row.get("PurchaseOrderStatus")) for row in found}
    yield members(seen, STATUSES, "status of purchase orders")
    held = rows(client, client.vendors_set(), filter=client.ours(), top=SAMPLE,
                select="OnHoldStatus")  # fmt: skip
    holds = {odata.plain(row.get("OnHoldStatus")).casefold() for row in held}
    yield members(holds, reading.HOLDS, "hold of vendors")
    approval = {odata.plain(row.get("DocumentApprovalStatus")).casefold() for row in found}
    if approval & {"inreview", "rejected", "inexternalreview"}:
        yield differs(
            "Purchase orders pass a workflow (change management): an approved one is not changed "
            "without a request.",
            "Switch change management off for ours, or expect changes of orders to be held.",
        )
    elif not found:
        yield unasked("no purchase order stands yet.", "Look at Change management.")
    else:
        yield fits(f"None of {len(found)} purchase orders is in a workflow.")


def posted(client: FinanceOperations) -> Iterator[Finding]:
    """How a posted invoice is found again: the collection, its fields, its sign."""
    store = invoices.Posted(client)
    if not store.set:
        yield unasked("the connection names no collection of posted invoices.")
        return
    names = store.names
    wanted = f"{names['DataArea']} eq {odata.text(client.company)}"
    try:
        found = rows(client, store.set, filter=wanted, top=SAMPLE,
                     select=",".join(filter(None, names.values())))  # fmt: skip
    except Refused as error:
        yield differs(
            f"{store.set} does not answer with the fields of posted invoices (status "
            f"{error.status}). {private(error.text)}",
            "Correct Posted invoices, and Fields of posted invoices, in the connection.",
        )
        return
    bills = [row for row in found if said(row, names["TransType"]).casefold() == "purch"]
    amounts = [odata.number(row.get(names["AmountCur"])) for row in bills]
    negative = sum(one < 0 for one in amounts)
    if not amounts:
        yield unasked("no invoice is posted yet.", "Ask again when one is.")
    elif (negative * 2 > len(amounts)) != (client.setting("posted_sign") == "-1"):
        yield differs(
            f"{negative} of {len(amounts)} posted invoices are negative, unlike the connection "
            "says.",
            "Change Amount of a posted invoice in the connection.",
        )
    else:
        yield fits("Posted invoices are found, with the sign that the connection says.")


def dates(client: FinanceOperations) -> Finding:
    """A day is told as noon; another time of day may slip into the day before."""
    found = rows(client, "FiscalPeriods", select="StartDate,EndDate", top=SAMPLE)
    times = {str(row.get(name) or "")[10:] for row in found for name in ("StartDate", "EndDate")}
    strange = {one for one in times if one and not one.startswith("T12:00:00")}
    if not found:
        return unasked("no fiscal period is shown.")
    if strange:
        return differs(
            f"Days are told with another time of day than noon: {listed(strange)}.",
            "Compare one posted document's date by hand; tell the maintainers.",
        )
    return fits("Days are told as noon: no time zone moves them.")


def window(client: FinanceOperations) -> Finding:
    return contact.window(client.window())


def limits(client: FinanceOperations) -> Finding:
    answer = client.get(client.path("Ledgers", top=1))
    odata.listing(answer)
    told = [one for one in answer.headers if "ratelimit" in one.lower().replace("-", "")]
    if told:
        return differs(
            f"Answers tell a limit that is not read: {listed(told)}.",
            "Nothing, 429 is heeded. Tell the maintainers.",
        )
    return fits("Answers tell no limit; what is throttled says how long.")


BY_HAND = {
    "whether number sequences of vendors and orders take numbers by hand": (
        "Look at Number sequences: Manual has to be off, or set Numbers of new vendors to match."
    ),
    "whether the reference of a pending invoice may be ours": (
        "Enter one invoice in a sandbox; set Reference of a pending invoice by what it says."
    ),
    "which status a refusal of the business logic has (400 or 500)": (
        "Nothing: both are read. Note it when the first one comes."
    ),
    "what becomes of a second invoice with one number": (
        "Look at Accounts payable parameters, Check the invoice number used: Reject duplicates."
    ),
    "in which language the app's user is answered": (
        "Set the user's language to en-us under User options: texts are matched."
    ),
    "which dimensions are derived": "Look at Derived dimensions; what they add is shown, not held.",
    "which time zone the company is in": "Look at Legal entities, Address; days are sent as noon.",
}


def checks(client: Any) -> Sequence[Check]:
    return (
        Check("Version", METADATA, version),
        Check("Collections", ODATA, collections),
        Check("Company", ODATA, company),
        Check("Fields", ODATA, fields),
        Check("Mandatory fields", METADATA, mandatory),
        Check("Dimension formats", DIMENSIONS, formats),
        Check("Names in the connection", ODATA, settings),
        Check("Statuses", INVOICES, statuses),
        Check("Confirming orders", METADATA, orders_confirmed),
        Check("Rows that are not there", ODATA, unknown_key),
        Check("Pages", ODATA, pages),
        Check("Posted invoices", INVOICES, posted),
        Check("Dates", ODATA, dates),
        Check("Posting window", ODATA, window),
        Check("Limits", LIMITS, limits),
        set_up_by_hand(BY_HAND, INVOICES),
    )


def only_reads(url: str, body: bytes) -> bool:
    """The one action that tells the version, with nothing to say; a batch of nothing but GET."""
    path = urlsplit(url).path
    if path == f"/data/DataManagementEntities/{NAMESPACE}.GetApplicationVersion":
        return body == b"{}"
    asked = REQUEST.findall(body)
    return path == "/data/$batch" and set(asked) == {b"GET"} and b"changeset" not in body.lower()


KEPT = frozenset({
    "name", "kind", "url", "AccountingCurrency", "CurrencyCode", "OnHoldStatus",
    "PurchaseOrderStatus", "DocumentApprovalStatus", "PeriodStatus", "MainAccountType", "TransType",
    "TypeName", "DataType", "EntitySetName", "VendorPartyType", "DimensionName", "IsActive",
    "DimensionFormatType", "FinancialDimensionFormat", "DimensionSegmentDelimiter",
})  # fmt: skip

FIRST_CONTACT = FirstContact(checks, only_reads, KEPT, ("accounts", "dimensions", "vendors"))
