"""Whether dimension values exist and may be used, before anything is written.

Values of custom lists stand in FinancialDimensionValues; those of backed dimensions are rows of
their own entity (projects, departments …), and may be missing there until they are first used.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable, Sequence

from connections.documents import (
    CodedDocument,
    DimensionValue,
    cut,
    units,
)
from connections.errors import InDoubt, NeedsPerson, Reason, Refused
from connections.pages import moments
from connections.transport import odata
from connections.transport.days import today
from connections.transport.odata import Row
from connections.vendors.fo.formats import MAIN_ACCOUNT, folded
from connections.vendors.fo.messages import SYSTEM
from connections.vendors.fo.rows import is_yes, looked, said, within
from connections.vendors.fo.wire import Wire

SET = "FinancialDimensionValues"
FIELDS = (
    "FinancialDimension,LegalEntityId,DimensionValue,Description,ActiveFrom,ActiveTo,IsSuspended,"
    "IsTotal"
)
KEY = ("FinancialDimension", "LegalEntityId", "DimensionValue")
MOST_IN_FILTER = 20
CODE, NAME = 30, 60  # characters: dimensionable-entities.md


@dataclasses.dataclass(frozen=True)
class Backing:
    """The entity whose rows are a dimension's values."""

    set: str
    code: str
    name: str
    of_company: bool = False


BACKINGS = {
    "project": Backing("ProjectsV2", "ProjectId", "ProjectName", of_company=True),
    "department": Backing("DepartmentsV2", "OperatingUnitNumber", "Name"),
    "costcenter": Backing("CostCenters", "OperatingUnitNumber", "Name"),
    "businessunit": Backing("BusinessUnits", "OperatingUnitNumber", "Name"),
}


def backing(attribute: Row) -> Backing | None:
    """None of a custom list, and of an entity that we do not know."""
    source = folded(said(attribute, "UseValuesFrom")).rstrip("s")
    return next((one for name, one in BACKINGS.items() if source.endswith(name)), None)


def is_list(attribute: Row) -> bool:
    """A custom list: the only kind whose values are made in FinancialDimensionValues."""
    source = folded(said(attribute, "UseValuesFrom"))
    return not source or "custom" in source or "userdefined" in source


