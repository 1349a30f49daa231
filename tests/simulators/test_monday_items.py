"""Items: values as they are written and read, pages, searches, updates, what is all or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .monday.office import CHANGE, CREATE, Office, an_office

PAGE = """query($b: [ID!], $l: Int!, $q: ItemsQuery) { boards(ids: $b) {
  items_page(limit: $l, query_params: $q) { cursor items { id name } } } }"""
NEXT = """query($c: String!, $l: Int!) { next_items_page(cursor: $c, limit: $l) {
  cursor items { id name } } }"""
BY_KEY = """query($b: ID!, $k: [String]!) { items_page_by_column_values(board_id: $b, limit: 2,
  columns: [{column_id: "nav_key", column_values: $k}]) { cursor items { id name state } } }"""
UPDATE = """mutation($i: ID, $t: String!, $p: ID) { create_update(item_id: $i, body: $t,
  parent_id: $p) { id body text_body creator_id item_id } }"""
COLUMNS = (
    ("text", "nav_key"), ("numbers", "amount"), ("date", "due"), ("long_text", "note"),
    ("link", "copy"), ("checkbox", "urgent"), ("email", "mail"), ("phone", "phone"),
    ("timeline", "span"), ("rating", "stars"), ("hour", "at"), ("country", "land"),
)  # fmt: skip


@pytest.fixture
def office() -> Iterator[Office]:
    for office in an_office():
        for kind, name in COLUMNS:
            office.add_column(kind, name)
        yield office


def found(office: Office, *rules: dict[str, Any], **more: Any) -> list[str]:
    query = {"rules": list(rules), **more}
    page = office.get(PAGE, b=[office.board], l=100, q=query)["boards"][0]["items_page"]
    return [one["name"] for one in page["items"]]


def rule(column: str, value: Any, operator: str = "any_of") -> dict[str, Any]:
    return {"column_id": column, "compare_value": value, "operator": operator}


def test_an_item_is_created_with_every_kind_of_value(office: Office) -> None:
    number = office.create("PI-1001 Acme", {
        "nav_key": "PI-1001", "amount": "1250.40", "due": {"date": "2026-12-01"},
        "status": {"label": "Pending review"}, "dropdown": {"ids": [1]}, "note": {"text": "Two"},
        "copy": {"url": "https://erp.example/1", "text": "PI-1001"}, "urgent": {"checked": "true"},
        "person": {"personsAndTeams": [{"id": 70000002, "kind": "person"}]},
        "mail": {"email": "a@b.example", "text": "Acme"}, "stars": {"rating": 4},
        "span": {"from": "2026-11-01", "to": "2026-11-30"}, "at": {"hour": 9, "minute": 5},
        "land": {"countryCode": "US", "countryName": "United States"},
        "phone": {"phone": "+12025550100", "countryShortName": "US"},
    })  # fmt: skip
    assert int(number) > 2**31
    item = office.item(number)
    values = item["values"]
    assert (item["state"], item["group"]["id"]) == ("active", "topics")
    assert json.loads(values["nav_key"]["value"]) == "PI-1001"
    assert (values["amount"]["number"], values["amount"]["value"]) == (1250.4, '"1250.40"')
    assert (values["due"]["date"], values["due"]["time"]) == ("2026-12-01", "")
    assert (values["status"]["index"], values["status"]["label"]) == (0, "Pending review")
    assert values["dropdown"]["values"][0]["id"] == "1"
    assert values["person"]["text"] == "Dana Whitfield"
    assert values["copy"]["url_text"] == "PI-1001"
    assert values["urgent"]["checked"] is True
    assert values["at"]["text"] == "09:05"
    assert json.loads(values["status"]["value"])["index"] == 0


def test_empty_values_differ_by_type(office: Office) -> None:
    values = office.item(office.create("Empty"))["values"]
    assert values["status"]["text"] is None
    assert (values["person"]["text"], values["due"]["date"]) == ("", "")
    assert (values["amount"]["number"], values["nav_key"]["text"]) == (None, "")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"amount": 12}, "numeric"), ({"amount": "12,5"}, "numeric"), ({"nav_key": 5}, "text"),
        ({"due": {"date": "01.12.2026"}}, "date"), ({"due": {"day": "2026-12-01"}}, "date"),
        ({"status": {"label": "Nobody knows"}}, "color"), ({"status": {"index": 99}}, "color"),
        ({"status": {"index": 1, "label": "Approved"}}, "color"),
        ({"dropdown": {"labels": ["Unknown"]}}, "dropdown"),
        ({"dropdown": {"labels": ["A"], "ids": [1]}}, "dropdown"),
        ({"person": {"personsAndTeams": [{"id": 70000007, "kind": "person"}]}}, "multiple-person"),
        ({"copy": {"url": "nowhere"}}, "link"), ({"last_updated": "x"}, "pulse-updated"),
        ({"span": {"from": "2026-12-01", "to": "2026-11-01"}}, "timerange"),
    ],
)  # fmt: skip
def test_a_wrong_value_refuses_the_whole_mutation(
    office: Office, values: dict[str, Any], kind: str
) -> None:
    before = len(office.ledger()["boards"][0]["items"])
    given = {"nav_key": "PI-1", **values}
    answer = office.ask(CREATE, b=office.board, n="Wrong", v=json.dumps(given))
    assert answer.status_code == 200
    body = answer.json()
    assert body["data"] == {"create_item": None}
    error = body["errors"][0]
    assert error["path"] == ["create_item"]
    assert error["extensions"]["code"] == "ColumnValueException"
    assert error["extensions"]["error_data"]["column_type"] == kind
    assert len(office.ledger()["boards"][0]["items"]) == before


def test_other_refusals_of_values(office: Office) -> None:
    given: dict[str, Any] = {"b": office.board, "n": "X"}
    broken = office.refused(CREATE, **given, v="{broken")
    assert "code" not in broken["extensions"]
    assert broken["extensions"]["problems"][0]["explanation"] == "Syntax error in JSON input"
    assert (
        "problems" in office.refused(CREATE, **given, v={"nav_key": "as an object"})["extensions"]
    )
    assert office.code(CREATE, **given, v='{"nope": "1"}') == "InvalidColumnIdException"
    long = {**given, "n": "x" * 256, "v": "{}"}
    assert office.code(CREATE, **long) == "ItemNameTooLongException"
    assert office.code(CREATE, **{**given, "b": "77"}, v="{}") == "InvalidBoardIdException"
    answer = office.change("1", {"nav_key": "x"})
    assert answer["errors"][0]["extensions"]["code"] == "ResourceNotFoundException"
    office.person("rights", items_limit=1)
    assert office.code(CREATE, **given, v="{}") == "ItemsLimitationException"


def test_missing_labels_are_made_only_when_asked_for(office: Office) -> None:
    number = office.create("PI-1")
    values = {"status": {"label": "On hold"}, "dropdown": {"labels": ["New vendor"]}}
    assert "errors" in office.change(number, values)
    revision = office.column("status")["revision"]
    assert "errors" not in office.change(number, values, l=True)
    item = office.item(number)["values"]
    assert (item["status"]["label"], item["status"]["index"]) == ("On hold", 3)
    assert item["dropdown"]["text"] == "New vendor"
    assert office.column("status")["revision"] != revision
    assert "errors" in office.change(number, {"status": {"index": 77}}, l=True)


def test_changes_keep_other_columns_and_null_clears(office: Office) -> None:
    number = office.create(
        "PI-1", {"nav_key": "PI-1", "amount": "5", "urgent": {"checked": "true"}}
    )
    office.change(number, {"amount": "6", "name": "PI-1 renamed"})
    item = office.item(number)
    assert (item["name"], item["values"]["nav_key"]["text"]) == ("PI-1 renamed", "PI-1")
    office.change(number, {"urgent": {"checked": "false"}})
    assert office.item(number)["values"]["urgent"]["checked"] is True
    office.change(number, {"urgent": None, "amount": None, "nav_key": ""})
    values = office.item(number)["values"]
    assert values["urgent"]["checked"] is False
    assert (values["amount"]["number"], values["nav_key"]["text"]) == (None, "")


def test_simple_values(office: Office) -> None:
    query = """mutation($b: ID!, $i: ID, $c: String!, $v: String) { change_simple_column_value(
      board_id: $b, item_id: $i, column_id: $c, value: $v) { id } }"""
    number = office.create("PI-1")
    for column, value in (("amount", "7.5"), ("status", "Approved"), ("due", "2026-12-01 14:05:00"),
                          ("copy", "https://a.example PI"), ("person", "70000002")):  # fmt: skip
        office.get(query, b=office.board, i=number, c=column, v=value)
    values = office.item(number)["values"]
    assert (values["amount"]["number"], values["status"]["index"]) == (7.5, 1)
    assert (values["due"]["time"], values["copy"]["url_text"]) == ("14:05:00", "PI")
    given = {"b": office.board, "i": number}
    assert office.code(query, **given, c="span", v="x") == "CorrectedValueException"
    office.get(query, **given, c="status", v="2")
    assert office.item(number)["values"]["status"]["label"] == "Rejected"
    one = """mutation($b: ID!, $i: ID, $v: JSON!) { change_column_value(board_id: $b, item_id: $i,
      column_id: "due", value: $v) { id } }"""
    office.get(one, **given, v='{"date": "2027-01-02"}')
    assert office.item(number)["values"]["due"]["text"] == "2027-01-02"


def test_aliases_run_in_order_and_one_failure_leaves_the_others(office: Office) -> None:
    number = office.create("PI-1")
    query = """mutation($b: ID!, $i: ID!, $c0: JSON!, $c1: JSON!) {
      a0: change_multiple_column_values(board_id: $b, item_id: $i, column_values: $c0) { id }
      a1: change_multiple_column_values(board_id: $b, item_id: 5, column_values: $c1) { id }
      a2: change_multiple_column_values(board_id: $b, item_id: $i, column_values: $c1) { id } }"""
    answer = office.ask(query, b=office.board, i=number, c0='{"amount":"1"}', c1='{"amount":"2"}')
    body = answer.json()
    assert body["data"] == {"a0": {"id": number}, "a1": None, "a2": {"id": number}}
    assert [one["path"] for one in body["errors"]] == [["a1"]]
    assert office.item(number)["values"]["amount"]["number"] == 2


def test_items_by_id_are_cut_at_25_and_the_missing_are_absent(office: Office) -> None:
    numbers = [office.create(f"PI-{number}") for number in range(26)]
    assert len(office.get("query($i: [ID!]) { items(ids: $i) { id } }", i=numbers)["items"]) == 25
    query = "query($i: [ID!]) { items(ids: $i, limit: 100, exclude_nonactive: true) { id state } }"
    assert len(office.get(query, i=[*numbers, "1"])["items"]) == 26
    office.person("delete", item=numbers[0])
    assert len(office.get(query, i=numbers)["items"]) == 25
    assert office.item(numbers[0])["state"] == "deleted"
    assert office.code(query, i=[str(one) for one in range(101)]) == "InvalidArgumentException"


def test_pages_end_with_no_cursor_and_a_cursor_lives_an_hour(office: Office) -> None:
    for number in range(4):
        office.create(f"PI-{number}")
    page = office.get(PAGE, b=[office.board], l=5)["boards"][0]["items_page"]
    assert (len(page["items"]), bool(page["cursor"])) == (5, True)
    last = office.get(NEXT, c=page["cursor"], l=5)["next_items_page"]
    assert (len(last["items"]), last["cursor"]) == (2, None)
    office.later(3601)
    assert office.code(NEXT, c=page["cursor"], l=5) == "CursorExpiredException"
    assert office.code(PAGE, b=[office.board], l=501) == "InvalidArgumentException"
    both = """query($b: [ID!], $c: String) { boards(ids: $b) { items_page(cursor: $c,
      query_params: {rules: []}) { cursor } } }"""
    assert office.code(both, b=[office.board], c=page["cursor"]) == "InvalidArgumentException"


def test_rules_find_what_they_find_and_silently_miss_the_rest(office: Office) -> None:
    office.create("PI-1", {
        "nav_key": "PI-1", "amount": "100", "due": {"date": "2026-12-01"}, "status": {"index": 1},
        "dropdown": {"ids": [2]},
        "person": {"personsAndTeams": [{"id": 70000002, "kind": "person"}]},
    })  # fmt: skip
    office.create("PI-2", {"nav_key": "PI-2", "amount": "50"})
    assert found(office, rule("nav_key", ["pi-1", "PI-2"])) == ["PI-1", "PI-2"]
    assert found(office, rule("nav_key", "i-1", "contains_text")) == ["PI-1"]
    assert found(office, rule("status", [1]), rule("group", ["topics"])) == ["PI-1"]
    assert "PI-2" in found(office, rule("status", [5]))
    assert found(office, rule("dropdown", [2])) == ["PI-1"]
    assert found(office, rule("amount", 60, "greater_than")) == ["PI-1"]
    assert found(office, rule("due", ["EXACT", "2026-12-01"])) == ["PI-1"]
    assert found(office, rule("due", ["2026-12-01", "2026-12-31"], "between")) == ["PI-1"]
    assert found(office, rule("due", ["2026-12-01"])) == []
    assert found(office, rule("due", ["2026-12-01"], "between")) == []
    assert found(office, rule("person", ["person-70000002"]), rule("nav_key", ["PI-1"])) == ["PI-1"]
    assert found(office, rule("person", [70000002])) == []
    assert found(office, rule("nav_key", [], "is_not_empty")) == ["PI-1", "PI-2"]
    rules = (rule("nav_key", ["PI-1"]), rule("amount", [50]))
    assert found(office, *rules, operator="or") == ["PI-1", "PI-2"]
    order = {"order_by": [{"column_id": "amount", "direction": "asc"}]}
    assert found(office, rule("nav_key", [], "is_not_empty"), **order) == ["PI-2", "PI-1"]


def test_a_mirror_cannot_be_filtered_or_written(office: Office) -> None:
    office.add_column("mirror", "far")
    error = office.ask(PAGE, b=[office.board], l=5, q={"rules": [rule("far", ["x"])]}).json()
    assert error["data"]["boards"] == [None]
    assert error["errors"][0]["extensions"]["code"] == "InvalidColumnTypeException"
    assert "errors" in office.change(office.create("PI-1"), {"far": "x"})


def test_the_search_by_key_takes_the_whole_value_in_any_case(office: Office) -> None:
    first = office.create("PI-1", {"nav_key": "PI-1"})
    office.create("PI-10", {"nav_key": "PI-10"})
    rows = office.get(BY_KEY, b=office.board, k=["pi-1"])["items_page_by_column_values"]["items"]
    assert [one["id"] for one in rows] == [first]
    office.person("copy", item=first)
    rows = office.get(BY_KEY, b=office.board, k=["PI-1"])["items_page_by_column_values"]["items"]
    assert len(rows) == 2
    assert len(office.ledger(key="nav_key")["boards"][0]["duplicates"]["nav_key"]["PI-1"]) == 2
    by_time = BY_KEY.replace('"nav_key"', '"last_updated"')
    assert office.code(by_time, b=office.board, k=["x"]) == "InvalidColumnTypeException"


def test_the_search_may_lag_behind(office: Office) -> None:
    office.settle(search_lag=30)
    office.create("PI-1", {"nav_key": "PI-1"})
    ask: dict[str, Any] = {"b": office.board, "k": ["PI-1"]}
    assert office.get(BY_KEY, **ask)["items_page_by_column_values"]["items"] == []
    office.later(31)
    assert len(office.get(BY_KEY, **ask)["items_page_by_column_values"]["items"]) == 1


def test_links_between_boards_read_null_in_text_and_value(office: Office) -> None:
    board = office.board
    target = office.create("Vendor card")
    office.add_column("board_relation", "vendor", d={"boardIds": [int(board)]})
    number = office.create("PI-1")
    office.change(number, {"vendor": {"item_ids": [int(target)]}})
    value = office.item(number)["values"]["vendor"]
    assert (value["text"], value["value"]) == (None, None)
    assert value["linked_item_ids"] == [target]
    assert "errors" in office.change(number, {"vendor": {"item_ids": [target]}})


def test_moving_archiving_and_deleting(office: Office) -> None:
    number = office.create("PI-1")
    move = """mutation($i: ID, $g: String!) { move_item_to_group(item_id: $i, group_id: $g) {
      group { id } } }"""
    assert office.get(move, i=number, g="group_done")["move_item_to_group"]["group"]["id"]
    assert office.code(move, i=number, g="nowhere") == "InvalidGroupIdException"
    drop = "mutation($i: ID) { delete_item(item_id: $i) { id state } }"
    assert office.get(drop, i=number)["delete_item"]["state"] == "deleted"
    assert office.code(drop, i=number) == "ResourceNotFoundException"
    other = office.create("PI-2")
    office.person("archive", item=other)
    assert "errors" in office.change(other, {"amount": "1"})
    office.person("restore", item=other)
    assert "errors" not in office.change(other, {"amount": "1"})


def test_subitems_have_a_board_of_their_own(office: Office) -> None:
    make = """mutation($p: ID!, $n: String!) { create_subitem(parent_item_id: $p, item_name: $n) {
      id board { id name } parent_item { id } } }"""
    parent = office.create("PI-1")
    first = office.get(make, p=parent, n="Line 1")["create_subitem"]
    second = office.get(make, p=parent, n="Line 2")["create_subitem"]
    assert first["board"] == second["board"]
    assert first["board"]["id"] != office.board
    assert first["parent_item"]["id"] == parent
    query = "query($i: [ID!]) { items(ids: $i) { subitems { id name } } }"
    assert len(office.get(query, i=[parent])["items"][0]["subitems"]) == 2


def test_updates_are_html_and_have_replies(office: Office) -> None:
    number = office.create("PI-1")
    made = office.get(UPDATE, i=number, t="<p>Posted &amp; paid<br>today</p>")["create_update"]
    assert made["text_body"] == "Posted & paid\ntoday"
    assert made["creator_id"] == office.facts["user_id"]
    office.get(UPDATE, t="Thanks", p=made["id"])
    query = """query($i: [ID!]) { items(ids: $i) { updates(limit: 5) { id body
      replies { body } } } }"""
    updates = office.get(query, i=[number])["items"][0]["updates"]
    assert [one["body"] for one in updates[0]["replies"]] == ["Thanks"]
    assert office.code(UPDATE, i="3", t="x") == "ResourceNotFoundException"
    edit = "mutation($i: ID!, $t: String!) { edit_update(id: $i, body: $t) { body } }"
    office.get(edit, i=made["id"], t="Changed")
    drop = "mutation($i: ID!) { delete_update(id: $i) { id } }"
    office.get(drop, i=made["id"])
    assert office.get("{ updates(limit: 10) { id } }")["updates"] == []


def test_the_activity_log_tells_who_changed_what(office: Office) -> None:
    number = office.create("PI-1")
    office.person("status", item=number, status="Approved", user="Rosa Delgado")
    query = """query($b: [ID!], $i: [ID!]) { boards(ids: $b) { activity_logs(item_ids: $i) {
      event user_id data created_at } } }"""
    logs = office.get(query, b=[office.board], i=[number])["boards"][0]["activity_logs"]
    assert [one["event"] for one in logs] == ["update_column_value", "create_pulse"]
    assert logs[0]["user_id"] == "70000003"
    assert json.loads(logs[0]["data"])["value"]["label"]["text"] == "Approved"
    assert len(logs[0]["created_at"]) == 17


def test_people_change_the_board_under_the_integration(office: Office) -> None:
    number = office.create("PI-1", {"nav_key": "PI-1", "status": {"index": 1}})
    office.person("value", item=number, column="amount", value="12")
    office.person("rename", item=number, name="PI-1 urgent")
    office.person("move", item=number, group="Done")
    office.person("label", column="status", label="Approved", to="Okay")
    office.person("rename_column", column="amount", to="Net")
    office.person("item", name="By hand", values={"amount": "3"})
    office.person("update", item=number, body="Looks <b>fine</b>", user="Rosa Delgado")
    item = office.item(number)
    assert (item["name"], item["group"]["id"]) == ("PI-1 urgent", "group_done")
    assert item["values"]["status"]["label"] == "Okay"
    row = next(one for one in office.ledger()["boards"][0]["items"] if one["id"] == int(number))
    assert row["texts"]["amount"] == "12"
    assert row["updates"][0]["text"] == "Looks fine"
    office.person("delete_column", column="amount")
    assert office.change(number, {"amount": "1"})["errors"][0]["extensions"]["code"] == (
        "InvalidColumnIdException"
    )
    assert CHANGE
