"""How to reach an environment: address, sign-in, limits, links into the web client.

Facts: standard API v2.0, learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference
"""

from __future__ import annotations

from urllib.parse import quote

from connections.errors import CredentialPaused
from connections.transport import rate_limit
from connections.vendors.dynamics.standard_api import StandardApi


class Wire(StandardApi):
    """Requests of one connection to one environment."""

    label = "Business Central"

    def root(self) -> str:
        """The environment's address, above every API group."""
        tenant = quote(self.connection.setting("tenant_id").strip())
        environment = quote(self.connection.setting("environment").strip())
        return f"{self.connection.setting('api_url').rstrip('/')}/v2.0/{tenant}/{environment}"

    def scope(self) -> str:
        return "https://api.businesscentral.dynamics.com/.default"

    def rate_window(self) -> rate_limit.Window:
        """95 % of the documented 6,000 in 5 minutes, spread; no header says what is left."""
        return rate_limit.Window(limit=190, seconds=10)

    def _rejected(self) -> CredentialPaused:
        """Signed in, but the environment does not take the token: wait, nothing is lost."""
        environment = self.connection.setting("environment")
        sentence = (
            f"{self.label} does not accept this app in the environment {environment}. Check "
            "its page Microsoft Entra applications: the client id, state Enabled, permission sets."
        )
        return self.token_refused(sentence)

    def not_there(self) -> str:
        environment = self.connection.setting("environment")
        return (
            f"{self.label} has no environment {environment} in this tenant. Check the environment "
            "and the tenant id of the connection."
        )

    def link(self, page: int, field: str, value: str) -> str:
        """Where a person opens it in the web client.

        learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/devenv-web-client-urls
        """
        web = self.connection.setting("web_url").rstrip("/")
        tenant = quote(self.connection.setting("tenant_id").strip())
        environment = quote(self.connection.setting("environment").strip())
        company, chosen = quote(self.company().name), quote(f"'{field}' IS '{value}'")
        return f"{web}/{tenant}/{environment}/?company={company}&page={page}&filter={chosen}"
