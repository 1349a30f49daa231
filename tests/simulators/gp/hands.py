"""What people do in GP's windows: vendors, transactions, posting, voids, payments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tests.simulators import company

from . import postings, rules
from .books import (
    AMOUNTS,
    HISTORY,
    INVOICE,
    OPEN,
    PARTS,
    PAY,
    PAYMENT,
    PURCH,
    WORK,
    ZERO,
    Books,
    Row,
    Unknown,
    blank,
    distribution,
    id_of,
    money,
    new_payable,
    total,
)  # fmt: skip
from .resources import PAYMENT as PAYMENT_COLUMNS
from .resources import VENDOR

Data = dict[str, Any]
Run = Callable[[Books, Data], Row | None]
FACTS = {  # of a document, by the words of the control request
    "vendor": "VendorID", "number": "DocumentNumber", "date": "DocumentDate", "order": "PONumber",
    "description": "Description", "batch": "BatchNumber", "currency": "CurrencyID",
    "posting_date": "PostingDate", "tax": "TaxAmount", "freight": "FreightAmount",
    "misc": "MiscellaneousAmount", "discount": "TradeDiscountAmount", "rate": "ExchangeRate",
    "hold": "Hold",
}  # fmt: skip
MAIN = {"tax": company.TAX_ACCOUNT, "payables": company.PAYABLES_ACCOUNT}


def plain_account(main: str) -> str:
    return f"0000-{main}-00"


def job_account(job: str, code: str, kind: str = "S") -> str:
    """Segments: job, natural account, division. Head office has its own natural accounts."""
    if job == company.HEAD_OFFICE.number:
        found = [rule for rule in company.MAPPINGS if rule.project == job
                 and rule.cost_code == code]  # fmt: skip
        return f"{job}-{found[0].account if found else '60300'}-00"
    return f"{job}-{company.job_cost_account(kind, code[:2])}-{code[:2]}"


def add_vendor(books: Books, data: Data) -> Row:
    """Body: VendorID, VendorName and any other column of the contract."""
    facts = {name: value for name, value in data.items() if name != "company"}
    rules.columns(VENDOR, facts)
    if not facts.get("VendorID") or books.vendor(facts["VendorID"]):
        raise Unknown("VendorID is missing or taken")
    day = books.today.isoformat()
    row = {**blank(VENDOR), "VendorStatus": 1, "Hold": False, "VendorCheckName":
           facts.get("VendorName", ""), "PrimaryAddressCode": "PRIMARY", "CreatedDate": day,
           "ModifiedDate": day, **facts}  # fmt: skip
    row["VendorID"] = row["VendorID"].upper()
    return books.put("vendors", row)


def change_vendor(books: Books, data: Data) -> Row:
    """Body: VendorID and what changes; a vendor with open work cannot be inactivated."""
    facts = {name: value for name, value in data.items() if name != "company"}
    rules.columns(VENDOR, facts)
    row = books.vendor(str(facts.pop("VendorID", "")))
    if row is None:
        raise Unknown("no such vendor")
    rules.inactivation(books, row, facts)
    row.update(facts)
    row["ModifiedDate"] = books.today.isoformat()
    return row


def type_invoice(books: Books, data: Data) -> Row:
    """Body: vendor, number, lines [{job, code, type, amount} or {account, amount, reference}],
    and any of FACTS, kind (1 invoice … 5 credit memo), post, force (against the rules)."""
    row = new_payable(int(data.get("kind", INVOICE)), books.next_voucher())
    day = str(data.get("date") or books.today.isoformat())
    row.update({"DocumentDate": day, "PostingDate": day, "TaxDate": day,
                "BatchNumber": "AP" + day[2:].replace("-", ""), "PaymentTermsID": "NET30",
                "DueDate": (date.fromisoformat(day) + timedelta(30)).isoformat()})  # fmt: skip
    _facts(books, row, data)
    _lines(books, row, data.get("lines", []))
    if not data.get("force"):
        rules.check(books, row)
    books.touch(row)
    if data.get("modified"):
        row["ModifiedDate"] = str(data["modified"])
    books.put("payables", row)
    batch(books, row)
    if data.get("post"):
        _post(books, row, data)
    return told(row)


def told(row: Row) -> Row:
    return {"id": id_of(row), "number": row["VoucherNumber"], "external": row["DocumentNumber"],
            "status": row["TransactionState"]}  # fmt: skip


def _facts(books: Books, row: Row, data: Data) -> None:
    for word, field in FACTS.items():
        if word in data:
            number = field in AMOUNTS
            row[field] = money(data[word]) if number else data[word]
    row["ExchangeRate"] = Decimal(str(row["ExchangeRate"]))
    row["VendorID"] = str(row["VendorID"]).upper()
    vendor = books.vendor(row["VendorID"])
    if vendor:
        row["VendorName"] = vendor["VendorName"]
        row["AddressCode"] = row["RemitToAddressCode"] = vendor["PrimaryAddressCode"]


def _lines(books: Books, row: Row, lines: list[Data]) -> None:
    """Distributions: purchases as given, the other amounts, and what is owed."""
    row["Distributions"], given = [], {field: row[field] for field in AMOUNTS[1:]}
    for field in AMOUNTS:
        these = [money(one["amount"]) for one in lines if field_of(one) == field]
        row[field] = given.get(field, ZERO) + sum(these, ZERO)
    for line in lines:
        account = line.get("account") or job_account(line["job"], line["code"],
                                                     line.get("type", "S"))  # fmt: skip
        reference = str(line.get("reference", line.get("code", "")))
        _add(row, int(line.get("kind", PURCH)), account, money(line["amount"]), reference)
    row["Amount1099"] = row["PurchasesAmount"]
    for field, amount in given.items():
        if amount:
            _other(row, field, amount)
    row["DocumentAmount"] = row["ChargeAmount"] = row["CurrentAmount"] = total(row)
    if lines:
        _add(row, PAY, plain_account(MAIN["payables"]), row["DocumentAmount"])


def field_of(line: Data) -> str:
    """Where the header counts a distribution: a bill may consist of freight alone, and *other*
    (12) is typed against purchases (PM10100, DISTTYPE)."""
    kind = int(line.get("kind", PURCH))
    return {part: field for field, part in PARTS.items()}.get(kind, AMOUNTS[0])


def _other(row: Row, field: str, amount: Decimal) -> None:
    """Tax has an account of its own; freight, charges and discount go where the first line goes."""
    first: Row = row["Distributions"][0] if row["Distributions"] else {}
    account, reference = plain_account(MAIN["tax"]), "Tax"
    if field != "TaxAmount":
        account = first.get("AccountNumber", plain_account("60300"))
        reference = first.get("Reference", "")
    _add(row, PARTS[field], account, amount, reference)


def _add(row: Row, kind: int, account: str, amount: Decimal, reference: str = "") -> None:
    row["Distributions"].append(distribution(row, kind, account, amount, reference))


def batch(books: Books, row: Row) -> None:
    """The batch comes into being with its first document and counts the others."""
    source, number = row["BatchSource"], row["BatchNumber"]
    found = [one for one in books.payables() if one["BatchNumber"] == number
             and one["TransactionState"] == WORK]  # fmt: skip
    day = books.today.isoformat()
    books.put("batches", {
        "BatchSource": source, "BatchNumber": number, "Comment": "", "TransactionCount": len(found),
        "BatchTotal": sum((one["DocumentAmount"] for one in found), ZERO), "ModifiedDate": day,
        "CreatedDate": day,
    })  # fmt: skip


def in_work(books: Books, data: Data) -> Row:
    row = books.payable(data)
    if row["TransactionState"] != WORK:
        raise Unknown(f"{row['VoucherNumber']} is posted")
    return row


def change_invoice(books: Books, data: Data) -> Row:
    """Body: number (or voucher, id), and any of FACTS or new lines; `to` is a new number.
    `touch`: false leaves ModifiedDate alone; `off`: so much the first line is more than that."""
    row = in_work(books, data)
    facts = {word: data[word] for word in FACTS if word in data and word != "number"}
    _facts(books, row, facts | ({"number": data["to"]} if "to" in data else {}))
    if "lines" in data:
        _lines(books, row, data["lines"])
    elif "amount" in data:
        _scale(row, money(data["amount"]))
    if "off" in data:
        row["Distributions"][0]["DebitAmount"] += money(data["off"])
    if not data.get("force"):
        rules.check(books, row)
    if data.get("touch", True):
        books.touch(row)
    batch(books, row)
    return told(row)


def _scale(row: Row, amount: Decimal) -> None:
    """Other purchases: the difference goes to the first purchase line and to what is owed."""
    added = amount - row["PurchasesAmount"]
    for kind in (PURCH, PAY):
        line = next((one for one in row["Distributions"] if one["DistributionType"] == kind), None)
        if line:
            line["DebitAmount" if line["DebitAmount"] else "CreditAmount"] += added
    row["PurchasesAmount"] = row["Amount1099"] = amount
    row["DocumentAmount"] = row["ChargeAmount"] = row["CurrentAmount"] = total(row)


def delete_invoice(books: Books, data: Data) -> None:
    """Unposted ones only."""
    row = in_work(books, data)
    books.table("payables").pop(id_of(row))


def post_invoice(books: Books, data: Data) -> Row:
    """Body: number, date, touch. Closed periods refuse."""
    row = in_work(books, data)
    _post(books, row, data)
    return told(row)


def post_batch(books: Books, data: Data) -> Row:
    rows = [row for row in books.payables() if row["TransactionState"] == WORK
            and row["BatchNumber"] == data.get("batch")]  # fmt: skip
    for row in rows:
        _post(books, row, data)
    return {"posted": [row["VoucherNumber"] for row in rows]}


def _post(books: Books, row: Row, data: Data) -> None:
    day = str(data.get("posted") or row["PostingDate"])
    if not data.get("force"):
        rules.posting(books, row, day)
    row |= {"TransactionState": OPEN, "PostedDate": day, "PostedBy": "lkeller",
            "AuditTrailCode": f"PMTRX{row['VoucherNumber'][-8:]}"}  # fmt: skip
    books.state_moved(row, data.get("touch"))
    postings.of_payable(books, row, day)


def void_invoice(books: Books, data: Data) -> Row:
    """A posted one is voided by a person and lies in history then."""
    row = books.payable(data)
    if row["TransactionState"] == WORK or row["Voided"]:
        raise Unknown("only a posted document can be voided, and once")
    row |= {"Voided": True, "TransactionState": HISTORY, "CurrentAmount": ZERO}
    books.state_moved(row, data.get("touch"))
    postings.of_payable(books, row, str(row["PostedDate"]), void=True)
    return told(row)


def pay(books: Books, data: Data) -> Row:
    """Body: number, amount (all of it), history (true): a check is applied to it."""
    row = books.payable(data)
    if row["TransactionState"] != OPEN:
        raise Unknown("only an open document is paid")
    amount = min(money(data.get("amount", row["CurrentAmount"])), row["CurrentAmount"])
    row["CurrentAmount"] -= amount
    voucher = books.next_voucher()
    day = str(data.get("date") or books.today.isoformat())
    books.put("payments", {
        **blank(PAYMENT_COLUMNS), "DocumentType": PAYMENT, "VoucherNumber": voucher,
        "DocumentNumber": f"CHK{voucher[-6:]}", "VendorID": row["VendorID"], "DocumentDate": day,
        "DocumentAmount": amount, "CurrencyID": row["CurrencyID"], "Voided": False,
        "ModifiedDate": day, "Applied": [{"DocumentType": row["DocumentType"],
                                          "VoucherNumber": row["VoucherNumber"],
                                          "Amount": amount}],
    })  # fmt: skip
    if not row["CurrentAmount"] and data.get("history", True):
        row["TransactionState"] = HISTORY
    books.state_moved(row, data.get("touch"))
    return told(row)


def move_to_history(books: Books, data: Data) -> Row:
    """Paid transaction removal: never moves ModifiedDate."""
    row = books.payable(data)
    if row["TransactionState"] != OPEN or row["CurrentAmount"]:
        raise Unknown("only a paid open document moves to history")
    row["TransactionState"] = HISTORY
    return told(row)


def change_account(books: Books, data: Data) -> Row:
    """Body: account, and any of active, description, type, entry."""
    row = books.find("accounts", str(data.get("account", "")))
    if row is None:
        raise Unknown("no such account")
    words = {"active": "Active", "description": "Description", "type": "AccountType",
             "entry": "AllowAccountEntry"}  # fmt: skip
    row.update({field: data[word] for word, field in words.items() if word in data})
    row["ModifiedDate"] = books.today.isoformat()
    return row


def add_account(books: Books, data: Data) -> Row:
    """Body: account, description, and `like`: the number of one that it is like."""
    like = books.find("accounts", str(data.get("like", "")))
    number = str(data.get("account", ""))
    if like is None or books.find("accounts", number):
        raise Unknown("no account to be like, or it stands already")
    made = {**like, "AccountNumber": number, "Description": str(data.get("description", "")),
            "AccountIndex": len(books.table("accounts")) + 1, "Segments": number.split("-"),
            "ModifiedDate": books.today.isoformat(), "Active": True}  # fmt: skip
    return books.put("accounts", made)


def delete_account(books: Books, data: Data) -> None:
    """One that was never posted to."""
    if books.table("accounts").pop(str(data.get("account", "")).upper(), None) is None:
        raise Unknown("no such account")


def forget_payables(books: Books, data: Row) -> None:
    """A company before its first payable: whoever tells a story types all that he needs."""
    for resource in ("payables", "payments"):
        books.table(resource).clear()
    journals = books.table("glTransactions")
    for key in [key for key, row in journals.items() if row.get("Series") == postings.PURCHASING]:
        journals.pop(key)


BY_HAND: dict[str, Run] = {
    run.__name__: run
    for run in (add_vendor, change_vendor, type_invoice, change_invoice, delete_invoice,
                post_invoice, post_batch, void_invoice, pay, move_to_history, change_account,
                add_account, delete_account, forget_payables)
}  # fmt: skip
