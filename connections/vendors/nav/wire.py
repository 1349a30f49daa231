"""Requests to the published pages of one company, and what their refusals mean.

learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/odata-web-services
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from html import unescape
from urllib.parse import quote, urlsplit

from django.core.cache import cache

from connections.documents import cut
from connections.errors import ConnectorError, NeedsPerson, NotFound, Reason, Refused, RetryLater
from connections.transport import odata
from connections.transport.http import Answer, is_page
from connections.transport.odata import Row
from connections.vendors.dynamics import messages, metadata, refusals
from connections.vendors.dynamics.metadata import Metadata
from connections.vendors.dynamics.standard_api import NO_COMPANY, Company
from connections.vendors.nav.access import Site, is_odata
from connections.vendors.nav.services import SERVICES, renamed

METADATA_KEPT = 24 * 3600  # seconds
NO_PROPERTY = re.compile(r"could not find a property named '(?P<field>[^']+)'", re.IGNORECASE)
COMPANY_WORDS = re.compile(r"company\b.*\b(does not exist|not found|cannot be found)", re.I | re.S)
FAULT = re.compile(r"<faultstring[^>]*>(?P<words>.*?)</faultstring>", re.S)
NAME = re.compile(r"/(\w+)")


class Pages(Site):
    """Published pages by their usual names. Reads are by filter: a 404 never means "gone"."""

    # -- addresses ----------------------------------------------------------------------------

    def base_url(self) -> str:
        return f"{self.root()}/ODataV4"

    def company(self) -> Company:
        name = self.connection.setting("company").strip()
        return Company(name, name)

    @cached_property
    def names(self) -> dict[str, str]:
        """The published name of each service. Raises NeedsPerson for an unreadable setting."""
        try:
            other = renamed(self.connection.setting("services"))
        except ValueError as error:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"“{error}” under Services under other names is not understood. Write usual "
                "name=other name, with commas between them.",
            ) from error
        return {name: other.get(name, name) for name in SERVICES}

    def codeunit(self) -> str:
        return self.connection.setting("integration_service").strip()

    def path(self, rest: str, **options: str | int) -> str:
        """A set or record in the company. The query form takes every company name."""
        company = f"?company={quote(self.company().name, safe='')}"
        path, _, given = odata.query(f"/{rest}", **options).partition("?")
        return f"{path}{company}{'&' if given else ''}{given}"

    def page(self, service: str, **options: str | int) -> str:
        return self.path(self.set_of(service), **options)

    def lines(self, service: str, **options: str | int) -> str:
        return self.path(self.lines_of(service), **options)

    def record(self, entity_set: str, **key: str | int) -> str:
        """The address of one record by its key, for writing."""
        parts = (f"{name}={literal(value)}" for name, value in key.items())
        return self.path(f"{entity_set}({','.join(parts)})")

    def _own(self, link: str) -> str:
        """A next page on our own address: behind a proxy the server may call itself otherwise."""
        path, base = urlsplit(link), urlsplit(self.base_url())
        _, found, rest = path.path.partition("/ODataV4/")
        if not found:
            raise ConnectorError(f"{self.label} sent a next page elsewhere; not followed.")
        query = f"?{path.query}" if path.query else ""
        return f"{base.scheme}://{base.netloc}{base.path}/{rest}{query}"

    def link(self, page: int, field: str, value: str) -> str:
        web = self.connection.setting("web_client_url").rstrip("/")
        if not web:
            return ""
        tenant = self.connection.setting("server_tenant").strip()
        company = quote(self.company().name)
        chosen = quote(f"'{field}' IS '{value}'")
        more = f"&tenant={quote(tenant)}" if tenant else ""
        return f"{web}/?company={company}&page={page}&filter={chosen}{more}"

    # -- what is published --------------------------------------------------------------------

    @cached_property
    def metadata(self) -> Metadata:
        """From the cache, or asked: it can be large and slow."""
        kept = cache.get(self._metadata_key())
        return Metadata(**kept) if kept else self.read_metadata()

    def read_metadata(self) -> Metadata:
        answer = self.get("/$metadata", headers={"Accept": "application/xml"})
        wanted = (*self.names.values(), *filter(None, [self.codeunit()]))
        try:
            found = metadata.parse(answer.text, wanted)
        except ValueError as error:
            raise RetryLater(f"The list of services ($metadata) was not readable: {error}.") from (
                error
            )
        cache.set(self._metadata_key(), found.kept(), METADATA_KEPT)
        return found

    def forget_metadata(self) -> None:
        cache.delete(self._metadata_key())
        self.__dict__.pop("metadata", None)

    def _metadata_key(self) -> str:
        settings = f"{self.connection.setting('services')} {self.codeunit()}"
        return "nav:" + quote(f"{self.connection.pk} {self.base_url()} {settings}", safe="")[:230]

    def has(self, service: str) -> bool:
        return self.names[service] in self.metadata.sets

    def set_of(self, service: str) -> str:
        """The published name. Raises NeedsPerson when nothing is published under it."""
        if not self.has(service):
            self.forget_metadata()  # the next try looks again
            raise NeedsPerson(Reason.SETTINGS, missing(service, self.names[service]))
        return self.names[service]

    def lines_of(self, service: str) -> str:
        """The set of its lines: service name + part name, else whatever looks like them."""
        name, part = self.set_of(service), SERVICES[service].part
        likely = [one for one in self.metadata.sets if one.startswith(name) and one != name]
        if f"{name}{part}" in likely:
            return f"{name}{part}"
        for one in likely:
            if {"Document_No", "Line_No"} <= set(self.metadata.fields(one)):
                return one
        raise NeedsPerson(Reason.SETTINGS, missing(service, name, "its lines"))

    def fields(self, service: str) -> Mapping[str, int]:
        return self.metadata.fields(self.set_of(service))

    def cut(self, entity_set: str, field: str, text: str, otherwise: int = 50) -> str:
        """As much of a text as the field takes; NAV's own lengths where the site says none."""
        return cut(text, self.metadata.fields(entity_set).get(field) or otherwise).strip()

    def select(self, entity_set: str, *wanted: str) -> str:
        """Those of the fields that this site's page has: the others would be refused."""
        have = set(self.metadata.fields(entity_set))
        return ",".join(name for name in wanted if name in have)

    # -- answers ------------------------------------------------------------------------------

    def error_text(self, data: object, text: str) -> tuple[str, str]:
        """Also the words of a SOAP fault, which is XML."""
        fault = FAULT.search(text)
        return ("", unescape(fault["words"])) if fault else super().error_text(data, text)

    def surely_undone(self, answer: Answer) -> bool:
        """Old servers answer 500 to business errors: a known text means that it was rolled back."""
        return super().surely_undone(answer) or business_error(self, answer) is not None

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        error = business_error(self, answer)
        if error is not None and answer.status == 500:
            raise self.meaning(error)
        try:
            return super()._accept(method, path, answer)
        except Refused as refused:
            raise self._explained(method, path, refused) from refused

    def meaning(self, error: Refused) -> ConnectorError:
        if error.code == NO_COMPANY or COMPANY_WORDS.search(error.text):
            return NeedsPerson(
                Reason.SETTINGS,
                f"NAV has no company {self.company().name}. Large and small letters count: test "
                "the connection to see the companies that are there.",
                code=error.code,
                text=error.text,
            )
        return super().meaning(error)

    def _explained(self, method: str, path: str, error: Refused) -> ConnectorError:
        """What the services themselves lack is for the site's partner, whatever was asked."""
        name = NAME.match(path.removeprefix(self.base_url()))
        service = self._service_of(name[1]) if name else ""
        gone = isinstance(error, NotFound) and method in ("PATCH", "DELETE")
        if not service or gone or "Identification fields" in error.text:
            return error
        lacks = NO_PROPERTY.search(error.text)
        if not (isinstance(error, NotFound) or lacks or error.status == 405):
            return error
        known = lacks and lacks["field"] in self.metadata.fields(self.names[service])
        self.forget_metadata()
        if known:
            return RetryLater(f"The page behind {self.names[service]} changed; it is read again.")
        what = f"the field {lacks['field']}" if lacks else ""
        sentence = missing(service, self.names[service], what)
        return NeedsPerson(Reason.SETTINGS, sentence, code=error.code, text=error.text)

    def _service_of(self, entity_set: str) -> str:
        """The usual name of the service that a set belongs to; the longest name wins."""
        found = [(len(name), usual) for usual, name in self.names.items()
                 if entity_set.startswith(name)]  # fmt: skip
        return max(found)[1] if found else ""

    def companies(self) -> list[Row]:
        return self.rows("/Company")


def literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else quote(odata.text(value), safe="'")


def business_error(wire: Pages, answer: Answer) -> Refused | None:
    """A 500 whose text is one of the catalogue's."""
    said = is_odata(answer) or FAULT.search(answer.text)
    if answer.status != 500 or not said or is_page(answer.text):
        return None
    code, words = wire.error_text(answer.data, answer.text)
    words = wire.scrubbed(words)
    error = Refused(
        f"{wire.label} refused (500): {words}", status=500, code=code, text=words,
        vendor=wire.connection.vendor,
    )  # fmt: skip
    return error if messages.find_rule(error) or refusals.known(error.text) else None


def missing(service: str, name: str, what: str = "") -> str:
    """What the partner has to do so that it works."""
    one = SERVICES[service]
    if what:
        return (
            f"The service {name} of NAV lacks {what}. It should be page {one.page} ({one.title}): "
            "look at NAV's page Web Services, or at what was changed on that page."
        )
    return (
        f"NAV offers no service {name}, which {one.why or 'this'} needs. Publish page {one.page} "
        f"({one.title}) on NAV's page Web Services under this name, or enter the name that it has "
        "in the connection."
    )
