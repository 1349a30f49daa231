"""What a bookkeeper types into a document that is not posted: its header and its lines."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .. import screens
from . import approvals, correcting, dimensions, documents, lines, wire
from .documents import KINDS, Kind, lines_of
from .model import ENTITIES, Row
from .purchases import Unknown
from .store import Books

Form = dict[str, str]
BLANK = ("new1", "new2", "new3")  # keys of lines that can be typed on a page
CELLS = ("account", "text", "quantity", "cost")
ORDERS = "_external", "vendorInvoiceNumber"  # an order's is a field of the client alone


def figure(text: str) -> Decimal:
    """What was typed for an amount or a quantity. Raises Unknown."""
    try:
        return screens.figure(text)
    except ValueError as wrong:
        raise Unknown(str(wrong)) from None


def plain(value: Any) -> str:
    """As it stands in a field: all its digits, and two decimals of an amount at least."""
    amount = Decimal(value)
    return f"{amount:.2f}" if amount == round(amount, 2) else f"{amount.normalize():f}"


def codes(books: Books) -> list[str]:
    return [str(row["code"]) for row in books.rows("dimension")]


# -- a document as it stands --------------------------------------------------------------


def filled(books: Books, kind: Kind, row: Row) -> Form:
    """The form of a draft; a line has its number in the names."""
    form = {"external": str(row[kind.external]), "day": str(row[kind.day]),
            "posting": str(row["postingDate"])}  # fmt: skip
    for line in lines_of(books, kind, row):
        form |= named(line_cells(books, kind, line), str(line["sequence"]))
    return form


def line_cells(books: Books, kind: Kind, line: Row) -> Form:
    return {
        "text": str(line["description"]), "quantity": f"{Decimal(line['quantity']).normalize():f}",
        "cost": plain(line[kind.cost]),
        **{code: str(line["_dims"].get(code, "")) for code in codes(books)},
    }  # fmt: skip


def named(cells: Form, key: str) -> Form:
    return {f"{name}-{key}": text for name, text in cells.items()}


# -- typing -------------------------------------------------------------------------------


def new_lines(books: Books, form: Form) -> list[Row]:
    """Those of the blank lines into which anything was typed."""
    found = []
    for cells in screens.typed_lines(form, (*CELLS, *codes(books)), BLANK):
        if not cells["account"]:
            raise Unknown("Each line needs a G/L account.")
        cost = str(figure(cells["cost"]))
        found.append({
            "account": cells["account"], "description": cells["text"], "amount": cost, "cost": cost,
            "quantity": str(figure(cells["quantity"] or "1")),
            "dimensions": {code: cells[code] for code in codes(books) if cells[code]},
        })  # fmt: skip
    return found


def type_line(books: Books, entity: str, header: Row, data: Row) -> Row:
    """Body: account, amount (of one), quantity (1), description, dimensions {code: value}, which
    come on top of what vendor and account bring."""
    kind = KINDS[entity]
    row = lines.create(books, kind.line, header, {
        "lineType": "Account", "lineObjectNumber": str(data["account"]),
        "quantity": Decimal(str(data.get("quantity", 1))), kind.cost: Decimal(str(data["amount"])),
        "description": taken(kind.line, "description", data.get("description", "")),
    })  # fmt: skip
    dims = dimensions.known(books, {**row["_dims"], **data.get("dimensions", {})})
    dimensions.put(books, kind.line, row, dims)
    return row


def taken(entity: str, field: str, text: object) -> Any:
    """As the field takes it: a day that is one, a text that fits. Raises Refused."""
    return wire.take(ENTITIES[entity].fields[field], str(text).strip())


def header(kind: Kind, form: Form) -> Row:
    """What was typed for the header. Raises Refused."""
    found: Row = {}
    if "external" in form:
        fields = ORDERS if kind.entity == "purchaseOrder" else (kind.external, kind.external)
        owner = "purchaseInvoice" if kind.entity == "purchaseOrder" else kind.entity
        found[fields[0]] = taken(owner, fields[1], form["external"])
    for name, field in (("day", kind.day), ("posting", "postingDate")):
        if name in form:
            found[field] = taken(kind.entity, field, form[name])
    return found


def type_document(books: Books, data: Row) -> Row:
    """Body: kind (an entity), vendor, currency, and the rest of the form. It is a draft then."""
    entity, form = str(data["kind"]), dict(data["form"])
    if entity not in KINDS:
        raise Unknown("There is no such kind of document.")
    kind = KINDS[entity]
    typed = header(kind, form)
    row = documents.create(books, entity, {
        "vendorNumber": form.get("vendor", "").strip().upper(),
        "postingDate": typed.get(kind.day, ""), **typed,
        **({"currencyCode": form["currency"]} if form.get("currency") else {}),
    })  # fmt: skip
    books.change(entity, row, silent=True, _hand=True)
    for line in new_lines(books, form):
        type_line(books, entity, row, line)
    return {"id": row["id"], "number": row["number"]}


def change_draft(books: Books, data: Row) -> None:
    """Body: number, form: what was typed on its page; only what is another is written. What is
    posted, released or with the approvers is not changed there."""
    entity, row = draft_of(books, str(data["number"]))
    kind, form = KINDS[entity], dict(data["form"])
    stands = filled(books, kind, row)
    changed = {name: text for name, text in form.items()
               if text.strip() != stands.get(name, text) or name.startswith("drop-")}  # fmt: skip
    added = new_lines(books, form)
    if not changed and not added:
        return
    documents.update(books, row, header(kind, changed), entity)
    for line in lines_of(books, kind, row):
        change_line(books, kind, line, changed)
    for line in added:
        type_line(books, entity, row, line)
    books.touch(entity, row)


def draft_of(books: Books, number: str) -> tuple[str, Row]:
    for entity in KINDS:
        if row := books.find(entity, number=number):
            return entity, row
    raise Unknown("no such document")


def change_line(books: Books, kind: Kind, line: Row, changed: Form) -> None:
    key = str(line["sequence"])
    if changed.get(f"drop-{key}"):
        lines.delete(books, line, kind.line)
        return
    values: Row = {}
    if f"text-{key}" in changed:
        values["description"] = taken(kind.line, "description", changed[f"text-{key}"])
    for name, field in (("quantity", "quantity"), ("cost", kind.cost)):
        if f"{name}-{key}" in changed:
            values[field] = figure(changed[f"{name}-{key}"])
    if values:
        lines.update(books, line, values, kind.line)
    dims = {code: changed[f"{code}-{key}"].strip().upper() for code in codes(books)
            if f"{code}-{key}" in changed}  # fmt: skip
    if dims:
        left = {code: value for code, value in {**line["_dims"], **dims}.items() if value}
        dimensions.put(books, kind.line, line, dimensions.known(books, left))


def start_anew(books: Books, data: Row) -> Row:
    """Body: number of a posted invoice. *Correct*: it is cancelled, and a draft of the same content
    begun. The number of the vendor is typed anew: no two posted ones have the same, cancelled or
    not."""
    entity, row = draft_of(books, str(data["number"]))
    kind = KINDS[entity]
    if entity != "purchaseInvoice" or not row["_posted"] or row["status"] != "Open":
        raise Unknown("Only a posted invoice that is neither paid nor cancelled is corrected.")
    correcting.cancel(books, entity, row)
    draft = documents.create(books, entity, {
        "vendorNumber": row["vendorNumber"], "postingDate": row["postingDate"],
        kind.day: row[kind.day], "currencyCode": row["currencyCode"],
        "pricesIncludeTax": row["pricesIncludeTax"],
    })  # fmt: skip
    books.change(entity, draft, silent=True, _hand=True)
    dimensions.put(books, entity, draft, dict(row["_dims"]))
    for line in lines_of(books, kind, row):
        values = {**{one: line[one] for one in correcting.COPIED}, kind.cost: line[kind.cost]}
        twin = lines.create(books, kind.line, draft, values)
        dimensions.put(books, kind.line, twin, dict(line["_dims"]))
    return {"id": draft["id"], "number": draft["number"]}


def release_document(books: Books, data: Row) -> None:
    """Body: number."""
    entity, row = draft_of(books, str(data["number"]))
    approvals.release(books, KINDS[entity], row)


def reopen_document(books: Books, data: Row) -> None:
    """Body: number."""
    entity, row = draft_of(books, str(data["number"]))
    approvals.reopen(books, KINDS[entity], row)


BY_HAND: dict[str, Callable[[Books, Row], Row | None]] = {
    run.__name__: run
    for run in (type_document, change_draft, start_anew, release_document, reopen_document)
}
