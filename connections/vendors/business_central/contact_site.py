"""First contact: what an environment says of itself, and what it lets us read.

Drafts are not read one by one: a GET of a draft may recalculate its discounts, and so write. What
is read here goes to the replica (`Data-Access-Intent: ReadOnly`), which cannot be written.
learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/odata-client-performance
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connections.errors import ConnectorError, Refused
from connections.first_contact.checks import Finding, differs, fits, listed, private, unasked
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central import published
from connections.vendors.business_central.client import BusinessCentral
from connections.vendors.dynamics import contact, metadata
from connections.vendors.dynamics.subscriptions import USEFUL
from connections.vendors.dynamics.way_codeunit import PROCEDURES

REPLICA = {"Data-Access-Intent": "ReadOnly"}
OLDEST = (22, 2)  # credit memos are absent before (ALAppExtensions, issue 20878)
MOST_SUBSCRIPTIONS = 200  # per environment
NEARLY = 0.9
NO_PARENT = re.compile(r"must specify an Id", re.IGNORECASE)
ODD_NUMBER = "(1"  # nobody's number; servers are reported to refuse the bracket

_LINE = {
    "id": 0, "documentId": 0, "sequence": 0, "lineType": 0, "lineObjectNumber": 20,
    "description": 100, "quantity": 0, "taxCode": 0, "netAmount": 0, "netTaxAmount": 0,
}  # fmt: skip
_HEADER = {
    "id": 0, "number": 20, "postingDate": 0, "vendorNumber": 20, "currencyCode": 10, "status": 0,
    "totalAmountIncludingTax": 0, "lastModifiedDateTime": 0,
}  # fmt: skip
RELIED: contact.Relied = {
    "companyInformation": {"currencyCode": 10},
    "generalLedgerSetup": {
        "allowPostingFrom": 0, "allowPostingTo": 0, "localCurrencyCode": 10,
        "shortcutDimension1Code": 20, "shortcutDimension2Code": 20,
    },
    "accounts": {
        "id": 0, "number": 20, "displayName": 0, "category": 0, "accountType": 0,
        "directPosting": 0, "blocked": 0,
    },
    "vendors": {
        "id": 0, "number": 20, "displayName": 100, "currencyCode": 10, "blocked": 0,
        "taxRegistrationNumber": 0, "lastModifiedDateTime": 0,
    },
    "dimensions": {"id": 0, "code": 20, "displayName": 0},
    "dimensionValues": {"id": 0, "code": 20, "dimensionId": 0, "displayName": 0},
    "taxGroups": {"id": 0, "code": 20, "taxType": 0},
    "purchaseInvoices": {
        **_HEADER, "vendorInvoiceNumber": 35, "invoiceDate": 0, "dueDate": 0, "pricesIncludeTax": 0,
    },
    "purchaseInvoiceLines": {**_LINE, "unitCost": 0},
    "purchaseCreditMemos": {**_HEADER, "vendorCreditMemoNumber": 35, "creditMemoDate": 0},
    "purchaseCreditMemoLines": {**_LINE, "unitCost": 0},
    "purchaseOrders": {**_HEADER, "orderDate": 0},
    "purchaseOrderLines": {**_LINE, "directUnitCost": 0},
    "journals": {"id": 0, "code": 10, "displayName": 0, "templateDisplayName": 0},
    "journalLines": {
        "lineNumber": 0, "accountType": 0, "accountNumber": 20, "postingDate": 0,
        "documentNumber": 20, "externalDocumentNumber": 35, "amount": 0, "description": 100,
    },
    "generalLedgerEntries": {
        "documentNumber": 20, "documentType": 0, "accountNumber": 20, "debitAmount": 0,
        "creditAmount": 0, "postingDate": 0,
    },
}  # fmt: skip


def rows(client: BusinessCentral, name: str, **options: str | int) -> list[Row]:
    """One page of a set in the company, from the replica."""
    return odata.listing(client.get(client.path(name, **options), headers=REPLICA))


def version(client: BusinessCentral) -> Iterator[Finding]:
    told = {str(row.get("systemVersion") or "") for row in client.companies()} - {""}
    if not told:
        yield unasked("companies tell no systemVersion.")
    for one in sorted(told):
        numbers = tuple(int(part) for part in one.split(".")[:2] if part.isdigit())
        if numbers < OLDEST:
            yield differs(
                f"The version is {one}; credit memos and some fields are missing before "
                f"{OLDEST[0]}.{OLDEST[1]}.",
                "Update the environment before negative documents are sent.",
            )
        else:
            yield fits(f"The version is {one}.")


def company(client: BusinessCentral) -> Iterator[Finding]:
    """What the connection names leads to one company, and stays with it."""
    client.forget_company()
    ours, seen = client.company(), client.companies()
    alike = [one for one in seen if str(one.get("displayName") or "") == ours.name]
    twins = [one for one in alike if str(one["id"]) != ours.id]
    if twins:
        yield differs(
            f"{len(twins)} other companies are displayed under the name of ours, "
            f"{private(ours.name)}.",
            f"Enter the company's id in the connection: {private(ours.id)}.",
        )
    if client.connection.setting("company").strip("{} ").casefold() != ours.id:
        yield differs(
            "The connection names the company by a text that people may change.",
            f"Enter its id: {private(ours.id)}.",
        )
    else:
        yield fits(f"The company is named by its id; {len(seen)} companies are visible.")


def fields(client: BusinessCentral) -> Iterator[Finding]:
    text = client.get("/$metadata", headers={"Accept": "application/xml"}).text
    found = metadata.parse(text, [""])
    yield from contact.schema(RELIED, found.sets, "The standard API")
    for name in ("description2", "approvalEntries", "projects"):
        there = name in found.sets or name in found.fields("purchaseInvoiceLines")
        yield fits(f"{name} is {'there' if there else 'not there'}; it is not relied on.")


def finance_group(client: BusinessCentral) -> Finding:
    try:
        odata.listing(
            client.get(
                client.group("reportsFinance/beta", "dimensionValues", top=1), headers=REPLICA
            )
        )
    except Refused as error:
        return differs(
            f"The group reportsFinance cannot be read (status {error.status}): blocked values and "
            "headings among dimension values are not told, and show only when something is posted.",
            "Give the app the permission, or keep blocked values out of the mappings by hand.",
        )
    return fits("reportsFinance tells which dimension values are blocked or headings.")


def services(client: BusinessCentral) -> Iterator[Finding]:
    """OData V4 services beside the standard API: approval of invoices, the site's codeunit."""
    client.forget_metadata()
    if "status" not in client.metadata.fields(published.DOCUMENTS):
        yield differs(
            "The service purchaseDocuments is not published, or without its status: released "
            "invoices are shown as drafts.",
            "Publish purchaseDocuments on the page Web Services.",
        )
    else:
        yield fits("purchaseDocuments shows the status of invoices.")
    if unit := client.codeunit():
        absent = [name for name in PROCEDURES.values() if not client.offers(name)]
        if absent:
            yield differs(
                f"The codeunit {private(unit)} does not offer {listed(absent)}.",
                "Publish the codeunit of docs/nav under the name in the connection.",
            )
        else:
            yield fits("The codeunit offers all procedures that are called.")


