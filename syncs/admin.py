"""The admin pages of this app, each in a file of its own."""

from syncs import admin_flows, admin_inbox, admin_records, alerts_admin

__all__ = ["admin_flows", "admin_inbox", "admin_records", "alerts_admin"]
