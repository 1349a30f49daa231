"""The admin's side bar: what one may see, in the order of a day's work."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

Item = tuple[str, str, str, str, str]  # title, icon, page, permission, query
GROUPS: list[tuple[str, bool, list[Item]]] = [
    ("Work", False, [
        ("Overview", "dashboard", "index", "", ""),
        ("Records", "receipt_long", "syncs_record_changelist", "syncs.view_record", ""),
        ("Held, by cause", "front_hand", "syncs_record_causes", "syncs.view_record", ""),
        ("Reconciliation", "balance", "syncs_cell_changelist", "syncs.view_cell", ""),
        ("Month end", "event_available", "syncs_period_changelist", "syncs.view_period", ""),
        ("Unmapped codes", "rule", "mappings_costcodemapping_unmapped",
         "mappings.view_costcodemapping", ""),
        ("Requests", "forum", "syncs_fixrequest_changelist", "syncs.view_fixrequest", ""),
        ("Alerts", "notifications", "syncs_alert_changelist", "syncs.view_alert", "?state=open"),
    ]),
    ("Mappings", False, [
        ("Cost codes", "account_tree", "mappings_costcodemapping_changelist",
         "mappings.view_costcodemapping", ""),
        ("Vendors", "storefront", "mappings_vendorlink_changelist", "mappings.view_vendorlink", ""),
        ("Projects", "apartment", "mappings_projectlink_changelist",
         "mappings.view_projectlink", ""),
        ("Accounts by purpose", "account_balance", "mappings_accountrule_changelist",
         "mappings.view_accountrule", ""),
        ("Chart of accounts", "list_alt", "mappings_chartaccount_changelist",
         "mappings.view_chartaccount", ""),
        ("Tax codes", "percent", "mappings_taxlink_changelist", "mappings.view_taxlink", ""),
        ("Imports", "upload_file", "mappings_takenfile_changelist", "mappings.view_takenfile", ""),
        ("Master data", "database", "mappings_reference_changelist",
         "mappings.view_reference", ""),
    ]),
    ("Boards", False, [
        ("Boards", "view_kanban", "mappings_boardlayout_changelist",
         "mappings.view_boardlayout", ""),
        ("What labels mean", "label", "mappings_statusrule_changelist",
         "mappings.view_statusrule", ""),
    ]),
    ("Set-up", False, [
        ("Connections", "cable", "connections_connection_changelist",
         "connections.view_connection", ""),
        ("Integrations", "sync_alt", "connections_integration_changelist",
         "connections.view_integration", ""),
        ("Cut-over", "rocket_launch", "syncs_flowsettings_cutovers",
         "syncs.view_flowsettings", ""),
        ("Flow settings", "tune", "syncs_flowsettings_changelist",
         "syncs.view_flowsettings", ""),
        ("Changes of controls", "rule_settings", "syncs_controlchange_changelist",
         "syncs.view_controlchange", ""),
        ("Message catalogue", "translate", "syncs_wording_changelist", "syncs.view_wording", ""),
        ("Subscriptions", "webhook", "connections_subscription_changelist",
         "connections.view_subscription", ""),
        ("Hosts", "dns", "config_heartbeat_changelist", "config.view_heartbeat", ""),
    ]),
    ("What happened", False, [
        ("Journal", "history", "audit_entry_changelist", "audit.view_entry", ""),
        ("Runs", "play_circle", "syncs_run_changelist", "syncs.view_run", ""),
        ("Deliveries", "inbox", "syncs_delivery_changelist", "syncs.view_delivery", ""),
        ("Rejected calls", "gpp_bad", "syncs_rejection_changelist", "syncs.view_rejection", ""),
        ("Cursors", "bookmark", "syncs_cursor_changelist", "syncs.view_cursor", ""),
    ]),
    ("People", True, [
        ("Users", "person", "auth_user_changelist", "auth.view_user", ""),
        ("Roles", "group", "auth_group_changelist", "auth.view_group", ""),
        ("Access review", "policy", "auth_group_access", "audit.view_access", ""),
    ]),
]  # fmt: skip


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The theme asks this for each page. Badges are counts that stay quick."""
    groups = []
    for title, collapsible, items in GROUPS:
        shown = [item for each in items if (item := entry(request, each))]
        if shown:
            groups.append({"title": title, "collapsible": collapsible, "items": shown})
    return groups


def entry(request: HttpRequest, item: Item) -> dict[str, Any] | None:
    title, icon, page, permission, query = item
    if permission and not request.user.has_perm(permission):
        return None
    if page in OF_ALL and not sees_all():
        return None
    try:
        path = reverse(f"admin:{page}")
    except NoReverseMatch:
        return None
    found = {"title": title, "icon": icon, "link": path + query, "active": active(request, path)}
    if badge := BADGES.get(page):
        found |= badge(request)
    return found


def sees_all() -> bool:
    from config.access import page

    return page.sees_all()


def place(request: HttpRequest) -> dict[str, str] | None:
    """The entry to which a page belongs; with a link for who may go there."""
    for _, _, items in GROUPS:
        for title, _, page, permission, query in items:
            path = reverse(f"admin:{page}")
            if active(request, path):
                may = not permission or request.user.has_perm(permission)
                return {"title": title, "path": path, "link": path + query if may else ""}
    return None


def active(request: HttpRequest, path: str) -> bool:
    """The page itself, and the pages below it."""
    if path == reverse("admin:index"):
        return request.path == path
    apart = any(each in request.path for each in APART)
    return request.path.startswith(path) and (path.endswith(APART) or not apart)


def held_badge(request: HttpRequest) -> dict[str, Any]:
    from syncs.admin import figures
    from syncs.models import State

    number = figures.capped(State.HELD)
    return {"badge": figures.shown(number), "badge_variant": "warning"} if number else {}


def alert_badge(request: HttpRequest) -> dict[str, Any]:
    from syncs.admin import figures

    number = figures.open_alerts()
    return {"badge": figures.shown(number), "badge_variant": "danger"} if number else {}


def request_badge(request: HttpRequest) -> dict[str, Any]:
    """What waits for this person's answer, and answers not read yet."""
    from syncs.models import FixRequest

    number = FixRequest.objects.concerning(request.user).count()
    return {"badge": f"{number:,}", "badge_variant": "warning"} if number else {}


APART = (
    "/unmapped/",
    "/causes/",
    "/cutover/",
    "/access/",
)  # pages below a list that have an entry of their own
OF_ALL = {"auth_group_access"}  # tells of all companies, and is for who sees all
BADGES = {
    "syncs_record_changelist": held_badge, "syncs_alert_changelist": alert_badge,
    "syncs_fixrequest_changelist": request_badge,
}  # fmt: skip

SIDEBAR: dict[str, Any] = {
    "show_search": False,
    "show_all_applications": False,
    "navigation": "config.navigation.navigation",
}
