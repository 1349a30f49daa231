"""Microsoft Dynamics NAV: online (as Business Central) and on-premises (published page services).

One connection, two ways: online is Business Central's client under NAV's name, handed in by the
registry's line; on-premises are the pages that the site publishes as OData V4 services, and the
codeunit of `docs/nav` where posting from outside is wanted.
"""

from __future__ import annotations

from typing import Protocol

from connections.documents import Hint
from connections.first_contact.checks import FirstContact
from connections.models import Connection, Subscription
from connections.registry import Ability, Field, VendorModule
from connections.transport.http import Client, Journal
from connections.transport.ways import BASIC, OAUTH, WINDOWS
from connections.vendors.dynamics import messages, refusals, webhook
from connections.vendors.dynamics.fields import DECIDING
from connections.vendors.dynamics.refusal_rules import listed
from connections.vendors.nav.client import OnPremises
from connections.vendors.nav.first_contact import with_online

ONLINE, ON_PREMISES = "online", "on_premises"


class Online(Protocol):
    """Makes the client of an environment online that its people know by this label."""

    def __call__(self, connection: Connection, journal: Journal | None, label: str) -> Client: ...


def unpack(subscription: Subscription, body: bytes) -> list[Hint]:
    """On-premises documents go by other ids than the API's: a change means to poll."""
    hints = webhook.unpack(subscription, body)
    if subscription.connection.setting("mode") != ON_PREMISES:
        return hints
    return list(dict.fromkeys(Hint("", resource=hint.resource) for hint in hints))


IS_ONLINE = {"mode": (ONLINE,)}
ON_SITE = {"mode": (ON_PREMISES,)}
BY_PASSWORD = {"mode": (ON_PREMISES,), "authentication": (BASIC, WINDOWS)}
BY_TOKEN = {"mode": (ON_PREMISES,), "authentication": (OAUTH,)}

