"""Procore: construction costs, commitments, billings and change orders of each project."""

from __future__ import annotations

from connections.registry import Ability, Field, Refusal, VendorModule
from connections.vendors.procore.client import Procore
from connections.vendors.procore.first_contact import FIRST_CONTACT
from connections.vendors.procore.refusals import RULES
from connections.vendors.procore.webhook import (
    KIND_OF_RESOURCE,
    LINES_OF,
    POLL_INSTEAD,
    receive,
    unpack,
)

FIELDS = (
    Field(
        "company_id",
        "Company id",
        help="The number in the address of Procore's web pages, after /companies/.",
    ),
    Field("client_id", "Client id", help="Of the data connection app (service account)."),
    Field("client_secret", "Client secret", secret=True),
    Field("api_url", "API address", "https://api.procore.com"),
    Field("login_url", "Sign-in address", "https://login.procore.com"),
    Field(
        "web_url",
        "Web address",
        "https://app.procore.com",
        help="Where people open Procore; links to documents start with it.",
    ),
    Field(
        "payable_statuses",
        "Payable invoice statuses",
        "approved,approved_as_noted",
        help="Subcontractor invoices in these statuses are posted. Separate with commas.",
    ),
    Field(
        "status_readings",
        "Statuses read otherwise",
        required=False,
        help="Of documents whose status your company renamed, or uses otherwise than Procore's "
        "pages say: “Received = Approved, On hold = Draft”. A status that is neither in Procore's "
        "list nor here holds its document.",
    ),
    Field(
        "locked_statuses",
        "Locked commitment statuses",
        "approved,complete,closed",
        help="Commitments in these statuses take no more changes of lines or vendor from the "
        "ledger (a company setting of Procore). Separate with commas.",
    ),
    Field(
        "hook_namespace",
        "Webhook namespace",
        "ml-connector",
        help="Lower-case letters, digits and dashes; the same in all companies and projects.",
    ),
    Field(
        "payload_version",
        "Webhook version",
        "v2.0",
        help="The form in which Procore sends its notices.",
        choices=(("v2.0", "v2.0"), ("v3.0", "v3.0"), ("v4.0", "v4.0")),
    ),
)

VENDOR = VendorModule(
    label="Procore",
    role="project",
    fields=FIELDS,
    client=Procore,
    receive=receive,
    unpack=unpack,
    abilities=frozenset(
        {Ability.PROJECT_DOCUMENTS, Ability.PROJECT_BOOKS, Ability.VENDOR_DIRECTORY}
    ),
    company=("api_url", "company_id"),
    first_contact=FIRST_CONTACT,
    refusals=tuple(Refusal(one.words.pattern, one.reason, one.sentence) for one in RULES),
    hourly=3600,  # developers.procore.com/documentation/rate-limiting; by app, not contractual
)

__all__ = ["FIELDS", "KIND_OF_RESOURCE", "LINES_OF", "POLL_INSTEAD", "VENDOR", "Procore"]
