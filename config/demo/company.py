"""Sets up an integration with the stand-ins, over HTTP alone: for demo and rehearsals."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from django.db import transaction

from config.demo.boards import lay_out
from config.demo.stand_ins import SIDES, STAND_INS
from connections.integrations import kind_label
from connections.models import Connection, Integration
from connections.registry import VENDORS
from mappings import checks
from mappings.models import AccountRule, CostCodeMapping, ProjectLink, TaxLink
from mappings.reference import Reference
from syncs import tasks
from syncs.flows.boards import ItemFlow
from syncs.ingest import polling
from syncs.registry import flows_of

PROJECT_DIMENSION = "PROJECT"


def set_up(
    key: str, ready: dict[str, Any], settle_seconds: int = 5, sides: tuple[str, str] | None = None
) -> Integration:
    """Connections, integration, flows, reference data and mappings. Safe to call twice."""
    sides = sides or SIDES[key]
    integration = join(key, ready, settle_seconds, sides)
    run = tasks.guarded(integration, "reference", "reference", polling.refresh)
    if not run.ok:
        raise RuntimeError(f"The reference data could not be read: {run.sentence}")
    if has_boards(integration):
        lay_out(integration, str(ready[sides[0]].get("board_id") or ""))
    elif not CostCodeMapping.objects.filter(integration=integration).exists():
        told = [fetch(ready[side]["control_url"], "demo") for side in sides]
        dimension = str(ready[sides[1]].get("project_dimension") or PROJECT_DIMENSION)
        fill(integration, told[1] if told[1].get("mappings") else told[0], dimension)
    return integration


def has_boards(integration: Integration) -> bool:
    return any(isinstance(flow, ItemFlow) for flow in flows_of(integration).values())


def join(
    key: str, ready: dict[str, Any], settle_seconds: int, sides: tuple[str, str]
) -> Integration:
    """Connections, integration and flows; nothing is read yet. Safe to call twice."""
    project, ledger = (connect(side, ready[side], settle_seconds) for side in sides)
    integration, created = Integration.objects.get_or_create(
        key=key, project_system=project, ledger=ledger, defaults={"name": kind_label(key)}
    )
    if created:
        integration.flows.update(shadow=False, every_minutes=2)
    return integration


def connect(side: str, facts: dict[str, Any], settle_seconds: int) -> Connection:
    """A connection from what the stand-in says of itself; unknown facts are left out."""
    stand_in = STAND_INS[side]
    fields = VENDORS[stand_in.vendor].fields
    called = facts.get("legal_entity") or facts.get("company_name") or facts.get("company", "")
    facts = {"login_url": facts.get("auth_url"), **facts, "company": called, **stand_in.settings}
    plain = {f.name: str(facts[f.name]) for f in fields if not f.secret and facts.get(f.name)}
    hidden = {f.name: str(facts[f.name]) for f in fields if f.secret and facts.get(f.name)}
    connection, _ = Connection.objects.update_or_create(
        name=stand_in.name,
        defaults={
            "vendor": stand_in.vendor,
            "settings": plain,
            "secrets": hidden,
            "settle_seconds": settle_seconds,
        },
    )
    return connection


def hurry(ready: dict[str, Any]) -> None:
    """A newcomer waits for documents: some stand-ins allow more requests than the vendors."""
    for side, facts in ready.items():
        if limits := STAND_INS[side].limits:
            fetch(facts["control_url"], "limits", limits)


def fetch(control_url: str, path: str, body: Any = None) -> dict[str, Any]:
    """What a stand-in answers on its control address; loopback only."""
    if not control_url.startswith(("http://127.0.0.1", "http://localhost")):
        raise ValueError("a stand-in runs on this machine")
    url = f"{control_url.rstrip('/')}/{path.lstrip('/')}"
    request = urllib.request.Request(  # noqa: S310
        url,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        data: dict[str, Any] = json.loads(answer.read() or b"{}")
    return data


@transaction.atomic
def fill(
    integration: Integration, demo: dict[str, Any], dimension: str = PROJECT_DIMENSION
) -> None:
    """What the demo company's controller entered; each row passes the same checks as a person's."""
    rows: list[Any] = [
        CostCodeMapping(
            integration=integration, cost_code=row.get("cost_code") or "",
            cost_type=row.get("cost_type") or "", project=row.get("project") or "",
            account=row["account"], dimensions=row.get("dimensions") or {},
        )
        for row in demo["mappings"]
    ]  # fmt: skip
    for purpose, account in demo["account_rules"].items():
        rows.append(AccountRule(integration=integration, purpose=purpose, account=account))
    values = {row["project"]: row["value"] for row in demo.get("expected", {}).get("projects", ())
              if "value" in row}  # fmt: skip
    rows += project_links(integration, values, dimension) + tax_links(integration)
    with checks.read_once():
        for row in rows:
            row.full_clean()
            row.save()
    for flow, chosen in demo.get("flows", {}).items():
        integration.flows.filter(flow=flow).update(**chosen)


def project_links(
    integration: Integration, named: dict[str, str], dimension: str
) -> list[ProjectLink]:
    """A project is linked to the value named for it, else to the one that is its number."""
    values = Reference.objects.filter(
        connection=integration.ledger, kind=Reference.Kind.DIMENSION_VALUE, parent=dimension
    )
    codes = {row.code.upper(): row.code for row in values if not row.unusable}
    projects = Reference.objects.filter(
        connection=integration.project_system, kind=Reference.Kind.PROJECT
    )
    return [
        ProjectLink(
            integration=integration, project_id=row.remote_id, project_number=row.code,
            project_name=row.name, dimension=dimension,
            value=codes[named.get(row.code, row.code).upper()],
        )
        for row in projects
        if named.get(row.code, row.code).upper() in codes
    ]  # fmt: skip


def tax_links(integration: Integration) -> list[TaxLink]:
    """Tax codes that are called the same on both sides."""
    kind = Reference.Kind.TAX_CODE
    ours = Reference.objects.filter(connection=integration.project_system, kind=kind)
    theirs = Reference.objects.filter(connection=integration.ledger, kind=kind)
    codes = {row.code.upper(): row.code for row in theirs}
    return [
        TaxLink(integration=integration, project_code=row.code, ledger_code=codes[row.code.upper()])
        for row in ours
        if row.code.upper() in codes
    ]
