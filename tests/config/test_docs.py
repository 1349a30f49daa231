"""The pages say what the code says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.docs import PAGES, files, reasons, roles
from connections.management.commands.create_roles import ROLES
from mappings.imports.resources import MappingResource
from syncs.models import State

ROOT = Path(settings.BASE_DIR)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_what_the_code_says(path: str) -> None:
    assert (ROOT / path).read_text() == PAGES[path](), "run `manage.py write_docs`"


def test_nothing_is_left_unexplained() -> None:
    assert set(reasons.STATES) == set(State)
    assert set(roles.WORK) == set(ROLES)
    tables = {each for each in subclasses(MappingResource) if hasattr(each._meta, "model")}
    assert set(files.RESOURCES) == {each for each in tables if each._meta.model is not None}


def subclasses(kind: type[MappingResource]) -> Iterator[type[MappingResource]]:
    for each in kind.__subclasses__():
        yield each
        yield from subclasses(each)
