"""The kept rows of the reconciliation: what each document comes to on both sides, and the sums.

`CellPart` is the ground: a part of one document in one cell. `Cell` and `CellCause` are sums of the
parts, written anew from them in the database. `TypedByHand` is what a list shows and no record
of ours answers for. Nobody but `syncs.balance` writes here.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.utils import timezone

from connections.models import Connection, Integration
from connections.pages.letters import Plain
from syncs.record import Record

RETAINAGE, ROUNDING = "Retainage", "Rounding"  # in place of a cost code, which these have none of


class Book(models.TextChoices):
    """Sums that must not be added up: a commitment is no cost."""

    COST = "cost", "Costs"
    COMMITMENT = "commitment", "Commitments"
    CONTRACT = "contract", "Contract changes"


class Cause(models.TextChoices):
    """Why the two sides differ. The empty one is what agrees."""

    NOT_SENT = "not_sent", "Not yet sent"
    WAITING = "waiting", "Waiting"
    HELD = "held", "Held"
    UNAPPROVED = "unapproved", "Not approved yet"
    SKIPPED = "skipped", "Skipped by a rule"
    SET_ASIDE = "set_aside", "Set aside"
    CHANGED = "changed", "Changed after posting"
    ROUNDING = "rounding", "Rounding"
    PERIOD = "period", "Other period"
    NOT_CARRIED = "not_carried", "No flow carries it"
    IN_LEDGER = "in_ledger", "Typed by hand in the ledger"
    IN_PROJECTS = "in_projects", "Typed by hand in the project system"
    UNEXPLAINED = "unexplained", "Unexplained"


class Left(str):
    """A sentence: what a limit left unread this time, and was to be read."""

    __slots__ = ()


class Share(models.TextChoices):
    """Of a commitment: what the amount is in it."""

    COMMITTED = "committed", "Committed"
    BILLED = "billed", "Billed"
    FREED = "freed", "Freed when it was closed"


class BalanceReading(models.Model):
    """How far both sides of an integration were read, and what could not be told."""

    integration = models.OneToOneField(Integration, models.CASCADE, related_name="balance")
    began_at = models.DateTimeField(default=timezone.now, help_text="of the pass under way")
    as_of = models.DateTimeField(null=True, help_text="of the last whole pass")
    read_to = models.DateTimeField(null=True, help_text="records that changed until then")
    read_pk = models.BigIntegerField(default=0)
    whole = models.BooleanField(default=True, help_text="no pass is under way")
    untold = models.JSONField(default=list, help_text="sentences: what no list tells")
    left = models.JSONField(default=list, help_text="those of what a limit left unread")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.integration} as of {self.as_of or 'never'}"


class TypedByHand(models.Model):
    """A document of one side's lists that no record of ours answers for, as it was read."""

    system = models.ForeignKey(Connection, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    remote_id = models.CharField(max_length=100)
    number = models.CharField(max_length=255, blank=True)
    listed_in = models.CharField(max_length=60, help_text="the list that shows it: a month's")
    stamp = models.CharField(max_length=100, help_text="another one: it is read again")
    document = models.JSONField(default=dict, help_text="with its lines")

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["system", "kind", "remote_id"], name="one_typed_each")
        ]

    def __str__(self) -> str:
        return self.number


