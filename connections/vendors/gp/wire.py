"""Lists and objects of one company, in whatever shape the site answers."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any

from django.core.cache import cache

from connections.errors import (
    ConnectorError,
    NeedsPerson,
    NotFound,
    Reason,
    Refused,
    RetryLater,
)
from connections.vendors.gp import shapes
from connections.vendors.gp.access import NO_SERVICE_ACCESS, Access
from connections.vendors.gp.names import KEYS, Names
from connections.vendors.gp.rows import Row

NO_SUCH_ROUTE = "NO_SUCH_ROUTE"
OFFER_KEPT = 3600  # seconds
WORDS = {
    "companies": "companies", "vendors": "vendors", "payables": "payables transactions",
    "accounts": "accounts", "currencies": "currencies", "glTransactions": "GL transactions",
}  # fmt: skip


class NotOffered(NeedsPerson):
    """The site's services have no such resource. `resource` is its usual name."""

    def __init__(self, resource: str) -> None:
        super().__init__(
            Reason.SETTINGS,
            f"GP's services at this site offer no {WORDS[resource]}. "
            f"{OTHERWISE.get(resource, '')}".strip(),
        )
        self.resource = resource


OTHERWISE = {
    "accounts": "Import the accounts from a file.",
    "payables": "Enter the path that they have here under Other paths.",
    "vendors": "Enter the path that they have here under Other paths.",
}


