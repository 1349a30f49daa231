"""The stand-ins of demo and rehearsals, and which two of them each integration connects."""

from __future__ import annotations

import dataclasses
from typing import Any

SPIKE = {"spike": 150}  # requests in ten seconds; the vendor allows 25
BOARDS = {"own_user": "yes", "plan": "enterprise"}


@dataclasses.dataclass(frozen=True)
class StandIn:
    """A stand-in as an integration is connected to it."""

    vendor: str
    name: str
    settings: dict[str, str] = dataclasses.field(default_factory=dict)
    limits: dict[str, Any] = dataclasses.field(default_factory=dict)  # other ones, for the demo


STAND_INS = {
    "procore": StandIn("procore", "Procore (stand-in)", limits=SPIKE),
    "business_central": StandIn("business_central", "Business Central (stand-in)"),
    "procore_nav": StandIn("procore", "Procore of the NAV company (stand-in)", limits=SPIKE),
    "nav": StandIn("nav", "Dynamics NAV on-premises (stand-in)", {"mode": "on_premises"}),
    "procore_gp": StandIn("procore", "Procore of the GP company (stand-in)", limits=SPIKE),
    "gp": StandIn("gp", "Dynamics GP (stand-in)", {"pause": "0"}),
    "procore_fo": StandIn("procore", "Procore of the F&O company (stand-in)", limits=SPIKE),
    "fo": StandIn("fo", "Dynamics 365 F&O (stand-in)"),
    "monday": StandIn("monday", "monday.com (stand-in)", BOARDS),
    "nav_monday": StandIn(
        "nav", "Dynamics NAV beside the boards (stand-in)", {"mode": "on_premises"}
    ),
    "monday_bc": StandIn(
        "monday",
        "monday.com of the BC company (stand-in)",
        {"own_user": "yes", "plan": "enterprise"},
    ),
    "bc_monday": StandIn("business_central", "Business Central beside the boards (stand-in)"),
    "nav_online": StandIn("nav", "Dynamics NAV online (stand-in)", {"mode": "online"}),
}
SIDES = {
    "bc_procore": ("procore", "business_central"),
    "nav_procore": ("procore_nav", "nav"),
    "gp_procore": ("procore_gp", "gp"),
    "fo_procore": ("procore_fo", "fo"),
    "nav_monday": ("monday", "nav_monday"),
    "bc_monday": ("monday_bc", "bc_monday"),
}
NEEDED = tuple(name for pair in SIDES.values() for name in pair)
VARIANTS = {  # the same integration with another kind of connection, for rehearsals
    "bc_procore": {  # what finance books otherwise stands in `config.rehearsal.ends`
        "": SIDES["bc_procore"],
        "invoices": SIDES["bc_procore"],
    },
    "nav_procore": {
        "online": ("procore_nav", "nav_online"),
        "on_premises": ("procore_nav", "nav"),
    },
    "fo_procore": {"": SIDES["fo_procore"]},
    "nav_monday": {
        "online": ("monday", "nav_online"),
        "on_premises": SIDES["nav_monday"],
    },
    "bc_monday": {"": SIDES["bc_monday"]},
    "gp_procore": {  # what differs at the site stands in `config.rehearsal.ends.gp`
        "": SIDES["gp_procore"],
        "short": SIDES["gp_procore"],
        "xml": SIDES["gp_procore"],
    },
}
