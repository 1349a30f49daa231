"""Microsoft Dynamics GP through its REST services (Service Based Architecture), read only.

The public record on these services is thin: paths, fields and query options have the usual names
of `docs/gp` and are settings of the connection, each of them.
"""

from __future__ import annotations

from connections.documents import Hint
from connections.models import Subscription
from connections.registry import Ability, Field, Inbound, VendorModule, Verdict
from connections.transport.ways import BASIC, OAUTH, TOKEN, WINDOWS
from connections.vendors.gp.client import GP
from connections.vendors.gp.first_contact import FIRST_CONTACT
from connections.vendors.gp.names import PREFIX


def receive(subscription: Subscription, inbound: Inbound) -> Verdict:
    """GP calls nobody."""
    return Verdict(404, sentence="GP sends no notifications.")


def unpack(subscription: Subscription, body: bytes) -> list[Hint]:
    return []


BY_PASSWORD = {"authentication": (BASIC, WINDOWS)}
BY_APP = {"authentication": (OAUTH,)}
BY_TOKEN = {"authentication": (TOKEN,)}
OTHER = "Give it only where the site has another name than docs/gp says, as usual=other."

SIGN_IN = (
    Field(
        "server_url",
        "Server address",
        help="Of the GP Service, as https://gp.example.com or with its port. It must be the name "
        "in the server's certificate.",
    ),
    Field(
        "tenant",
        "Tenant",
        default="DefaultTenant",
        help="The literal DefaultTenant unless the installation has several.",
    ),
    Field("company", "Company", help="Its display name in GP, as Fabrikam, Inc."),
    Field(
        "authentication",
        "Sign-in",
        default=WINDOWS,
        choices=(
            (WINDOWS, "Windows account (NTLM, Negotiate)"),
            (BASIC, "User and password (Basic)"),
            (OAUTH, "App registration (Entra ID)"),
            (TOKEN, "Bearer token"),
        ),
    ),
    Field(
        "user",
        "User",
        help="As DOMAIN\\user or user@domain. An account of its own, mapped to a GP user that may "
        "only read.",
        only_when=(BY_PASSWORD,),
    ),
    Field("password", "Password", secret=True, only_when=(BY_PASSWORD,)),
    Field("token", "Bearer token", secret=True, only_when=(BY_TOKEN,)),
    Field("tenant_id", "Directory (tenant) id", only_when=(BY_APP,)),
    Field("client_id", "Application (client) id", only_when=(BY_APP,)),
    Field("client_secret", "Client secret", secret=True, only_when=(BY_APP,)),
    Field(
        "scope",
        "Scope",
        help="Of the registered GP application, as api://gp.example.com/.default.",
        only_when=(BY_APP,),
    ),
    Field(
        "login_url",
        "Sign-in address",
        default="https://login.microsoftonline.com",
        only_when=(BY_APP,),
    ),
    Field(
        "trust_bundle",
        "Trusted certificates",
        required=False,
        help="Path on this machine of a PEM file with the site's own certificate authority. Blank: "
        "the public ones. Certificates are always verified.",
    ),
)

PACE = (
    Field(
        "lanes",
        "Calls at a time",
        default="1",
        help="To this company, over all workers. GP's runtime does one thing at a time; 3 is much.",
    ),
    Field("pause", "Pause between calls", default="200", help="Milliseconds."),
    Field(
        "read_timeout",
        "Longest wait for an answer",
        default="120",
        help="Seconds, 60 at least: a runtime that slept takes half a minute to start.",
    ),
    Field(
        "page_size",
        "Rows in one answer",
        default="500",
        help="0 where the site knows no pages: then lists come whole.",
    ),
    Field(
        "format",
        "Format",
        default="json",
        choices=(("json", "JSON"), ("xml", "XML")),
        help="What is asked for; both are understood, whichever comes.",
    ),
)

