"""First contact: how the books of the company are set up, as far as the standard API tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from connections.errors import NotFound
from connections.first_contact.checks import (
    Finding,
    differs,
    fits,
    listed,
    members,
    unasked,
)
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central import documents
from connections.vendors.business_central.client import BusinessCentral
from connections.vendors.business_central.contact_site import rows
from connections.vendors.dynamics import contact
from connections.vendors.dynamics.rows import BLOCKED

SAMPLE = 100  # rows that are looked at where all would be too many
CATEGORIES = (
    "", "Assets", "Liabilities", "Equity", "Income", "Cost of Goods Sold", "Expense",
)  # fmt: skip
KINDS_OF_ACCOUNTS = ("Posting", "Heading", "Total", "Begin-Total", "End-Total")
VALIDATIONS = {"Code Mandatory", "Same Code", "No Code"}
WORKFLOWS = "Look on the page Workflows whether one for purchase invoices is enabled."


def enums(client: BusinessCentral) -> Iterator[Finding]:
    found = rows(client, "accounts", top=SAMPLE, select="accountType,category")
    for field, known in (("accountType", KINDS_OF_ACCOUNTS), ("category", CATEGORIES)):
        seen = {odata.plain(row.get(field)) for row in found}
        yield members(seen, known, f"{field} of accounts")
    status = rows(client, "purchaseInvoices", top=SAMPLE, select="status")
    seen = {odata.plain(row.get("status")) for row in status}
    yield members(seen, documents.STATUS, "status of purchase invoices")
    blocked = {odata.plain(one.get("blocked")) for one in rows(client, "vendors", top=SAMPLE)}
    yield members(blocked, BLOCKED, "blocked of vendors")


def currency(client: BusinessCentral) -> Iterator[Finding]:
    local = client.local_currency()
    yield fits(f"The books are kept in {local}.")
    wanted = f"currencyCode ne '' and currencyCode ne {odata.text(local)}"
    if not rows(client, "vendors", top=1, select="id"):
        yield unasked("there is no vendor whose card could state another currency.")
        return
    found = rows(client, "vendors", filter=wanted, top=SAMPLE, select="currencyCode")
    others = Counter(str(row["currencyCode"]) for row in found)
    others.pop(local, None)
    others.pop("", None)
    if others:
        yield differs(
            f"{sum(others.values())} vendor cards are kept in another currency ({listed(others)}).",
            "Nothing, where their documents are in the local currency: it is always stated. Else "
            "set the flow's currency rule.",
        )
    else:
        yield fits("No vendor card states another currency.")


def shortcuts(client: BusinessCentral) -> Iterator[Finding]:
    try:
        setup = rows(client, "generalLedgerSetup")
    except NotFound:
        setup = []
    if not setup:
        yield differs(
            "generalLedgerSetup is not there: neither the posting window nor the shortcut "
            "dimensions are told.",
            "Update the environment; until then only posting tells that a period is closed.",
        )
        return
    codes = [str(setup[0].get(f"shortcutDimension{n}Code") or "") for n in (1, 2)]
    known = {one.code for one in client.dimensions()}
    if strangers := [code for code in codes if code and code not in known]:
        yield differs(
            f"The shortcut dimensions {listed(strangers)} are not among the dimensions.",
            "Correct General Ledger Setup.",
        )
    yield fits(f"Shortcut dimensions 1 and 2 are {' and '.join(code or 'none' for code in codes)}.")


def default_dimensions(client: BusinessCentral) -> Iterator[Finding]:
    """What vendors bring along; rules that refuse a value of ours are told with the rule."""
    parts = "defaultDimensions"
    found = rows(client, "vendors", top=SAMPLE, select="id", expand=parts)
    if not found:
        yield unasked("there is no vendor that could bring a dimension.", "Ask again later.")
        return
    if not any(parts in row for row in found):
        yield unasked("the dimensions of vendors are not given.", "Look at Default Dimensions.")
        return
    rules = Counter(
        (str(one.get("dimensionCode")), odata.plain(one.get("postingValidation")))
        for row in found
        for one in row.get(parts) or ()
    )
    for (code, rule), count in sorted(rules.items()):
        if rule in VALIDATIONS:
            yield differs(
                f"{count} of {len(found)} vendors bring the dimension {code} with the rule {rule}.",
                f"Map {code} to what the rule allows, or take the rule off: else their documents "
                "are refused when they are posted.",
            )
        else:
            yield fits(f"{count} of {len(found)} vendors bring the dimension {code}, without rule.")
    if not rules:
        yield fits(f"None of {len(found)} vendors brings a dimension of its own.")


def taxes(client: BusinessCentral) -> Finding:
    found = {odata.plain(row.get("taxType")) for row in rows(client, "taxGroups", top=SAMPLE)}
    if not found - {""}:
        return unasked("there are no tax groups.")
    if found - {"", "Sales Tax"}:
        return differs(
            f"Taxes are of the kind {listed(found - {''})}: a line's taxCode may be read back as "
            "another one than was sent (its VAT identifier).",
            "Leave tax codes out of the flows, or compare one draft by hand before any is posted.",
        )
    return fits("Tax groups are of the kind Sales Tax.")


def approvals(client: BusinessCentral) -> Finding:
    wanted = "tableId eq 38 and documentType eq 'Invoice'"
    try:
        found = rows(client, "approvalEntries", filter=wanted, top=1, select="status")
    except NotFound:
        return unasked("this version has no approvalEntries.", WORKFLOWS)
    if found:
        return differs(
            "Purchase invoices pass approvals here: posting one that is not approved is refused.",
            "Book the flows as drafts, or except the app's user from the workflow.",
        )
    return fits("No approval of a purchase invoice is under way.")


def posted_lines(client: BusinessCentral) -> Finding:
    """Where a posted document keeps its amounts, and whether its header agrees."""
    parts = "purchaseInvoiceLines"
    wanted = "status eq 'Open' or status eq 'Paid'"
    found = rows(client, "purchaseInvoices", filter=wanted, top=5, expand=parts)
    if not found:
        return unasked("no invoice is posted yet.", "Ask again when one is.")
    shapes = {shape(row, parts) for row in found}
    if "" in shapes and len(shapes) == 1:
        return fits(f"{len(found)} posted invoices keep their amounts where they are read.")
    return differs(
        f"Posted invoices are not as they are read: {listed(shapes - {''})}.",
        "Send the report to the maintainers before any document is posted.",
    )


def shape(row: Row, parts: str) -> str:
    """Empty where the header is the sum of what the lines say in their net fields."""
    lines = [documents.coded(line) for line in row.get(parts) or ()]
    if not lines:
        return "they come without lines"
    total = odata.number(row.get("totalAmountIncludingTax"))
    read = sum((line.amount + line.tax for line in lines), start=odata.number(0))
    if not read and total:
        return "their lines carry no amounts"
    return "" if read == total else "their header is not the sum of their lines"


def window(client: BusinessCentral) -> Finding:
    return contact.window(client.window())
