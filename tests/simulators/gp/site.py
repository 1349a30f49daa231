"""What a site of Dynamics GP chose: sign-in, reply shape, resource list and the switches."""

from __future__ import annotations

from typing import Any

from tests.simulators.nav_server.site import WINDOWS_PASSWORD, WINDOWS_USER

USER, PASSWORD = WINDOWS_USER, WINDOWS_PASSWORD
UPN = "svc-procore@keystone.example"
TENANT = "DefaultTenant"
COMPANY, INTERID = "Keystone Ridge Builders, Inc. (Ohio)", "KRB"
SECOND, SECOND_INTERID = "Constructions Côté-Ridge Ltée (Québec)", "KRQ"
DIRECTORY = "7b0c5f0e-3f2f-4c58-9d1e-6a6f2a0d51b0"
CLIENT_ID, CLIENT_SECRET = "2f6f6a5c-9f0f-4d3e-8f0a-0a6f6a7d9c11", "stand-in-gp-secret-1"
SCOPE = "api://keystone-dynamics-gp/.default"
TOKEN = "stand-in-gp-bearer-token-0001"
MAX_PAGE = 1000

SETTINGS: dict[str, Any] = {
    "auth": "windows",  # basic; token or oauth (Bearer); mixed: a Windows account or a token
    "challenge": "both",  # of windows: both, negotiate, ntlm
    "user_mapped": True,  # whether the account is mapped to a GP user
    "company_access": True,
    "denied": [],  # resources whose service objects the user may not use
    "locked": [],  # resources that somebody has open: 409 RECORD_LOCKED
    "resources": "full",  # short: what Microsoft lists for SBA 2015, without accounts
    "reply": "contract",  # bare, payload, named, xml, empty
    "accept": True,  # whether Accept: application/json counts on reads
    "distributions": "always",  # single: only in an answer by key; never
    "journals": "lines",  # summaries: lists as the Web Services have them; never: no lines
    "capabilities": True,  # whether the full list has its capabilities.json
    "company_name": COMPANY,
    "interid_accepted": False,
    "duplicates": "no",  # Allow Duplicate Invoices Per Vendor: no, yes, recurring
    "touch": "sometimes",  # whether a change of state moves ModifiedDate: always, never
    "padded": False,  # texts come padded with blanks to the column's width
    "page_size": 200,
    "language": "en",  # of messages: de
    "asleep": 0.0,  # seconds that the next answer takes (cold start)
    "delay": 0.0,  # seconds that every answer takes
    "truncate": 0,  # so many answers are cut in half
    "throttle_calls": 0,  # so many within throttle_seconds, the next are refused; 0: no limit
    "throttle_seconds": 10.0,
    "throttle_status": 503,
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "auth": ("windows", "basic", "token", "oauth", "mixed"),
    "challenge": ("both", "negotiate", "ntlm"),
    "resources": ("full", "short"), "distributions": ("always", "single", "never"),
    "journals": ("lines", "summaries", "never"),
    "reply": ("contract", "bare", "payload", "named", "xml", "empty"),
    "duplicates": ("no", "yes", "recurring"), "touch": ("sometimes", "always", "never"),
    "language": ("en", "de"), "throttle_status": (429, 503),
}  # fmt: skip
