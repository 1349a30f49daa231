"""Release, reopening and approval of purchase documents, as NAV's own codeunits do them.

Texts: codeunits 415 Release Purchase Document and 1535 Approvals Mgmt. of the base application.
"""

from __future__ import annotations

from datetime import timedelta

from . import documents, errors
from .documents import KINDS, Kind
from .model import Row
from .store import SETTINGS, Books

WAITING = ("Open", "Created")
NOT_COMPLETE = "This document can only be released when the approval process is complete."
MUST_END = "The approval process must be cancelled or completed to reopen this document."
NO_WORKFLOW = "No approval workflow for this record type is enabled."


def setting(books: Books, name: str) -> object:
    """State that was kept by an older stand-in lacks the newer settings."""
    return books.settings.get(name, SETTINGS[name])


def kind_of(document_type: str) -> Kind:
    found = next((k for k in KINDS.values() if k.type.lower() == document_type.lower()), None)
    if found is None:
        raise errors.Refused(
            "Application_EvaluateException",
            f"Your entry of '{document_type}' is not an acceptable value for 'Document Type'.",
        )
    return found


def draft(books: Books, kind: Kind, number: str) -> Row:
    found = books.find(kind.entity, number=number.upper(), _posted=False)
    if found is None:
        raise errors.Refused(
            "Internal_RecordNotFound",
            "The Purchase Header does not exist. Identification fields and values: Document "
            f"Type='{kind.type}',No.='{number}'",
        )
    return found


def set_status(books: Books, kind: Kind, row: Row, status: str) -> None:
    """The document's own status, and what the standard API makes of it."""
    shown = {"Open": "Draft", "Pending Approval": "In Review"}.get(status, "Open")
    changes: Row = {"_approval": status}
    if kind.entity != "purchaseInvoice":
        changes["status"] = shown
    books.change(kind.entity, row, **changes)


# What the codeunits do.


def release(books: Books, kind: Kind, row: Row) -> None:
    if row["_approval"] == "Released":
        return
    if row["_approval"] != "Open" or books.settings["approval"]:
        raise errors.dialog(NOT_COMPLETE)
    lines = documents.lines_of(books, kind, row)
    if not any(line["lineType"] != "Comment" and line["quantity"] for line in lines):
        raise errors.dialog(
            f"There is nothing to release for the document of type {kind.type} with the number "
            f"{row['number']}."
        )
    set_status(books, kind, row, "Released")


def reopen(books: Books, kind: Kind, row: Row) -> None:
    if row["_approval"] == "Pending Approval":
        raise errors.dialog(MUST_END)
    set_status(books, kind, row, "Open")


def send(books: Books, kind: Kind, row: Row) -> None:
    if not books.settings["approval"]:
        raise errors.dialog(NO_WORKFLOW)
    if row["_approval"] == "Open":
        set_status(books, kind, row, "Pending Approval")
        request(books, kind.entity, row)


def approve(books: Books, kind: Kind, row: Row) -> None:
    """By the connector's user; the next approver's turn comes, or the document is released."""
    if row["_approval"] == "Released":
        return
    entry = due(books, row, "approve")
    books.change("approvalEntry", entry, status="Approved", lastDateTimeModified=books.now())
    later = next((one for one in entries(books, row) if one["status"] == "Created"), None)
    if later:
        books.change("approvalEntry", later, status="Open", lastDateTimeModified=books.now())
    else:
        set_status(books, kind, row, "Released")


def reject(books: Books, kind: Kind, row: Row) -> None:
    """One refusal ends the round: the document is open again."""
    if row["_approval"] == "Open":
        return
    entry = due(books, row, "reject")
    for one in entries(books, row):
        if one is entry or one["status"] in WAITING:
            books.change("approvalEntry", one, status="Rejected", lastDateTimeModified=books.now())
    set_status(books, kind, row, "Open")


def due(books: Books, row: Row, what: str) -> Row:
    """The entry that the connector's user may decide: its own, or any as an administrator."""
    user, all_of_them = setting(books, "service_user"), setting(books, "approval_administrator")
    for one in entries(books, row):
        if one["status"] == "Open" and (one["approverId"] == user or all_of_them):
            return one
    raise errors.dialog(f"There is no approval request to {what}.")


# Approval entries.


def entries(books: Books, row: Row) -> list[Row]:
    number = row["number"]
    return [one for one in books.rows("approvalEntry") if one["documentNumber"] == number]


def request(books: Books, name: str, row: Row) -> None:
    """One entry for each approver; the first is asked, the others wait."""
    approvers = setting(books, "approvers")
    assert isinstance(approvers, list)
    for index, approver in enumerate(approvers, start=1):
        books.state.series["approval"] = books.state.series.get("approval", 0) + 1
        books.add("approvalEntry", {
            "entryNumber": books.state.series["approval"], "tableId": 38,
            "documentType": KINDS[name].type, "documentNumber": row["number"],
            "sequenceNumber": index, "senderId": "AP CLERK", "approverId": approver,
            "status": "Open" if index == 1 else "Created",
            "amount": row["totalAmountExcludingTax"], "amountLCY": row["totalAmountExcludingTax"],
            "currencyCode": row["currencyCode"], "dateTimeSentForApproval": books.now(),
            "lastDateTimeModified": books.now(),
            "dueDate": (books.now() + timedelta(days=3)).date().isoformat(), "pendingApprovals": 1,
        })  # fmt: skip


def by_hand(books: Books, name: str, row: Row, step: str) -> None:
    """What people do: send, approve (all of them), reject, reopen. An invoice's stamp stays."""
    states = {"send": "Pending Approval", "approve": "Released", "reject": "Open", "reopen": "Open"}
    status = {"send": "In Review", "approve": "Open"}.get(step, "Draft")
    changes = {"_approval": states[step]}
    if name != "purchaseInvoice":
        changes["status"] = status
    books.change(name, row, silent=name == "purchaseInvoice", **changes)
    _answered(books, name, row, step)


def _answered(books: Books, name: str, row: Row, step: str) -> None:
    known = entries(books, row)
    waiting = [one for one in known if one["status"] in WAITING]
    if not waiting and (step == "send" or not known):
        request(books, name, row)
        waiting = [one for one in entries(books, row) if one["status"] in WAITING]
    said = {"approve": "Approved", "reject": "Rejected", "reopen": "Canceled"}.get(step)
    if said is None:
        return
    for one in waiting or known[-1:]:
        books.change("approvalEntry", one, status=said, lastDateTimeModified=books.now())