class Located(models.Model):
    """Where an amount belongs: what cells are told apart by."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    book = models.CharField(max_length=10, choices=Book)
    project = models.CharField(max_length=100, blank=True)
    cost_code = models.CharField(max_length=100, blank=True)
    cost_type = models.CharField(max_length=60, blank=True)
    vendor = models.CharField(max_length=60, blank=True, help_text="the ledger's number")
    vendor_name = models.CharField(max_length=300, blank=True)
    period = models.DateField(null=True, blank=True, help_text="the first day of its month")
    currency = models.CharField(max_length=3, blank=True, help_text="empty: the company's own")
    share = models.CharField(max_length=10, choices=Share, blank=True)
    in_projects = models.DecimalField("in the project system", max_digits=20, decimal_places=4)
    in_ledger = models.DecimalField("in the ledger", max_digits=20, decimal_places=4)

    class Meta:
        abstract = True


PLACE = (
    "book", "project", "cost_code", "cost_type", "vendor", "vendor_name", "period", "currency",
    "share",
)  # fmt: skip


class CellPart(Located):
    """What one document comes to in one cell, and why the sides differ in it."""

    cell = models.CharField(max_length=32, help_text="the key of its cell")
    cause = models.CharField(max_length=12, choices=Cause, blank=True)
    why = models.TextField(blank=True, help_text="in a sentence")
    record = models.ForeignKey(Record, models.CASCADE, null=True, related_name="+")
    typed = models.ForeignKey(TypedByHand, models.CASCADE, null=True, related_name="+")
    flow = models.CharField(max_length=40, blank=True)
    source_id = models.CharField(max_length=100, blank=True)
    number = models.CharField(max_length=255, blank=True)
    ledger_number = models.CharField(max_length=255, blank=True)
    document_date = models.DateField(null=True)
    url = models.URLField("in the project system", max_length=500, blank=True)
    ledger_url = models.URLField(max_length=500, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["cell"]),
            models.Index(fields=["integration", "cause"]),
            models.Index(
                fields=["integration", "period"], condition=~Q(cause=""), name="part_differs"
            ),
            models.Index(
                fields=["integration", "period"], condition=Q(record=None), name="part_of_no_record"
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.ledger_number


class Cell(Located):
    """Project, cost code, type, vendor and month: what both sides say, and the difference."""

    id = models.CharField(primary_key=True, max_length=32)
    difference = models.DecimalField(max_digits=20, decimal_places=4)
    documents = models.PositiveIntegerField()
    differs = models.BooleanField(help_text="something in it needs a cause, if it adds up to 0.00")

    class Meta:
        verbose_name = "cell"
        verbose_name_plural = "cells"
        default_permissions = ("view",)
        permissions = [
            ("export_cell", "Can export the reconciliation"),
            ("read_again_cell", "Can have both sides read again"),
        ]
        indexes = [
            models.Index(fields=["integration", "book", "project", "period"]),
            models.Index(fields=["project", "cost_code", "period", "id"]),
            models.Index(fields=["-differs", "project", "cost_code", "period", "id"]),
            models.Index(fields=["project", "-differs", "cost_code", "period", "id"]),
            models.Index(
                fields=["integration", "project"], condition=Q(differs=True), name="cell_differs"
            ),
            models.Index(
                OpClass(Plain("vendor_name"), name="text_pattern_ops"), name="cell_vendor_plain"
            ),
        ]

    def __str__(self) -> str:
        month = f"{self.period:%B %Y}" if self.period else "without a date"
        where = " ".join(filter(None, (self.project or "No project", self.cost_code)))
        whose = self.vendor_name or self.vendor or "no vendor"
        return f"{where}, {whose}, {month}"


class CellCause(models.Model):
    """What one cause explains of a cell's difference."""

    cell = models.ForeignKey(Cell, models.CASCADE, related_name="causes")
    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    book = models.CharField(max_length=10, choices=Book)
    cause = models.CharField(max_length=12, choices=Cause)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    documents = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["cell", "cause"], name="one_cause_in_a_cell")
        ]
        indexes = [models.Index(fields=["integration", "book", "cause"])]

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.amount:,.2f}"


class Summed(models.Model):
    """What pages ask for most, kept when the cells are written: nothing is scanned for a page."""

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="+")
    book = models.CharField(max_length=10, choices=Book)
    project = models.CharField(max_length=100, blank=True)
    share = models.CharField(max_length=10, choices=Share, blank=True)
    currency = models.CharField(max_length=3, blank=True, help_text="empty: the company's own")
    period = models.DateField(null=True, blank=True, help_text="the first day of its month")
    number = models.PositiveIntegerField(help_text="of cells")
    in_projects = models.DecimalField("in the project system", max_digits=20, decimal_places=4)
    in_ledger = models.DecimalField("in the ledger", max_digits=20, decimal_places=4)

    class Meta:
        abstract = True
        default_permissions = ()
        indexes = [
            models.Index(fields=["integration", "book", "period"]),
            models.Index(fields=["book", "project"]),
        ]


class CellSum(Summed):
    """What the cells of a project and month come to, those that differ by themselves."""

    differs = models.BooleanField()

    class Meta(Summed.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.number} cells"


class CauseSum(Summed):
    """What one cause explains of the cells of a project and month, and what those come to."""

    cause = models.CharField(max_length=12, choices=Cause)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    documents = models.PositiveIntegerField()

    class Meta(Summed.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.get_cause_display()} {self.amount:,.2f}"
