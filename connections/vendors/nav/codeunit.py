"""The site's own codeunit (docs/nav): what no page can do.

As unbound actions of OData V4, and by SOAP where the version has none.
learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/
devenv-creating-and-interacting-with-odatav4-unbound-action
"""

from __future__ import annotations

from functools import cached_property

from connections.errors import NeedsPerson, Reason
from connections.models import Connection
from connections.transport.http import Journal
from connections.vendors.dynamics.way_codeunit import lacks
from connections.vendors.nav.reading import Reading
from connections.vendors.nav.soap import Codeunit

ACTIONS = ("PostPurchaseDocument", "PostJournalBatch")


class Posting(Reading):
    """`can_post` is False where the site posts everything itself."""

    step_by_step = False  # this site's lines take their type and account before anything else

    def __init__(self, connection: Connection, journal: Journal | None = None) -> None:
        super().__init__(connection, journal)
        self.can_post = bool(self.codeunit())

    @cached_property
    def soap(self) -> Codeunit | None:
        """None where actions of OData serve."""
        address = self.connection.setting("soap_url").strip()
        return Codeunit(self, address, self.codeunit()) if address else None

    def act(self, procedure: str, about: str, timeout: float, **values: str) -> str:
        """One procedure of the codeunit; what it returns. Raises Refused in the site's words."""
        if not self.offers(procedure):
            self.forget_metadata()
            raise NeedsPerson(Reason.SETTINGS, lacks(self.label, self.codeunit(), procedure))
        if self.soap is not None:
            return self.soap.call(procedure, about, timeout, values)
        path = self.path(f"{self.codeunit()}_{procedure}")
        answer = self.write("POST", path, values, about=about, timeout=timeout)
        return str(answer.data.get("value") or "") if isinstance(answer.data, dict) else ""

    def offers(self, procedure: str) -> bool:
        if self.soap is not None:
            return self.soap.offers(procedure)
        return f"{self.codeunit()}_{procedure}" in self.metadata.actions
