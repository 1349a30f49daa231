"""A small monday.com for stories: a stand-in in threads, its callers, and who gets webhooks."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import requests
from graphql import GraphQLSchema, build_schema, parse, validate

from ..contract import find_specs
from ..server import wait_for
from . import site
from .simulator import MondaySimulator

SPEC = "monday-schema.graphql"
STRUCTURE = """query($b: [ID!]) { boards(ids: $b) { id name state groups { id title color }
  columns { id title type archived revision settings } } }"""
ITEMS = """query($i: [ID!]) { items(ids: $i, limit: 100) { id name state group { id }
  column_values { id type text value
    ... on StatusValue { index label is_done } ... on DropdownValue { values { id label } }
    ... on NumbersValue { number } ... on DateValue { date time }
    ... on PeopleValue { persons_and_teams { id kind } } ... on LinkValue { url url_text }
    ... on CheckboxValue { checked } ... on BoardRelationValue { linked_item_ids } } } }"""
CREATE = """mutation($b: ID!, $n: String!, $g: String, $v: JSON, $l: Boolean) {
  create_item(board_id: $b, item_name: $n, group_id: $g, column_values: $v,
    create_labels_if_missing: $l) { id name } }"""
CHANGE = """mutation($b: ID!, $i: ID!, $v: JSON!, $l: Boolean) {
  change_multiple_column_values(board_id: $b, item_id: $i, column_values: $v,
    create_labels_if_missing: $l) { id name } }"""
COLUMN = """mutation($b: ID!, $t: String!, $k: ColumnType!, $i: String, $d: JSON) {
  create_column(board_id: $b, title: $t, column_type: $k, id: $i, defaults: $d)
    { id type revision settings } }"""
HOOK = """mutation($b: ID!, $u: String!, $e: WebhookEventType!, $c: JSON) {
  create_webhook(board_id: $b, url: $u, event: $e, config: $c) { id board_id event config } }"""


@cache
def the_schema() -> GraphQLSchema | None:
    """The vendor's own schema, where it is present."""
    specs = find_specs()
    return build_schema((specs / SPEC).read_text()) if specs else None


@cache
def check(query: str) -> None:
    """A query of a test is one that monday.com takes too."""
    schema = the_schema()
    wrong = validate(schema, parse(query)) if schema else []
    assert not wrong, wrong


class Office:
    """Whoever calls the API, and the people in front of the boards."""

    def __init__(self, company: str = "demo", state: Path | None = None) -> None:
        self.simulator = MondaySimulator(company=company, state_dir=state).start()
        self.url, self.facts = self.simulator.url, self.simulator.ready()
        self.board, self.token = self.facts["board_id"], self.facts["token"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        self.simulator.stop()

    # The API.

    def ask(
        self, query: str, checked: bool = True, headers: dict[str, str] | None = None, **given: Any
    ) -> requests.Response:
        """Posts a document; keywords are its variables."""
        if checked:
            check(query)
        fields = {"Authorization": self.token, "API-Version": site.CURRENT, **(headers or {})}
        body = {"query": query, "variables": given}
        return requests.post(f"{self.url}/v2", json=body, headers=fields, timeout=10)

    def get(self, query: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
        """What must succeed."""
        answer = self.ask(query, headers=headers, **given)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def refused(self, query: str, headers: dict[str, str] | None = None, **given: Any) -> Any:
        """The first error of what must be refused."""
        return self.ask(query, headers=headers, **given).json()["errors"][0]

    def code(self, query: str, **given: Any) -> Any:
        return self.refused(query, **given)["extensions"].get("code")

    def structure(self) -> Any:
        return self.get(STRUCTURE, b=[self.board])["boards"][0]

    def column(self, name: str) -> Any:
        return next(one for one in self.structure()["columns"] if one["id"] == name)

    def add_column(self, kind: str, name: str, **more: Any) -> Any:
        given = {"b": self.board, "t": name.title(), "k": kind, "i": name, **more}
        return self.get(COLUMN, **given)["create_column"]

    def create(self, name: str, values: Any = None, **more: Any) -> str:
        given = {"b": self.board, "n": name, "v": json.dumps(values or {}), **more}
        number: str = self.get(CREATE, **given)["create_item"]["id"]
        return number

    def change(self, item: str, values: Any, **more: Any) -> Any:
        given = {"b": self.board, "i": item, "v": json.dumps(values), **more}
        return self.ask(CHANGE, **given).json()

    def item(self, number: str) -> Any:
        """With its values by column id."""
        row = self.get(ITEMS, i=[number])["items"][0]
        return {**row, "values": {one["id"]: one for one in row["column_values"]}}

    def hook(self, url: str, event: str, config: Any = None, **more: Any) -> Any:
        given = {"b": self.board, "u": url, "e": event, **more}
        if config is not None:
            given["c"] = json.dumps(config)
        return self.get(HOOK, **given)["create_webhook"]

    # The controls.

    def control(self, method: str, path: str, body: Any = None) -> requests.Response:
        answer = requests.request(method, f"{self.url}/control/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer

    def person(self, act: str, **data: Any) -> Any:
        """Somebody does something in monday's own pages."""
        return self.control("POST", f"monday/{act}", data).json()

    def settle(self, **data: Any) -> None:
        self.control("POST", "monday/settings", data)

    def limit(self, **data: Any) -> None:
        self.control("POST", "limits", data)

    def trouble(self, name: str, **data: Any) -> None:
        self.control("POST", "monday/trouble", {"name": name, **data})

    def faults(self, *rules: dict[str, Any], seed: int = 1) -> None:
        self.control("POST", "faults", {"seed": seed, "rules": list(rules)})

    def later(self, seconds: float) -> None:
        self.control("POST", "monday/advance", {"seconds": seconds})

    def ledger(self, **query: str) -> Any:
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return self.control("GET", f"ledger?{text}").json()


class Receiver:
    """An HTTP server that answers challenges and keeps what webhooks bring."""

    def __init__(self) -> None:
        self.status, self.answers = 200, "challenge"
        self.when_asked: Callable[[], object] = lambda: None
        self.got, self.asked = list[tuple[dict[str, str], Any]](), list[Any]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                challenge = "challenge" in body
                if challenge:
                    receiver.asked.append(body)
                    receiver.when_asked()
                    body = body if receiver.answers == "challenge" else {"challenge": "wrong"}
                else:
                    receiver.got.append((dict(self.headers), body["event"]))
                self.send_response(200 if challenge else receiver.status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode() if challenge else b"")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hooks/monday?secret=x1"

    def waits_for(self, count: int, seconds: float = 10) -> list[Any]:
        wait_for(lambda: len(self.got) >= count, seconds)
        return [event for _, event in self.got]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def an_office(company: str = "demo") -> Iterator[Office]:
    """For fixtures."""
    with Office(company) as office:
        yield office
