"""What every scene is made of: the two sites, and what people do there by hand."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, runtime_checkable

from config.rehearsal.both_sides import Booked
from config.rehearsal.control import call
from connections.models import Integration

Row = dict[str, Any]
CONTROLLER = "controller"


class Books(Protocol):
    """What scenes ask of a ledger in which people book, too."""

    def booked(self, site: str) -> Sequence[Booked]:
        """What stands there, posted or waiting for a person to post it."""

    def book_journal(self, site: str, number: str, lines: Sequence[Row]) -> None:
        """By hand, and posted. The last line balances the others."""


@runtime_checkable
class Office(Books, Protocol):
    """Of one into which documents of the field are booked."""

    DEPARTMENT: str  # the dimension that no rule of the demo fills, but those of the head office

    def add_department(self, site: str, value: str) -> None: ...

    def add_account(self, site: str, number: str, name: str) -> None: ...


@dataclasses.dataclass(frozen=True)
class Setting:
    """One rehearsal as its scenes see it."""

    integration: Integration
    field_site: str
    office_site: str
    faults: int | None = None  # their seed
    leaf: Books | None = None  # the ledger's, where scenes look into it

    @property
    def seed(self) -> int:
        return self.faults or 1

    @property
    def books(self) -> Books:
        if self.leaf is None:
            raise RuntimeError("no scene looks into this ledger")
        return self.leaf

    @property
    def ledger(self) -> Office:
        if not isinstance(self.leaf, Office):
            raise RuntimeError("nothing of the field is booked there")
        return self.leaf

    def field(self, path: str, body: Any = None, method: str = "") -> Any:
        """A control of the project system's stand-in."""
        return call(self.field_site, path, body, method)

    def office(self, path: str, body: Any = None) -> Any:
        """A control of the ledger's stand-in."""
        return call(self.office_site, path, body)

    def choose(self, flow: str, **facts: Any) -> None:
        """What finance chooses on the flow's page."""
        self.integration.flows.filter(flow=flow).update(**facts)


@dataclasses.dataclass(frozen=True)
class Shown:
    """What became of a scene."""

    name: str
    title: str
    count: int  # documents or rows at the ends that show it
    problems: list[str]

    @property
    def met(self) -> bool:
        return not self.problems

    def plain(self) -> dict[str, Any]:
        """For a report that programs read."""
        return {"name": self.name, "title": self.title, "count": self.count, "met": self.met}


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

    def count(self) -> int:
        """How many documents or rows show it, asked of the ends alone."""
        raise NotImplementedError

    def shown(self) -> Shown:
        """A scene that nothing shows is not met."""
        count, wrong = self.count(), self.check()
        if not count and not wrong:
            wrong = ["nothing at either end shows it"]
        return Shown(type(self).__name__, self.title, count, wrong)
