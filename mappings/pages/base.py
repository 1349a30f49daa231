"""What the admin pages of all mapping tables share."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.admin import ModelAdmin

from connections.models import Integration
from mappings import releases
from mappings.imports.heading import DAYS
from mappings.imports.narrowed import Narrowed, uncovered
from mappings.imports.transfer import TransferMixin
from mappings.models import CostCodeMapping, Mapping
from mappings.pages import words
from mappings.pages.booked import is_retargeted, posted
from mappings.pages.forms import CodedForm, MappingForm, form_for
from mappings.pages.hints import Hints
from mappings.pages.history import changes_of, latest_changes
from mappings.pages.rules import standing

HISTORY_LENGTH = 200
BACK = "then"  # in the address of a form: where it leads once it is saved
PAGES = {
    "unmapped": "Unmapped codes",
    "suggestions": "Not linked yet, with suggestions",
    "changes": "Who changed what",
}


def day_of(text: str) -> dt.date | None:
    """While it is typed; no day is no bound."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def back_to(request: HttpRequest) -> HttpResponse | None:
    """To the page of ours from which somebody came to mend this, where the address names one."""
    page = request.GET.get(BACK, "")
    ours = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return redirect(page) if ours else None


class MappingAdmin(TransferMixin, ModelAdmin):
    """Subclasses declare columns, form, resource, and what a reader sees."""

    list_filter_submit = True
    list_select_related = ("integration",)
    list_per_page = 50
    show_full_result_count = False
    list_fullwidth = True
    empty_title = "No rows yet"
    empty_next = "Add the first one, import a file, or look at what held documents miss."
    empty_else = (
        "{whom} adds the first one, or imports a file. What a held document misses is asked for on "
        "its page."
    )
    change_form_before_template = "mappings/panel_frame.html"
    panel_template = "mappings/panel.html"
    list_before_template = "mappings/list_pages.html"
    view_fields: ClassVar[tuple[str, ...]] = ()

    class Media:
        js = ("mappings/form.js",)
        css: ClassVar = {"all": ("mappings/mappings.css",)}

    # -- the form ---------------------------------------------------------------------------------

    def integration_of(self, request: HttpRequest, row: Mapping | None) -> Integration | None:
        """The row's own, the one asked for, or the first."""
        if row is not None and row.integration_id:
            return row.integration
        asked = request.POST.get("integration") or request.GET.get("integration") or ""
        rows = Integration.objects.select_related("ledger", "project_system")
        return (rows.filter(pk=asked).first() if asked.isdigit() else None) or rows.first()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[MappingForm]:
        base = form_for(self.form, self.integration_of(request, obj), obj)
        made: type[MappingForm] = super().get_form(
            request, obj, change=change, **{**kwargs, "form": base}
        )
        return made

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A reader sees words; who may write sees inputs."""
        if not self.may_write(request, obj):
            return [(None, {"fields": ["integration", *self.view_fields, "note"]})]
        base = form_for(self.form, self.integration_of(request, obj), obj)
        return self.form_fields(getattr(base, "dimension_codes", ()))

    def form_fields(self, dimensions: tuple[str, ...]) -> Any:
        return [(None, {"fields": list(self.form.Meta.fields)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if self.may_write(request, obj) else ("integration", *self.view_fields, "note")

    def may_write(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None:
            return bool(self.has_add_permission(request))
        return bool(self.has_change_permission(request, obj))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        if (found := self.integration_of(request, None)) and not initial.get("integration"):
            initial["integration"] = found.pk
        return initial

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An integration is chosen here, not made here."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            field.empty_label = None
        return field

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(getattr(field, "widget", None), RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # no buttons to add or change what it points to
        return field

    # -- what it would release, and does ----------------------------------------------------------

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "",
        extra_context: Any = None,
    ) -> Any:  # fmt: skip
        panel = {
            "panel_url": reverse(self.url_name("panel")),
            "panel_pk": object_id or "",
            "panel_reload": "integration",
        }
        if request.method == "GET":
            panel |= {"panel": self.panel_of(request, object_id)}
        return super().changeform_view(
            request, object_id, form_url, {**panel, **(extra_context or {})}
        )

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return back_to(request) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return back_to(request) or super().response_post_save_change(request, obj)

    def panel_of(self, request: HttpRequest, object_id: Any) -> dict[str, Any]:
        """What a row would do that has the values of this request; nothing is saved."""
        row = self.model.objects.filter(pk=object_id).first() if object_id else None
        before = self.model.objects.filter(pk=object_id).first() if row else None
        integration = self.integration_of(request, row)
        if integration is None:
            return {}
        row = row or self.model(integration=integration)
        for field in self.model._meta.concrete_fields:
            if field.name in request.GET and field.name not in ("id", "integration"):
                said = request.GET[field.name].strip()[:300]
                setattr(row, field.name, day_of(said) if field.name in DAYS else said)
        if isinstance(row, CostCodeMapping):
            row.take_any()
        found = releases.impact(integration, row.wanted(before), [row])
        narrowed, currency = Narrowed(), words.currency_of(integration.ledger)
        narrowed.note(before, row)
        values = {name: str(value).strip() for name, value in request.GET.items()}
        address, place = reverse(self.url_name("add")), None
        if isinstance(row, CostCodeMapping):
            place = standing(row)
        return {
            "row": row,
            "integration": integration,
            "releases": words.releases(found, currency),
            "holds": words.holds(narrowed.lost(integration), currency),
            "found": found,
            "hints": [] if before else Hints(integration).of(self.opts.model_name, values, address),
            "standing": place,
            "posted": posted(integration, row, before, place),
            "template": self.panel_template,
        }

    def panel_page(self, request: HttpRequest) -> HttpResponse:
        """The panel alone, for the form's script."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        key = request.GET.get("pk", "")
        panel = self.panel_of(request, key if key.isdigit() else None)
        return render(request, self.panel_template, {"panel": panel})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What waited for it runs again once the row is there for all to see."""
        before = self.model.objects.filter(pk=obj.pk).first() if change else None
        super().save_model(request, obj, form, change)
        if isinstance(form, CodedForm) or form.has_changed() or not change:
            transaction.on_commit(partial(self.release, request, obj, before))

    def release(self, request: HttpRequest, row: Any, before: Any) -> None:
        found = releases.release(
            row.integration, row.wanted(before), request.user.get_username(), f"Mapped: {row}"
        )
        if said := words.released(found, words.currency_of(row.integration.ledger)):
            messages.success(request, said)
        if before is not None and (is_retargeted(row, before) or uncovered(before, row)):
            self.work_out_anew(request, row, before)

    def work_out_anew(self, request: HttpRequest, row: Any, was: Any) -> None:
        """What the rule as it was has coded, and is not posted yet."""
        name = releases.row_name(type(was), was.pk)
        user, why = request.user.get_username(), f"Mapped: {row}"
        found = releases.again(row.integration, [name], user, why)
        if said := words.anew(found, words.currency_of(row.integration.ledger)):
            messages.success(request, said)

    # -- history and further pages ----------------------------------------------------------------

    def history_view(
        self, request: HttpRequest, object_id: Any, extra_context: Any = None
    ) -> HttpResponse:
        row = get_object_or_404(self.model, pk=object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return self.history_answer(request, changes_of(row), f"History of {row}", row)

    def changes_page(self, request: HttpRequest) -> HttpResponse:
        """The last changes of the whole table, deleted rows too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        changes = latest_changes(self.model, HISTORY_LENGTH)
        return self.history_answer(request, changes, f"Changes of {self.opts.verbose_name_plural}")

    def history_answer(
        self, request: HttpRequest, changes: Any, title: str, row: Any = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "object": row,
            "changes": changes,
            "length": HISTORY_LENGTH,
        }
        return TemplateResponse(request, "mappings/history.html", context)

    def custom_pages(self) -> dict[str, Any]:
        """Name -> view(admin, request), at the table's own address."""
        return {}

    def get_urls(self) -> list[Any]:
        own = {"panel": MappingAdmin.panel_page, "changes": MappingAdmin.changes_page}
        pages = [
            path(
                f"{name}/", self.admin_site.admin_view(partial(view, self)),
                name=self.url_name(name).removeprefix("admin:"),
            )
            for name, view in (own | self.custom_pages()).items()
        ]  # fmt: skip
        return [*pages, *super().get_urls()]

    def url_name(self, page: str) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        names = (*self.custom_pages(), "changes")
        pages = [(PAGES[name], reverse(self.url_name(name))) for name in names]
        if request.user.has_perm("mappings.view_takenfile"):
            imports = reverse("admin:mappings_takenfile_changelist")
            pages.append(("Imports, and undoing them", f"{imports}?table={self.opts.model_name}"))
        return super().changelist_view(request, {"pages": pages, **(extra_context or {})})
