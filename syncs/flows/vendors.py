"""Ledger vendors into a project system, many at a time, by `origin_id`: an idempotent upsert.

The ledger owns every field that is sent, and nothing of this flow returns to it. A name that
people change in the project system is put back, at once where that system tells of it. What it
shows is compared before anything is written, so that the notice of our own write starts nothing.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.models import Entry
from connections.documents import Hint, Vendor
from connections.errors import NeedsPerson, NotForOtherSide, Reason, RetryLater, Words
from connections.models import Integration
from connections.registry import Ability
from connections.roles import Upserted
from mappings.models import Reference, VendorLink
from syncs.coding.shapes import Card
from syncs.coding.snapshot import pack
from syncs.flow import Context, Flow, Scope
from syncs.ingest.noting import note_all, pend
from syncs.ingest.reference_data import changed_vendors, ledger_vendor_row
from syncs.models import Record, State
from syncs.pipelines.engine import ending
from syncs.pipelines.posted import NOWHERE
from syncs.pipelines.write import Intent, review, write_again
from syncs.registry import flows_of

SENT = ("name", "street", "city", "state", "postal_code", "country", "phone", "email", "active")


class VendorFlow(Flow):
    about = (
        "One way, by decision: the ledger owns its vendors, and nothing of this flow returns to "
        "it. A name that people change in the project system is put back, at once where that "
        "system tells of it, else by the nightly reconciliation. What they change there beside "
        "the name stays until the vendor changes in the ledger."
    )
    source = "ledger"
    needs_project = frozenset({Ability.VENDOR_DIRECTORY})
    batch = 100
    origin_prefix: ClassVar[str]

    def scopes(self, context: Context) -> list[Scope]:
        return [Scope()]

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Without a moment of change in the ledger, what it lists is compared to the last list."""
        for vendor in changed_vendors(context, since):
            stamp = "" if vendor.updated_at else digest(vendor)
            yield Hint(
                vendor.number, updated_at=vendor.updated_at, own_date=True, number=vendor.number,
                stamp=stamp,
            )  # fmt: skip

    def carry(self, context: Context, records: list[Record]) -> None:
        """Fetch all, send all that differ in one request, store what the other side answered."""
        numbers = [record.source_id for record in records]
        found = {vendor.number: vendor for vendor in context.ledger.vendors_by_number(numbers)}
        there = self.shown(context, [row for row in records if is_sent(row, found)])
        wanted: dict[str, tuple[Record, Vendor]] = {}
        for record in records:
            with ending(record):
                vendor = found.get(record.source_id)
                if row := self.prepare(context, record, vendor, there.get(record.destination_id)):
                    claimed_once(row, [other for _, other in wanted.values()])
                    wanted[row.origin_id] = (record, row)
        if wanted:
            self.send(context, wanted)

    def shown(self, context: Context, records: list[Record]) -> dict[str, Vendor]:
        """What the project system shows of these now, by its id: one request for all of them."""
        ids = [record.destination_id for record in records if record.destination_id]
        rows = context.project_system.vendors(ids) if ids else []
        return {vendor.id: vendor for vendor in rows}

    def prepare(
        self, context: Context, record: Record, vendor: Vendor | None, there: Vendor | None
    ) -> Vendor | None:
        """The row to send, or None when the record reached a state."""
        if vendor is None:
            raise renumbered(context, record) or left(record)
        if is_another(record, vendor):
            self.let_go(context, record)
        proof = digest(vendor)
        record.keep(
            number=vendor.number, title=vendor.name, vendor_id=vendor.number,
            vendor_name=vendor.name, digest=proof, source_updated_at=vendor.updated_at,
            source=pack(vendor),
        )  # fmt: skip
        if record.posted_digest == proof:
            if there and there.name == vendor.name:
                record.finish("Unchanged since it was sent: the other side shows it so.")
                return None
            record.journal().append(Entry.Kind.READ_BACK, put_back(vendor, there))
        linked = self.linked(context.integration, vendor)
        if vendor.blocked == "all" and not linked:
            raise NotForOtherSide(f"Vendor {vendor.number} is blocked in the ledger.")
        origin = f"{self.origin_prefix}|{vendor.number}"
        self.check_alone(context.integration, vendor, linked)
        # An id binds a row of the project system; without one, origin_id finds or makes it.
        bind = linked if linked and not record.posted_digest else ""
        row = dataclasses.replace(vendor, id=bind, origin_id=origin, active=vendor.blocked != "all")
        review(context, record, upsert(row))
        return row

    def let_go(self, context: Context, record: Record) -> None:
        """The number is another vendor's now. Raises RetryLater until the one that had it bears
        its own number over there, too."""
        links = VendorLink.objects.filter(
            integration=context.integration, project_vendor_id=record.destination_id
        )
        for link in links.exclude(ledger_number=record.source_id):
            rows = Record.objects.filter(
                integration=context.integration, flow=self.name, source_id=link.ledger_number
            )
            if not rows.exclude(posted_digest="").exists():
                raise RetryLater(f"{record.number} waits until {link} bears its new number.")
        record.keep(**NOWHERE, posted_digest="")

    def check_alone(self, integration: Integration, vendor: Vendor, linked: str) -> None:
        """Two ledgers beside one project system share no row of it: each would write it in turn,
        under one mark of ours or under two."""
        others = Record.objects.exclude(integration=integration).filter(
            Q(source_id=vendor.number, flow=self.name) | Q(destination_id=linked or None),
            integration__project_system=integration.project_system, destination_kind="vendor",
        ).exclude(posted_digest="").select_related("integration")  # fmt: skip
        for other in others:
            if other.destination_id == linked or same_mark(other, self.origin_prefix):
                raise NeedsPerson(
                    Reason.POSSIBLE_DUPLICATE,
                    f"{other.vendor_name} of the project system is kept by {other.integration} as "
                    f"its vendor {other.number}. Link vendor {vendor.number} to it under “Vendor "
                    "links” and set this one aside: documents find it by the link.",
                    other=str(other.pk),
                )

    def linked(self, integration: Integration, vendor: Vendor) -> str:
        """The project system's id: linked already, or the one row that bears the same name."""
        link = VendorLink.objects.filter(integration=integration, ledger_number=vendor.number)
        if row := link.first():
            return row.project_vendor_id
        same = self.same_name(integration, vendor.name)
        if len(same) > 1:
            raise NeedsPerson(
                Reason.POSSIBLE_DUPLICATE,
                f"{len(same)} vendors of the project system are called {vendor.name}. Link one.",
            )
        return same[0].remote_id if same else ""

    def same_name(self, integration: Integration, name: str) -> list[Reference]:
        """Those of that name that no other ledger vendor has."""
        taken = VendorLink.objects.filter(integration=integration)
        rows = Reference.objects.filter(
            connection=integration.project_system, kind=Reference.Kind.VENDOR, gone_at=None,
            name__iexact=name.strip(),
        ).exclude(remote_id__in=taken.values("project_vendor_id"))  # fmt: skip
        return list(rows.exclude(data__has_key="origin_id")[:2])

    def send(self, context: Context, wanted: dict[str, tuple[Record, Vendor]]) -> None:
        """One upsert; safe to repeat, so a lost answer is simply sent again."""
        rows = [row for _, row in wanted.values()]
        context.about(None)
        with ExitStack() as gates:
            for record, row in wanted.values():
                gates.enter_context(write_again(context, record, upsert(row)))
            answers = context.project_system.upsert_vendors(rows, f"Upsert {len(rows)} vendors")
        by_origin = {answer.origin_id: answer for answer in answers}
        for origin, (record, row) in wanted.items():
            with ending(record):
                self.settle(context, record, row, by_origin.get(origin))

    def settle(
        self, context: Context, record: Record, row: Vendor, answer: Upserted | None
    ) -> None:
        """Posted only when the other side shows the row as we sent it."""
        if answer is None:
            raise RetryLater("The other side's answer does not name this vendor.")
        if answer.vendor is None:
            raise refused(context, answer)
        there = answer.vendor
        if there.name != row.name:
            raise NeedsPerson(
                Reason.DIFFERS, f"The other side shows the name “{there.name}”, not “{row.name}”."
            )
        remember(context.integration, row, there, str(record.source.get("id") or ""))
        release(context.integration, there.id)
        record.journal().append(
            Entry.Kind.READ_BACK, f"The other side shows {there.name} ({there.id})."
        )
        record.finish(
            f"{row.name} stands in the project system.",
            posted_digest=record.digest, destination_kind="vendor", destination_id=there.id,
            destination_number=there.number or there.id, destination_status="posted",
        )  # fmt: skip

    def reconcile(self, context: Context) -> dict[str, Any]:
        return compare_lists(context, self)


