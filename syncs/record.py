"""The record: one source document on its way, its states, and the few methods that change them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import IntegrityError, connection, models, transaction
from django.db.models import Q
from django.utils import timezone

from audit.journal import RecordJournal
from audit.models import Entry
from connections.errors import Reason, reasons
from connections.integrations import list_label
from connections.models import Connection, Integration
from syncs import queue, retrying
from syncs.retrying import CLAIM, GIVE_UP_AFTER, LOCKED_FOR, ClaimLost, KeyTaken, backoff, lease
from syncs.worklist import searched
from syncs.worklist.care import INDEXES
from syncs.worklist.refusal import Refusable


class State(models.TextChoices):
    PENDING = "pending", "Pending"
    RUNNING = "running", "Running"
    IN_DOUBT = "in_doubt", "In doubt"
    POSTED = "posted", "Posted"
    HELD = "held", "Held"
    SKIPPED = "skipped", "Skipped"
    SET_ASIDE = "set_aside", "Set aside"


AS_SOURCE = {  # what a kind of the ledger's documents is called where they are the source
    "purchase_invoice": "ledger_invoice", "credit_memo": "ledger_memo",
    "purchase_order": "ledger_order",
}  # fmt: skip
POSTED, HELD = Q(state="posted"), Q(state="held")
RESTING = (State.POSTED, State.HELD, State.SKIPPED, State.SET_ASIDE)


class RecordQuerySet(models.QuerySet["Record"]):
    def due(self, now: dt.datetime | None = None) -> RecordQuerySet:
        """What a worker may claim now."""
        now = now or timezone.now()
        return self.filter(
            Q(state__in=[State.PENDING, State.IN_DOUBT]) & (Q(run_at=None) | Q(run_at__lte=now))
        )

    def lost(self, now: dt.datetime | None = None) -> RecordQuerySet:
        """Running, but its worker's lease ran out: the worker died."""
        return self.filter(state=State.RUNNING, lease_until__lt=now or timezone.now())

    def claim(self, ids: Sequence[int]) -> list[Record]:
        """Take those that are due, in one statement; what another worker has is not among them."""
        now = timezone.now()
        facts = {"ids": list(ids), "now": now, "lease": now + lease()}
        return list(Record.objects.raw(CLAIM, facts))

    def owner(self, connection: Connection, kind: str, id: str, number: str) -> Record | None:
        """Whose document of this kind it is, at that system: known by its id, else its number.

        Of any integration with the system, so that two of them share nothing without a word. One
        that was sent to the other side already is its own record's source.
        """
        at = Q(integration__ledger=connection) | Q(integration__project_system=connection)
        its = Q(destination_number=number) if number else Q(pk=None)
        its |= Q(destination_id=id) if id else Q(pk=None)
        made = self.filter(at, its, destination_kind=kind)
        known = Q(number=number) if number and kind in AS_SOURCE else Q(pk=None)
        known |= Q(source_id=id) if id else Q(pk=None)
        sent = self.filter(at, known, source__kind=AS_SOURCE.get(kind, kind))
        return (made | sent.exclude(posted_digest="")).order_by("pk").first()

    def change(self, **facts: Any) -> int:
        """Of several: taken in the order in which everybody takes them. Returns how many."""
        with transaction.atomic():
            rows = self.select_for_update(of=("self",)).order_by("revision", "pk")
            ids = list(rows.values_list("pk", flat=True))
            return Record.objects.filter(pk__in=ids).update(**facts)

    def nudge(self, ids: Sequence[int], chunk: int = queue.CHUNK) -> None:
        """Ask a worker to carry these; lost with the queue, the sweep asks again."""
        queue.ask_to_run(ids, chunk)
        retrying.note_nudge(ids)


