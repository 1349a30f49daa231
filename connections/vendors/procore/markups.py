"""Financial markup of a change order, which is in its total and not in its cost lines.

The package, the change order's twin in the old model, tells it: `markup_line_items` of each line,
with the code that the markup's cost goes to, if it has one.
developers.procore.com/reference/rest/change-order-packages, "Show Change Order Package"
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connections.documents import MARKUP, ZERO, Line
from connections.errors import NotFound
from connections.vendors.procore.coding import coding
from connections.vendors.procore.company import Company
from connections.vendors.procore.values import Row, inner, key, listed, money, text


def markups(
    client: Company, project_id: str, row: Row, lines: Sequence[Line], total: Decimal
) -> tuple[Line, ...]:
    """A line for each markup, where the header says more than its lines; read only then."""
    package_id = key(row.get("legacy_package_id"))
    if not package_id or sum((line.amount + line.tax for line in lines), ZERO) == total:
        return ()
    try:
        package = client.one(
            f"/rest/v1.0/change_order_packages/{package_id}", {"project_id": project_id}
        )
    except NotFound:  # then its lines do not add up, which is said of the change order
        return ()
    holders = [*listed(package, "line_items"), package]
    found = [one for holder in holders for one in listed(holder, "markup_line_items")]
    return tuple(markup(client, project_id, one) for one in found if money(one.get("amount")))


def markup(client: Company, project_id: str, row: Row) -> Line:
    """Under its own code, else without one."""
    its = inner(row, "markup")
    coded = coding(client, project_id, {
        "cost_code": inner(its, "destination_cost_code"),
        "line_item_type": inner(its, "destination_line_item_type"),
        "wbs_code_id": its.get("wbs_code_id"),
    })  # fmt: skip
    return Line(
        id=f"markup-{key(row.get('id'))}",
        description=f"{text(its.get('name')) or 'Financial'} (markup)",
        amount=money(row.get("amount")),
        cost_code=coded.cost_code,
        cost_code_name=coded.name,
        cost_type=coded.cost_type,
        segments=coded.segments,
        purpose=MARKUP,
    )
