"""Import and export of the mapping tables: many rows, few queries, all or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, ClassVar

import tablib
from django.core.exceptions import ValidationError
from django.utils import timezone
from import_export import resources
from import_export.fields import Field
from import_export.results import InvalidRow, Result, RowResult

from connections.models import Integration
from mappings.checks import read_once
from mappings.imports.formats import DecimalWidget
from mappings.imports.heading import Heading
from mappings.imports.known import Known
from mappings.imports.questions import Question, lines
from mappings.imports.spelling import WORDS, Spelling, lost_letters
from mappings.imports.widgets import IntegrationWidget
from mappings.models import Mapping
from mappings.reference import ANY
from mappings.releases import Wanted

PREVIEWED = 200  # changed rows that the preview page shows
EMPTY = (
    "These cells are empty. Take each as “any”, as files from before did? A rule for any project "
    "applies to all of them. Write * where any is meant; fill in what is missing."
)
STRANGE = (
    "These do not exist in the system that they are of, as far as its master data was read. Take "
    "these new rows all the same?"
)
GENERAL = ("This ", "Ensure ", "Value '")  # Django's own sentences do not name the column


def require(questions: list[Question], confirmed: Any, preview: bool) -> None:
    """A person has agreed to exactly these. `confirmed` None: a program."""
    if preview or confirmed is None:
        return
    if missing := [each for each in questions if each.digest not in confirmed]:
        raise ValueError(f"nobody agreed to this: {missing[0].sentence} {missing[0].shown}.")


class Undiffed:
    """Instead of the library's HTML differences: `changes` says what the preview shows."""

    def __init__(self, *args: Any) -> None:
        pass

    def compare_with(self, *args: Any) -> None:
        pass


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
        self.fields["integration"].widget.know(self.integrations.values())
        self.wanted: dict[int, list[Wanted]] = defaultdict(list)
        self.known = Known()
        self.spelling = Spelling(self.known, self.keys, {})
        self.strange: dict[str, list[int]] = defaultdict(list)
        self.absent: list[tuple[int, list[str]]] = []
        self.previews: list[tuple[int, str, list[tuple[str, str, str]]]] = []

    @classmethod
    def get_diff_class(cls) -> type:
        return Undiffed

    @classmethod
    def heading(cls) -> Heading:
        """How the row that names the columns is known."""
        return Heading(cls.required, cls.also)

    def get_import_fields(self) -> list[Field]:
        """Asked for several times per row, so remembered while an import runs."""
        found: list[Field] = self.__dict__.get("import_fields") or super().get_import_fields()
        return found

    # -- before the rows --------------------------------------------------------------------------

    def import_data(self, dataset: tablib.Dataset, *args: Any, **kwargs: Any) -> Result:
        with read_once():
            return super().import_data(dataset, *args, **kwargs)

    def before_import(self, dataset: tablib.Dataset, **kwargs: Any) -> None:
        """Refuse the file as a whole, or get ready to take its rows without a query each."""
        self.notes = list(getattr(dataset, "notes", []))
        self.lines = getattr(dataset, "lines", None) or range(2, len(dataset) + 2)
        if problem := self.file_problem(dataset.headers or []):
            dataset.wipe()
            raise ValueError(problem)
        self.import_fields = self.get_import_fields()
        self.may = self.permissions(kwargs.get("user"))
        self.existing = {self.key_of(row): row for row in self._meta.model.objects.all()}
        self.spelling = Spelling(self.known, self.keys, self.existing)
        rows = dataset.dict
        named = {found for row in rows if (found := self.integration_in(row))}
        self.known.read_ahead(named, dataset.headers)
        self.rows = [self.as_spelled(row, line) for row, line in zip(rows, self.lines, strict=True)]
        self.repeats = self.repeated()

    def file_problem(self, headers: list[str]) -> str:
        known = [field.column_name for field in self.get_import_fields()]
        unknown = [name for name in headers if name not in known and not self.accepts(name)]
        if unknown:
            return f"Unknown column “{unknown[0]}”. The columns are: {', '.join(known)}."
        required = self.required if self.only else ("integration", *self.required)
        if missing := [name for name in required if name not in headers]:
            return f"The file lacks the column “{missing[0]}”."
        return ""

    def accepts(self, column: str) -> bool:
        """Columns beyond the declared fields."""
        return False

    @property
    def only(self) -> Integration | None:
        """The integration of a file that names none, where there is just one."""
        return next(iter(self.integrations.values())) if len(self.integrations) == 1 else None

    def permissions(self, user: Any) -> dict[str, bool]:
        """Import does not widen what a person may do by hand. No user: a program."""
        meta = self._meta.model._meta
        may = {"add": True, "change": True}
        if user is None:
            return may
        return {name: user.has_perm(f"{meta.app_label}.{name}_{meta.model_name}") for name in may}

    def as_spelled(self, row: dict[str, Any], line: int) -> dict[str, Any]:
        """Codes as their systems spell them; words that lost letters on the way keep them."""
        found = self.spelling.row(row, self.integration_in(row), line)
        if stands := self.existing.get(self.key_in(found)):
            for column in WORDS:
                before = str(getattr(stands, column, ""))
                if lost_letters(str(found.get(column) or ""), before):
                    self.spelling.told[f"{column}: “{before}” keeps its letters"].append(line)
                    found[column] = before
        return found

    def repeated(self) -> dict[int, str]:
        """Row number -> that the same key stands in an earlier row."""
        first: dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]] = {}
        found: dict[int, str] = {}
        for number, (row, line) in enumerate(zip(self.rows, self.lines, strict=True), start=1):
            key = self.key_in(row)
            folded = (key[0], *(part.casefold() for part in key[1:]))
            before, other = first.setdefault(folded, (line, key))
            if before == line:
                continue
            if key == other:
                found[number] = f"The same combination stands in line {before} already."
            elif not (self.is_known(key, row) and self.is_known(other, row)):
                found[number] = (
                    f"The same combination stands in line {before} already, in other letters: "
                    "capital and small ones are no difference."
                )
        return found

    def is_known(self, key: tuple[Any, ...], row: dict[str, Any]) -> bool:
        return self.spelling.is_known(key, self.integration_in(row))

    def _check_import_id_fields(self, headers: list[str]) -> None:
        """`file_problem` has said it in plain words."""

    # -- one row ----------------------------------------------------------------------------------

    def key_of(self, row: Mapping) -> tuple[Any, ...]:
        return (row.integration_id, *(getattr(row, name) for name in self.keys))

    def key_in(self, row: dict[str, Any]) -> tuple[Any, ...]:
        found = self.integration_in(row)
        first = found.pk if found else str(row.get("integration") or "")
        return (first, *(self.part_in(row, key) for key in self.keys))

    def integration_in(self, row: dict[str, Any]) -> Integration | None:
        name = str(row.get("integration") or "")
        widget: IntegrationWidget = self.fields["integration"].widget
        return widget.named(name) if name else self.only

    def part_in(self, row: dict[str, Any], key: str) -> str:
        value = str(row.get(key) or "")
        return "" if value == ANY and key in self.wild else value

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        number = kwargs["row_number"]
        read = self.rows[number - 1]
        wrong = self.spelling.wrong(row, read, self.integration_in(row))
        row.update(read)
        if self.only and not row.get("integration"):
            row["integration"] = self.only.name
        if wrong:
            raise ValidationError(wrong)
        if problem := self.repeats.get(number):
            raise ValidationError(problem)

    def get_instance(self, instance_loader: Any, row: dict[str, Any]) -> Mapping | None:
        return self.existing.get(self.key_in(row))

    def validate_instance(
        self, instance: Mapping, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """The model's own checks; uniqueness is known from the keys, the integration by name."""
        errors = dict(import_validation_errors or {})
        if instance.integration_id is not None:
            instance.integration = self.integrations[instance.integration_id]
            if instance.pk is None:
                errors |= self.not_there(instance)
        try:
            instance.full_clean(
                exclude={"integration", *errors}, validate_unique=False, validate_constraints=False
            )
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
            if value and value not in self.known.names(row.integration, column):
                system = self.known.system(row.integration, column)
                alike = self.known.alike(row.integration, column, value)
                yield f"{column} {value} ({system}{f' has {alike}' if alike else ''})"

    def before_save_instance(self, instance: Mapping, row: Any, **kwargs: Any) -> None:
        verb = "add" if instance.pk is None else "change"
        if not self.may[verb]:
            raise ValidationError(f"You may not {verb} rows of this table.")
        instance.updated_at = timezone.now()

    def get_bulk_update_fields(self) -> list[str]:
        known = {field.attribute for field in self.get_import_fields()}
        names = {field.attname for field in self._meta.model._meta.concrete_fields}
        return sorted((known & names) - {"id", "integration_id", *self.keys} | {"updated_at"})

    def after_import_row(self, row: Any, row_result: RowResult, **kwargs: Any) -> None:
        """Keep what the preview and the release need, let go of the rest."""
        instance, before = row_result.instance, row_result.original
        row_result.instance = row_result.original = None
        if row_result.is_skip() or instance is None:
            return
        self.wanted[instance.integration_id] += instance.wanted(before)
        line = self.lines[kwargs["row_number"] - 1]
        if before is None or before.pk is None:
            for name in self.unknown(instance):
                self.strange[name].append(line)
        if absent := [name for name in self.wild if not row.get(name)]:
            self.absent.append((line, absent))
        if len(self.previews) < PREVIEWED:
            self.previews.append((line, row_result.import_type, self.changes(instance, before)))

    def changes(self, instance: Mapping, before: Mapping | None) -> list[tuple[str, str, str]]:
        """(column, old, new) of what a row would set; of a new row all that is not empty."""
        cells = [
            (field.column_name, str(field.export(before)) if before else "",
             str(field.export(instance)))
            for field in self.get_import_fields()
            if field.column_name != "integration" or not self.only
        ]  # fmt: skip
        named = {"integration", *self.keys}
        return [cell for cell in cells if cell[1] != cell[2] or (before and cell[0] in named)]

    # -- after the rows ---------------------------------------------------------------------------

    def bulk_create(self, using_transactions: bool, dry_run: bool, *args: Any, **kw: Any) -> None:
        """A preview writes nothing, not even for a moment."""
        if dry_run:
            self.create_instances.clear()
        super().bulk_create(using_transactions, dry_run, *args, **kw)

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
        require(result.questions, kwargs.get("confirmed"), bool(kwargs.get("dry_run")))
        for row in [*result.invalid_rows, *result.error_rows]:
            row.number = self.lines[row.number - 1]
        result.previews, result.notes = self.previews, [*self.notes, *self.spelling.notes()]
        result.changed = result.totals["new"] + result.totals["update"]
        result.wrong_rows = [(row.number, *self.complaint(row)) for row in result.invalid_rows]
        result.wrong_rows += [
            (row.number, "", [str(each.error) for each in row.errors]) for row in result.error_rows
        ]
        result.wanted = [
            (self.integrations[key], wanted) for key, wanted in self.wanted.items() if wanted
        ]

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
        skip_unchanged = True
        skip_html_diff = True
        report_skipped = False
        store_instance = True
        clean_model_instances = True
