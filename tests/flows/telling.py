"""What several stories of the flows tell: what was asked, what stands, who calls."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils import timezone
from django_q.models import OrmQ

from connections.models import Subscription
from mappings.models import ProjectLink
from syncs import tasks
from syncs.flow import Context
from syncs.ingest.polling import OVERLAP
from syncs.models import Cursor, FlowSettings, Record
from syncs.registry import flows_of
from tests.story import Company

SECRET = "s3cret-of-the-subscription"


def settled(company: Company, flow: str, row: dict[str, Any]) -> Record:
    """We heard of it, the worker ran, and this is where it ended."""
    record = company.note(flow, row)
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def again(company: Company, record: Record) -> Record:
    """Somebody pressed replay, and the worker ran."""
    assert record.replay("anna")
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def due_now(company: Company, record: Record) -> Record:
    """The time for the next try has come, the sweep finds it and the worker runs."""
    Record.objects.filter(pk=record.pk).update(run_at=None, nudged_at=None)
    tasks.sweep()
    company.the_worker_runs()
    record.refresh_from_db()
    return record


def asked(name: str = "") -> list[tuple[str, tuple[Any, ...]]]:
    """The tasks that wait in the queue, by name and arguments."""
    waiting = [row.task for row in OrmQ.objects.order_by("pk")]
    calls = [(str(task["func"]).removeprefix("syncs.tasks."), task["args"]) for task in waiting]
    return [(func, args) for func, args in calls if not name or func == name]


def polls_asked(company: Company) -> list[str]:
    names = dict(
        FlowSettings.objects.filter(integration=company.integration).values_list("pk", "flow")
    )
    return sorted(names[args[0]] for _, args in asked("poll"))


def only_what_is_new(company: Company) -> None:
    """Every poll has read up to this moment."""
    now = timezone.now() + OVERLAP - dt.timedelta(seconds=2)
    for flow in flows_of(company.integration).values():
        context = Context(company.integration, flow.name)
        for scope in flow.scopes(context):
            Cursor.objects.update_or_create(
                integration=company.integration, flow=flow.name, scope=scope.id,
                defaults={"read_to": now},
            )  # fmt: skip


def requests_to(company: Company, vendor: str) -> dict[str, int]:
    said = (company.procore if vendor == "procore" else company.ledger)("requests")
    counters: dict[str, int] = said["counters"]
    return {name: count for name, count in counters.items() if "/control/" not in name}


def signed_in(company: Company) -> None:
    """Both tokens are fresh: what is counted from now on is the work itself."""
    context = Context(company.integration, "vendors")
    context.project_system.tax_codes()
    context.ledger.window()


def nothing_stands(company: Company, flow: str) -> None:
    """In neither system, for stories with stand-ins of their own; both tokens are fresh."""
    company.ledger("business_central/forget_documents", {})
    for row in company.procore(f"procore/{flow}"):
        company.procore_deletes(flow, row)
    signed_in(company)


def forget_requests(company: Company) -> None:
    company.procore("requests", method="DELETE")
    company.ledger("requests", method="DELETE")


def procore_fails(company: Company, **rule: Any) -> None:
    company.procore("faults", {"seed": 1, "rules": [rule]})


def ledger_fails(company: Company, **rule: Any) -> None:
    company.ledger("faults", {"seed": 1, "rules": [rule]})


def journals(company: Company, record: Record) -> list[dict[str, Any]]:
    """The posted journals of a record, asked of the ledger."""
    number = record.coded["number"]
    rows = company.ledger("ledger")["journals"]["list"]
    return [row for row in rows if row["documentNumber"] == number]


def drafts(company: Company, number: str) -> list[dict[str, Any]]:
    rows = company.ledger("ledger")["drafts"]
    return [row for row in rows if number.upper() in str(row["vendorInvoiceNumber"])]


def sums(document: dict[str, Any]) -> dict[str, Decimal]:
    """Amounts by account, as the ledger shows them."""
    found: dict[str, Decimal] = {}
    for line in document["lines"]:
        account = line["account"]
        found[account] = found.get(account, Decimal(0)) + Decimal(line["amount"])
    return found


def project(company: Company) -> ProjectLink:
    return ProjectLink.objects.filter(integration=company.integration)[0]


# -- commitments ----------------------------------------------------------------------------------


def a_subcontract(company: Company, number: str, *amounts: str, **facts: Any) -> dict[str, Any]:
    """Approved, with ten per cent of retainage."""
    given = {
        "project": company.job, "vendor": company.a_vendor, "number": number,
        "title": f"Works {number}", "status": "Approved", "executed": True,
        "contract_date": company.today, "retainage_percent": "10",
        "lines": [company.line(amount, kind="S") for amount in amounts],
    }  # fmt: skip
    return company.procore_has("work_order_contracts", **{**given, **facts})


def a_billing(
    company: Company, contract: dict[str, Any], number: str, items: list[dict[str, Any]],
    **facts: Any,
) -> dict[str, Any]:  # fmt: skip
    """An approved subcontractor invoice of this month."""
    given = {
        "project": company.job, "contract": contract["id"], "invoice_number": number,
        "requisition_start": company.today, "requisition_end": company.today,
        "billing_date": company.today, "submitted_at": company.today, "status": "draft",
    }  # fmt: skip
    row = company.procore_has("requisitions", **{**given, **facts})
    company.procore_changes("requisitions", row, items=items, status="approved")
    return row


# -- webhooks -------------------------------------------------------------------------------------


def procore_calls(company: Company, scope: str = "") -> Subscription:
    return Subscription.objects.create(
        connection=company.integration.project_system, resource="hook",
        scope=scope or project(company).project_id, secret=SECRET, remote_id="1", state="active",
    )  # fmt: skip


def ledger_calls(company: Company, resource: str = "vendors") -> Subscription:
    return Subscription.objects.create(
        connection=company.integration.ledger, resource=resource, secret=SECRET, remote_id="x",
        state="active",
    )  # fmt: skip


def notice(company: Company, row: dict[str, Any], **facts: Any) -> dict[str, Any]:
    """What Procore sends: which record, never its content."""
    return {
        "id": 88123, "ulid": f"01JQ4Z8M5T7V9X1B3D5F7{row['id']}",
        "timestamp": timezone.now().isoformat(), "company_id": 1, "user_id": 1,
        "project_id": int(project(company).project_id), "api_version": "v2.0",
        "event_type": "create", "resource_name": "Direct Costs", "resource_id": row["id"], **facts,
    }  # fmt: skip


def knock(company: Company, subscription: Subscription, body: Any, secret: str = SECRET) -> Any:
    headers = {"Authorization": secret} if secret else {}
    return company.webhook(subscription, body, **headers)


class Door:
    """An address that the other systems can call: it shakes hands, and keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, bytes, dict[str, str]]] = []
        self.open = True
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                token = parse_qs(urlsplit(self.path).query).get("validationToken", [""])[0]
                if not token:
                    door.heard.append((self.path, body, dict(self.headers)))
                self.send_response(200 if door.open else 503)
                self.end_headers()
                self.wfile.write(token.encode() if door.open else b"")

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body, _ in self.heard]


@contextmanager
def a_door() -> Iterator[Door]:
    door = Door()
    try:
        yield door
    finally:
        door.server.shutdown()
        door.server.server_close()
