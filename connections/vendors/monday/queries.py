"""Every document that is sent to monday.com, as it is sent (API 2026-10).

A change asks for `complexity` beside its work: the account's points and when they come back.
"""

from __future__ import annotations

POINTS = "complexity { query after reset_in_x_seconds }"

CELLS = """
fragment Cells on Item {
  id name state updated_at url
  board { id }
  group { id }
  column_values {
    id type text value
    ... on StatusValue { index label }
    ... on DropdownValue { values { id label } }
    ... on DateValue { date }
    ... on LinkValue { url }
    ... on MirrorValue { display_value }
    ... on BoardRelationValue { display_value }
  }
}
"""

BOARDS = """
query Boards($page: Int!) {
  boards(limit: 100, page: $page, state: active, order_by: created_at) {
    id name state type url hierarchy_type items_count items_limit
  }
}
"""

STRUCTURE = """
query Structure($board: [ID!]) {
  boards(ids: $board, state: all) {
    id name state type url hierarchy_type items_count items_limit
    groups { id title archived deleted }
    columns { id title type archived revision settings }
  }
}
"""

ITEMS = (
    """
query Items($ids: [ID!]) {
  items(ids: $ids, limit: 100) { ...Cells }
}
"""
    + CELLS
)

ITEMS_OF_BOARD = (
    """
query ItemsOfBoard($board: [ID!], $limit: Int!, $rules: ItemsQuery) {
  boards(ids: $board) {
    items_page(limit: $limit, query_params: $rules) { cursor items { ...Cells } }
  }
}
"""
    + CELLS
)

MORE_ITEMS = (
    """
query MoreItems($cursor: String!, $limit: Int!) {
  next_items_page(cursor: $cursor, limit: $limit) { cursor items { ...Cells } }
}
"""
    + CELLS
)

LOG = """
query Log($board: [ID!], $items: [ID!], $columns: [String], $limit: Int!) {
  boards(ids: $board, state: all) {
    activity_logs(item_ids: $items, column_ids: $columns, limit: $limit) {
      id event data user_id created_at
    }
  }
}
"""

PERSON = """
query Person($ids: [ID!]) {
  users(ids: $ids) { id name }
}
"""

CREATE_BOARD = f"""
mutation CreateBoard($name: String!, $kind: BoardKind!) {{
  {POINTS}
  create_board(board_name: $name, board_kind: $kind, empty: true) {{ id }}
}}
"""

CREATE_COLUMN = f"""
mutation CreateColumn(
  $board: ID!, $id: String!, $title: String!, $type: ColumnType!, $defaults: JSON
) {{
  {POINTS}
  create_column(
    board_id: $board, id: $id, title: $title, column_type: $type, defaults: $defaults
  ) {{
    id title type archived revision settings
  }}
}}
"""

UPDATE_STATUS = f"""
mutation UpdateStatus(
  $board: ID!, $id: String!, $revision: String!, $settings: UpdateStatusColumnSettingsInput!
) {{
  {POINTS}
  update_status_column(board_id: $board, id: $id, revision: $revision, settings: $settings) {{
    id title type archived revision settings
  }}
}}
"""

UPDATE_DROPDOWN = f"""
mutation UpdateDropdown(
  $board: ID!, $id: String!, $revision: String!, $settings: UpdateDropdownColumnSettingsInput!
) {{
  {POINTS}
  update_dropdown_column(board_id: $board, id: $id, revision: $revision, settings: $settings) {{
    id title type archived revision settings
  }}
}}
"""

CREATE_ITEM = (
    f"""
mutation CreateItem($board: ID!, $name: String!, $cells: JSON) {{
  {POINTS}
  create_item(board_id: $board, item_name: $name, column_values: $cells) {{ ...Cells }}
}}
"""
    + CELLS
)

CHANGE_ITEM = (
    f"""
mutation ChangeItem($board: ID!, $item: ID!, $cells: JSON!) {{
  {POINTS}
  change_multiple_column_values(board_id: $board, item_id: $item, column_values: $cells) {{
    ...Cells
  }}
}}
"""
    + CELLS
)

UPDATES = """
query Updates($ids: [ID!]) {
  items(ids: $ids, limit: 1) { updates(limit: 25) { text_body } }
}
"""

CREATE_UPDATE = f"""
mutation CreateUpdate($item: ID!, $body: String!) {{
  {POINTS}
  create_update(item_id: $item, body: $body) {{ id }}
}}
"""

WHO = """
query Who {
  me { id name kind account { id name slug tier plan { tier } } }
  platform_api { daily_limit { base total } daily_analytics { by_day { day usage } } }
}
"""

ME = """
query Me {
  me { id name kind account { id name slug tier plan { tier } } }
}
"""

CALLS = """
query Calls {
  platform_api { daily_limit { base total } daily_analytics { by_day { day usage } } }
}
"""

VERSION = """
query Version {
  version { kind value }
}
"""

WEBHOOKS = """
query Webhooks($board: ID!) {
  webhooks(board_id: $board) { id board_id event config }
}
"""

CREATE_WEBHOOK = f"""
mutation CreateWebhook($board: ID!, $url: String!, $event: WebhookEventType!, $config: JSON) {{
  {POINTS}
  create_webhook(board_id: $board, url: $url, event: $event, config: $config) {{ id }}
}}
"""

DELETE_WEBHOOK = f"""
mutation DeleteWebhook($id: ID!) {{
  {POINTS}
  delete_webhook(id: $id) {{ id }}
}}
"""

NAMES = """
query Names {
  changes: __type(name: "Mutation") { fields { name args { name } } }
  reads: __type(name: "Query") { fields { name args { name } } }
  board: __type(name: "Board") { fields { name } }
  column: __type(name: "Column") { fields { name } }
  item: __type(name: "Item") { fields { name args { name } } }
}
"""

COLUMN_RULES = """
query ColumnRules($type: ColumnType!) {
  get_column_type_schema(type: $type)
}
"""

ALL = {
    name: text
    for name, text in list(globals().items())
    if isinstance(text, str) and text.lstrip().startswith(("query ", "mutation "))
}
