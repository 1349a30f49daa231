"""General journals: batches, their lines, and posting them."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from . import dimensions, errors, ledger
from .documents import money
from .lines import usable
from .model import NO_DATE, ZERO_GUID, Row
from .store import Books
from .wire import blank

ZERO = Decimal(0)
GENERAL = "GENERAL"


def create(books: Books, values: Row) -> Row:
    code, template = values.get("code", ""), values.get("templateDisplayName") or GENERAL
    if not code:
        raise errors.Refused(
            "BadRequest_RequiredParamNotProvided", "Field 'code' must not be blank or empty."
        )
    if books.find("journal", code=code, templateDisplayName=template):
        raise errors.same_key(
            "Gen. Journal Batch", f"Journal Template Name='{template}',Name='{code}'"
        )
    fields = {**values, "templateDisplayName": template, "_lines": []}
    return books.add("journal", {**fields, **_balancing(books, values)})


def _balancing(books: Books, values: Row) -> Row:
    if "balancingAccountId" not in values:
        return {}
    account = books.get("account", values["balancingAccountId"])
    if account is None and values["balancingAccountId"] != ZERO_GUID:
        raise errors.dialog('The "balancingAccountId" does not match to an Account.')
    return {"balancingAccountNumber": account["number"] if account else ""}


def update(books: Books, row: Row, values: Row) -> Row:
    code = values.get("code", row["code"])
    if code != row["code"] and books.find("journal", code=code):
        raise errors.same_key("Gen. Journal Batch", f"Name='{code}'")
    books.change("journal", row, **values, **_balancing(books, values))
    return row


def delete(books: Books, row: Row) -> None:
    for line in lines_of(books, row):
        books.remove("journalLine", line)
    books.remove("journal", row)


def lines_of(books: Books, journal: Row) -> list[Row]:
    rows = (books.get("journalLine", number) for number in journal["_lines"])
    return sorted((row for row in rows if row), key=lambda row: int(row["lineNumber"]))


def create_line(books: Books, journal: Row, values: Row) -> Row:
    taken = [int(line["lineNumber"]) for line in lines_of(books, journal)]
    number = values.get("lineNumber") or max(taken, default=0) + 10000
    if number in taken:
        raise errors.same_key(
            "Gen. Journal Line",
            f"Journal Template Name='{journal['templateDisplayName']}',Journal Batch Name="
            f"'{journal['code']}',Line No.='{number}'",
        )
    row = books.add("journalLine", {
        "journalId": journal["id"], "journalDisplayName": journal["code"], "lineNumber": number,
        "postingDate": books.today(), "balancingAccountId": journal["balancingAccountId"],
        "balancingAccountNumber": journal["balancingAccountNumber"], "_dims": {},
    })  # fmt: skip
    books.change("journal", journal, silent=True, _lines=[*journal["_lines"], row["id"]])
    _apply(books, row, {**values, "lineNumber": number})
    return row


def update_line(books: Books, row: Row, values: Row) -> Row:
    for name in ("journalId", "journalDisplayName"):
        if name in values and values[name] != row[name]:
            raise errors.dialog(f'The value for "{name}" cannot be modified.')
    _apply(books, row, values)
    return row


def delete_line(books: Books, row: Row) -> None:
    journal = books.get("journal", row["journalId"])
    if journal:
        left = [number for number in journal["_lines"] if number != row["id"]]
        books.change("journal", journal, silent=True, _lines=left)
    books.remove("journalLine", row)


def _apply(books: Books, row: Row, values: Row) -> None:
    changes = {name: value for name, value in values.items() if name != "journalId"}
    kind: str = changes.get("accountType") or row["accountType"]
    if "accountId" in changes or "accountNumber" in changes:
        changes |= _account(books, kind, changes, row)
    if "balancingAccountId" in changes or "balancingAccountNumber" in changes:
        changes |= _balance_account(books, changes)
    if "amount" in changes:
        changes["amount"] = money(changes["amount"])
    books.change("journalLine", row, **changes)


def _account(books: Books, kind: str, values: Row, row: Row) -> Row:
    """An id finds only G/L accounts; vendors go by type and number."""
    if not blank(values.get("accountId")):
        found = books.get("account", values["accountId"])
        if found is None:
            raise errors.dialog('The "accountId" does not match to an Account.')
        kind = "G/L Account"
    elif blank(values.get("accountNumber")):
        return {"accountId": ZERO_GUID, "accountNumber": ""}
    else:
        found = _by_number(books, kind, values["accountNumber"])
    text = values.get("description") or row["description"] or found["displayName"]
    fields: Row = {"accountType": kind, "accountNumber": found["number"], "description": text}
    fields["accountId"] = found["id"] if kind == "G/L Account" else ZERO_GUID
    defaults = (
        dimensions.account_defaults(found) if kind == "G/L Account"
        else dimensions.vendor_defaults(books, found)
    )  # fmt: skip
    return {**fields, "_dims": {**row["_dims"], **defaults}}


def _by_number(books: Books, kind: str, number: str) -> Row:
    table = {"G/L Account": "account", "Vendor": "vendor"}.get(kind)
    found = books.find(table, number=number) if table else None
    if found is None:
        raise errors.invalid_relation("Account No.", "Gen. Journal Line", number, kind)
    if kind == "G/L Account":
        usable(found)
    return found


def _balance_account(books: Books, values: Row) -> Row:
    if not blank(values.get("balancingAccountId")):
        found = books.get("account", values["balancingAccountId"])
        if found is None:
            raise errors.dialog('The "balancingAccountId" does not match to an Account.')
    elif blank(values.get("balancingAccountNumber")):
        return {"balancingAccountId": ZERO_GUID, "balancingAccountNumber": ""}
    else:
        kind = values.get("balanceAccountType", "G/L Account")
        found = _by_number(books, kind, values["balancingAccountNumber"])
        if kind != "G/L Account":
            return {"balancingAccountNumber": found["number"], "balancingAccountId": ZERO_GUID}
    return {"balancingAccountId": found["id"], "balancingAccountNumber": found["number"]}


def post(books: Books, journal: Row) -> None:
    """Posts the whole batch; with the job queue it is only scheduled, whatever is wrong with it."""
    if not journal["_lines"]:
        raise errors.dialog("There is nothing to post.")
    if books.settings["job_queue"]:
        due = books.now() + timedelta(seconds=float(books.settings["job_queue_seconds"]))
        books.change("journal", journal, silent=True, _scheduled=due)
        books.commit()
        return
    post_now(books, journal)


def run_queue(books: Books) -> None:
    """Posts the batches whose time has come; a failure leaves the lines where they are."""
    for journal in books.rows("journal"):
        if journal.get("_scheduled") and journal["_scheduled"] <= books.now():
            books.change("journal", journal, silent=True, _scheduled=None)
            try:
                with books.transaction():
                    post_now(books, journal)
            except errors.Refused as refused:
                books.change("journal", journal, silent=True, _job_error=refused.message)


def post_now(books: Books, journal: Row, by_hand: bool = False) -> None:
    lines = [line for line in lines_of(books, journal)
             if Decimal(line["amount"]) or not blank(line["accountNumber"])]  # fmt: skip
    if not lines:
        raise errors.dialog("There is nothing to post.")
    for line in lines:
        _check_line(books, line)
    _check_balance(lines)
    for line in lines:
        _write(books, line, by_hand)
    for line in lines_of(books, journal):
        books.remove("journalLine", line)
    books.change("journal", journal, _lines=[])
    books.commit()


def _check_line(books: Books, line: Row) -> None:
    where = (
        f"in Gen. Journal Line: Journal Batch Name={line['journalDisplayName']},Line No.="
        f"{line['lineNumber']}. It cannot be zero or empty."
    )
    if not line["documentNumber"]:
        raise errors.field_check(f"Document No. must have a value {where}")
    if line["postingDate"] == NO_DATE:
        raise errors.field_check(f"Posting Date must have a value {where}")
    if not line["accountNumber"]:
        raise errors.field_check(f"Account No. must have a value {where}")
    ledger.open_date(books, line["postingDate"])
    target = _by_number(books, line["accountType"], line["accountNumber"])
    if line["accountType"] == "G/L Account":
        place = f"GENERAL, {line['journalDisplayName']}, {line['lineNumber']}"
        dimensions.checked_journal(books, place, target, line["_dims"])
    elif target["blocked"] == "All":
        raise errors.dialog(
            f"You cannot post this type of document when Vendor {target['number']} is blocked "
            "with type All"
        )


def _check_balance(lines: list[Row]) -> None:
    """Per document number and date; a line with a balancing account balances itself."""
    sums: dict[tuple[Any, Any], Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        balanced = bool(line["balancingAccountNumber"])
        key = line["documentNumber"], line["postingDate"]
        sums[key] += ZERO if balanced else Decimal(line["amount"])
    for (number, _), amount in sums.items():
        if amount:
            raise errors.dialog(
                f"Document No. {number} is out of balance by {amount}. Please check that Posting "
                "Date, Document Type, Document No. and Amount are correct for each line."
            )


def _write(books: Books, line: Row, by_hand: bool) -> None:
    sides = [(line["accountType"], line["accountNumber"], Decimal(line["amount"]))]
    if line["balancingAccountNumber"]:
        kind = line["balanceAccountType"]
        sides.append((kind, line["balancingAccountNumber"], -Decimal(line["amount"])))
    for kind, number, amount in sides:
        account = number
        if kind == "Vendor":
            account = ledger.payables()
            vendor = _by_number(books, kind, number)
            ledger.vendor_entry(
                books, vendor, kind=" ", number=line["documentNumber"],
                external=line["externalDocumentNumber"], amount=-amount,
            )  # fmt: skip
        ledger.entry(
            books, account, amount, day=line["postingDate"], number=line["documentNumber"],
            kind=" ", text=line["description"], dims=line["_dims"], document="journal",
            by_hand=by_hand,
        )  # fmt: skip