FIELDS = (
    Field(
        "mode",
        "Where NAV runs",
        default=ONLINE,
        choices=((ONLINE, "Online (Business Central)"), (ON_PREMISES, "On-premises")),
    ),
    Field("company", "Company", help="Its name as NAV writes it; on-premises letter by letter."),
    # -- on-premises --------------------------------------------------------------------------
    Field(
        "server_url",
        "Server address",
        help="With the port of the OData services, as https://nav.example.com:7048.",
        only_when=(ON_SITE,),
    ),
    Field(
        "instance",
        "Server instance",
        help="As in the server administration, for example DynamicsNAV110 or BC230.",
        only_when=(ON_SITE,),
    ),
    Field(
        "server_tenant",
        "Tenant of the server",
        required=False,
        help="Only where one server serves several tenants.",
        only_when=(ON_SITE,),
    ),
    Field(
        "authentication",
        "Sign-in",
        default=BASIC,
        choices=(
            (BASIC, "User and web service access key"),
            (WINDOWS, "Windows account"),
            (OAUTH, "App registration (Entra ID)"),
        ),
        only_when=(ON_SITE,),
    ),
    Field(
        "user",
        "User",
        help="A NAV user of its own for this connection. A Windows account as DOMAIN\\user or "
        "user@domain.",
        only_when=(BY_PASSWORD,),
    ),
    Field(
        "password",
        "Access key or password",
        secret=True,
        help="The web service access key on the user card, or the Windows account's password.",
        only_when=(BY_PASSWORD,),
    ),
    Field(
        "trust_bundle",
        "Trusted certificates",
        required=False,
        help="Path on this machine of a PEM file with the site's own certificate authority. Blank: "
        "the public ones. Certificates are always verified.",
        only_when=(ON_SITE,),
    ),
    # -- online, or on-premises with an app registration ------------------------------------------
    Field(
        "tenant_id",
        "Directory (tenant) id",
        help="Of your Microsoft Entra ID, or one of its domains.",
        only_when=(IS_ONLINE, BY_TOKEN),
    ),
    Field(
        "environment",
        "Environment",
        default="production",
        help="As it is called in the Business Central admin centre.",
        only_when=(IS_ONLINE,),
    ),
    Field(
        "client_id",
        "Application (client) id",
        help="Of the app registration. Add the same id in NAV on the page Microsoft Entra "
        "applications, enabled, with permission sets.",
        only_when=(IS_ONLINE, BY_TOKEN),
    ),
    Field(
        "client_secret",
        "Client secret",
        secret=True,
        help="The secret's value, not its id. Entra ID shows it once.",
        only_when=(IS_ONLINE, BY_TOKEN),
    ),
    Field(
        "scope",
        "Scope",
        default="https://api.businesscentral.dynamics.com/.default",
        help="What the server lists under Valid Audiences, with /.default.",
        only_when=(BY_TOKEN,),
    ),
    # -- what is used -----------------------------------------------------------------------------
    Field(
        "services",
        "Services under other names",
        required=False,
        help="Only where the site publishes a page under another name than the usual one: "
        "PurchaseInvoice=Purch_Invoice, GLAccounts=Accounts. The usual names are in docs/nav.",
        only_when=(ON_SITE,),
    ),
    Field(
        "integration_service",
        "Codeunit",
        required=False,
        help="Service name of the codeunit in docs/nav, usually IntegrationMgt: it releases, "
        "approves and posts. Blank: none of that happens from outside; on-premises, "
        "drafts are left and watched until somebody posts them.",
    ),
    Field(
        "soap_url",
        "SOAP address",
        required=False,
        help="Only for the codeunit on NAV 2018 and older, with the port of the SOAP services, as "
        "https://nav.example.com:7047.",
        only_when=(ON_SITE,),
    ),
    Field(
        "api_path",
        "Standard API",
        required=False,
        help="Give /api/v2.0 where the server offers it: NAV then tells about changes at once. "
        "Blank: changes are polled.",
        only_when=(ON_SITE,),
    ),
    Field(
        "journal_template",
        "Journal template",
        required=False,
        help="General journal template for journal entries. Blank: the default one (GENERAL).",
    ),
    Field(
        "journal_batch",
        "Journal batch",
        default="PROCORE",
        help="An own batch for this connection; it must exist.",
        only_when=(ON_SITE,),
    ),
    *DECIDING,
    Field(
        "model_vendor",
        "New vendors like",
        required=False,
        help="Number of a vendor whose posting groups and payment terms new vendors get. Blank: "
        "they have none until somebody fills them in.",
        only_when=(ON_SITE,),
    ),
    Field(
        "web_client_url",
        "Web client address",
        required=False,
        help="Where links to documents lead, as https://nav.example.com/DynamicsNAV110/WebClient.",
        only_when=(ON_SITE,),
    ),
    # -- other clouds -------------------------------------------------------------------------
    Field(
        "api_url",
        "API address",
        default="https://api.businesscentral.dynamics.com",
        only_when=(IS_ONLINE,),
    ),
    Field(
        "login_url",
        "Sign-in address",
        default="https://login.microsoftonline.com",
        only_when=(IS_ONLINE, BY_TOKEN),
    ),
    Field(
        "web_url",
        "Web client address, online",
        default="https://businesscentral.dynamics.com",
        only_when=(IS_ONLINE,),
    ),
)

COMPANY = (
    "mode", "api_url", "tenant_id", "environment", "server_url", "instance", "server_tenant",
    "company",
)  # fmt: skip
ABILITIES = frozenset({
    Ability.POSTING, Ability.PURCHASES, Ability.MASTERS, Ability.DECISIONS, Ability.LISTS,
    Ability.ENTRIES,
})  # fmt: skip


def vendor(online: Online, contact: FirstContact) -> VendorModule:
    """NAV, whose online mode is spoken to by that client, and asked these checks."""

    def client(connection: Connection, journal: Journal | None = None) -> Client:
        if connection.setting("mode") == ON_PREMISES:
            return OnPremises(connection, journal)
        return online(connection, journal, OnPremises.label)

    return VendorModule(
        label="Dynamics NAV",
        role="ledger",
        fields=FIELDS,
        client=client,
        receive=webhook.receive,
        unpack=unpack,
        abilities=ABILITIES,
        company=COMPANY,
        first_contact=with_online(contact),
        refusals=listed(*messages.RULES, *refusals.RULES),
    )