class Values:
    """The values of one company that were asked for, each asked once."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.known: dict[tuple[str, str], Row | None] = {}
        self._attributes: list[Row] | None = None

    def attributes(self) -> list[Row]:
        """The dimensions, without the main account."""
        if self._attributes is None:
            self._attributes = self.wire.whole_set(
                "DimensionAttributes", ("DimensionName",), select="DimensionName,UseValuesFrom"
            )
        return [
            row for row in self._attributes if folded(said(row, "DimensionName")) != MAIN_ACCOUNT
        ]

    def attribute(self, dimension: str) -> Row | None:
        names = {folded(said(row, "DimensionName")): row for row in self.attributes()}
        return names.get(folded(dimension))

    # -- checking -----------------------------------------------------------------------------

    def check(self, document: CodedDocument) -> None:
        """All values of a document: one request for the unknown ones. Raises NeedsPerson."""
        pairs = dict.fromkeys(pair for line in document.lines for pair in line.dimensions)
        self._learn([pair for pair in pairs if key(pair) not in self.known])
        for dimension, value in pairs:
            if why := self.why_unusable(dimension, value, document.posting_date):
                self.known.pop(key((dimension, value)), None)  # mended meanwhile, it is asked anew
                raise NeedsPerson(
                    Reason.DIMENSION,
                    f"Value {value} of dimension {dimension} {why} in {SYSTEM}. Mend it there, or "
                    "map to another one, then replay.",
                    dimension=dimension, value=value,
                )  # fmt: skip

    def why_unusable(self, dimension: str, value: str, day: dt.date) -> str:
        """Empty when it may be used on that day; else the reason in words."""
        row = self.known.get(key((dimension, value)))
        if row is None:
            return "does not exist"
        if is_yes(row, "IsSuspended"):
            return "is suspended"
        if not within(row, day):
            return f"is not active on {moments.day(day)}"
        return "is a total, not a value to book on," if is_yes(row, "IsTotal") else ""

    def _learn(self, pairs: Sequence[tuple[str, str]]) -> None:
        for part in odata.chunks(pairs, MOST_IN_FILTER):
            wanted = " or ".join(
                f"(FinancialDimension eq {odata.text(name)} and DimensionValue eq "
                f"{odata.text(value)})"
                for name, value in part
            )
            rows = self.wire.rows(self.wire.path(SET, filter=wanted, select=FIELDS))
            found = {place(row): row for row in rows if self.of_company(row)}
            self.known |= {key(pair): found.get(key(pair)) for pair in part}
        for pair in pairs:
            if self.known[key(pair)] is None:
                self.known[key(pair)] = self._backed(*pair)

    def of_company(self, row: Row) -> bool:
        return said(row, "LegalEntityId").casefold() in ("", self.wire.company)

    def _backed(self, dimension: str, value: str) -> Row | None:
        """The row of the entity that backs the dimension, though the list lacks it yet."""
        attribute = self.attribute(dimension)
        entity = backing(attribute) if attribute else None
        if entity is None:
            return None
        wanted = f"{entity.code} eq {odata.text(value)}"
        wanted = self.wire.ours(wanted) if entity.of_company else wanted
        path = self.wire.path(entity.set, filter=wanted, select=f"{entity.code},{entity.name}")
        try:
            rows = self.wire.rows(path)
        except Refused as error:
            if self.wire.absent(error):
                return None
            raise
        return next((row for row in rows if same(said(row, entity.code), value)), None)

    # -- lists --------------------------------------------------------------------------------

    def all(self) -> list[DimensionValue]:
        """Shared ones and our company's, with what the backing entities have besides."""
        shared = f"LegalEntityId eq '' or LegalEntityId eq {odata.text(self.wire.company)}"
        rows = self.wire.whole_set(SET, KEY, filter=shared, select=FIELDS)
        found = {place(row): value(row) for row in rows if self.of_company(row)}
        for one in self._from_entities():
            found.setdefault((folded(one.dimension), one.code.casefold()), one)
        return list(found.values())

    def _from_entities(self) -> Iterable[DimensionValue]:
        for attribute in self.attributes():
            entity, name = backing(attribute), said(attribute, "DimensionName")
            if entity is None or is_list(attribute):
                continue
            options = {"filter": self.wire.ours()} if entity.of_company else {}
            fields = f"{entity.code},{entity.name}"
            try:
                rows = self.wire.whole_set(entity.set, (entity.code,), select=fields, **options)
            except Refused as error:
                if not self.wire.absent(error):
                    raise
                continue
            for row in rows:
                code = said(row, entity.code)
                yield DimensionValue(f"{name}/{code}", name, code, said(row, entity.name))

    # -- creating -----------------------------------------------------------------------------

    def create(self, dimension: str, code: str, name: str, about: str) -> DimensionValue:
        """A value of a custom list, or the one that stands."""
        attribute = self.attribute(dimension)
        if attribute is None:
            raise NeedsPerson(Reason.DIMENSION, f"{SYSTEM} has no dimension {dimension}.")
        dimension = said(attribute, "DimensionName")
        if standing := self._standing(dimension, code):
            return standing
        if not is_list(attribute):
            raise NeedsPerson(
                Reason.DIMENSION,
                f"The dimension {dimension} has no value {code} ({name}). Its values come from "
                f"{said(attribute, 'UseValuesFrom')}: create it there in {SYSTEM}, then replay.",
            )
        if not code or units(code) > CODE:
            raise NeedsPerson(
                Reason.NUMBER,
                f"{code} has {units(code)} characters, a value of {dimension} {CODE}.",
            )
        row = {
            "FinancialDimension": dimension,
            "DimensionValue": code,
            "Description": cut(name, NAME),
        }
        return self._add(row, about)

    def _add(self, row: dict[str, str], about: str) -> DimensionValue:
        """Its key is ours: sent and not answered, it is looked for; it cannot stand twice."""
        dimension, code = row["FinancialDimension"], row["DimensionValue"]
        try:
            body = row | self.wire.demanded(SET)
            answer = self.wire.put("POST", f"/{SET}", body, about)
        except (InDoubt, Refused) as error:
            if standing := looked(error, lambda: self._standing(dimension, code)):
                return standing
            if isinstance(error, InDoubt):
                raise
            raise NeedsPerson(
                Reason.DIMENSION,
                f"{SYSTEM} did not take the value {code} of {dimension}: "
                f"{error.text or error.status}",
                text=error.text,
            ) from error
        return value(odata.row(answer))

    def _standing(self, dimension: str, code: str) -> DimensionValue | None:
        self.known.pop(key((dimension, code)), None)
        self._learn([(dimension, code)])
        row = self.known[key((dimension, code))]
        if row is None:
            return None
        if "DimensionValue" in row:
            return value(row)
        return DimensionValue(f"{dimension}/{code}", dimension, code, code)


def key(pair: tuple[str, str]) -> tuple[str, str]:
    return folded(pair[0]), pair[1].casefold()


def place(row: Row) -> tuple[str, str]:
    return key((said(row, "FinancialDimension"), said(row, "DimensionValue")))


def same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def value(row: Row) -> DimensionValue:
    dimension, code = said(row, "FinancialDimension"), said(row, "DimensionValue")
    return DimensionValue(
        id=f"{dimension}/{code}",
        dimension=dimension,
        code=code,
        name=said(row, "Description"),
        blocked=is_yes(row, "IsSuspended") or not within(row, today()),
        heading=is_yes(row, "IsTotal"),
    )
