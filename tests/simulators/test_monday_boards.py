"""Boards, columns and labels of monday.com's stand-in; and that its schema is an honest part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from graphql import GraphQLSchema, is_enum_type, is_input_object_type, is_union_type

from .monday.call import schema
from .monday.office import STRUCTURE, Office, an_office, the_schema

BOARD = """mutation($n: String!, $w: ID, $e: Boolean) { create_board(board_name: $n,
  board_kind: public, workspace_id: $w, empty: $e) { id name workspace_id columns { id type }
  groups { id } items_count } }"""
UPDATE_STATUS = """mutation($b: ID!, $i: String!, $r: String!,
  $s: UpdateStatusColumnSettingsInput!) {
  update_status_column(board_id: $b, id: $i, revision: $r, settings: $s) {
    id revision settings } }"""
UPDATE_DROPDOWN = """mutation($b: ID!, $i: String!, $r: String!,
  $s: UpdateDropdownColumnSettingsInput!) {
  update_dropdown_column(board_id: $b, id: $i, revision: $r, settings: $s) {
    id revision settings } }"""
STATUS = """mutation($b: ID!, $s: CreateStatusColumnSettingsInput) { create_status_column(
  board_id: $b, title: "State", id: "state", defaults: $s) { id revision settings } }"""


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


@pytest.fixture
def empty() -> Iterator[Office]:
    yield from an_office("empty")


def label(text: str, color: str, index: int, **more: Any) -> dict[str, Any]:
    return {"label": text, "color": color, "index": index, **more}


def wrong_fields(ours: GraphQLSchema, theirs: GraphQLSchema) -> Iterator[str]:
    """What the stand-in has and monday.com has not, or has otherwise."""
    kind: Any
    for name, kind in ours.type_map.items():
        other: Any = theirs.type_map.get(name)
        if name.startswith("__"):
            continue
        if other is None or type(kind) is not type(other):
            yield name
        elif is_enum_type(kind):
            yield from (f"{name}.{value}" for value in kind.values if value not in other.values)
        elif is_union_type(kind):
            known = {one.name for one in other.types}
            yield from (f"{name}.{one.name}" for one in kind.types if one.name not in known)
        elif hasattr(kind, "fields"):
            yield from wrong_inside(name, kind, other)


def wrong_inside(name: str, kind: Any, other: Any) -> Iterator[str]:
    for field, given in kind.fields.items():
        known = other.fields.get(field)
        if known is None or str(known.type) != str(given.type):
            yield f"{name}.{field}"
        elif not is_input_object_type(kind):
            for argument, value in given.args.items():
                found = known.args.get(argument)
                if found is None or str(found.type) != str(value.type):
                    yield f"{name}.{field}({argument})"


def test_the_schema_is_a_part_of_the_vendors() -> None:
    theirs = the_schema()
    if theirs is None:
        pytest.skip("the vendor's schema is not here")
    assert list(wrong_fields(schema("2026-10"), theirs)) == []
    ours = schema("2026-10").type_map
    needed = [
        f"{name}.{field}" for name, kind in theirs.type_map.items()
        if name in ours and is_input_object_type(kind)
        for field, one in kind.fields.items() if str(one.type).endswith("!")
        and field not in ours[name].fields  # type: ignore[attr-defined]
    ]  # fmt: skip
    assert needed == []


def test_the_structure_of_the_board_that_people_made(office: Office) -> None:
    board = office.structure()
    assert board["name"] == "Payables approvals"
    types = {one["id"]: one["type"] for one in board["columns"]}
    assert types["status"] == "status"
    assert types["text_amount"] == "text"
    assert "nav_key" not in types
    assert int(board["id"]) > 2**31
    status = office.column("status")["settings"]["labels"]
    assert [(one["id"], one["label"], one["color"]) for one in status] == [
        (0, "Pending review", 0), (1, "Approved", 1), (2, "Rejected", 2),
    ]  # fmt: skip
    assert status[1]["hex"] == "#00c875"
    office.settle(label_colours="name")
    assert office.column("status")["settings"]["labels"][1]["color"] == "done_green"


def test_unknown_boards_are_absent(office: Office) -> None:
    assert office.get(STRUCTURE, b=[office.board, "999"])["boards"][0]["id"] == office.board
    assert office.get(STRUCTURE, b=[999])["boards"] == []
    office.person("board", board=office.board, state="deleted")
    assert office.get(STRUCTURE, b=[office.board])["boards"] == []


def test_an_empty_account_has_a_board_made(empty: Office) -> None:
    assert empty.get("{ boards { id } }") == {"boards": []}
    spaces = empty.get("{ workspaces { id name is_default_workspace } }")["workspaces"]
    made = empty.get(BOARD, n="Invoices", w=spaces[0]["id"], e=True)["create_board"]
    assert made["columns"] == [{"id": "name", "type": "name"}]
    assert (made["items_count"], made["groups"]) == (0, [{"id": "topics"}])
    sample = empty.get(BOARD, n="With samples", e=False)["create_board"]
    assert sample["items_count"] == 3
    empty.limit(boards_per_minute=2)
    answer = empty.ask(BOARD, n="Third", e=True)
    assert answer.status_code == 429
    assert "CreateBoard" in answer.json()["errors"][0]["message"]


def test_columns_are_made_with_an_id_of_ones_own(office: Office) -> None:
    made = office.add_column("text", "nav_key")
    assert (made["id"], made["type"], made["settings"]) == ("nav_key", "text", {})
    given = {"b": office.board, "t": "Key", "k": "text", "i": "nav_key"}
    from .monday.office import COLUMN

    assert office.code(COLUMN, **given) == "InvalidArgumentException"
    assert office.code(COLUMN, **{**given, "i": "Nav Key"}) == "InvalidArgumentException"
    free = office.get(COLUMN, b=office.board, t="Amount", k="numbers")["create_column"]
    assert free["id"].startswith("numeric_mm")
    assert office.code(COLUMN, b=office.board, t="Sub", k="subtasks") == "InvalidArgumentException"


def test_a_status_label_has_the_id_of_its_colour(office: Office) -> None:
    settings = {"labels": [
        label("Posted", "bright_blue", 0, is_done=True), label("Paid", "teal", 1),
    ]}  # fmt: skip
    made = office.get(STATUS, b=office.board, s=settings)["create_status_column"]
    assert [one["id"] for one in made["settings"]["labels"]] == [7, 160]
    text = '{"labels":[{"label":"A","color":"sky","index":0}]}'
    column = office.add_column("status", "other", d=text)
    assert column["settings"]["labels"][0]["id"] == 158


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([label("A", "sky", 0), label("B", "sky", 1)], "Colors should be unique"),
        ([label("A", "sky", 0), label("B", "tan", 0)], "Indexes should be unique"),
        ([label("x" * 31, "sky", 0)], "30 characters"),
        ([label("A", "sky", 40)], "between 0 and 39"),
    ],
)
def test_the_rules_of_status_labels(office: Office, labels: list[Any], words: str) -> None:
    error = office.refused(STATUS, b=office.board, s={"labels": labels})
    assert error["extensions"]["code"] == "INVALID_ARGUMENT_EXCEPTION"
    assert words in error["message"]


def old_labels() -> list[dict[str, Any]]:
    return [
        label("Pending review", "working_orange", 0, id=0),
        label("Approved", "done_green", 1, id=1, is_done=True),
        label("Rejected", "stuck_red", 2, id=2),
    ]


def test_status_labels_are_replaced_whole_under_a_revision(office: Office) -> None:
    revision = office.column("status")["revision"]
    given: dict[str, Any] = {"b": office.board, "i": "status", "r": revision}
    labels = [*old_labels(), label("Posted", "bright_blue", 3)]
    labels[1].pop("is_done")
    made = office.get(UPDATE_STATUS, **given, s={"labels": labels})["update_status_column"]
    assert [one["id"] for one in made["settings"]["labels"]] == [0, 1, 2, 7]
    assert made["settings"]["labels"][1]["is_done"] is False
    stale = office.refused(UPDATE_STATUS, **given, s={"labels": labels})["extensions"]
    assert (stale["code"], stale["status_code"]) == ("REVISION_MISMATCH", 409)


def test_a_label_in_use_cannot_be_left_out_and_a_colour_not_be_taken_twice(office: Office) -> None:
    office.create("INV-1", {"status": {"index": 1}})
    given: dict[str, Any] = {
        "b": office.board, "i": "status", "r": office.column("status")["revision"]
    }  # fmt: skip
    without = [one for one in old_labels() if one["id"] != 1]
    error = office.refused(UPDATE_STATUS, **given, s={"labels": without})
    assert error["message"] == "Unable to delete a label already in use"
    renamed = old_labels()
    renamed[1]["color"] = "sky"
    again = [*renamed, label("New", "done_green", 3)]
    error = office.refused(UPDATE_STATUS, **given, s={"labels": again})
    assert error["extensions"]["code"] == "INVALID_ARGUMENT_EXCEPTION"
    assert "default label color" in error["message"]
    off = old_labels()
    off[2]["is_deactivated"] = True
    office.get(UPDATE_STATUS, **given, s={"labels": off})
    answer = office.change(office.create("INV-2"), {"status": {"index": 2}})
    assert answer["errors"][0]["extensions"]["code"] == "ColumnValueException"


def test_dropdown_labels_delete_one_at_a_time(office: Office) -> None:
    column = office.column("dropdown")
    old = [{"id": one["id"], "label": one["label"]} for one in column["settings"]["labels"]]
    given: dict[str, Any] = {"b": office.board, "i": "dropdown", "r": column["revision"]}
    added = [*old, {"label": "Acme Supply"}]
    made = office.get(UPDATE_DROPDOWN, **given, s={"labels": added})["update_dropdown_column"]
    assert made["settings"]["labels"][-1]["id"] == 4
    given["r"] = made["revision"]
    two = office.refused(UPDATE_DROPDOWN, **given, s={"labels": old[:2]})
    assert "Only one label" in two["message"]
    swapped = [*old, {"label": "Other"}]
    assert "Only one" in office.refused(UPDATE_DROPDOWN, **given, s={"labels": swapped})["message"]
    office.get(UPDATE_DROPDOWN, **given, s={"labels": old})


def test_groups_and_the_last_one(office: Office) -> None:
    make = """mutation($b: ID!, $c: String) { create_group(board_id: $b, group_name: "Paid",
      group_color: $c) { id title color position } }"""
    group = office.get(make, b=office.board, c="#037f4c")["create_group"]
    assert group["title"] == "Paid"
    assert office.code(make, b=office.board, c="#123456") == "InvalidArgumentException"
    colour = """mutation($b: ID!, $g: String!, $v: String!) { update_group(board_id: $b,
      group_id: $g, group_attribute: color, new_value: $v) { color } }"""
    given = {"b": office.board, "g": group["id"]}
    assert office.get(colour, **given, v="dark-orange")["update_group"]["color"] == "#ff642e"
    assert office.code(colour, **given, v="#ff642e") == "InvalidArgumentException"
    drop = "mutation($b: ID!, $g: String!) { delete_group(board_id: $b, group_id: $g) { id } }"
    office.get(drop, b=office.board, g=group["id"])
    office.get(drop, b=office.board, g="group_done")
    answer = office.ask(drop, b=office.board, g="topics")
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["extensions"]["code"] == "DeleteLastGroupException"


def test_a_column_is_renamed_and_deleted(office: Office) -> None:
    rename = """mutation($b: ID!, $c: String!) { change_column_title(board_id: $b, column_id: $c,
      title: "Net amount") { id title } }"""
    assert office.get(rename, b=office.board, c="text_amount")["change_column_title"]["title"]
    drop = "mutation($b: ID!, $c: String!) { delete_column(board_id: $b, column_id: $c) { id } }"
    office.get(drop, b=office.board, c="text_amount")
    assert office.code(drop, b=office.board, c="text_amount") == "InvalidColumnIdException"
    assert office.code(drop, b=office.board, c="name") == "InvalidArgumentException"


def test_the_schema_of_a_column_type_tells_its_limits(office: Office) -> None:
    found = office.get("{ get_column_type_schema(type: status) }")["get_column_type_schema"]
    labels = found["schema"]["properties"]["settings"]["properties"]["labels"]
    assert labels["maxItems"] == 40


def test_a_board_that_only_owners_may_change(office: Office) -> None:
    office.person("rights", permissions="owners", owners=[70000002])
    error = office.change(office.ledger()["boards"][0]["items"][0]["id"], {"text_job": "x"})
    assert error["errors"][0]["extensions"]["code"] == "UserUnauthorizedException"
    assert error["errors"][0]["extensions"]["status_code"] == 403
    office.person("rights", board_kind="private", owners=[70000002], subscribers=[70000002])
    assert office.get(STRUCTURE, b=[office.board])["boards"] == []


def test_the_page_of_a_board_shows_items_in_colour(office: Office) -> None:
    import requests

    item = office.create("INV-7 <b>", {"status": {"label": "Approved"}})
    office.person("update", item=item, body="<p>Paid on Friday</p>")
    text = requests.get(office.facts["board_url"], timeout=10).text
    assert "INV-7 &lt;b&gt;" in text
    assert "--colour:#00c875" in text
    assert "Paid on Friday" in text
    assert "<script" not in text
    assert "Payables approvals" in requests.get(f"{office.url}/boards", timeout=10).text


def test_the_address_of_an_item_shows_it_with_its_amount(office: Office) -> None:
    office.add_column("numbers", "amount")
    number = office.create("INV-77 Acme", {"amount": "1234.5"})
    url = office.get("query($i: [ID!]) { items(ids: $i) { url } }", i=[number])["items"][0]["url"]
    text = requests.get(url, timeout=10).text
    assert "stand-in for monday.com" in text
    assert "INV-77 Acme" in text
    assert "1,234.50" in text


def test_a_person_chooses_a_label_on_the_page_of_the_board(office: Office) -> None:
    """As in the demo: the page shows it, and who listens is told."""
    board = office.ledger()["boards"][0]
    item = next(one for one in board["items"] if one["name"] == "Site trailer deposit")
    page = f"{office.url}/boards/{board['id']}"
    act = f"{page}/pulses/{item['id']}"

    def choose(label: str, origin: str = office.url) -> requests.Response:
        form, headers = {"column": "status", "label": label}, {"Origin": origin}
        return requests.post(act, data=form, headers=headers, timeout=10)

    assert choose("1", "https://elsewhere.example").status_code == 403
    answer = choose("1")
    assert (answer.status_code, answer.url) == (200, page)
    assert '<option value="1" selected>Approved</option>' in answer.text
    assert choose("99").status_code == 400
    [now] = [one for one in office.ledger()["boards"][0]["items"] if one["id"] == item["id"]]
    assert now["texts"]["status"] == "Approved"
