"""A small company: two systems, an integration, their reference data, people with rights."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from connections.companies.access import Access
from connections.documents import Document, Line, Party, Project
from connections.models import Connection, Integration
from mappings.imports import large
from mappings.models import CostCodeMapping, ProjectLink, VendorLink
from mappings.reference import Reference
from syncs.coding.snapshot import pack
from syncs.models import Record, State

pytestmark = pytest.mark.django_db
Kind = Reference.Kind
TICKED = re.compile(r'name="confirmed" value="(\w+)"')


@pytest.fixture
def integration(db: None) -> Integration:
    source = Connection.objects.create(name="Procore", vendor="procore", secrets={"k": "TOPSECRET"})
    ledger = Connection.objects.create(name="BC", vendor="business_central")
    found = Integration.objects.create(
        key="bc_procore", name="BC and Procore", project_system=source, ledger=ledger
    )
    reference_data(source, ledger)
    return found


def reference_data(source: Connection, ledger: Connection) -> None:
    refer(ledger, Kind.WINDOW, "window", data={"currency": "USD"})
    for number, name, unusable in (
        ("50100", "Concrete", ""), ("50200", "Masonry", ""), ("50900", "Old costs", "is blocked"),
        ("5", "COSTS", "is a heading or total, not a posting account"),
        ("20100", "Trade payables", "does not allow direct posting"),
        ("20200", "Retainage payable", ""),
    ):  # fmt: skip
        refer(ledger, Kind.ACCOUNT, number, name, unusable=unusable)
    for code in ("PROJECT", "COSTCODE"):
        refer(ledger, Kind.DIMENSION, code)
    refer(ledger, Kind.DIMENSION_VALUE, "J-100", "Clinic", parent="PROJECT")
    refer(ledger, Kind.DIMENSION_VALUE, "J-200", "School", parent="PROJECT")
    refer(ledger, Kind.DIMENSION_VALUE, "J-900", "Closed job", parent="PROJECT",
          unusable="is blocked")  # fmt: skip
    refer(ledger, Kind.DIMENSION_VALUE, "03-300", "Cast concrete", parent="COSTCODE")
    refer(ledger, Kind.VENDOR, "V1", "Müller Beton GmbH", data={"tax_number": "DE 123"})
    refer(ledger, Kind.VENDOR, "V2", "Acme Steel, Inc.")
    refer(ledger, Kind.VENDOR, "V3", "Ångström Electric AB", unusable="is blocked")
    refer(source, Kind.PROJECT, "P-100", "Clinic", remote_id="900100")
    refer(source, Kind.COST_CODE, "03-300", "Cast-in-place concrete", parent="900100")
    refer(source, Kind.VENDOR, "11", "Mueller Beton")
    refer(source, Kind.VENDOR, "12", "ACME STEEL INC")
    refer(source, Kind.VENDOR, "13", "Nobody Knows Them")


def refer(connection: Connection, kind: str, code: str, name: str = "", **fields: Any) -> Reference:
    return Reference.objects.create(
        connection=connection, kind=kind, code=code, name=name, seen_at=timezone.now(), **fields
    )


@pytest.fixture
def held(integration: Integration) -> Callable[..., Record]:
    """`held("41", amount, problem, …)`: a record that waits for these problems."""

    def hold(source_id: str, amount: str, *problems: dict[str, str], **fields: Any) -> Record:
        return Record.objects.create(
            integration=integration, source_id=source_id,
            number=f"INV-{source_id}", state=State.HELD, reason=problems[0]["reason"],
            amount=Decimal(amount), problems=list(problems),
            **{"flow": "requisitions", "scope": scope(problems),
               "source": source(source_id, amount, problems), **fields},
        )  # fmt: skip

    return hold


def scope(problems: Sequence[dict[str, str]]) -> str:
    return f"id-{next((one['project'] for one in problems if 'project' in one), 'P-100')}"


def source(id: str, amount: str, problems: Sequence[dict[str, str]]) -> dict[str, Any]:
    """The document that has just these problems, once all else that it needs is there."""
    project = scope(problems)
    vendor = next((one["vendor_id"] for one in problems if "vendor_id" in one), "v9")
    wanted = [one for one in problems if "cost_code" in one or "tax_code" in one] or [{}]
    lines = tuple(
        Line(
            id=f"l{number}", description="Pour", amount=Decimal(0 if number else amount),
            cost_code=one.get("cost_code", KNOWN), cost_type=one.get("cost_type", "L"),
            tax_code=one.get("tax_code", ""),
        )
        for number, one in enumerate(wanted)
    )  # fmt: skip
    return pack(Document(
        kind="requisition", id=id, number=f"INV-{id}", title="", status="approved",
        project=Project(project, project.removeprefix("id-"), ""), vendor=Party(vendor, ""),
        date=dt.date(2026, 11, 16), currency="", lines=lines, total=Decimal(amount),
    ))  # fmt: skip


KNOWN = "99-999"  # a cost code that is mapped when all else is


def complete(integration: Integration) -> None:
    """All that documents need besides what their problems name; and its flows write."""
    for number, value in (("P-100", "J-100"), ("P-200", "J-200")):
        ProjectLink.objects.create(
            integration=integration, project_id=f"id-{number}", project_number=number,
            dimension="PROJECT", value=value,
        )  # fmt: skip
    VendorLink.objects.create(integration=integration, project_vendor_id="v9", ledger_number="V1")
    CostCodeMapping.objects.create(integration=integration, cost_code=KNOWN, account="50100")
    integration.flows.update(shadow=False)


def no_rule(cost_code: str, cost_type: str = "L", project: str = "P-100",
            amount: str = "100.00") -> dict[str, str]:  # fmt: skip
    return {
        "reason": "missing_mapping", "sentence": f"Cost code {cost_code} has no account.",
        "cost_code": cost_code, "cost_type": cost_type, "project": project, "amount": amount,
    }  # fmt: skip


def no_vendor(vendor_id: str, name: str = "") -> dict[str, str]:
    return {"reason": "missing_vendor", "sentence": "…", "vendor_id": vendor_id,
            "vendor_name": name}  # fmt: skip


@pytest.fixture
def controller(client: Client, django_user_model: type[User]) -> Client:
    client.force_login(django_user_model.objects.create_superuser("carla"))
    return client


@pytest.fixture
def person(client: Client, django_user_model: type[User]) -> Callable[..., Client]:
    """`person("view", "import")`: signed in with these rights on every mapping table."""

    def sign_in(*verbs: str) -> Client:
        user = django_user_model.objects.create_user("pat", is_staff=True)
        Access.objects.create(user=user, all_companies=True)
        rights = Permission.objects.filter(content_type__app_label="mappings")
        user.user_permissions.set(
            [right for right in rights if right.codename.split("_")[0] in verbs]
        )
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture(autouse=True)
def no_file_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are taken at once."""
    monkeypatch.setattr(large, "LARGE", (10**9, 10**9))


