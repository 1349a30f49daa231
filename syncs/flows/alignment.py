"""What the ledger lacks of the project system's reference data: made there once, then left alone.

Every field has one owner. Who made a vendor or a cost code names it; after that the ledger owns
the vendor (its flow sends changes back), and a value's name in the ledger is the ledger's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

from audit.models import Entry
from connections.documents import Hint, Vendor
from connections.errors import NeedsPerson, NotForOtherSide, Reason
from connections.models import Integration
from connections.registry import Ability
from mappings.models import CostCodeMapping, Reference, VendorLink
from mappings.releases import Wanted
from syncs.coding.shapes import Card, Value
from syncs.flow import Context, Scope
from syncs.flows.steps import Step, go_on, let_go
from syncs.flows.vendors import refused, remember
from syncs.flows.vendors import release as release_waiting
from syncs.ingest.noting import note_all, pend
from syncs.models import Record, State
from syncs.pipelines.engine import ending
from syncs.pipelines.write import Intent, write, write_again


class NewVendorFlow(Step):
    """Vendors that a document needs and the ledger does not have.

    Only those: the project system's directory also lists owners, architects and authorities.
    """

    about = (
        "Only vendors that a document needs and the ledger does not have. Each is made there "
        "once, under the project system's name for it, or linked to the one of that name. From "
        "then on the ledger owns it: a later change of the project system is not carried into "
        "the ledger, and the flow of vendors puts a changed name back."
    )
    batch = 20
    brings = Reason.MISSING_VENDOR
    verb = "makes or links"
    needs_project = frozenset({Ability.VENDOR_DIRECTORY})
    needs_ledger = frozenset({Ability.MASTERS})
    origin_prefix: ClassVar[str]

    def covers(self, context: Context, facts: dict[str, str]) -> bool:
        key = facts.get("vendor_id", "")
        return bool(key) and not context.book.vendor(key)

    def scopes(self, context: Context) -> list[Scope]:
        return [Scope()]

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Those that held documents name, by our own records: no request."""
        held = Record.objects.filter(
            integration=context.integration, state=State.HELD, reason=Reason.MISSING_VENDOR
        ).exclude(flow=self.name)
        for row in held.only("problems").iterator(chunk_size=1000):
            for facts in row.problems:
                if key := str(facts.get("vendor_id") or ""):
                    yield Hint(key, number=str(facts.get("vendor_name", ""))[:100], stamp=key)

    def carry(self, context: Context, records: list[Record]) -> None:
        context.about(None)
        rows = context.project_system.vendors([record.source_id for record in records])
        found = {vendor.id: vendor for vendor in rows}
        for record in records:
            context.about(record)
            with ending(record):
                self.align(context, record, found.get(record.source_id))

    def align(self, context: Context, record: Record, vendor: Vendor | None) -> None:
        if vendor is None or not vendor.active:
            raise NotForOtherSide("It is not active in the project system any more.")
        record.keep(number=vendor.name[:255], title=vendor.name, vendor_id=vendor.id,
                    vendor_name=vendor.name[:300])  # fmt: skip
        links = VendorLink.objects.filter(
            integration=context.integration, project_vendor_id=vendor.id
        )
        if link := links.first():
            if record.posted_digest:
                self.look_again(context, record, link.ledger_number)
                return
            raise NotForOtherSide(f"It is vendor {link.ledger_number} of the ledger already.")
        same = self.same_name(context, vendor)
        intent = card(vendor)
        with write(context, record, intent) as known:
            about = f"Create vendor {vendor.name}"
            there = same or context.master_ledger.create_vendor(vendor, about)
            self.check_single(context, vendor, there)
            known |= {"destination_id": there.id, "destination_number": there.number}
        with write_again(context, record, intent):
            self.introduce(context, vendor, there)
        record.finish(
            f"{vendor.name} is vendor {there.number} of the ledger.", posted_digest=intent.digest,
            destination_kind="vendor", destination_status="posted",
        )  # fmt: skip

    def check_single(self, context: Context, vendor: Vendor, there: Vendor) -> None:
        """The ledger's vendor is somebody else of the project system already."""
        other = VendorLink.objects.filter(
            integration=context.integration, ledger_number=there.number
        ).exclude(project_vendor_id=vendor.id)  # fmt: skip
        if link := other.first():
            raise NeedsPerson(
                Reason.POSSIBLE_DUPLICATE,
                f"{vendor.name} seems to be vendor {there.number} {there.name}, which is linked to "
                f"{link.project_vendor_name} already. Merge the two in the project system, or link "
                "this one, too.",
                vendor_id=vendor.id,
                vendor_name=vendor.name,
                ledger_number=there.number,
            )

    def look_again(self, context: Context, record: Record, number: str) -> None:
        if not context.ledger.vendors_by_number([number]):
            raise NeedsPerson(Reason.DIFFERS, f"Vendor {number} is not in the ledger any more.")
        record.finish(f"{record.title} is vendor {number} of the ledger.")

    def same_name(self, context: Context, vendor: Vendor) -> Vendor | None:
        """The ledger's one vendor of that name. Raises NeedsPerson when there are several."""
        rows = Reference.objects.filter(
            connection=context.integration.ledger, kind=Reference.Kind.VENDOR, gone_at=None,
            name__iexact=vendor.name.strip(),
        )  # fmt: skip
        numbers = list(rows.values_list("code", flat=True)[:2])
        if len(numbers) > 1:
            raise NeedsPerson(
                Reason.POSSIBLE_DUPLICATE,
                f"The ledger has more than one vendor called {vendor.name} "
                f"({', '.join(numbers)}). Link the right one.",
                vendor_id=vendor.id,
                vendor_name=vendor.name,
            )
        found = context.ledger.vendors_by_number(numbers)
        return found[0] if found else None

    def introduce(self, context: Context, vendor: Vendor, there: Vendor) -> None:
        """Both sides know each other: the link here, and our mark in the project system."""
        marked = Vendor(
            id=vendor.id, number=there.number, name=vendor.name, active=True,
            origin_id=f"{self.origin_prefix}|{there.number}",
        )  # fmt: skip
        [answer] = context.project_system.upsert_vendors([marked], f"Mark vendor {vendor.name}")
        if answer.vendor is None:
            raise refused(context, answer)
        remember(context.integration, marked, answer.vendor, there.id)
        release_waiting(context.integration, vendor.id)

    def reconcile(self, context: Context) -> dict[str, Any]:
        hints = list(self.changes(context, Scope(), None, dt.datetime.now(dt.UTC)))
        return {"noted": note_all(context.integration, self.name, hints, "reconciliation")}