def refused(context: Context, answer: Upserted) -> NeedsPerson:
    words = Words(context.integration.project_system.vendor, "", answer.problem)
    return NeedsPerson.in_words(words, Reason.REFUSED, f"Refused: {answer.problem}")


def same_mark(other: Record, prefix: str) -> bool:
    flow = flows_of(other.integration).get(other.flow)
    return getattr(flow, "origin_prefix", "") == prefix


def is_sent(record: Record, found: dict[str, Vendor]) -> bool:
    """As the ledger has it now; what stands over there is another question."""
    vendor = found.get(record.source_id)
    return vendor is not None and record.posted_digest == digest(vendor)


def put_back(vendor: Vendor, there: Vendor | None) -> str:
    if there is None:
        return f"The other side does not show {vendor.name} any more: it is sent again."
    return (
        f"The other side calls it “{there.name}”. The ledger owns the name: “{vendor.name}” is put "
        "back."
    )


def upsert(vendor: Vendor) -> Intent:
    entry = Card(**{name: getattr(vendor, name) for name in ("number", *SENT)})
    return Intent(entry, digest(vendor), words=f"vendor {vendor.number} {vendor.name}")


def is_another(record: Record, vendor: Vendor) -> bool:
    """Sent under this number before, with an id that is not this vendor's."""
    was = record.source.get("id") if record.posted_digest else ""
    return bool(was) and vendor.id not in (was, vendor.number)


