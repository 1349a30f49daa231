"""A heartbeat per program and host, where there was one per queue; it says only who lives now.

And an index by which clusters pull from the queue, however long it is.
"""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("config", "0001_initial"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        migrations.DeleteModel("Heartbeat"),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "program",
                    models.CharField(help_text="another at each start", max_length=80, unique=True),
                ),
                ("host", models.CharField(max_length=60)),
                (
                    "kind",
                    models.CharField(
                        choices=[("worker", "Worker"), ("web", "Web server")],
                        default="worker",
                        max_length=10,
                    ),
                ),
                ("queue", models.CharField(blank=True, max_length=20)),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="running since"
                    ),
                ),
                ("seen_at", models.DateTimeField(verbose_name="last heartbeat")),
                ("worked_at", models.DateTimeField(null=True, verbose_name="last sign of work")),
                ("stopped_at", models.DateTimeField(null=True)),
                (
                    "sequence",
                    models.PositiveBigIntegerField(default=0, verbose_name="last probe that ran"),
                ),
                (
                    "acknowledged",
                    models.PositiveBigIntegerField(
                        default=0, verbose_name="last probe acknowledged"
                    ),
                ),
            ],
            options={
                "verbose_name": "host",
                "ordering": ["host", "kind", "since"],
                "default_permissions": ("view", "delete"),
            },
        ),
        migrations.RunSQL(
            "CREATE INDEX connector_queue ON django_q_ormq (key, id)",
            "DROP INDEX connector_queue",
        ),
    ]
