"""One document in hand on its way into a ledger: what is to stand there, and whose it is."""

from __future__ import annotations

import dataclasses
from typing import Any

from connections.documents import CodedDocument, Found
from connections.errors import NeedsPerson, Reason
from syncs.flow import Context
from syncs.models import Record
from syncs.pipelines.write import Intent


@dataclasses.dataclass
class Job:
    """One record in hand, with what is to stand in the ledger."""

    record: Record
    coded: CodedDocument
    digest: str
    ask: str = ""  # why a person has to agree
    rules: dict[str, str] = dataclasses.field(default_factory=dict)  # that coded it

    @property
    def coded_by(self) -> dict[str, Any]:
        return {"rules": sorted(self.rules), "rule_versions": self.rules}

    @property
    def intent(self) -> Intent:
        return Intent(
            self.coded, self.digest, natural_key(self.coded), self.record.amount,
            f"{self.coded.kind.replace('_', ' ')} {self.coded.number}", self.ask,
        )  # fmt: skip


def natural_key(coded: CodedDocument) -> str:
    """At most one posted document per kind, vendor and number, for ever, in whatever letters."""
    return f"{coded.kind}|{coded.vendor}|{coded.number.upper()}"[:200]


def worth_the_same(job: Job, found: Found) -> bool:
    """The same figure in another currency is another amount."""
    return (found.total, found.currency) == (job.coded.total, job.coded.currency)


def worth(found: Found) -> str:
    return f"{found.total:,.2f} {found.currency}".rstrip()


def check_free(context: Context, job: Job, found: Found) -> None:
    """What another record owns is neither ours nor adopted nor linked: a number used twice."""
    if found.id and found.id == job.record.destination_id:
        return
    ours = Record.objects.exclude(pk=job.record.pk)
    done = "Change the number in the source, or set this one aside."
    if job.record.revision > 1:
        done = "Set this difference aside and post it again: it gets the next number."
    ledger, kind = context.integration.ledger, job.coded.kind
    if other := ours.owner(ledger, kind, found.id, found.number):
        raise NeedsPerson(
            Reason.DUPLICATE_NUMBER,
            f"{job.coded.number} of vendor {job.coded.vendor} {job.coded.vendor_name} stands in "
            f"the ledger as {found.number}, and that is {other}. {done}",
            other=str(other.pk),
        )
