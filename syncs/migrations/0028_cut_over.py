import django.db.models.deletion
from django.db import migrations, models

# What a flow in shadow mode holds and nothing of which stands on the other side.
MARK = """
    UPDATE syncs_record r SET in_shadow = true FROM syncs_flowsettings f
    WHERE f.integration_id = r.integration_id AND f.flow = r.flow AND f.shadow
        AND r.state = 'held' AND r.posted_digest = '' AND r.destination_id = ''
        AND r.in_doubt_since IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("syncs", "0027_work_list")]

    operations = [
        migrations.CreateModel(
            name="Trial",
            fields=[],
            options={"proxy": True, "default_permissions": (), "indexes": [], "constraints": []},
            bases=("syncs.record",),
        ),
        migrations.AddField(
            model_name="flowsettings",
            name="live_projects",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="in shadow mode: project numbers of which it writes all the same",
                verbose_name="written for these projects",
            ),
        ),
        migrations.AddField(
            model_name="record",
            name="in_shadow",
            field=models.BooleanField(
                default=False, help_text="held while its flow ran in shadow mode: no person's work"
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("in_shadow", False), ("state", "held")),
                fields=["reason", "-id"],
                name="record_for_people",
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(
                condition=models.Q(("in_shadow", True), ("state", "held")),
                fields=["integration", "flow", "-id"],
                name="record_in_shadow",
            ),
        ),
        migrations.CreateModel(
            name="Likeness",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("remote_id", models.CharField(max_length=100)),
                ("number", models.CharField(help_text="as the ledger calls it", max_length=255)),
                ("external_number", models.CharField(blank=True, max_length=255)),
                ("vendor", models.CharField(max_length=60)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=18)),
                ("date", models.DateField(null=True)),
                ("url", models.URLField(blank=True, max_length=500)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[("same", "It is the same"), ("other", "It is another one")],
                        max_length=10,
                    ),
                ),
                ("answered_by", models.CharField(blank=True, max_length=150)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="likenesses",
                        to="syncs.record",
                    ),
                ),
            ],
            options={"default_permissions": ()},
        ),
        migrations.AddConstraint(
            model_name="likeness",
            constraint=models.UniqueConstraint(
                fields=("record", "remote_id"), name="one_likeness_each"
            ),
        ),
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
