"""How to reach an on-premises server: address, the three ways to sign in, its own certificates.

Facts: learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/
Web-Services-Authentication and …/administration/server-instance-settings
"""

from __future__ import annotations

import re
from urllib.parse import quote

from connections.errors import ConnectorError, RetryLater
from connections.transport import rate_limit
from connections.transport.http import Answer, is_page
from connections.transport.on_site import OnSite, without_markup
from connections.transport.ways import BASIC, OAUTH, WINDOWS
from connections.vendors.dynamics.wire import Wire

REJECTED = {
    BASIC: "NAV does not accept the user {user} with this web service access key. The key may have "
    "expired (its date is on the user card), or the user is unknown or disabled. Make a new key "
    "there and enter it here.",
    WINDOWS: "NAV does not accept the Windows account {user}. Check the password (it may have "
    "expired), that the account is not locked, and that NAV has a user for it.",
    OAUTH: "NAV does not accept this app. Check NAV's page Microsoft Entra applications (client "
    "id, state Enabled, permission sets) and the server's Valid Audiences.",
}


class NoInstance(RetryLater):
    """The web server answers, and nothing behind this address does."""


class Site(OnSite, Wire):
    """Requests to one server instance, whatever is asked there."""

    label = "NAV"
    rejected = REJECTED

    # -- address ------------------------------------------------------------------------------

    def root(self) -> str:
        instance = quote(self.connection.setting("instance").strip().strip("/"))
        return f"{self.connection.setting('server_url').rstrip('/')}/{instance}"

    def url(self, path: str) -> str:
        """With the server's tenant, where there are several."""
        address = super().url(path)
        tenant = self.connection.setting("server_tenant").strip()
        if not tenant or re.search(r"[?&]tenant=", address):
            return address
        return f"{address}{'&' if '?' in address else '?'}tenant={quote(tenant, safe='')}"

    def scope(self) -> str:
        return self.connection.setting("scope").strip()

    def rate_window(self) -> rate_limit.Window:
        """Nobody limits us there but courtesy: one request at a time, and not without pause."""
        return rate_limit.Window(limit=150, seconds=10)

    # -- answers ------------------------------------------------------------------------------

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        """A 404 or 405 that is no OData answer is the web server's: nothing is known then."""
        if answer.status < 300 and self.connection.pause_sentence:
            self.connection.resume()
        if answer.status in (404, 405) and not is_odata(answer):
            raise self._no_instance()
        if answer.status < 300 and is_page(answer.text):
            raise RetryLater(f"{self.label} answered with a web page instead of data.")
        return super()._accept(method, path, answer)

    def _no_instance(self) -> ConnectorError:
        instance = self.connection.setting("instance").strip()
        return NoInstance(
            f"The server answers, but its instance {instance} or this service of it does not. It "
            "may be stopped or restarting; else check the instance, and that OData services are "
            "switched on."
        )

    def error_text(self, data: object, text: str) -> tuple[str, str]:
        """The words of a web server's page, without its markup."""
        code, words = super().error_text(data, text)
        return code, without_markup(words) if is_page(words) else words


def is_odata(answer: Answer) -> bool:
    return isinstance(answer.data, dict) and "error" in answer.data
