"""What already stands of the documents that a ledger sends: by origin id, else by number."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from django.utils import timezone

from connections.documents import Document
from connections.errors import Refused
from connections.vendors.procore.documents import Documents
from connections.vendors.procore.lists import LISTINGS
from connections.vendors.procore.values import Row, first, inner, key, text, window

PAGE = 500
BEFORE = dt.timedelta(days=60)
FEW = 5  # direct costs that are asked for one by one; for more the project's list is shorter
Place = tuple[str, str, str]  # kind, project, contract of a billing


def find(client: Documents, documents: Sequence[Document]) -> list[list[Document]]:
    """One list per project of orders and per contract of billings; then the whole documents."""
    rows: dict[Place, list[Row]] = {}
    for place, some in groupby(sorted(documents, key=place_of), key=place_of):
        rows[place] = listed(client, place, list(some))
    return [whole(client, document, rows[place_of(document)]) for document in documents]


def called(client: Documents, document: Document, number: str) -> list[Document]:
    """By its number alone: what a person names is not ours yet. Raises Refused."""
    wanted = dataclasses.replace(document, number=number.strip(), origin_id="")
    rows = {key(row.get("id")): row for row in candidates(client, place_of(wanted), [wanted])}
    return [
        client.document(wanted.kind, wanted.project.id, id)
        for id, row in rows.items()
        if same_number(wanted, row)
    ]


def commitment_numbered(client: Documents, project_id: str, number: str) -> Document | None:
    """By its number; the project's lists are read once per client."""
    for kind in ("purchase_order", "subcontract"):
        rows = client.once(("numbers", kind, project_id), partial(orders, client, kind, project_id))
        for row in rows:
            if text(row.get("number")).casefold() == number.strip().casefold():
                return client.document(kind, project_id, key(row.get("id")))
    return None


def orders(client: Documents, kind: str, project_id: str) -> list[Row]:
    return list(candidates(client, (kind, project_id, ""), []))


def place_of(document: Document) -> Place:
    contract_id = document.contract_id if document.kind == "requisition" else ""
    return document.kind, document.project.id, contract_id


def listed(client: Documents, place: Place, documents: Sequence[Document]) -> list[Row]:
    """A project that refuses its list must not hold up the others: `send` says so of its own."""
    name = ("unlisted", *place)
    client.forget(*name)
    try:
        return list(candidates(client, place, documents))
    except Refused as error:
        client.remember(name, error)
        return []


def unlisted(client: Documents, document: Document) -> Refused | None:
    """Why nothing is known of what stands; None where the list was read."""
    return client.once(("unlisted", *place_of(document)), lambda: None)


def candidates(client: Documents, place: Place, documents: Sequence[Document]) -> Iterable[Row]:
    kind, project_id, contract_id = place
    listing = LISTINGS[kind]
    path = listing.path.format(project=project_id)
    scope: dict[str, Any] = {"project_id": project_id} if listing.project_in_query else {}
    if kind == "direct_cost" and len(documents) <= FEW:
        return one_by_one(client, path, documents)
    if kind == "requisition":
        scope["filters[commitment_id]"] = contract_id
    return client.rows(path, scope, PAGE)


def one_by_one(client: Documents, path: str, documents: Sequence[Document]) -> Iterator[Row]:
    """By origin id; only where that finds nothing by the vendor's number.

    Whether that filter minds capital letters is not documented, and ledgers write all of them in
    capitals: what was made since is looked through, too.
    """
    unknown = []
    for document in documents:
        asked = {"filters[origin_id]": document.origin_id}
        found = list(client.rows(path, asked, PAGE)) if document.origin_id else []
        if not found:
            found = list(client.rows(path, {"filters[invoice_number]": document.number}, PAGE))
            spelled = document.number.upper() != document.number.lower()
            if spelled and not any(numbered(document, row) for row in found):
                unknown.append(document)
        yield from found
    if unknown:
        yield from client.rows(path, made_since(unknown), PAGE)


def made_since(documents: Sequence[Document]) -> dict[str, str]:
    """Costs that may be one of these: nobody types one long before its date."""
    dates = [document.date for document in documents]
    known = [day for day in dates if day]
    if len(known) < len(dates):
        return {}
    first = dt.datetime.combine(min(known), dt.time(), dt.UTC) - BEFORE
    return {"filters[created_at]": window(first, timezone.now() + dt.timedelta(days=1))}


def whole(client: Documents, document: Document, rows: Sequence[Row]) -> list[Document]:
    return [
        client.document(document.kind, document.project.id, key(row.get("id")))
        for row in chosen(document, rows)
    ]


def chosen(document: Document, rows: Sequence[Row]) -> list[Row]:
    """The one with our origin id, else all that go by its number."""
    unique = list({key(row.get("id")): row for row in rows}.values())
    marked = [row for row in unique if text(row.get("origin_id")) == document.origin_id]
    if document.origin_id and marked:
        return marked
    return [row for row in unique if numbered(document, row) and not sibling(document, row)]


def numbered(document: Document, row: Row) -> bool:
    """The same number; of a direct cost of the same vendor, whose numbers they are."""
    same = same_number(document, row)
    if document.kind != "direct_cost":
        return same
    return same and key(first(row, "vendor_id") or inner(row, "vendor").get("id")) in (
        "", document.vendor.id,
    )  # fmt: skip


def same_number(document: Document, row: Row) -> bool:
    names = ("number",) if document.kind == "purchase_order" else ("invoice_number",)
    return text(first(row, *names)).casefold() == document.number.strip().casefold()


def sibling(document: Document, row: Row) -> bool:
    """Another document of the same ledger: a credit memo may carry its invoice's number."""
    theirs, ours = text(row.get("origin_id")), document.origin_id
    return "|" in theirs and theirs.partition("|")[0] == ours.partition("|")[0]
