"""`$metadata`: what is published, as CSDL."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from . import codeunit
from .pages import Column
from .site import Service, Site

_TYPES = {"g": "Edm.Guid", "c": "Edm.String", "s": "Edm.String", "n": "Edm.Decimal",
          "i": "Edm.Int32", "b": "Edm.Boolean", "d": "Edm.Date", "t": "Edm.DateTimeOffset",
          "e": "Edm.String"}  # fmt: skip


def _property(column: Column, keys: tuple[str, ...]) -> str:
    field = column.field
    length = f' MaxLength="{field.length}"' if field.length else ""
    scale = ' Scale="Variable"' if field.kind == "n" else ""
    null = ' Nullable="false"' if column.name in keys else ""
    return f'<Property Name="{column.name}" Type="{_TYPES[field.kind]}"{null}{length}{scale} />'


def _type(service: Service) -> str:
    keys = "".join(f'<PropertyRef Name="{key}" />' for key in service.page.keys)
    own = "".join(_property(one, service.page.keys) for one in service.columns.values())
    part = ""
    if service.part:
        part = (
            f'<NavigationProperty Name="{service.part}" Type="Collection(NAV.{service.part})" '
            'ContainsTarget="true" />'
        )
    return f'<EntityType Name="{service.name}"><Key>{keys}</Key>{own}{part}</EntityType>'


def _set(service: Service) -> str:
    binding = ""
    if service.part:
        binding = f'<NavigationPropertyBinding Path="{service.part}" Target="{service.part}" />'
    return f'<EntitySet Name="{service.name}" EntityType="NAV.{service.name}">{binding}</EntitySet>'


def _action(name: str, procedure: codeunit.Procedure) -> str:
    parameters = "".join(
        f'<Parameter Name={quoteattr(one)} Type="Edm.String" />' for one in procedure.parameters
    )
    result = '<ReturnType Type="Edm.String" />' if procedure.returns else ""
    return f'<Action Name="{name}">{parameters}{result}</Action>'


def document(site: Site) -> str:
    services = site.services().values()
    unit = site.actions
    actions = {f"{unit}_{name}": one for name, one in codeunit.PROCEDURES.items()} if unit else {}
    company = (
        '<EntityType Name="Company"><Key><PropertyRef Name="Name" /></Key><Property Name="Name" '
        'Type="Edm.String" Nullable="false" MaxLength="30" /></EntityType>'
    )
    sets = "".join(map(_set, services)) + "".join(
        f'<ActionImport Name="{name}" Action="NAV.{name}" />' for name in actions
    )
    types = company + "".join(map(_type, services))
    types += "".join(_action(name, one) for name, one in actions.items())
    return (
        '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" '
        'xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        '<Schema Namespace="NAV" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        f'{types}<EntityContainer Name="NAV"><EntitySet Name="Company" '
        f'EntityType="NAV.Company" />{sets}</EntityContainer></Schema>'
        "</edmx:DataServices></edmx:Edmx>"
    )
