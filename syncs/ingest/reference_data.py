"""Master data of both sides into the reference tables that mappings are checked against."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from connections.documents import Account, DimensionValue, PostingWindow, Project, Vendor
from connections.errors import NeedsPerson, Reason, Refused
from connections.models import Connection
from connections.pages import moments
from connections.registry import Ability
from connections.roles import ProjectSystem
from mappings import chart
from mappings.models import Reference
from syncs.flow import Context
from syncs.ingest import renumbering

log = logging.getLogger(__name__)
Kind = Reference.Kind
COLUMNS = ["remote_id", "name", "unusable", "data", "seen_at", "gone_at"]


def refresh(context: Context) -> dict[str, int]:
    """Read everything anew; what is not seen any more is marked gone, never deleted."""
    counts = refresh_ledger(context)
    return counts | refresh_projects(context)


def refresh_ledger(context: Context) -> dict[str, int]:
    ledger, store = context.ledger, Store(context.integration.ledger)
    keep_window(context, store)
    keep_accounts(context, store)
    store.keep(Kind.DIMENSION, (
        {"code": row.code, "name": row.name, "remote_id": row.id, "data": {"free": row.free}}
        for row in ledger.dimensions()
    ))  # fmt: skip
    store.keep(Kind.DIMENSION_VALUE, map(value_row, ledger.dimension_values()))
    store.keep(Kind.VENDOR, map(ledger_vendor_row, changed_vendors(context, None)))
    store.keep(Kind.TAX_CODE, ({"code": row.code, "name": row.description, "remote_id": row.id}
                               for row in ledger.tax_codes()))  # fmt: skip
    return {f"ledger {kind}": count for kind, count in store.counts.items()}


def keep_window(context: Context, store: Store) -> None:
    store.keep(Kind.WINDOW, [window_row(context.ledger.window())])


def keep_accounts(context: Context, store: Store) -> None:
    if chart_is_known(context):
        store.keep(Kind.ACCOUNT, map(account_row, context.ledger.accounts()))


def refresh_window(context: Context) -> None:
    """The days that are open, and the currency, before it is said that a day is not."""
    keep_window(context, Store(context.integration.ledger))
    context.__dict__.pop("book", None)


def refresh_accounts(context: Context) -> None:
    """The chart alone, before it is said that an account cannot be used."""
    keep_accounts(context, Store(context.integration.ledger))
    context.__dict__.pop("book", None)


def refresh_vendor(context: Context, number: str) -> None:
    """One vendor of the ledger, before it is said that it is blocked there."""
    found = context.ledger.vendors_by_number([number])
    Store(context.integration.ledger).keep(Kind.VENDOR, map(ledger_vendor_row, found), whole=False)
    context.__dict__.pop("book", None)


def refresh_values(context: Context) -> None:
    """The values of its dimensions alone, before it is said that it lacks one."""
    store = Store(context.integration.ledger)
    store.keep(Kind.DIMENSION_VALUE, map(value_row, context.purchase_ledger.dimension_values()))
    context.__dict__.pop("book", None)


def refresh_vendors(context: Context, since: dt.datetime | None) -> None:
    """Those of the ledger that changed since then, where it tells when; else all."""
    store = Store(context.integration.ledger)
    vendors = changed_vendors(context, since)
    store.keep(Kind.VENDOR, map(ledger_vendor_row, vendors), whole=since is None)
    context.__dict__.pop("book", None)


def changed_vendors(context: Context, since: dt.datetime | None) -> list[Vendor]:
    """Those that changed; all, where only that tells who has which number now."""
    vendors = context.ledger.vendors(since)
    if renumbering.follow(context.integration.ledger, vendors, whole=since is None):
        return vendors
    vendors = context.ledger.vendors()
    renumbering.follow(context.integration.ledger, vendors, whole=True)
    return vendors


def chart_is_known(context: Context) -> bool:
    """By the ledger's services or by an import, which it takes. Else what stood stays."""
    if not context.can(Ability.CHART_FROM_FILE):
        return True
    ledger = context.chartless_ledger
    imported = chart.accounts_of(context.integration.ledger)
    ledger.take_accounts(imported)
    return bool(imported) or ledger.offers_accounts


def require_chart(context: Context) -> None:
    """Told once everything else was read. Raises NeedsPerson."""
    if not chart_is_known(context):
        raise NeedsPerson(
            Reason.SETTINGS,
            f"The services of {context.integration.ledger} offer no accounts, and none were "
            "imported. Import its chart from a file under Chart of accounts; documents wait for "
            "it, nothing is lost.",
        )


