"""What a document costs in complexity points, before it runs."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionNode,
    VariableNode,
)  # fmt: skip

Row = dict[str, Any]
WRITES_ITEM = 30_000
COSTS = {
    "create_item": WRITES_ITEM, "create_subitem": WRITES_ITEM, "duplicate_item": WRITES_ITEM,
    "change_multiple_column_values": WRITES_ITEM, "change_column_value": WRITES_ITEM,
    "change_simple_column_value": WRITES_ITEM, "move_item_to_group": WRITES_ITEM,
    "archive_item": WRITES_ITEM, "delete_item": WRITES_ITEM, "create_board": WRITES_ITEM,
}  # fmt: skip
OTHER_WRITE = 1000
ROWS = {
    "boards": 25, "items": 25, "users": 200, "updates": 25, "items_page": 25, "columns": 10,
    "next_items_page": 25, "items_page_by_column_values": 25, "column_values": 10, "groups": 5,
    "activity_logs": 25, "subitems": 10, "linked_items": 10,
}  # fmt: skip
PAGES = ("items_page", "next_items_page", "items_page_by_column_values")


class Cost:
    """Points grow with the rows that may come."""

    def __init__(self, document: DocumentNode, variables: Row) -> None:
        self.variables = variables
        self.fragments = {
            node.name.value: node for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }  # fmt: skip

    def operation(self, node: OperationDefinitionNode) -> int:
        write = node.operation.value == "mutation"
        total = 0
        for field in self.fields(node.selection_set.selections):
            name = field.name.value
            if name == "complexity":
                continue
            total += COSTS.get(name, OTHER_WRITE) if write else self.field(field)
        return max(total, 1) + (1 if write else 0)

    def fields(self, selections: tuple[SelectionNode, ...]) -> list[FieldNode]:
        """Fields with those of fragments."""
        found: list[FieldNode] = []
        for one in selections:
            if isinstance(one, FieldNode):
                found.append(one)
            elif isinstance(one, FragmentSpreadNode):
                found += self.fields(self.fragments[one.name.value].selection_set.selections)
            else:
                found += self.fields(one.selection_set.selections)  # type: ignore[attr-defined]
        return found

    def field(self, node: FieldNode) -> int:
        if node.selection_set is None:
            return 1
        inside = 1 + sum(self.field(one) for one in self.fields(node.selection_set.selections))
        name = node.name.value
        if name in PAGES:
            items = [one for one in self.fields(node.selection_set.selections)
                     if one.name.value == "items"]  # fmt: skip
            each = sum(self.each(one) for one in items)
            return 1 + each * self.rows(node, ROWS[name])
        return inside * self.rows(node, ROWS.get(name, 1))

    def each(self, node: FieldNode) -> int:
        selections = node.selection_set.selections if node.selection_set else ()
        return 1 + sum(self.field(one) for one in self.fields(selections))

    def rows(self, node: FieldNode, usual: int) -> int:
        """By `ids`, else by `limit`."""
        counts = {}
        for argument in node.arguments or ():
            value: Any = argument.value
            if isinstance(value, VariableNode):
                value = self.variables.get(value.name.value)
            elif isinstance(value, IntValueNode):
                value = int(value.value)
            elif isinstance(value, ListValueNode):
                value = list(value.values)
            counts[argument.name.value] = value
        ids = counts.get("ids")
        if isinstance(ids, list):
            return max(1, len(ids))
        limit = counts.get("limit")
        return max(1, int(limit)) if isinstance(limit, int) else usual
