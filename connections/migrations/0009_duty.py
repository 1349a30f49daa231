import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("connections", "0008_help_as_sentences"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Duty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "groups",
                    models.ManyToManyField(related_name="+", to="auth.group", verbose_name="roles"),
                ),
                (
                    "integrations",
                    models.ManyToManyField(
                        help_text="He has to be given them above, too.",
                        related_name="+",
                        to="connections.integration",
                        verbose_name="only in these",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="duties",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "roles in some companies",
                "verbose_name_plural": "roles in some companies",
                "ordering": ["pk"],
                "default_permissions": (),
            },
        ),
    ]
