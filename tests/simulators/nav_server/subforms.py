"""Lines of purchase documents: type and number first, then what becomes editable with them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.simulators.business_central import dimensions, documents, errors, lines
from tests.simulators.business_central.documents import LINE_KINDS, Kind
from tests.simulators.business_central.model import ZERO_GUID, Row

from .headers import checked_dimension, keep
from .site import Service, Site

TABLE = "Purchase Line"
STORED = {"G/L Account": "Account", "Charge (Item)": "Charge", " ": "Comment"}
TASKS = "_jobTask"
KEYS = ("Document_Type", "Document_No", "Line_No")
TYPED = ("Type", "No")
# Editable whatever the line is.
ALWAYS = (*KEYS, *TYPED, "FilteredTypeField", "Description", "Description_2")
RELATED = {"Item": "Item", "Resource": "Resource", "Fixed Asset": "Fixed Asset",
           "Charge (Item)": "Item Charge", "G/L Account": "G/L Account"}  # fmt: skip


def create(site: Site, service: Service, fields: dict[str, Any], header: Row) -> Row:
    """A new line; without a number of its own it gets the next."""
    kind = LINE_KINDS[service.page.table]
    header = header or _header(site, kind, fields)
    documents.open_for_change(site.books, kind, header)
    _free(site, kind, header, fields.get("Line_No", 0))
    rest = {name: one for name, one in fields.items() if name not in KEYS}
    _editable(site, rest)
    typed = {name: rest.pop(name) for name in TYPED if name in rest}
    number: Row = {"sequence": fields["Line_No"]} if fields.get("Line_No") else {}
    row = lines.create(site.books, kind.line, header, number)
    for name, content in (typed | rest).items():
        put(site, service, row, name, content)
    return row


def _header(site: Site, kind: Kind, fields: dict[str, Any]) -> Row:
    number, said = fields.get("Document_No", ""), fields.get("Document_Type", kind.type)
    found = site.books.find(kind.entity, number=number, _posted=False)
    if said != kind.type or found is None:
        raise errors.Refused(
            "Internal_RecordNotFound",
            "The Purchase Header does not exist. Identification fields and values: Document "
            f"Type='{said}',No.='{number}'",
        )
    return found


def _free(site: Site, kind: Kind, header: Row, number: int) -> None:
    taken = [int(line["sequence"]) for line in documents.lines_of(site.books, kind, header)]
    if number in taken:
        raise errors.same_key(
            TABLE,
            f"Document Type='{kind.type}',Document No.='{header['number']}',Line No.='{number}'",
        )


def _editable(site: Site, fields: dict[str, Any]) -> None:
    """On a new line: what comes before Type and No. is not editable yet."""
    typed: set[str] = set()
    for name, content in fields.items():
        if name in TYPED and content not in ("", " "):
            typed.add(name)
        if name not in ALWAYS and (len(typed) < 2 or site.settings["strict_lines"]):
            raise errors.read_only(name)


def change(site: Site, service: Service, row: Row, fields: dict[str, Any]) -> None:
    kind = LINE_KINDS[service.page.table]
    documents.open_for_change(site.books, kind, lines.owner(site.books, row, kind.line))
    for name, content in fields.items():
        put(site, service, row, name, content)


def delete(site: Site, service: Service, row: Row) -> None:
    lines.delete(site.books, row, service.page.table)


def put(site: Site, service: Service, row: Row, name: str, content: Any) -> None:
    """Validates one field."""
    kind, source = LINE_KINDS[service.page.table], service.columns[name].source
    if source == "@line_type":
        _type(site, kind, row, content)
        return
    if name not in ALWAYS and (row["lineType"] == "Comment" or not row["lineObjectNumber"]):
        raise errors.read_only(name)
    if source == "lineObjectNumber":
        _number(site, kind, row, content)
    elif source.startswith("#"):
        _dimension(site, kind, row, int(source[1:]), content)
    elif source == "taxCode":
        _tax(site, kind, row, name, content)
    elif source == "@line_amount":
        whole = Decimal(row["quantity"]) * Decimal(row[kind.cost])
        _apply(site, kind, row, {"discountAmount": documents.money(whole) - content})
    elif name in ("Job_No", "Job_Task_No"):
        _job(site, kind, row, name, content)
    elif source and source[0] not in "@*":
        _apply(site, kind, row, {source: content})
    else:
        keep(site, kind.line, row, name, content)


def _apply(site: Site, kind: Kind, row: Row, values: Row) -> None:
    header = lines.owner(site.books, row, kind.line)
    lines._apply(site.books, kind, header, row, values)


def _type(site: Site, kind: Kind, row: Row, content: str) -> None:
    """Another type empties the line."""
    stored = STORED.get(content, content)
    if stored == row["lineType"]:
        return
    numbers: Row = dict.fromkeys(("quantity", kind.cost, "discountAmount", "discountPercent"),
                            Decimal(0))  # fmt: skip
    site.books.change(kind.line, row, lineType=stored, accountId=ZERO_GUID, lineObjectNumber="",
                      description="", **numbers)  # fmt: skip
    lines.total(site.books, kind, lines.owner(site.books, row, kind.line))


def _number(site: Site, kind: Kind, row: Row, number: str) -> None:
    stored = str(row["lineType"])
    said = next((one for one, kept in STORED.items() if kept == stored), stored)
    if said == " ":
        raise errors.invalid_relation("No.", TABLE, number, "Standard Text")
    account = site.books.find("account", number=number)
    if said != "G/L Account" or account is None:
        raise errors.invalid_relation("No.", TABLE, number, RELATED[said])
    if number == row["lineObjectNumber"]:
        return
    site.books.change(kind.line, row, description="")
    _apply(site, kind, row, {"lineType": stored, "lineObjectNumber": number})


def _job(site: Site, kind: Kind, row: Row, name: str, content: str) -> None:
    """Another job empties the task, which belongs to a job."""
    job = row.get("_nav", {}).get("Job_No", "")
    if name == "Job_No" and content and site.books.find("project", number=content) is None:
        raise errors.invalid_relation("Job No.", TABLE, content, "Job")
    if name == "Job_No" and content != job:
        keep(site, kind.line, row, "Job_Task_No", "")
    if (
        name == "Job_Task_No"
        and content
        and site.books.find(TASKS, job=job, number=content) is None
    ):
        raise errors.invalid_relation("Job Task No.", TABLE, content, "Job Task")
    keep(site, kind.line, row, name, content)


def _tax(site: Site, kind: Kind, row: Row, name: str, code: str) -> None:
    label, table = (
        ("Tax Group Code", "Tax Group") if name == "Tax_Group_Code"
        else ("VAT Prod. Posting Group", "VAT Product Posting Group")
    )  # fmt: skip
    if code and code not in lines.TAX_PERCENT:
        raise errors.invalid_relation(label, TABLE, code, table)
    _apply(site, kind, row, {"taxCode": code})


def _dimension(site: Site, kind: Kind, row: Row, number: int, content: str) -> None:
    code = checked_dimension(site, number, content, TABLE)
    dims = {key: one for key, one in row["_dims"].items() if key != code}
    dimensions.put(site.books, kind.line, row, {**dims, code: content} if content else dims)
    site.books.touch(kind.entity, lines.owner(site.books, row, kind.line))
