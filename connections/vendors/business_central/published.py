"""What an online environment publishes beside the standard API: OData V4 services.

`purchaseDocuments` is pre-published by Microsoft (it can be switched off) and shows the status of
invoices, which the standard API does not; the codeunit of docs/nav is the site's own.
learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/
devenv-creating-and-interacting-with-odatav4-unbound-action
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from urllib.parse import quote

from django.core.cache import cache

from connections.documents import LEDGER_INVOICE
from connections.errors import NeedsPerson, Reason, Refused, RetryLater
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central.wire import Wire
from connections.vendors.dynamics import metadata
from connections.vendors.dynamics.metadata import Metadata
from connections.vendors.dynamics.way_codeunit import lacks

KEPT = 24 * 3600  # seconds
DOCUMENTS = "purchaseDocuments"
SHOWN = ("documentType", "number", "id", "status", "onHold")
NOTHING = Metadata({}, ())


class Published(Wire):
    def codeunit(self) -> str:
        return self.connection.setting("integration_service").strip()

    def service(self, rest: str, **options: str | int) -> str:
        """An address in the company. The query form takes every company name."""
        path, _, given = odata.query(f"{self.root()}/ODataV4/{rest}", **options).partition("?")
        company = f"?company={quote(self.company().name, safe='')}"
        return f"{path}{company}{'&' if given else ''}{given}"

    # -- what is published --------------------------------------------------------------------

    @cached_property
    def metadata(self) -> Metadata:
        """From the cache, or asked: it is large. Nothing where the app may not read it."""
        kept = cache.get(self._metadata_key())
        return Metadata(**kept) if kept else self._read_metadata()

    def _read_metadata(self) -> Metadata:
        try:
            address = f"{self.root()}/ODataV4/$metadata"
            text = self.get(address, headers={"Accept": "application/xml"}).text
        except Refused:
            return NOTHING
        try:
            wanted = (DOCUMENTS, *filter(None, [self.codeunit()]))
            found = metadata.parse(text, wanted)
        except ValueError as error:
            raise RetryLater(f"The list of services ($metadata) was not readable: {error}.") from (
                error
            )
        cache.set(self._metadata_key(), found.kept(), KEPT)
        return found

    def forget_metadata(self) -> None:
        cache.delete(self._metadata_key())
        self.__dict__.pop("metadata", None)

    def _metadata_key(self) -> str:
        asked = f"{self.connection.pk} {self.root()} {self.codeunit()}"
        return "services:" + quote(asked, safe="")[:220]

    # -- the codeunit -------------------------------------------------------------------------

    def offers(self, procedure: str) -> bool:
        return f"{self.codeunit()}_{procedure}" in self.metadata.actions

    def act(self, procedure: str, about: str, timeout: float, **values: str) -> str:
        """One procedure of the codeunit; what it returns. Raises Refused in the site's words."""
        if not self.offers(procedure):
            self.forget_metadata()
            raise NeedsPerson(Reason.SETTINGS, lacks(self.label, self.codeunit(), procedure))
        path = self.service(f"{self.codeunit()}_{procedure}")
        answer = self.write("POST", path, values, about=about, timeout=timeout)
        return str(answer.data.get("value") or "") if isinstance(answer.data, dict) else ""

    # -- purchaseDocuments --------------------------------------------------------------------

    def shows_status(self, kind: str) -> bool:
        """The standard API says Draft of every invoice that is not posted."""
        return kind != LEDGER_INVOICE or "status" in self.metadata.fields(DOCUMENTS)

    def published_documents(self, kind: str, numbers: Sequence[str] | None = None) -> list[Row]:
        """Of one type ("Invoice" …): those with these numbers; None: all that are not posted."""
        fields = self.metadata.fields(DOCUMENTS)
        chosen = ",".join(name for name in SHOWN if name in fields)
        ours = f"documentType eq {odata.text(kind)}"
        parts: list[str] = [ours]
        if numbers is not None:
            asked = [odata.any_of("number", part) for part in odata.chunks(numbers)]
            parts = [f"{ours} and ({one})" for one in asked]
        found: list[Row] = []
        for wanted in parts:
            found += self.rows(self.service(DOCUMENTS, filter=wanted, select=chosen))
        return found

    def published_record(self, row: Row) -> str:
        """The address of one of them by the key that the service itself names."""
        keys = self.metadata.keys.get(DOCUMENTS) or ("documentType", "number")
        said = (f"{name}={literal(name, odata.plain(row.get(name)))}" for name in keys)
        return self.service(f"{DOCUMENTS}({','.join(said)})")


def literal(name: str, value: str) -> str:
    return value if name == "id" else quote(odata.text(value), safe="'")
