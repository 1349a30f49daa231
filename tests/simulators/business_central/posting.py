"""`Microsoft.NAV.post` of purchase documents: the checks in their order, then the ledger."""

from __future__ import annotations

from decimal import Decimal

from tests.simulators import company

from . import dimensions, errors, ledger
from .documents import KINDS, Kind, lines_of
from .lines import usable
from .model import Row
from .store import Books

ZERO = Decimal(0)
ENTER_NUMBER = (
    "You need to enter the document number of the document from the vendor in the Vendor Invoice "
    "No. field, so that this document stays linked to the original."
)
NOTHING = "There is nothing to post because the document does not contain a quantity or amount."


def post(books: Books, header: Row, entity: str, *, by_hand: bool = False) -> None:
    """Posts a draft: same id, new number, G/L entries. Commits, as the real one does."""
    kind = KINDS[entity]
    if header["_posted"]:
        raise errors.dialog(f"The action can be applied to a draft {kind.title} only.")
    lines = lines_of(books, kind, header)
    if entity == "purchaseCreditMemo" and not lines:
        raise errors.dialog("Please add at least one line item to the credit memo.")
    check(books, kind, header, lines)
    number = books.next_number(f"posted {entity}", kind.first_posted)
    write(books, kind, header, number, [line for line in lines if Decimal(line["netAmount"])])
    books.change(
        entity, header, number=number, status="Open", _posted=True, _draft=header["number"],
        _by_hand=by_hand,
    )  # fmt: skip
    if entity == "purchaseCreditMemo":
        _apply_to_invoice(books, header)
    _archive_approvals(books, header["_draft"])
    books.commit()


def check(books: Books, kind: Kind, header: Row, lines: list[Row]) -> None:
    """Raises the first thing that is wrong."""
    vendor = books.get("vendor", header["vendorId"]) or {}
    _check_approval(books, kind, header)
    _check_vendor(vendor)
    ledger.open_date(books, header["postingDate"])
    external = header[kind.external]
    if not external and books.settings["external_number_mandatory"]:
        raise errors.dialog(ENTER_NUMBER)
    posted = [line for line in lines if Decimal(line["netAmount"])]
    if not posted:
        raise errors.dialog(NOTHING)
    _check_lines(books, kind, header, posted)
    dimensions.checked_header(books, f"{kind.type} {header['number']}", vendor, header["_dims"])
    if Decimal(header["totalAmountIncludingTax"]) < 0:
        sign = "positive" if kind.type == "Credit Memo" else "negative"
        raise errors.field_check(
            f"Amount must be {sign} in Gen. Journal Line Journal Template Name='',Journal Batch "
            "Name='',Line No.='0'."
        )
    _check_duplicate(books, kind, header, external)


def _check_approval(books: Books, kind: Kind, header: Row) -> None:
    if header["_approval"] == "Pending Approval":
        raise errors.dialog(
            "This document can only be released when the approval process is complete."
        )
    if books.settings["approval"] and header["_approval"] != "Released":
        raise errors.dialog(
            f"Purchase {kind.type} {header['number']} must be approved and released before you "
            "can perform this action."
        )


def _check_vendor(vendor: Row) -> None:
    if vendor["blocked"] == "All":
        raise errors.dialog(
            f"You cannot post this type of document when Vendor {vendor['number']} is blocked "
            "with type All"
        )
    if not vendor.get("_groups", True):
        raise errors.field_check(
            f"Vendor Posting Group must have a value in Vendor: No.={vendor['number']}. It cannot "
            "be zero or empty."
        )


def _check_lines(books: Books, kind: Kind, header: Row, lines: list[Row]) -> None:
    for line in lines:
        account = books.get("account", line["accountId"])
        if account is None:
            raise errors.field_check(
                f"No. must have a value in Purchase Line: Document Type={kind.type},Document "
                f"No.={header['number']},Line No.={line['sequence']}. It cannot be zero or empty."
            )
        usable(account)
        where = f"{kind.type} {header['number']}, line no. {line['sequence']}"
        dimensions.checked(books, where, account, line["_dims"])


def _check_duplicate(books: Books, kind: Kind, header: Row, external: str) -> None:
    """The vendor's number may stand once per pay-to vendor and type, cancelled ones included."""
    if not external:
        return
    for row in books.rows("_vendorEntry"):
        if (row["vendorId"], row["type"], row["external"]) == (
            header["payToVendorId"], kind.type.replace("Order", "Invoice"), external,
        ):  # fmt: skip
            name = "Credit Memo" if kind.type == "Credit Memo" else "Invoice"
            raise errors.dialog(f"Purchase {name} {external} already exists for this vendor.")


