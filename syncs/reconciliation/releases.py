"""Which held records wait for a mapping. Registered with `mappings.releases` at start."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db import connection as database
from django.db.models import Model, Q, QuerySet

from connections.errors import Reason
from connections.models import Integration
from mappings.releases import REASONS, Matcher, Releasable, Unmapped, Wanted
from syncs.forecast.context import Assumed
from syncs.forecast.foresee import foresee, spread
from syncs.forecast.trial import WRITTEN
from syncs.models import Record, State
from syncs.reconciliation.booked_by import again, bag_of, booked, lost, untold

__all__ = ["again", "booked", "impact", "lost", "release", "unmapped", "untold"]  # as a Releaser

Facts = dict[str, str]  # of a problem
WORKED_OUT = 300  # documents, while a person types
ASKED_ONE_BY_ONE = 20  # more wanted problems than this are sorted out here, not by the database

LISTED = ("vendor_id", "project_id", "tax_code")  # by the inbox, besides cost codes
CODE = ("cost_code", "cost_type", "project", "rule")  # what makes a row of it out of a cost code

# A problem is about the first of the subjects that it names and that have its reason, as with
# `subject_of`. A cost code counts its lines; all else counts the document, once. Compared byte by
# byte: nothing is sorted for people here.
SUBJECT = " ".join(
    f"WHEN facts->>'reason' = '{reason}' AND facts ? '{subject}' THEN '{subject}'"
    for subject, reason in REASONS.items()
)
KEY = ", ".join(f"""coalesce(facts->>'{name}', '') COLLATE "C" AS {name}""" for name in CODE)
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)$"
SUMS = "jsonb_agg(jsonb_build_array(flow, currency, amount::text))"
MISSED = f"""
    WITH told AS MATERIALIZED (
        SELECT record.id, record.flow, record.currency, record.amount, facts,
            CASE {SUBJECT} END AS subject
        FROM syncs_record AS record, jsonb_array_elements(record.problems) AS facts
        WHERE record.integration_id = %s AND record.state = %s
    ), line AS (
        SELECT id, flow, currency, {KEY}, facts->>'day' AS day,
            CASE WHEN facts->>'amount' ~ '{NUMBER}' THEN (facts->>'amount')::numeric END AS amount
        FROM told WHERE subject = 'cost_code'
    ), document AS (
        SELECT subject, flow, currency, facts->>subject AS key, amount, min(facts::text) AS facts
        FROM told WHERE subject = ANY (%s) GROUP BY id, flow, currency, subject, key, amount
    ), code_sum AS (
        SELECT {", ".join(CODE)}, flow, currency, count(DISTINCT id) AS documents,
            coalesce(sum(amount), 0) AS amount, min(day) AS first, max(day) AS last
        FROM line GROUP BY {", ".join(CODE)}, flow, currency
    ), document_sum AS (
        SELECT subject, key, flow, currency, count(*) AS documents,
            coalesce(sum(amount), 0) AS amount, min(facts) AS facts
        FROM document GROUP BY subject, key, flow, currency
    )
    SELECT 'cost_code', jsonb_build_object(
            {", ".join(f"'{name}', {name}" for name in CODE)},
            'first', min(first), 'last', max(last)
        ),
        sum(documents), {SUMS}
    FROM code_sum GROUP BY {", ".join(CODE)}
    UNION ALL
    SELECT subject, min(facts)::jsonb, sum(documents), {SUMS}
    FROM document_sum GROUP BY subject, key
