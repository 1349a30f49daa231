"""Forms of the mapping tables: choices come from the reference data of the integration."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.import_export.forms import ImportForm
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextInputWidget

from connections.models import Connection, Integration
from connections.pages import moments
from mappings.checks import dimension_problem, references
from mappings.imports.formats import FORMATS, MAX_BYTES
from mappings.imports.heading import DAYS
from mappings.imports.known import Known, Spellings
from mappings.models import (
    AccountRule,
    ChartAccount,
    CostCodeMapping,
    Mapping,
    ProjectLink,
    TaxLink,
    VendorLink,
)
from mappings.placeholders import PLACEHOLDERS, segment_of, segment_shown
from mappings.reference import ANY, Reference
from mappings.validity import Dated

Kind = Reference.Kind
Choices = list[tuple[str, str]]
NOTHING: tuple[str, str] = ("", moments.NOTHING)
DIM = "dim_"
RULE = ("cost_code", "cost_type", "project")
DAY_INPUTS = {name: UnfoldAdminTextInputWidget({"type": "date"}) for name in DAYS}
DAY_HELP = {
    "valid_from": "The rule counts from this day on, by the document’s date. Empty: ever before.",
    "valid_until": "The rule counts until this day, by the document’s date. Empty: ever after.",
}


class SuggestingInput(UnfoldAdminTextInputWidget):
    """A text field that offers known codes and takes others too."""

    def __init__(self, offers: Choices, attrs: dict[str, Any] | None = None) -> None:
        self.offers = offers
        super().__init__({"autocomplete": "off", **(attrs or {})})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        listed = f"offers_{name}"
        field = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        options = format_html_join("", '<option value="{}">{}</option>', self.offers)
        return format_html('{}<datalist id="{}">{}</datalist>', field, listed, options)


def offers(connection: Connection, kind: str) -> Choices:
    """Codes and names that stand now, each code once."""
    rows = references(connection, kind).values()
    return sorted({row.code: row.name for row in rows}.items())


def usable(connection: Connection, kind: str, parent: str = "") -> Choices:
    """What may be chosen: what stands and is neither blocked nor a heading."""
    rows = references(connection, kind).values()
    found = [row for row in rows if row.parent == parent and not row.unusable]
    return [(row.code, f"{row.code}  {row.name}") for row in sorted(found, key=lambda r: r.code)]


def search_select(
    choices: Choices, current: str = "", *, typed: bool = False
) -> UnfoldAdminSelect2Widget:
    """A select with a search box. A stored value that may not be chosen any more still shows.

    `typed`: what is not in the list may be typed into the box, too.
    """
    known = {value for value, _ in choices}
    stale = [(current, f"{current}  (not usable any more)")] if current else []
    return UnfoldAdminSelect2Widget(
        attrs={"data-tags": "true"} if typed else None,
        choices=[NOTHING, *choices] + ([] if current in known else stale),
    )


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """`integration` is set by `form_for`; it is None while there is none."""

    integration_used: ClassVar[Integration | None] = None
    codes: ClassVar[tuple[str, ...]] = ()  # fields for codes that anything may be typed into

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "integration" in self.fields:
            self.fields["integration"].disabled = True
        if self.integration_used:
            self.offer(self.integration_used)

    def offer(self, integration: Integration) -> None:
        """Fill the choices."""

    def clean(self) -> dict[str, Any]:
        """Codes that are typed are spelled as their systems spell them."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.codes if self.integration_used else ():
            names = Spellings(Known().names(self.integration_used, name))
            cleaned[name] = names.of(cleaned.get(name) or "")
        return cleaned

    def current(self, name: str) -> str:
        return str(self.data.get(name) or self.initial.get(name) or "")

    def search(self, name: str, choices: Choices, *, typed: bool = False) -> None:
        if name in self.fields:
            self.fields[name].widget = search_select(choices, self.current(name), typed=typed)

    def suggest(self, name: str, choices: Choices, anything: str = "") -> None:
        if name in self.fields:
            attrs = {"placeholder": anything} if anything else {}
            self.fields[name].widget = SuggestingInput(choices, attrs)


