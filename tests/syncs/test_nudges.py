"""Whoever asks for records waits for nobody who has one of them in hand."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from syncs import tasks
from syncs.models import Record
from tests.syncs_admin import story


@pytest.mark.django_db(transaction=True)
def test_a_sweep_waits_for_no_row_that_another_holds() -> None:
    """Two that lock several rows in different orders would wait for each other for ever."""
    integration = story.company()
    held, free = (story.record(integration, source_id=f"{n}").pk for n in (1, 2))
    facts = connection.get_connection_params()
    known = {name: facts[name] for name in ("dbname", "user", "password", "host", "port")
             if facts.get(name)}  # fmt: skip
    with psycopg.connect(**known) as other:
        other.execute("SELECT id FROM syncs_record WHERE id = %s FOR UPDATE", [held])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        tasks.sweep()
    asked = dict(Record.objects.values_list("pk", "nudged_at"))
    assert asked[free] is not None
    assert asked[held] is None
    tasks.sweep()
    assert Record.objects.filter(nudged_at=None).count() == 0, "the next sweep asks for it"
