"""Documents that may stand in both systems already, under another number: a question for a person.

What bears the same number is adopted where finance chose so; here it is the same vendor, the same
amount and a date close by. While the question is open the document stays in shadow mode.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from django.db import models, transaction
from django.utils import timezone

from audit.models import Entry
from connections.models import Integration
from syncs.balance.rows import TypedByHand
from syncs.record import Record, State

WITHIN = dt.timedelta(days=10)
KINDS = ("purchase_invoice", "credit_memo")
CHUNK = 500


class Answer(models.TextChoices):
    SAME = "same", "It is the same"
    OTHER = "other", "It is another one"


class Likeness(models.Model):
    """One document of ours, and one that the ledger lists and nobody here answers for."""

    record = models.ForeignKey(Record, models.CASCADE, related_name="likenesses")
    remote_id = models.CharField(max_length=100)
    number = models.CharField(max_length=255, help_text="as the ledger calls it")
    external_number = models.CharField(max_length=255, blank=True)
    vendor = models.CharField(max_length=60)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    date = models.DateField(null=True)
    url = models.URLField(max_length=500, blank=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["record", "remote_id"], name="one_likeness_each")
        ]

    def __str__(self) -> str:
        return f"{self.record} and {self.number}"

    @transaction.atomic
    def answered(self, answer: str, actor: str) -> bool:
        """Empty takes an answer back. False: the document is not in shadow mode any more."""
        mine = Record.objects.select_for_update().filter(pk=self.record_id)
        if not mine.filter(state=State.HELD, in_shadow=True).exists():
            return False
        if answer == Answer.SAME:  # it can be only one of them
            others = Likeness.objects.filter(record=self.record, answer=Answer.SAME)
            others.exclude(pk=self.pk).update(answer=Answer.OTHER)
        rows = Likeness.objects.filter(pk=self.pk)
        rows.update(answer=answer, answered_by=actor, answered_at=timezone.now())
        said = Answer(answer).label if answer else "The answer was taken back"
        facts = {"verb": "likeness", "number": self.number, "answer": answer}
        self.record.journal(actor).append(
            Entry.Kind.PERSON, f"{self.number} in the ledger: {said}", facts
        )
        return True


Key = tuple[str, Decimal]  # vendor and amount, signed


def look(integration: Integration) -> int:
    """Finds them anew; answers stay. Returns how many questions are open."""
    standing = listed(integration)
    adopting = set(integration.flows.filter(adopt=True).values_list("flow", flat=True))
    found = [
        likeness(record, amount, typed)
        for record, vendor, amount in unsent(integration)
        for typed in standing.get((vendor, amount), ())
        if close(record.document_date, day_of(typed))
        and not (record.flow in adopting and same_number(record, typed))
    ]
    known = Likeness.objects.filter(record__integration=integration, answer="")
    known.exclude(record__in=[one.record_id for one in found]).delete()
    Likeness.objects.bulk_create(found, batch_size=CHUNK, ignore_conflicts=True)
    return questions(integration).count()


def questions(integration: Integration) -> models.QuerySet[Likeness]:
    """Those that are open, of documents in shadow mode."""
    return of(integration).filter(answer="")


def of(integration: Integration) -> models.QuerySet[Likeness]:
    rows = Likeness.objects.filter(
        record__integration=integration, record__state=State.HELD, record__in_shadow=True
    )
    return rows.select_related("record__integration").order_by("record_id", "pk")


def listed(integration: Integration) -> dict[Key, list[TypedByHand]]:
    """What people posted in the ledger, as its lists were read last."""
    found: dict[Key, list[TypedByHand]] = defaultdict(list)
    rows = TypedByHand.objects.filter(system=integration.ledger_id, kind__in=KINDS)
    for row in rows.iterator(chunk_size=CHUNK):
        found[str(row.document.get("vendor") or ""), signed(row)].append(row)
    return found


def signed(typed: TypedByHand) -> Decimal:
    """What it comes to: a credit memo's total is below zero."""
    total = Decimal(str(typed.document.get("total") or 0))
    return -total if typed.kind == "credit_memo" else total


def unsent(integration: Integration) -> Iterator[tuple[Record, str, Decimal]]:
    """In shadow mode and coded for the ledger: with the ledger's vendor, and what it comes to."""
    rows = Record.objects.filter(
        integration=integration, state=State.HELD, in_shadow=True, amount__isnull=False
    ).only("pk", "integration_id", "flow", "document_date", "amount", "coded")  # fmt: skip
    for row in rows.iterator(chunk_size=CHUNK):
        if row.coded.get("kind") in KINDS and row.amount is not None:
            yield row, str(row.coded.get("vendor") or ""), row.amount


def same_number(record: Record, typed: TypedByHand) -> bool:
    """Then it is adopted by its number when it is carried."""
    there = str(typed.document.get("external_number") or "")
    return there.casefold() == str(record.coded.get("number") or "").casefold()


def day_of(typed: TypedByHand) -> dt.date | None:
    said = typed.document.get("posting_date")
    return dt.date.fromisoformat(said) if said else None


def close(one: dt.date | None, other: dt.date | None) -> bool:
    """Where either has none, the vendor and the amount are likeness enough."""
    return one is None or other is None or abs(one - other) <= WITHIN


def likeness(record: Record, amount: Decimal, typed: TypedByHand) -> Likeness:
    document = typed.document
    return Likeness(
        record=record, remote_id=typed.remote_id, number=typed.number,
        external_number=str(document.get("external_number") or ""),
        vendor=str(document.get("vendor") or ""), amount=amount, date=day_of(typed),
        url=str(document.get("url") or ""),
    )  # fmt: skip