def refresh_projects(context: Context) -> dict[str, int]:
    """Nothing of a work platform: its boards are read when they are needed."""
    if not context.can(Ability.PROJECT_DOCUMENTS):
        return {}
    system, store = context.project_system, Store(context.integration.project_system)
    projects = system.projects()
    store.keep(Kind.PROJECT, map(project_row, projects))
    store.keep(Kind.COST_TYPE, (
        {"code": row.code, "name": row.name, "remote_id": row.id} for row in system.cost_types()
    ))  # fmt: skip
    store.keep(Kind.TAX_CODE, ({"code": row.code, "name": row.description, "remote_id": row.id,
                                "data": {"rate": f"{row.rate:f}"}}
                               for row in system.tax_codes()))  # fmt: skip
    store.keep(Kind.VENDOR, map(project_vendor_row, system.vendors()))
    rows, refused = cost_codes(system, projects)
    store.keep(Kind.COST_CODE, rows, whole=not refused)
    if refused:
        store.counts["projects refused"] = refused
    return {f"projects {kind}": count for kind, count in store.counts.items()}


def cost_codes(system: ProjectSystem, projects: list[Project]) -> tuple[list[dict[str, Any]], int]:
    """Of all active projects, and how many refused to be read: one never stops the rest."""
    rows, refused = [], 0
    for project in projects:
        try:
            codes = system.cost_codes(project.id) if project.active else []
        except (Refused, NeedsPerson) as error:
            log.warning("cost codes of project %s: %s", project.number, error.sentence)
            refused += 1
            continue
        for code in codes:
            rows.append({"code": code.code, "name": code.name, "remote_id": code.id,
                         "parent": project.id})  # fmt: skip
    return rows, refused


class Store:
    """Upserts the rows of one connection, a statement per thousand."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.now: dt.datetime = timezone.now()
        self.counts: dict[str, int] = {}

    def keep(self, kind: str, rows: Iterable[dict[str, Any]], whole: bool = True) -> None:
        """All rows of a kind; when they are the whole, those not among them are gone."""
        unique = {(row.get("parent", ""), row["code"]): row for row in rows if row["code"]}
        Reference.objects.bulk_create(
            [
                Reference(connection=self.connection, kind=kind, seen_at=self.now, **row)
                for row in unique.values()
            ],
            batch_size=1000,
            update_conflicts=True,
            unique_fields=["connection", "kind", "parent", "code"],
            update_fields=COLUMNS,
        )
        stale = Reference.objects.filter(connection=self.connection, kind=kind, gone_at=None)
        if whole:
            stale.exclude(seen_at=self.now).update(gone_at=self.now)
        self.counts[kind] = len(unique)


def window_row(window: PostingWindow) -> dict[str, Any]:
    data = {
        "first": window.first and window.first.isoformat(),
        "last": window.last and window.last.isoformat(),
        "currency": window.currency,
    }
    name = f"{moments.day(window.first, 'ever')} to {moments.day(window.last, 'ever')}"
    return {"code": "window", "name": name, "data": data}


def account_row(account: Account) -> dict[str, Any]:
    return {
        "code": account.number, "name": account.name, "remote_id": account.id,
        "unusable": account.why_unusable, "data": {"category": account.category},
    }  # fmt: skip


def value_row(value: DimensionValue) -> dict[str, Any]:
    unusable = "is blocked" if value.blocked else "is a heading" if value.heading else ""
    return {
        "code": value.code, "parent": value.dimension, "name": value.name,
        "remote_id": value.id, "unusable": unusable,
    }  # fmt: skip


def ledger_vendor_row(vendor: Vendor) -> dict[str, Any]:
    return {
        "code": vendor.number, "name": vendor.name, "remote_id": vendor.id,
        "unusable": "is blocked" if vendor.blocked == "all" else "",
        "data": {"blocked": vendor.blocked, "currency": vendor.currency,
                 "tax_number": vendor.tax_number},
    }  # fmt: skip


def project_vendor_row(vendor: Vendor) -> dict[str, Any]:
    data = {"origin_id": vendor.origin_id} if vendor.origin_id else {}
    return {"code": vendor.id, "name": vendor.name, "remote_id": vendor.id,
            "data": {**data, "tax_number": vendor.tax_number},
            "unusable": "" if vendor.active else "is inactive"}  # fmt: skip


def project_row(project: Project) -> dict[str, Any]:
    return {"code": project.number or project.id, "name": project.name, "remote_id": project.id,
            "unusable": "" if project.active else "is inactive"}  # fmt: skip
