"""Dimension strings: active formats, the delimiter, what values may be used."""

from __future__ import annotations

from typing import Any

from .errors import business
from .model import Row
from .store import Books
from .wire import moment

DELIMITERS = {
    "Hyphen": "-", "Period": ".", "Underscore": "_", "Bar": "|", "Tilde": "~",
    "DoubleHyphen": "--", "DoublePeriod": "..", "DoubleUnderscore": "__", "DoubleBar": "||",
    "DoubleTilde": "~~",
}  # fmt: skip
DEFAULT, LEDGER = "DataEntityDefaultDimensionFormat", "DataEntityLedgerDimensionFormat"
ACCOUNT = "MainAccount"
# Fields that hold a string, and of which kind. "type:X" is a ledger string when field X is Ledger.
STRINGS: dict[str, dict[str, str]] = {
    "VendorsV3": {"DefaultLedgerDimensionDisplayValue": DEFAULT},
    "VendorsV2": {"DefaultLedgerDimensionDisplayValue": DEFAULT},
    "PurchaseOrderHeadersV2": {"DefaultLedgerDimensionDisplayValue": DEFAULT},
    "PurchaseOrderLinesV2": {"DefaultLedgerDimensionDisplayValue": DEFAULT,
                             "MainAccountIdDisplayValue": LEDGER},
    "VendorInvoiceHeaders": {"DimensionDisplayValue": DEFAULT},
    "VendorInvoiceLines": {"DimensionDisplayValue": DEFAULT, "MainAccountDisplayValue": LEDGER},
    "VendorInvoiceJournalLines": {
        "DefaultDimensionDisplayValue": DEFAULT, "AccountDisplayValue": "type:AccountType",
        "OffsetAccountDisplayValue": "type:OffsetAccountType"},
    "LedgerJournalLines": {
        "DefaultDimensionDisplayValue": DEFAULT, "OffsetDefaultDimensionDisplayValue": DEFAULT,
        "AccountDisplayValue": "type:AccountType",
        "OffsetAccountDisplayValue": "type:OffsetAccountType"},
}  # fmt: skip


def delimiter(books: Books) -> str:
    return DELIMITERS[books.rows("DimensionParameters")[0]["DimensionSegmentDelimiter"]]


def order(books: Books, kind: str) -> list[str]:
    """The names of the active format, or none."""
    found = books.find("DimensionIntegrationFormats", DimensionFormatType=kind, IsActive="Yes")
    return list(found["_names"]) if found else []


def read(books: Books, kind: str, text: str, company: str) -> dict[str, str]:
    """The values of a string by dimension; surplus segments are dropped without a word."""
    names = order(books, kind)
    if not names:
        raise business("format")
    pieces = text.split(delimiter(books))
    values = {name: piece for name, piece in zip(names, pieces, strict=False) if piece}
    for name, value in list(values.items()):
        is_account = name == ACCOUNT
        values[name] = (
            account(books, value, company) if is_account else check(books, name, value, company)
        )
    return values


def check(books: Books, dimension: str, value: str, company: str) -> str:
    """The value as it is written in its list; raises Refused when it cannot be used."""
    rows = books.rows("FinancialDimensionValues", FinancialDimension=dimension,
                      DimensionValue=value)  # fmt: skip
    row = next((r for r in rows if r["LegalEntityId"].lower() in ("", company.lower())), None)
    if row is None:
        raise business("value", value=value, dimension=dimension)
    if row["IsTotal"] == "Yes" or not usable(books, row):
        raise business("suspended", value=value, dimension=dimension)
    return str(row["DimensionValue"])


def usable(books: Books, row: Row) -> bool:
    """Not suspended, and within its active range."""
    active = moment(row["ActiveFrom"]) <= books.clock() <= moment(row["ActiveTo"])
    return bool(active and row["IsSuspended"] == "No")


def account(books: Books, number: str, company: str) -> str:
    """A main account that a line of this company may bear."""
    row = books.find("MainAccounts", MainAccountId=number)
    if row is None or row["MainAccountType"] in ("Total", "Reporting"):
        raise business("account", value=number)
    own = books.find("MainAccountLegalEntities", MainAccountId=number, LegalEntityId=company)
    for each in (row, own):
        if each and (each["DoNotAllowManualEntry"] == "Yes" or not usable(books, each)):
            raise business("account", value=number)
    return str(row["MainAccountId"])


def write(books: Books, kind: str, values: dict[str, str]) -> str:
    """The string of values in the active format, with all its delimiters; none without values."""
    names = order(books, kind)
    if not names or not values:
        return ""
    return delimiter(books).join(values.get(name, "") for name in names)


def kind_of(row: Row, kind: str) -> str:
    """The kind of a string, or nothing for the bare number of an account."""
    if not kind.startswith("type:"):
        return kind
    return LEDGER if row.get(kind.removeprefix("type:")) == "Ledger" else ""


def settle(books: Books, set_name: str, row: Row, sent: Row) -> None:
    """Strings that were sent become values, kept in `_dims` by field."""
    kept = row.setdefault("_dims", {})
    company = str(row.get("dataAreaId", ""))
    for name, form in STRINGS.get(set_name, {}).items():
        kind = kind_of(row, form)
        if name not in sent:
            continue
        kept.pop(name, None)
        if kind and row[name]:
            kept[name] = derived(books, read(books, kind, row[name], company))


def derived(books: Books, values: dict[str, str]) -> dict[str, str]:
    """Derived dimensions are applied at import to what stands blank (finance/general-ledger/
    dimensions-overview.md, "Derived dimensions and entities")."""
    for rule in books.settings["derived"]:
        if values.get(rule["dimension"]) == rule["value"]:
            values = {rule["derives"]: rule["as"]} | values
    return values


def shown(books: Books, set_name: str, name: str, row: Row) -> Any:
    """What a reader sees: the string in today's format, or nothing without an active one."""
    kind = kind_of(row, STRINGS[set_name][name])
    return write(books, kind, row.get("_dims", {}).get(name, {})) if kind else row[name]


def values(row: Row, name: str) -> dict[str, str]:
    found: dict[str, str] = row.get("_dims", {}).get(name, {})
    return found
