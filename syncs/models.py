"""What moves: the inbox, the work, how far a poll has read, what each flow was told to do."""

from __future__ import annotations

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from audit.journal import RecordJournal
from audit.models import Entry
from connections.integrations import list_label
from connections.models import Integration, Subscription
from connections.pages.moments import when
from syncs.balance.rows import (
    BalanceReading,
    CauseSum,
    Cell,
    CellCause,
    CellPart,
    CellSum,
    TypedByHand,
)
from syncs.catalogue.wording import Wording
from syncs.closing.rows import ClosedDocument, Period, PeriodChange, PeriodClose
from syncs.controls.change import ControlChange
from syncs.cutover.likeness import Likeness
from syncs.forecast.trial import Trial
from syncs.morning.rows import Counted, DayCount, FlowPace, MorningMail, NoDigest, Standstill
from syncs.record import Record, State
from syncs.retrying import ClaimLost
from syncs.sums import KeptSums
from syncs.turn import Turn, run_kind
from syncs.worklist.fix_request import FixRequest


class FlowSettings(models.Model):
    """What finance chose for one flow of one integration."""

    class Booking(models.TextChoices):
        INVOICE_POSTED = "invoice_posted", "Purchase invoice, posted"
        INVOICE_DRAFT = "invoice_draft", "Purchase invoice, left as a draft"
        JOURNAL = "journal", "Journal lines, posted"
        PURCHASE_ORDER = "purchase_order", "Purchase order"
        COMMITMENT = "commitment", "Commitment, approved"
        COMMITMENT_SUBMITTED = "submitted", "Commitment, submitted (a person approves it there)"
        BILLING = "billing", "Requisition of its commitment, or direct cost"
        NOTHING = "nothing", "Nothing (tracked, not booked)"

    class PeriodRule(models.TextChoices):
        HOLD = "hold", "Hold the document"
        NEXT_OPEN = "next_open", "Post on the next open date"

    class UnstatedTax(models.TextChoices):
        HOLD = "hold", "Hold the document"
        LEAVE_OUT = "leave_out", "Post the line without the tax code"

    class VoidRule(models.TextChoices):
        HOLD = "hold", "Hold the document until a person accepts that it stays"
        ZERO = "zero", "Bring it to nothing in the project system; hold it where that is locked"
        LEAVE = "leave", "Leave what was sent as it is"

    class ClosedRule(models.TextChoices):
        HOLD = "hold", "Free it once a person approves"
        FREE = "free", "Free it"
        KEEP = "keep", "Keep it on the memo accounts"

    class CodeRule(models.TextChoices):
        NUMBER = "number", "The account’s number is the code"
        SEGMENT = "segment", "One segment of the account’s number is the code"
        MAPPED = "mapped", "The cost codes that mapping rules send to the account"
        NAMED = "named", "The cost code that is called like the account"
        VALUE = "value", "The values of one dimension are the codes"

    integration = models.ForeignKey(Integration, models.CASCADE, related_name="flows")
    flow = models.CharField(max_length=40)
    enabled = models.BooleanField(
        default=True, help_text="Switched off, it is not polled and posts nothing."
    )
    booking = models.CharField(max_length=20, choices=Booking, blank=True)
    shadow = models.BooleanField(
        "shadow mode", default=False,
        help_text="All is read, coded and checked, and each entry shown. Nothing is written.",
    )  # fmt: skip
    live_projects = models.JSONField(
        "written for these projects", default=list, blank=True,
        help_text="In shadow mode, documents of these project numbers are written all the same.",
    )  # fmt: skip
    stopped = models.BooleanField(
        default=False, help_text="The brake is on: nothing of it is posted."
    )
    start_date = models.DateField(
        "cut-over date",
        null=True,
        blank=True,
        help_text="Documents dated earlier are skipped. Empty: none is.",
    )
    projects = models.JSONField(
        "only these projects",
        default=list,
        blank=True,
        help_text="What belongs to another project is left out. None: all projects.",
    )
    needs_approval = models.BooleanField(
        default=False,
        help_text="Each is held until a second person approves what would be written.",
    )
    approval_bands = models.JSONField(
        "who approves", default=list, blank=True,
        help_text="The document's amount says who approves it, once the flow needs approval.",
    )  # fmt: skip
    amount_limit = models.DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True,
        help_text="A larger document is held until a second person approves it. Empty: no limit.",
    )  # fmt: skip
    adopt = models.BooleanField(
        "adopt what stands already", default=False,
        help_text="A document that stands on the other side under the same number and total is "
        "linked, not written again. Leave it off where numbers repeat.",
    )  # fmt: skip
    period_rule = models.CharField(
        max_length=10, choices=PeriodRule, default=PeriodRule.HOLD,
        help_text="This becomes of a document whose date no open period of the ledger has.",
    )  # fmt: skip
    unstated_tax = models.CharField(
        "tax missing from the total", max_length=10, choices=UnstatedTax, default=UnstatedTax.HOLD,
        help_text="This becomes of a line that has a tax code, where the source's total counts no "
        "tax for it.",
    )  # fmt: skip
    executed_only = models.BooleanField(
        "only executed ones", default=False,
        help_text="An approved contract is skipped until both sides have executed it.",
    )  # fmt: skip
    void_rule = models.CharField(
        "voided in the ledger", max_length=10, choices=VoidRule, default=VoidRule.HOLD,
        help_text="This becomes of a document that is voided there after it was sent.",
    )  # fmt: skip
    when_closed = models.CharField(
        "what a closed contract never billed", max_length=10, choices=ClosedRule,
        default=ClosedRule.HOLD,
        help_text="This becomes of the rest where an order is closed, or a subcontract terminated, "
        "with less billed than stands on the memo accounts.",
    )  # fmt: skip
    exactly_as_sent = models.BooleanField(
        "hold what the ledger adds", default=False,
        help_text="What it adds by its own rules (a dimension, who is paid) holds the document. "
        "Left off, it is only shown.",
    )  # fmt: skip
    code_rule = models.CharField(
        "what becomes a cost code", max_length=10, choices=CodeRule, blank=True,
        help_text="Nothing is sent until one is chosen.",
    )  # fmt: skip
    code_part = models.CharField(
        "which part", max_length=20, blank=True,
        help_text="It is the number of the segment, or the dimension whose values are the codes.",
    )  # fmt: skip
    code_filter = models.CharField(
        "only these", max_length=500, blank=True,
        help_text="They are numbers, ranges and beginnings, as 50000..59999, 6*, 7100. All are *.",
    )  # fmt: skip
    rounding_threshold = models.DecimalField(
        max_digits=6, decimal_places=2, default=0,
        help_text="So much of a difference between the lines and the total goes to the rounding "
        "account. A larger one holds the document.",
    )  # fmt: skip
    every_minutes = models.PositiveIntegerField(
        "poll every … minutes", default=15,
        help_text="The source is asked that often what changed, as far as its limits allow.",
    )  # fmt: skip
    cron = models.CharField(
        max_length=60, blank=True,
        help_text="It is polled at these times instead: minute, hour, day, month, weekday.",
    )  # fmt: skip
    quiet_from = models.TimeField(
        null=True, blank=True, help_text="From then on it is not polled, on the site's clock."
    )
    quiet_until = models.TimeField(null=True, blank=True, help_text="Then polls go on.")
    next_poll_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_reconcile_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "flow settings"
        permissions = [("stop_flow", "Can stop and release a flow")]
        constraints = [
            models.UniqueConstraint(fields=["integration", "flow"], name="one_setting_per_flow")
        ]
        ordering = ["integration", "flow"]

    def __str__(self) -> str:
        return f"{self.integration}: {self.label}"

    @property
    def label(self) -> str:
        return list_label(self.flow)

    def in_shadow(self, project: str) -> bool:
        """Nothing is written of a document of this project."""
        return self.shadow and project not in self.live_projects

    @property
    def idle(self) -> str:
        """Why it writes nothing, in words; empty while it runs."""
        if not self.enabled:
            return "off"
        return "stopped" if self.stopped else "in shadow mode" if self.shadow else ""


