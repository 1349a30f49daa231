"""One text with which a vendor refuses and that no rule knows, and what a person said it means.

An answer gives a reason and a sentence to what is held anyway. It takes part in no decision: what
is in doubt stays in doubt, what is refused is not tried again, and nothing counts as posted.
"""

from __future__ import annotations

import hashlib
import string

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from connections.errors import Reason, Words
from connections.pages import moments
from connections.registry import vendor_label
from syncs.catalogue.plain import plain
from syncs.record import Record

# Reasons that only say what is to be mended. The others belong to gates, to differences and to
# what waits: these let things pass, or go on by themselves.
ANSWERS = (
    Reason.REFUSED, Reason.SETTINGS, Reason.PERIOD_CLOSED, Reason.VENDOR_BLOCKED,
    Reason.MISSING_VENDOR, Reason.ACCOUNT_UNUSABLE, Reason.DIMENSION, Reason.COST_CODE,
    Reason.TAX, Reason.CURRENCY, Reason.NUMBER, Reason.DUPLICATE_NUMBER, Reason.MISSING_DATE,
    Reason.NO_LINES, Reason.DOES_NOT_FOOT, Reason.OVER_COMMITMENT,
    Reason.NOT_IN_COMMITMENT,
)  # fmt: skip
FACTS = {
    "number": "the document's number", "vendor": "its vendor", "project": "its project",
    "date": "its date", "system": "the system that refused it", "said": "that system's own words",
}  # fmt: skip


def answers() -> list[tuple[str, str]]:
    return [(str(reason), str(reason.label)) for reason in ANSWERS]


class Wording(models.Model):
    """Names and numbers are replaced in it. Without a reason it is not answered."""

    vendor = models.CharField("system", max_length=40)
    code = models.CharField("its code", max_length=100, blank=True)
    text = models.TextField("what it says")
    key = models.CharField(max_length=64, unique=True)
    times = models.PositiveBigIntegerField("how often", default=0)
    first_at = models.DateTimeField("first", default=timezone.now)
    last_at = models.DateTimeField("last", default=timezone.now)
    record = models.ForeignKey(Record, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(
        "what it means", max_length=30, choices=answers, blank=True,
        help_text="Documents that are refused so are held for this reason. Empty: not answered.",
    )  # fmt: skip
    sentence = models.TextField(
        "what to do", blank=True, max_length=500,
        help_text="Whoever can mend it reads this sentence. These words become facts of the "
        "document: {number}, {vendor}, {project}, {date}, {system}, {said}.",
    )  # fmt: skip
    answered_by = models.CharField(max_length=150, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "text of another system"
        verbose_name_plural = "texts of other systems"
        default_permissions = ("view", "export")
        permissions = [("answer_wording", "Can say what texts of other systems mean")]
        ordering = ["-last_at", "-pk"]
        indexes = [models.Index(fields=["-last_at"], condition=Q(reason=""), name="unanswered")]

    def __str__(self) -> str:
        return f"{vendor_label(self.vendor)}: {self.text[:80]}"

    @classmethod
    def note(cls, words: Words, record: Record) -> Wording:
        """Counted once more, with this document as its example. Row by row, in no transaction."""
        text, code = plain(words.text, record), words.code[:100]
        key = hashlib.sha256("\n".join((words.vendor, code, text)).encode()).hexdigest()
        row, _ = cls.objects.get_or_create(
            key=key, defaults={"vendor": words.vendor, "code": code, "text": text}
        )
        cls.objects.filter(pk=row.pk).update(
            times=F("times") + 1, last_at=timezone.now(), record=record
        )
        return row

    def clean(self) -> None:
        """Both or none, and a sentence that can be told of any document."""
        if bool(self.reason) != bool(self.sentence.strip()):
            missing = "sentence" if self.reason else "reason"
            raise ValidationError({missing: "Give both, or leave both empty to take it back."})
        if problem := wrong(self.sentence):
            raise ValidationError({"sentence": problem})

    def told_of(self, record: Record, said: str) -> str:
        """The answer's sentence about this document."""
        day = moments.day(record.document_date, "its date")
        facts = {
            "number": record.number or record.source_id, "vendor": record.vendor_name or
            record.vendor_id or "its vendor", "project": record.project or "its project",
            "date": day, "system": vendor_label(self.vendor), "said": said,
        }  # fmt: skip
        sentence = self.sentence.strip().format_map(facts)
        return sentence[:1].upper() + sentence[1:]


def wrong(sentence: str) -> str:
    """Why it cannot be told, or empty."""
    said = sentence.strip()
    if not said:
        return ""
    try:
        parts = list(string.Formatter().parse(said))
    except ValueError:
        return "A bracket has no other half."
    names = [name for _, name, _, _ in parts if name is not None]
    if unknown := [name for name in names if name not in FACTS]:
        return f"Nothing is known by the name {{{unknown[0]}}}. Known: {', '.join(FACTS)}."
    if any(form or turned for _, _, form, turned in parts):
        return "Only the name stands between brackets, as {number}."
    if said[-1] not in ".!?":
        return "A sentence ends with a full stop."
    return ""
