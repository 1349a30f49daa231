"""The columns of each file: of the mapping tables, both ways, and of the journal's export."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Field
from django.db.models.fields import BooleanField

from audit.export import COLUMNS
from audit.models import Entry
from config.docs import markdown
from config.docs.titles import titled
from mappings.imports import formats, tables
from mappings.imports.chart import CHART_COLUMNS, ChartResource
from mappings.imports.resources import MappingResource
from syncs.admin.list_export import XLSX_HOLDS

RESOURCES: tuple[type[MappingResource], ...] = (
    tables.CostCodeResource,
    tables.VendorResource,
    tables.ProjectResource,
    tables.TaxResource,
    tables.AccountRuleResource,
    ChartResource,
)
INTRODUCTION = (
    "Each list under *Mappings* but the master data has *Import* and *Export*, for those whose "
    "role allows it. The [journal](#journal) has an export of its own."
)
KINDS = (
    "CSV: divided by comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252. XLSX: the first "
    f"visible sheet that has the columns, as it shows its cells. At most {formats.MAX_ROWS:,} rows "
    f"and {formats.MAX_COLUMNS} columns.",
    "The first row names the columns, in any order; a title above it is left out. An unknown "
    "column refuses the file, and so does a second row of column names.",
    "A merged value counts for each row of its area. Hidden rows and columns are read, and named "
    "in the preview. A number is taken as its format shows it (`1030` as `000000` is `001030`). "
    "What cannot be told refuses the file by its cell: a formula without a result, an error, a "
    "date, a format that is not simple or depends on a condition, a number of more than 15 digits, "
    "cells merged over columns.",
    "An open quote in a CSV file refuses it by its line.",
    "All or nothing: a preview shows what would change, and one bad row keeps the file out.",
    "A CSV file of more than 512 KB, or a workbook of more than 100 KB, is previewed and imported "
    "by a worker; the page shows how many rows are done, and may be left.",
    "Each import is a line of the journal: who, the file's name and SHA-256, and how many rows are "
    "new, changed and as before.",
    "*Mappings → Imports* lists them, and each can be undone as one action: rows that it made are "
    "removed, changed ones put back, removed ones restored. A preview says what that does to each "
    "row and to documents. A row that somebody changed since stays as it is, unless it is ticked "
    "by itself. It takes the rights to import, change and delete rows of that table, and may be "
    "undone itself. More than 1,000 rows are looked at and undone by a worker.",
    "The preview says how many documents are posted already by rows that the file leads elsewhere. "
    "They stay as they are.",
    "A row that has the key of a row of the table changes it; any other is new. Rows that the file "
    "lacks stay as they are; only the chart of accounts is taken as a whole: accounts that the "
    "file lacks are listed, and go once a person ticked that.",
    "A column that is left out leaves its field as it is; an empty cell empties it.",
    "Rules may count on some days only (`valid_from`, `valid_until`, by the document's date, both "
    "included): days are written as `2027-01-31`, in a workbook they may be days. Such a rule is "
    "known by what it stands for and its first day; where a file lacks that column, by what it "
    "stands for if the table has just one rule for it. Rows that would count on one day for the "
    "same are refused by their lines. A first day cannot be changed by a file: that is another "
    "rule.",
    "What is absent is never a wildcard: in a cost code rule, any is written as `*`. Rows of which "
    "a part is empty or has no column, as in files from before, are listed in the preview and are "
    "taken as any once a person ticked that.",
    "New rows: the ids of vendors and projects must exist in the project system. Cost codes, "
    "types, projects and tax codes that do not exist are listed in the preview, and taken once a "
    "person ticked that.",
    "What only Excel writes is refused by its line, unless a system has it: `5.98134E+14`, "
    "`30-Jan`, `03:10:00`, `TRUE`, `####`, and errors in any language (`#N/A`, `#WERT!`, "
    "`Err:502`).",
    "A code is read as its system spells it, and the preview says so: dashes are hyphens, digits "
    "of other scripts are ours, what nobody sees is left out, capital and small letters are no "
    """difference, `="03-300"`, `'03-300` and `“03-300”` are `03-300`.""",
    "What was exported can be imported again. In a CSV, what Excel would make a number or a date "
    "of (long digits, leading zeros, `03-10`) has an apostrophe in front; in an XLSX it is a text.",
)
DIMENSIONS = (
    "`dim_…`: a column per dimension, named by its code, as `dim_PROJECT`. A dimension without a "
    "column stays as it is; an empty cell removes it. `{project}`, `{cost_code}`, `{cost_type}` "
    "and `{sub_job}` stand for the line's own, `{segment:Phase}` for its segment of that name; a "
    "line that has none goes without the dimension.",
)
EXTRA = {
    "cost_code": "full code; `*` = any",
    "cost_type": "`*` = any",
    "project": "project number; `*` = any",
    "integration": "its key, or its name (which is exported where two have one key); may be left "
    "out where there is just one",
    "dimensions": "all in one cell, as `PROJECT=J-100;COSTCODE=03-300`, instead of `dim_…`",
    "entries": "whether the account takes entries: yes or no; empty is yes",
    "note": "for people",
    "project_vendor_id": "the vendor's id in the project system",
    "ledger_number": "the vendor's number in the ledger",
    "project_id": "the project's id in the project system",
    "dimension": "the ledger's dimension that holds projects",
    "value": "the dimension's value for this project",
    "project_code": "the tax code in the project system",
    "ledger_code": "the tax code in the ledger",
    "account": "the ledger's account number",
    "valid_from": "part of the key where the file has it; the first day, empty = ever before",
    "valid_until": "the last day, empty = ever after",
}
RECORDS = (
    "*Records*, *Held, by cause*, *Requests*, *Unmapped codes*, *Alerts*, *Runs*, *Deliveries* "
    "(without what was sent) and *Changes of controls* have *XLSX* and *CSV*, for those whose role "
    "allows it: exactly what the filters and the search leave, newest first, of unmapped codes the "
    "most money first. They are never imported. "
    f"A CSV (divided by comma, UTF-8) takes any number, an XLSX at most {XLSX_HOLDS:,}. Amounts "
    "are numbers and days are days; moments are the site's, and a CSV says how far from UTC. A "
    "text that a spreadsheet might run or change has an apostrophe in front. The list is read in "
    "parts: each row is as it stood when its part was read. The journal says who exported "
    "how many, by which filters."
)
JOURNAL = (
    "*Journal → Export these lines* writes the list as it is filtered, oldest line first, for "
    "those whose role allows it. CSV, divided by comma, UTF-8. It is never imported. A text that a "
    "spreadsheet might take for a formula has an apostrophe in front."
)
KINDS_OF_LINES = ", ".join(f"`{kind.value}` ({kind.label})" for kind in Entry.Kind)
EXPORTED = {
    "sequence": "number of the line; the next line has the next number",
    "at": "when, in UTC",
    "kind": f"one of {KINDS_OF_LINES}",
    "integration": "key of its kind, as in [flows](flows.md); empty where the line is about none",
    "flow": "name of the flow; of a run that belongs to no flow `reference` or `subscriptions`",
    "record": "number of the record; empty where the line is about none",
    "actor": "user name of the person; empty where it was the system",
    "sentence": "what happened, in words",
    "data": "facts, as JSON: the request and the answer of a write, the counts of a run, the state "
    "that a record came to",
    "intent": "of an outcome: `sequence` of the line that announced the write",
    "previous": "`hash` of the line before; 64 zeros on the first",
    "hash": "SHA-256 of all columns before it, as `digest_of` in `audit/journal.py` works it out; "
    "it makes the chain",
}


def page() -> str:
    return markdown.page(
        "Files",
        markdown.paragraph(INTRODUCTION),
        markdown.bullets(KINDS),
        *(table(each) for each in RESOURCES),
        "## Records",
        markdown.paragraph(RECORDS),
        "## Journal",
        markdown.paragraph(JOURNAL),
        markdown.bullets(f"`{name}`: {EXPORTED[name]}" for name in COLUMNS),
    )


def table(resource: type[MappingResource]) -> str:
    lines = [*(column(resource, field) for field in resource._meta.fields)]
    if issubclass(resource, tables.DimensionResource):
        lines += DIMENSIONS
    parts = [f"## {titled(resource._meta.model)}", markdown.bullets(lines)]
    if resource is ChartResource:
        parts.append(markdown.paragraph(also_called()))
    return "\n\n".join(parts)


def column(resource: type[MappingResource], name: str) -> str:
    """A column by its name in the file, and what it holds."""
    declared = resource.fields.get(name)
    called = declared.column_name if declared is not None else name
    field = resource._meta.model._meta.get_field(name)
    said = [*marks(resource, name), *meaning(called, field)]
    return f"`{called}`" + (f": {'; '.join(said)}" if said else "")


def marks(resource: type[MappingResource], name: str) -> Iterator[str]:
    if name in ("integration", *resource.keys):
        yield "part of the key"
    if name in resource.required:
        yield "must be there"


def meaning(called: str, field: Field[Any, Any]) -> Iterator[str]:
    if called in EXTRA:
        yield EXTRA[called]
    elif field.help_text:
        yield str(field.help_text)
    elif isinstance(field, BooleanField):
        yield "yes or no; empty is yes"
    if field.choices:
        yield "one of " + ", ".join(f"`{value}` ({label})" for value, label in field.flatchoices)


def also_called() -> str:
    """Names under which ledgers export the same columns."""
    said: dict[str, list[str]] = {}
    for theirs, ours in CHART_COLUMNS.items():
        said.setdefault(ours, []).append(f"`{theirs}`")
    listed = [f"`{ours}` as {', '.join(theirs)}" for ours, theirs in said.items()]
    return f"A ledger's own export is understood, too: {'; '.join(listed)}."
