"""Jobs: items from a CSV file, and archiving or deleting many at once."""

from __future__ import annotations

import csv
import io
import secrets
from typing import Any

from graphql import GraphQLError

from ..messages import Request, Response
from ..routes import route
from .call import Call, asked
from .hooks import Hooks
from .refusals import Refused, wrong_argument
from .shapes import SIMPLE
from .store import Row, stamp
from .writing import Writing

UPLOAD_SECONDS = REPORT_SECONDS = 600
MOST_ROWS, MOST_BYTES = 10_000, 150 * 1024 * 1024
JOBS_AN_HOUR = 100
CLEARED = "<NULL>"
CHECKSUMS = ("Content-MD5", "x-amz-checksum-crc32", "x-amz-checksum-sha256")


class Jobs(Hooks):
    """A file is worked off when it arrives; `job_seconds` delays what the status tells."""

    def new_job(self, call: Call, **more: Any) -> Row:
        job = {
            "id": self.new_id("job"), "user_id": call.id, "at": self.timestamp(), "done": 0.0,
            "created_at": stamp(self.now()), **more,
        }  # fmt: skip
        self.table("jobs")[job["id"]] = job
        return job

    def job_row(self, number: str) -> Row:
        job = self.row("jobs", number)
        if job is None:
            raise Refused("ResourceNotFoundException", f"Job not found: {number}", status=404)
        return job

    def running_job(self, job: Row) -> bool:
        return bool(self.timestamp() < job["done"] + float(self.settings["job_seconds"]))

    # Many items at once.

    @asked("mutation", "boards:write")
    def do_bulk_archive_items(self, call: Call, board_id: str, item_ids: list[str]) -> Row:
        return self.bulk(call, board_id, item_ids, "archived")

    @asked("mutation", "boards:write")
    def do_bulk_delete_items(self, call: Call, board_id: str, item_ids: list[str]) -> Row:
        return self.bulk(call, board_id, item_ids, "deleted")

    def bulk(self, call: Call, board_id: str, item_ids: list[str], state: str) -> Row:
        board = self.editable(call, board_id)
        found = [self.row("items", one) for one in item_ids]
        here = [row for row in found if row and row["board_id"] == board["id"]]
        mine = [row for row in here if row["state"] != "deleted"]
        for item in mine:
            self.put_away(board, item, state, call.id)
        result = {"total": len(item_ids), "succeeded": len(mine),
                  "failed": len(item_ids) - len(mine), "details": None}  # fmt: skip
        job = self.new_job(call, kind="bulk", result=result)
        job["done"] = self.timestamp()
        return {"job_id": job["id"]}

    @asked("query", "boards:read")
    def ask_job_status(self, call: Call, job_id: str) -> Row:
        job = self.job_row(job_id)
        running = self.running_job(job)
        return {
            "id": job["id"], "status": "RUNNING" if running else "COMPLETED", "error": None,
            "result": None if running else job["result"], "created_at": job["created_at"],
            "updated_at": stamp(self.now()),
        }  # fmt: skip

    # Files.

    @asked("mutation", "boards:write")
    def do_ingest_items(
        self, call: Call, board_id: str, group_id: str, on_match: Row | None = None
    ) -> Row:
        board = self.editable(call, board_id)
        self.group_row(board, group_id)
        if on_match:
            self.column_row(board, on_match["match_column_id"])
        recent = [one for one in self.table("jobs").values()
                  if one["kind"] == "ingest" and one["at"] > self.timestamp() - 3600]  # fmt: skip
        if len(recent) >= JOBS_AN_HOUR:
            error = Refused("RATE_LIMIT_EXCEEDED", "Too many import jobs", status=429, http=429)
            (error.extensions or {})["retryAfterMs"] = 60_000
            raise error
        secret = secrets.token_urlsafe(24)
        job = self.new_job(
            call, kind="ingest", board_id=board["id"], group_id=group_id, match=on_match,
            secret=secret, status="UPLOAD_PENDING", counts=None, failure=None, report="",
        )  # fmt: skip
        return {"job_id": job["id"], "upload_url": f"{self.url}/uploads/{job['id']}?sign={secret}"}

    @asked("query", "boards:read")
    def ask_fetch_job_status(self, call: Call, job_id: str) -> Row:
        job = self.job_row(job_id)
        status = job["status"]
        if status == "COMPLETED" and self.running_job(job):
            status = "PROCESSING"
        done = status == "COMPLETED"
        return {
            "__typename": "ItemsJobStatus", "status": status, "failure_reason": job["failure"],
            "failure_message": job["failure"], "progress_percentage": 100 if done else 0,
            "counts": job["counts"] if done else None, "report_created": done,
            "fully_imported": done and not job["counts"]["invalid"] and not job["counts"]["failed"],
            "report_url": f"{self.url}/reports/{job['id']}?sign={job['secret']}" if done else None,
        }  # fmt: skip

    def signed(self, request: Request, seconds: float) -> Row | None:
        job = self.row("jobs", request.params["id"])
        if job is None or job.get("secret") != request.one("sign"):
            return None
        since = job["done"] or job["at"]
        return job if self.timestamp() < since + seconds else None

    @route("PUT", "/uploads/{id}")
    def upload(self, request: Request) -> Response:
        """Within ten minutes, as text/csv, without a checksum of one's own."""
        job = self.signed(request, UPLOAD_SECONDS)
        if job is None or any(name in request.headers for name in CHECKSUMS):
            return Response(403, "<Error><Code>AccessDenied</Code></Error>")
        if "text/csv" not in str(request.headers.get("Content-Type", "")):
            return Response(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
        job["done"] = self.timestamp()
        self.import_file(job, request.body)
        self.changed()
        return Response(200, None, {"ETag": f'"{secrets.token_hex(16)}"'})

    @route("GET", "/reports/{id}")
    def report(self, request: Request) -> Response:
        job = self.signed(request, REPORT_SECONDS)
        if job is None:
            return Response(403, "<Error><Code>AccessDenied</Code></Error>")
        return Response(200, job["report"], {"Content-Type": "text/csv; charset=utf-8"})

    def import_file(self, job: Row, body: bytes) -> None:
        try:
            rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
        except (UnicodeDecodeError, csv.Error):
            rows = []
        board = self.table("boards")[job["board_id"]]
        names = set(rows[0]) - {"name"} if rows else set()
        unknown = names - {one["id"] for one in board["columns"]}
        if not rows or "name" not in rows[0] or unknown or len(rows) > MOST_ROWS:
            job.update(status="REJECTED", failure="INVALID_UPLOAD")
            return
        counts = dict.fromkeys(
            ("submitted", "invalid", "skipped", "created", "updated", "failed"), 0
        )
        counts["submitted"] = len(rows)
        report = ["row,result"]
        for place, row in enumerate(rows, 1):
            outcome = self.import_row(job, board, row)
            counts[outcome] += 1
            report.append(f"{place},{outcome}")
        job.update(status="COMPLETED", counts=counts, report="\n".join(report) + "\n")

    def import_row(self, job: Row, board: Row, row: Row) -> str:
        """Created, updated, skipped or invalid; labels are never made."""
        try:
            values = self.row_values(board, row)
            twin = self.twin(board, job["match"], row)
            if twin is None:
                self.make_item(
                    board, row["name"], job["user_id"], group=job["group_id"], values=values
                )
                return "created"
            if job["match"]["behaviour"] == "SKIP":
                return "skipped"
            self.change(board, twin, values, job["user_id"])
        except GraphQLError:
            return "invalid"
        return "updated"

    def twin(self, board: Row, match: Row | None, row: Row) -> Row | None:
        if match is None:
            return None
        wanted = [{"column_id": match["match_column_id"],
                   "column_values": [row.get(match["match_column_id"])]}]  # fmt: skip
        return next((one for one in self.items_of(board) if self.has(board, one, wanted)), None)

    def row_values(self, board: Row, row: Row) -> Row:
        """An empty cell leaves the value, `<NULL>` clears it."""
        writing, found = Writing(self, board, False), {}
        for name, cell in row.items():
            if name == "name" or not cell:
                continue
            column = self.column_row(board, name)
            found[name] = None if cell == CLEARED else writing.value(
                column, self.of_cell(column, cell))  # fmt: skip
        return found

    def of_cell(self, column: Row, text: str) -> Any:
        """The API's shape of a cell."""
        kind = column["type"]
        if kind in ("status", "dropdown"):
            parts = [part.strip() for part in text.split(",")]
            return {"label": text} if kind == "status" else {"labels": parts}
        if kind == "timeline":
            first, _, last = text.partition("/")
            return {"from": first, "to": last}
        if kind == "people":
            ids = [self.person_id(part.strip()) for part in text.split(",")]
            return {"personsAndTeams": [{"id": one, "kind": "person"} for one in ids]}
        if kind not in SIMPLE:
            raise wrong_argument(f"Columns of type {kind} cannot be imported")
        return SIMPLE[kind](text)

    def person_id(self, text: str) -> int:
        for user in self.table("users").values():
            if text in (f"user:{user['id']}", user["email"]):
                return int(user["id"])
        raise wrong_argument(f"There is no user {text}")
