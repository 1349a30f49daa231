"""The admin pages of this app, each in a file of its own."""

from syncs.admin import (
    alerts,
    balance,
    control_changes,
    fix_requests,
    flows,
    inbox,
    periods,
    records,
    rejections,
    wordings,
)

__all__ = [
    "alerts", "balance", "control_changes", "fix_requests", "flows", "inbox", "periods", "records",
    "rejections", "wordings",
]  # fmt: skip
