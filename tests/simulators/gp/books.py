"""The companies of a site as plain data: one set of tables each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .resources import PAYABLE, RESOURCES
from .site import MAX_PAGE

Row = dict[str, Any]
ZERO = Decimal(0)
CENT = Decimal("0.01")
NO_DATE = "1900-01-01"
INVOICE, FINANCE, MISC, RETURN, CREDIT, PAYMENT = range(1, 7)
WORK, OPEN, HISTORY = "Work", "Open", "History"
PAY, PURCH, FREIGHT, MISCELLANEOUS, TAXES = 2, 6, 9, 8, 10
STEP = 16384
AMOUNTS = ("PurchasesAmount", "TaxAmount", "FreightAmount", "MiscellaneousAmount",
           "TradeDiscountAmount")  # fmt: skip
PARTS = dict(zip(AMOUNTS, (PURCH, TAXES, FREIGHT, MISCELLANEOUS, 7), strict=True))
TITLES = {INVOICE: "Invoice", FINANCE: "Finance Charge", MISC: "Miscellaneous Charge",
          RETURN: "Return", CREDIT: "Credit Memo"}  # fmt: skip


class Unknown(Exception):
    """The control request makes no sense, or GP's window would not take it."""


def money(value: object) -> Decimal:
    return Decimal(str(value)).quantize(CENT)


def new_company(name: str, interid: str, number: int, currency: str, iso: str) -> Row:
    return {
        "name": name, "interid": interid, "number": number, "currency": currency, "iso": iso,
        "next": 400, "tables": {resource: {} for resource in RESOURCES},
    }  # fmt: skip


def blank(columns: dict[str, int], numbers: Iterable[str] = ()) -> Row:
    """A row as GP has it: never null, no date is 1900."""
    return {
        name: "" if length else NO_DATE if "Date" in name else ZERO if name in numbers else 0
        for name, length in columns.items()
    }  # fmt: skip


def cut(columns: dict[str, int], row: Row) -> Row:
    """As GP's windows do: no more letters than the column has."""
    return {
        name: value[: columns[name]].rstrip()
        if isinstance(value, str) and columns.get(name)
        else value
        for name, value in row.items()
    }


@dataclass
class Books:
    """One company at one moment."""

    company: Row
    settings: Row
    today: date

    def table(self, resource: str) -> dict[str, Row]:
        rows: dict[str, Row] = self.company["tables"][resource]
        return rows

    def put(self, resource: str, row: Row) -> Row:
        one = RESOURCES[resource]
        self.table(resource)[one.key_of(row).upper()] = row
        return row

    def find(self, resource: str, *key: str) -> Row | None:
        return self.table(resource).get(";".join(key).strip().upper())

    def vendor(self, number: str) -> Row | None:
        return self.find("vendors", number)

    def payables(self) -> list[Row]:
        return list(self.table("payables").values())

    def payable(self, data: Row) -> Row:
        """By `id` ("1;0000…"), `voucher`, or `number`: the voucher's or the vendor's own."""
        wanted = str(data.get("id") or data.get("voucher") or data.get("number") or "").upper()
        for field in ("id", "VoucherNumber", "DocumentNumber"):
            for row in self.payables():
                said = id_of(row) if field == "id" else row[field]
                if wanted and said.upper() == wanted:
                    return row
        raise Unknown(f"no such document: {wanted or data}")

    def next_voucher(self) -> str:
        self.company["next"] += 1
        return f"{self.company['next']:017d}"

    def next_journal(self) -> int:
        """Of whatever module posts next."""
        self.company["journal"] = int(self.company.get("journal", 2000)) + 1
        return int(self.company["journal"])

    def touch(self, row: Row) -> None:
        row["ModifiedDate"], row["ModifiedBy"] = self.today.isoformat(), "lkeller"

    def state_moved(self, row: Row, asked: Any = None) -> None:
        """ModifiedDate moves with the state at some windows only."""
        mode = self.settings["touch"]
        sometimes = mode == "always" or (mode == "sometimes" and int(row["VoucherNumber"]) % 2 == 0)
        if sometimes if asked is None else asked:
            self.touch(row)


def id_of(row: Row) -> str:
    return f"{row['DocumentType']};{row['VoucherNumber']}"


def sign(row: Row) -> int:
    return -1 if row["DocumentType"] in (RETURN, CREDIT) else 1


def total(row: Row) -> Decimal:
    """Trade discount is taken off."""
    plus = sum((row[name] for name in AMOUNTS[:4]), ZERO)
    return money(plus - row["TradeDiscountAmount"])


def net(row: Row) -> Decimal:
    """What it costs without tax; credits are negative."""
    return sign(row) * Decimal(row["DocumentAmount"] - row["TaxAmount"])


def new_payable(kind: int, voucher: str) -> Row:
    numbers = (*AMOUNTS, "DocumentAmount", "Amount1099", "ChargeAmount", "CurrentAmount",
               "ExchangeRate")  # fmt: skip
    return {
        **blank(PAYABLE, numbers), "DocumentType": kind, "VoucherNumber": voucher,
        "TransactionState": WORK, "BatchSource": "PM_Trxent", "Voided": False, "Hold": False,
        "Distributions": [],
    }  # fmt: skip


def distribution(row: Row, kind: int, account: str, amount: Decimal, reference: str = "") -> Row:
    """Of a credit the sides are the other way round."""
    debit = (kind not in (PAY, 7)) == (sign(row) > 0)
    if amount < 0:
        debit, amount = not debit, -amount
    return {
        "Sequence": STEP * (len(row["Distributions"]) + 1), "DistributionType": kind,
        "AccountNumber": account, "DebitAmount": amount if debit else ZERO,
        "CreditAmount": ZERO if debit else amount, "Reference": reference[:30],
    }  # fmt: skip


def page_size(asked: str, settings: Row) -> int:
    wanted = int(asked) if asked.isdigit() else int(settings["page_size"])
    return max(1, min(wanted, MAX_PAGE))
