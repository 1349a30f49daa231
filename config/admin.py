"""The pages of packages that we do not write ourselves: in the theme, and safe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin, StackedInline
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelect2MultipleWidget,
)

from audit import journal
from audit.models import Entry
from config.access import page as access
from config.access.review import duties_of, idle
from config.access.wording import ON_USER
from config.models import Heartbeat
from connections.companies.access import Access, words
from connections.companies.duty import Duty
from connections.pages.badges import Badge
from connections.pages.deletion import PlainDeletion
from connections.pages.moments import when_exactly
from connections.pages.read_only import ReadOnly
from syncs import formatting

for model in (User, Group, Schedule, Success, Failure, OrmQ):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class Given(StackedInline):
    """What somebody else gives a person: nobody gives himself any."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("auth.view_user")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        himself = obj is not None and obj.pk == request.user.pk
        return request.user.has_perm("auth.change_user") and access.sees_all() and not himself

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        ticked = db_field.name == "groups"
        kwargs["widget"] = (UnfoldAdminCheckboxSelectMultipleWidget() if ticked
                            else UnfoldAdminSelect2MultipleWidget())  # fmt: skip
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class CompaniesInline(Given):
    """Which companies he sees."""

    model = Access
    can_delete = False
    hide_title = True


class DutyInline(Given):
    """Which roles he has in some of them only."""

    model = Duty
    extra = 0

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class NewUserForm(UserCreationForm):
    """Everybody signs in with a password: there is no other way to choose."""

    usable_password = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = str(self.fields["password1"].help_text)
        self.fields["password1"].help_text = mark_safe(told.replace("Your", "The"))  # noqa: S308
        self.fields["password2"].help_text = "The same again."


