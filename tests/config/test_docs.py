"""The pages say what the code says, and can be read on any screen."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from config.docs import PAGES, files, markdown, reasons, roles
from connections.management.commands.create_roles import ROLES
from connections.vendors.gp.names import FIELDS, OPTIONS, PATHS
from connections.vendors.nav.services import SERVICES
from mappings.imports.resources import MappingResource
from syncs.models import State

ROOT = Path(settings.BASE_DIR)
TEXTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
READ = re.compile(r"(?:env\.\w+|\bsecrets?|environ\.get)\(\s*\"([A-Z_]+)\"")
INTERNAL = {"CI", "REHEARSAL"}  # set by programs for programs


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


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_lines_are_as_wide_as_a_page(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert not [line for line in lines if len(line) > markdown.WIDTH]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", path.read_text())
    inside = [target for target in targets if "://" not in target]
    assert not [target for target in inside if not (path.parent / target).exists()]


def test_pages_of_vendors_name_what_is_read() -> None:
    """Services, paths and fields by their usual names, which a site is asked to offer."""
    nav, gp = ((ROOT / "docs" / name / "README.md").read_text() for name in ("nav", "gp"))
    pages = [f"`{name}` | Page | {one.page} {one.title} |" for name, one in SERVICES.items()]
    assert not [page for page in pages if page not in nav]
    assert not [name for name in (*PATHS.values(), *OPTIONS) if f"`{name}`" not in gp]
    fields = {field for fields in FIELDS.values() for field in fields}
    assert not [field for field in fields if not re.search(rf"\b{field}\b", gp)]


def test_each_setting_stands_in_the_example() -> None:
    text = (ROOT / ".env.example").read_text()
    example = dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", text, re.M))
    code = [*(ROOT / "config").rglob("*.py"), ROOT / "tests" / "conftest.py"]
    used = {name for path in code for name in READ.findall(path.read_text())} - INTERNAL
    assert set(example) == used
    wrong = {name for name, value in numbers() if example[name] != value}
    assert not wrong, "a number in .env.example is the default"


def numbers() -> Iterator[tuple[str, str]]:
    """(setting, default) of the settings that are numbers."""
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("env.int", "env.float"):
            name, default = node.args
            if isinstance(name, ast.Constant) and isinstance(default, ast.Constant):
                yield str(name.value), str(default.value)


def test_each_package_has_a_reason() -> None:
    """Beyond the given ones: what it is for stands in a line of its own."""
    names = re.findall(r"^([A-Za-z0-9-]+)", (ROOT / "requirements.in").read_text(), re.M)
    said = (ROOT / "docs" / "packages.md").read_text().lower()
    assert not [name for name in names if f"**{name.lower()}**" not in said]
