"""Django's pages of people, in the product's words: its groups are roles here.

Only what pages read is changed. What migrations compare stays as Django has it.
"""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.models import Group, User

ON_USER = dict(  # noqa: C408 - fields of the person, not names that some system has
    username="What the person signs in with: letters, digits and @ . + - _, 150 at most.",
    is_active="Who left is deactivated, not deleted: the history keeps the name.",
    is_staff="Without it nobody signs in here.",
    is_superuser="Everything, in all companies.",
    user_permissions="Beyond those of the roles. The access review names them.",
)


def connect() -> None:
    """Called once when the application starts. Safe to call twice."""
    apps.get_app_config("auth").verbose_name = "People"
    Group._meta.verbose_name, Group._meta.verbose_name_plural = "role", "roles"
    User._meta.get_field("groups").verbose_name = "roles"
