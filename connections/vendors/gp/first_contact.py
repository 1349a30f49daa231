"""What a GP site is asked when it is met: the public record on its services is thin.

learn.microsoft.com/dynamics-gp/web-components (Service Based Architecture); names by docs/gp
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connections.errors import ConnectorError, NeedsPerson, Refused
from connections.first_contact.checks import (
    Check,
    Finding,
    FirstContact,
    differs,
    fits,
    listed,
    private,
    set_up_by_hand,
    unasked,
)
from connections.vendors.dynamics import contact
from connections.vendors.gp import shapes
from connections.vendors.gp.client import GP
from connections.vendors.gp.entries import TRANSACTIONS
from connections.vendors.gp.names import COMPANY, FIELDS, PATHS
from connections.vendors.gp.payables import HISTORY, OPEN, WORK, state, type_of
from connections.vendors.gp.rows import Row
from connections.vendors.gp.testing import NEEDED
from connections.vendors.gp.wire import WORDS, NotOffered

SBA = "learn.microsoft.com/dynamics-gp/web-components/service-based-architecture"
SHEET = "docs/gp"
LATER = "2099-12-31"
SAMPLE = 50
OPTIONAL = (TRANSACTIONS,)  # what most sites do without
ONLY_BY_KEY = {  # fields that not every list shows, or not every site
    "payables": {"Distributions"},
    TRANSACTIONS: {"Lines", "Series", "LedgerType", "Voided"},
}
NO_AMOUNT = ("1", "2", "3", "4", "5", "11", "12", "14", "15", "16", "17", "18", "19")


def sample(client: GP, resource: str) -> list[Row]:
    """The first rows of a list, one request."""
    params = client.params({"pageSize": str(SAMPLE)})
    answer = client.get(client.address(resource), params)
    return client.objects(resource, shapes.content(answer))[:SAMPLE]


# -- the service ----------------------------------------------------------------------------


def help_page(client: GP) -> Iterator[Finding]:
    tenant = client.names.filled("{origin}/GPService/Tenants({tenant})/help")
    try:
        answer = client.get(tenant, headers={"Accept": "*/*"})
    except (Refused, NeedsPerson) as error:
        yield differs(
            f"The discovery page of the services does not answer. {private(error.sentence)}",
            "Check the tenant, and that Service Based Architecture is installed; else ask for the "
            "list of services.",
        )
        return
    yield contact.clock(answer.headers.get("Date", ""))
    paths = [path for name, path in PATHS.items() if path[0] == "/" and name not in OPTIONAL]
    absent = [path for path in paths if path.strip("/") not in answer.text]
    if absent:
        yield differs(
            f"The discovery page does not name {listed(absent)}.",
            "Save the page, and enter the site's own paths under Other paths.",
        )
    else:
        yield fits("The discovery page names all paths by which things are read.")


def shape(client: GP) -> Finding:
    answer = client.get(client.address("vendors"), client.params({"pageSize": "1"}))
    json, wanted = answer.data is not None, client.asks_for_json()
    if json != wanted:
        return differs(
            f"The service answers in {'JSON' if json else 'XML'}, and is asked for "
            f"{'JSON' if wanted else 'XML'}.",
            "Nothing, both are read; choose the other form in the connection to be sure.",
        )
    return fits(f"The service answers in {'JSON' if json else 'XML'}, as it is asked.")


def companies(client: GP) -> Finding:
    wanted = client.connection.setting("company").strip()
    try:
        listed_there = client.rows("companies")
    except NotOffered:
        return unasked("the site lists no companies.", "Compare the name with the one in GP.")
    known = {row.text(name).casefold() for row in listed_there for name in COMPANY}
    if wanted.casefold() not in known:
        return differs(
            f"The company of the connection is not among the {len(listed_there)} that are listed.",
            "Correct Company: it is the display name, letter by letter.",
        )
    return fits(f"The company is one of {len(listed_there)} that are listed.")


def resources(client: GP) -> Iterator[Finding]:
    found = []
    for name in WORDS:
        if not client.names.offered(name):
            yield fits(f"The connection says that there are no {WORDS[name]}.")
            continue
        try:
            client.probe(name)
        except NotOffered as error:
            if name in OPTIONAL:
                yield unasked(error.sentence, "Nothing: journals of people are not told then.")
                continue
            yield differs(
                f"The services offer no {WORDS[name]}.",
                "Import the accounts from a file."
                if name == "accounts"
                else "Enter the path that "
                "they have here under Other paths, or name= where there are none.",
            )
        except (Refused, NeedsPerson) as error:
            yield differs(
                f"The {WORDS[name]} cannot be read. {private(error.sentence)}",
                "Grant the service objects (ServiceGet…) in Security Task Setup.",
            )
        else:
            found.append(WORDS[name])
    yield fits(f"Can be read: {', '.join(found) or 'nothing'}.")


def fields(client: GP) -> Iterator[Finding]:
    """The usual fields in the first rows; any may be empty, none may be missing."""
    for name in WORDS:
        try:
            rows = sample(client, name) if client.offers(name) else []
        except (Refused, NeedsPerson) as error:
            yield unasked(f"{WORDS[name]}: {private(error.sentence)}")
            continue
        if not rows:
            yield unasked(f"there are no {WORDS[name]} to look at.")
            continue
        wanted = [one for one in FIELDS[name] if one not in ONLY_BY_KEY.get(name, ())]
        absent = [one for one in wanted if not any(row.has(one) for row in rows)]
        if absent:
            yield differs(
                f"{named(name)} have no {listed(absent)}. They have: {listed(rows[0].data)}.",
                f"Enter the site's names under Other fields of {WORDS[name]}.",
            )
        else:
            yield fits(f"{named(name)} have all fields that are read.")


def named(resource: str) -> str:
    """At the beginning of a sentence."""
    return WORDS[resource][0].upper() + WORDS[resource][1:]


def options(client: GP) -> Iterator[Finding]:
    """Query options that are taken and not heeded make every poll read everything."""
    if client.names.options["pageSize"]:
        if len(sample(client, "vendors")) < 2:
            yield unasked("there are too few vendors to see whether options are heeded.")
        elif len(client.probe("vendors")) > 1:
            yield differs(
                "The number of rows in one answer is not heeded.",
                "Enter the option's name under Other query options, or 0 under Rows in one answer.",
            )
        else:
            yield fits("The number of rows in one answer is heeded.")
    for name in ("modifiedSince", "documentDateFrom"):
        if not client.names.options[name]:
            continue
        resource = "vendors" if name == "modifiedSince" else "payables"
        if not sample(client, resource):
            yield unasked(f"there are no {WORDS[resource]} that {name} could leave out.")
            continue
        params = client.params({"pageSize": "1", name: LATER})
        answer = client.get(client.address(resource), params)
        if client.objects(resource, shapes.content(answer)):
            yield differs(
                f"The option {name} is not heeded: {WORDS[resource]} come whatever it says.",
                f"Enter its name under Other query options, or {name}= where there is none.",
            )
        else:
            yield fits(f"The option {name} is heeded.")


# -- the books ------------------------------------------------------------------------------


def document(client: GP) -> Iterator[Finding]:
    """One transaction by its key, as later each of ours."""
    rows = sample(client, "payables")
    if not rows:
        yield unasked("there is no payables transaction yet.", "Ask again when there is one.")
        return
    states = {state(row) for row in rows}
    if strange := states - {WORK, OPEN, HISTORY}:
        yield differs(
            f"States of transactions that are not known: {listed(strange)}.",
            "Send the report to the maintainers: such documents are held.",
        )
    else:
        yield fits(f"States of transactions: {listed(states)}, all known.")
    row = client.one("payables", type_of(rows[0]), rows[0].text("VoucherNumber"))
    if row is None:
        yield differs(
            "A transaction that is listed is not given by its key (type and voucher number).",
            "Correct the fields DocumentType and VoucherNumber, or the path, in the connection.",
        )
        return
    if absent := [name for name in NEEDED if not row.has(name)]:
        yield differs(
            f"A transaction lacks {listed(absent)}.",
            "Enter the site's names under Other fields of payables transactions.",
        )
    yield from distributions(client, row)


def distributions(client: GP, row: Row) -> Iterator[Finding]:
    parts = client.payables.distributions(row)
    if not parts:
        yield differs(
            "A transaction shows no distributions: without them no line has an account.",
            "Ask the site to show them, or enter their name under Other fields of distributions.",
        )
        return
    kinds = client.payables.kinds
    counted = {*kinds.lines, *kinds.shared, *kinds.tax}
    told = {one.text("DistributionType") for one in parts}
    plain = {one for one in told if one.isdigit()} - counted - set(NO_AMOUNT)
    if words := {one for one in told if not one.isdigit()}:
        yield differs(
            f"Distributions are of the types {listed(words)}, and are read by numbers.",
            "Send the report to the maintainers: until then such documents are held.",
        )
    elif plain:
        yield differs(
            f"Distributions of the types {listed(plain)} are neither lines, nor shared, nor tax.",
            "Enter each of them where the connection asks for types of distributions.",
        )
    else:
        yield fits(f"Types of distributions: {listed(told)}.")


def transactions(client: GP) -> Iterator[Finding]:
    """Of the general ledger: one by its number, and whether it says whose it is."""
    rows = sample(client, TRANSACTIONS) if client.offers(TRANSACTIONS) else []
    if not rows:
        yield unasked("there are no GL transactions to look at.")
        return
    whole = client.one(TRANSACTIONS, rows[0].text("JournalEntry"))
    if whole is None or not client.transactions.lines(whole):
        yield differs(
            "A GL transaction that is listed is not given with its lines by its number.",
            "Correct the path or the names of GL transactions in the connection.",
        )
    elif why := client.transactions.unclear(whole):
        yield differs(
            f"Of a GL transaction it cannot be told whether people booked it: {why}.",
            "Enter the site's names under Other fields of GL transactions.",
        )
    else:
        told = {row.text("SourceDocument") for row in rows} - {""}
        yield fits(f"Source documents of GL transactions: {listed(told)}.")


def document_types(client: GP) -> Finding:
    ours = {one for several in client.payables.kinds.documents.values() for one in several}
    told = {type_of(row) for row in sample(client, "payables")} - {""}
    if not told:
        return unasked("there is no payables transaction yet.")
    if others := told - ours - {"6"}:
        return differs(
            f"Document types that nobody takes: {listed(others)}.",
            "Enter them under Document types of invoices or of credits, where they shall be sent.",
        )
    return fits(f"Document types: {listed(told)}.")


def accounts(client: GP) -> Iterator[Finding]:
    """Segments of account numbers, against what the connection says of them."""
    if not client.offers("accounts"):
        yield unasked("the site lists no accounts.", "Compare the separator with one in GP.")
        return
    numbers = [row.text("AccountNumber") for row in sample(client, "accounts")]
    counts = {len(client.places.segments(one)) for one in numbers if one}
    sign, main = client.places.separator, client.places.main
    if not counts:
        yield unasked("there are no accounts to look at.", "Compare the separator with one in GP.")
    elif counts == {1}:
        yield differs(
            f"No account number has the sign “{sign}” between its segments.",
            "Correct Between segments in the connection.",
        )
    elif len(counts) > 1:
        yield differs(
            f"Account numbers have {listed(counts)} segments.",
            "Check Between segments, and that the mappings name the right one.",
        )
    elif counts and main > max(counts):
        yield differs(
            f"Account numbers have {max(counts)} segments, and the connection names the {main}th.",
            "Correct Account in the mappings.",
        )
    else:
        yield fits(f"Account numbers have {listed(counts)} segments.")


def currency(client: GP) -> Iterator[Finding]:
    local = client.local_currency
    if not local:
        yield differs(
            "The company's own currency is not told.", "Enter it under The company's currency."
        )
    else:
        yield fits(f"The books are kept in {local}.")
    used = {row.text("CurrencyID").upper() for row in sample(client, "payables")} - {""}
    unknown = used - set(client.iso_codes) - set(client.iso_codes.values())
    if unknown:
        yield differs(
            f"Currencies by ids that nobody explains: {listed(unknown)}.",
            "Enter them under Currencies, as Z-US$=USD.",
        )
    elif used - {local}:
        yield fits("Currencies of transactions are all known by their ISO codes.")


def pace(client: GP) -> Finding:
    try:
        _ = client.pace
    except ConnectorError as error:
        return differs(f"{private(error.sentence)}", "Correct it in the connection.")
    return fits(
        f"{client.pace.concurrency} calls at a time, {client.pace.pause} ms between them; the "
        "service tells no limit."
    )


BY_HAND = {
    "whether a vendor's invoice number may occur twice": (
        "Look at Payables Setup, Allow Duplicate Invoices Per Vendor; two are told apart by key."
    ),
    "whether voucher numbers are typed over": "Look at Payables Setup, Override Voucher Number.",
    "whether batches and vendors pass a workflow": "Look at Workflow Maintenance.",
    "whether posting goes by batch or by transaction date": "Look at Posting Setup, Purchasing.",
    "whether Web Services or eConnect are installed": "Nothing: neither is used.",
    "at which hours the server rests, and how many licences are left": (
        "Ask who runs it; the service user takes one while it works."
    ),
    "when the certificate ends": "Note the date, and who renews it.",
}


def checks(client: Any) -> Sequence[Check]:
    return (
        Check("Discovery page", SBA, help_page),
        Check("Answers", SBA, shape),
        Check("Company", SHEET, companies),
        Check("Resources", SHEET, resources),
        Check("Fields", SHEET, fields),
        Check("Query options", SHEET, options),
        Check("Transactions", SHEET, document),
        Check("Document types", SHEET, document_types),
        Check("GL transactions", SHEET, transactions),
        Check("Accounts", SHEET, accounts),
        Check("Currency", SHEET, currency),
        Check("Pace", SHEET, pace),
        set_up_by_hand(BY_HAND, SBA),
    )


KEPT = frozenset({
    "DocumentType", "TransactionState", "DistributionType", "CurrencyID", "ISOCode", "Functional",
    "VendorStatus", "AccountType", "Voided", "Active", "Hold", "AllowAccountEntry", "Category",
    "SourceDocument", "Series", "LedgerType",
})  # fmt: skip

FIRST_CONTACT = FirstContact(checks, kept=KEPT, lists=("accounts", "vendors"))
