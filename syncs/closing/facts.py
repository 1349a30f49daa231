"""The account of a month: what came, where it is, both sides' sums, and what is not clear yet.

All that is told is counted by the database. The same facts make the page, the printed record and
what is signed: only texts, numbers as texts, lists and objects, so that a hash can be redone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Sum,
)
from django.utils import timezone

from audit import journal
from audit.models import Entry, Verified
from connections.documents import ZERO
from connections.models import CompanyFound, Connection, Integration
from connections.transport.days import site_zone, today
from mappings.pages import words
from syncs.balance.by_hand import BACK
from syncs.balance.rows import BalanceReading, Book, Cause, CellPart, CellSum, Share
from syncs.closing import documents
from syncs.closing.rows import OPEN, OURS, Bucket, Period
from syncs.formatting import count, when
from syncs.models import FlowSettings, Run
from syncs.sums import CORRECTS

Facts = dict[str, Any]
POLLED = ("poll", "reconcile")  # runs that list the source


def of(period: Period) -> Facts:
    """As it is now."""
    integration, month = period.integration, period.month
    reading = BalanceReading.objects.filter(integration=integration).first()
    rows = grouped(integration, month)
    found: Facts = {
        "integration": str(integration), "month": month, "period": period.name,
        "project_system": side(integration.project_system), "ledger": side(integration.ledger),
        "currency": words.currency_of(integration.ledger),
        "account": account(integration, rows), "undated": undated(integration),
        "sides": sides(integration, month),
        "as_of": reading.as_of.isoformat() if reading and reading.as_of else "",
        "untold": [*(reading.untold if reading else []), *flows_off(integration)],
        "journal": journal_state(),
    }  # fmt: skip
    last = max((row["last"] for row in rows), default=None)
    found["refresh"] = list(old(month, reading, last))
    found["missing"] = [
        *not_over(month), *found["refresh"], *unread(integration, month, reading),
        *open_ends(found), *broken(found["journal"]),
    ]  # fmt: skip
    told: Facts = journal.plain(found)
    return told


def side(connection: Connection) -> dict[str, str]:
    """A system, and which company there, as it was found or as the connection says."""
    found = CompanyFound.objects.filter(connection=connection).first()
    company = found.name if found else str(connection.settings.get("company") or "")
    return {"name": connection.name, "company": company}


# -- our documents --------------------------------------------------------------------------------


def grouped(integration: Integration, month: dt.date) -> list[dict[str, Any]]:
    """One question for all of it: a row for each flow, currency and bucket, whatever bucket."""
    rows: Any = documents.of(integration, month).annotate(corrects=CORRECTS)
    return list(
        rows.values("flow", "currency", "corrects", "bucket").annotate(
            documents=Count("pk"), total=Sum("amount"), last=Max("changed_at"),
            unread=Count("pk", filter=Q(amount=None)),
        )
    )  # fmt: skip


def account(integration: Integration, rows: list[dict[str, Any]]) -> list[Facts]:
    """A line for each flow and currency; corrections have lines of their own, since their amounts
    are part of the documents that they correct. A source may name the company's own currency or
    leave it out: it is one, and has no name here."""
    flows, own = documents.flows(integration), words.currency_of(integration.ledger)
    together: dict[tuple[str, str, bool], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        currency = "" if row["currency"] == own else row["currency"]
        together[row["flow"], currency, row["corrects"]].append(row)
    found = [line(flows[key[0]], *key, some) for key, some in together.items()]
    order = list(flows)
    return sorted(found, key=lambda one: (
        list(Book).index(Book(one["book"])), one["correction"], order.index(one["flow"]),
        one["currency"],
    ))  # fmt: skip


def line(flow: Any, name: str, currency: str, corrects: bool, rows: list[dict[str, Any]]) -> Facts:
    """All that came, and each bucket that is known by itself."""
    came = counted(rows)
    buckets = {one.value: counted([row for row in rows if row["bucket"] == one]) for one in OURS}
    return {
        "flow": name, "label": flow.label, "book": documents.book(flow).value,
        "correction": corrects, "currency": currency, "came": came, "buckets": buckets,
        "unread": sum(row["unread"] for row in rows), "adds_up": adds_up(came, buckets),
    }  # fmt: skip


def counted(rows: list[dict[str, Any]]) -> Facts:
    amount = sum((row["total"] or ZERO for row in rows), ZERO)
    return {"documents": sum(row["documents"] for row in rows), "amount": f"{amount:.2f}"}


def adds_up(came: Facts, buckets: dict[str, Facts]) -> bool:
    """In documents and to the cent."""
    went = sum(Decimal(one["amount"]) for one in buckets.values())
    number = sum(one["documents"] for one in buckets.values())
    return bool(number == came["documents"] and went == Decimal(came["amount"]))


def undated(integration: Integration) -> Facts:
    """What may belong to any month; `open`: nobody has ended it."""
    rows = documents.undated(integration)
    found: dict[str, int] = rows.aggregate(
        documents=Count("pk"), open=Count("pk", filter=Q(bucket__in=[*OPEN, ""]))
    )
    typed = CellPart.objects.filter(integration=integration, period=None, record=None)
    return {**found, "typed": typed.values("typed").distinct().count()}


def total(facts: Facts, *buckets: str) -> int:
    """Documents and corrections in these."""
    return sum(one["buckets"][name]["documents"] for one in facts["account"] for name in buckets)


# -- both sides -----------------------------------------------------------------------------------


def sides(integration: Integration, month: dt.date) -> list[Facts]:
    """By book, share of commitments, and currency, with what each cause explains of the difference:
    what is committed is not netted against what is billed."""
    kept: Any = CellSum.objects.filter(integration=integration, period=month).order_by()
    summed = kept.values("book", "share", "currency").annotate(
        projects=Sum("in_projects"), ledger=Sum("in_ledger")
    )
    causes = explained(integration, month)
    found = [one_side(row, causes[row["book"], row["share"], row["currency"]]) for row in summed]
    order, shares = list(Book), ["", *Share]
    return sorted(found, key=lambda one: (
        order.index(Book(one["book"])), shares.index(one["share"]), one["currency"]
    ))  # fmt: skip


def one_side(row: dict[str, Any], causes: list[Facts]) -> Facts:
    difference = row["projects"] - row["ledger"]
    known = sum((Decimal(one["amount"]) for one in causes), ZERO)
    return {
        "book": row["book"], "share": row["share"], "currency": row["currency"],
        "in_projects": exact(row["projects"]), "in_ledger": exact(row["ledger"]),
        "difference": exact(difference), "causes": causes,
        "explained": known == difference
        and not any(one["cause"] == Cause.UNEXPLAINED for one in causes),
    }  # fmt: skip


def named(one: Facts) -> str:
    """What a side is of. What was closed before shares were told apart says none."""
    book = str(Book(one["book"]).label)
    return f"{book}: {Share(share).label.lower()}" if (share := one.get("share")) else book


def exact(amount: Decimal) -> str:
    """To the cent; what is finer stays."""
    cents = f"{amount:.2f}"
    return cents if Decimal(cents) == amount else str(amount)


def explained(integration: Integration, month: dt.date) -> dict[tuple[str, str, str], list[Facts]]:
    """A document that lies in several cells counts once."""
    rows: Any = CellPart.objects.filter(integration=integration, period=month).exclude(cause="")
    summed = rows.order_by().values("book", "share", "currency", "cause").annotate(
        total=Sum(F("in_projects") - F("in_ledger")),
        papers=Count("record", distinct=True) + Count("typed", distinct=True),
    )  # fmt: skip
    found = defaultdict[tuple[str, str, str], list[Facts]](list)
    for row in sorted(summed, key=lambda row: list(Cause).index(Cause(row["cause"]))):
        found[row["book"], row["share"], row["currency"]].append({
            "cause": row["cause"], "label": str(Cause(row["cause"]).label),
            "amount": exact(row["total"]), "documents": row["papers"],
        })  # fmt: skip
    return found


def journal_state() -> Facts:
    """Where it ends now, and when it was verified last."""
    head = Entry.objects.order_by("-sequence").only("sequence", "hash").first()
    verified = Verified.objects.first()
    return {
        "line": head.sequence if head else 0, "hash": head.hash if head else "",
        "verified_at": verified.at.isoformat() if verified else "",
        "verified_lines": verified.entries if verified else 0,
        "whole": verified.ok if verified else None,
    }  # fmt: skip


# -- what is not clear yet ------------------------------------------------------------------------


def ends_at(month: dt.date) -> dt.datetime:
    """The first moment after it, on the site's clock."""
    return dt.datetime.combine(documents.after(month), dt.time(), site_zone())