def upload(client: Client, table: str, content: bytes | str, name: str = "rules.csv") -> Any:
    """The preview's answer."""
    data = content.encode() if isinstance(content, str) else content
    sent = {"resource": "0", "format": "", "import_file": SimpleUploadedFile(name, data)}
    return client.post(f"/mappings/{table}/import/", sent)


def confirm(client: Client, table: str, preview: Any, agree: bool = True) -> Any:
    """Press “Import all” on that preview, having ticked what it asks."""
    assert "confirm_form" in preview.context, said(preview)
    sent = dict(preview.context["confirm_form"].initial)
    if agree:
        sent["confirmed"] = TICKED.findall(preview.content.decode())
    return client.post(f"/mappings/{table}/process_import/", sent, follow=True)


def asked(preview: Any) -> list[str]:
    """What a preview wants to be agreed to."""
    return [f"{each.sentence} {each.shown}" for each in preview.context["result"].questions]


def said(answer: Any) -> list[str]:
    """Every complaint of a preview, in order."""
    result = answer.context.get("result")
    form = answer.context.get("form")
    sentences = [text for texts in form.errors.values() for text in texts] if form else []
    if result:
        sentences += [str(error.error) for error in result.base_errors]
        sentences += [
            f"{line}: {text}" for line, _, texts in getattr(result, "wrong_rows", [])
            for text in texts
        ]  # fmt: skip
    return sentences


def refusal(answer: Any) -> str:
    """The first sentence; nothing can be confirmed."""
    assert "confirm_form" not in answer.context, asked(answer)
    return said(answer)[0]


def messages_of(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]
