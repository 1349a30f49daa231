"""Where a person opens a record in Procore's web pages."""

from __future__ import annotations

from connections.models import Connection
from connections.vendors.procore.values import Row, key

PAGES = {
    "purchase_order": "contracts/commitments/purchase_order_contracts/{id}",
    "subcontract": "contracts/commitments/work_order_contracts/{id}",
    "requisition": "contracts/commitments/{contract}/requisitions/{id}",
    "direct_cost": "direct_costs/{id}",
    "commitment_change_order": "contracts/commitments/{contract}/change_orders/{id}",
    "prime_change_order": "contracts/prime_contracts/{contract}/change_orders/{id}",
}
TOOLS = {"commitments": "contracts/commitments", "billing periods": "invoicing"}


def link(connection: Connection, kind: str, project_id: str, row: Row) -> str:
    """Project pages stand under /{project id}/project/."""
    parent = row.get("commitment_id") or row.get("contract_id")
    page = PAGES[kind].format(id=key(row.get("id")), contract=key(parent))
    return of_project(connection, project_id, page)


def tool(connection: Connection, project_id: str, name: str) -> str:
    """A project's list of these."""
    return of_project(connection, project_id, TOOLS[name])


def of_project(connection: Connection, project_id: str, page: str) -> str:
    return f"{connection.setting('web_url').strip().rstrip('/')}/{project_id}/project/{page}"
