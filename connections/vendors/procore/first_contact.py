"""What a company of Procore is asked when it is met: what its pages leave open, by reading only.

developers.procore.com/documentation and …/reference/rest, support.procore.com
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from connections.errors import Refused
from connections.first_contact.checks import (
    Check,
    Finding,
    FirstContact,
    differs,
    fits,
    lacking,
    listed,
    private,
    set_up_by_hand,
    unasked,
)
from connections.vendors.procore.client import Procore
from connections.vendors.procore.coding import segment_type
from connections.vendors.procore.lists import LISTINGS
from connections.vendors.procore.statuses import MEANINGS, readings
from connections.vendors.procore.subscriptions import RESOURCES, offered, root
from connections.vendors.procore.values import Row, currency, inner, text, word
from connections.vendors.procore.values import listed as rows_of
from connections.vendors.procore.wire import SPIKE_LIMIT, table

DOCS = "developers.procore.com/documentation"
REST = "developers.procore.com/reference/rest"
FAQ = "support.procore.com/faq"
SAMPLE = 100
PROJECTS = 5  # of which one reads more than the list
TRIPLE = ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Reset")
FULL = {"cost_code", "line_item_type", "sub_job"}  # kinds of segments; others are the company's own
# Not in the list of resources as it was seen: polled everywhere (see webhook.KIND_OF_RESOURCE).
UNLISTED = {"Requisitions", "Commitment Change Orders", "Prime Change Orders"}
# Fields of one list row that are read, by kind. Any may be null; none may be missing everywhere.
RELIED: Mapping[str, tuple[str, ...]] = {
    "purchase_order": ("id", "number", "status", "vendor", "grand_total", "updated_at"),
    "subcontract": ("id", "number", "status", "vendor", "grand_total", "updated_at"),
    "requisition": ("id", "status", "invoice_number", "commitment_id", "summary", "updated_at"),
    "direct_cost": ("id", "status", "invoice_number", "amount", "updated_at"),
    "commitment_change_order": ("id", "number", "status", "grand_total", "updated_at"),
    "prime_change_order": ("id", "number", "status", "grand_total", "updated_at"),
}


def looked_at(client: Procore) -> list[str]:
    """Ids of the first active projects."""
    return [one.id for one in client.projects() if one.active][:PROJECTS]


def sample(client: Procore, kind: str, project_id: str) -> list[Row]:
    """The first page of a kind's list."""
    path, params = LISTINGS[kind].place(project_id)
    paged = {"page": 1, "per_page": SAMPLE} if LISTINGS[kind].per_page else {}
    return table(client.get(path, {**params, **paged}), path)


# -- the company ----------------------------------------------------------------------------


def addresses(client: Procore) -> Finding:
    told = client.one("/rest/v1.0/company_base_url")
    host = urlsplit(text(told.get("web_base_url"))).hostname or ""
    ours = urlsplit(client.connection.setting("web_url").strip()).hostname or ""
    if not host:
        return unasked("Procore tells no web address of the company.")
    if host != ours:
        return differs(
            f"People of this company open Procore at {host}, and links would lead to {ours}.",
            "Correct Web address in the connection.",
        )
    return fits(f"Zone {text(told.get('zone')) or 'unknown'}, pages at {host}.")


def projects(client: Procore) -> Iterator[Finding]:
    seen = client.projects()
    if not seen:
        yield differs(
            "No project is visible to the service account.",
            "Put the projects on its list of permitted projects (App Management); new ones are not "
            "added by themselves.",
        )
        return
    active = sum(one.active for one in seen)
    yield fits(f"{active} active projects are visible, and {len(seen) - active} closed ones.")
    numberless = sum(not one.number for one in seen)
    if numberless:
        yield differs(
            f"{numberless} projects have no number.",
            "Give them a number, or link them by hand under Projects.",
        )
    shown = [
        client.one(f"/rest/v1.0/projects/{one}", of_company(client)) for one in looked_at(client)
    ]
    integrated = sum(row.get("is_erp_integrated") is True for row in shown)
    if integrated:
        yield differs(
            f"{integrated} of {len(shown)} projects are joined to another ERP integration: cost "
            "codes are made by synchronising alone, and change orders get a line of 0 besides.",
            "Ask the project team which integration that is; two must not book one project.",
        )
    else:
        yield fits(f"None of {len(shown)} projects is joined to another ERP integration.")


def of_company(client: Procore) -> dict[str, Any]:
    return {"company_id": client.company_id}