def write(books: Books, kind: Kind, header: Row, number: str, lines: list[Row]) -> None:
    """Expense per line with its dimensions, tax and payables with those of the header."""
    sign = -1 if kind.type == "Credit Memo" else 1
    ledger_type = "Credit Memo" if kind.type == "Credit Memo" else "Invoice"
    payable, document = ZERO, header["id"]

    def book(account: str, amount: Decimal, text: str, dims: dict[str, str]) -> None:
        ledger.entry(
            books, account, amount, day=header["postingDate"], number=number, kind=ledger_type,
            text=text, dims=dims, document=document,
        )  # fmt: skip

    for line in lines:
        amount = ledger.local(books, header["currencyCode"], Decimal(line["netAmount"])) * sign
        book(line["lineObjectNumber"], amount, line["description"], line["_dims"])
        payable += amount
    tax = sum((Decimal(line["netTaxAmount"]) for line in lines), ZERO)
    tax = ledger.local(books, header["currencyCode"], tax) * sign
    text = f"{ledger_type} {header['number']}"
    book(company.TAX_ACCOUNT, tax, text, header["_dims"])
    book(ledger.payables(), -(payable + tax), text, header["_dims"])
    vendor = books.get("vendor", header["payToVendorId"]) or {}
    ledger.vendor_entry(
        books, vendor, kind=ledger_type, number=number, external=header[kind.external],
        amount=payable + tax, document=document,
    )  # fmt: skip


def _apply_to_invoice(books: Books, memo: Row) -> None:
    """A memo for an invoice closes both as far as it goes."""
    invoice = books.get("purchaseInvoice", memo["invoiceId"])
    ours = ledger.vendor_entry_of(books, memo["id"])
    theirs = ledger.vendor_entry_of(books, memo["invoiceId"]) if invoice else None
    if not (invoice and ours and theirs):
        return
    amount = min(-ours["open"], theirs["open"])
    if ledger.settle(books, theirs, amount):
        books.change("purchaseInvoice", invoice, status="Paid")
    if ledger.settle(books, ours, -amount):
        books.change("purchaseCreditMemo", memo, status="Paid")


def _archive_approvals(books: Books, draft_number: str) -> None:
    for row in books.rows("approvalEntry"):
        if row["documentNumber"] == draft_number:
            books.remove("approvalEntry", row)


def receive_and_invoice(books: Books, order: Row, *, by_hand: bool = False) -> Row:
    """Posts a receipt and an invoice of an order; an order that is done leaves the set."""
    kind = KINDS["purchaseOrder"]
    lines = lines_of(books, kind, order)
    check(books, kind, order, lines)
    invoice = _invoice_from(books, order, lines)
    receipt = {"vendorNumber": order["vendorNumber"], "vendorName": order["vendorName"],
               "orderNumber": order["number"], "postingDate": order["postingDate"]}  # fmt: skip
    books.add(
        "purchaseReceipt", {**receipt, "number": books.next_number("purchaseReceipt", 107101)}
    )
    for line in lines:
        done = Decimal(line["invoicedQuantity"]) + Decimal(line["invoiceQuantity"])
        received = Decimal(line["receivedQuantity"]) + Decimal(line["receiveQuantity"])
        books.change(
            kind.line, line, invoicedQuantity=done, receivedQuantity=received,
            invoiceQuantity=Decimal(line["quantity"]) - done,
            receiveQuantity=Decimal(line["quantity"]) - received,
        )  # fmt: skip
    books.change("purchaseInvoice", invoice, silent=True, _hand=by_hand)
    post(books, invoice, "purchaseInvoice", by_hand=by_hand)
    if all(Decimal(line["invoicedQuantity"]) >= Decimal(line["quantity"]) for line in lines):
        for line in lines:
            books.remove(kind.line, line)
        books.remove("purchaseOrder", order)
    books.commit()
    return invoice


def _invoice_from(books: Books, order: Row, lines: list[Row]) -> Row:
    from . import documents
    from .lines import create

    invoice = documents.create(books, "purchaseInvoice", {
        "vendorId": order["vendorId"], "postingDate": order["postingDate"],
        "invoiceDate": order["postingDate"], "vendorInvoiceNumber": order["_external"],
        "currencyCode": order["currencyCode"],
    })  # fmt: skip
    books.change("purchaseInvoice", invoice, orderId=order["id"], orderNumber=order["number"],
                 _dims=dict(order["_dims"]), _approval="Released")  # fmt: skip
    released, invoice["_approval"] = invoice["_approval"], "Open"
    for line in lines:
        row = create(books, "purchaseInvoiceLine", invoice, {
            "lineType": line["lineType"], "lineObjectNumber": line["lineObjectNumber"],
            "description": line["description"], "quantity": Decimal(line["invoiceQuantity"]),
            "unitCost": Decimal(line["directUnitCost"]), "taxCode": line["taxCode"],
        })  # fmt: skip
        books.change("purchaseInvoiceLine", row, _dims=dict(line["_dims"]))
    invoice["_approval"] = released
    return invoice
