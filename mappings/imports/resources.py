"""Import and export of the mapping tables: many rows, few queries, all or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from operator import itemgetter
from typing import Any, ClassVar

import tablib
from django.core.exceptions import ValidationError
from import_export import resources
from import_export.fields import Field
from import_export.results import InvalidRow, Result, RowResult

from connections.models import Integration
from mappings.checks import read_once
from mappings.imports.altered import Altered
from mappings.imports.formats import DecimalWidget
from mappings.imports.heading import Heading
from mappings.imports.known import Known
from mappings.imports.questions import EMPTY, STRANGE, Question, lines, require
from mappings.imports.rows import (
    OUTCOMES,
    Called,
    Column,
    Fields,
    Read,
    all_stay,
    values_of,
)
from mappings.imports.spelling import WORDS, Spelling, lost_letters, may_have_lost_letters
from mappings.imports.storing import insert
from mappings.imports.telling import leave_a_line, one_change
from mappings.imports.widgets import as_read
from mappings.models import Mapping
from mappings.reference import ANY
from mappings.releases import Wanted

Standing = dict[tuple[Any, ...], tuple[Any, ...]]  # key -> the row's values
INTEGRATION = "integration"
REPORTED = 1000  # rows after which the one who waits hears of it
PREVIEWED = 200  # changed rows that the preview page shows
GENERAL = ("This ", "Ensure ", "Value '")  # Django's own sentences do not name the column


class MappingResource(resources.ModelResource):
    """What the tables share. `keys`, with the integration, name a row; `required` must be there."""

    keys: ClassVar[tuple[str, ...]]
    required: ClassVar[tuple[str, ...]]
    also: ClassVar[dict[str, str]] = {}  # what others call our columns
    ids: ClassVar[dict[str, str]] = {}  # columns that must exist, and what of
    listed: ClassVar[tuple[str, ...]] = ()  # columns that should: a person confirms others
    wild: ClassVar[tuple[str, ...]] = ()  # keys that may be any
    WIDGETS_MAP = {**resources.ModelResource.WIDGETS_MAP, "DecimalField": DecimalWidget}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        rows = Integration.objects.select_related("ledger", "project_system")
        self.integrations = {row.pk: row for row in rows}
        self.fields[INTEGRATION].widget.know(self.integrations.values())
        self.listed_names: dict[tuple[int, str], frozenset[str]] = {}
        self.wanted: dict[int, list[Wanted]] = defaultdict(list)
        self.only = next(iter(rows)) if len(self.integrations) == 1 else None
        self.called = Called(self.fields[INTEGRATION].widget, self.only)
        self.known = Known()
        self.spelling, self.altered = Spelling(self.known, self.keys, {}), Altered()
        self.report: Callable[[int, int], None] = lambda done, rows: None
        self.again = False  # who took the file before may have died before it released anything
        self.reads: list[Read] = []
        self.strange: dict[str, list[int]] = defaultdict(list)
        self.absent: list[tuple[int, list[str]]] = []
        self.previews: list[tuple[int, str, list[tuple[str, str, str]]]] = []

    @classmethod
    def heading(cls) -> Heading:
        """How the row that names the columns is known."""
        return Heading(cls.required, cls.also)

    # -- before the rows --------------------------------------------------------------------------

    def import_data(self, dataset: tablib.Dataset, *args: Any, **kwargs: Any) -> Result:
        """The journal's line is there if and only if the rows are."""
        with one_change(self.get_db_connection_name()), read_once(), all_stay():
            with self.writing(bool(kwargs.get("dry_run"))):
                result = super().import_data(dataset, *args, **kwargs)
            wrong = result.has_errors() or result.has_validation_errors()
            if not kwargs.get("dry_run") and not wrong:
                keys = {row.key: row.name for each in self.reads if (row := each.integration)}
                leave_a_line(self._meta.model, dataset, result, keys, kwargs)
            return result

    def writing(self, dry_run: bool) -> AbstractContextManager[None]:
        """Around all rows, before the journal is told of them."""
        return nullcontext()

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Refuse the file as a whole, or get ready to take its rows without a query each."""
        self.notes = list(getattr(dataset, "notes", []))
        self.lines = getattr(dataset, "lines", None) or range(2, len(dataset) + 2)
        if problem := self.file_problem(dataset.headers or []):
            dataset.wipe()
            raise ValueError(problem)
        self.may = self.permissions(kwargs.get("user"))
        self.read_standing()
        self.spelling = Spelling(self.known, self.keys, self.standing)
        rows = dataset.dict
        self.known.read_ahead(self.named_in(rows), dataset.headers)
        self.reads = [self.read(row, line) for row, line in zip(rows, self.lines, strict=True)]
        self.repeats = self.repeated()
        self.columns = [Column(field) for field in self.get_import_fields()
                        if self.is_given(field, dataset.headers)]  # fmt: skip
        self.fields_of_model = Fields(self._meta.model)

    def read_standing(self) -> None:
        """The rows of the table, by key, as plain values: most of them stay as they are."""
        self.names = [field.attname for field in self._meta.model._meta.concrete_fields]
        self.place = {name: at for at, name in enumerate(self.names)}
        key = itemgetter(self.place["integration_id"], *(self.place[name] for name in self.keys))
        rows = self._meta.model.objects.values_list(*self.names).iterator(chunk_size=2000)
        self.standing: Standing = self.by_key((key(row), row) for row in rows)

    def by_key(self, rows: Iterable[tuple[tuple[Any, ...], tuple[Any, ...]]]) -> Standing:
        return dict(rows)

    def row_of(self, stands: tuple[Any, ...]) -> Mapping:
        """A row of the table, from its values."""
        found: Mapping = self._meta.model.from_db(self.get_db_connection_name(), self.names, stands)
        return found

    def is_given(self, field: Field, headers: list[str]) -> bool:
        """A column that the file has, or that is known without it."""
        return field.column_name in headers or bool(self.only and field.column_name == INTEGRATION)

    def named_in(self, rows: list[dict[str, Any]]) -> set[Integration]:
        names = {row.get(INTEGRATION) or "" for row in rows}
        return {found for name in names if (found := self.called[name])}

    def file_problem(self, headers: list[str]) -> str:
        known = [field.column_name for field in self.get_import_fields()]
        unknown = [name for name in headers if name not in known and not self.accepts(name)]
        if unknown:
            return f"Unknown column “{unknown[0]}”. The columns are: {', '.join(known)}."
        required = self.required if self.only else (INTEGRATION, *self.required)
        if missing := [name for name in required if name not in headers]:
            return f"The file lacks the column “{missing[0]}”."
        return ""

    def accepts(self, column: str) -> bool:
        """Columns beyond the declared fields."""
        return False

    def permissions(self, user: Any) -> dict[str, bool]:
        """Import does not widen what a person may do by hand. No user: a program."""
        meta = self._meta.model._meta
        may = {"add": True, "change": True}
        if user is None:
            return may
        return {name: user.has_perm(f"{meta.app_label}.{name}_{meta.model_name}") for name in may}

    def read(self, row: dict[str, Any], line: int) -> Read:
        """Codes as their systems spell them, or as the table has them already."""
        integration = self.called[row.get(INTEGRATION) or ""]
        cells, told, wrong = self.spelling.row(row, integration)
        if self.only and not cells.get(INTEGRATION):
            cells[INTEGRATION] = self.only.name
        first = integration.pk if integration else cells.get(INTEGRATION) or ""
        key = (first, *(self.part_in(cells, name) for name in self.keys))
        stands = self.standing.get(key)
        if stands is None or not (told or wrong or may_have_lost_letters(cells)):
            before = {}
        else:
            before = self.cells_of(stands, row)
        for column in [column for column in told | wrong if before.get(column) == row[column]]:
            cells[column] = row[column]
            told.pop(column, None)
            wrong.pop(column, None)
        for sentence in told.values():
            self.spelling.told[sentence].append(line)
        self.keep_letters(cells, before, line)
        return Read(cells, integration, key, wrong)

    def cells_of(self, stands: tuple[Any, ...], columns: Iterable[str]) -> dict[str, str]:
        """The cells of the row that one of the file is about, as the table has them."""
        return {name: str(stands[self.place[name]]) for name in columns if name in self.place}

    def keep_letters(self, cells: dict[str, Any], before: dict[str, str], line: int) -> None:
        """Words that lost letters on the way keep them."""
        for column in WORDS:
            kept = before.get(column, "")
            if lost_letters(cells.get(column) or "", kept):
                self.spelling.told[f"{column}: “{kept}” keeps its letters"].append(line)
                cells[column] = kept

    def repeated(self) -> dict[int, str]:
        """Row number -> that the same key stands in an earlier row."""
        first: dict[tuple[Any, ...], tuple[int, Read]] = {}
        found: dict[int, str] = {}
        for number, (read, line) in enumerate(zip(self.reads, self.lines, strict=True), start=1):
            before, other = first.setdefault(self.folded(read), (line, read))
            if other is read:
                continue
            if read.key == other.key:
                found[number] = f"The same combination stands in line {before} already."
            elif not (self.is_known(read) and self.is_known(other)):
                found[number] = (
                    f"The same combination stands in line {before} already, in other letters: "
                    "capital and small ones are no difference."
                )
        return found

    def folded(self, read: Read) -> tuple[Any, ...]:
        """The same for rows about the same."""
        return (read.key[0], *[part.casefold() for part in read.key[1:]])

    def is_known(self, read: Read) -> bool:
        return self.spelling.is_known(read.key, read.integration)

    def _check_import_id_fields(self, headers: list[str]) -> None:
        """`file_problem` has said it in plain words."""

    # -- one row ----------------------------------------------------------------------------------

    def part_in(self, cells: dict[str, Any], key: str) -> str:
        value = cells.get(key) or ""
        return "" if value == ANY and key in self.wild else value

    def import_row(self, row: dict[str, Any], instance_loader: Any, **kwargs: Any) -> RowResult:
        """What becomes of one row of the file; the rows that follow are taken in any case."""
        number = kwargs["row_number"]
        if number % REPORTED == 0:
            self.report(number, len(self.reads))
        read = self.reads[number - 1]
        try:
            return OUTCOMES[self.take(read, number, kwargs["dry_run"])]
        except ValidationError as error:
            row.update(read.cells)
            found = RowResult()
            found.import_type, found.validation_error = RowResult.IMPORT_TYPE_INVALID, error
            return found

    def take(self, read: Read, number: int, dry_run: bool) -> str:
        """Raises ValidationError with all that is wrong with the row."""
        if read.wrong:
            raise ValidationError(read.wrong)
        if problem := self.repeats.get(number):
            raise ValidationError(problem)
        stands = self.stands(read, number)
        self.complete(read.cells, stands)
        values, errors = values_of(self.columns, read.cells)
        if stands and not errors and self.is_same(stands, values):
            if self.again:
                self.wanted[read.key[0]] += self.row_of(stands).wanted()
            return str(RowResult.IMPORT_TYPE_SKIP)
        row = self.changed(stands, values)
        self.check(row, errors)
        self.before_save_instance(row, read.cells)
        if not dry_run:
            (self.update_instances if stands else self.create_instances).append(row)
        self.note(read, number, row, self.row_of(stands) if stands else None, dry_run)
        return str(RowResult.IMPORT_TYPE_UPDATE if stands else RowResult.IMPORT_TYPE_NEW)

    def stands(self, read: Read, number: int) -> tuple[Any, ...] | None:
        """The row of the table that this one of the file is about, as plain values."""
        return self.standing.get(read.key)

    def complete(self, cells: dict[str, Any], stands: tuple[Any, ...] | None) -> None:
        """What several columns come to together; `stands` are the values of the table's row."""

    def is_same(self, stands: tuple[Any, ...], values: dict[str, Any]) -> bool:
        return all(stands[self.place[name]] == value for name, value in values.items())

    def changed(self, stands: tuple[Any, ...] | None, values: dict[str, Any]) -> Mapping:
        if not stands:
            made: Mapping = self._meta.model(**values)
            return made
        row = self.row_of(stands)
        for name, value in values.items():
            setattr(row, name, value)
        return row

    def check(self, row: Mapping, wrong: dict[str, Any]) -> None:
        """The model's own checks; uniqueness is known from the keys, the integration by name."""
        errors: dict[str, Any] = dict(wrong)
        if row.integration_id is not None:
            row._state.fields_cache[INTEGRATION] = self.integrations[row.integration_id]
            if row.pk is None and self.ids:
                errors |= self.not_there(row)
        errors |= self.fields_of_model.problems(row, errors)
        try:
            row.clean()
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def not_there(self, row: Mapping) -> dict[str, list[str]]:
        """Ids of a new row that the project system does not have."""
        found = {}
        for column in self.ids:
            value, names = getattr(row, column), self.known.names(row.integration, column)
            if value and value not in names:
                system = self.known.system(row.integration, column)
                last = "was last read" if names else "has not been read for it yet"
                what = self.ids[column]
                found[column] = [f"{what} {value} does not exist in {system}, as it {last}."]
        return found

    def unknown(self, row: Mapping) -> Iterator[str]:
        """Codes of a new row that no document will bear, as far as is known."""
        for column in self.listed:
            value = getattr(row, column)
            if value and value not in self.names_of(row, column):
                system = self.known.system(row.integration, column)
                alike = self.known.alike(row.integration, column, value)
                yield f"{column} {value} ({system}{f' has {alike}' if alike else ''})"

    def names_of(self, row: Mapping, column: str) -> frozenset[str]:
        key = (row.integration_id, column)
        if key not in self.listed_names:
            self.listed_names[key] = self.known.names(row.integration, column)
        return self.listed_names[key]

    def before_save_instance(self, instance: Mapping, row: Any, **kwargs: Any) -> None:
        verb = "add" if instance.pk is None else "change"
        if not self.may[verb]:
            raise ValidationError(f"You may not {verb} rows of this table.")

    def get_bulk_update_fields(self) -> list[str]:
        known = {field.attribute for field in self.get_import_fields()}
        names = {field.attname for field in self._meta.model._meta.concrete_fields}
        return sorted((known & names) - {"id", "integration_id", *self.keys} | {"updated_at"})

    def note(
        self, read: Read, number: int, row: Mapping, before: Mapping | None, dry_run: bool
    ) -> None:
        """Keep what the preview and the release need."""
        line = self.lines[number - 1]
        self.altered.note(row, before)
        if not dry_run:
            self.wanted[row.integration_id] += row.wanted(before)
        if before is None:
            for name in self.unknown(row):
                self.strange[name].append(line)
        if absent := [name for name in self.wild if not read.cells.get(name)]:
            self.absent.append((line, absent))
        if len(self.previews) < PREVIEWED:
            kind = RowResult.IMPORT_TYPE_UPDATE if before else RowResult.IMPORT_TYPE_NEW
            self.previews.append((line, kind, self.changes(row, before)))

    def changes(self, instance: Mapping, before: Mapping | None) -> list[tuple[str, str, str]]:
        """(column, old, new) of what a row would set; of a new row all that is not empty."""
        cells = [
            (field.column_name, as_read(field, before), as_read(field, instance))
            for field in self.get_import_fields()
            if field.column_name != INTEGRATION or not self.only
        ]  # fmt: skip
        named = {INTEGRATION, *self.keys}
        return [cell for cell in cells if cell[1] != cell[2] or (before and cell[0] in named)]

    # -- after the rows ---------------------------------------------------------------------------

    def bulk_create(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Result | None = None,
    ) -> None:
        """A preview writes nothing, not even for a moment."""
        try:
            if self.create_instances and not dry_run:
                insert(self.create_instances, self.get_db_connection_name())
        except Exception as error:
            self.handle_import_error(result, error, raise_errors)
        finally:
            self.create_instances.clear()

    def bulk_update(
        self,
        using_transactions: bool,
        dry_run: bool,
        raise_errors: bool,
        batch_size: int | None = None,
        result: Result | None = None,
    ) -> None:
        """An upsert by id, which the database records as updates; a third of UPDATE's time."""
        try:
            if self.update_instances and not dry_run:
                self._meta.model.objects.bulk_create(
                    self.update_instances, batch_size=batch_size, update_conflicts=True,
                    unique_fields=["id"], update_fields=self.get_bulk_update_fields(),
                )  # fmt: skip
        except Exception as error:
            self.handle_import_error(result, error, raise_errors)
        finally:
            self.update_instances.clear()

    def after_import(self, dataset: tablib.Dataset, result: Result, **kwargs: Any) -> None:
        """Line numbers as the spreadsheet shows them; what the pages need."""
        super().after_import(dataset, result, **kwargs)
        result.questions = self.questions()
        for row in [*result.invalid_rows, *result.error_rows]:
            row.number = self.lines[row.number - 1]
        result.wrong_count = len(result.invalid_rows) + len(result.error_rows)
        result.gone, result.gone_count = [], 0
        result.previews, result.notes = self.previews, [*self.notes, *self.spelling.notes()]
        result.changed = result.totals["new"] + result.totals["update"]
        result.booked = self.altered.sentences(self.integrations, bool(kwargs.get("dry_run")))
        result.wrong_rows = [(row.number, *self.complaint(row)) for row in result.invalid_rows]
        result.wrong_rows += [
            (row.number, "", [str(each.error) for each in row.errors]) for row in result.error_rows
        ]
        result.altered = self.altered.all_rows(self.integrations)
        result.wanted = [
            (self.integrations[key], wanted) for key, wanted in self.wanted.items() if wanted
        ]
        require(result.questions, kwargs.get("confirmed"), bool(kwargs.get("dry_run")))

    def questions(self) -> list[Question]:
        """What nobody would want to happen unseen."""
        strange = tuple(f"{name}: {lines(found)}" for name, found in self.strange.items())
        return [*self.asked_of_empty(), *([Question(STRANGE, strange)] if strange else [])]

    def asked_of_empty(self) -> list[Question]:
        if not self.absent:
            return []
        columns = {name: [line for line, names in self.absent if name in names]
                   for name in self.wild}  # fmt: skip
        items = tuple(f"{name}: {lines(found)}" for name, found in columns.items() if found)
        return [Question(EMPTY, items)]

    def complaint(self, row: InvalidRow) -> tuple[str, list[str]]:
        """The row's key in words, and every sentence about it."""
        headers = self.get_diff_headers()
        cells = dict(zip(headers, row.values, strict=True))
        named = [str(cells[name]) for name in self.keys if cells.get(name) not in ("", "---", None)]
        sentences = [
            f"{name}: {said}" if said.startswith(GENERAL) else said
            for name, listed in row.error_dict.items() for said in listed
        ]  # fmt: skip
        return " / ".join(named), sentences

    class Meta:
        use_bulk = True
        batch_size = 1000
        report_skipped = False
