"""Dimensions as texts: the order of segments and the delimiter, both read from the service.

financial-dimension-configuration-integration.md: one format is active per type, for all companies;
missing trailing segments count as blank, and surplus ones are dropped without a word. So a text is
always built with all segments of the format that was read, and compared after it was written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from connections.errors import NeedsPerson, Reason, Refused
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.fo.messages import SYSTEM
from connections.vendors.fo.rows import is_yes, said
from connections.vendors.fo.wire import Wire

MAIN_ACCOUNT = "mainaccount"
LEDGER, DEFAULT = "DataEntityLedgerDimensionFormat", "DataEntityDefaultDimensionFormat"
NAMES = {LEDGER: "ledger dimension", DEFAULT: "default dimension"}
DELIMITERS = {
    "Hyphen": "-", "Period": ".", "Underscore": "_", "Bar": "|", "Tilde": "~",
    "DoubleHyphen": "--", "DoublePeriod": "..", "DoubleUnderscore": "__", "DoubleBar": "||",
    "DoubleTilde": "~~",
}  # fmt: skip
WHERE = (
    "General ledger, Chart of accounts, Dimensions, Financial dimension configuration for "
    "integrating applications"
)

Pairs = tuple[tuple[str, str], ...]


@dataclasses.dataclass(frozen=True)
class Format:
    """One active format: which dimension stands where in a text."""

    kind: str
    segments: tuple[str, ...]
    delimiter: str

    def text(self, values: Mapping[str, str]) -> str:
        """All segments, blank where nothing is stated. `values` by folded names."""
        return self.delimiter.join(values.get(folded(name), "") for name in self.segments)

    def values(self, text: str) -> dict[str, str]:
        """By folded names; blank ones and what is beyond the format are left out."""
        pieces = text.split(self.delimiter) if text else []
        pairs = zip(self.segments, pieces, strict=False)
        return {folded(name): piece.strip() for name, piece in pairs if piece.strip()}

    def pairs(self, text: str) -> Pairs:
        """(dimension, value) of a text, sorted, without the main account."""
        there = self.values(text)
        return tuple(
            sorted(
                (name, there[folded(name)])
                for name in self.segments
                if folded(name) in there and folded(name) != MAIN_ACCOUNT
            )
        )

    def account(self, text: str) -> str:
        """The main account of a text; a text without any delimiter is the account alone."""
        if self.delimiter not in text:
            return text.strip()
        return self.values(text).get(MAIN_ACCOUNT, "")

    def words(self) -> str:
        return f"{self.delimiter.join(self.segments)} (delimiter {self.delimiter})"


@dataclasses.dataclass(frozen=True)
class Formats:
    ledger: Format
    default: Format


def folded(name: str) -> str:
    """`Main account` and `MainAccount` are one."""
    return "".join(name.split()).casefold()


def read(wire: Wire) -> Formats:
    """Both active formats: one request. Raises NeedsPerson where one is missing."""
    paths = [
        wire.path("DimensionIntegrationFormats"),
        wire.path("DimensionParameters"),
        wire.path("DimensionAttributes", select="DimensionName"),
    ]
    try:
        rows, parameters, attributes = wire.sets(paths)
    except Refused as error:
        raise NeedsPerson(
            Reason.DIMENSION,
            f"{SYSTEM} does not show its dimension formats: {error.text or error.status}. The "
            f"user needs to read {WHERE}.",
        ) from error
    delimiter = the_delimiter(parameters)
    known = {folded(said(row, "DimensionName")) for row in attributes} | {MAIN_ACCOUNT}
    return Formats(active(rows, LEDGER, delimiter, known), active(rows, DEFAULT, delimiter, known))


def the_delimiter(parameters: Sequence[Row]) -> str:
    name = said(parameters[0], "DimensionSegmentDelimiter") if parameters else "Hyphen"
    sign = DELIMITERS.get(odata.plain(name))
    if sign is None:
        raise NeedsPerson(
            Reason.DIMENSION, f"{SYSTEM} separates dimensions by {name}, which is not known to us."
        )
    return sign


def active(rows: Iterable[Row], kind: str, delimiter: str, known: set[str]) -> Format:
    for row in rows:
        if said(row, "DimensionFormatType") == kind and is_yes(row, "IsActive"):
            order = segments(said(row, "FinancialDimensionFormat"), delimiter, known)
            return Format(kind, order, delimiter)
    raise NeedsPerson(
        Reason.DIMENSION,
        f"{SYSTEM} has no active {NAMES[kind]} format for data entities. Activate one in {WHERE}, "
        "then replay.",
    )


def segments(text: str, delimiter: str, known: set[str]) -> tuple[str, ...]:
    """The names in their order, by whichever sign separates them into known dimensions."""
    for sign in (delimiter, *dict.fromkeys(["-", *DELIMITERS.values(), ";", ",", " "])):
        names = tuple(filter(None, (name.strip() for name in text.split(sign))))
        if names and all(folded(name) in known for name in names):
            return names
    raise NeedsPerson(
        Reason.DIMENSION,
        f"The dimension format {text or '(empty)'} of {SYSTEM} names dimensions that it does not "
        "have. Correct it, then replay.",
    )


# -- of a line ------------------------------------------------------------------------------


def stated(account: str, pairs: Pairs, format: Format) -> str:
    """The text of a line. Raises NeedsPerson, naming the segment and the value."""
    values = {folded(name): value for name, value in pairs}
    if format.kind == LEDGER:
        values[MAIN_ACCOUNT] = account
    have = {folded(name) for name in format.segments}
    for name, value in [*pairs, *([("MainAccount", account)] if format.kind == LEDGER else [])]:
        if folded(name) not in have:
            raise NeedsPerson(
                Reason.DIMENSION,
                f"The active {NAMES[format.kind]} format of {SYSTEM} has no segment {name}, which "
                f"is to be {value}. Its order is {format.words()}. Add the segment in {WHERE}.",
                dimension=name, value=value,
            )  # fmt: skip
        if format.delimiter in value:
            raise NeedsPerson(
                Reason.DIMENSION,
                f"The value {value} of {name} holds the delimiter {format.delimiter} of {SYSTEM}'s "
                "dimension texts, so it cannot be told apart there. Set a double delimiter in the "
                "dimension parameters, or use another value.",
                dimension=name, value=value,
            )  # fmt: skip
    return format.text(values)


def lost(sent: str, stored: str, format: Format) -> str:
    """What became of a value that we stated, where the service stored another or none; else empty.

    Segments that we left blank may have been derived (Derived dimensions and entities,
    learn.microsoft.com/dynamics365/finance/general-ledger/dimensions-overview).
    """
    wanted, there = format.values(sent), format.values(stored)
    for name in format.segments:
        want, have = wanted.get(folded(name), ""), there.get(folded(name), "")
        if want and want.casefold() != have.casefold():
            return (
                f"{SYSTEM} stored {name} as {have or 'nothing'} instead of {want} "
                f"({stored or 'no text'} for {sent})."
            )
    return ""
