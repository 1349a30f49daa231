"""Jobs of monday.com's stand-in: CSV files that create and update, and bulk deletion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .monday.office import Office, an_office

INGEST = """mutation($b: ID!, $m: OnMatchInput) { ingest_items(board_id: $b, group_id: "topics",
  on_match: $m) { job_id upload_url } }"""
STATUS = """query($j: ID!) { fetch_job_status(job_id: $j) { ... on ItemsJobStatus { status
  counts { submitted invalid skipped created updated failed } fully_imported failure_reason
  report_url } } }"""
MATCH = {"match_column_id": "nav_key", "behaviour": "UPSERT"}


@pytest.fixture
def office() -> Iterator[Office]:
    for office in an_office():
        office.add_column("text", "nav_key")
        office.add_column("numbers", "amount")
        yield office


def ingested(office: Office, text: str, match: Any = None) -> Any:
    job = office.get(INGEST, b=office.board, m=match)["ingest_items"]
    pending = office.get(STATUS, j=job["job_id"])["fetch_job_status"]
    assert pending["status"] == "UPLOAD_PENDING"
    headers = {"Content-Type": "text/csv"}
    answer = requests.put(job["upload_url"], data=text.encode(), headers=headers, timeout=10)
    assert (answer.status_code, bool(answer.headers["ETag"])) == (200, True)
    return office.get(STATUS, j=job["job_id"])["fetch_job_status"]


def test_a_file_creates_and_updates_by_a_column(office: Office) -> None:
    old = office.create("PI-1", {"nav_key": "PI-1", "amount": "1", "status": {"index": 0}})
    text = (
        "name,nav_key,amount,status\n"
        'PI-1 new,PI-1,2.50,<NULL>\n"PI-2, Acme",PI-2,,Approved\nPI-3,PI-3,5,approved\n'
    )
    done = ingested(office, text, MATCH)
    assert done["status"] == "COMPLETED"
    assert done["counts"] == {
        "submitted": 3, "invalid": 1, "skipped": 0, "created": 1, "updated": 1, "failed": 0,
    }  # fmt: skip
    assert done["fully_imported"] is False
    values = office.item(old)["values"]
    assert (values["amount"]["number"], values["status"]["label"]) == (2.5, None)
    names = [one["name"] for one in office.ledger()["boards"][0]["items"]]
    assert "PI-2, Acme" in names
    assert "3,invalid" in requests.get(done["report_url"], timeout=10).text


def test_a_file_without_a_name_is_rejected_and_a_late_one_refused(office: Office) -> None:
    assert ingested(office, "nav_key\nPI-1\n")["failure_reason"] == "INVALID_UPLOAD"
    job = office.get(INGEST, b=office.board)["ingest_items"]
    office.later(601)
    late = requests.put(
        job["upload_url"], data=b"name\nx\n", headers={"Content-Type": "text/csv"}, timeout=10
    )
    assert late.status_code == 403


def test_many_items_are_deleted_by_a_job(office: Office) -> None:
    numbers = [office.create(f"PI-{one}") for one in range(3)]
    query = """mutation($b: ID!, $i: [ID!]!) { bulk_delete_items(board_id: $b, item_ids: $i) {
      job_id } }"""
    office.settle(job_seconds=30)
    job = office.get(query, b=office.board, i=[*numbers, "1"])["bulk_delete_items"]["job_id"]
    ask = "query($j: ID!) { job_status(job_id: $j) { status result { total succeeded failed } } }"
    assert office.get(ask, j=job)["job_status"]["status"] == "RUNNING"
    office.later(31)
    found = office.get(ask, j=job)["job_status"]
    assert found == {"status": "COMPLETED", "result": {"total": 4, "succeeded": 3, "failed": 1}}
    assert office.item(numbers[0])["state"] == "deleted"
