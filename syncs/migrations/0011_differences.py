"""A difference says whose part it is; a document keeps what its entries in the ledger say."""

from django.db import migrations, models

KEEP = """
    UPDATE syncs_record SET standing_source = source
    WHERE posted_digest <> '' AND posted_digest = digest
"""


class Migration(migrations.Migration):
    dependencies = [
        ("syncs", "0010_cost_code_rules"),
    ]

    operations = [
        migrations.AddField(
            model_name="record",
            name="share",
            field=models.CharField(
                blank=True,
                help_text="of a difference: the ledger's vendor whose part it is",
                max_length=60,
            ),
        ),
        migrations.AddField(
            model_name="record",
            name="standing_source",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="the source document whose entries stand in the ledger",
            ),
        ),
        migrations.RunSQL(KEEP, migrations.RunSQL.noop),
    ]
