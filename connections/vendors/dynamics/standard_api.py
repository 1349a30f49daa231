"""The standard API v2.0, online or on a server of the customer: companies and their paths.

learn.microsoft.com/dynamics365/business-central/dev-itpro/api-reference/v2.0
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from urllib.parse import quote

from django.core.cache import cache

from connections.errors import ConnectorError, NeedsPerson, NotFound, Reason, Refused, RetryLater
from connections.models import CompanyFound
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.dynamics.wire import Wire

COMPANY_KEPT = 3600  # seconds
NO_COMPANY = "Internal_CompanyNotFound"


@dataclasses.dataclass(frozen=True)
class Company:
    id: str
    name: str


class StandardApi(Wire):
    """Paths inside the company that the connection names."""

    _company: Company | None = None

    def base_url(self) -> str:
        return f"{self.root()}/api/v2.0"

    def path(self, rest: str, **options: str | int) -> str:
        """A path inside the company: `purchaseInvoices(…)`, with query options."""
        return odata.query(f"/companies({self.company().id})/{rest}", **options)

    def group(self, group: str, rest: str, **options: str | int) -> str:
        """An address inside the company in another API group, as `reportsFinance/beta`."""
        company = f"companies({self.company().id})"
        return odata.query(f"{self.root()}/api/microsoft/{group}/{company}/{rest}", **options)

    def meaning(self, error: Refused) -> ConnectorError:
        """A lost company is looked up again."""
        if error.code == NO_COMPANY:
            self.forget_company()
            return RetryLater("The company was renamed or replaced; it is looked up again.")
        return super().meaning(error)

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
            raise NeedsPerson(
                Reason.SETTINGS, self.not_there(), code=error.code, text=error.text
            ) from error

    def not_there(self) -> str:
        """Why nothing is under the address, in a sentence."""
        return f"{self.label} is not under the address that the connection names. Check it."

    def _look_up_company(self) -> Company:
        """Asked anew each hour. Raises NeedsPerson where another company would be taken."""
        wanted = self.connection.setting("company").strip()
        seen = self.companies()
        meant = company_meant(seen, wanted, self.label)
        before = CompanyFound.objects.filter(connection=self.connection, wanted=wanted).first()
        if before is not None:
            company = self._the_same(before, meant, seen)
        elif meant is None:
            raise self._no_company(wanted, seen)
        else:
            company = meant
            CompanyFound.objects.update_or_create(
                connection=self.connection,
                defaults={"wanted": wanted, "company_id": company.id, "name": company.name},
            )
        cache.set(self._company_key(), (company.id, company.name), COMPANY_KEPT)
        return company

    def _the_same(
        self, before: CompanyFound, meant: Company | None, seen: Sequence[Row]
    ) -> Company:
        """The company of before, by its id, whatever it is called by now."""
        stands = next((company(row) for row in seen if str(row["id"]) == before.company_id), None)
        if meant is not None and meant.id != before.company_id:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"“{before.wanted}” led to the company {before.name} ({before.company_id}) of "
                f"{self.label} and leads to {meant.name} ({meant.id}) now. Nothing is sent to "
                "either: enter the id of the right one in the connection.",
            )
        if stands is None:
            raise self._no_company(before.wanted, seen)
        return stands

    def _no_company(self, wanted: str, seen: Sequence[Row]) -> NeedsPerson:
        names = ", ".join(sorted(str(row["name"]) for row in seen)) or "none"
        return NeedsPerson(
            Reason.SETTINGS,
            f"{self.label} has no company {wanted or '(none entered)'} that this app may see. "
            f"It sees: {names}.",
        )

    def local_currency(self) -> str:
        """The code of the currency that the company keeps its books in. Raises NeedsPerson.

        A document that states none takes the currency of the vendor's card.
        """
        code: str = cache.get(f"currency:{self._company_key()}", "")
        if not code:
            rows = self.rows(self.path("companyInformation"))
            code = str(rows[0].get("currencyCode") or "") if rows else ""
            cache.set(f"currency:{self._company_key()}", code, COMPANY_KEPT)
        if not code:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"{self.label} does not say in which currency the company keeps its books. Enter "
                "the LCY Code on the page General Ledger Setup.",
            )
        return code

    def foreign(self, code: str) -> str:
        """A document's currency as we keep it: empty is the company's own."""
        return "" if code == self.local_currency() else code

    def _company_key(self) -> str:
        wanted = self.connection.setting("company").strip()
        return "company:" + quote(f"{self.connection.pk} {self.base_url()} {wanted}", safe="")[:230]


def company(row: Row) -> Company:
    return Company(str(row["id"]), str(row["name"]))


def company_meant(rows: Sequence[Row], wanted: str, label: str) -> Company | None:
    """By id, else by name, which is its key there, else by a display name that only one has.

    `displayName` is free text: a copy for training may bear that of the company itself (reported
    for devitpro-pb, issue 218). Raises NeedsPerson where several bear it.
    """
    if not wanted:
        return None
    for field in ("id", "name", "displayName"):
        found = [company(row) for row in rows if is_called(row, field, wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(f"{one.name} ({one.id})" for one in found)
            raise NeedsPerson(
                Reason.SETTINGS,
                f"{len(found)} companies of {label} are called “{wanted}”: {several}. Enter the "
                "name or the id of the right one in the connection.",
            )
    return None


def is_called(row: Row, field: str, wanted: str) -> bool:
    return str(row.get(field) or "").strip().casefold() == wanted.strip("{}").casefold()
