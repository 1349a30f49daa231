"""Business Central counts UTF-16 units, where we count characters."""

from __future__ import annotations

import pytest

from connections.documents import cut, units
from tests.flows import lengths
from tests.story import Company


@pytest.mark.django_db
def test_a_description_is_cut_by_the_ledgers_units(company: Company) -> None:
    lengths.a_long_text_is_cut_and_posted(company, "UTF-1")


@pytest.mark.django_db
def test_a_number_is_measured_by_the_ledgers_units(company: Company) -> None:
    lengths.a_number_that_only_looks_short_is_held(company, 35)


@pytest.mark.parametrize(
    ("text", "most", "left"),
    [
        ("abc", 2, "ab"),
        ("a\U0001f3d7b", 2, "a"),  # no half of a sign
        ("a\U0001f3d7b", 3, "a\U0001f3d7"),
        ("é" * 5, 3, "ééé"),
        ("", 3, ""),
        ("abc", 0, ""),
    ],
)
def test_a_text_is_cut_between_its_signs(text: str, most: int, left: str) -> None:
    assert cut(text, most) == left
    assert units(left) <= most