def language(client: BusinessCentral) -> Finding:
    """A read that every version refuses shows in which language it words a refusal."""
    try:
        client.get(client.path("purchaseInvoiceLines"), headers=REPLICA)
    except Refused as error:
        if NO_PARENT.search(error.text):
            return fits("Refusals come in English and in the words that are known.")
        return differs(
            f"A refusal is worded otherwise than is known: {private(error.text)}",
            "Set the language of the app's user to English (United States); else tell the "
            "maintainers these words.",
        )
    return unasked("lines without their document are not refused here.")


def odd_filters(client: BusinessCentral) -> Finding:
    """Some refuse, others break (BCApps, issue 9165); a plain number tells trouble from that."""
    plain, odd = (odata.any_of("vendorInvoiceNumber", [one]) for one in ("1", ODD_NUMBER))
    rows(client, "purchaseInvoices", filter=plain, top=1, select="id")
    try:
        rows(client, "purchaseInvoices", filter=odd, top=1, select="id")
    except ConnectorError as error:
        if getattr(error, "at", None):  # throttled
            raise
        return differs(
            f"Numbers with a bracket cannot be searched for ({type(error).__name__}): documents "
            "that bear one are held by themselves.",
            "Nothing; correct such numbers at their source.",
        )
    return fits("Numbers with a bracket can be searched for.")


def webhooks(client: BusinessCentral) -> Iterator[Finding]:
    listed_there = client.group(
        "runtime/beta", "webhookSupportedResources", filter="resource eq 'v2.0*'"
    )
    told = odata.listing(client.get(listed_there))
    names = {str(row.get("resource") or "").rpartition("/")[2] for row in told}
    if absent := set(USEFUL) - names:
        yield differs(
            f"The environment tells nothing of {listed(absent)}: these are polled.",
            "Choose the interval of their flows by how long that may take.",
        )
    else:
        yield fits("The environment tells of everything that is subscribed to.")
    standing = odata.listing(client.get("/subscriptions"))
    if len(standing) >= NEARLY * MOST_SUBSCRIPTIONS:
        yield differs(
            f"{len(standing)} of {MOST_SUBSCRIPTIONS} subscriptions stand in this environment.",
            "Remove those that nobody needs, else ours are refused and changes are polled.",
        )
    else:
        yield fits(f"{len(standing)} of {MOST_SUBSCRIPTIONS} subscriptions stand.")


def permissions(client: BusinessCentral) -> Iterator[Finding]:
    readable = []
    for name in RELIED:
        if name.endswith("Lines"):
            continue
        try:
            rows(client, name, top=1, select="id")
        except Refused as error:
            yield differs(
                f"{name} cannot be read (status {error.status}). {private(error.text)}",
                "Give the app a permission set that reads it (Microsoft Entra applications).",
            )
        else:
            readable.append(name)
    yield fits(f"Can be read: {', '.join(readable) or 'nothing'}.")


def limits(client: BusinessCentral) -> Finding:
    answer = client.get("/companies")
    told = [name for name in answer.headers if "ratelimit" in name.lower().replace("-", "")]
    if told:
        return differs(
            f"Answers tell a limit that is not read: {listed(told)}.",
            "Send the report to the maintainers; the documented limit is held until then.",
        )
    return contact.clock(answer.headers.get("Date", ""))
