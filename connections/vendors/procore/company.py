"""What is kept of one Procore company: projects, codes, contracts; each is read once."""

from __future__ import annotations

import datetime as dt

from connections.documents import CostCode, CostType, Project, TaxCode
from connections.errors import NeedsPerson, NotFound, Reason, Refused
from connections.transport.days import zone_of
from connections.vendors.procore.values import (
    Row,
    code_of,
    day,
    first,
    key,
    moment,
    money,
    text,
    words,
)
from connections.vendors.procore.wire import V2_PAGE, Wire

MASTER_PAGE = 500  # v1 lists of master data; …/documentation/pagination asks for 2,000 at most


class Company(Wire):
    """What it reads once it keeps for its own life: make a new one per task."""

    @property
    def payable_statuses(self) -> frozenset[str]:
        """Statuses in which a subcontractor invoice may be posted."""
        return words(self.connection.setting("payable_statuses"))

    @property
    def locked_statuses(self) -> frozenset[str]:
        """Statuses in which Procore lets nobody change the lines of a commitment."""
        return words(self.connection.setting("locked_statuses"))

    def v2_project(self, project_id: str) -> str:
        return f"/rest/v2.0/companies/{self.company_id}/projects/{project_id}"

    # -- reference data -------------------------------------------------------------------------

    def projects(self) -> list[Project]:
        """Permitted projects, closed ones too: without `All` they look deleted."""
        return list(self.once(("projects",), self._read_projects))

    def _read_projects(self) -> list[Project]:
        params = {"company_id": self.company_id, "filters[by_status]": "All"}
        return [project(row) for row in self.rows("/rest/v1.0/projects", params, MASTER_PAGE)]

    def project(self, project_id: str) -> Project:
        """By id; nameless when Procore does not show it."""
        known = {item.id: item for item in self.projects()}
        return known.get(project_id) or Project(project_id, "", "")

    def day(self, project_id: str, row: Row, *names: str) -> dt.date | None:
        """The first of these that is told: a date as it stands, a moment as the project's day.

        Moments are told in UTC: developers.procore.com/documentation/content/date-time
        """
        value = first(row, *names)
        found = moment(value) if "T" in str(value or "") else None
        if found is None:
            return day(value)
        return found.astimezone(zone_of(self.project(project_id).time_zone)).date()

    def cost_codes(self, project_id: str) -> list[CostCode]:
        return list(self.cost_codes_by_id(project_id).values())

    def cost_codes_by_id(self, project_id: str) -> dict[str, CostCode]:
        def read() -> dict[str, CostCode]:
            rows = self.rows("/rest/v1.0/cost_codes", {"project_id": project_id}, MASTER_PAGE)
            live = (row for row in rows if not row.get("deleted_at"))
            return {key(row.get("id")): cost_code(row, project_id) for row in live}

        return self.once(("cost_codes", project_id), read)

    def wbs_codes(self, project_id: str) -> dict[str, Row]:
        """Budget codes by id, with their segments."""

        def read() -> dict[str, Row]:
            path = f"/rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes"
            return {key(row.get("id")): row for row in self.rows(path, per_page=MASTER_PAGE)}

        try:
            return self.once(("wbs_codes", project_id), read)
        except Refused as error:
            raise NeedsPerson(
                Reason.SETTINGS,
                f"Procore does not show the budget codes of this project ({error.text}). Without "
                "them the cost code of a line is not known. Let the service account read them "
                "(its permission template: Admin, Work Breakdown Structure), then replay.",
            ) from error

    def cost_types(self) -> list[CostType]:
        params = {"company_id": self.company_id}
        rows = self.rows("/rest/v1.0/line_item_types", params, MASTER_PAGE)
        return [
            CostType(key(row.get("id")), code_of(row.get("code")), text(row.get("name")))
            for row in rows
        ]

    def cost_types_once(self) -> list[CostType]:
        return self.once(("cost_types",), self.cost_types)

    def tax_codes(self) -> list[TaxCode]:
        """Archived ones too: old documents carry them."""
        return list(self.tax_codes_by_id().values())

    def tax_codes_by_id(self) -> dict[str, TaxCode]:
        return self.once(("tax_codes",), self._read_tax_codes)

    def _read_tax_codes(self) -> dict[str, TaxCode]:
        params = {"company_id": self.company_id}
        rows = self.rows("/rest/v1.0/tax_codes", params, V2_PAGE)
        return {key(row.get("id")): tax_code(row) for row in rows}

    # -- contracts ------------------------------------------------------------------------------

    def commitment(self, project_id: str, contract_id: str) -> Row:
        """The subcontract or purchase order of that id (they share one range); {} when neither.

        The union `/commitments` would be one read always, but is too thin for accounting.
        """
        for table in ("work_order_contracts", "purchase_order_contracts"):
            if found := self._contract(f"/rest/v1.0/{table}", project_id, contract_id):
                return found
        return {}

    def prime_contract(self, project_id: str, contract_id: str) -> Row:
        """Number and owner of a prime contract; {} when it is not shown."""
        return self._contract("/rest/v1.0/prime_contract", project_id, contract_id)

    def _contract(self, path: str, project_id: str, contract_id: str) -> Row:
        def read() -> Row:
            try:
                return self.one(f"{path}/{contract_id}", {"project_id": project_id})
            except NotFound:  # about the contract, not about the document that names it
                return {}

        return self.once((path, project_id, contract_id), read)

    def readable(self, project_id: str) -> bool:
        """False when the project is not permitted, or gone."""
        params = {"company_id": self.company_id}
        try:
            self.one(f"/rest/v1.0/projects/{project_id}", params)
        except Refused:
            return False
        return True


def project(row: Row) -> Project:
    return Project(
        id=key(row.get("id")),
        number=code_of(row.get("project_number")),
        name=text(row.get("name")),
        active=row.get("active") is not False,
        origin_id=text(row.get("origin_id")),
        time_zone=text(first(row, "time_zone", "tz_name")),
    )


def cost_code(row: Row, project_id: str) -> CostCode:
    parent = row.get("parent")
    return CostCode(
        id=key(row.get("id")),
        code=code_of(row.get("full_code") or row.get("sortable_code") or row.get("code")),
        name=text(row.get("name")),
        project_id=project_id,
        parent_id=key(parent.get("id")) if isinstance(parent, dict) else "",
        origin_id=text(row.get("origin_id")),
    )


def tax_code(row: Row) -> TaxCode:
    return TaxCode(
        key(row.get("id")),
        code_of(row.get("code")),
        text(row.get("description")),
        money(row.get("rate1")),
    )
