"""The pages of rules that count on some days only: their days in the list, and the usual act,
another account from a day on."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from unfold.decorators import action, display

from connections.pages.badges import Badge
from connections.transport.days import today
from mappings import validity
from mappings.pages.base import MappingAdmin
from mappings.pages.forms import DIM, MappingForm

STATES = {"today": "success", "future": "info", "past": "warning"}
CLASH = "Somebody made a rule for the same days meanwhile. Nothing was saved; look at it again."
CONTINUES = "continues"  # in an address: the rule that ends


class ValidFilter(admin.SimpleListFilter):
    """By the days on which rules count, seen from today."""

    title = "valid"
    parameter_name = "valid"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("today", "Today"), ("future", "In the future"), ("past", "In the past")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        day = today()
        asked = {
            "today": lambda: queryset.filter(validity.on(day)),
            "future": lambda: queryset.filter(valid_from__gt=day),
            "past": lambda: queryset.filter(valid_until__lt=day),
        }.get(self.value() or "")
        return asked() if asked else queryset


class DatedAdmin(MappingAdmin):
    """Subclasses declare the action under the name that fits what they lead to."""

    target: ClassVar[str]  # the field that it leads to

    @display(description="valid", ordering="valid_from", label=STATES)
    def valid(self, row: Any) -> Badge:
        return Badge(validity.state_of(row, today()), row.days or "always")

    def has_follow_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def following(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        """The form of the new one: filled in as the old one is, but for its first day."""
        row = get_object_or_404(self.model, pk=object_id)
        if not self.has_follow_permission(request):
            raise PermissionDenied
        names = [*row.stands_for[1:], "valid_until", self.target, "note"]
        values = {"integration": row.integration_id} | {name: getattr(row, name) for name in names}
        values |= {DIM + code: each for code, each in getattr(row, "dimensions", {}).items()}
        given = {name: value for name, value in values.items() if value not in (None, "")}
        query = urlencode({CONTINUES: row.pk, **given})
        return HttpResponseRedirect(f"{reverse(self.url_name('add'))}?{query}")

    def continued(self, request: HttpRequest) -> Any:
        """The rule that ends with the saving of a new one."""
        key = request.POST.get(CONTINUES) or request.GET.get(CONTINUES) or ""
        if not key.isdigit() or not self.has_follow_permission(request):
            return None
        return self.model.objects.select_related("integration").filter(pk=key).first()

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> type[MappingForm]:
        made = super().get_form(request, obj, change=change, **kwargs)
        made.continues = None if obj else self.continued(request)  # type: ignore[attr-defined]
        return made

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "",
        extra_context: Any = None,
    ) -> Any:  # fmt: skip
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except IntegrityError:
            messages.error(request, CLASH)
            return HttpResponseRedirect(request.get_full_path())

    def panel_of(self, request: HttpRequest, object_id: Any) -> dict[str, Any]:
        found = super().panel_of(request, object_id)
        return {**found, CONTINUES: None if object_id else self.continued(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.after is None:
            super().save_model(request, obj, form, change)
            return
        with transaction.atomic(), validity.together(type(obj)):
            obj.after.save(update_fields=["valid_until", "updated_at"])
            super().save_model(request, obj, form, change)
        messages.success(request, f"Until then: {obj.after}.")
        transaction.on_commit(partial(self.work_out_anew, request, obj, obj.after))


class AccountFollows:
    """The action of tables that lead to an account."""

    actions_detail: ClassVar = ["another_account"]

    @action(
        description="Another account from a day on", permissions=["follow"],
        url_path="another-account",
    )  # fmt: skip
    def another_account(self: Any, request: HttpRequest, object_id: Any) -> HttpResponse:
        answer: HttpResponse = self.following(request, object_id)
        return answer


class TaxCodeFollows:
    """The same where they lead to a tax code."""

    actions_detail: ClassVar = ["another_tax_code"]

    @action(
        description="Another tax code from a day on", permissions=["follow"],
        url_path="another-tax-code",
    )  # fmt: skip
    def another_tax_code(self: Any, request: HttpRequest, object_id: Any) -> HttpResponse:
        answer: HttpResponse = self.following(request, object_id)
        return answer