"""  # noqa: S608 - our own words


def impact(
    integration: Integration, wanted: Sequence[Wanted], rows: Sequence[Model] = ()
) -> Releasable:
    found = [record for record, _ in waiting(integration, wanted)]
    return _counted(found, rows)


def release(integration: Integration, wanted: Sequence[Wanted], actor: str, why: str) -> Releasable:
    """Replay them all; a record that lacks more than this will say so again. What was sent back is
    replayed, too, and not counted: it waits for an approval then, if its mapping is another."""
    found = [record for record, _ in waiting(integration, wanted)]
    told = _counted(found)
    for record in [*found, *sent_back(integration, wanted)]:
        record.replay(actor, why)
    return told


def waiting(integration: Integration, wanted: Sequence[Wanted]) -> Iterator[tuple[Record, bool]]:
    """Held records that name a wanted problem; True: nothing else holds them."""
    matcher = Matcher(wanted)
    for record in held(integration).filter(_naming(wanted)).iterator(chunk_size=1000):
        hits = [matcher.matches(problem) for problem in record.problems]
        if any(hits):
            record.integration = integration
            yield record, all(hits)


def sent_back(integration: Integration, wanted: Sequence[Wanted]) -> Iterator[Record]:
    """Those of which such a row says something, as if it were what they lacked."""
    matcher = Matcher(wanted)
    rows = held(integration).filter(reason=Reason.SENT_BACK)
    for record in rows.only("integration_id", "flow", "source", "document_date", "project"):
        record.integration = integration
        if any(matcher.matches(facts) for facts in as_if_lacking(record)):
            yield record


def as_if_lacking(record: Record) -> Iterator[Facts]:
    """A problem for each thing of its source that a row of the mapping tables may tell."""
    day = {"day": str(record.document_date)} if record.document_date else {}
    for facts in told_of(record):
        subject = next(iter(facts))
        if facts[subject]:
            yield {**day, **facts, "reason": str(REASONS[subject])}


def told_of(record: Record) -> Iterator[Facts]:
    """The subject first. A document of a ledger names accounts and values, not codes."""
    project, vendor = (record.source.get(name) or {} for name in ("project", "vendor"))
    if isinstance(vendor, str):
        yield {"ledger_vendor": vendor}
    else:
        yield {"vendor_id": vendor.get("id", "")}
    yield {"project_id": project.get("id", "")}
    for line in record.source.get("lines") or ():
        yield from ({"project_value": value} for _, value in line.get("dimensions") or ())
        yield {"ledger_account": line.get("account", "")}
        yield {"tax_code": line.get("tax_code", "")}
        code, kind = line.get("cost_code", ""), line.get("cost_type", "")
        yield {"cost_code": code, "cost_type": kind, "project": record.project}


def unmapped(integration: Integration) -> list[Unmapped]:
    """One row per cost code combination, vendor, project and tax code that is missed.

    Worked out by the database; a row's other facts are those of one of its documents.
    """
    with database.cursor() as cursor:
        cursor.execute(MISSED, [integration.pk, State.HELD.value, list(LISTED)])
        found = [
            Unmapped(
                integration,
                subject,
                json.loads(facts),
                int(documents),
                bag_of(
                    integration,
                    (
                        (flow, currency, Decimal(amount))
                        for flow, currency, amount in json.loads(sums)
                    ),
                ),
            )
            for subject, facts, documents, sums in cursor.fetchall()
        ]
    return sorted(found, key=lambda row: (-row.money.size, -row.documents))


def held(integration: Integration) -> QuerySet[Record]:
    return Record.objects.filter(integration=integration, state=State.HELD).only(
        "id", "integration_id", "flow", "currency", "amount", "problems", "in_shadow"
    )


def _naming(wanted: Sequence[Wanted]) -> Q:
    """As narrow a question as the database can be asked."""
    if len(wanted) > ASKED_ONE_BY_ONE:
        return _with_reasons({each.reason for each in wanted})
    query = Q(pk__in=[])
    for each in wanted:
        query |= Q(problems__contains=[{"reason": each.reason, **dict(each.facts)}])
    return query


def _with_reasons(reasons: set[str]) -> Q:
    query = Q(pk__in=[])
    for reason in sorted(reasons):
        query |= Q(problems__contains=[{"reason": reason}])
    return query


def _counted(found: Sequence[Record], rows: Sequence[Model] = ()) -> Releasable:
    """By the forecast by which a replay is told. What is in shadow mode is told apart. Of very many
    a part is worked out, and stands for all."""
    apart = {record.pk for record in found if record.in_shadow}
    total, ids = Releasable(), sorted(record.pk for record in found)
    tried = spread(ids, WORKED_OUT)
    for one in foresee(tried, Assumed(live=True, rows=tuple(rows))):
        money = bag_of(found[0].integration, [(one.flow, one.currency, one.amount)])
        if one.end != WRITTEN:
            total += Releasable(partly=1)
        elif one.record in apart:
            total += Releasable(shadow=1, shadow_money=money)
        else:
            total += Releasable(1, money)
    return total if len(tried) == len(ids) else total.times(len(ids), len(tried))
