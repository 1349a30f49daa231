"""What documents are searched for, and the indexes that answer it: no search reads the table."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.array import ArrayContains  # type: ignore[attr-defined]
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db.models import F, Func, Index, Lookup, Q, QuerySet, TextField, Value

from connections.pages.letters import Plain

WORDS = re.compile(r"[^\W_]+")
AT_HAND = 10_000  # documents that are listed by their ids
OF_LINES = "jsonb_path_query_array(%(expressions)s, '$.lines[*].cost_code')"


class LineCodes(Func):
    """The cost codes of a document's lines, as it came and as it goes to the project system: small,
    and whatever divides their parts as one hyphen. An index is made of it, so that who changes it
    makes that anew."""

    output_field = ArrayField(TextField())
    template = (
        "string_to_array(regexp_replace(lower((%(expressions)s)::text), "
        "'[^[:alnum:],]+', '-', 'g'), ',')"
    )
    arg_joiner = " || "

    def __init__(self, *documents: str) -> None:
        super().__init__(*(Func(one, template=OF_LINES) for one in documents))


class AnyOf(Lookup):
    """One of many, as one parameter."""

    lookup_name = "one_of_many"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        found, params = self.process_lhs(compiler, connection)
        return f"{found} = ANY(%s)", [*params, self.rhs]


VENDOR_WORDS = SearchVector(Plain("vendor_name"), config="simple")
LINE_CODES = LineCodes("source", "coded")
INDEXES = [
    GinIndex(LINE_CODES, name="record_line_codes"),
    GinIndex(VENDOR_WORDS, name="record_vendor_plain_words"),
    Index(OpClass(Plain("vendor_name"), name="text_pattern_ops"), name="record_vendor_plain"),
]


def found(rows: QuerySet[Any], wanted: Q) -> QuerySet[Any]:
    """Those of `rows` that are wanted: found by the indexes first, in no order, and then listed by
    their ids. Asked for both at once, the database may rather walk the table from its newest row on
    until it has a page full, and of few old ones that is the whole table. Of very many it is short.
    """
    ids = list(rows.order_by().filter(wanted).values_list("pk", flat=True)[:AT_HAND])
    if len(ids) == AT_HAND:
        return rows.filter(wanted)
    return rows.filter(AnyOf(F("pk"), ids)) if ids else rows.none()


def of_vendor(text: str) -> Q:
    """Whose vendor's name has all of these words, or their beginnings, whatever their accents."""
    words = WORDS.findall(text)
    if not words or not any(character.isalpha() for character in text):
        return Q(pk__in=[])
    typed = Value(" & ".join(f"'{word}':*" for word in words))
    wanted = SearchQuery(Plain(typed), config="simple", search_type="raw")
    return Q(SearchVectorExact(VENDOR_WORDS, wanted))


def of_code(text: str) -> Q:
    """With a line of this cost code: “03-300”, “03 300” or “03.300” is the same."""
    code = "-".join(WORDS.findall(text.lower()))
    return Q(ArrayContains(LINE_CODES, [f"-{code}-"])) if code else Q(pk__in=[])
