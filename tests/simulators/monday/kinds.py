"""Column types: internal names, GraphQL types, what may be written or searched."""

from __future__ import annotations

INTERNAL = {
    "status": "color", "numbers": "numeric", "people": "multiple-person", "mirror": "lookup",
    "long_text": "long-text", "board_relation": "board-relation", "timeline": "timerange",
    "checkbox": "boolean", "creation_log": "pulse-log", "last_updated": "pulse-updated",
    "item_id": "pulse-id",
}  # fmt: skip
TYPENAMES = {
    "status": "StatusValue", "dropdown": "DropdownValue", "numbers": "NumbersValue",
    "date": "DateValue", "text": "TextValue", "long_text": "LongTextValue",
    "people": "PeopleValue", "link": "LinkValue", "checkbox": "CheckboxValue",
    "email": "EmailValue", "phone": "PhoneValue", "timeline": "TimelineValue",
    "board_relation": "BoardRelationValue", "mirror": "MirrorValue", "formula": "FormulaValue",
    "hour": "HourValue", "rating": "RatingValue", "country": "CountryValue",
    "tags": "TagsValue", "file": "FileValue", "item_id": "ItemIdValue",
    "creation_log": "CreationLogValue", "last_updated": "LastUpdatedValue",
    "subtasks": "SubtasksValue",
}  # fmt: skip
READ_ONLY = (
    "mirror", "formula", "item_id", "creation_log", "last_updated", "auto_number", "progress",
    "button", "vote", "time_tracking", "subtasks", "file",
)  # fmt: skip
CALCULATED = ("mirror", "formula", "item_id", "creation_log", "last_updated", "subtasks")
UNSEARCHABLE = (
    "auto_number", "color_picker", "board_relation", "creation_log", "file", "formula", "item_id",
    "last_updated", "location", "mirror", "rating", "tags", "time_tracking", "vote",
)  # fmt: skip
UNCREATABLE = ("subtasks", "name", "unsupported")


def internal(kind: str) -> str:
    """The name in webhooks and in the data of errors."""
    return INTERNAL.get(kind, kind)


def id_prefix(kind: str) -> str:
    return internal(kind).replace("-", "_")
