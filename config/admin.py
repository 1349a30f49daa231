"""The pages of packages that we do not write ourselves: in the theme, and safe."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

for model in (User, Group, Schedule, Success, Failure, OrmQ):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):
    """The roles."""


class QueueAdmin(ModelAdmin):
    """What the queue keeps, for a superuser to look at. Nothing can be run from here.

    Schedules have no page at all: who may write one may run any function.
    """

    actions = None
    actions_list = actions_detail = actions_row = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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


@admin.register(OrmQ)
class WaitingAdmin(QueueAdmin):
    list_display = ("id", "key", "lock")
    fields = readonly_fields = ("id", "key", "lock")
