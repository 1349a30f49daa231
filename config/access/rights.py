"""What a permission lets a person do, in plain words."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase


class Kind(StrEnum):
    MONEY = "Moves money"
    CONTROLS = "Loosens controls"
    TAKES = "Takes data along"
    WORK = "Other work"


KEEP = ("add", "change", "delete", "import")
OF_TABLES = {
    "mappings": {
        "costcodemapping": (Kind.MONEY, "decides the accounts that cost codes are booked to"),
        "vendorlink": (Kind.MONEY, "decides which vendor of the ledger a vendor is"),
        "projectlink": (Kind.MONEY, "decides which project of the ledger a project is"),
        "taxlink": (Kind.MONEY, "decides how taxes are booked"),
        "accountrule": (
            Kind.MONEY, "decides the accounts of retainage, rounding, commitments and clearing",
        ),
        "chartaccount": (Kind.MONEY, "keeps the chart of accounts"),
        "boardlayout": (Kind.MONEY, "decides what boards are filled with"),
        "statusrule": (Kind.MONEY, "decides what a board’s labels approve and reject"),
    },
    "connections": {
        "connection": (Kind.MONEY, "decides which systems are written to, and signs in to them"),
        "integration": (Kind.MONEY, "makes, changes and ends integrations"),
        "subscription": (Kind.WORK, "keeps subscriptions"),
    },
    "syncs": {
        "flowsettings": (
            Kind.CONTROLS,
            "tightens the controls of flows, and asks that they are loosened: approval, who "
            "approves, amount limit, brake, period rule, rounding, booking, shadow mode",
        ),
        "fixrequest": (Kind.WORK, "asks for fixes, and answers"),
        "alert": (Kind.WORK, "closes alerts"),
    },
    "auth": {
        "user": (Kind.CONTROLS, "makes, changes and deletes people, and gives them rights"),
        "group": (Kind.CONTROLS, "makes, changes and deletes roles"),
        "permission": (Kind.CONTROLS, "changes what rights there are"),
    },
    "config": {"heartbeat": (Kind.WORK, "takes hosts that are gone off the list")},
}  # fmt: skip
SINGLE = {
    "syncs.approve_record": (
        Kind.MONEY,
        "approves documents or sends them back, and accepts or posts differences; never approves "
        "what he had in hand last",
    ),
    "syncs.approve_large_record": (
        Kind.MONEY, "approves documents of the amounts that a flow keeps for this right",
    ),
    "syncs.replay_record": (
        Kind.MONEY, "has documents carried again: they are posted where nothing holds them",
    ),
    "syncs.set_aside_record": (
        Kind.MONEY, "sets documents aside, and links them by number to what stands already",
    ),
    "syncs.agree_controlchange": (
        Kind.CONTROLS, "agrees to the loosening of controls that somebody else asked for",
    ),
    "syncs.stop_flow": (Kind.CONTROLS, "stops flows, and releases them"),
    "syncs.close_period": (Kind.CONTROLS, "closes months"),
    "syncs.reopen_period": (Kind.CONTROLS, "asks that a closed month is opened again"),
    "syncs.export_record": (Kind.TAKES, "exports lists of documents"),
    "syncs.export_fixrequest": (Kind.TAKES, "exports requests"),
    "syncs.export_alert": (Kind.TAKES, "exports alerts"),
    "syncs.export_run": (Kind.TAKES, "exports runs"),
    "syncs.export_delivery": (Kind.TAKES, "exports the list of deliveries"),
    "syncs.export_controlchange": (Kind.TAKES, "exports changes of controls"),
    "syncs.export_wording": (Kind.TAKES, "exports texts of other systems"),
    "syncs.answer_wording": (
        Kind.WORK, "says what texts of other systems mean: reason and sentence of what is held",
    ),
    "syncs.export_cell": (Kind.TAKES, "exports the reconciliation"),
    "mappings.export_*": (Kind.TAKES, "exports mapping tables"),
    "audit.export_entry": (Kind.TAKES, "exports the journal"),
    "audit.export_package": (Kind.TAKES, "makes the auditor’s package"),
    "audit.view_access": (Kind.TAKES, "reviews people, roles and rights, and exports them"),
    "syncs.assign_record": (Kind.WORK, "says who looks after documents, and writes notes"),
    "syncs.read_again_cell": (Kind.WORK, "has both sides read again"),
    "connections.test_connection": (Kind.WORK, "tests connections"),
}  # fmt: skip
WORDS: dict[str, tuple[Kind, str]] = SINGLE | {
    f"{app}.{verb}_{model}": told
    for app, models in OF_TABLES.items()
    for model, told in models.items()
    for verb in KEEP
}


@dataclasses.dataclass(frozen=True)
class Told:
    """`words` by kind; what has no words is told by its name, so that nothing stays hidden."""

    words: dict[Kind, list[str]]
    unknown: list[str]
    seen: int  # tables that are only looked at

    @property
    def moves_money(self) -> bool:
        return Kind.MONEY in self.words

    @property
    def loosens(self) -> bool:
        return Kind.CONTROLS in self.words

    @property
    def kinds(self) -> list[tuple[str, list[str]]]:
        """In the order in which they matter."""
        found = [(str(kind), self.words[kind]) for kind in Kind if kind in self.words]
        return [*found, ("Not known", self.unknown)] if self.unknown else found


def told(permissions: Iterable[str]) -> Told:
    """Of permissions as `app.verb_model`."""
    words: dict[Kind, list[str]] = {}
    unknown, seen = [], 0
    for name in sorted(permissions):
        if found := words_of(name):
            kind, sentence = found
            if sentence not in words.setdefault(kind, []):
                words[kind].append(sentence)
        elif name.partition(".")[2].startswith("view_"):
            seen += 1
        else:
            unknown.append(name)
    return Told(words, unknown, seen)


def words_of(name: str) -> tuple[Kind, str] | None:
    if name in WORDS:
        return WORDS[name]
    return next((each for pattern, each in SINGLE.items() if fnmatchcase(name, pattern)), None)
