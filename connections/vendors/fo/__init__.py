"""Microsoft Dynamics 365 Finance & Operations, through the OData service of one environment.

Facts: MicrosoftDocs/dynamics-365-unified-operations-public, articles/fin-ops-core/dev-itpro/
data-entities (odata.md, services-home-page.md and the pages of the entities). What differs from
site to site is a setting.
"""

from __future__ import annotations

from connections.documents import Hint
from connections.models import Subscription
from connections.registry import Ability, Field, Inbound, VendorModule, Verdict
from connections.vendors.dynamics.refusal_rules import listed
from connections.vendors.fo import messages
from connections.vendors.fo.choices import (
    ACCOUNT_ONLY,
    ANSWER,
    GIVEN,
    SEQUENCE,
    V1,
    V2,
    WHOLE_STRING,
    YES,
)
from connections.vendors.fo.client import FinanceOperations
from connections.vendors.fo.first_contact import FIRST_CONTACT


def receive(subscription: Subscription, inbound: Inbound) -> Verdict:
    """No business event is subscribed to: what stands there is read."""
    return Verdict(404, sentence="Finance & Operations sends no notifications to us.")


def unpack(subscription: Subscription, body: bytes) -> list[Hint]:
    return []


SIGN_IN = (
    Field(
        "environment_url",
        "Environment address",
        help="As people open it in the browser, without what follows the host: "
        "https://contoso.operations.dynamics.com.",
    ),
    Field(
        "tenant_id",
        "Directory (tenant) id",
        help="Of the environment's own Microsoft Entra ID, or one of its domains. Not common.",
    ),
    Field(
        "client_id",
        "Application (client) id",
        help="Of the app registration. Bind it to a user of its own in System administration, "
        "Setup, Microsoft Entra ID applications; give that user the language en-US.",
    ),
    Field(
        "client_secret",
        "Client secret",
        secret=True,
        help="The secret's value, not its id. Entra ID shows it once.",
    ),
    Field("company", "Company", help="Legal entity (dataAreaId), four characters at most: USMF."),
    Field("login_url", "Sign-in address", default="https://login.microsoftonline.com"),
    Field(
        "token_version",
        "Sign-in version",
        default=V2,
        choices=((V2, "v2.0 (scope)"), (V1, "v1 (resource)")),
    ),
)

PURCHASING = (
    Field(
        "procurement_category",
        "Procurement category",
        help="For lines of invoices and orders. It must be a leaf with an inventory posting "
        "set-up for purchase expenditure.",
    ),
    Field(
        "category_by_account",
        "Categories by main account",
        required=False,
        help='Where an account needs another category: {"618100": "Concrete work"}.',
    ),
    Field("category_hierarchy", "Category hierarchy", required=False,
          help="Only where two hierarchies share the name of a category."),
    Field("unit", "Purchase unit", default="ea", help="Of lines with quantity 1."),
    Field(
        "order_account",
        "Account on order lines",
        default=ACCOUNT_ONLY,
        choices=(
            (ACCOUNT_ONLY, "Main account alone"),
            (WHOLE_STRING, "Main account with dimensions"),
        ),
    ),
    Field(
        "confirm_action",
        "Action that confirms orders",
        required=False,
        help="As $metadata binds it to PurchaseOrderHeaderV2. Blank: people or automation "
        "confirm.",
    ),
    Field(
        "bill_orders",
        "Name the order on its invoices",
        default=YES,
        choices=ANSWER,
        help="In the header of an invoice that bills a purchase order of ours.",
    ),
    Field("sales_tax_group", "Sales tax group", required=False,
          help="For the header of invoices. Blank: the vendor's own."),
    Field(
        "imported_totals",
        "Send the source's totals",
        default=YES,
        choices=ANSWER,
        help="Into Imported amount and Imported sales tax, which the invoice automation compares.",
    ),
    Field(
        "header_reference",
        "Reference of a pending invoice",
        default=GIVEN,
        choices=((GIVEN, "Ours"), (SEQUENCE, "Given by the number sequence")),
        help="Ours makes a second invoice impossible; the other where the site refuses that.",
    ),
    Field("number_length", "Longest invoice number", default="20", help="Some releases take 50."),
)  # fmt: skip

VENDORS_AND_JOURNALS = (
    Field("vendor_group", "Group of new vendors", required=False, help="VendorGroupId, as 30."),
    Field(
        "vendor_numbering",
        "Numbers of new vendors",
        default=SEQUENCE,
        choices=((SEQUENCE, "Given by the number sequence"), (GIVEN, "As in the project system")),
    ),
    Field(
        "vendor_tag_field",
        "Field for our vendor id",
        default="OurAccountNumber",
        help="A text field of vendors that the site leaves free; a vendor is found again by it.",
    ),
    Field("tag_prefix", "Our ids begin with", default="PC-"),
    Field("journal_name", "General journal", required=False,
          help="Name of a journal of type Daily, as GenJrn. Needed for journal entries only."),
    Field(
        "journal_voucher",
        "Vouchers of journals",
        default=SEQUENCE,
        choices=((SEQUENCE, "Given by the number sequence"), (GIVEN, "Ours (manual vouchers)")),
    ),
)  # fmt: skip

SITE = (
    Field(
        "posted_set",
        "Posted invoices",
        default="VendTransBiEntities",
        help="Collection in which a posted vendor invoice appears with its voucher.",
    ),
    Field(
        "posted_fields",
        "Fields of posted invoices",
        required=False,
        help="Where they differ from the usual ones: usual=other, … The usual names are "
        "DataArea, Invoice, AccountNum, Voucher, TransDate, AmountCur, CurrencyCode, TransType, "
        "and HeaderReference=DocumentNum for our reference; HeaderReference= where no field "
        "tells it.",
    ),
    Field(
        "posted_sign",
        "Amount of a posted invoice",
        default="-1",
        choices=(("-1", "Negative (as a vendor transaction)"), ("1", "Positive")),
    ),
    Field("periods_set", "Fiscal periods of ledgers", default="LedgerFiscalPeriodsV2"),
    Field(
        "vendors_set",
        "Vendors entity",
        required=False,
        help="Blank: VendorsV3 where the service lists it, else VendorsV2.",
    ),
    Field(
        "extra_fields",
        "Fields to add",
        required=False,
        help='What this site demands besides, per collection: {"VendorInvoiceHeaders": '
        '{"IsApproved": "Yes"}}.',
    ),
    Field("read_timeout", "Longest wait for an answer", default="120",
          help="Seconds, 30 at least: after a pause the first answer takes a minute."),
    Field("lanes", "Calls at a time", default="4",
          help="1 to 8, over all workers; halved for a while when the service is throttling."),
)  # fmt: skip

FIELDS = (*SIGN_IN, *PURCHASING, *VENDORS_AND_JOURNALS, *SITE)

VENDOR = VendorModule(
    label="Dynamics 365 Finance & Operations",
    role="ledger",
    fields=FIELDS,
    client=FinanceOperations,
    receive=receive,
    unpack=unpack,
    abilities=frozenset({Ability.POSTING, Ability.MASTERS, Ability.LISTS, Ability.ENTRIES}),
    first_contact=FIRST_CONTACT,
    refusals=listed(*messages.RULES),
    company=("environment_url", "company"),
)
