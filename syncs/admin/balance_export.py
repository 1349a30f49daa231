"""The reconciliation as a file: XLSX with typed cells and formulas as totals, or CSV."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as OneCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from connections.transport.days import site_zone
from mappings.imports.cells import protected, safe
from syncs.admin import list_sums
from syncs.balance.rows import Cell, CellPart, Located
from syncs.formatting import money, when_exactly

FORMS = ("xlsx", "csv")
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\ufeff"  # so that Excel reads UTF-8
CELLS = (
    "Integration", "Book", "Share", "Project", "Cost code", "Cost type", "Vendor number", "Vendor",
    "Month", "Currency", "Project system", "Ledger", "Difference", "Documents", "Why",
)  # fmt: skip
DOCUMENTS = (
    *CELLS[:13], "Cause", "Why", "Number", "In the ledger", "Date", "Record",
)  # fmt: skip
CURRENCY = "Currency"
SUMMED = ("Project system", "Ledger", "Difference")
WIDTHS = {"Vendor": 32, "Why": 60, "Integration": 28, "Cause": 24}
FORMATS: dict[type[Any], str] = {
    Decimal: "#,##0.00;[Red]-#,##0.00", dt.date: "yyyy-mm-dd", dt.datetime: "yyyy-mm-dd hh:mm:ss",
}  # fmt: skip
TOGETHER = 1000  # rows that are read at one go


def answer(form: str, cells: QuerySet[Cell], as_of: dt.datetime | None) -> HttpResponseBase:
    name = f"reconciliation-{timezone.now():%Y-%m-%d-%H%M}.{form}"
    if form == "xlsx":
        return FileResponse(
            workbook(cells, as_of), as_attachment=True, filename=name, content_type=TYPE
        )
    found = StreamingHttpResponse(lines(cells), content_type="text/csv; charset=utf-8")
    found["Content-Disposition"] = f'attachment; filename="{name}"'
    return found


# -- rows -----------------------------------------------------------------------------------------


def cell_rows(cells: QuerySet[Cell]) -> Iterator[Sequence[Any]]:
    rows, own = (
        cells.select_related("integration").prefetch_related("causes"),
        list_sums.companies().currencies,
    )
    for cell in rows.iterator(chunk_size=TOGETHER):
        why = "; ".join(
            f"{one.get_cause_display()} {money(one.amount)}" for one in cell.causes.all()
        )
        yield *located(cell, own), cell.documents, why


def document_rows(cells: QuerySet[Cell]) -> Iterator[Sequence[Any]]:
    """Those that a difference is made of."""
    mine, own = cells.order_by().values("pk"), list_sums.companies().currencies
    rows = CellPart.objects.filter(cell__in=mine).exclude(cause="").select_related("integration")
    for part in rows.order_by("project", "cost_code", "pk").iterator(chunk_size=TOGETHER):
        yield (
            *located(part, own), part.get_cause_display(), part.why, part.number,
            part.ledger_number, part.document_date, part.record_id,
        )  # fmt: skip


def located(row: Located, own: dict[int, str]) -> tuple[Any, ...]:
    """`own`: the currency of each company, which its cells do not name."""
    currency = row.currency or own.get(row.integration_id, "")
    return (
        str(row.integration), row.get_book_display(), row.get_share_display(), row.project,
        row.cost_code, row.cost_type, row.vendor, row.vendor_name, row.period, currency,
        row.in_projects, row.in_ledger, row.in_projects - row.in_ledger,
    )  # fmt: skip


# -- files ----------------------------------------------------------------------------------------


def lines(cells: QuerySet[Cell]) -> Iterator[str]:
    """Flat in memory; no text is taken for a formula, no code for a date."""
    yield BYTE_ORDER_MARK + line(CELLS)
    for row in cell_rows(cells):
        yield line([protected(value) if isinstance(value, str) else value for value in row])


def line(row: Iterable[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(row)
    return buffer.getvalue()


def workbook(cells: QuerySet[Cell], as_of: dt.datetime | None) -> Any:
    book = Workbook(write_only=True)
    sheet(book, "Lines", CELLS, cell_rows(cells), as_of)
    sheet(book, "Documents", DOCUMENTS, document_rows(cells), as_of)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    book.save(file)
    file.seek(0)
    return file


def sheet(
    book: Workbook, title: str, names: Sequence[str], rows: Iterable[Sequence[Any]],
    as_of: dt.datetime | None,
) -> None:  # fmt: skip
    """The header stays in sight; below the last row the sums, which the spreadsheet works out,
    where a column is summed: one for each currency."""
    page = book.create_sheet(title)
    page.freeze_panes = "A2"
    for place, name in enumerate(names, 1):
        page.column_dimensions[get_column_letter(place)].width = WIDTHS.get(name, 15)
    page.append([heading(page, name) for name in names])
    last, at, found = 1, names.index(CURRENCY) if CURRENCY in names else None, set()
    for row in rows:
        page.append([typed(page, value) for value in row])
        last += 1
        found.add("" if at is None else str(row[at]))
    page.auto_filter.ref = f"A1:{get_column_letter(len(names))}{last}"
    if set(names) & set(SUMMED):
        for currency in sorted(found) if len(found) > 1 else [None]:
            page.append([total(page, names, name, last, currency) for name in names])
    page.append([heading(page, f"As of {when_exactly(as_of)}")])


def heading(page: Any, text: str) -> OneCell:
    cell: OneCell = WriteOnlyCell(page, text)
    cell.font = Font(bold=True)
    return cell


def typed(page: Any, value: Any) -> Any:
    """Numbers, days and moments (by the site's clock) as such; text that cannot be run."""
    if isinstance(value, str):
        return safe(ILLEGAL_CHARACTERS_RE.sub("", value))
    if type(value) not in FORMATS:
        return value
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value, site_zone()).replace(tzinfo=None)
    cell = WriteOnlyCell(page, value)
    cell.number_format = FORMATS[type(value)]
    return cell


def total(page: Any, names: Sequence[str], name: str, last: int, currency: str | None) -> OneCell:
    """`currency`: only rows in it, where the sheet has several."""
    text = {names[0]: "Total", CURRENCY: currency or ""}.get(name, "")
    if name in SUMMED:
        text = f"={summed(names, name, last, currency)}" if last > 1 else "=0"
    cell = heading(page, text)
    if name in SUMMED:
        cell.number_format = FORMATS[Decimal]
    return cell


def summed(names: Sequence[str], name: str, last: int, currency: str | None) -> str:
    column = span(names, name, last)
    if currency is None:
        return f"SUM({column})"
    quoted = currency.replace('"', '""')
    return f'SUMPRODUCT(({span(names, CURRENCY, last)}="{quoted}")*{column})'


def span(names: Sequence[str], name: str, last: int) -> str:
    letter = get_column_letter(names.index(name) + 1)
    return f"{letter}2:{letter}{last}"
