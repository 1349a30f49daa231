"""Subcontractor invoices: what was earned this period, what is held back, what is released.

Per item: gross = work completed this period + change of stored materials, less what a project's own
option moved from these to work completed before; net = gross - retained + released.
developers.procore.com/documentation/tutorial-requisitions, support.procore.com "About Stored
Materials".
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from decimal import Decimal

from connections.documents import ZERO, Document, Line, Party
from connections.errors import NeedsPerson, Reason
from connections.vendors.procore.coding import coding
from connections.vendors.procore.company import Company
from connections.vendors.procore.links import link
from connections.vendors.procore.statuses import stage
from connections.vendors.procore.values import (
    Row,
    code_of,
    currency,
    first,
    inner,
    key,
    listed,
    moment,
    money,
    quantity,
    text,
    word,
)

DONE = ("approved", "approved_as_noted")  # of these nobody changes an amount
Held = Mapping[tuple[str, str], Decimal]  # materials retainage before, by line


@dataclasses.dataclass(frozen=True)
class Earned:
    """One item of the billing, in money."""

    gross: Decimal
    retained: Decimal
    released: Decimal
    tax: Decimal

    def __bool__(self) -> bool:
        return any((self.gross, self.retained, self.released, self.tax))


def requisition(client: Company, project_id: str, source_id: str) -> Document:
    """One request, two where stored materials come from the period before."""
    row = show(client, project_id, source_id)
    client.remember(("shown", "requisition", source_id), (row, listed(row, "items")))
    commitment_id = key(row.get("commitment_id"))
    status = word(row.get("status"))
    invoice_number = code_of(row.get("invoice_number"))
    parent: Row = {}
    if commitment_id and not invoice_number:
        parent = client.commitment(project_id, commitment_id)
    return Document(
        kind="requisition",
        id=key(row.get("id")),
        number=invoice_number or f"{code_of(parent.get('number'))}-{key(row.get('number'))}",
        title=text(row.get("contract_name")),
        status=status,
        stage=stage(client, "requisition", status),
        project=client.project(project_id),
        vendor=Party(key(row.get("vendor_id")), text(row.get("vendor_name"))),
        date=client.day(project_id, row, "billing_date", "requisition_end", "submitted_at"),
        currency=currency(row),
        lines=lines(client, project_id, row),
        total=payment_due(inner(row, "summary")) or ZERO,
        vendor_invoice_number=invoice_number,
        subtype=word(row.get("invoice_type")),
        contract_id=commitment_id,
        contract_number=code_of(parent.get("number")),
        updated_at=moment(row.get("updated_at")),
        url=link(client.connection, "requisition", project_id, row),
        origin_id=text(row.get("origin_id")),
        locked=f"Procore has locked it: it is {status.replace('_', ' ')}" if status in DONE else "",
    )


def show(client: Company, project_id: str, source_id: str) -> Row:
    params = {"project_id": project_id, "view": "extended"}
    return client.one(f"/rest/v1.1/requisitions/{source_id}", params)


def payment_due(summary: Row) -> Decimal | None:
    """What this billing asks for, tax included. None when the summary does not say.

    Tax stands beside the payment due when that is just earned less retainage less the
    certificates before; otherwise Procore has counted it already.
    """
    if first(summary, "current_payment_due") is None:
        return None
    due = money(summary["current_payment_due"])
    earned = money(summary.get("total_earned_less_retainage"))
    net = earned - money(summary.get("less_previous_certificates_for_payment"))
    return due + money(summary.get("tax_applicable_to_this_payment")) if due == net else due


def lines(client: Company, project_id: str, row: Row) -> tuple[Line, ...]:
    """Items billed on. One with no amount, retainage and tax is nothing to post: dropped.

    So are the $0 twins that change orders have (whole and by item).
    """
    items = sorted(listed(row, "items"), key=place)
    before = held_before(client, project_id, row, items)
    billed = [(item, earned(item, before)) for item in items]
    return tuple(line(client, project_id, item, sums) for item, sums in billed if sums)


def place(item: Row) -> tuple[Decimal, str, str]:
    return money(item.get("position")), *name(item)


def name(item: Row) -> tuple[str, str]:
    """An item's id is unique only together with its type."""
    return text(item.get("item_type")), key(item.get("id"))


