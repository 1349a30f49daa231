"""Procore's client: what flows and the engine may ask (roles.ProjectBooks)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from connections.documents import CostCode, Document, Hint, TestResult, Vendor
from connections.models import Subscription
from connections.roles import Upserted, Wanted
from connections.vendors.procore import (
    check,
    links,
    lists,
    sending,
    sent,
    subscriptions,
    writing,
)
from connections.vendors.procore import (
    codes as cost_codes,
)
from connections.vendors.procore.documents import Documents


class Procore(Documents):
    """One company. What it reads once it keeps for its own life: make a new one per task."""

    longest_number = 255

    # -- vendors --------------------------------------------------------------------------------

    def vendors(self, ids: Sequence[str] = ()) -> list[Vendor]:
        """All, active and inactive (two lists in Procore), or those ids."""
        return writing.read_vendors(self, ids)

    def upsert_vendors(self, rows: Sequence[Vendor], about: str) -> list[Upserted]:
        """Safe to call twice. Raises InDoubt, Refused, RetryLater for a whole request only."""
        return writing.upsert_vendors(self, rows, about)

    # -- documents ------------------------------------------------------------------------------

    def changes(
        self, kind: str, project_id: str, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        """Documents updated in the window; one request per project while nothing changes."""
        return lists.changes(self, kind, project_id, since, until)

    def stands(self, kind: str, project_id: str, source_id: str) -> bool:
        """After a 404: False only when the project is readable and its list lacks the record."""
        return lists.stands(self, kind, project_id, source_id)

    def resolve(self, hint: Hint) -> list[Hint]:
        """The documents that a line's or a package's notice is about; [] where unknown."""
        return lists.resolve(self, hint)

    # -- commitments and costs from a ledger -----------------------------------------------------

    def find_sent(self, documents: Sequence[Document]) -> list[list[Document]]:
        """Per document, what stands in its project: by origin id, else by number."""
        return sent.find(self, documents)

    def called(self, document: Document, number: str) -> list[Document]:
        return sent.called(self, document, number)

    def send(self, document: Document, standing: Document | None, about: str) -> str:
        """Create it, or bring `standing` to it. Raises InDoubt, NeedsPerson, RetryLater."""
        return sending.send(self, document, standing, about)

    def commitment_numbered(self, project_id: str, number: str) -> Document | None:
        return sent.commitment_numbered(self, project_id, number)

    def commitments_of(self, project_id: str) -> str:
        return links.tool(self.connection, project_id, "commitments")

    def create_cost_codes(
        self, project_id: str, codes: Sequence[CostCode], about: str
    ) -> list[CostCode]:
        """Those that the project lacks, parents first. Safe to call twice."""
        return cost_codes.create_cost_codes(self, project_id, codes, about)

    def align_cost_codes(
        self, project_id: str, codes: Sequence[CostCode], about: str
    ) -> dict[str, str]:
        """New ones and new names. Returns what Procore refused and why. Safe to call twice."""
        return cost_codes.align_cost_codes(self, project_id, codes, about)

    # -- webhooks -------------------------------------------------------------------------------

    def wanted(self) -> list[Wanted]:
        """One hook for the company and one for each active project."""
        projects = [item for item in self.projects() if item.active]
        return [
            Wanted(subscriptions.RESOURCE, "", "Company"),
            *(Wanted(subscriptions.RESOURCE, item.id, item.name) for item in projects),
        ]

    def subscribe(self, subscription: Subscription, address: str) -> tuple[str, None]:
        """The hook's id; hooks do not expire. Safe to call twice."""
        return subscriptions.subscribe(self, subscription, address), None

    def renew(self, subscription: Subscription, address: str) -> None:
        """Nothing expires: the triggers are put right. Raises NotFound when the hook is gone."""
        subscriptions.renew(self, subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        subscriptions.unsubscribe(self, subscription)

    def standing(self) -> set[str]:
        return subscriptions.standing(self)

    def undelivered(self, subscription: Subscription, since: dt.datetime) -> list[Hint]:
        return subscriptions.undelivered(self, subscription, since)

    # -- test -----------------------------------------------------------------------------------

    def test(self) -> TestResult:
        """What works, in sentences. Never raises."""
        return check.test(self)
