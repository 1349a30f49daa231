"""Document lines: what they stand for, their order, their amounts and taxes."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tests.simulators import company

from . import dimensions, errors
from .documents import LINE_KINDS, Kind, lines_of, money, open_for_change
from .model import Row
from .store import Books
from .wire import blank

TAX_PERCENT = {tax.code: tax.percent for tax in company.TAX_CODES}
UNIT_PRECISION = Decimal("0.00001")
ZERO = Decimal(0)


def chosen_account(books: Books, values: Row) -> Row | None:
    """The G/L account that a line names, if it is an account line."""
    if not blank(values.get("accountId")) and not blank(values.get("itemId")):
        raise errors.dialog(
            'Both "itemId" and "accountId" are specified. Specify only one of them.'
        )
    if not blank(values.get("itemId")):
        raise errors.dialog("Item does not exist.")
    if not blank(values.get("accountId")):
        return _account(books, id=values["accountId"])
    if values.get("lineType") == "Account" and not blank(values.get("lineObjectNumber")):
        return _account(books, number=values["lineObjectNumber"])
    return None


def _account(books: Books, **wanted: str) -> Row:
    found = books.find("account", **wanted)
    if found is None:
        raise errors.dialog("Account does not exist.")
    usable(found)
    return found


def usable(account: Row) -> None:
    """Refuses headings, totals, blocked accounts and those without direct posting."""
    where = f"in G/L Account: No.={account['number']}."
    if account["accountType"] != "Posting":
        raise errors.field_check(
            f"Account Type must be equal to 'Posting' {where} Current value is "
            f"'{account['accountType']}'."
        )
    if account["blocked"]:
        raise errors.field_check(f"Blocked must be equal to 'No' {where} Current value is 'Yes'.")
    if not account["directPosting"]:
        raise errors.field_check(
            f"Direct Posting must be equal to 'Yes' {where} Current value is 'No'."
        )


def create(books: Books, entity: str, header: Row, values: Row) -> Row:
    """A new line; it inherits the dimensions of the header and of its account."""
    kind = LINE_KINDS[entity]
    open_for_change(books, kind, header)
    given = values.get("documentId")
    if given and given != header["id"]:
        raise errors.dialog('The value for "documentId" cannot be modified.')
    fields = {
        "documentId": header["id"], "sequence": _sequence(books, kind, header, values),
        "_dims": dict(header["_dims"]), "_entity": entity,
    }  # fmt: skip
    row = books.add(entity, fields)
    books.change(kind.entity, header, silent=True, _lines=[*header["_lines"], row["id"]])
    _apply(books, kind, header, row, values)
    return row


def _sequence(books: Books, kind: Kind, header: Row, values: Row) -> int:
    taken = [int(line["sequence"]) for line in lines_of(books, kind, header)]
    wanted = values.get("sequence") or 0
    if wanted in taken:
        raise errors.dialog("You cannot insert a line with a duplicate sequence number.")
    return wanted or max(taken, default=0) + 10000


def update(books: Books, row: Row, values: Row, entity: str) -> Row:
    kind, header = LINE_KINDS[entity], owner(books, row, entity)
    open_for_change(books, kind, header)
    texts = {
        "sequence": "The value for sequence cannot be modified. Delete and insert the line again.",
        "documentId": 'The value for "documentId" cannot be modified.',
        "lineObjectNumber": 'The value for "lineObjectNumber" cannot be modified.',
    }
    for name, text in texts.items():
        if name in values and values[name] != row[name]:
            raise errors.dialog(text)
    _apply(books, kind, header, row, values)
    return row


def delete(books: Books, row: Row, entity: str) -> None:
    kind, header = LINE_KINDS[entity], owner(books, row, entity)
    open_for_change(books, kind, header)
    left = [number for number in header["_lines"] if number != row["id"]]
    books.remove(entity, row)
    books.change(kind.entity, header, silent=True, _lines=left)
    total(books, kind, header)


def owner(books: Books, line: Row, entity: str) -> Row:
    found = books.get(LINE_KINDS[entity].entity, line["documentId"])
    if found is None:
        raise errors.dialog("You must specify an Id or a Document Id to get the lines.")
    return found


def _apply(books: Books, kind: Kind, header: Row, row: Row, values: Row) -> None:
    """Type and object first, then the rest, then the amounts of line and header."""
    account = chosen_account(books, values)
    changes = dict(values)
    if account is not None:
        changes |= _account_fields(account, row, changes)
    elif changes.get("lineType", row["lineType"]) in ("Item", "Resource", "Fixed Asset", "Charge"):
        raise errors.dialog(f"{changes.get('lineType', row['lineType'])} does not exist.")
    line_type: str = changes.get("lineType") or row["lineType"]
    _fits_type(line_type, changes)
    if not blank(changes.get("taxCode")) and changes["taxCode"] not in TAX_PERCENT:
        raise errors.invalid_relation(
            "Tax Group Code", "Purchase Line", changes["taxCode"], "Tax Group"
        )
    if "unitCost" in changes or "directUnitCost" in changes:
        changes[kind.cost] = changes[kind.cost].quantize(UNIT_PRECISION, ROUND_HALF_UP)
    if kind.entity == "purchaseOrder" and "quantity" in changes:
        for name in ("receiveQuantity", "invoiceQuantity"):
            changes.setdefault(name, changes["quantity"])
    books.change(kind.line, row, **changes)
    total(books, kind, header)


def _account_fields(account: Row, row: Row, values: Row) -> Row:
    """Switching to an account resets what belonged to the object before."""
    fields: Row = {
        "lineType": "Account", "accountId": account["id"], "lineObjectNumber": account["number"],
        "description": values.get("description") or account["displayName"],
        "_dims": {**row["_dims"], **dimensions.account_defaults(account)},
    }  # fmt: skip
    if not blank(row["accountId"]) and row["accountId"] != account["id"]:
        fields |= {name: values.get(name, ZERO) for name in ("unitCost", "directUnitCost")
                   if name in row}  # fmt: skip
    return fields


def _fits_type(line_type: str, values: Row) -> None:
    priced = ("quantity", "unitCost", "directUnitCost", "discountAmount", "discountPercent")
    if line_type == "Comment" and any(values.get(name) for name in (*priced, "taxCode")):
        raise errors.field_check("Type must not be ' ' in Purchase Line.")
    units = ("unitOfMeasureId", "unitOfMeasureCode")
    if line_type != "Item" and any(not blank(values.get(name)) for name in units):
        raise errors.dialog("Unit of Measure can be set only for lines with type Item.")


def total(books: Books, kind: Kind, header: Row) -> None:
    """Computes the amounts of all lines and of the header, which gets a new version."""
    lines = lines_of(books, kind, header)
    gross = {line["id"]: _gross(kind, line) for line in lines}
    discount, left = Decimal(header["discountAmount"]), Decimal(header["discountAmount"])
    whole = sum(gross.values(), ZERO)
    for line in lines:
        last = line is lines[-1]
        share = left if last or not whole else money(discount * gross[line["id"]] / whole)
        left -= share
        _amounts(books, kind, header, line, gross[line["id"]], share)
    sums = {
        "totalAmountExcludingTax": sum((Decimal(line["netAmount"]) for line in lines), ZERO),
        "totalTaxAmount": sum((Decimal(line["netTaxAmount"]) for line in lines), ZERO),
    }
    sums["totalAmountIncludingTax"] = sum(sums.values(), ZERO)
    books.change(kind.entity, header, silent=True, **sums)
    books.touch(kind.entity, header)


def _gross(kind: Kind, line: Row) -> Decimal:
    """round(quantity × cost − discount)."""
    amount = money(Decimal(line["quantity"]) * Decimal(line[kind.cost]))
    if line["discountPercent"] and not line["discountAmount"]:
        return amount - money(amount * Decimal(line["discountPercent"]) / 100)
    return amount - money(Decimal(line["discountAmount"]))


def _amounts(
    books: Books, kind: Kind, header: Row, line: Row, gross: Decimal, share: Decimal
) -> None:
    percent = TAX_PERCENT.get(line["taxCode"], ZERO)
    factor = percent / 100
    if header["pricesIncludeTax"]:
        excluding, net = money(gross / (1 + factor)), money((gross - share) / (1 + factor))
        tax, net_tax = gross - excluding, gross - share - net
    else:
        excluding, net = gross, gross - share
        tax, net_tax = money(excluding * factor), money(net * factor)
    books.change(
        kind.line, line, silent=True, taxPercent=percent, amountExcludingTax=excluding,
        totalTaxAmount=tax, amountIncludingTax=excluding + tax, netAmount=net,
        netTaxAmount=net_tax, netAmountIncludingTax=net + net_tax,
        invoiceDiscountAllocation=share,
    )  # fmt: skip
