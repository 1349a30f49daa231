"""The codeunit by SOAP, for versions that offer no actions in OData (NAV 2018 and older).

Every request goes through our own client: journal, sign-in, time-outs and errors as everywhere.
learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/soap-web-service-uris
"""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import quote

import zeep
from lxml import etree

from connections.errors import ConnectorError, NeedsPerson, Reason, RetryLater
from connections.transport.xml import clean
from connections.vendors.nav.wire import Pages


@dataclasses.dataclass(frozen=True)
class Reply:
    """What zeep wants to know of an answer."""

    content: bytes
    status_code: int = 200
    encoding: str = "utf-8"
    headers: dict[str, str] = dataclasses.field(
        default_factory=lambda: {"Content-Type": "text/xml; charset=utf-8"}
    )


class Transport(zeep.Transport):
    """Reads the description and sends one call through our client."""

    def __init__(self, wire: Pages, root: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.wire, self.root = wire, root
        self.about, self.timeout = "", 0.0

    def load(self, url: str) -> bytes:
        """The description; nothing from elsewhere that it may name."""
        if not url.startswith(self.root):
            raise ConnectorError(f"{self.wire.label} describes its codeunit elsewhere; not read.")
        return clean(self.wire.get(url, headers={"Accept": "text/xml"}).text)

    def post_xml(self, address: str, envelope: Any, headers: dict[str, str]) -> Reply:
        """To the address that we know: the description may name an inner one."""
        answer = self.wire.write(
            "POST", self.root, etree.tostring(envelope), about=self.about, timeout=self.timeout,
            headers={"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml",
                     "SOAPAction": headers["SOAPAction"]},
        )  # fmt: skip
        return Reply(clean(answer.text))


class Codeunit:
    """One published codeunit of one company."""

    def __init__(self, wire: Pages, soap_url: str, name: str) -> None:
        instance = quote(wire.connection.setting("instance").strip().strip("/"))
        company = quote(wire.company().name, safe="")
        root = f"{soap_url.rstrip('/')}/{instance}/WS/{company}/Codeunit/{quote(name)}"
        self.transport = Transport(wire, root)
        try:
            self.client = zeep.Client(root, transport=self.transport)
        except (zeep.exceptions.Error, etree.XMLSyntaxError) as error:
            raise RetryLater(f"The description of the codeunit {name} was not readable.") from error

    def offers(self, procedure: str) -> bool:
        return hasattr(self.client.service, procedure)

    def call(self, procedure: str, about: str, timeout: float, values: dict[str, str]) -> str:
        """What the procedure returns. Raises what the client raises of a refusal."""
        self.transport.about, self.transport.timeout = about, timeout
        try:
            return str(self.client.service[procedure](**values) or "")
        except (TypeError, zeep.exceptions.ValidationError) as error:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"The procedure {procedure} of the site's codeunit takes other values than that of "
                "docs/nav. Import the codeunit of docs/nav again.",
            ) from error
