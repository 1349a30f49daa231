"""A small Procore for stories: a stand-in in threads, a signed-in client, a webhook receiver."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import requests

from .contract import Contract, find_specs
from .procore import ProcoreSimulator
from .server import wait_for

Body = Any
WIDE = {"spike": 100_000, "hourly": 1_000_000}


@cache
def the_contract() -> Contract | None:
    """The vendor's description, where it is present."""
    specs = find_specs()
    return Contract(specs / ProcoreSimulator.spec_file) if specs else None


class Office:
    """A contractor with two jobs, three cost codes and one vendor; and whoever calls the API."""

    def __init__(self, company: str = "empty", state: Path | None = None) -> None:
        self.simulator = ProcoreSimulator(company=company, state_dir=state)
        contract = the_contract()
        if contract:
            self.simulator.check_with(contract)
        self.simulator.start()
        self.session = requests.Session()
        self.url, self.facts = self.simulator.url, self.simulator.ready()
        self.company = self.facts["company_id"]
        self.control("POST", "limits", WIDE)
        self.sign_in()
        if company == "empty" and not self.simulator.table("projects"):
            self.furnish()

    def furnish(self) -> None:
        divisions: list[tuple[str, str, list[str]]] = [
            ("03", "Concrete", ["100", "300"]), ("26", "Power", []),
        ]  # fmt: skip
        self.simulator.fill_standard_codes(divisions)
        for code, name, base in (("M", "Materials", "materials"), ("S", "Subs", "commitment")):
            self.control("POST", "procore/line_item_types", {
                "csv_import_code": code, "name": name, "base_type": base,
            })  # fmt: skip
        for number in ("P-1", "P-2"):
            self.control("POST", "procore/projects", {
                "name": f"Job {number}", "project_number": number, "permitted": True,
            })  # fmt: skip
        self.control("POST", "procore/vendors", {"name": "Acme GmbH"})
        self.control("DELETE", "requests")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        self.session.close()
        found = self.control("GET", "violations").json()["found"]
        self.simulator.stop()
        wrong = [row["message"] for row in found if row["message"].startswith("Answer")]
        assert failed[0] or not wrong, wrong[:5]

    # The API.

    def token(self) -> str:
        answer = requests.post(f"{self.url}/oauth/token", json={
            "grant_type": "client_credentials", "client_id": self.facts["client_id"],
            "client_secret": self.facts["client_secret"],
        }, timeout=10)  # fmt: skip
        token: str = answer.json()["access_token"]
        return token

    def sign_in(self) -> None:
        self.session.headers["Authorization"] = f"Bearer {self.token()}"
        self.session.headers["Procore-Company-Id"] = self.company

    def ask(self, method: str, path: str, body: Body = None, **query: Any) -> requests.Response:
        """A path under /rest, given from the version on."""
        url = f"{self.url}/rest/{path}"
        return self.session.request(method, url, params=query, json=body, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        """What a GET must answer with 200."""
        answer = self.ask("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Body, **query: Any) -> Any:
        """What a write must answer with success."""
        answer = self.ask(method, path, body, **query)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def sync(self, path: str, updates: list[Any], **scope: Any) -> Any:
        return self.send("PATCH", f"{path}/sync", {**scope, "updates": updates})

    # The controls.

    def control(self, method: str, path: str, body: Body = None) -> requests.Response:
        url = f"{self.url}/control/{path}"
        answer = requests.request(method, url, json=body, timeout=10)
        assert answer.ok, answer.text
        return answer

    def story(self, collection: str, **data: Any) -> Any:
        """Somebody makes a document in Procore's pages."""
        return self.control("POST", f"procore/{collection}", data).json()

    def change(self, collection: str, number: int, **data: Any) -> Any:
        return self.control("PATCH", f"procore/{collection}/{number}", data).json()

    def delete(self, collection: str, number: int) -> None:
        self.control("DELETE", f"procore/{collection}/{number}")

    def refused(self, method: str, path: str, body: Body = None) -> tuple[int, Any]:
        """What a control says when a rule of Procore forbids it."""
        url = f"{self.url}/control/procore/{path}"
        answer = requests.request(method, url, json=body, timeout=10)
        assert not answer.ok
        return answer.status_code, answer.json()["errors"]

    def faults(self, *rules: dict[str, Any], seed: int = 1) -> None:
        self.control("POST", "faults", {"seed": seed, "rules": list(rules)})

    def clock(self, **data: float) -> None:
        self.control("POST", "clock", data)

    # Shortcuts.

    def project(self, number: str = "P-1") -> int:
        return int(self.simulator.named_project(number)["id"])

    def vendor(self) -> int:
        return int(self.simulator.named_vendor("Acme GmbH")["id"])

    def cost_code(self, code: str = "03-100", number: str = "P-1") -> int:
        project = self.project(number)
        rows = self.simulator.rows("cost_codes", project_id=project, full_code=code)
        return int(rows[0]["id"])

    def subcontract(self, *amounts: str, project: str = "P-1", **more: Any) -> Any:
        lines = [
            {"cost_code": "03-100", "cost_type": "S", "amount": amount, "description": "Footings"}
            for amount in amounts
        ]
        return self.story("work_order_contracts", **{
            "project": project, "vendor": "Acme GmbH", "lines": lines, "status": "Approved",
            "retainage_percent": "10", "title": "Concrete", **more,
        })  # fmt: skip


class Receiver:
    """An HTTP server that keeps what webhooks bring."""

    def __init__(self) -> None:
        self.status, self.got = 204, list[tuple[dict[str, str], Any]]()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), json.loads(body)))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook/abc?x=1"

    def bodies(self) -> list[Any]:
        return [body for _, body in self.got]

    def waits_for(self, count: int, seconds: float = 10) -> list[Any]:
        wait_for(lambda: len(self.got) >= count, seconds)
        return self.bodies()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def an_office() -> Iterator[Office]:
    """For fixtures."""
    with Office() as office:
        yield office
