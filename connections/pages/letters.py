"""Texts as people type them in a search: without accents, and small.

“Muller” finds Müller and “Müller” finds Muller; so it is with ß and ss, æ and ae, ø and o, ł and l.
Our own words for it, since the extension `unaccent` is not on every server, and no index may be
made with it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.db.models import CharField, TextField, Transform

MARKS = r"[\u0300-\u036F]"  # what an accent is, once it is taken from under its letter
ONE_FOR_ONE = ("łŁøØđĐðÐıħĦŧŦ", "llooddddihhtt")
SPELLED_OUT = {"ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th",
               "Þ": "th"}  # fmt: skip
LETTERS = str.maketrans(dict(zip(*ONE_FOR_ONE, strict=True)) | SPELLED_OUT)


def plain(text: str) -> str:
    """As `Plain` has the database say it."""
    bare = re.sub(MARKS, "", unicodedata.normalize("NFD", text))
    return bare.translate(LETTERS).lower()


def plainly(*fields: str) -> tuple[str, ...]:
    """For `search_fields`: a part of each, however it is spelled."""
    return tuple(f"{field}__plain__contains" for field in fields)


def _sql(text: str) -> str:
    bare = f"regexp_replace(normalize({text}, NFD), '{MARKS}', '', 'g')"
    spelled = "translate({}, '{}', '{}')".format(bare, *ONE_FOR_ONE)
    for letter, letters in SPELLED_OUT.items():
        spelled = f"replace({spelled}, '{letter}', '{letters}')"
    return f"lower({spelled})"


@CharField.register_lookup
@TextField.register_lookup
class Plain(Transform):
    """Both what is searched and what is searched for. Immutable, so that indexes are made of it:
    who changes it makes those anew. What has no accents at all costs next to nothing."""

    lookup_name = "plain"
    bilateral = True
    output_field = TextField()

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # type: ignore[override]
        text, params = compiler.compile(self.lhs)
        ascii_only = f"octet_length({text}) = length({text})"
        sql = f"(CASE WHEN {ascii_only} THEN lower({text}) ELSE {_sql(text)} END)"
        return sql, [*params] * 4
