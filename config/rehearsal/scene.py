"""What every scene is made of: the two sites, and what people do there by hand."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

from config.rehearsal.control import call
from connections.models import Integration

Row = dict[str, Any]
CONTROLLER = "controller"


@dataclasses.dataclass(frozen=True)
class Setting:
    """One rehearsal as its scenes see it."""

    integration: Integration
    field_site: str
    office_site: str
    faults: int | None = None  # their seed

    @property
    def seed(self) -> int:
        return self.faults or 1

    def field(self, path: str, body: Any = None) -> Any:
        """A control of the project system's stand-in."""
        return call(self.field_site, path, body)

    def office(self, path: str, body: Any = None) -> Any:
        """A control of the ledger's stand-in."""
        return call(self.office_site, path, body)

    def choose(self, flow: str, **facts: Any) -> None:
        """What finance chooses on the flow's page."""
        self.integration.flows.filter(flow=flow).update(**facts)


class Scene:
    """One thing that a rehearsal shows beside its sums. Nothing is kept between its acts."""

    title: ClassVar[str]

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def set(self) -> None:
        """Before the start: what finance chooses, and what stands already."""

    def play(self) -> None:
        """While the connector runs."""

    def decide(self) -> None:
        """What a person does about what is held."""

    def check(self) -> list[str]:
        """What is not as it has to be, asked of both ends; and of what we say of it."""
        raise NotImplementedError
