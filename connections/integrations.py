"""Which integrations there are, for models, forms and filters: the flows' app fills it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from connections.registry import VENDORS, Ability, vendor_label

NAMES = {"project_system": "project system", "ledger": "ledger"}  # the sides of an integration


@dataclasses.dataclass(frozen=True)
class Kind:
    """A pair of vendors, by their keys, and what its flows need each of the two to do."""

    label: str
    project_system: str
    ledger: str
    needs_project: frozenset[Ability] = frozenset()
    needs_ledger: frozenset[Ability] = frozenset()

    def vendor(self, side: str) -> str:
        return self.project_system if side == "project_system" else self.ledger

    def needs(self, side: str) -> frozenset[Ability]:
        return self.needs_project if side == "project_system" else self.needs_ledger

    def fits(self, side: str, vendor: str) -> bool:
        """Whether a connection of this vendor can be that side of it."""
        return vendor == self.vendor(side) and not self.lacking(side, vendor)

    def lacking(self, side: str, vendor: str) -> list[Ability]:
        able = VENDORS[vendor].abilities if vendor in VENDORS else frozenset()
        return [ability for ability in Ability if ability in self.needs(side) - able]

    def misfit(self, side: str, vendor: str, name: str) -> str:
        """Why the connection `name` cannot be that side of it; empty where it can."""
        if self.fits(side, vendor):
            return ""
        wanted, given = vendor_label(self.vendor(side)), vendor_label(vendor)
        cannot = " or ".join(str(ability.label) for ability in self.lacking(side, vendor))
        said = f"{self.label} needs {wanted} as its {NAMES[side]}; “{name}” is {given}"
        return f"{said}, which does not {cannot}." if cannot else f"{said}."


INTEGRATIONS: dict[str, Kind] = {}
LISTS: dict[str, str] = {}  # what flows of this name carry, in one word for every page


def register(key: str, kind: Kind, lists: Mapping[str, str]) -> None:
    """Called at start-up, once per integration. Safe to call twice."""
    INTEGRATIONS[key] = kind
    LISTS.update(lists)


def list_label(flow: str) -> str:
    """What a flow of this name carries, as people call it."""
    return LISTS.get(flow) or flow.replace("_", " ").capitalize()


def kind_label(key: str) -> str:
    """As people call it; the key itself where its code is not here now."""
    return INTEGRATIONS[key].label if key in INTEGRATIONS else key


def integration_choices() -> list[tuple[str, str]]:
    found = [(key, kind.label) for key, kind in INTEGRATIONS.items()]
    return sorted(found, key=lambda item: item[1])
