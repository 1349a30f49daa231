"""What a gate holds gets a place of its own; what records keep says its shape from now on.

Approvals that still count are for exactly an entry, so they are told again of the same entry with
its shape.
"""

import hashlib
import json

from django.db import migrations, models

SHAPES = (
    ("ledger_document", "coded ? 'posting_date'"),
    ("project_document", "coded ? 'project' AND coded ? 'lines'"),
    ("item", "coded ? 'facts'"),
    ("decision", "coded ?| array['label', 'dimensions', 'outcome', 'refused']"),
)
TAGGED = """
    UPDATE syncs_record SET coded = coded || jsonb_build_object('shape', %s::text)
    WHERE {} AND NOT coded ? 'shape'
"""
CARDS = """
    UPDATE syncs_record SET coded = jsonb_build_object(
        'shape', 'vendor', 'name', coded -> 'vendor', 'street', coded -> 'address',
        'city', coded -> 'city'
    ) WHERE coded ? 'vendor' AND coded ? 'address' AND NOT coded ? 'shape'
"""


def entry_digest(coded):
    return hashlib.sha256(json.dumps(coded, sort_keys=True).encode()).hexdigest()


def say_shapes(apps, schema_editor):
    Record = apps.get_model("syncs", "Record")
    approved = Record.objects.exclude(approved_digest="").exclude(state="posted")
    valid = [
        row.pk
        for row in approved.only("pk", "coded", "approved_digest").iterator()
        if row.approved_digest == entry_digest(row.coded)
    ]
    with schema_editor.connection.cursor() as cursor:
        for shape, condition in SHAPES:
            cursor.execute(TAGGED.format(condition), [shape])
        cursor.execute(CARDS)
    for row in Record.objects.filter(pk__in=valid):
        Record.objects.filter(pk=row.pk).update(approved_digest=entry_digest(row.coded))


class Migration(migrations.Migration):
    dependencies = [
        ("syncs", "0007_voided_in_the_ledger"),
    ]

    operations = [
        migrations.AddField(
            model_name="record",
            name="proposed",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="what a gate holds: written once a person agrees",
            ),
        ),
        migrations.RunPython(say_shapes, migrations.RunPython.noop),
    ]
