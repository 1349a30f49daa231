"""What a site's $metadata says: entity sets with their fields, and unbound actions."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@dataclasses.dataclass(frozen=True)
class Metadata:
    """Of the services that concern us, and their sub-pages."""

    sets: Mapping[str, Mapping[str, int]]  # set -> field -> longest text, 0 where none is said
    actions: tuple[str, ...]
    keys: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def fields(self, name: str) -> Mapping[str, int]:
        return self.sets.get(name, {})

    def kept(self) -> dict[str, Any]:
        """As the cache keeps it."""
        return {"sets": dict(self.sets), "actions": self.actions, "keys": dict(self.keys)}


def parse(text: str, services: Iterable[str]) -> Metadata:
    """From CSDL (OData V4). Raises ValueError when it is something else.

    A document type is refused: with it, XML could grow without end or name other files.
    """
    if "<!DOCTYPE" in text[:1000].upper():
        raise ValueError("a document type")
    try:
        root = ElementTree.fromstring(text.encode())  # noqa: S314  (see above)
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from error
    types = {one.get("Name", ""): one for one in root.iter(f"{EDM}EntityType")}
    wanted = tuple(services)
    found = {
        name: types.get(one.get("EntityType", "").rpartition(".")[2])
        for one in root.iter(f"{EDM}EntitySet")
        if (name := one.get("Name", "")).startswith(wanted)
    }
    sets = {name: {} if one is None else fields(one) for name, one in found.items()}
    keys = {name: () if one is None else key(one) for name, one in found.items()}
    actions = [one.get("Name", "") for one in root.iter(f"{EDM}ActionImport")]
    actions += [one.get("Name", "") for one in root.iter(f"{EDM}Action")]
    return Metadata(sets, tuple(dict.fromkeys(actions)), keys)


def key(entity: ElementTree.Element) -> tuple[str, ...]:
    return tuple(one.get("Name", "") for one in entity.iter(f"{EDM}PropertyRef"))


def fields(entity: ElementTree.Element) -> dict[str, int]:
    properties = list(entity.iter(f"{EDM}Property"))
    return {one.get("Name", ""): longest(one.get("MaxLength", "")) for one in properties}


def longest(text: str) -> int:
    return int(text) if text.isdigit() else 0
