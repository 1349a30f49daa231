"""The account of Keystone Ridge Builders: its people, one board that is not quite ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import company
from . import labels, site

if TYPE_CHECKING:
    from .work import Work

Row = dict[str, Any]
EMAIL = "keystone.example"
PEOPLE = (
    ("ML Connector", "ml-connector", "admin", "Integration user", "ACTIVE"),
    ("Dana Whitfield", "dana.whitfield", "admin", "Controller", "ACTIVE"),
    ("Rosa Delgado", "rosa.delgado", "member", "Accounts payable clerk", "ACTIVE"),
    ("Marcus Oyelaran", "marcus.oyelaran", "member", "Project manager, Riverside", "ACTIVE"),
    ("Ellen Kowalski", "ellen.kowalski", "member", "Project manager, Lincoln", "ACTIVE"),
    ("Tom Brandt", "tom.brandt", "member", "Project manager, Harbor Point", "ACTIVE"),
    ("Priya Nair", "priya.nair", "member", "Project manager, Northgate", "PENDING"),
    ("Walter Hughes", "walter.hughes", "view_only", "Owner's representative", "ACTIVE"),
)
BOARD = "Payables approvals"


def people(work: Work, only_two: bool = False) -> None:
    for name, address, kind, title, status in PEOPLE[: 2 if only_two else None]:
        work.add_user(name, f"{address}@{EMAIL}", kind=kind, title=title, status=status)
    if only_two:
        viewer = PEOPLE[-1]
        work.state["ids"]["user"] = site.VIEWER
        work.add_user(viewer[0], f"{viewer[1]}@{EMAIL}", kind="view_only", title=viewer[3])


def fill(work: Work) -> None:
    """The board was made by hand: a key column is missing, the amount is a text."""
    people(work)
    main = work.add_workspace("Main workspace", is_default=True)
    work.add_workspace("Accounts payable")
    members = [site.CONTROLLER, site.CLERK, 70000004, 70000005, 70000006, site.BOT]
    board = work.add_board(
        BOARD, site.CONTROLLER, workspace_id=main["id"], subscribers=members,
        owners=[site.CONTROLLER, site.BOT], description="Invoices that wait for an approval",
    )  # fmt: skip
    columns(work, board)
    groups(work, board)
    items(work, board)
    work.state["logs"].clear()


def columns(work: Work, board: Row) -> None:
    approval = {"labels": [
        labels.status_label(0, "Pending review", 0),
        labels.status_label(1, "Approved", 1, is_done=True),
        labels.status_label(2, "Rejected", 2),
    ]}  # fmt: skip
    vendors = {"labels": [
        labels.dropdown_label(place + 1, vendor.name)
        for place, vendor in enumerate(company.VENDORS[6:9])
    ]}  # fmt: skip
    work.add_column(board, "name", "Invoice", "name")
    work.add_column(board, "person", "Approver", "people")
    work.add_column(board, "status", "Approval", "status", settings=approval)
    work.add_column(board, "dropdown", "Vendor", "dropdown", settings=vendors)
    work.add_column(board, "text_amount", "Amount", "text")  # the wrong type
    work.add_column(board, "date4", "Due date", "date")
    work.add_column(board, "text_job", "Job", "text")
    work.add_column(board, "link", "Invoice copy", "link")
    work.add_column(board, "last_updated", "Last updated", "last_updated")


def groups(work: Work, board: Row) -> None:
    work.add_group(board, "To approve", "topics", "#579bfc")
    work.add_group(board, "Done", "group_done", "#00c875")


def items(work: Work, board: Row) -> None:
    """Three that people keep by hand; the integration has to leave them alone."""
    job = company.JOBS[1]
    rows = (
        ("Copier lease, October", "1,240.00", 1, "group_done"),
        ("Site trailer deposit", "3,500.00", 0, "topics"),
        (f"Retainer {job.name}"[:60], "12,000", 2, "topics"),
    )
    for name, amount, status, group in rows:
        item = work.make_item(board, name, site.CLERK, group=group)
        work.keep(item, {
            "text_amount": {"text": amount}, "status": {"index": status},
            "text_job": {"text": f"{job.number} {job.name}"},
            "person": {"people": [{"id": site.CONTROLLER, "kind": "person"}]},
        })  # fmt: skip