MEANING = (
    Field(
        "project_place",
        "Where the project stands",
        default="Segment 1",
        help="Segment 1 (of the account), Distribution.Reference, or Document.Description; with a "
        "word of it: Distribution.Reference word 1. Several in turn, with commas. It becomes the "
        "dimension PROJECT.",
    ),
    Field(
        "cost_code_place",
        "Where the cost code stands",
        default="Distribution.Reference",
        help="Likewise. It becomes the dimension COSTCODE.",
    ),
    Field(
        "commitment_place",
        "Where the commitment stands",
        default="Document.PONumber",
        help="The field of an invoice with the number of the commitment that it bills.",
    ),
    Field(
        "account_segment",
        "Account in the mappings",
        required=False,
        help="Blank: the whole number, as 1042-52200-03. 2: its second segment only, where that is "
        "the main account; the others are dimensions.",
    ),
    Field("segment_separator", "Between segments", default="-"),
    Field(
        "segment_names",
        "Names of the segments",
        required=False,
        help="In order, with commas, as JOB, MAIN, DIVISION. Blank: SEGMENT1, SEGMENT2 and so on.",
    ),
    Field("invoice_types", "Document types of invoices", default="1",
          help="1 invoice, 2 finance charge, 3 miscellaneous charge."),
    Field("memo_types", "Document types of credits", default="4, 5",
          help="4 return, 5 credit memo."),
    Field("line_types", "Distributions that are lines", default="6, 12",
          help="6 purchases, 12 other."),
    Field(
        "shared_types",
        "Distributions shared among the lines",
        default="7, 8, 9, 16",
        help="7 trade discount, 8 miscellaneous, 9 freight, 16 rounding: by the lines' amounts; "
        "lines themselves where there are no others.",
    ),
    Field("tax_types", "Distributions that are tax", default="10, 13",
          help="10 taxes, 13 GST. Tax is not sent on as cost."),
    Field(
        "local_currency",
        "The company's currency",
        required=False,
        help="ISO code, as USD. Blank: as the site's currencies say.",
    ),
    Field(
        "currencies",
        "Currencies",
        required=False,
        help="Only where the site's services do not list them: Z-US$=USD, Z-C$=CAD.",
    ),
    Field(
        "purchase_sources",
        "Source documents of purchases",
        default="PMTRX, PMVVR, PMCHK, PMPAY, PMVPY, RECVG, POIVC",
        help="Of GL transactions that do not say of which series they are: what purchasing posts "
        "is told by payables transactions.",
    ),
    Field(
        "closing_sources",
        "Source documents of the year's end",
        default="P/L, BBF",
        help="Of GL transactions: what closes a year and brings balances forward is no cost.",
    ),
)  # fmt: skip

NAMES = (
    Field("prefix", "Address of the company", default=PREFIX),
    Field(
        "paths",
        "Other paths",
        required=False,
        help="As payables=/Purchasing/PayablesTransactions, or accounts= where there are none.",
    ),
    Field("query_options", "Other query options", required=False, help=OTHER),
    Field("vendor_fields", "Other fields of vendors", required=False, help=OTHER),
    Field("payable_fields", "Other fields of payables transactions", required=False, help=OTHER),
    Field("distribution_fields", "Other fields of distributions", required=False, help=OTHER),
    Field("account_fields", "Other fields of accounts", required=False, help=OTHER),
    Field("company_fields", "Other fields of companies", required=False, help=OTHER),
    Field("currency_fields", "Other fields of currencies", required=False, help=OTHER),
    Field("transaction_fields", "Other fields of GL transactions", required=False, help=OTHER),
    Field(
        "transaction_line_fields",
        "Other fields of lines of GL transactions",
        required=False,
        help=OTHER,
    ),
)

FIELDS = (*SIGN_IN, *PACE, *MEANING, *NAMES)

VENDOR = VendorModule(
    label="Dynamics GP",
    role="ledger",
    fields=FIELDS,
    client=GP,
    receive=receive,
    unpack=unpack,
    abilities=frozenset(
        {
            Ability.PURCHASES,
            Ability.READ_AGAIN,
            Ability.CHART_FROM_FILE,
            Ability.ENTRIES,
        }
    ),
    company=("server_url", "tenant", "company"),
    first_contact=FIRST_CONTACT,
)
