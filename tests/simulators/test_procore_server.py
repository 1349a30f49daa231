"""Faults, kept state, the ready line and the end of the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from .messages import dumps, loads
from .procore_office import Office, an_office
from .server import wait_for

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def office() -> Iterator[Office]:
    yield from an_office()


def make(office: Office, name: str = "New") -> requests.Response:
    body = {"company_id": int(office.company), "vendor": {"name": name}}
    return office.ask("POST", "v1.0/vendors", body)


def vendor_names(office: Office) -> list[str]:
    return [row["name"] for row in office.simulator.rows("vendors")]


def test_decimals_are_written_with_all_their_digits() -> None:
    value = {"a": Decimal("0.10"), "b": Decimal("1E+3"), "c": "x"}
    assert dumps(value) == '{"a": 0.10, "b": 1000, "c": "x"}'
    assert loads('{"a": 1234567890123.45}')["a"] == Decimal("1234567890123.45")


def test_a_status_is_answered_so_often_and_no_more(office: Office) -> None:
    office.faults({"action": "status", "status": 503, "path": "/vendors", "times": 2, "skip": 1,
                   "headers": {"Retry-After": "7"}, "body": {"message": "busy"}})  # fmt: skip
    answers = [make(office) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [201, 503, 503, 201]
    assert answers[1].headers["Retry-After"] == "7"
    assert answers[1].json() == {"message": "busy"}
    office.faults({"action": "status", "status": 429, "method": "GET"})
    assert make(office).status_code == 201
    assert "Retry-After" not in office.ask("GET", "v1.0/me").headers


def test_a_connection_is_cut_before_or_after_the_commit(office: Office) -> None:
    for action, kept in (("cut_before", False), ("cut_after", True)):
        office.faults({"action": action, "method": "POST"})
        with pytest.raises(requests.ConnectionError):
            make(office, action)
        assert (action in vendor_names(office)) is kept


def test_a_slow_answer_comes(office: Office) -> None:
    office.faults({"action": "slow", "seconds": 0.3})
    began = time.monotonic()
    assert office.ask("GET", "v1.0/me").status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_token_is_revoked_in_mid_batch(office: Office) -> None:
    office.faults({"action": "revoke_tokens", "path": "/vendors"})
    assert make(office).status_code == 401
    office.sign_in()
    assert make(office).status_code == 201


@pytest.mark.parametrize(("action", "kept"), [("park_before", False), ("park_after", True)])
def test_a_request_is_held_until_released(office: Office, action: str, kept: bool) -> None:
    office.faults({"action": action, "method": "POST"})
    answers = list[requests.Response]()
    thread = threading.Thread(target=lambda: answers.append(make(office, "Held")))
    thread.start()
    parked = wait_for(lambda: office.control("GET", "parked").json())
    assert parked[0]["client_port"] > 0
    assert parked[0]["path"] == "/rest/v1.0/vendors"
    assert ("Held" in vendor_names(office)) is kept
    office.control("POST", "release", {"id": parked[0]["id"]})
    thread.join(5)
    assert answers[0].status_code == 201
    assert office.control("GET", "parked").json() == []


def test_a_held_request_may_be_cut(office: Office) -> None:
    office.faults({"action": "park_after", "method": "POST"})
    failed = list[Exception]()

    def call() -> None:
        try:
            make(office)
        except requests.ConnectionError as error:
            failed.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    wait_for(lambda: office.control("GET", "parked").json())
    office.control("POST", "release", {"cut": True})
    thread.join(5)
    assert failed


def test_chance_is_the_same_for_the_same_seed(office: Office) -> None:
    def pattern(seed: int) -> list[int]:
        office.faults({"action": "status", "status": 502, "times": None, "probability": 0.5},
                      seed=seed)  # fmt: skip
        return [office.ask("GET", "v1.0/me").status_code for _ in range(12)]

    assert pattern(7) == pattern(7) != pattern(8)
    office.control("DELETE", "faults")
    assert office.ask("GET", "v1.0/me").status_code == 200


def test_a_rule_without_sense_is_refused(office: Office) -> None:
    answer = requests.post(
        f"{office.url}/control/faults", json={"rules": [{"action": "explode"}]}, timeout=5
    )
    assert answer.status_code == 400


def test_a_failed_story_leaves_no_half(office: Office) -> None:
    before = dumps([row["id"] for row in office.simulator.rows("vendors")])
    office.refused("POST", "vendors", {"name": "Half", "projects": ["P-404"]})
    assert dumps([row["id"] for row in office.simulator.rows("vendors")]) == before


def test_reset_begins_anew(office: Office) -> None:
    make(office)
    office.clock(offset=500)
    office.control("POST", "reset")
    assert office.control("GET", "clock").json()["offset"] < 1
    assert office.simulator.rows("vendors") == []
    assert office.control("GET", "requests").json()["total"] == 0


def test_the_state_outlives_the_process(tmp_path: Path) -> None:
    with Office(state=tmp_path) as office:
        make(office, "Kept")
        office.clock(offset=100)
        token = office.session.headers["Authorization"]
    with Office(state=tmp_path) as office:
        office.session.headers["Authorization"] = token
        assert "Kept" in {row["name"] for row in office.get(
            "v1.0/vendors", company_id=office.company)}  # fmt: skip
        assert office.control("GET", "clock").json()["offset"] > 99


def test_a_change_is_saved_within_a_second(tmp_path: Path) -> None:
    with Office(state=tmp_path) as office:
        file = tmp_path / "procore.pickle"
        make(office, "Słów")
        wait_for(lambda: file.exists() and "Słów".encode() in file.read_bytes(), 2)


def test_chunked_bodies_are_read(office: Office) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"company_id": ' + office.company.encode()
        yield b', "vendor": {"name": "Chunk"}}'

    headers = {"Content-Type": "application/json"}
    url = f"{office.url}/rest/v1.0/vendors"
    assert office.session.post(url, data=chunks(), headers=headers, timeout=5).status_code == 201


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.simulators", "--only", "procore", *arguments]


def ready(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout
    line: dict[str, Any] = json.loads(process.stdout.readline())["procore"]
    return line


def test_the_program_says_where_it_is_and_ends_cleanly(tmp_path: Path) -> None:
    arguments = command("--state", str(tmp_path), "--company", "empty", "--public-url", "http://me")
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        facts = ready(process)
        assert set(facts) >= {
            "api_url", "login_url", "client_id", "client_secret", "company_id", "control_url",
        }  # fmt: skip
        assert facts["api_url"].startswith("http://me:")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert (tmp_path / "procore.pickle").exists()


def test_the_program_ends_when_its_parent_dies() -> None:
    script = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen({command('--company', 'empty')!r}, stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); print(p.pid, flush=True); time.sleep(60)\n"
    )
    arguments = [sys.executable, "-c", script]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()
    wait_for(lambda: not running(child))


def running(number: int) -> bool:
    try:
        os.kill(number, 0)
        return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
