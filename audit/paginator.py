"""Counting big tables costs more than the page itself, so these pages do not count exactly."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db import connection
from django.db.models import QuerySet
from django.utils.functional import cached_property

from audit.models import Head

CAP = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """The estimated number of rows without a filter, at most CAP with one."""

    roughly = ""  # said before the count where it is not exact

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        capped = rows.order_by()[:CAP].count()
        if capped < CAP:
            return int(capped)
        if rows.query.where:
            self.roughly = "at least"
            return CAP
        return self.of_all(rows)

    def of_all(self, rows: QuerySet) -> int:  # type: ignore[type-arg]
        """Without a filter."""
        self.roughly = "about"
        return max(estimated(rows), CAP)


class LinePaginator(CappedPaginator):
    """Of the journal, whose lines are numbered without a gap: their last number counts them.

    Never fewer than were seen: a list takes what fits on one page for all, and reads it whole.
    """

    def of_all(self, rows: QuerySet) -> int:  # type: ignore[type-arg]
        head = Head.objects.first()
        return head.sequence if head and head.sequence >= CAP else super().of_all(rows)


def estimated(rows: QuerySet) -> int:  # type: ignore[type-arg]
    """What PostgreSQL last counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)",
            [connection.ops.quote_name(rows.model._meta.db_table)],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0
