"""How to reach Business Central: address, sign-in, company, limits, the words of its errors.

Facts: standard API v2.0, learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.core.cache import cache

from connections.errors import (
    ConnectorError,
    CredentialPaused,
    NeedsPerson,
    NotFound,
    Reason,
    Refused,
    RetryLater,
)
from connections.transport import odata, rate_limit, tokens
from connections.transport.entra import Entra
from connections.transport.http import Answer
from connections.transport.odata import ODataClient, Row

CORRELATION = re.compile(r"\s*CorrelationId:\s*[0-9A-Za-z-]*\.?\s*$")
LOCKED = re.compile(r"\bdeadlock\w*|\blocked\b", re.IGNORECASE)
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
COMPANY_KEPT = 24 * 3600  # seconds
NO_COMPANY = "Internal_CompanyNotFound"


@dataclasses.dataclass(frozen=True)
class Company:
    id: str
    name: str


class Wire(Entra, ODataClient):
    """Requests of one connection. Reads raise Refused; lock texts are RetryLater everywhere."""

    label = "Business Central"
    token_margin = dt.timedelta(minutes=5)
    _company: Company | None = None

    # -- address ------------------------------------------------------------------------------

    def root(self) -> str:
        """The environment's address, above every API group."""
        tenant = quote(self.connection.setting("tenant_id").strip())
        environment = quote(self.connection.setting("environment").strip())
        return f"{self.connection.setting('api_url').rstrip('/')}/v2.0/{tenant}/{environment}"

    def base_url(self) -> str:
        return f"{self.root()}/api/v2.0"

    def path(self, rest: str, **options: str | int) -> str:
        """A path inside the company: `purchaseInvoices(…)`, with query options."""
        return odata.query(f"/companies({self.company().id})/{rest}", **options)

    def group(self, group: str, rest: str, **options: str | int) -> str:
        """An address inside the company in another API group, as `reportsFinance/beta`."""
        company = f"companies({self.company().id})"
        return odata.query(f"{self.root()}/api/microsoft/{group}/{company}/{rest}", **options)

    def headers(self) -> dict[str, str]:
        """English always: texts are matched."""
        return {"Accept": "application/json", "Accept-Language": "en-US"}

    # -- sign-in and limits -------------------------------------------------------------------

    def scope(self) -> str:
        return "https://api.businesscentral.dynamics.com/.default"

    def rate_window(self) -> rate_limit.Window:
        """95 % of the documented 6,000 in 5 minutes, spread; no header says what is left."""
        return rate_limit.Window(limit=190, seconds=10)

    # -- errors -------------------------------------------------------------------------------

    def error_text(self, data: Any, text: str) -> tuple[str, str]:
        code, words = super().error_text(data, text)
        return code, CORRELATION.sub("", words)

    def surely_undone(self, answer: Answer) -> bool:
        """Deadlocks come as 500 too, and are rolled back."""
        return bool(LOCKED.search(self.error_text(answer.data, answer.text)[1]))

    def _accept(self, method: str, path: str, answer: Answer) -> Answer:
        if answer.status == 401:  # after a renewal
            raise self._rejected()
        try:
            return super()._accept(method, path, answer)
        except Refused as error:
            raise self.meaning(error) from error

    def meaning(self, error: Refused) -> ConnectorError:
        """What a refusal means whatever was asked: locks pass, a lost company is looked up."""
        if error.code == NO_COMPANY:
            self.forget_company()
            return RetryLater("The company was renamed or replaced; it is looked up again.")
        if LOCKED.search(error.text) and error.status in (400, 409):
            return RetryLater(f"{self.label} was busy with the same data: {error.text}")
        return error

    def _rejected(self) -> CredentialPaused:
        """Signed in, but the environment does not take the token: wait, nothing is lost."""
        environment = self.connection.setting("environment")
        sentence = (
            f"Business Central does not accept this app in the environment {environment}. Check "
            "its page Microsoft Entra applications: the client id, state Enabled, permission sets."
        )
        return tokens.refused(self.connection, self._token_used, sentence)

    # -- company ------------------------------------------------------------------------------

    def company(self) -> Company:
        """The company that the connection names. Raises NeedsPerson when there is none such."""
        if self._company is None:
            kept = cache.get(self._company_key())
            self._company = Company(*kept) if kept else self._look_up_company()
        return self._company

    def forget_company(self) -> None:
        cache.delete(self._company_key())
        self._company = None

    def companies(self) -> list[Row]:
        try:
            return self.rows("/companies")
        except NotFound as error:
            environment = self.connection.setting("environment")
            raise NeedsPerson(
                Reason.SETTINGS,
                f"Business Central has no environment {environment} in this tenant. "
                "Check the environment and the tenant id of the connection.",
                code=error.code,
                text=error.text,
            ) from error

    def _look_up_company(self) -> Company:
        wanted = self.connection.setting("company").strip()
        seen = self.companies()
        for row in seen:
            if is_company(row, wanted):
                company = Company(str(row["id"]), str(row["name"]))
                cache.set(self._company_key(), (company.id, company.name), COMPANY_KEPT)
                return company
        names = ", ".join(sorted(str(row["name"]) for row in seen)) or "none"
        raise NeedsPerson(
            Reason.SETTINGS,
            f"Business Central has no company {wanted or '(none entered)'} that this app may see. "
            f"It sees: {names}.",
        )

    def _company_key(self) -> str:
        wanted = self.connection.setting("company").strip()
        return "company:" + quote(f"{self.connection.pk} {self.base_url()} {wanted}", safe="")[:230]

    # -- links --------------------------------------------------------------------------------

    def link(self, page: int, field: str, value: str) -> str:
        """Where a person opens it in the web client.

        learn.microsoft.com/dynamics365/business-central/dev-itpro/developer/devenv-web-client-urls
        """
        web = self.connection.setting("web_url").rstrip("/")
        tenant = quote(self.connection.setting("tenant_id").strip())
        environment = quote(self.connection.setting("environment").strip())
        company, chosen = quote(self.company().name), quote(f"'{field}' IS '{value}'")
        return f"{web}/{tenant}/{environment}/?company={company}&page={page}&filter={chosen}"


def is_company(row: Mapping[str, Any], wanted: str) -> bool:
    """By id, or by either name in any case."""
    names = {str(row.get(field) or "").casefold() for field in ("id", "name", "displayName")}
    return bool(wanted) and wanted.strip("{}").casefold() in names