class CodedForm(MappingForm):
    """An account and one input per dimension of the ledger."""

    dimension_codes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = self.instance.dimensions or {}
        for code in self.dimension_codes:
            if DIM + code in self.fields:
                self.initial.setdefault(DIM + code, stored.get(code, ""))
                self.search(DIM + code, self.values_of(code), typed=True)

    def values_of(self, code: str) -> Choices:
        """Segments of the company's own are typed by their names, or stand there already."""
        if self.integration_used is None:
            return []
        now, values = self.current(DIM + code), list(PLACEHOLDERS.items())
        if segment_of(now) and now not in PLACEHOLDERS:
            values.append((now, f"the line’s {segment_shown(now)}"))
        return values + usable(self.integration_used.ledger, Kind.DIMENSION_VALUE, code)

    def offer(self, integration: Integration) -> None:
        self.search("account", usable(integration.ledger, Kind.ACCOUNT))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        said = {code: cleaned.get(DIM + code, "") for code in self.dimension_codes}
        self.instance.dimensions = {code: value for code, value in said.items() if value}
        if self.integration_used:
            self.check_dimensions(self.integration_used.ledger)
        return cleaned

    def check_dimensions(self, ledger: Connection) -> None:
        for code, value in self.instance.dimensions.items():
            if problem := dimension_problem(ledger, code, value):
                self.add_error(DIM + code, problem)

    def _update_errors(self, errors: ValidationError) -> None:
        """The model says “dimensions” where the form has one field each, and has said it."""
        if hasattr(errors, "error_dict"):
            errors.error_dict.pop("dimensions", None)
        super()._update_errors(errors)  # type: ignore[misc]


class DatedForm(MappingForm):
    """Of a rule that may count on some days only. `continues`: the rule that ends before it."""

    continues: ClassVar[Dated | None] = None

    def clean(self) -> dict[str, Any]:
        cleaned, ends = super().clean(), copy.copy(self.continues)
        day: dt.date | None = cleaned.get("valid_from")
        if ends is None or "valid_from" in self.errors:
            return cleaned
        if other := [name for name in ends.stands_for if cleaned.get(name) != getattr(ends, name)]:
            self.add_error(other[0], f"This follows the rule {ends}: leave here what it says.")
        elif problem := ends.ends_before(day) if day else "Choose the day.":
            self.add_error("valid_from", problem)
        else:
            self.instance.after = ends
        return cleaned


class CostCodeForm(DatedForm, CodedForm):
    codes = RULE

    class Meta:
        model = CostCodeMapping
        fields = ("integration", "cost_code", "cost_type", "project", *DAYS, "account", "note")
        widgets = DAY_INPUTS
        help_texts: ClassVar = {
            **DAY_HELP,
            "cost_code": "The rule is for this code, written out. Empty: for any.",
            "cost_type": "The rule is for this type. Empty: for any.",
            "project": "The rule is for the project of this number. Empty: for any.",
        }

    def offer(self, integration: Integration) -> None:
        super().offer(integration)
        source = integration.project_system
        self.suggest("cost_code", offers(source, Kind.COST_CODE), "any cost code")
        self.suggest("cost_type", offers(source, Kind.COST_TYPE), "any cost type")
        self.suggest("project", offers(source, Kind.PROJECT), "any project")

    def clean(self) -> dict[str, Any]:
        """Rules that differ in capital and small letters only are one."""
        cleaned = super().clean()
        if self.integration_used and (twin := self.twin(self.integration_used, cleaned)):
            self.add_error("cost_code", f"There is a rule for this, in other letters: {twin}.")
        return cleaned

    def twin(self, integration: Integration, said: dict[str, Any]) -> CostCodeMapping | None:
        """A rule in other letters, capital or small, that the system does not tell apart."""
        same = {f"{name}__iexact": "" if said[name] == ANY else said[name] for name in RULE}
        known = Known()
        for row in CostCodeMapping.objects.filter(integration=integration, **same).exclude(
            pk=self.instance.pk
        ):
            other = [name for name in RULE if getattr(row, name) != (same[f"{name}__iexact"])]
            if other and not all(
                {getattr(row, name), said[name]} <= known.names(integration, name) for name in other
            ):
                return row
        return None


class AccountRuleForm(DatedForm, CodedForm):
    class Meta:
        model = AccountRule
        fields = ("integration", "purpose", *DAYS, "account", "note")
        widgets = DAY_INPUTS
        help_texts: ClassVar = DAY_HELP


