"""The admin pages of this app, each in a file of its own."""

from syncs.admin import alerts, flows, inbox, records, rejections

__all__ = ["alerts", "flows", "inbox", "records", "rejections"]
