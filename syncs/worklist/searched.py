"""What documents are searched for, and the indexes that answer it: no search reads the table."""

from __future__ import annotations

import re

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.fields.array import ArrayContains  # type: ignore[attr-defined]
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db.models import Func, Index, Q, TextField, Value

from connections.pages.letters import Plain

WORDS = re.compile(r"[^\W_]+")
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


VENDOR_WORDS = SearchVector(Plain("vendor_name"), config="simple")
LINE_CODES = LineCodes("source", "coded")
INDEXES = [
    GinIndex(LINE_CODES, name="record_line_codes"),
    GinIndex(VENDOR_WORDS, name="record_vendor_plain_words"),
    Index(OpClass(Plain("vendor_name"), name="text_pattern_ops"), name="record_vendor_plain"),
]


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