def zones(client: Procore) -> Finding:
    params = {**of_company(client), "page": 1, "per_page": SAMPLE, "filters[by_status]": "All"}
    rows = table(client.get("/rest/v1.0/projects", params), "projects")
    told = {text(row.get("time_zone")) for row in rows} - {""}
    if not told:
        return unasked("no project tells its time zone.", "Check that SITE_TIME_ZONE is theirs.")
    if strange := told - available_timezones():
        return differs(
            f"Projects tell time zones by names that no clock here knows: {listed(strange)}.",
            "Set SITE_TIME_ZONE to the zone of the books, and tell the maintainers these names.",
        )
    return fits(f"Time zones of projects: {listed(told)}.")


def permissions(client: Procore) -> Iterator[Finding]:
    """Each tool that is read, in the first project; 404 may mean the same as 403."""
    readable = []
    for name, path, params in tools(client):
        try:
            client.get(path, params)
        except Refused as error:
            yield differs(
                f"{name} cannot be read (status {error.status}). {private(error.sentence)}",
                "Raise the service account's permission for this tool, or switch the tool on in "
                "the project.",
            )
        else:
            readable.append(name)
    yield fits(f"Can be read: {', '.join(readable) or 'nothing'}.")


def tools(client: Procore) -> Iterator[tuple[str, str, dict[str, Any]]]:
    one = {"page": 1, "per_page": 1}
    company = {**of_company(client), **one}
    yield "vendors", "/rest/v1.0/vendors", company
    yield "cost types", "/rest/v1.0/line_item_types", company
    yield "tax codes", "/rest/v1.0/tax_codes", company
    yield "webhooks", f"{root(client, '')}/hooks", one
    for project_id in looked_at(client)[:1]:
        own = {"project_id": project_id, **one}
        wbs = f"/rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes"
        yield "cost codes", "/rest/v1.0/cost_codes", own
        yield "budget codes", wbs, one
        yield "billing periods", f"/rest/v1.0/projects/{project_id}/billing_periods", one
        yield "prime contracts", "/rest/v1.0/prime_contracts", own
        for kind, listing in LISTINGS.items():
            path, params = listing.place(project_id)
            yield kind.replace("_", " ") + "s", path, params | (one if listing.per_page else {})


# -- documents ------------------------------------------------------------------------------


def statuses(client: Procore) -> Iterator[Finding]:
    """Those that stand, against the vendor's list and what the connection says of its own."""
    ours = readings(client.connection.setting("status_readings"))
    for kind, known in MEANINGS.items():
        found = [row for one in looked_at(client) for row in sample(client, kind, one)]
        seen = {word(row.get("status")) for row in found} - {""}
        called = kind.replace("_", " ")
        strange = {one for one in seen if ours.get(one, one) not in known}
        if strange:
            yield differs(
                f"Statuses of a {called} that nobody explains: {listed(strange)}.",
                "Enter each under Statuses read otherwise; until then its documents are held.",
            )
        elif seen:
            yield fits(f"Statuses of a {called}: {listed(seen)}, all known.")
        else:
            yield unasked(f"no {called} stands in the projects that were looked at.")


def fields(client: Procore) -> Iterator[Finding]:
    for kind, wanted in RELIED.items():
        found = [row for one in looked_at(client) for row in sample(client, kind, one)]
        if not found:
            continue
        have = {name: 0 for row in found for name in row}
        absent, _ = lacking(dict.fromkeys(wanted, 0), have)
        called = kind.replace("_", " ")
        if absent:
            yield differs(
                f"No {called} in the list has {listed(absent)}.",
                "Send the report to the maintainers before this flow is released.",
            )
        else:
            yield fits(f"Rows of a {called} have the {len(wanted)} fields that are read.")
        own = {name for row in found for name in inner(row, "custom_fields")}
        if own:
            yield fits(f"A {called} has {len(own)} custom fields; they are not read.")


def currencies(client: Procore) -> Finding:
    kinds = ("purchase_order", "subcontract")
    found = [
        row for one in looked_at(client) for kind in kinds for row in sample(client, kind, one)
    ]
    told = {currency(row) for row in found} - {""}
    if not found:
        return unasked("no contract stands in the projects that were looked at.")
    if len(told) > 1:
        return differs(
            f"Contracts are kept in several currencies: {listed(told)}.",
            "Set the currency rule of each flow; foreign documents are held else.",
        )
    return fits(f"Contracts are kept in {listed(told) if told else 'the currency of the company'}.")