class Wire(Access):
    @cached_property
    def names(self) -> Names:
        return Names(self.connection)

    @cached_property
    def confirmed(self) -> set[str]:
        """Resources whose list answered this client."""
        return set()

    def address(self, resource: str, *key: str) -> str:
        suffix = ".json" if self.asks_for_json() else ""
        return self.names.address(resource, *key, suffix=suffix)

    def params(self, wanted: dict[str, str]) -> dict[str, str]:
        """Query options by the site's names, without those that it does not have."""
        options = self.names.options
        return {options[name]: text for name, text in wanted.items() if text and options[name]}

    # -- one object -----------------------------------------------------------------------------

    def one(self, resource: str, *key: str) -> Row | None:
        """None when GP says that there is none. Raises NotOffered, RetryLater."""
        return next(iter(self.under(resource, *key)), None)

    def under(self, resource: str, *key: str) -> list[Row]:
        """All that stand under a key, as a journal entry and its reversal do.

        A 404 may be about the company or the service: the list has to answer before it counts.
        """
        self._must_offer(resource)
        try:
            answer = self.get(self.address(resource, *key))
        except NotFound:
            self._confirm(resource)
            return []
        except Refused as error:
            raise self.meaning(resource, error) from error
        found = self.objects(resource, shapes.content(answer))
        if not found:
            self._confirm(resource)
        return found

    def _confirm(self, resource: str) -> None:
        if resource not in self.confirmed:
            self.probe(resource)
            self.confirmed.add(resource)

    # -- lists ----------------------------------------------------------------------------------

    def rows(self, resource: str, **wanted: str) -> list[Row]:
        """All pages. Raises NotOffered, and NeedsPerson for options that the site refuses."""
        try:
            return self.pages(resource, **wanted)
        except Refused as error:
            raise self.meaning(resource, error) from error

    def pages(self, resource: str, **wanted: str) -> list[Row]:
        """The same; Refused stays as it is."""
        self._must_offer(resource)
        size = str(self.pace.page_size or "")
        params = self.params({"pageSize": size, **wanted})
        found: list[Row] = []
        been: set[str] = set()
        while True:
            data = shapes.content(self.get(self.address(resource), params))
            page = self.objects(resource, data)
            found += page
            after = self._following(resource, data, page)
            if not after:
                return found
            if after in been:
                raise self._stuck(resource, len(been))
            been.add(after)
            params |= {self.names.options["after"]: after}

    def objects(self, resource: str, data: Any) -> list[Row]:
        """The objects of an answer. Raises NeedsPerson when they cannot be told."""
        inner, names = shapes.payload(data), self.names.fields(resource)
        key = self.names.key(resource)
        found = [Row(one, names) for one in shapes.objects(inner, key)]
        if found or not shapes.says_something(inner):
            return found
        seen = ", ".join(shapes.members(inner)[:12])
        raise NeedsPerson(
            Reason.SETTINGS,
            f"GP's {WORDS[resource]} have no field {key}, by which they are told apart. They "
            f"have: {seen or 'none'}. Enter the right names in the connection.",
        )

    def _following(self, resource: str, data: Any, page: list[Row]) -> str:
        """Where to go on. A full page without a word of paging goes on behind its last key."""
        told, after = shapes.next_page(data)
        if told or not self.names.options["after"]:
            return after
        size = self.pace.page_size
        if not size or not self.names.options["pageSize"] or len(page) != size:
            return ""
        return ";".join(page[-1].text(field) for field in KEYS[resource])

    def _stuck(self, resource: str, pages: int) -> ConnectorError:
        return NeedsPerson(
            Reason.SETTINGS,
            f"GP's list of {WORDS[resource]} repeats itself after page {pages}: the site knows no "
            "query option for the next page. Enter 0 under Rows in one answer, so that lists "
            "come whole, or the option's name under Other query options.",
        )

    # -- what is there --------------------------------------------------------------------------

    def probe(self, resource: str) -> list[Row]:
        """The first row of a list. Raises NotOffered, RetryLater and what `meaning` says."""
        self._must_offer(resource)
        try:
            answer = self.get(self.address(resource), self.params({"pageSize": "1"}))
        except Refused as error:
            raise self.meaning(resource, error) from error
        return self.objects(resource, shapes.content(answer))

    def offers(self, resource: str) -> bool:
        """Asked at most once an hour."""
        if not self.names.offered(resource):
            return False
        key = self.cache_key("offers", resource)
        kept: bool | None = cache.get(key)
        if kept is None:
            kept = self._offers(resource)
            cache.set(key, kept, OFFER_KEPT)
        return kept

    def cache_key(self, what: str, resource: str) -> str:
        """Of what is kept about one company; another address is another key."""
        place = hashlib.sha256(self.address(resource).encode()).hexdigest()[:16]
        return f"gp:{what}:{self.connection.pk}:{place}"

    def _offers(self, resource: str) -> bool:
        try:
            self.probe(resource)
        except NotOffered:
            return False
        return True

    def _must_offer(self, resource: str) -> None:
        """Before anything is sent; so are the names that its answer is read by."""
        self.names.fields(resource)
        if not self.names.offered(resource):
            raise NotOffered(resource)

    # -- refusals -------------------------------------------------------------------------------

    def meaning(self, resource: str, error: Refused) -> ConnectorError:
        """What a refused list means for the person who set the connection up."""
        what = WORDS[resource]
        if isinstance(error, NotFound):
            return self._route_away(resource, error)
        if error.code == NO_SERVICE_ACCESS:
            sentence = (
                f"The GP user may not read {what}: grant the service objects (ServiceGet…) of "
                f"{what} in Security Task Setup. ({error.text})"
            )
        else:
            sentence = (
                f"GP refused to read {what} ({error.status}): {error.text or error.code}. If it "
                "does not know a query option, enter the right name under Other query options, "
                "or leave it out there as in state=."
            )
        found = NeedsPerson(Reason.SETTINGS, sentence, code=error.code, text=error.text)
        found.untold = None if error.code == NO_SERVICE_ACCESS else error.untold
        return found

    def _route_away(self, resource: str, error: NotFound) -> ConnectorError:
        """Not offered, when the service answers otherwise; else nothing is known."""
        if error.code == NO_SUCH_ROUTE:
            return NotOffered(resource)
        if resource == "vendors":
            return RetryLater(
                f"The server {self.host()} answers, but GP's service does not, or not for this "
                f"tenant and company ({error.text[:200] or 404}). It may be restarting; else check "
                "both with Test connection."
            )
        try:
            self.probe("vendors")
        except RetryLater as other:
            return other
        return NotOffered(resource)
