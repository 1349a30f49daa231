"""Vendors in Procore: two lists to read, one sync endpoint to write.

developers.procore.com/documentation/using-sync-actions
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connections.documents import Vendor
from connections.roles import Upserted
from connections.vendors.procore.values import Row, inner, key, listed, moment, text
from connections.vendors.procore.wire import Wire, said

SYNC_ROWS = 250  # 1,000 are allowed; more than 250 were seen to time out
PAGE = 500
IDS_PER_READ = 100


def read_vendors(client: Wire, ids: Sequence[str] = ()) -> list[Vendor]:
    """All or some. Inactive vendors leave the normal list, so both lists are read."""
    active = list(active_vendors(client, ids))
    known = {vendor.id for vendor in active}
    if ids and known >= set(ids):
        return active
    path = f"/rest/v1.0/companies/{client.company_id}/vendors/inactive"
    rows = client.rows(path, {"view": "extended"}, PAGE)
    inactive = [vendor_from(row, active=False) for row in rows]
    wanted = set(ids) or {vendor.id for vendor in inactive}
    return active + [item for item in inactive if item.id in wanted and item.id not in known]


def active_vendors(client: Wire, ids: Sequence[str]) -> Iterator[Vendor]:
    params: dict[str, Any] = {"company_id": client.company_id, "view": "extended"}
    for some in parts(ids, IDS_PER_READ) or [()]:
        asked = {**params, **({"filters[id][]": list(some)} if some else {})}
        for row in client.rows("/rest/v1.0/vendors", asked, PAGE):
            yield vendor_from(row, active=row.get("is_active") is not False)


def vendor_from(row: Row, active: bool) -> Vendor:
    return Vendor(
        id=key(row.get("id")),
        number=text(row.get("origin_code")),
        name=text(row.get("name") or row.get("company")),
        street=text(row.get("address")),
        city=text(row.get("city")),
        state=text(row.get("state_code")),
        postal_code=text(row.get("zip")),
        country=text(row.get("country_code")),
        phone=text(row.get("business_phone")),
        email=text(row.get("email_address")),
        tax_number=text(inner(row, "business_register").get("identifier")),
        active=active,
        origin_id=text(row.get("origin_id")),
        updated_at=moment(row.get("updated_at")),
    )


def parts(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def upsert_vendors(client: Wire, rows: Sequence[Vendor], about: str) -> list[Upserted]:
    """One request per 250. The answer is 200 even when every row failed: each row is read."""
    found: list[Upserted] = []
    for some in parts(rows, SYNC_ROWS):
        body = {"company_id": int(client.company_id), "updates": [update(row) for row in some]}
        answer = client.write("PATCH", "/rest/v1.0/vendors/sync", body, about=about)
        data = answer.data if isinstance(answer.data, dict) else {}
        found += [outcome(row, data) for row in some]
    return found


def update(row: Vendor) -> dict[str, Any]:
    """Only what Procore keeps of a vendor; empty fields are left as they are there."""
    facts = {
        "name": row.name,
        "origin_id": row.origin_id,
        "origin_code": row.number,
        "address": row.street,
        "city": row.city,
        "state_code": row.state,
        "zip": row.postal_code,
        "country_code": row.country if len(row.country) == 2 else "",
        "business_phone": row.phone,
        "email_address": row.email,
    }
    named = {"id": int(row.id)} if row.id else {}
    return {
        **named,
        **{name: fact for name, fact in facts.items() if fact},
        "is_active": row.active,
    }


def outcome(row: Vendor, data: Row) -> Upserted:
    """The row as it stands, or why not. No order of the answer is promised."""
    refused = next((item for item in listed(data, "errors") if same(row, item)), None)
    if refused is not None:
        words = "; ".join(said({"errors": refused.get("errors")})) or "no reason given"
        return Upserted(row.origin_id, None, f"Procore refused vendor {row.number}: {words}.")
    entity = next((item for item in listed(data, "entities") if same(row, item)), None)
    if entity is None:
        return Upserted(
            row.origin_id, None, f"Procore did not say what became of vendor {row.number}."
        )
    stands = vendor_from(entity, active=entity.get("is_active") is not False)
    return Upserted(row.origin_id, stands)


def same(row: Vendor, item: Row) -> bool:
    """By id where we named one, else by origin id."""
    if row.id and item.get("id") is not None:
        return key(item["id"]) == row.id
    return key(item.get("origin_id")) == row.origin_id
