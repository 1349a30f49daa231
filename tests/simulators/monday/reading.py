"""Column values as they are read: `text`, `value`, the typed fields, and in webhooks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import colours

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]


def label_of(column: Row, number: int) -> Row | None:
    labels = column["settings"].get("labels", [])
    return next((one for one in labels if one["id"] == number), None)


def chosen(column: Row, value: Row | None) -> list[Row]:
    """The labels of a dropdown, in the order of choice."""
    found = [label_of(column, number) for number in (value or {}).get("ids", [])]
    return [one for one in found if one]


def number_text(value: Row | None) -> str:
    """Without the zeros behind the point that carry nothing."""
    text = str(value["number"]) if value else ""
    return text.rstrip("0").rstrip(".") if "." in text else text


def people_text(store: Store, value: Row | None) -> str:
    users = store.table("users")
    found = [users.get(one["id"]) for one in (value or {}).get("people", [])]
    return ", ".join(one["name"] for one in found if one)


def text_of(store: Store, column: Row, value: Row | None) -> str | None:
    kind = column["type"]
    if kind in ("board_relation", "mirror", "subtasks"):
        return None
    if kind == "status":
        label = label_of(column, value["index"]) if value else None
        return label["label"] if label else None
    if kind == "people":
        return people_text(store, value)
    return plain_text(kind, column, value or {})


def plain_text(kind: str, column: Row, value: Row) -> str:
    if kind == "numbers":
        return number_text(value)
    if kind == "dropdown":
        return ", ".join(one["label"] for one in chosen(column, value))
    if kind == "date":
        return " ".join(part for part in (value.get("date"), (value.get("time") or "")[:5]) if part)
    if kind == "link":
        return f"{value['text']} - {value['url']}" if value.get("text") else value.get("url", "")
    if kind == "timeline":
        return f"{value['from']} - {value['to']}" if value else ""
    if kind == "checkbox":
        return "v" if value else ""
    if kind == "hour":
        return f"{value['hour']:02d}:{value['minute']:02d}" if value else ""
    names = {"email": "text", "phone": "phone", "country": "countryName", "rating": "rating"}
    return str(value.get(names.get(kind, "text"), ""))


def raw(column: Row, value: Row | None) -> str | None:
    """The JSON text of `value`; most types carry `changed_at`."""
    kind = column["type"]
    if value is None or kind in ("board_relation", "mirror", "subtasks"):
        return None
    if kind == "text":
        return json.dumps(value["text"])
    if kind == "numbers":
        return json.dumps(value["number"])
    body = {name: part for name, part in value.items() if name != "changed_at"}
    if kind == "people":
        body = {"personsAndTeams": body["people"]}
    if kind == "status":
        body = {"index": body["index"], "post_id": None}
    return json.dumps({**body, "changed_at": value.get("changed_at")})


def status_fields(column: Row, value: Row | None) -> Row:
    label = label_of(column, value["index"]) if value else None
    if label is None:
        return {"index": None, "label": None, "is_done": None, "label_style": None}
    style = {"color": colours.HEX[label["color"]], "border": colours.border(label["color"])}
    return {"index": label["id"], "label": label["label"], "is_done": label["is_done"],
            "label_style": style, "update_id": None}  # fmt: skip


def typed(store: Store, column: Row, value: Row | None) -> Row:
    """The fields of the column's own GraphQL type."""
    kind, kept = column["type"], value or {}
    if kind == "status":
        return status_fields(column, value)
    if kind == "dropdown":
        return {
            "values": [{"id": one["id"], "label": one["label"]} for one in chosen(column, kept)]
        }
    if kind == "numbers":
        unit = column["settings"].get("unit") or {}
        return {"number": float(kept["number"]) if kept else None,
                "symbol": unit.get("symbol"), "direction": unit.get("direction")}  # fmt: skip
    if kind == "date":
        return {"date": kept.get("date", ""), "time": kept.get("time") or "", "icon": None}
    if kind == "people":
        return {"persons_and_teams": kept.get("people", [])}
    return other_fields(store, kind, kept)


def other_fields(store: Store, kind: str, kept: Row) -> Row:
    if kind == "board_relation":
        rows = [store.table("items")[number] for number in kept.get("items", [])]
        rows = [row for row in rows if row["state"] == "active"]
        names = ", ".join(row["name"] for row in rows)
        return {"linked_item_ids": [row["id"] for row in rows], "display_value": names}
    fields: dict[str, Row] = {
        "link": {"url": kept.get("url"), "url_text": kept.get("text")},
        "email": {"email": kept.get("email"), "label": kept.get("text")},
        "phone": {"phone": kept.get("phone"), "country_short_name": kept.get("countryShortName")},
        "checkbox": {"checked": bool(kept)},
        "timeline": {name: f"{kept[name]}T00:00:00Z" for name in ("from", "to") if name in kept},
        "country": {"country": {"code": kept.get("countryCode"), "name": kept.get("countryName")}
                    if kept else None},
        "hour": {"hour": kept.get("hour"), "minute": kept.get("minute")},
        "rating": {"rating": kept.get("rating")},
        "tags": {"tag_ids": kept.get("tag_ids", [])},
        "mirror": {"display_value": ""}, "formula": {"display_value": ""},
    }  # fmt: skip
    return fields.get(kind, {})


def told(store: Store, column: Row, value: Row | None) -> Any:
    """A value in a webhook; an emptied one is null."""
    if value is None:
        return None
    kind = column["type"]
    if kind == "status":
        label = label_of(column, value["index"])
        return {"label": told_label(label) if label else None, "post_id": None}
    shapes: dict[str, Any] = {
        "date": {"date": value.get("date"), "icon": None, "time": value.get("time")},
        "text": {"value": value.get("text")},
        "long_text": {"text": value.get("text")},
        "dropdown": {"chosenValues": [
            {"id": one["id"], "name": one["label"]} for one in chosen(column, value)
        ]},
        "people": {"personsAndTeams": value.get("people", [])},
        "link": {"url": value.get("url"), "text": value.get("text")},
        "board_relation": {"linkedPulseIds": [
            {"linkedPulseId": number} for number in value.get("items", [])
        ]},
    }  # fmt: skip
    if kind == "numbers":
        return {"value": float(value["number"]), "unit": column["settings"].get("unit")}
    return shapes.get(kind, {name: one for name, one in value.items() if name != "changed_at"})


def told_label(label: Row) -> Row:
    number = label["color"]
    return {
        "index": label["id"], "text": label["label"], "is_done": label["is_done"],
        "style": {"color": colours.HEX[number], "border": colours.border(number),
                  "var_name": colours.NAMES[number].replace("_", "-")},
    }  # fmt: skip
