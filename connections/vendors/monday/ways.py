"""The choices of a monday.com connection."""

from __future__ import annotations

TOKEN, OAUTH = "token", "oauth"
BASIC, PRO, ENTERPRISE = "basic", "pro", "enterprise"
MINUTE_RATE = {BASIC: 1_000, PRO: 2_500, ENTERPRISE: 5_000}  # requests
SCOPES = (  # that an app is asked to have
    "me:read", "account:read", "users:read", "boards:read", "boards:write", "updates:read",
    "updates:write", "webhooks:read", "webhooks:write", "workspaces:read",
)  # fmt: skip