def card(vendor: Vendor) -> Intent:
    """A new vendor card may need a second person."""
    entry = Card(vendor.name, street=vendor.street, city=vendor.city)
    proof = hashlib.sha256(vendor.name.encode()).hexdigest()
    words = f"vendor {vendor.name} as a card of the ledger"
    return Intent(entry, proof, f"vendor|{vendor.id}", words=words)


class CostCodeFlow(Step):
    """Cost codes of the projects as values of the ledger's dimension, so that costs can be posted.

    Which dimension: the one that the mapping rules fill with the cost code.
    """

    batch = 50
    brings = Reason.DIMENSION
    needs_project = frozenset({Ability.PROJECT_DOCUMENTS})
    needs_ledger = frozenset({Ability.MASTERS})

    def covers(self, context: Context, facts: dict[str, str]) -> bool:
        """A value that stands and may not be used is another matter."""
        ours = facts.get("dimension", "") == cost_code_dimension(context.integration)
        return ours and not self.stands(context, facts) and facts["value"] in self.codes(context)

    def stands(self, context: Context, facts: dict[str, str]) -> bool:
        values = context.book.references(Reference.Kind.DIMENSION_VALUE)
        return (facts["dimension"], facts["value"]) in values

    def scopes(self, context: Context) -> list[Scope]:
        return [Scope()]

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Codes with a parent (divisions stand on no line) that the ledger has no value for."""
        for code in self.missing(context):
            yield Hint(code, number=code, stamp=hashlib.sha256(code.encode()).hexdigest())

    def missing(self, context: Context) -> list[str]:
        dimension = cost_code_dimension(context.integration)
        if not dimension:
            return []
        theirs = Reference.objects.filter(
            connection=context.integration.ledger, kind=Reference.Kind.DIMENSION_VALUE,
            parent=dimension, gone_at=None,
        )  # fmt: skip
        known = {code.upper() for code in theirs.values_list("code", flat=True)}
        return [code for code in sorted(self.codes(context)) if code.upper() not in known]

    def watch(self, context: Context) -> int:
        """Values that went away are made again; those that came otherwise let go what waited."""
        missing = self.missing(context)
        rows = Record.objects.filter(integration=context.integration, flow=self.name)
        made = rows.filter(state=State.POSTED, source_id__in=missing)
        lost = list(made.values_list("pk", flat=True))
        again = pend(lost, "The ledger does not have its value any more.")
        asked = rows.filter(state=State.HELD, reason=Reason.DIMENSION)
        come = list(asked.exclude(source_id__in=missing).values_list("pk", flat=True))
        again += pend(come, "The ledger has its value now.")
        return again + go_on(context, self, lambda facts: self.stands(context, facts))

    def codes(self, context: Context) -> dict[str, str]:
        """Names by code over all projects; headings are left out."""
        rows = Reference.objects.filter(
            connection=context.integration.project_system, kind=Reference.Kind.COST_CODE,
            gone_at=None,
        ).values_list("code", "name")  # fmt: skip
        names = dict(rows)
        headings = {code.rpartition("-")[0] for code in names}
        return {code: name for code, name in names.items() if code not in headings and "-" in code}

    def carry(self, context: Context, records: list[Record]) -> None:
        dimension, names = cost_code_dimension(context.integration), self.codes(context)
        values = context.book.references(Reference.Kind.DIMENSION_VALUE)
        for record in records:
            context.about(record)
            with ending(record):
                self.align(context, record, dimension, names.get(record.source_id, ""), values)

    def align(
        self, context: Context, record: Record, dimension: str, name: str, values: Any
    ) -> None:
        code = record.source_id
        record.keep(number=code, title=name)
        if not name:
            raise NotForOtherSide("No project has this cost code any more.")
        longest = context.master_ledger.longest_value
        if len(code) > longest:
            raise NeedsPerson(
                Reason.NUMBER,
                f"Cost code {code} has {len(code)} characters, a value takes {longest}.",
            )
        if (dimension, code) not in values:
            make_value(context, record, Value(dimension, code, name))
        value_stands(context, record, dimension, code)

    def reconcile(self, context: Context) -> dict[str, Any]:
        hints = list(self.changes(context, Scope(), None, dt.datetime.now(dt.UTC)))
        return {"noted": note_all(context.integration, self.name, hints, "reconciliation")}


def make_value(context: Context, record: Record, value: Value) -> None:
    """The reference data need not wait for its next refresh."""
    dimension, code, name = value.dimension, value.code, value.name
    key, words = f"value|{dimension}|{code}", f"{dimension} {code}"
    with write(context, record, Intent(value, code, key, words=words)):
        about = f"Create value {code} of {dimension}"
        context.master_ledger.create_dimension_value(dimension, code, name, about)
    Reference.objects.update_or_create(
        connection=context.integration.ledger, kind=Reference.Kind.DIMENSION_VALUE,
        parent=dimension, code=code,
        defaults={"name": name, "seen_at": dt.datetime.now(dt.UTC), "gone_at": None},
    )  # fmt: skip


def value_stands(context: Context, record: Record, dimension: str, code: str) -> None:
    """What was held for want of it goes on."""
    record.journal().append(Entry.Kind.READ_BACK, f"The ledger has {dimension} {code}.")
    record.finish(
        f"{code} is a value of {dimension}.", posted_digest=code, destination_id=code,
        destination_kind="dimension_value", destination_number=code,
        destination_status="posted",
    )  # fmt: skip
    let_go(context, [Wanted.of("dimension", dimension=dimension, value=code)])


def cost_code_dimension(integration: Integration) -> str:
    """The dimension that most rules fill with the cost code; empty when none does."""
    counted: Counter[str] = Counter()
    for row in CostCodeMapping.objects.filter(integration=integration):
        for name, value in row.dimensions.items():
            counted[name] += value in ("{cost_code}", row.cost_code) and bool(value)
    [(name, count)] = counted.most_common(1) or [("", 0)]
    return name if count else ""
