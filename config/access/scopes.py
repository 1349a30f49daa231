"""Which rows belong to a company, and by what. Whoever may not see it does not see them.

A test holds that every model which leads to an integration or a connection stands here.
"""

from __future__ import annotations

from django.apps import apps
from django.db.models import Q

from connections.companies.scoped import (
    Scope,
    along,
    connect,
    integrations,
    of_systems,
    of_systems_alone,
)
from connections.models import Connection, Integration, Subscription
from mappings.models import Mapping, Reference, TakenFile
from syncs.models import (
    Alert,
    BalanceReading,
    CauseSum,
    Cell,
    CellCause,
    CellPart,
    CellSum,
    ClosedDocument,
    ControlChange,
    Cursor,
    DayCount,
    Delivery,
    FixRequest,
    FlowPace,
    FlowSettings,
    Likeness,
    Period,
    PeriodChange,
    PeriodClose,
    Record,
    Rejection,
    Run,
    Standstill,
    TypedByHand,
    Wording,
)


def of_one(known: frozenset[int]) -> Q:
    """A file of just one company, which is seen."""
    names = integrations().filter(pk__in=known).values_list("name", flat=True)
    return Q(about__in=list(names))


SCOPES: dict[type, Scope] = {
    Integration: along("pk"),
    Connection: of_systems("pk"),
    Subscription: of_systems_alone("connection"),
    Delivery: of_systems_alone("subscription__connection"),
    Rejection: of_systems_alone("subscription__connection"),
    Reference: of_systems("connection"),
    TypedByHand: of_systems("system"),
    TakenFile: of_one,
    ControlChange: along("settings__integration", "period__integration"),
    PeriodClose: along("period__integration"),
    ClosedDocument: along("close__period__integration"),
    PeriodChange: along("close__period__integration"),
    Likeness: along("record__integration"),
    Wording: along("record__integration"),  # by its example
    **dict.fromkeys(
        (
            Alert, BalanceReading, CauseSum, Cell, CellCause, CellPart, CellSum, Cursor, DayCount,
            FixRequest, FlowPace, FlowSettings, Period, Record, Run, Standstill,
        ),
        along("integration"),
    ),
    **dict.fromkeys(Mapping.__subclasses__(), along("integration")),
}  # fmt: skip


def scope_of(model: type) -> Scope | None:
    """Its own, or that of what it stands for."""
    return next((SCOPES[one] for one in model.__mro__ if one in SCOPES), None)


def connect_all() -> None:
    """Called once when the application starts. Safe to call twice."""
    for model in apps.get_models():
        if scope := scope_of(model):
            connect(model, scope)
