"""What this site calls things: paths, fields and query options, by their usual names.

The public record on GP's services is thin, so the usual names are those of the sheet in `docs/gp`,
and every one of them can be another in the connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from urllib.parse import quote

from connections.errors import NeedsPerson, Reason
from connections.models import Connection
from connections.vendors.dynamics.names import renamed

PREFIX = "{origin}/GPService/Tenants({tenant})/Companies({company})"
PATHS = {
    "companies": "{origin}/GPService/Tenants({tenant})/Companies",
    "vendors": "/Purchasing/Vendors",
    "payables": "/Purchasing/Payables/Transactions",
    "accounts": "/Financials/Accounts",
    "currencies": "/Administration/Currencies",
    "glTransactions": "/Financials/Transactions",
}
OPTIONS = {
    "pageSize": "pageSize", "after": "after", "modifiedSince": "modifiedSince", "state": "state",
    "documentDateFrom": "documentDateFrom", "documentDateTo": "documentDateTo",
    "vendorId": "vendorId",
    "voucherNumbers": "",  # several at once, with commas: only where a site has such an option
}  # fmt: skip
COMPANY = ("CompanyName", "InterID")
VENDOR = (
    "VendorID", "VendorName", "VendorStatus", "Hold", "Address1", "Address2", "Address3", "City",
    "State", "ZipCode", "Country", "Phone1", "Email", "TaxIDNumber", "CurrencyID",
)  # fmt: skip
ACCOUNT = ("AccountNumber", "Description", "AccountType", "Category", "Active", "AllowAccountEntry")
PAYABLE = (
    "DocumentType", "VoucherNumber", "TransactionState", "DocumentNumber", "VendorID",
    "VendorName", "DocumentDate", "DueDate", "DocumentAmount", "CurrentAmount", "CurrencyID",
    "Description", "Voided", "Distributions",
)  # fmt: skip
DISTRIBUTION = (
    "Sequence", "DistributionType", "AccountNumber", "DebitAmount", "CreditAmount", "Reference",
)  # fmt: skip
CURRENCY = ("CurrencyID", "ISOCode", "Functional")
TRANSACTION = (
    "JournalEntry", "TransactionDate", "TransactionState", "SourceDocument", "Series",
    "LedgerType", "Voided", "CurrencyID", "Reference", "Lines",
)  # fmt: skip
TRANSACTION_LINE = ("AccountNumber", "Debit", "Credit", "Description")
FIELDS = {
    "companies": COMPANY, "vendors": VENDOR, "accounts": ACCOUNT, "payables": PAYABLE,
    "distributions": DISTRIBUTION, "currencies": CURRENCY, "glTransactions": TRANSACTION,
    "glLines": TRANSACTION_LINE,
}  # fmt: skip
KEYS = {
    "companies": ("CompanyName",), "vendors": ("VendorID",), "accounts": ("AccountNumber",),
    "payables": ("DocumentType", "VoucherNumber"), "currencies": ("CurrencyID",),
    "distributions": ("DistributionType",), "glTransactions": ("JournalEntry",),
    "glLines": ("AccountNumber",),
}  # fmt: skip


class Names:
    """The site's names. Raises NeedsPerson for a setting that cannot be read."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def setting(self, name: str, label: str, known: Mapping[str, str]) -> dict[str, str]:
        """The usual names with those that the setting replaces."""
        try:
            other = renamed(self.connection.setting(name))
        except ValueError as error:
            raise not_read(str(error), label, "Write usual=other, with commas between.") from error
        unknown = [one for one in other if one not in known]
        if unknown:
            raise not_read(unknown[0], label, f"The usual names are {', '.join(known)}.")
        return {**known, **other}

    @cached_property
    def paths(self) -> dict[str, str]:
        return self.setting("paths", "Other paths", PATHS)

    @cached_property
    def options(self) -> dict[str, str]:
        """The name of each query option; empty: the site has none such."""
        return self.setting("query_options", "Other query options", OPTIONS)

    def fields(self, resource: str) -> dict[str, str]:
        """Usual field name -> the site's own."""
        name, label = FIELD_SETTINGS.get(resource, ("", ""))
        usual = same(FIELDS[resource])
        return self.setting(name, label, usual) if name else usual

    def key(self, resource: str) -> str:
        """The field by which an object of this resource is recognized."""
        return self.fields(resource)[KEYS[resource][-1]]

    def offered(self, resource: str) -> bool:
        """False where the connection says that the site has it not."""
        return bool(self.paths[resource])

    # -- addresses ----------------------------------------------------------------------------

    def address(self, resource: str, *key: str, suffix: str = "") -> str:
        """Of a list, or of one object: `…/Transactions(1;00417).json`. All values are encoded."""
        path = self.paths[resource]
        template = path if path.startswith("{origin}") else self.prefix() + path
        if not path.startswith(("/", "{origin}/")):
            raise not_read(path, "Other paths", "A path begins with / or with {origin}/.")
        inner = ";".join(encoded(value) for value in key)
        return self.filled(template) + (f"({inner})" if key else "") + suffix

    def prefix(self) -> str:
        prefix = self.connection.setting("prefix").strip().rstrip("/")
        if not prefix.startswith("{origin}/"):
            raise not_read(prefix, "Address of the company", "It begins with {origin}/.")
        return prefix

    def filled(self, template: str) -> str:
        values = {
            "{origin}": self.connection.setting("server_url").rstrip("/"),
            "{tenant}": encoded(self.connection.setting("tenant").strip()),
            "{company}": encoded(self.connection.setting("company").strip()),
        }
        for name, value in values.items():
            template = template.replace(name, value)
        return template


FIELD_SETTINGS = {
    "vendors": ("vendor_fields", "Other fields of vendors"),
    "accounts": ("account_fields", "Other fields of accounts"),
    "payables": ("payable_fields", "Other fields of payables transactions"),
    "distributions": ("distribution_fields", "Other fields of distributions"),
    "companies": ("company_fields", "Other fields of companies"),
    "currencies": ("currency_fields", "Other fields of currencies"),
    "glTransactions": ("transaction_fields", "Other fields of GL transactions"),
    "glLines": ("transaction_line_fields", "Other fields of lines of GL transactions"),
}


def same(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


def encoded(value: str) -> str:
    """Brackets, commas, semicolons and letters of all scripts: only unreserved ones stay."""
    return quote(value, safe="")


def not_read(text: str, label: str, hint: str) -> NeedsPerson:
    return NeedsPerson(
        Reason.SETTINGS, f"“{text}” under {label} of the GP connection is not understood. {hint}"
    )