class VendorForm(MappingForm):
    class Meta:
        model = VendorLink
        fields = ("integration", "project_vendor_id", "ledger_number", "note")
        labels = {"project_vendor_id": "Vendor in the project system",
                  "ledger_number": "Vendor in the ledger"}  # fmt: skip

    def offer(self, integration: Integration) -> None:
        self.known = references(integration.project_system, Kind.VENDOR)
        self.ledger = references(integration.ledger, Kind.VENDOR)
        self.search("project_vendor_id", [
            (row.code, f"{row.name}  ({row.code})")
            for row in sorted(self.known.values(), key=lambda row: row.name.casefold())
        ])  # fmt: skip
        self.search("ledger_number", [
            (row.code, f"{row.code}  {row.name}{f'  ({row.unusable})' if row.unusable else ''}")
            for row in self.ledger.values()
        ])  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The names are those of the reference data; who links by hand is its origin."""
        cleaned = super().clean() or self.cleaned_data
        if self.integration_used and self.has_changed():
            name_vendors(self.instance, cleaned, self.known, self.ledger)
        return cleaned


def name_vendors(
    link: VendorLink,
    said: dict[str, Any],
    known: dict[Any, Reference],
    ledger: dict[Any, Reference],
) -> None:
    source, number = said.get("project_vendor_id"), said.get("ledger_number")
    if row := known.get(("", source)):
        link.project_vendor_name = row.name
    if row := ledger.get(("", number)):
        link.ledger_name = row.name
    link.origin = VendorLink.Origin.PERSON


class ProjectForm(MappingForm):
    class Meta:
        model = ProjectLink
        fields = ("integration", "project_id", "dimension", "value", "note")
        labels = {"project_id": "Project in the project system"}

    def offer(self, integration: Integration) -> None:
        rows = references(integration.project_system, Kind.PROJECT).values()
        self.known = {row.remote_id or row.code: row for row in rows}
        self.search(
            "project_id", [(key, f"{row.code}  {row.name}") for key, row in self.known.items()]
        )
        self.search("dimension", usable(integration.ledger, Kind.DIMENSION))
        self.search("value", [
            (row.code, f"{row.code}  {row.name}  · {row.parent}")
            for row in references(integration.ledger, Kind.DIMENSION_VALUE).values()
            if not row.unusable
        ])  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.integration_used and (row := self.known.get(cleaned.get("project_id", ""))):
            self.instance.project_number, self.instance.project_name = row.code, row.name
        return cleaned


class TaxForm(DatedForm):
    codes = ("project_code", "ledger_code")

    class Meta:
        model = TaxLink
        fields = ("integration", "project_code", *DAYS, "ledger_code", "note")
        widgets = DAY_INPUTS
        help_texts: ClassVar = DAY_HELP
        labels = {"project_code": "Tax code in the project system",
                  "ledger_code": "Tax code in the ledger"}  # fmt: skip

    def offer(self, integration: Integration) -> None:
        self.suggest("project_code", offers(integration.project_system, Kind.TAX_CODE))
        self.suggest("ledger_code", offers(integration.ledger, Kind.TAX_CODE))


class ChartForm(MappingForm):
    class Meta:
        model = ChartAccount
        fields = ("integration", "number", "name", "category", "posting", "active", "direct",
                  "note")  # fmt: skip
        help_texts: ClassVar = {"number": "The number is whole, with all segments."}


def form_for(
    base: type[MappingForm], integration: Integration | None, row: Mapping | None
) -> type[MappingForm]:
    """The form as this integration needs it: its choices, one field per dimension."""
    attributes: dict[str, Any] = {"integration_used": integration}
    if issubclass(base, CodedForm):
        codes = dimension_codes(integration, row)
        attributes["dimension_codes"] = codes
        attributes |= {DIM + code: forms.CharField(label=code, required=False) for code in codes}
    return type(base.__name__, (base,), attributes)


def dimension_codes(integration: Integration | None, row: Mapping | None) -> tuple[str, ...]:
    """The ledger's dimensions, and those that the row has from earlier."""
    known = references(integration.ledger, Kind.DIMENSION) if integration else {}
    stored = getattr(row, "dimensions", None) or {}
    return tuple(sorted({code for _, code in known} | set(stored)))


class FileForm(ImportForm):
    """One file; what it is shows in its name, so nobody is asked for a format."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        self.fields["import_file"].label = "CSV or XLSX file"
        self.fields["import_file"].widget.attrs["accept"] = ".csv,.txt,.xlsx"

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > MAX_BYTES:
            size = file.size / 1024 / 1024
            raise ValidationError(
                f"The file has {size:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB are taken. "
                "Split it into several files."
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        file = cleaned.get("import_file")
        workbook = bool(file and file.name.lower().endswith((".xlsx", ".xlsm")))
        cleaned["format"] = str(int(workbook))
        assert len(FORMATS) == 2  # noqa: S101 -- CSV first, then XLSX
        return cleaned
