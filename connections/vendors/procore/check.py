"""Test connection: what works and what does not, in sentences."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from django.utils import timezone

from connections.documents import Project, TestResult
from connections.errors import ConnectorError, Refused
from connections.transport.http import Answer
from connections.transport.tokens import SignInFailed
from connections.vendors.procore.company import Company
from connections.vendors.procore.values import key, text
from connections.vendors.procore.wire import table

CLOCK_TOLERANCE = dt.timedelta(seconds=30)


@dataclasses.dataclass
class Findings:
    """Gathered as the test goes; `ok` falls once and stays."""

    ok: bool = True
    sentences: list[str] = dataclasses.field(default_factory=list)
    clock: dt.timedelta | None = None

    def good(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def bad(self, sentence: str) -> bool:
        self.ok = False
        self.sentences.append(sentence)
        return False

    def result(self) -> TestResult:
        return TestResult(self.ok, tuple(self.sentences), self.clock)


def test(client: Company) -> TestResult:
    """Signs in afresh, then reads a little of everything. Never raises a ConnectorError."""
    found = Findings()
    try:
        if signed_in(client, found) and company(client, found):
            projects(client, found)
    except ConnectorError as error:
        found.bad(error.sentence)
    return found.result()


def signed_in(client: Company, found: Findings) -> bool:
    """With the credentials as they are stored now, not with a token from before."""
    if not (client.company_id.isascii() and client.company_id.isdigit()):
        return found.bad("The company id must be a number, as in Procore's web address.")
    try:
        client.fetch_token()
    except SignInFailed as error:
        return found.bad(error.sentence)
    client.connection.resume()
    found.good("Signed in to Procore.")
    return True


def company(client: Company, found: Findings) -> bool:
    """The company by its name, and the clock."""
    try:
        answer = client.get("/rest/v1.0/companies", {"page": 1, "per_page": 100})
    except Refused as error:
        return found.bad(f"Company {client.company_id} cannot be used. {error.sentence}")
    clock(answer, found)
    rows = table(answer, "companies")
    names = [text(row.get("name")) for row in rows if key(row.get("id")) == client.company_id]
    if not names:
        return found.bad(
            f"The service account does not see a company {client.company_id}. "
            "Check the company id and that the app is installed in that company."
        )
    found.good(f"Company {names[0]} ({client.company_id}) found.")
    return True


def clock(answer: Answer, found: Findings) -> None:
    try:
        found.clock = parsedate_to_datetime(answer.headers.get("Date", "")) - timezone.now()
    except (TypeError, ValueError):
        return
    if abs(found.clock) > CLOCK_TOLERANCE:
        seconds = round(found.clock.total_seconds())
        found.good(f"The clocks differ by {seconds} seconds: check this machine's time.")


def projects(client: Company, found: Findings) -> None:
    visible = client.projects()
    if not visible:
        found.bad(
            "No project is visible. A company administrator must put the projects on the "
            "service account's list of permitted projects."
        )
    else:
        are = "project is" if len(visible) == 1 else "projects are"
        found.good(f"{len(visible)} {are} visible to the service account.")
    permissions(client, visible, found)


def permissions(client: Company, visible: list[Project], found: Findings) -> None:
    """A read of each tool that the integration needs."""
    params = {"company_id": client.company_id, "page": 1, "per_page": 1}
    allowed(found, "vendors", lambda: client.get("/rest/v1.0/vendors", params))
    if visible:
        asked = {"project_id": visible[0].id, "page": 1, "per_page": 1}
        contracts = "/rest/v1.0/purchase_order_contracts"
        allowed(found, f"commitments of {visible[0].name}", lambda: client.get(contracts, asked))
    hooks = f"/rest/v2.0/companies/{client.company_id}/webhooks/hooks"
    if not allowed(found, "webhooks", lambda: client.get(hooks, {"page": 1, "per_page": 1})):
        found.good("Set the permission Webhooks API to Standard; until then changes are polled.")


def allowed(found: Findings, what: str, read: Callable[[], object]) -> bool:
    try:
        read()
    except Refused as error:
        return found.bad(f"May not read {what}. {error.sentence}")
    found.good(f"May read {what}.")
    return True