def earned(item: Row, before: Held) -> Earned:
    work = money(item.get("work_completed_this_period"))
    stored = money(item.get("materials_presently_stored"))
    stored_before = money(item.get("materials_presently_stored_from_previous_progress"))
    stored_before -= money(item.get("materials_moved"))  # billed once, and work by now
    released_work = money(item.get("work_completed_retainage_released_this_period"))
    released_stored = money(item.get("materials_stored_retainage_released_this_period"))
    sums = Earned(
        gross=work + stored - stored_before,
        retained=money(item.get("work_completed_retainage_retained_this_period"))
        + newly_held(item, before, released_stored),
        released=released_work + released_stored,
        tax=sum((tax_amount(tax) for tax in listed(item, "taxes")), ZERO),
    )
    agree(item, sums)
    return sums


def newly_held(item: Row, before: Held, released: Decimal) -> Decimal:
    """Retainage on stored materials is stated as it stands: new = now - before + released."""
    now = money(item.get("materials_stored_retainage_currently_retained"))
    moved = money(item.get("materials_retainage_retained_moved"))
    return now - before.get(line_name(item), ZERO) + released + moved


def held_before(client: Company, project_id: str, row: Row, items: list[Row]) -> Held:
    """Materials retainage of the billing before, where materials were stored then."""
    previous = key(row.get("previous_requisition_id"))
    carried = any(
        money(item.get("materials_presently_stored_from_previous_progress")) for item in items
    )
    if not previous or not carried:
        return {}
    return {
        line_name(item): money(item.get("materials_stored_retainage_currently_retained"))
        for item in listed(show(client, project_id, previous), "items")
    }


def line_name(item: Row) -> tuple[str, str]:
    """The contract line that an item bills: the same from billing to billing."""
    names = ("line_item_id", "detail_line_item_id", "commitment_line_item_id")
    line_id = first(item, *names, "change_order_package_id", "description_of_work")
    return text(item.get("item_type")), key(line_id)


def tax_amount(tax: Row) -> Decimal:
    return money(first(tax, "tax_amount", "amount", "total"))


def agree(item: Row, sums: Earned) -> None:
    """Procore's own gross and net (with or without tax) are the check on ours."""
    net = sums.gross - sums.retained + sums.released
    for name_, ours in (("gross_amount", sums.gross), ("net_amount", net)):
        stated = first(item, name_)
        if stated is not None and money(stated) not in (ours, ours + sums.tax):
            raise NeedsPerson(
                Reason.DOES_NOT_FOOT,
                f"Line {text(item.get('description_of_work')) or key(item.get('id'))!r} of this "
                f"invoice does not add up: its parts make {ours}, Procore states {stated} as "
                f"{name_.replace('_', ' ')}. Open the invoice in Procore and save it again.",
            )


def line(client: Company, project_id: str, item: Row, sums: Earned) -> Line:
    coded = coding(client, project_id, item)
    return Line(
        id=":".join(name(item)),
        description=text(item.get("description_of_work")),
        amount=sums.gross,
        cost_code=coded.cost_code,
        cost_code_name=coded.name,
        cost_type=coded.cost_type,
        segments=coded.segments,
        quantity=quantity(item.get("work_completed_this_period_quantity")),
        unit_cost=quantity(item.get("scheduled_unit_price")),
        unit=text(item.get("uom")),
        tax_code=next((code_of(tax.get("code")) for tax in listed(item, "taxes")), ""),
        tax=sums.tax,
        retained=sums.retained,
        released=sums.released,
    )