def renumbered(context: Context, record: Record) -> Exception | None:
    """The same vendor stands under another number now; its own record goes on with it."""
    id = record.source.get("id") or ""
    rows = Reference.objects.filter(
        connection=context.integration.ledger,
        kind=Reference.Kind.VENDOR,
        remote_id=id,
        gone_at=None,
    )
    now = rows.exclude(code=record.source_id).first() if id else None
    if now is None:
        return None
    record.keep(**NOWHERE, posted_digest="")
    return NotForOtherSide(f"Vendor {record.source_id} is {now.code} in the ledger now.")


def left(record: Record) -> Exception:
    """The ledger answered, and without it: never silent once the other side has it."""
    known = record.number or record.source_id
    if not record.posted_digest:
        return NotForOtherSide(f"Vendor {known} is not in the ledger any more.")
    if record.accepted_digest == record.digest:
        return NotForOtherSide(f"Vendor {known} left the ledger; a person accepted that it stays.")
    return NeedsPerson(
        Reason.DELETED_AT_SOURCE,
        f"Vendor {known} {record.vendor_name} is not in the ledger any more and still stands in "
        "the project system. Make it inactive there, then accept.",
    )


def claimed_once(row: Vendor, others: list[Vendor]) -> None:
    """Two ledger vendors of one name must not both become the one row that bears it."""
    twin = next((other for other in others if row.id and other.id == row.id), None)
    if twin:
        raise NeedsPerson(
            Reason.POSSIBLE_DUPLICATE,
            f"The ledger's vendors {twin.number} and {row.number} are both called {row.name}, and "
            f"the project system has one, which went to {twin.number}. Link {row.number} to its "
            "own, or replay to make a second.",
        )


