"""The account, its app and its tokens, and the switches of the stand-in."""

from __future__ import annotations

from typing import Any

ACCOUNT_ID = 9000001
ACCOUNT_SLUG = "keystone-ridge"
BOT, CONTROLLER, CLERK, VIEWER = 70000001, 70000002, 70000003, 70000008
TOKEN = "stand-in-monday-personal-token-0001"  # of the integration's own user
VIEWER_TOKEN = "stand-in-monday-viewer-token-0008"
CLIENT_ID = "stand-in-monday-client-5d0c8a"
CLIENT_SECRET = "stand-in-monday-client-secret"
SIGNING_SECRET = "stand-in-monday-signing-secret-with-32-characters"
APP_ID = 10500001
CURRENT, CANDIDATE = "2026-10", "2027-01"
VERSIONS = {
    "dev": "dev", "2027-01": "release_candidate", "2026-10": "current",
    "2026-07": "maintenance", "2026-04": "previous_maintenance",
    "2026-01": "old_previous_maintenance", "2025-10": "old_previous_maintenance",
    "2025-07": "old_previous_maintenance", "2025-04": "old__maintenance", "2025-01": "deprecated",
}  # fmt: skip
OLDEST = "2025-04"
SCOPES = (
    "account:read", "assets:read", "boards:read", "boards:write", "docs:read", "docs:write",
    "me:read", "notifications:write", "tags:read", "teams:read", "teams:write", "updates:read",
    "updates:write", "users:read", "users:write", "webhooks:read", "webhooks:write",
    "workspaces:read", "workspaces:write",
)  # fmt: skip

SETTINGS: dict[str, Any] = {
    "label_colours": "number",  # or name: how settings tell a label's colour
    "json_objects": "refused",  # or accepted: column_values that are no text
    "unauthorized_body": "graphql",  # or flat, list
    "validation_status": 200,  # of a document that does not fit the schema; or 400
    "access_seconds": 3600,
    "refresh_days": 180,
    "code_seconds": 600,
    "pkce": "required",  # or optional
    "legacy_oauth": False,
    "redirect_uris": [],  # when given, no other address is led back to
    "challenge_seconds": 5.0,
    "delivery_seconds": 5.0,
    "retry_seconds": 60.0,
    "retries": 30,
    "created_columns_fire": False,  # whether create_item fires a change of each column too
    "job_seconds": 0.0,  # how long a job is told to be running after it was worked off
    "search_lag": 0.0,  # seconds until the search by values finds a new or changed item
    "access": "open",  # or blocked (API switched off), ip (address refused)
    # Names that this account's version does not offer: names change from version to version
    # (…/api-reference/docs/api-versioning, release notes).
    "absent": [],
    # Labels of a dropdown, where the account's limit is another; 0: the usual; below: not told.
    "dropdown_most": 0,
    "replay_errors": False,  # whether an answer with errors is kept for its idempotency key
}
CHOICES: dict[str, tuple[Any, ...]] = {
    "label_colours": ("number", "name"), "json_objects": ("refused", "accepted"),
    "unauthorized_body": ("graphql", "flat", "list"), "validation_status": (200, 400),
    "pkce": ("required", "optional"), "access": ("open", "blocked", "ip"),
}  # fmt: skip
PLANS = {
    "enterprise": {"minute": 5000, "concurrency": 250, "daily": 25000},
    "pro": {"minute": 2500, "concurrency": 100, "daily": 10000},
    "standard": {"minute": 1000, "concurrency": 40, "daily": 1000},
    "free": {"minute": 1000, "concurrency": 40, "daily": 1000},
}