class Record(Refusable):
    """One source record on its way. The row is the truth; the queue is a nudge.

    A worker changes its state only in the methods below; each is conditional on the claim and
    leaves an Entry. What makes it due again stands in `syncs.ingest.noting`.
    """

    integration = models.ForeignKey(Integration, models.PROTECT, related_name="records")
    flow = models.CharField(max_length=40)
    scope = models.CharField(max_length=60, blank=True, help_text="the source project's id")
    source_id = models.CharField(max_length=100)
    revision = models.PositiveIntegerField(
        default=1, help_text="2, 3 …: a difference, posted later"
    )
    share = models.CharField(
        max_length=60, blank=True, help_text="of a difference: the ledger's vendor whose part it is"
    )

    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    reason = models.CharField(max_length=30, choices=reasons, blank=True)
    sentence = models.TextField(blank=True)
    problems = models.JSONField(default=list, blank=True)

    number = models.CharField(max_length=255, blank=True, db_index=True)
    title = models.CharField(max_length=500, blank=True)
    project = models.CharField(max_length=100, blank=True, help_text="project number")
    project_name = models.CharField(max_length=300, blank=True)
    vendor_id = models.CharField(max_length=60, blank=True)
    vendor_name = models.CharField(max_length=300, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    document_date = models.DateField(null=True, blank=True)
    source_status = models.CharField(max_length=60, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    source_updated_at = models.DateTimeField(null=True, blank=True)
    source_stamp = models.CharField(
        max_length=64, blank=True, help_text="of what a list without moments of change showed last"
    )
    source = models.JSONField(default=dict, blank=True, help_text="the source document as fetched")
    digest = models.CharField(max_length=64, blank=True, help_text="of the source as fetched")
    standing_source = models.JSONField(
        default=dict, blank=True, help_text="the source document whose entries stand in the ledger"
    )

    coded = models.JSONField(default=dict, blank=True, help_text="the entry, before it exists")
    proposed = models.JSONField(
        default=dict, blank=True, help_text="what a gate holds: written once a person agrees"
    )
    rules = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    rule_versions = models.JSONField(default=dict, blank=True, help_text="of what it was coded by")
    natural_key = models.CharField(max_length=200, blank=True)
    posted_digest = models.CharField(max_length=64, blank=True, help_text="of the source as posted")
    intent_digest = models.CharField(
        max_length=64, blank=True, help_text="a write was begun for it"
    )
    intent_at = models.DateTimeField(null=True, blank=True)
    in_doubt_since = models.DateTimeField(null=True, blank=True)
    link_number = models.CharField(max_length=100, blank=True, help_text="a person's word: there")
    destination_kind = models.CharField(max_length=30, blank=True)
    destination_id = models.CharField(max_length=100, blank=True)
    destination_number = models.CharField(max_length=100, blank=True, db_index=True)
    destination_status = models.CharField(max_length=20, blank=True)
    destination_url = models.URLField(max_length=500, blank=True)
    destination_date = models.DateField(null=True, blank=True, help_text="of its posting there")
    destination_changed_at = models.DateTimeField(null=True, blank=True, help_text="by its clock")
    destination_total = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    read_back_at = models.DateTimeField(null=True, blank=True, help_text="when the ledger said so")
    compared_at = models.DateTimeField(null=True, blank=True, help_text="both sides read and equal")
    posted_at = models.DateTimeField(null=True, blank=True)

    approved_by = models.CharField(max_length=310, blank=True)
    approved_digest = models.CharField(max_length=64, blank=True)
    accepted_digest = models.CharField(
        max_length=64, blank=True, help_text="a difference, accepted"
    )

    run_at = models.DateTimeField(null=True, blank=True, help_text="not before")
    nudged_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    claim = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)
    requests = models.PositiveIntegerField(default=0)
    changed_while_running = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = RecordQuerySet.as_manager()
    _remembered: dict[str, Any] = {}

    class Meta:
        default_permissions = ("view", "export")
        permissions = [
            ("replay_record", "Can replay"),
            ("approve_record", "Can approve"),
            ("approve_large_record", "Can approve amounts that a flow keeps for a higher right"),
            ("set_aside_record", "Can set aside and link by number"),
            ("assign_record", "Can say who looks after it, and write notes"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "flow", "scope", "source_id", "revision"],
                name="one_record_per_source",
            ),
            models.UniqueConstraint(
                fields=["integration", "natural_key"],
                condition=~Q(natural_key=""),
                name="one_record_per_natural_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run_at"], name="record_due", condition=Q(state__in=["pending", "in_doubt"])
            ),
            models.Index(fields=["flow", "compared_at"], name="record_compared", condition=POSTED),
            models.Index(fields=["lease_until"], name="record_lost", condition=Q(state="running")),
            models.Index(fields=["posted_at"], name="record_posted_at", condition=POSTED),
            models.Index(fields=["integration", "flow", "state", "-id"]),
            models.Index(fields=["state", "reason", "-id"]),
            models.Index(fields=["held_since"], name="record_held", condition=HELD),
            models.Index(fields=["owner", "-id"], name="record_owner", condition=~Q(owner="")),
            GinIndex(fields=["rules"], name="record_rules"),
            models.Index(fields=["project", "-id"]),
            models.Index(fields=["vendor_name", "-id"]),
            *(models.Index(fields=[name]) for name in ("amount", "created_at")),
            *(models.Index(fields=[name]) for name in ("source_id", "destination_id")),
            models.Index(fields=["integration", "changed_at", "id"], name="record_changed"),
            models.Index(
                fields=["project"], opclasses=["varchar_pattern_ops"], name="record_project_like"
            ),
            models.Index(fields=["document_date", "-id"]),
            *INDEXES,
            *searched.INDEXES,
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{list_label(self.flow)} {self.number or self.source_id}"

    @property
    def entry(self) -> dict[str, Any]:
        """What a person sees and approves: what waits to be written, else what was written last."""
        shown: dict[str, Any] = self.proposed or self.coded
        return shown

    @property
    def family(self) -> RecordQuerySet:
        """All that was made of the same source document: itself and its differences."""
        return Record.objects.filter(
            integration=self.integration_id, flow=self.flow, scope=self.scope,
            source_id=self.source_id,
        )  # fmt: skip

    @property
    def on_its_way(self) -> bool:
        """A difference that neither stands in the ledger nor has ended. In doubt it may stand."""
        ended = self.state in (State.SKIPPED, State.SET_ASIDE) and self.in_doubt_since is None
        return self.revision > 1 and not self.posted_digest and not ended

    @property
    def difference_accepted(self) -> bool:
        """A person said of exactly this content that the other side stays as it is."""
        return bool(self.digest) and self.accepted_digest == self.digest

    def journal(self, actor: str = "") -> RecordJournal:
        return RecordJournal(self.integration.key, self.flow, self.pk, actor)

    # -- under a claim --------------------------------------------------------------------------

    def remember(self, **fields: Any) -> None:
        """Facts that are stored with whatever is stored of this record next."""
        self._remembered = {**self._remembered, **fields}
        vars(self).update(fields)

    def keep(self, **fields: Any) -> None:
        """Store facts and renew the lease, only while the claim is ours. Raises ClaimLost.

        Without facts nothing is written while most of the lease is left: nobody can take it yet.
        """
        until = timezone.now() + lease()
        if fields or self.lease_until is None or until - self.lease_until > lease() / 4:
            self._update({**fields, "lease_until": until})

    def begin_write(self, digest: str, coded: dict[str, Any], natural_key: str) -> None:
        """Say that a write is about to be sent. Raises KeyTaken."""
        self.keep(
            intent_digest=digest, intent_at=timezone.now(), coded=coded, natural_key=natural_key
        )

    def end_write(self, **facts: Any) -> None:
        """The other system answered: nothing is in doubt any more.

        It is stored with what comes next of this record. A worker that dies before that leaves it
        in doubt, and the other system is asked: the journal has the answer, the row can wait.
        """
        self.remember(intent_at=None, in_doubt_since=None, **facts)
        self.keep()

    def look_again(self) -> None:
        """When this comes to rest it is due again at once."""
        Record.objects.filter(pk=self.pk).update(changed_while_running=True)

    def hold(
        self, reason: str, sentence: str, problems: Any = None, *, still_in_doubt: bool = False
    ) -> None:
        """A person is needed. `still_in_doubt`: nobody was asked yet about a write of before."""
        since = self.in_doubt_since or self.intent_at if still_in_doubt else None
        self._leave(
            State.HELD, sentence, reason=reason, problems=problems or [], intent_at=None,
            in_doubt_since=since,
        )  # fmt: skip

    def skip(self, sentence: str) -> None:
        """A written rule says that it is not for the other side."""
        self._leave(State.SKIPPED, sentence, natural_key="")

    def finish(self, sentence: str, **facts: Any) -> None:
        """Posted: the destination was asked and said so."""
        now = timezone.now()
        facts = {"posted_at": self.posted_at or now, "read_back_at": now, **facts}
        self._leave(
            State.POSTED, sentence, attempts=0, intent_at=None, in_doubt_since=None,
            link_number="", missing_since=None, compared_at=now, **facts,
        )  # fmt: skip

    def retry(self, sentence: str, at: dt.datetime | None = None, counted: bool = True) -> None:
        """Again later; a write in doubt stays in doubt. Gives up after many tries that count."""
        since = self.in_doubt_since or self.intent_at
        if counted and self.attempts >= GIVE_UP_AFTER and since is None:
            self.hold(Reason.GAVE_UP, f"Gave up after {self.attempts} tries. Last: {sentence}")
            return
        state = State.IN_DOUBT if since else State.PENDING
        at = at or timezone.now() + backoff(self.attempts)
        attempts = self.attempts if counted else max(self.attempts - 1, 0)
        self._leave(state, sentence, run_at=at, in_doubt_since=since, attempts=attempts)

    def _leave(self, state: str, sentence: str, **fields: Any) -> None:
        """From running into another state, with its Entry, in one transaction."""
        values: dict[str, Any] = {
            "reason": "", "problems": [], "run_at": None, "claim": None, "lease_until": None,
            "changed_at": timezone.now(), **fields, "state": state, "sentence": sentence,
        }  # fmt: skip
        with transaction.atomic():
            again = self._locked().changed_while_running
            if again and state in (State.POSTED, State.SKIPPED, State.HELD):
                values |= {"state": State.PENDING, "changed_while_running": False}
            values |= self.waits(values["state"])
            self._update(values)
            data = {"state": state, "rests": state in RESTING and self.in_doubt_since is None}
            if self.reason:
                data |= {"reason": self.reason, "problems": self.problems}
            self._tell_parent()
            if self.state == State.PENDING != state:
                Record.objects.nudge([self.pk])
            self.journal().append(Entry.Kind.STATE, f"{State(state).label}: {sentence}", data)

    def _locked(self) -> Record:
        """This row under its lock. A document's row is taken before those of its differences, and
        the journal's lock last of all, so that nobody waits in a circle.
        """
        rows = Record.objects.select_for_update().only(*LOCKED_FOR).order_by("revision", "pk")
        mine = Q(pk=self.pk)
        if self.revision > 1:
            mine |= Q(pk__in=self.family.filter(revision=1).values("pk"))
        return {row.pk: row for row in rows.filter(mine)}[self.pk]

    def _tell_parent(self) -> None:
        """What becomes of a difference is news to the document whose difference it is."""
        if self.revision == 1 or self.on_its_way:
            return
        parent = self.family.filter(revision=1)
        parent.filter(state=State.RUNNING).update(changed_while_running=True)
        waits = parent.filter(state=State.HELD, reason=Reason.CHANGED_AFTER_POSTING)
        if due := list(waits.values_list("pk", flat=True)):
            waits.update(state=State.PENDING, run_at=None, attempts=0)
            Record.objects.nudge(due)

    def _update(self, values: dict[str, Any]) -> None:
        mine = Record.objects.filter(pk=self.pk, state=State.RUNNING, claim=self.claim)
        values = {**self._remembered, **values}
        inner = values.get("natural_key") and connection.in_atomic_block
        try:
            with transaction.atomic() if inner else nullcontext():
                found = mine.update(**values)
        except IntegrityError as error:
            rows = Record.objects.filter(integration=self.integration_id)
            other = rows.filter(natural_key=values["natural_key"]).first()
            vendor = f"{self.vendor_id} {self.vendor_name}".rstrip() if self.vendor_id else ""
            raise KeyTaken.of(self.number or self.source_id, vendor, other) from error
        if not found:
            raise ClaimLost(f"record {self.pk} was taken by another worker")
        self._remembered = {}
        for name, value in values.items():
            setattr(self, name, value)

    def replay(self, actor: str, why: str = "Replay") -> bool:
        """Run it again from the start. Safe on anything, any number of times."""
        return self._pend(actor, "replay", why)

    def accept(self, actor: str, why: str) -> bool:
        """Leave the ledger as it is: the difference is known and accepted."""
        sentence = f"Difference accepted: {why}"
        return self._pend(actor, "accept", sentence, accepted_digest=self.digest)

    def follow(self, actor: str, sentence: str) -> bool:
        """Its difference is posted: what was accepted before was of another standing."""
        return self._pend(actor, "post_difference", sentence, accepted_digest="")

    def link(self, actor: str, number: str) -> bool:
        """It is already there, under this number: the worker asks the ledger and links it."""
        return self._pend(actor, "link", f"Link to {number}", link_number=number)

    def set_aside(self, actor: str, why: str) -> bool:
        """A named person decides that it is not to be posted by us."""
        sentence = f"Set aside by {actor}: {why}"
        with transaction.atomic():
            row = self._locked()
            if row.state not in (State.HELD, State.PENDING, State.SKIPPED):
                return False
            Record.objects.filter(pk=self.pk).update(
                state=State.SET_ASIDE, sentence=sentence, changed_at=timezone.now(),
                held_since=None,
                natural_key=row.natural_key if row.destination_id else "",
            )  # fmt: skip
            data = {"verb": "set_aside", "state": State.SET_ASIDE}
            self.state = State.SET_ASIDE
            self._tell_parent()
            self.journal(actor).append(Entry.Kind.PERSON, sentence, data)
        return True

    def _pend(self, actor: str, verb: str, sentence: str, **fields: Any) -> bool:
        """To pending, due now, unless a worker has it. False when one has."""
        with transaction.atomic():
            row = self._locked()
            if row.state == State.RUNNING:
                return False
            state = State.IN_DOUBT if row.in_doubt_since else State.PENDING
            Record.objects.filter(pk=self.pk).update(
                state=state, reason="", sentence=sentence, run_at=None, attempts=0,
                changed_at=timezone.now(), **fields,
            )  # fmt: skip
            Record.objects.nudge([self.pk])
            self.journal(actor).append(Entry.Kind.PERSON, sentence, {"verb": verb, "state": state})
        return True