def remember(integration: Integration, row: Vendor, there: Vendor, ledger_id: str) -> None:
    """The link by which documents find their ledger vendor, and the reference rows of both."""
    facts = ledger_vendor_row(row)
    Reference.objects.update_or_create(
        connection=integration.ledger, kind=Reference.Kind.VENDOR, parent="", code=row.number,
        defaults={"name": row.name, "unusable": facts["unusable"], "data": facts["data"],
                  "remote_id": ledger_id, "seen_at": timezone.now(), "gone_at": None},
    )  # fmt: skip
    VendorLink.objects.update_or_create(
        integration=integration,
        project_vendor_id=there.id,
        defaults={
            "project_vendor_name": there.name,
            "ledger_number": row.number,
            "ledger_name": row.name,
            "origin": VendorLink.Origin.NAME if row.id else VendorLink.Origin.SYNC,
        },
    )
    Reference.objects.update_or_create(
        connection=integration.project_system, kind=Reference.Kind.VENDOR, parent="",
        code=there.id,
        defaults={
            "remote_id": there.id, "name": there.name, "seen_at": timezone.now(),
            "gone_at": None, "data": {"origin_id": there.origin_id},
        },
    )  # fmt: skip


@transaction.atomic
def release(integration: Integration, project_vendor_id: str) -> None:
    """Documents that were held because this vendor was not linked go on by themselves."""
    rows = Record.objects.select_for_update().filter(
        integration=integration, state=State.HELD, reason=Reason.MISSING_VENDOR,
        vendor_id=project_vendor_id,
    )  # fmt: skip
    ids = list(rows.order_by("revision", "pk").values_list("pk", flat=True))
    if ids:
        sentence = "Its vendor is linked now."
        Record.objects.filter(pk__in=ids).update(
            state=State.PENDING, reason="", problems=[], run_at=None, sentence=sentence
        )
        Record.objects.nudge(ids)
        for row in Record.objects.filter(pk__in=ids).select_related("integration"):
            row.journal().append(Entry.Kind.NOTED, sentence)


def digest(vendor: Vendor) -> str:
    content = {name: str(getattr(vendor, name)) for name in (*SENT, "blocked")}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def compare_lists(context: Context, flow: VendorFlow) -> dict[str, Any]:
    """Ledger vendors against the project system's, by origin_id."""
    there = {vendor.origin_id: vendor for vendor in context.project_system.vendors()}
    hints, absent = [], 0
    for vendor in context.ledger.vendors():
        hints.append(Hint(vendor.number, updated_at=vendor.updated_at, number=vendor.number))
        shown = there.get(f"{flow.origin_prefix}|{vendor.number}")
        if shown is None or shown.name != vendor.name:
            absent += resend(context, flow, vendor.number)
    noted = note_all(context.integration, flow.name, hints, "reconciliation")
    gone = departed(context, flow, {hint.source_id for hint in hints})
    return {"ledger": len(hints), "noted": noted, "sent_again": absent, "missing": gone}


def departed(context: Context, flow: VendorFlow, listed: set[str]) -> int:
    """Sent, and the ledger does not list them any more: looked at again, never concluded here."""
    rows = Record.objects.filter(
        integration=context.integration, flow=flow.name, revision=1,
        state__in=[State.POSTED, State.HELD],
    ).exclude(posted_digest="").exclude(reason=Reason.DELETED_AT_SOURCE)  # fmt: skip
    found = rows.values_list("pk", "source_id")
    gone = [pk for pk, number in found.iterator() if number not in listed]
    return pend(gone, "The ledger does not list it any more.")


def resend(context: Context, flow: VendorFlow, number: str) -> int:
    """Posted by our word, but the other side does not show it: send it again."""
    rows = Record.objects.filter(
        integration=context.integration, flow=flow.name, source_id=number, state=State.POSTED
    )
    ids = list(rows.values_list("pk", flat=True))
    Record.objects.filter(pk__in=ids).change(posted_digest="")
    return pend(ids, "The other side does not show it as sent.")