class Delivery(models.Model):
    """One webhook request that proved itself, as it came. Stored before anything else happens."""

    class State(models.TextChoices):
        STORED = "stored", "Waits"
        UNPACKED = "unpacked", "Read"
        MALFORMED = "malformed", "Not readable"
        FAILED = "failed", "Failed"

    subscription = models.ForeignKey(
        Subscription, models.SET_NULL, null=True, related_name="deliveries"
    )
    received_at = models.DateTimeField(default=timezone.now, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.STORED)
    body = models.TextField(blank=True)
    size = models.PositiveIntegerField(default=0)
    sentence = models.TextField(blank=True)
    unpacked_at = models.DateTimeField(null=True, blank=True)
    hints = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    run_at = models.DateTimeField(null=True, blank=True, help_text="The sweep asks again then.")

    class Meta:
        default_permissions = ("view", "export")
        verbose_name_plural = "deliveries"
        ordering = ["-id"]
        indexes = [models.Index(fields=["state"], condition=Q(state="stored"), name="to_unpack")]

    def __str__(self) -> str:
        return f"Delivery {self.pk}"

    @property
    def why_without_body(self) -> str:
        """Said when it came; empty where its body is kept."""
        return "" if self.body else self.sentence

    def end(self, state: State, sentence: str, hints: int = 0) -> None:
        """It is looked at no more."""
        self.state, self.sentence, self.hints = state, sentence, hints
        self.unpacked_at, self.run_at = timezone.now(), None
        self.save(update_fields=["state", "sentence", "hints", "unpacked_at", "run_at"])


