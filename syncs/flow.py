"""What a flow answers: what changed, fetch, code, and where to."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.db import connection

from audit.journal import RecordJournal
from connections.amounts import Kind
from connections.documents import Hint
from connections.errors import NeedsPerson, Reason
from connections.models import Connection, Integration
from connections.pages import moments
from connections.registry import VENDORS, Ability
from connections.roles import (
    BoardSystem,
    ChartlessLedger,
    DecidableLedger,
    EntryLedger,
    KeyedLedger,
    Ledger,
    ListingLedger,
    MasterLedger,
    ProjectBooks,
    ProjectSystem,
    PurchaseLedger,
)
from mappings.lookup import Lookup
from mappings.models import Reference
from syncs.controls import heeded
from syncs.models import FlowSettings, Record

# Which version of a row it is: postgresql.org/docs/current/ddl-system-columns.html
VERSION = "xmin::text || ctid::text"
ROW = "FROM syncs_flowsettings WHERE integration_id = %s AND flow = %s"
SETTINGS = f"SELECT *, {VERSION} AS version {ROW}"
Agreed = dict[int, dict[str, Any]]  # records that stand as they did, with what was read of each


@dataclasses.dataclass(frozen=True)
class Used:
    """What a batch asked of one system: how often, and how long that took."""

    requests: int = 0
    seconds: float = 0.0


class Context:
    """One batch of work for one flow: both clients, the mapping tables, finance's choices."""

    def __init__(self, integration: Integration, flow: str, actor: str = "") -> None:
        self.integration = integration
        self.flow = flow
        self.journal = RecordJournal(integration.key, flow, None, actor)
        self.asked_again: set[tuple[Reason, str]] = set()  # of the ledger, by this batch
        self.ours: list[Hint] = []  # listed by a poll, and made by other flows: for `watch`

    # What a system can be is declared by its vendor and checked before an integration is saved.

    @cached_property
    def project_client(self) -> Any:
        return self._client(self.integration.project_system)

    @cached_property
    def ledger_client(self) -> Any:
        return self._client(self.integration.ledger)

    @property
    def project_system(self) -> ProjectSystem:
        client: ProjectSystem = self.project_client
        return client

    @property
    def project_books(self) -> ProjectBooks:
        """The project system as a destination."""
        client: ProjectBooks = self.project_client
        return client

    @property
    def board_system(self) -> BoardSystem:
        """The project system as a work platform."""
        client: BoardSystem = self.project_client
        return client

    @property
    def ledger(self) -> Ledger:
        client: Ledger = self.ledger_client
        return client

    @property
    def listing_ledger(self) -> ListingLedger:
        """The ledger as one whose lists tell what documents come to."""
        client: ListingLedger = self.ledger_client
        return client

    @property
    def entry_ledger(self) -> EntryLedger:
        """The ledger as one that tells what was booked on its accounts."""
        client: EntryLedger = self.ledger_client
        return client

    @property
    def purchase_ledger(self) -> PurchaseLedger:
        """The ledger as a source of purchase documents."""
        client: PurchaseLedger = self.ledger_client
        return client

    @property
    def keyed_ledger(self) -> KeyedLedger:
        """The ledger as one whose documents are asked for by key, too."""
        client: KeyedLedger = self.ledger_client
        return client

    @property
    def master_ledger(self) -> MasterLedger:
        """The ledger as a place where vendors and values are made."""
        client: MasterLedger = self.ledger_client
        return client

    @property
    def chartless_ledger(self) -> ChartlessLedger:
        """The ledger as one whose chart may come from a file."""
        client: ChartlessLedger = self.ledger_client
        return client

    @property
    def decidable_ledger(self) -> DecidableLedger:
        """The ledger as a place where decisions made elsewhere take effect."""
        client: DecidableLedger = self.ledger_client
        return client

    def can(self, ability: Ability) -> bool:
        """Whether one of the two systems can be that."""
        sides = (self.integration.project_system, self.integration.ledger)
        return any(ability in VENDORS[side.vendor].abilities for side in sides)

    @cached_property
    def book(self) -> Lookup:
        return Lookup(self.integration)

    @cached_property
    def settings(self) -> FlowSettings:
        return self.settings_of(self.flow)

    def settings_now(self) -> FlowSettings:
        """As they are this moment: a brake that was pulled meanwhile holds the next write.
        The row is read again where it is another version of it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {VERSION} {ROW}", [self.integration.pk, self.flow])
            found = cursor.fetchone()
        if found is None or found[0] != getattr(self.settings, "version", None):
            self.settings = self.settings_of(self.flow)
        return self.settings

    def settings_of(self, flow: str) -> FlowSettings:
        """What the flow heeds of them."""
        for row in FlowSettings.objects.raw(SETTINGS, [self.integration.pk, flow]):
            return heeded.only(row, self.integration.key)
        raise FlowSettings.DoesNotExist(f"{self.integration} has no settings for {flow}.")

    @property
    def requests_used(self) -> int:
        clients = [self.__dict__.get(name) for name in ("project_client", "ledger_client")]
        return sum(client.requests_used for client in clients if client is not None)

    def used(self, name: str) -> Used:
        """By one of the two clients; nothing where it was not needed."""
        client = self.__dict__.get(name)
        return Used(client.requests_used, client.seconds_used) if client else Used()

    def about(self, record: Record | None) -> None:
        """Journal lines from now on belong to this record."""
        self.journal.record = record.pk if record else None

    def _client(self, connection: Connection) -> Any:
        """Raises NeedsPerson for an old integration whose systems do not fit its kind."""
        if why := " ".join(self.integration.misfits().values()):
            raise NeedsPerson(Reason.SETTINGS, why)
        return VENDORS[connection.vendor].client(connection, self.journal)


@dataclasses.dataclass(frozen=True)
class Scope:
    """A part of the source that is polled by itself: a project, or the whole company ("")."""

    id: str = ""
    number: str = ""
    name: str = ""


class Flow:
    """One kind of record in one direction. Leaves are small subclasses in `syncs/flows/`."""

    name: ClassVar[str]
    label: ClassVar[str]
    about: ClassVar[str] = ""
    batch: ClassVar[int] = 10  # records that one task carries, so that look-ups are shared
    source: ClassVar[str] = "project_system"  # whose deliveries and polls feed it
    resources: ClassVar[tuple[str, ...]] = ()  # webhook resources whose ids are its documents'
    polled_on: ClassVar[tuple[str, ...]] = ()  # those that only tell that something changed
    told_on: ClassVar[tuple[str, ...]] = ()  # those of the destination: what we sent was changed
    bookings: ClassVar[tuple[str, ...]] = ()  # what finance may choose, the default first
    booked_as: ClassVar[Mapping[str, str]] = {}  # in words, where this ledger does it otherwise
    code_rules: ClassVar[tuple[str, ...]] = ()  # by which finance may choose cost codes
    by_project: ClassVar[bool] = False  # each record is of one project, and can be let go with it
    documents: ClassVar[bool] = True  # each record is one, and not about one of another flow
    links: ClassVar[bool] = True  # a person may say under which number it stands already
    shows: ClassVar[str] = ""  # the kind of ledger documents of which it makes items on a board
    at_rest: ClassVar[tuple[str, ...]] = ()  # source statuses after which nothing is to be expected
    executed_only: ClassVar[bool] = False  # what a new integration begins with
    needs_project: ClassVar[frozenset[Ability]] = frozenset()  # of the project system
    needs_ledger: ClassVar[frozenset[Ability]] = frozenset()

    @property
    def noun(self) -> str:
        """What it carries: its label without where that goes."""
        return re.split(r" → |[,:]", self.label)[0]

    @property
    def money(self) -> Kind:
        """What the amounts of its records are: sums of different kinds are not added up."""
        return Kind.NONE

    @property
    def heeds(self) -> frozenset[str]:
        """Which of finance's choices can matter to it. No other is shown, and none has effect."""
        codes = {"code_rule", "code_part", "code_filter"} if self.code_rules else set()
        return frozenset({"needs_approval", *codes, *(["booking"] if self.bookings else ())})

    def booking(self, name: str) -> str:
        """One of `bookings` in words."""
        return self.booked_as.get(name) or FlowSettings.Booking(name).label

    def lacks(self, settings: FlowSettings) -> str:
        """What finance still has to choose before anything is sent, in a sentence, or empty."""
        return ""

    def scopes(self, context: Context) -> list[Scope]:
        raise NotImplementedError

    def unapproved(self, record: Record) -> bool:
        """Its source does not count it yet, as it was fetched last; of its own rules, not ours."""
        return False

    def changes(
        self, context: Context, scope: Scope, since: dt.datetime | None, until: dt.datetime
    ) -> Iterator[Hint]:
        raise NotImplementedError

    def carry(self, context: Context, records: list[Record]) -> None:
        """Bring claimed records to a state. Each ends in one, whatever happens."""
        raise NotImplementedError

    def watch(self, context: Context) -> int:
        """Look again at what moves in the destination without telling. Returns how many."""
        return 0

    def agreed(self, context: Context, records: list[Record], whole: bool) -> Agreed:
        """Of posted records those that still stand so; `whole`: at the source, too. No state is
        touched. What is not among them is carried again."""
        return {}

    def outlook(self, context: Context) -> str:
        """When all that waits will be through, in a sentence, where that is worth saying."""
        return ""

    def reconcile(self, context: Context) -> dict[str, Any]:
        """Compare both sides; each difference becomes a record in a state. Returns counts."""
        raise NotImplementedError


def before_cutover(settings: FlowSettings, day: dt.date | None) -> str:
    """The rule by which a document of that day is left out; empty where it is not."""
    if not settings.start_date or day is None or day >= settings.start_date:
        return ""
    return f"Dated {moments.day(day)}, before the cut-over on {moments.day(settings.start_date)}."


def project_scopes(context: Context) -> list[Scope]:
    """The active projects of the reference data, filtered as finance chose for the flow."""
    rows = Reference.objects.filter(
        connection=context.integration.project_system, kind=Reference.Kind.PROJECT, gone_at=None
    )
    wanted = set(context.settings.projects)
    scopes = [Scope(row.remote_id, row.code, row.name) for row in rows if not row.unusable]
    return [scope for scope in scopes if not wanted or scope.number in wanted]
