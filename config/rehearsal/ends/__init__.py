"""What a rehearsal knows of each vendor: how to look at its stand-in, and what people do there."""

from __future__ import annotations

import dataclasses
from typing import Any, Protocol

from config.demo.stand_ins import STAND_INS
from config.rehearsal.both_sides import ZERO, Amounts, Ends, Ledger, Site, Source
from config.rehearsal.ends import dynamics, fo, fo_procore, gp, monday, procore
from config.rehearsal.scene import Books
from connections.models import Integration


class StandIn(Protocol):
    """A vendor's leaf. Every address is that of the stand-in's controls."""

    LIMITS: dict[str, Any]  # wide ones, so that a rehearsal tests the work and not the patience
    CALLS: str  # pattern of the paths of its interface, on which faults strike
    SLOW_AFTER_REFUSAL: bool  # half a minute after a 429 without Retry-After: a few are enough

    def people(self, integration: Integration, site: str, seed: int) -> int:
        """What people do there while the connector runs. Returns how many things."""


class ProjectSide(StandIn, Protocol):
    WORTH: str  # which of a purchase document's amounts it shows: net or gross

    def sources(self, integration: Integration, site: str) -> dict[str, Amounts]:
        """Per flow whose source it is."""

    def ends(self, integration: Integration, site: str, source: Source, ledger: Ledger) -> Ends: ...


class LedgerSide(StandIn, Protocol):
    ADDS_VALUES: bool  # its people make the dimension values that projects lack
    SITES: dict[str, Site]  # by variant

    def sources(self, integration: Integration, site: str, worth: str) -> dict[str, Amounts]:
        """Per flow whose source it is."""

    def books(self, site: str) -> Ledger: ...


PROJECT_SIDES: dict[str, ProjectSide] = {"procore": procore, "monday": monday}
LEDGER_SIDES: dict[str, LedgerSide] = {
    "business_central": dynamics,
    "nav": dynamics,
    "gp": gp,
    "fo": fo,
}


BOOKS: dict[str, Books] = {
    "business_central": dynamics, "nav": dynamics, "fo": fo_procore, "gp": gp,
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Play:
    """The two stand-ins of a rehearsal, and the leaves that know them."""

    field: ProjectSide
    field_site: str
    office: LedgerSide
    office_site: str

    @classmethod
    def of(cls, play: dict[str, Any]) -> Play:
        field, office = play["sides"]
        sites = [play["ready"][name]["control_url"] for name in play["sides"]]
        return cls(
            PROJECT_SIDES[STAND_INS[field].vendor], sites[0],
            LEDGER_SIDES[STAND_INS[office].vendor], sites[1],
        )  # fmt: skip


def stand_in(name: str) -> StandIn:
    """The leaf of a stand-in by the name under which it was started."""
    vendor = STAND_INS[name].vendor
    return PROJECT_SIDES.get(vendor) or LEDGER_SIDES[vendor]


def ask(integration: Integration, play: dict[str, Any]) -> Ends:
    """Asks the two stand-ins of this rehearsal."""
    both = Play.of(play)
    ledger = both.office.books(both.office_site)
    flows = both.field.sources(integration, both.field_site)
    flows |= both.office.sources(integration, both.office_site, both.field.WORTH)
    flows["vendors"] = dict.fromkeys(ledger.vendors, ZERO)
    return both.field.ends(integration, both.field_site, Source(flows), ledger)