class Rejection(models.Model):
    """Calls without proof at one door: how many, and the last few, cut short."""

    UNKNOWN = "unknown"  # the door of all addresses that are none

    door = models.CharField(max_length=36, primary_key=True)
    subscription = models.ForeignKey(Subscription, models.CASCADE, null=True, related_name="+")
    count = models.PositiveBigIntegerField(default=0)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    sentence = models.TextField("why the last", blank=True)
    sample = models.JSONField(default=list, blank=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "rejected calls"
        verbose_name_plural = "rejected calls"
        ordering = ["-last_at"]

    def __str__(self) -> str:
        return f"Rejected calls of {self.subscription or 'unknown addresses'}"


class Cursor(models.Model):
    """How far a poll of one flow (and scope) has read."""

    integration = models.ForeignKey(Integration, models.CASCADE)
    flow = models.CharField(max_length=40)
    scope = models.CharField(max_length=60, blank=True)
    read_to = models.DateTimeField(null=True)
    quiet = models.PositiveSmallIntegerField(
        default=0, help_text="So many polls in a row brought nothing."
    )
    times = models.PositiveSmallIntegerField(
        default=1, help_text="So many of the flow's intervals lie between two polls."
    )
    next_at = models.DateTimeField(null=True, help_text="It is left out until then. Empty: never.")
    requests = models.PositiveIntegerField(default=0, help_text="The last poll of it cost so many.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(fields=["integration", "flow", "scope"], name="one_cursor_each")
        ]

    def __str__(self) -> str:
        return f"{list_label(self.flow)} {self.scope}".strip()


class Run(models.Model):
    """One poll, reference refresh or reconciliation: counted, so that silence shows."""

    integration = models.ForeignKey(Integration, models.CASCADE)
    flow = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)  # poll | reference | reconcile | renew
    started_at = models.DateTimeField(default=timezone.now, db_index=True)
    ended_at = models.DateTimeField(null=True)
    ok = models.BooleanField(null=True)
    noted = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    sentence = models.TextField(blank=True)

    class Meta:
        default_permissions = ("view", "export")
        ordering = ["-id"]
        indexes = [models.Index(fields=["integration", "flow", "-started_at"])]

    def __str__(self) -> str:
        return f"{run_kind(self.kind)} {list_label(self.flow)} {when(self.started_at)}"

    @transaction.atomic
    def end(self, ok: bool, sentence: str = "") -> None:
        """With its line in the journal: what it was, what it counted, how it ended. Only once:
        a worker that was taken for dead says nothing more."""
        if not Run.objects.select_for_update(of=("self",)).filter(pk=self.pk, ended_at=None):
            return
        self.ok, self.sentence, self.ended_at = ok, sentence, timezone.now()
        self.save()
        data = {
            "run": self.pk, "kind": self.kind, "ok": ok, "started_at": self.started_at,
            "requests": self.requests, "due": self.noted, "counts": self.counts,
        }  # fmt: skip
        how = "ended" if ok else "failed"
        RecordJournal(self.integration.key, self.flow, None).append(
            Entry.Kind.RUN,
            f"Run {self.pk} ({run_kind(self.kind).lower()}) {how}. {sentence}".rstrip(),
            data,
        )


class Night(models.Model):
    """The comparison of both sides that is under way for a flow, else the last one."""

    settings = models.OneToOneField(FlowSettings, models.CASCADE, related_name="night")
    began_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True, help_text="a worker has it in hand")
    run_at = models.DateTimeField(null=True, help_text="the sweep asks for the rest then")
    counts = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.settings}: compared from {when(self.began_at)}"


class Part(models.Model):
    """What a comparison reads at one go: when it was done last, and how far a list was read."""

    night = models.ForeignKey(Night, models.CASCADE, related_name="parts")
    name = models.CharField(max_length=100)
    compared_at = models.DateTimeField(null=True)
    read_to = models.DateTimeField(null=True, help_text="the last stamp of the other system's own")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["night", "name"], name="one_part_each")]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """Something that a person should know now. One open row per key; told once."""

    key = models.CharField(max_length=200)
    integration = models.ForeignKey(Integration, models.CASCADE, null=True, blank=True)
    sentence = models.TextField()
    opened_at = models.DateTimeField(default=timezone.now)
    told_at = models.DateTimeField(null=True, blank=True)
    telling_problem = models.TextField("not told because", blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ("view", "change", "export")
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(closed_at=None), name="one_open_alert_per_key"
            )
        ]
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return self.sentence[:80]


__all__ = [
    "Alert",
    "BalanceReading",
    "CauseSum",
    "Cell",
    "CellCause",
    "CellPart",
    "CellSum",
    "ClaimLost",
    "ClosedDocument",
    "ControlChange",
    "Counted",
    "Cursor",
    "DayCount",
    "Delivery",
    "FixRequest",
    "FlowPace",
    "FlowSettings",
    "KeptSums",
    "Likeness",
    "MorningMail",
    "Night",
    "NoDigest",
    "Part",
    "Period",
    "PeriodChange",
    "PeriodClose",
    "Record",
    "Rejection",
    "Run",
    "Standstill",
    "State",
    "Trial",
    "Turn",
    "TypedByHand",
    "Wording",
]  # fmt: skip
