"""Which names are the same vendor."""

from __future__ import annotations

import pytest

from mappings.pages.suggestions import Finder, normal
from mappings.reference import Reference


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller Beton GmbH & Co. KG", "MUELLER BETON"),
        ("Ångström Electric AB", "angstrom electric"),
        ("Łódź Stal Sp. z o.o.", "Lodz Stal Sp z oo"),
        ("O'Brien Masonry, L.L.C.", "OBrien Masonry LLC"),
        ("The Acme Company, Inc.", "Acme"),
        ("Straße & Söhne", "Strasse und Soehne"),
        ("Øresund Rør A/S", "Oresund Ror AS"),
    ],
)
def test_two_spellings_are_one_name(one: str, other: str) -> None:
    assert normal(one) == normal(other)


def test_a_name_of_legal_words_alone_stays_itself() -> None:
    assert normal("The Company") == "the company"


def row(code: str, name: str, tax: str = "") -> Reference:
    return Reference(code=code, name=name, data={"tax_number": tax})


def test_the_likeliest_comes_first_and_strangers_not_at_all() -> None:
    finder = Finder([
        row("1", "Johnson Controls"), row("2", "Johnston Concrete"), row("3", "Zebra"),
    ])  # fmt: skip
    found = finder.candidates(row("x", "Johnson Concrete LLC"))
    assert found[0].code == "2"
    assert "3" not in {each.code for each in found}


def test_no_tax_number_equals_no_tax_number_of_another() -> None:
    assert Finder([row("1", "Alpha")]).candidates(row("x", "Omega")) == []
