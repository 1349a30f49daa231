"""What the environment says of itself: sets, properties, enums, versions."""

from __future__ import annotations

from typing import Any

from . import site
from .model import ENTITIES, ENUMS, Entity, Field, Row
from .store import Books

EDM = {"s": "String", "x": "Binary", "n": "Decimal", "i": "Int32", "l": "Int64", "g": "Guid",
       "d": "DateTimeOffset", "t": "DateTimeOffset"}  # fmt: skip
KINDS = {"s": "String", "x": "Container", "n": "Real", "i": "Int32", "l": "Int64", "g": "Guid",
         "d": "UtcDateTime", "t": "UtcDateTime", "e": "Enum"}  # fmt: skip
VERSIONS = {"GetApplicationVersion": "10.0.42", "GetPlatformBuildVersion": "7.0.7521.60",
            "GetApplicationBuildVersion": "10.0.2095.48"}  # fmt: skip


def listed(books: Books) -> list[Entity]:
    return [entity for entity in ENTITIES.values() if entity.set not in books.settings["hidden"]]


def service(books: Books) -> list[Row]:
    return [{"name": entity.set, "kind": "EntitySet", "url": entity.set}
            for entity in sorted(listed(books), key=lambda entity: entity.set)]  # fmt: skip


def type_of(column: Field) -> str:
    return f"{site.NAMESPACE}.{column.enum}" if column.enum else f"Edm.{EDM[column.kind]}"


def document(books: Books) -> str:
    """CSDL, as small as it can be."""
    types = "".join(_entity_type(entity) for entity in listed(books))
    enums = "".join(_enum_type(name, members) for name, members in ENUMS.items())
    sets = "".join(f'<EntitySet Name="{entity.set}" EntityType="{site.NAMESPACE}.{entity.type}"/>'
                   for entity in listed(books))  # fmt: skip
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
        '<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" '
        f'Namespace="{site.NAMESPACE}">{enums}{types}{_actions(books)}'
        f'<EntityContainer Name="Resources">{sets}</EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(entity: Entity) -> str:
    keys = "".join(f'<PropertyRef Name="{name}"/>' for name in entity.key)
    rows = "".join(f'<Property Name="{column.name}" Type="{type_of(column)}"/>'
                   for column in entity.fields.values())  # fmt: skip
    return f'<EntityType Name="{entity.type}"><Key>{keys}</Key>{rows}</EntityType>'


def _enum_type(name: str, members: tuple[str, ...]) -> str:
    rows = "".join(f'<Member Name="{member}" Value="{at}"/>' for at, member in enumerate(members))
    return f'<EnumType Name="{name}">{rows}</EnumType>'


def _actions(books: Books) -> str:
    name = books.settings["confirm_action"]
    if not name:
        return ""
    kind = f"{site.NAMESPACE}.PurchaseOrderHeaderV2"
    return f'<Action Name="{name}" IsBound="true"><Parameter Name="order" Type="{kind}"/></Action>'


def data_entity(entity: Entity) -> Row:
    return {
        "Name": entity.aot, "PublicEntityName": entity.type, "PublicCollectionName": entity.set,
        "LabelId": None, "DataServiceEnabled": True, "DataManagementEnabled": True,
        "EntityCategory": "Transaction" if entity.parent else "Master",
        "IsReadOnly": not entity.writes,
    }  # fmt: skip


def public_entity(entity: Entity, books: Books) -> Row:
    actions: list[Row] = []
    if entity.set == "PurchaseOrderHeadersV2" and books.settings["confirm_action"]:
        actions.append({"Name": books.settings["confirm_action"], "BindingKind": "BoundToEntity",
                        "Parameters": [], "ReturnType": None, "FieldLookup": None})  # fmt: skip
    return {
        "Name": entity.type, "EntitySetName": entity.set, "LabelId": None,
        "IsReadOnly": not entity.writes, "ConfigurationEnabled": True,
        "Properties": [
            _property(entity, column, books.settings["mandatory"])
            for column in entity.fields.values()
        ],
        "NavigationProperties": [], "PropertyGroups": [], "Actions": actions,
    }  # fmt: skip


def _property(entity: Entity, column: Field, mandatory: list[str]) -> Row:
    required = column.required or f"{entity.type}.{column.name}" in mandatory
    return {
        "Name": column.name, "TypeName": type_of(column), "DataType": KINDS[column.kind],
        "LabelId": None, "IsKey": column.name in entity.key, "IsMandatory": required,
        "ConfigurationEnabled": True, "AllowEdit": not (column.calculated or column.once),
        "AllowEditOnCreate": not column.calculated, "IsDimension": False,
        "DimensionRelation": None, "IsDynamicDimension": False,
        "DimensionLegalEntityProperty": None, "DimensionTypeProperty": None,
    }  # fmt: skip


def public_enumeration(name: str) -> dict[str, Any] | None:
    if name not in ENUMS:
        return None
    members = [{"Name": member, "Value": at, "LabelId": None, "ConfigurationEnabled": True}
               for at, member in enumerate(ENUMS[name])]  # fmt: skip
    return {"Name": name, "LabelId": None, "Members": members}
