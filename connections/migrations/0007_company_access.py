from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

USER = settings.AUTH_USER_MODEL


def as_until_now(apps: Any, schema_editor: Any) -> None:
    """Everybody who is here already goes on seeing all companies; said of each of them."""
    access, people = apps.get_model("connections", "Access"), apps.get_model(USER)
    access.objects.bulk_create(
        access(user_id=pk, all_companies=True) for pk in people.objects.values_list("pk", flat=True)
    )


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0006_unreachable_since"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Access",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "all_companies",
                    models.BooleanField(
                        default=False,
                        help_text="also those that are added later",
                        verbose_name="all companies",
                    ),
                ),
                (
                    "integrations",
                    models.ManyToManyField(
                        blank=True,
                        related_name="+",
                        to="connections.integration",
                        verbose_name="only these",
                    ),
                ),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="companies",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "companies",
                "verbose_name_plural": "companies",
                "default_permissions": (),
            },
        ),
        migrations.RunPython(as_until_now, migrations.RunPython.noop),
    ]