def not_over(month: dt.date) -> Iterator[str]:
    if timezone.now() < ends_at(month):
        yield f"{month:%B %Y} is not over."


def old(month: dt.date, reading: BalanceReading | None, last: dt.datetime | None) -> Iterator[str]:
    """Why the figures of both sides have to be brought up to now first."""
    if reading is None or reading.as_of is None:
        yield "Both sides were never read."
    elif reading.as_of < ends_at(month) <= timezone.now():
        yield f"Both sides were read on {when(reading.as_of)}, before the month had ended."
    elif last and last > reading.as_of:
        yield (
            f"Both sides were read on {when(reading.as_of)}, and a document of the month changed "
            f"on {when(last)}."
        )


def unread(
    integration: Integration, month: dt.date, reading: BalanceReading | None
) -> Iterator[str]:
    """What was not asked, or could not be: a sum without it is no sum."""
    if reading:
        yield from reading.left
        if not reading.whole:
            yield "Both sides are being read just now."
    if month < earliest():
        yield f"The ledger’s lists are read for {BACK} months back: this one is older."
    over = timezone.now() >= ends_at(month)
    for name in unpolled(integration, ends_at(month)) if over else ():
        yield f"“{name}” was not listed by its source since the month ended."


def earliest() -> dt.date:
    """The first month whose lists are still read."""
    now = today()
    months = now.year * 12 + now.month - 1 - BACK
    return dt.date(months // 12, months % 12 + 1, 1)


def unpolled(integration: Integration, since: dt.datetime) -> list[str]:
    """Flows that are on, and whose source was not listed well since then."""
    flows = documents.flows(integration)
    well = Run.objects.filter(
        integration=integration, flow=OuterRef("flow"), kind__in=POLLED, ok=True,
        started_at__gte=since,
    )  # fmt: skip
    rows = FlowSettings.objects.filter(integration=integration, flow__in=flows, enabled=True)
    names = rows.filter(~Exists(well)).values_list("flow", flat=True)
    return [flow.label for name, flow in flows.items() if name in set(names)]


def flows_off(integration: Integration) -> Iterator[str]:
    flows = documents.flows(integration)
    rows = FlowSettings.objects.filter(integration=integration, flow__in=flows, enabled=False)
    for name in rows.order_by("pk").values_list("flow", flat=True):
        yield f"“{flows[name].label}” is switched off: nothing of it is read."


def open_ends(facts: Facts) -> Iterator[str]:
    """What is in hand, does not add up, or is not explained."""
    for one in facts["account"]:
        if not one["adds_up"]:
            yield (
                f"{one['label']} does not add up: {one['came']['documents']:,} documents came with "
                f"{Decimal(one['came']['amount']):,.2f}, and not all of that is accounted for."
            )
    yield from in_hand(facts)
    for one in facts["sides"]:
        if not one["explained"]:
            yield f"{named(one)}: a part of the difference is not explained."


def broken(state: Facts) -> Iterator[str]:
    """What proves the rest has to be whole itself, as far as anybody looked."""
    if state["whole"] is False:
        yield "The journal was not whole when it was last verified."


def in_hand(facts: Facts) -> Iterator[str]:
    for bucket in OPEN:
        if number := total(facts, bucket):
            is_one, label = "is" if number == 1 else "are", Bucket(bucket).label.lower()
            where = label if number == 1 else label.replace("its way", "their way")
            yield f"{count(number, 'document')} {is_one} {where}."
    if number := sum(one["unread"] for one in facts["account"]):
        yield f"The amount of {count(number, 'document')} is not read yet."
    if number := facts["undated"]["open"]:
        yield f"{count(number, 'document')} without a date may belong to this month."
