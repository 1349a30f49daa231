"""One object of GP by the usual names of its fields, whatever the site calls and writes them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from connections.amounts import CENT
from connections.errors import NeedsPerson, Reason
from connections.vendors.gp import shapes

NO_DATE = dt.date(1900, 1, 1)  # what GP keeps for "none"
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
WCF_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")
YES = ("true", "1", "yes")


@dataclasses.dataclass(frozen=True)
class Row:
    """`names` turns a usual field name into the site's own."""

    data: Mapping[str, Any]
    names: Mapping[str, str]

    def get(self, field: str) -> Any:
        return self.data.get(self.names.get(field, field))

    def states(self, field: str) -> bool:
        """Whether the site says anything of it."""
        return self.get(field) not in (None, "")

    def has(self, field: str) -> bool:
        """Whether the answer has that field at all, be it empty."""
        return self.names.get(field, field) in self.data

    def text(self, field: str) -> str:
        """Without the blanks that GP pads with."""
        value = self.get(field)
        return "" if value is None or isinstance(value, (list, Mapping)) else str(value).strip()

    def money(self, field: str) -> Decimal:
        """GP keeps five decimals; what counts are cents. Raises NeedsPerson."""
        text = self.text(field)
        try:
            amount = Decimal(text or 0)
            if not amount.is_finite():
                raise InvalidOperation
            return amount.quantize(CENT, ROUND_HALF_UP)
        except InvalidOperation as error:
            raise self._odd(field, "a number") from error

    def day(self, field: str) -> dt.date | None:
        """A date however it is written; GP's empty date is None. Raises NeedsPerson."""
        text = self.text(field)
        if not text:
            return None
        try:
            found = wcf_day(text) or dt.date.fromisoformat(text[:10])
        except (ValueError, OverflowError) as error:
            raise self._odd(field, "a date") from error
        return found if found > NO_DATE else None

    def flag(self, field: str, default: bool = False) -> bool:
        return self.text(field).lower() in YES if self.states(field) else default

    def list(self, field: str, names: Mapping[str, str], key: str) -> list[Row]:
        """The objects in a member, with names of their own."""
        return [Row(one, names) for one in shapes.objects(self.get(field), key)]

    def _odd(self, field: str, what: str) -> NeedsPerson:
        name = self.names.get(field, field)
        return NeedsPerson(
            Reason.SETTINGS,
            f"GP says “{self.text(field)[:40]}” for {name}, which is not {what}. Correct the name "
            "of the field in the connection.",
        )


def wcf_day(text: str) -> dt.date | None:
    """`/Date(1770681600000-0500)/`: milliseconds in UTC, read at the offset that it states."""
    found = WCF_DATE.fullmatch(text)
    if not found:
        return None
    offset = found[2] or "+0000"
    sign = -1 if offset[0] == "-" else 1
    shift = dt.timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
    return (EPOCH + dt.timedelta(milliseconds=int(found[1])) + sign * shift).date()
