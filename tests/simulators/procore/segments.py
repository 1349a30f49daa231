"""Segments of budget codes beside cost code and cost type (sheet 4.3).

Sub jobs belong to a project, segments of its own to the company; a company arranges them in any
order (support.procore.com, Arrange the Company Budget Code Structure). Lines name them by their
WBS code alone: developers.procore.com/documentation/tutorial-wbs
"""

from __future__ import annotations

from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import Base
from .lists import chosen, paged
from .values import Row, stamp

SUB_JOB_SEGMENT = 598134325000404
Part = tuple[int, str, str, Row, str]  # segment, its name, its type, the item, its path


class Segments(Base):
    """Sub jobs, and items of the company's own segments."""

    def sub_job_shown(self, row: Row) -> Row:
        shown = {name: row.get(name) for name in ("id", "name", "code")}
        times = {"created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"])}
        return {**shown, **times}

    @route("GET", "/rest/v1.0/sub_jobs")
    def sub_jobs(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = chosen(self.rows("sub_jobs", project_id=project["id"]), request, ("id",))
        return paged(request, rows, self.sub_job_shown)

    @route("GET", "/rest/v1.0/sub_jobs/{id:\\d+}")
    def sub_job(self, request: Request) -> Response:
        project = self.project_of(request)
        row = self.find_row("sub_jobs", request.params["id"], project_id=project["id"])
        return Response(200, self.sub_job_shown(row))

    def named_sub_job(self, project: int, code: str, name: str = "") -> Row:
        """Made where the project has none of that code."""
        return next(iter(self.rows("sub_jobs", project_id=project, code=code)), None) or (
            self.insert(
                "sub_jobs", {"project_id": project, "code": code, "name": name or f"Area {code}"}
            )
        )

    def named_item(self, name: str, code: str) -> Row:
        """Made, with its segment, where the company has none of that code."""
        segment = next(iter(self.rows("segments", name=name)), None) or (
            self.insert("segments", {"name": name})
        )
        return next(
            iter(self.rows("segment_items", segment_id=segment["id"], code=code)), None
        ) or self.insert(
            "segment_items", {"segment_id": segment["id"], "code": code, "name": f"{name} {code}"}
        )

    def named_segments(self, project: int, line: Row) -> tuple[int | None, tuple[int, ...]]:
        """The ids of `sub_job` "01" and `segments` {"Phase": "A"}."""
        sub_job = self.named_sub_job(project, line["sub_job"]) if line.get("sub_job") else None
        items = [self.named_item(*pair) for pair in (line.get("segments") or {}).items()]
        return sub_job["id"] if sub_job else None, tuple(sorted(item["id"] for item in items))

    def own_items(self, chosen_items: dict[Any, Any]) -> tuple[int, ...] | None:
        """Of segments that the company made, by segment; None where one is not there."""
        own = {key: item for key, item in chosen_items.items() if key in self.table("segments")}
        known = {(row["segment_id"], row["id"]) for row in self.rows("segment_items")}
        return tuple(sorted(own.values())) if own.items() <= known else None

    def sub_job_part(self, wbs: Row) -> list[Part]:
        row = self.table("sub_jobs").get(wbs.get("sub_job_id") or 0)
        return [(SUB_JOB_SEGMENT, "Sub Job", "sub_job", row, row["code"])] if row else []

    def own_parts(self, wbs: Row) -> list[Part]:
        items = [self.table("segment_items")[one] for one in wbs.get("item_ids") or ()]
        return [
            (item["segment_id"], self.table("segments")[item["segment_id"]]["name"], "custom",
             item, item["code"])
            for item in items
        ]  # fmt: skip