def segments(client: Procore) -> Iterator[Finding]:
    """Which segments make a budget code, in which order, and whether the list tells them."""
    for number, project_id in enumerate(looked_at(client), start=1):
        codes = list(client.wbs_codes(project_id).values())[:SAMPLE]
        kinds = {segment_type(part) for row in codes for part in rows_of(row, "segment_items")}
        bare = sum(not rows_of(row, "segment_items") for row in codes)
        if bare:
            yield differs(
                f"{bare} of {len(codes)} budget codes in project {number} come without their "
                "segments: lines that carry them cannot be coded.",
                "Let the service account read Work Breakdown Structure as Admin.",
            )
        if others := kinds - {"cost_code", "line_item_type"}:
            yield differs(
                f"Budget codes of project {number} have segments besides cost code and type: "
                f"{listed(one if one in FULL else 'one of the company’s own' for one in others)}.",
                "Lines may differ there alone: say in rules which dimensions these are, by "
                "{sub_job} and {segment:…}.",
            )
        elif codes and not bare:
            yield fits(f"Budget codes of project {number} are of cost code and cost type.")
        elif not codes:
            yield unasked(f"project {number} has no budget codes.")


# -- limits and what is told ----------------------------------------------------------------


def limits(client: Procore) -> Iterator[Finding]:
    params = {**of_company(client), "page": 1, "per_page": 1}
    answer = client.get("/rest/v1.0/projects", params)
    table(answer, "projects")  # what answers otherwise is not Procore
    absent = [name for name in TRIPLE if name not in answer.headers]
    reading = client.read_budget(answer)
    if absent or reading is None:
        yield differs(
            f"Answers do not tell the rate limit ({listed(absent) if absent else 'unreadable'}).",
            f"Nothing: {SPIKE_LIMIT} requests in ten seconds are kept to. Tell the maintainers.",
        )
    elif reading.limit < SPIKE_LIMIT:
        yield differs(
            f"The app may send {reading.limit} requests in its window, fewer than {SPIKE_LIMIT}.",
            "Nothing, it is kept to; ask Procore for more if polls do not get through.",
        )
    else:
        yield fits(f"The rate limit is told: {reading.limit} requests in the tighter window.")
    if "Total" in answer.headers or "Link" in answer.headers:
        yield fits("Lists tell their pages.")
    else:
        yield differs(
            "Lists tell neither Link nor Total: they are read until a short page comes.",
            "Nothing; tell the maintainers.",
        )


def webhooks(client: Procore) -> Iterator[Finding]:
    """Resources of notices, of the company and of a project, against those that are wanted."""
    scopes = ["", *looked_at(client)[:1]]
    told = {name for scope in scopes for name, _ in offered(client, scope)}
    if absent := RESOURCES - UNLISTED - told:
        yield differs(
            f"Procore does not tell of {listed(absent)}: these are polled.",
            "Choose the interval of their flows by how long that may take.",
        )
    else:
        yield fits(f"Procore tells of all that it lists; polled: {listed(RESOURCES - told)}.")


BY_HAND = {
    "in which statuses commitments are locked": (
        "Look in the company's settings of Commitments, and compare Locked commitment statuses in "
        "the connection."
    ),
    "which fields a project makes mandatory": (
        "Look at the configurable field sets of Commitments, Direct Costs and Invoicing."
    ),
    "whether an accounting integration of Procore's own is switched on": (
        "Look at ERP Integrations in the company's tools; with it on, two systems would write."
    ),
    "whether stored materials are moved by themselves": (
        "Look at the project's Invoicing settings; both are read right."
    ),
}


def checks(client: Any) -> Sequence[Check]:
    return (
        Check("Addresses", f"{DOCS}/tutorial-mpz", addresses),
        Check("Projects", f"{DOCS}/developer-managed-service-accounts", projects),
        Check("Time zones", f"{DOCS}/date-time", zones),
        Check("Permissions", f"{DOCS}/developer-managed-service-accounts", permissions),
        Check("Statuses", f"{FAQ}/what-are-the-default-commitment-statuses-in-procore", statuses),
        Check("Fields", f"{REST}/purchase-order-contracts", fields),
        Check("Currency", f"{DOCS}/tutorial-financial-tools", currencies),
        Check("Budget codes", f"{DOCS}/tutorial-wbs", segments),
        Check("Limits", f"{DOCS}/rate-limiting", limits),
        Check("Webhooks", f"{DOCS}/webhooks", webhooks),
        set_up_by_hand(BY_HAND, f"{FAQ}"),
    )


KEPT = frozenset({
    "status", "zone", "segment_type", "type", "currency_iso_code", "base_type", "event_type",
    "resource_name", "extended_type", "accounting_method", "direct_cost_type", "time_zone",
    "holder_type", "data_type", "billing_schedule_of_values_status",
})  # fmt: skip

LISTS = ("projects", "cost_types", "tax_codes", "vendors")

FIRST_CONTACT = FirstContact(checks, kept=KEPT, lists=LISTS)