@admin.register(User)
class UserAdmin(PlainDeletion, BaseUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = NewUserForm
    add_form_template = "config/add_user.html"
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "roles", "sees", "account", "signed_in")
    filter_horizontal = ("user_permissions",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        rows: QuerySet[User] = super().get_queryset(request).select_related("companies")
        return rows.prefetch_related(
            "groups", "companies__integrations", "duties__groups", "duties__integrations"
        )

    @display(description="Name", empty_value="–")
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @display(description="Roles")
    def roles(self, user: User) -> str:
        given = [", ".join(sorted(group.name for group in user.groups.all())), *duties_of(user)]
        return "; ".join(filter(None, given)) or ("Superuser" if user.is_superuser else "none")

    @display(description="Companies")
    def sees(self, user: User) -> str:
        return "all" if user.is_superuser else words(getattr(user, "companies", None))

    @display(description="Account")
    def account(self, user: User) -> str:
        return "Active" if user.is_active else "Deactivated"

    @display(description="Last sign-in", ordering="last_login")
    def signed_in(self, user: User) -> str:
        return formatting.when(user.last_login) if user.last_login else "never"

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Roles to tick; the many rights have a filter of their own."""
        if db_field.name == "groups":
            kwargs |= {"widget": UnfoldAdminCheckboxSelectMultipleWidget(),
                       "help_text": "What a role may do is told in the access review."}  # fmt: skip
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().get_form(request, *args, **kwargs, help_texts=ON_USER)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Once there is a person: until somebody chooses, he sees no company."""
        return [CompaniesInline, DutyInline] if obj else []

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever is made here signs in here; without role and company there is nothing to see."""
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        user = form.instance
        was = told_of(user)
        super().save_related(request, form, formsets, change)
        becomes = told_of(user)
        if change and not user.is_superuser:
            for sentence in worth_nothing(user, becomes):
                messages.warning(request, sentence)
        for verb, what in GIVEN.items():
            if was[verb] != becomes[verb]:
                journal.append(
                    Entry.Kind.PERSON,
                    f"{what} of {user.get_username()}: {was[verb]} → {becomes[verb]}",
                    actor=request.user.get_username(),
                    data={"verb": verb, "whom": user.get_username()},
                )  # fmt: skip


GIVEN = {"companies": "Companies", "duties": "Roles in some companies"}


def told_of(user: User) -> dict[str, str]:
    """What was given to him, in words, by the verb of its line in the journal."""
    row = Access.objects.filter(user=user.pk).first()
    duties = duties_of(User.objects.get(pk=user.pk))
    return {"companies": words(row), "duties": "; ".join(duties) or "none"}


def worth_nothing(user: User, told: dict[str, str]) -> Iterator[str]:
    """What was given and has no effect."""
    if told["companies"] == "none":
        yield format_html(
            '{} sees no company yet: <a href="{}">choose which ones, or all</a>.',
            user.get_username(), reverse("admin:auth_user_change", args=[user.pk]),
        )  # fmt: skip
    for one in idle(User.objects.get(pk=user.pk)):
        yield f"{user.get_username()} sees no company of “{one}”: it counts nowhere until he does."


@admin.register(Group)
class GroupAdmin(PlainDeletion, BaseGroupAdmin, ModelAdmin):
    """The roles, and the review of who has them."""

    empty_title = "No role yet"
    empty_next = "The command `manage.py create_roles` makes one for each kind of work."

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """With the names of those who lose it."""
        shown, *rest = super().get_deleted_objects(objs, request)
        having = User.objects.filter(Q(groups__in=objs) | Q(duties__groups__in=objs)).distinct()
        names = list(having.order_by("username").values_list("username", flat=True))
        told = [f"Who has it, and loses it: {', '.join(names)}"] if names else []
        return [*shown, *told], *rest

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("access/", wrap(access.page), name="auth_group_access"),
            path("access/<slug:table>/", wrap(access.export), name="auth_group_access_export"),
            *super().get_urls(),
        ]


class QueueAdmin(ReadOnly, ModelAdmin):
    """What the queue keeps, for a superuser to look at. Nothing can be run from here.

    Schedules have no page at all: who may write one may run any function.
    """

    actions = None
    actions_list = actions_detail = actions_row = ()

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


@admin.register(Success)
class SuccessAdmin(QueueAdmin):
    list_display = ("name", "func", "started", "stopped")
    fields = readonly_fields = ("name", "func", "started", "stopped", "attempt_count")


@admin.register(Failure)
class FailureAdmin(QueueAdmin):
    list_display = ("name", "func", "started", "stopped")
    fields = readonly_fields = ("name", "func", "started", "stopped", "attempt_count")


OF_WAITING = {
    "key": "The workers of this queue take it.", "lock": "No worker takes it before then.",
}  # fmt: skip


@admin.register(OrmQ)
class WaitingAdmin(QueueAdmin):
    list_display = ("id", "key", "lock")
    fields = readonly_fields = ("id", "key", "lock")

    def get_form(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().get_form(request, *args, **kwargs, help_texts=OF_WAITING)


BADGES = {
    Heartbeat.State.WORKS: "success", Heartbeat.State.SILENT: "danger",
    Heartbeat.State.GONE: "danger", Heartbeat.State.STOPPED: "info",
}  # fmt: skip


@admin.register(Heartbeat)
class HostAdmin(ModelAdmin):
    """Where what runs. A host that is gone for good is taken off the list by deleting its row."""

    empty_title = "No program has reported yet"
    empty_next = (
        "Each worker and each web server reports here once it runs, and is missed when it "
        "falls silent."
    )
    list_display = ("host", "kind", "shown_state", "seen", "runs_since")
    fields = readonly_fields = (
        "host", "kind", "queue", "seen", "worked", "runs_since", "stopped",
    )  # fmt: skip
    actions = None

    @display(description="Last heartbeat", ordering="seen_at")
    def seen(self, row: Heartbeat) -> str:
        return when_exactly(row.seen_at)

    @display(description="Last sign of work")
    def worked(self, row: Heartbeat) -> str:
        return when_exactly(row.worked_at)

    @display(description="Running since", ordering="since")
    def runs_since(self, row: Heartbeat) -> str:
        return when_exactly(row.since)

    @display(description="Stopped")
    def stopped(self, row: Heartbeat) -> str:
        return when_exactly(row.stopped_at)

    @display(description="State", label=BADGES)
    def shown_state(self, row: Heartbeat) -> Badge:
        state = row.state(timezone.now())
        return Badge(state, state.label)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Heartbeat | None = None) -> bool:
        """Who lives would only come back, and its tasks would be run twice meanwhile."""
        ended = obj is None or not obj.lives(timezone.now())
        return ended and super().has_delete_permission(request, obj)
