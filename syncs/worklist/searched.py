"""What documents are searched for, and the indexes that answer it: no search reads the table."""

from __future__ import annotations

import re

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db.models import Index, Q, Value

from connections.pages.letters import Plain

WORDS = re.compile(r"[^\W_]+")
VENDOR_WORDS = SearchVector(Plain("vendor_name"), config="simple")
INDEXES = [
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
