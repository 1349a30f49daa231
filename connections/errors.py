"""The three ends of a failure: try again later, needs a person, not for the other side.

And the fourth, which is not an end: in doubt, when nobody knows whether a write happened.
Messages are for the accountant: what, which number, what to do. Never a secret in them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Self

from django.db.models import TextChoices


class Reason(TextChoices):
    """Why a record is held. The label is the short form shown in lists."""

    MISSING_MAPPING = "missing_mapping", "Missing mapping"
    MISSING_VENDOR = "missing_vendor", "Vendor not linked"
    MISSING_PROJECT = "missing_project", "Project not linked"
    NO_VENDOR = "no_vendor", "No vendor named"
    NO_PROJECT = "no_project", "No one project named"
    NO_LINES = "no_lines", "No lines"
    LINE_WITHOUT_COST_CODE = "line_without_cost_code", "Line without cost code"
    DOES_NOT_FOOT = "does_not_foot", "Does not add up"
    CURRENCY = "currency", "Foreign currency"
    STATUS = "status", "Status unknown"
    NUMBER = "number", "Number missing or too long"
    MISSING_DATE = "missing_date", "Date missing"
    DUPLICATE_NUMBER = "duplicate_number", "Number used twice"
    ALREADY_THERE = "already_there", "Already in the ledger"
    PERIOD_CLOSED = "period_closed", "Period closed"
    BILLING_PERIOD = "billing_period", "Billing period closed"
    VENDOR_BLOCKED = "vendor_blocked", "Vendor blocked"
    ACCOUNT_UNUSABLE = "account_unusable", "Account unusable"
    DIMENSION = "dimension", "Dimension problem"
    TAX = "tax", "Tax missing from the total"
    NEEDS_APPROVAL = "needs_approval", "Needs approval"
    OVER_LIMIT = "over_limit", "Over the amount limit"
    SENT_BACK = "sent_back", "Sent back"
    LOCKED = "locked", "Locked in the project system"
    COST_CODE = "cost_code", "Cost code unknown"
    OVER_COMMITMENT = "over_commitment", "More than its commitment"
    NOT_IN_COMMITMENT = "not_in_commitment", "Cost code not in the commitment"
    NO_COMMITMENT = "no_commitment", "Commitment is not there"
    OTHER_VENDOR = "other_vendor", "Vendor is not its commitment’s"
    WAITS = "waits", "Waits for another document"
    BOOKED_TWICE = "booked_twice", "Would be booked twice"
    REFUSED = "refused", "Refused by the other system"
    CHANGED_AFTER_POSTING = "changed_after_posting", "Changed after posting"
    DELETED_AT_SOURCE = "deleted_at_source", "Deleted at the source"
    DIFFERS = "differs", "Differs from the ledger"
    POSSIBLE_DUPLICATE = "possible_duplicate", "Possible duplicate"
    SHADOW = "shadow", "Shadow mode"
    GAVE_UP = "gave_up", "Gave up"
    SETTINGS = "settings", "Settings incomplete"


def reasons() -> list[tuple[str, str]]:
    """A callable, so that a new reason needs no migration."""
    return list(Reason.choices)


@dataclasses.dataclass(frozen=True)
class Words:
    """With which another system refused something, in its own language and numbers."""

    vendor: str  # key of its module
    code: str
    text: str


class ConnectorError(Exception):
    """Base of all. `sentence` is what a person reads; `untold` the other system's words, where it
    refused and no rule of ours knows what they mean."""

    untold: Words | None = None

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class RetryLater(ConnectorError):
    """Nothing was done; try again at `at` (None: the engine's backoff decides)."""

    def __init__(self, sentence: str, at: dt.datetime | None = None) -> None:
        super().__init__(sentence)
        self.at = at


class Unreachable(RetryLater):
    """The other system did not answer at all: whatever is asked of it has the same cause."""


class NoTry(RetryLater):
    """Later, and no try of its own: never a reason to give up."""


class GoesOn(NoTry):
    """A part was done before it was stopped for now; the rest follows soon."""

    SOON = dt.timedelta(seconds=5)

    @classmethod
    def after(cls, error: RetryLater) -> GoesOn:
        """When the other system says, else soon: what moves need not wait longer and longer."""
        return cls(error.sentence, error.at or dt.datetime.now(dt.UTC) + cls.SOON)


class WaitsForOther(NoTry):
    """Another document goes first and is on its way."""


class Unasked(NoTry):
    """Our own rows do not tell, and nobody else may be asked now: a forecast."""


class CredentialPaused(NoTry):
    """The sign-in failed; everything of that credential waits until it works again."""


class NeedsPerson(ConnectorError):
    """Hold with a reason. `detail` holds facts for the page (JSON-able)."""

    def __init__(self, reason: Reason, sentence: str, **detail: object) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.detail = detail

    def leads_to(self, address: str, what: str) -> None:
        """Where the other system shows `what` is to be mended; an address that is known stays."""
        listed = self.detail.get("problems")
        for facts in [self.detail, *(listed if isinstance(listed, list) else [])]:
            if address and not facts.get("there"):
                facts |= {"there": address, "opens": what}

    @classmethod
    def in_words(cls, words: Words | None, reason: Reason, sentence: str, **detail: object) -> Self:
        """No rule of ours knows these: they are shown as they are, and collected."""
        found = cls(reason, sentence, **detail)
        found.untold = words
        return found


class NotForOtherSide(ConnectorError):
    """Skip by a written rule, which `sentence` states."""


class InDoubt(ConnectorError):
    """A write was sent and not answered: ask before doing anything else."""


class Refused(ConnectorError):
    """The other system answered no (4xx). `status`, `code` and `text` are its own words."""

    def __init__(
        self, sentence: str, *, status: int, code: str = "", text: str = "", vendor: str = ""
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.text = text
        self.untold = Words(vendor, code, text) if vendor and text else None


class NotFound(Refused):
    """404. Means absent, or not permitted: never a deletion by itself."""
