"""Of rules for the same, no two count on one day: the database holds it, whoever writes."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from connections.models import Integration
from mappings import validity
from mappings.models import AccountRule, CostCodeMapping, TaxLink

NEW_YEAR = dt.date(2027, 1, 1)
OLD_YEAR = dt.date(2026, 12, 31)


def rule(integration: Integration, **fields: Any) -> CostCodeMapping:
    values = {"cost_code": "03-300", "account": "50100", **fields}
    return CostCodeMapping(integration=integration, **values)


def refused(*rows: Any) -> bool:
    """Whether the database takes the last of these."""
    for row in rows[:-1]:
        row.save()
    try:
        with transaction.atomic():
            rows[-1].save()
    except IntegrityError:
        return True
    return False


@pytest.mark.django_db
def test_two_rules_for_the_same_may_follow_each_other_and_not_overlap(
    integration: Integration,
) -> None:
    old = rule(integration, valid_until=OLD_YEAR)
    assert refused(old, rule(integration))
    assert refused(rule(integration, valid_until=NEW_YEAR, valid_from=OLD_YEAR))
    assert not refused(rule(integration, valid_from=NEW_YEAR, account="50200"))
    assert not refused(rule(integration, project="P-100")), "it is for something else"
    old.valid_until = NEW_YEAR
    assert refused(old)


@pytest.mark.django_db
@pytest.mark.parametrize("table", [TaxLink, AccountRule])
def test_the_other_tables_hold_it_too(integration: Integration, table: Any) -> None:
    key = {"project_code": "T"} if table is TaxLink else {"purpose": "rounding"}
    rows = [table(integration=integration, **key, valid_from=day) for day in (None, NEW_YEAR)]
    assert refused(*rows)
    rows[0].valid_until = OLD_YEAR
    assert not refused(*rows)


@pytest.mark.django_db
def test_no_rule_ends_before_it_begins(integration: Integration) -> None:
    assert refused(rule(integration, valid_from=NEW_YEAR, valid_until=OLD_YEAR))


@pytest.mark.django_db
def test_what_changes_together_may_overlap_on_the_way(integration: Integration) -> None:
    old = rule(integration)
    old.save()
    with transaction.atomic(), validity.together(CostCodeMapping):
        rule(integration, valid_from=NEW_YEAR).save()
        old.valid_until = OLD_YEAR
        old.save()
    with (
        pytest.raises(IntegrityError), transaction.atomic(),
        validity.together(CostCodeMapping),
    ):  # fmt: skip
        rule(integration, valid_from=OLD_YEAR).save()


WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        [(found,)] = cursor.fetchall()
    return bool(found)


@pytest.mark.django_db(transaction=True)
def test_of_two_writers_at_the_same_time_one_is_refused(integration: Integration) -> None:
    """The second writes while the first has written and nobody sees that yet."""
    ends: list[str] = []

    def write() -> None:
        try:
            rule(integration, valid_from=NEW_YEAR).save()
            ends.append("taken")
        except IntegrityError:
            ends.append("refused")
        finally:
            connection.close()

    second = threading.Thread(target=write)
    with transaction.atomic():
        rule(integration).save()
        second.start()
        while second.is_alive() and not somebody_waits():
            second.join(0.05)
    second.join()
    assert ends == ["refused"]
    assert CostCodeMapping.objects.count() == 1


@pytest.mark.django_db
def test_a_table_that_was_just_filled_is_looked_at_once_and_not_rule_by_rule(
    integration: Integration, django_assert_num_queries: Any
) -> None:
    """The planner takes an emptied table for small: a join would look at it once for each rule."""
    rules = CostCodeMapping.objects
    rules.bulk_create([rule(integration, cost_code=f"{n:04}") for n in range(2000)])
    rules.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE mappings_costcodemapping")
    with django_assert_num_queries(5) as asked, validity.together(CostCodeMapping):
        rules.bulk_create([rule(integration, cost_code=f"{n:04}") for n in range(2000)])
    check = asked.captured_queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {check}")
        plan = [line for (line,) in cursor.fetchall()]
    looks = [line for line in plan if "on mappings_costcodemapping" in line]
    assert len(looks) == 1, plan
