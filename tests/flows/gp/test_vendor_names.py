"""A vendor's name is the ledger's: what people make of it in Procore is put back, once."""

from __future__ import annotations

import pytest

from tests.flows import renaming
from tests.story import Company

pytestmark = pytest.mark.django_db


def test_a_name_changed_in_procore_is_put_back_at_once(gp: Company) -> None:
    renaming.a_new_name_is_put_back_at_once(gp)


def test_the_notice_of_putting_it_back_causes_no_write(gp: Company) -> None:
    renaming.the_echo_writes_nothing(gp)


def test_nothing_is_put_back_in_shadow_mode(gp: Company) -> None:
    renaming.nothing_is_put_back_in_shadow_mode(gp)
