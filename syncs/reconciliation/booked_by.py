"""Which documents were worked out by which rows of the mapping tables, as each record keeps it.

Asked of an index. What is posted stays as it is when a row changes: it is compared with what was
written, and worked out anew only when its source changes (`syncs.pipelines.family`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_date

from connections.amounts import MoneyBag
from connections.errors import Reason
from connections.models import Integration
from mappings.lookup import Lookup
from mappings.models import CostCodeMapping
from mappings.releases import Booked, Covers, Matcher, Releasable, Untold, Wanted, row_name
from mappings.validity import Dated
from syncs.models import Record, State
from syncs.registry import flows_of, kind_of

AT_ONCE = 500  # rows that one question names
SINCE = "0031_coded_by"  # from then on a record keeps its rows
COUNTED = 10_000  # documents; of more it is only said that there are more
AFTER_CODING = (  # what holds a document whose entry is known
    Reason.NEEDS_APPROVAL, Reason.OVER_LIMIT, Reason.SENT_BACK, Reason.SHADOW,
    Reason.ALREADY_THERE, Reason.REFUSED, Reason.DIFFERS, Reason.DUPLICATE_NUMBER,
    Reason.POSSIBLE_DUPLICATE, Reason.GAVE_UP,
)  # fmt: skip
OPEN = Q(posted_digest="") & (
    Q(state=State.PENDING) | Q(state=State.HELD, reason__in=AFTER_CODING)
)  # fmt: skip
COUNTS = ("flow", "currency", "amount")  # by which amounts are added up, or not
Counted = tuple[str, str, Decimal | None]
RULE = row_name(CostCodeMapping, 0)[:-1]


def using(integration: Integration, rows: Sequence[str]) -> Iterator[QuerySet[Record]]:
    """Documents by any of these rows, in portions; one may be in several."""
    for start in range(0, len(rows), AT_ONCE):
        named = list(rows[start : start + AT_ONCE])
        yield Record.objects.filter(integration=integration, rules__overlap=named).order_by()


def booked(integration: Integration, rows: Sequence[str], line: Mapping[str, str]) -> Booked:
    found: dict[int, Counted] = {}
    for some in using(integration, rows):
        posted = some.exclude(posted_digest="").values_list("pk", *COUNTS)
        found |= {pk: one for pk, *one in posted[: COUNTED + 1]}
        if len(found) > COUNTED:
            return Booked(COUNTED, more=True)
    if any(line.values()):
        alike = Record.objects.filter(having(line), pk__in=found).order_by()
        found = {pk: found[pk] for pk in alike.values_list("pk", flat=True)}
    return Booked(len(found), bag_of(integration, found.values()))


def untold(integration: Integration) -> Untold:
    """Those of flows into the ledger that were posted before a record kept its rows."""
    kept = MigrationRecorder.Migration.objects.filter(app="syncs", name=SINCE)
    began = kept.values_list("applied", flat=True).first()
    flows = [name for name, flow in flows_of(integration).items()
             if flow.documents and flow.source != "ledger"]  # fmt: skip
    if began is None:
        return Untold()
    rows = Record.objects.filter(
        integration=integration, flow__in=flows, state=State.POSTED, posted_at__lt=began, rules=[]
    ).order_by()
    found = len(rows.values_list("pk")[: COUNTED + 1])
    return Untold(min(found, COUNTED), found > COUNTED, began)


def having(line: Mapping[str, str]) -> Q:
    """Documents with a line that a rule for this would cover, on its days."""
    told = {name: line[name] for name in ("cost_code", "cost_type") if line.get(name)}
    project = Q(project=line["project"]) if line.get("project") else Q()
    for name, asked in (("valid_from", "gte"), ("valid_until", "lte")):
        if (day := parse_date(line.get(name) or "")) is not None:
            project &= Q(**{f"document_date__{asked}": day})
    return project & (Q(source__contains={"lines": [told]}) if told else Q())


def posted_by(row: str, line: Mapping[str, str]) -> Q:
    """What `booked` counts, for a list of them."""
    return Q(rules__contains=[row]) & ~Q(posted_digest="") & having(line)


def lost(
    integration: Integration, rows: Sequence[str], wanted: Sequence[Wanted],
    stay: Sequence[Model], covers: Sequence[Covers],
) -> Releasable:  # fmt: skip
    """Also those that such a row released and that no worker has looked at since (`wanted`)."""
    gone, found = set(rows), released(integration, wanted)
    links = {row_name(type(row), row.pk): row for row in stay}
    rest = Lookup(integration).without(gone, covers)
    for some in using(integration, rows):
        facts = some.filter(OPEN).only("rules", "project", "source", "document_date", *COUNTS)
        for record in facts.iterator(chunk_size=500):
            if lacks(record, gone, links, rest):
                found[record.pk] = counted(record)
    return Releasable(len(found), bag_of(integration, found.values()))


def released(integration: Integration, wanted: Sequence[Wanted]) -> dict[int, Counted]:
    """They wait for a worker, and their problems are those of before."""
    matcher, found = Matcher(wanted), {}
    rows = Record.objects.filter(integration=integration, state=State.PENDING, posted_digest="")
    for record in rows.exclude(problems=[]).only("problems", *COUNTS) if wanted else ():
        if any(matcher.matches(problem) for problem in record.problems):
            found[record.pk] = counted(record)
    return found


def lacks(record: Record, gone: set[str], stay: dict[str, Model], rest: Lookup) -> bool:
    """A link has none in its place, but on its days; a rule may have a wider one."""
    missing = gone.intersection(record.rules)
    links = [name for name in missing if not name.startswith(RULE)]
    if any(name not in stay or not counts(stay[name], record.document_date) for name in links):
        return True
    return any(
        line.get("cost_code")
        and rest.rule_for(
            line["cost_code"], line.get("cost_type", ""), record.project, record.document_date
        )
        is None
        for line in record.source.get("lines") or ()
    )


def bag_of(integration: Integration, rows: Iterable[Counted]) -> MoneyBag:
    """Of records of this integration: side by side what must not be added up."""
    return MoneyBag.sum(
        MoneyBag.of(amount, currency, kind_of(integration.key, flow))
        for flow, currency, amount in rows
    )


def counted(record: Record) -> Counted:
    return record.flow, record.currency, record.amount


def counts(row: Model, day: dt.date | None) -> bool:
    return not isinstance(row, Dated) or row.counts_on(day)


def again(integration: Integration, rows: Sequence[str], actor: str, why: str) -> Releasable:
    """What is pending is worked out anew in any case."""
    found: dict[int, Counted] = {}
    for some in using(integration, rows):
        held = some.filter(OPEN, state=State.HELD).only("integration", *COUNTS)
        for record in held.iterator(chunk_size=500):
            record.integration = integration
            if record.pk not in found and record.replay(actor, why):
                found[record.pk] = counted(record)
    return Releasable(len(found), bag_of(integration, found.values()))
