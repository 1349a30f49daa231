"""`$batch` of F&O: multipart, atomic change sets, a 429 inside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.simulators.fo.story import KRB, Environment, invoice_line

Write = tuple[str, dict[str, Any]]
STATUS = re.compile(r"HTTP/1\.1 (\d+)")


@pytest.fixture(scope="module")
def shared() -> Iterator[Environment]:
    started = Environment(company="demo")
    yield started
    started.close()


@pytest.fixture
def fo(shared: Environment) -> Environment:
    shared.again()
    return shared


def operation(fo: Environment, verb: str, path: str, number: int, body: Any = None) -> str:
    text = "" if body is None else json.dumps(body)
    return (
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        f"Content-ID: {number}\r\n\r\n{verb} {fo.root}/{path} HTTP/1.1\r\n"
        "Content-Type: application/json;odata.metadata=minimal;charset=UTF-8\r\n\r\n"
        f"{text}\r\n"
    )


def change_set(fo: Environment, *writes: Write) -> str:
    inner = "".join(
        f"--changeset_c1\r\n{operation(fo, 'POST', path, at, {**KRB, **body})}"
        for at, (path, body) in enumerate(writes, 1)
    )
    head = "Content-Type: multipart/mixed; boundary=changeset_c1\r\n\r\n"
    return f"{head}{inner}--changeset_c1--\r\n"


def send(fo: Environment, *parts: str) -> requests.Response:
    body = "".join(f"--batch_b1\r\n{part}" for part in parts) + "--batch_b1--\r\n"
    kind = {"Content-Type": "multipart/mixed; boundary=batch_b1"}
    return fo.call("POST", "$batch", data=body.encode(), headers=kind)


def statuses(answer: requests.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=batchresponse_")
    return [int(found) for found in STATUS.findall(answer.text)]


def head(reference: str, **changes: Any) -> Write:
    return "VendorInvoiceHeaders", {
        "HeaderReference": reference, "InvoiceNumber": f"A-{reference}",
        "InvoiceAccount": "V10124", "Currency": "USD", **changes,
    }  # fmt: skip


def line(reference: str, number: int = 1, **changes: Any) -> Write:
    return "VendorInvoiceLines", {**invoice_line(reference, number), **changes}


def references(fo: Environment) -> list[str]:
    rows = fo.rows("VendorInvoiceHeaders", filter="HeaderReference eq 'PC-*'")
    return [row["HeaderReference"] for row in rows]


def test_header_and_lines_in_one_change_set(fo: Environment) -> None:
    answer = send(fo, change_set(fo, head("PC-1"), line("PC-1"), line("PC-1", 2)))
    assert statuses(answer) == [201, 201, 201]
    assert [int(n) for n in re.findall(r"Content-ID: (\d+)", answer.text)] == [1, 2, 3]
    assert len(fo.rows("VendorInvoiceLines", filter="HeaderReference eq 'PC-1'")) == 2


def test_a_change_set_is_all_or_nothing(fo: Environment) -> None:
    bad = line("PC-1", 2, ProcurementCategoryName="Nonsense")
    answer = send(fo, change_set(fo, head("PC-1"), line("PC-1"), bad))
    assert statuses(answer) == [400]  # one answer for the whole set
    assert "Content-ID: 3" in answer.text
    assert "Procurement categories" in answer.text
    assert references(fo) == []


def test_sets_stand_alone(fo: Environment) -> None:
    answer = send(
        fo,
        change_set(fo, head("PC-1")),
        change_set(fo, head("PC-2", InvoiceAccount="NONE")),
        change_set(fo, head("PC-3")),
        operation(fo, "GET", "VendorInvoiceHeaders/$count?cross-company=true", 9),
    )
    assert statuses(answer) == [201, 400, 201, 200]
    assert references(fo) == ["PC-1", "PC-3"]


def test_reads_come_with_their_query(fo: Environment) -> None:
    path = "VendorsV3?cross-company=true&$filter=VendorAccountNumber%20eq%20'V10124'"
    answer = send(fo, operation(fo, "GET", f"{path}&$select=VendorAccountNumber", 1))
    assert statuses(answer) == [200]
    assert "V10124" in answer.text


def test_a_write_outside_a_set_is_refused(fo: Environment) -> None:
    answer = send(fo, operation(fo, "POST", "VendorInvoiceHeaders", 1, {}))
    assert answer.status_code == 400


def test_too_many_operations(fo: Environment) -> None:
    fo.settings(batch=2)
    assert statuses(send(fo, change_set(fo, head("PC-1"), head("PC-2")))) == [201, 201]
    answer = send(fo, change_set(fo, head("PC-3"), head("PC-4"), head("PC-5")))
    fo.refused(answer, "too many operations")
    assert references(fo) == ["PC-1", "PC-2"]


def test_the_limit_is_five_thousand(fo: Environment) -> None:
    assert fo.control("GET", "fo/settings")["batch"] == 5000


def test_a_429_inside_a_200(fo: Environment) -> None:
    fo.settings(batch_throttle=1, retry_after=7)
    answer = send(fo, change_set(fo, head("PC-1")), change_set(fo, head("PC-2")))
    assert statuses(answer) == [201, 429]
    assert "Retry-After: 7" in answer.text
    assert references(fo) == ["PC-1"]


def test_it_must_be_multipart(fo: Environment) -> None:
    assert fo.call("POST", "$batch", json={"requests": []}).status_code == 415


def test_attempts_inside_are_counted(fo: Environment) -> None:
    send(fo, change_set(fo, ("GeneralJournalAccountEntries", {})))
    assert fo.control("GET", "fo/writes")["read_only"] == 1
