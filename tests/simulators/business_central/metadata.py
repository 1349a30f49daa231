"""`$metadata`: a small CSDL document of the entity sets that are here."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import cache

from .model import ENTITIES, Entity, Field

_TYPES = {"g": "Edm.Guid", "c": "Edm.String", "s": "Edm.String", "n": "Edm.Decimal",
          "i": "Edm.Int32", "b": "Edm.Boolean", "d": "Edm.Date", "t": "Edm.DateTimeOffset",
          "o": "Edm.String", "e": "Edm.String"}  # fmt: skip


def _property(field: Field) -> str:
    length = f' MaxLength="{field.length}"' if field.length else ""
    scale = ' Scale="Variable"' if field.kind == "n" else ""
    return f'<Property Name="{field.name}" Type="{_TYPES[field.kind]}"{length}{scale} />'


def _type(entity: Entity) -> str:
    properties = "".join(_property(field) for field in entity.fields.values())
    parts = "".join(
        f'<NavigationProperty Name="{part.name}" '
        f'Type="Collection(Microsoft.NAV.{part.entity})" ContainsTarget="true" />'
        for part in entity.parts
    )
    key = '<Key><PropertyRef Name="id" /></Key>'
    return f'<EntityType Name="{entity.name}">{key}{properties}{parts}</EntityType>'


def _action(name: str, entity: str) -> str:
    return (
        f'<Action Name="{name}" IsBound="true"><Parameter Name="bindingParameter" '
        f'Type="Microsoft.NAV.{entity}" /></Action>'
    )


ACTIONS = (("post", "purchaseInvoice"), ("post", "purchaseCreditMemo"),
           ("cancel", "purchaseCreditMemo"), ("receiveAndInvoice", "purchaseOrder"),
           ("post", "journal"))  # fmt: skip


def lessened(entity: Entity, absent: Collection[str]) -> Entity:
    """Without the fields that an older version lacks."""
    kept = {name: f for name, f in entity.fields.items() if f"{entity.set}.{name}" not in absent}
    return replace(entity, fields=kept)


@cache
def document(absent: frozenset[str] = frozenset()) -> str:
    entities = [
        lessened(each, absent)
        for each in ENTITIES.values()
        if each.name != "financeDimensionValue" and each.set not in absent
    ]
    sets = "".join(
        f'<EntitySet Name="{each.set}" EntityType="Microsoft.NAV.{each.name}" />'
        for each in entities
    )
    parts = "".join(
        f'<NavigationProperty Name="{each.set}" Type="Collection(Microsoft.NAV.{each.name})" '
        'ContainsTarget="true" />'
        for each in entities
    )
    company = (
        '<EntityType Name="company"><Key><PropertyRef Name="id" /></Key>'
        '<Property Name="id" Type="Edm.Guid" /><Property Name="name" Type="Edm.String" '
        f'MaxLength="30" /><Property Name="displayName" Type="Edm.String" />{parts}</EntityType>'
    )
    types = "".join(_type(each) for each in entities)
    actions = "".join(_action(name, entity) for name, entity in ACTIONS)
    return (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" '
        'xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="Microsoft.NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'{company}{types}{actions}<EntityContainer Name="NAV"><EntitySet Name="companies" '
        f'EntityType="Microsoft.NAV.company" />{sets}</EntityContainer></Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    )
