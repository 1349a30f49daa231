"""Every document that is sent fits monday.com's own description of its interface."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from connections.vendors.monday import queries

SDL = Path(__file__).resolve().parents[4] / "shared" / "apis" / "specs" / "monday-schema.graphql"


@lru_cache(maxsize=1)
def schema() -> GraphQLSchema:
    return build_schema(SDL.read_text(), assume_valid_sdl=True)


@pytest.mark.skipif(not SDL.is_file(), reason="the vendors' descriptions are not here")
@pytest.mark.parametrize("name", sorted(queries.ALL))
def test_a_document_fits_the_schema(name: str) -> None:
    mistakes = validate(schema(), parse(queries.ALL[name]))
    assert not mistakes, [mistake.message for mistake in mistakes]


def test_every_change_asks_what_it_costs() -> None:
    changes = [text for text in queries.ALL.values() if text.lstrip().startswith("mutation")]
    assert len(changes) == 9
    assert all("reset_in_x_seconds" in text for text in changes)


def test_nothing_asks_what_version_2026_10_took_away() -> None:
    gone = ("is_admin", "is_guest", "is_view_only", "photo_thumb", "settings_str", "enabled")
    assert not [name for name, text in queries.ALL.items() if any(one in text for one in gone)]
