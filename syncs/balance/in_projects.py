"""What people typed into the project system where the ledger's documents are sent: by its lists.

Documents that go the other way need none of this: each of them becomes a record of ours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.utils import timezone

from connections.documents import ZERO, Document, Hint, Party, Project, spelled
from connections.errors import NeedsPerson, NotFound, NoTry, Refused
from connections.models import Integration
from mappings.models import ProjectLink
from syncs.balance.documents import amounts_of, book_of
from syncs.balance.places import Terms, vars_of
from syncs.balance.rows import Cause, CellPart, Left, TypedByHand
from syncs.coding.shapes import pack, unpack
from syncs.flow import Context
from syncs.flows.documents import DocumentFlow
from syncs.flows.purchases import LedgerFlow
from syncs.models import FlowSettings, Record
from syncs.reconciliation.looks import charged, within_share
from syncs.registry import flows_of

BECOMES = {
    FlowSettings.Booking.COMMITMENT: {"purchase_order"},
    FlowSettings.Booking.BILLING: {"requisition", "direct_cost"},
}


def kinds(integration: Integration) -> list[str]:
    """Those that are sent there and of which no flow reads what people typed."""
    flows = flows_of(integration).values()
    chosen = {one for flow in flows if isinstance(flow, LedgerFlow) for one in flow.bookings}
    sent = {kind for booking, some in BECOMES.items() if booking in chosen for kind in some}
    return sorted(sent - {flow.kind for flow in flows if isinstance(flow, DocumentFlow)})


def read(context: Context) -> Iterator[str]:
    """Brings the rows up to what the lists of all linked projects show. Yields what is not told."""
    wanted = kinds(context.integration)
    links = ProjectLink.objects.filter(integration=context.integration).order_by("project_number")
    unread = [
        f"{spelled(kind)}s of {link.project_number}"
        for link in (links if wanted else ()) for kind in wanted
        if not read_list(context, kind, link)
    ]  # fmt: skip
    if unread:
        system = context.integration.project_system
        lists = ", ".join(unread)
        yield Left(f"Not read again in {system} this time, so as it was before: {lists}.")


def read_list(context: Context, kind: str, link: ProjectLink) -> bool:
    """False: a limit or a right forbids it now; what was known of it stays."""
    if not within_share(context):
        return False
    until = timezone.now() + dt.timedelta(days=1)
    try:
        with charged(context):
            hints = list(context.project_system.changes(kind, link.project_id, None, until))
            return keep(context, kind, link, strangers(context, kind, hints))
    except (NoTry, Refused):
        return False


def strangers(context: Context, kind: str, hints: Sequence[Hint]) -> list[Hint]:
    """Those that no record sent."""
    system = context.integration.project_system
    rows = Record.objects.filter(integration__project_system=system, destination_kind=kind)
    ids = [hint.source_id for hint in hints if not hint.deleted]
    ours = set(rows.filter(destination_id__in=ids).values_list("destination_id", flat=True))
    return [hint for hint in hints if not hint.deleted and hint.source_id not in ours]


def keep(context: Context, kind: str, link: ProjectLink, hints: Sequence[Hint]) -> bool:
    """New and changed ones are read whole; those that left the list go. False: some are left."""
    system, shown = context.integration.project_system, f"{link.project_id}"
    mine = TypedByHand.objects.filter(system=system, kind=kind)
    mine.filter(listed_in=shown).exclude(remote_id__in=[one.source_id for one in hints]).delete()
    known = dict(mine.values_list("remote_id", "stamp"))
    for hint in hints:
        stamp = f"{hint.updated_at} {hint.amount}"[:100]
        if known.get(hint.source_id) == stamp:
            continue
        if not within_share(context):
            return False
        document = whole(context, kind, link, hint)
        mine.update_or_create(
            system=system, kind=kind, remote_id=hint.source_id,
            defaults={"number": document.number[:255], "listed_in": shown, "stamp": stamp,
                      "document": pack(document)},
        )  # fmt: skip
    return True


def whole(context: Context, kind: str, link: ProjectLink, hint: Hint) -> Document:
    """With its lines; as the list shows it where it cannot be read."""
    try:
        return context.project_system.document(kind, link.project_id, hint.source_id)
    except (NotFound, NeedsPerson, Refused):
        project = Project(link.project_id, link.project_number, link.project_name)
        return Document(
            kind, hint.source_id, hint.number, "", "", project, Party(), None, "", (),
            hint.amount or ZERO,
        )  # fmt: skip


def parts(context: Context, terms: Terms) -> Iterator[CellPart]:
    """Of all that is known, by the mapping tables as they are now."""
    wanted, system = kinds(context.integration), context.integration.project_system
    rows = TypedByHand.objects.filter(system=system, kind__in=wanted).order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        yield from parts_of(context.integration.pk, terms, row)


def parts_of(integration: int, terms: Terms, row: TypedByHand) -> Iterator[CellPart]:
    document = unpack(row.document)
    if not isinstance(document, Document):
        return
    why = (
        f"It is “{spelled(document.status)}” there, and no record of the connector answers for it."
    )
    for place, amount in amounts_of(document, terms.at(document, book_of(row.kind))).items():
        yield CellPart(
            integration_id=integration, cell=place.key(integration), **vars_of(place),
            in_projects=amount, in_ledger=ZERO, cause=Cause.IN_PROJECTS, why=why, typed=row,
            source_id=row.remote_id, number=document.number or row.remote_id,
            document_date=document.date, url=document.url,
        )  # fmt: skip
