"""No file imports itself by way of others."""

from __future__ import annotations

from graphlib import TopologicalSorter

from tests.architecture import house


def test_no_file_imports_itself_by_way_of_others() -> None:
    """Imports inside functions and for type checkers count. A CycleError names the circle."""
    order = list(TopologicalSorter(house.arrows()).static_order())
    assert set(order) == set(house.files().values())


def test_an_import_inside_a_function_counts() -> None:
    """The reader of imports would see it: it is one of an app's start-up."""
    assert "syncs/flows/__init__.py" in house.arrows()["syncs/apps.py"]
