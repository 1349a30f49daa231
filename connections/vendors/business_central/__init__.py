"""Microsoft Dynamics 365 Business Central, through its standard API v2.0."""

from __future__ import annotations

from connections.registry import Ability, Field, VendorModule
from connections.vendors.business_central.client import BusinessCentral
from connections.vendors.business_central.first_contact import FIRST_CONTACT
from connections.vendors.dynamics import messages, refusals, webhook
from connections.vendors.dynamics.fields import DECIDING
from connections.vendors.dynamics.refusal_rules import listed

FIELDS = (
    Field(
        "tenant_id",
        "Tenant",
        help="Directory (tenant) id of your Microsoft Entra ID, or one of its domains.",
    ),
    Field(
        "environment",
        "Environment",
        default="production",
        help="As it is called in the Business Central admin centre, for example production.",
    ),
    Field("company", "Company", help="Name of the company in Business Central, or its id."),
    Field(
        "client_id",
        "Application (client) id",
        help="Of the app registration. Add the same id in Business Central on the page Microsoft "
        "Entra applications, enabled, with permission sets.",
    ),
    Field(
        "client_secret",
        "Client secret",
        secret=True,
        help="The secret's value, not its id. Entra ID shows it once.",
    ),
    Field(
        "journal_template",
        "Journal template",
        required=False,
        help="General journal template for journal entries. Blank: the default one.",
    ),
    Field(
        "integration_service",
        "Codeunit",
        required=False,
        help="Service name of the codeunit in docs/nav, usually IntegrationMgt, where documents "
        "shall be released, approved and posted from outside. Blank: nothing is.",
    ),
    *DECIDING,
    Field("api_url", "API address", default="https://api.businesscentral.dynamics.com"),
    Field("login_url", "Sign-in address", default="https://login.microsoftonline.com"),
    Field(
        "web_url",
        "Web client address",
        default="https://businesscentral.dynamics.com",
        help="Where links to documents lead.",
    ),
)

ABILITIES = frozenset({
    Ability.POSTING, Ability.PURCHASES, Ability.MASTERS, Ability.DECISIONS, Ability.LISTS,
    Ability.ENTRIES,
})  # fmt: skip

VENDOR = VendorModule(
    label="Dynamics 365 Business Central",
    role="ledger",
    fields=FIELDS,
    client=BusinessCentral,
    receive=webhook.receive,
    unpack=webhook.unpack,
    abilities=ABILITIES,
    company=("api_url", "tenant_id", "environment", "company"),
    first_contact=FIRST_CONTACT,
    refusals=listed(*messages.RULES, *refusals.RULES),
    hourly=72_000,  # 6,000 in five minutes: operational-limits-online.md
)
