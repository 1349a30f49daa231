"""A small company in the tables: what the admin's tests are told about."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from connections.companies.access import Access
from connections.documents import (
    CREDIT_MEMO,
    JOURNAL,
    PURCHASE_INVOICE,
    CodedDocument,
    CodedLine,
    Document,
    Line,
    Party,
    Project,
)
from connections.errors import Reason
from connections.models import Connection, Integration
from mappings.models import AccountRule, CostCodeMapping, ProjectLink, Reference, VendorLink
from syncs.coding import shapes
from syncs.coding.snapshot import digest, pack
from syncs.models import Record, State

counter = itertools.count(1)
LONG_VENDOR = (
    "Świętokrzyskie Przedsiębiorstwo Budowlane Żółć & Søn Größtenteils Inżynieria Lądowa "
    "Sp. z o.o. GmbH"
)
TODAY = dt.date(2026, 11, 16)


def company() -> Integration:
    """Two connections, one integration, its flows, accounts, one project and one vendor."""
    procore = Connection.objects.create(name="Procore", vendor="procore", test_ok=True)
    ledger = Connection.objects.create(name="Business Central", vendor="business_central")
    integration = Integration.objects.create(
        key="bc_procore", name="Business Central ↔ Procore", project_system=procore, ledger=ledger
    )
    integration.flows.update(shadow=False)
    master_data(integration)
    return integration


def master_data(integration: Integration) -> None:
    rows = [
        (integration.ledger, "account", "", "5010", "Concrete work, subcontracted"),
        (integration.ledger, "account", "", "2150", "Retainage payable"),
        (integration.ledger, "dimension_value", "PROJECT", "24-017", "Riverside Clinic"),
        (integration.ledger, "vendor", "", "V00010", "Acme Concrete"),
        (integration.project_system, "project", "", "24-017", "Riverside Clinic"),
        (integration.project_system, "project", "", "24-018", "Harbour School"),
    ]
    for connection, kind, parent, code, name in rows:
        Reference.objects.create(
            connection=connection, kind=kind, parent=parent, code=code, name=name,
            remote_id=f"r{code}", seen_at=timezone.now(),
        )  # fmt: skip
    Reference.objects.create(
        connection=integration.ledger, kind="window", code="window", seen_at=timezone.now(),
        data={"first": "2026-10-01", "last": "2026-12-31", "currency": "USD"},
    )  # fmt: skip


def mapped(integration: Integration, code: str = "03-300") -> CostCodeMapping:
    return CostCodeMapping.objects.create(integration=integration, cost_code=code, account="5010")


def linked(integration: Integration) -> None:
    VendorLink.objects.create(
        integration=integration, project_vendor_id="v1", project_vendor_name="Acme",
        ledger_number="V00010",
    )  # fmt: skip
    ProjectLink.objects.create(
        integration=integration, project_id="p1", project_number="24-017", value="24-017"
    )


def retainage(integration: Integration) -> AccountRule:
    return AccountRule.objects.create(
        integration=integration, purpose="retainage_held", account="2150"
    )


def of_code(source: Document, code: str) -> Document:
    lines = tuple(dataclasses.replace(line, cost_code=code) for line in source.lines)
    return dataclasses.replace(source, lines=lines)


def document(lines: int = 2, sign: int = 1, number: str = "", vendor: str = "") -> Document:
    """An invoice with tax on none and ten per cent retained on each line."""
    one = Decimal("1000.00") * sign
    rows = tuple(
        Line(
            id=f"l{n}", description=f"Pour no. {n}, façade “Süd”", amount=one, cost_code="03-300",
            cost_code_name="Cast-in-place concrete", cost_type="S", retained=one / 10,
        )
        for n in range(lines)
    )  # fmt: skip
    return Document(
        kind="requisition", id=f"{next(counter):05}", number=number or f"INV-{next(counter):05}",
        title="Billing no. 3", status="approved", project=Project("p1", "24-017", "Riverside"),
        vendor=Party("v1", vendor or "Acme Concrete"), date=TODAY, currency="USD", lines=rows,
        total=sum((row.amount - row.retained for row in rows), Decimal(0)),
        url="https://app.procore.com/24017/requisitions/1",
    )  # fmt: skip


def coded(source: Document) -> CodedDocument:
    kind = CREDIT_MEMO if source.total < 0 else PURCHASE_INVOICE
    sign = -1 if kind == CREDIT_MEMO else 1
    dimensions = (("PROJECT", "24-017"),)
    lines = [
        CodedLine("5010", sign * line.amount, line.description, dimensions, rule="cost code 03-300")
        for line in source.lines
    ]
    held = sum((line.retained for line in source.lines), Decimal(0))
    lines.append(CodedLine("2150", -sign * held, "Retainage held", dimensions, role="retainage",
                           rule="Retainage held"))  # fmt: skip
    return CodedDocument(
        kind=kind, number=source.number, vendor="V00010", vendor_name=source.vendor.name,
        document_date=TODAY, posting_date=TODAY, currency="", lines=tuple(lines),
        total=sum((line.amount for line in lines), Decimal(0)),
    )  # fmt: skip


def journal(source: Document) -> CodedDocument:
    lines = (CodedLine("5010", Decimal("900.00"), "Payroll"),
             CodedLine("2150", Decimal("-900.00"), "Clearing", role="balance"))  # fmt: skip
    return CodedDocument(
        kind=JOURNAL, number="DC1", vendor="", vendor_name="", document_date=TODAY,
        posting_date=TODAY, currency="", lines=lines, total=Decimal(0),
    )  # fmt: skip


def record(integration: Integration, source: Document | None = None, **fields: Any) -> Record:
    """A requisition as it was fetched and coded; pending unless said otherwise."""
    source = source or document()
    proof = digest(source)
    values: dict[str, Any] = {
        "flow": "requisitions", "scope": "p1", "source_id": source.id, "number": source.number,
        "title": source.title, "project": "24-017", "project_name": "Riverside Clinic",
        "vendor_id": source.vendor.id, "vendor_name": source.vendor.name,
        "amount": source.total, "document_date": source.date, "source": pack(source),
        "source_status": "approved", "source_url": source.url, "digest": proof,
        "coded": shapes.pack(coded(source)), **fields,
    }  # fmt: skip
    return Record.objects.create(integration=integration, **values)


def unmapped(integration: Integration, **fields: Any) -> Record:
    problem = {
        "reason": Reason.MISSING_MAPPING, "cost_code": "03-300", "cost_type": "S",
        "project": "24-017", "amount": "1000.00",
        "sentence": "Cost code 03-300 Cast-in-place concrete (type S, project 24-017) has no "
        "account.",
    }  # fmt: skip
    return held(integration, Reason.MISSING_MAPPING, problem, coded={}, **fields)


def held(
    integration: Integration, reason: Reason, problem: dict[str, Any] | None = None, **fields: Any
) -> Record:
    facts = problem or {"reason": reason, "sentence": f"A sentence about {reason}."}
    return record(
        integration, state=State.HELD, reason=reason, sentence=facts["sentence"],
        problems=[facts], **fields,
    )  # fmt: skip


def differing(integration: Integration, **fields: Any) -> Record:
    """Posted, and changed in the source since."""
    problem = {
        "reason": Reason.CHANGED_AFTER_POSTING, "sentence": "100.00 stands, the source says 150.00",
        "difference": ["account 53200: 150.00 instead of 100.00"], "vendors": ["V10001"],
    }  # fmt: skip
    reason = Reason.CHANGED_AFTER_POSTING
    return held(integration, reason, problem, posted_digest="old", **fields)


def posted(integration: Integration, number: str = "108123", **fields: Any) -> Record:
    source = document()
    return record(
        integration, source, state=State.POSTED, posted_digest=digest(source),
        destination_number=number, destination_id=f"id-{number}",
        destination_total=source.total, read_back_at=timezone.now(),
        **{"destination_status": "posted", "posted_at": timezone.now(), **fields},
    )  # fmt: skip


def person(name: str, *permissions: str) -> User:
    """Staff with exactly these permissions, as "syncs.view_record", for all companies."""
    user = User.objects.create_user(name, password="x", is_staff=True)
    sees_all(user)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    return user


def sees_all(user: User) -> User:
    """Of the companies, as everybody did before there was a choice."""
    Access.objects.create(user=user, all_companies=True)
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def boss(name: str = "boss") -> Client:
    return signed_in(User.objects.create_superuser(name, password="x"))


def press(client: Client, row: Record, verb: str, text: str = "", seen: str | None = None) -> Any:
    """A button of the record page, as the page sends it."""
    from syncs.admin.record_verbs import seen as token

    row.refresh_from_db()
    data = {"text": text, "seen": token(row) if seen is None else seen}
    return client.post(f"/syncs/record/{row.pk}/do/{verb}/", data, follow=True)
