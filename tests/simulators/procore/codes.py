"""Cost codes, cost types, WBS codes, tax codes, currency (sheet 4.3, 4.12)."""

from __future__ import annotations

from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import invalid, not_found, refuse
from .lists import chosen, paged
from .segments import SUB_JOB_SEGMENT, Part, Segments
from .values import Errors, Row, quirks, stamp

COST_CODE_LIST = 598134325000301
COST_CODE_SEGMENT = 598134325000401
LINE_ITEM_TYPE_SEGMENT = 598134325000402
WBS_PATTERN = 598134325000403
BASE_TYPES = {
    "equipment", "materials", "commitment", "owner_cost", "professional_services", "other", "labor",
}  # fmt: skip


def standard_code_shown(row: Row, view: str) -> Row:
    """The default view has the ids and nothing else."""
    shown = {"id": row["id"], "standard_cost_code_list_id": COST_CODE_LIST}
    if view in ("compact", "extended"):
        shown |= {"origin_id": row["origin_id"], "origin_data": row["origin_data"]}
        shown |= {name: row[name] for name in ("code", "full_code", "name", "parent_id")}
    return shown


def cost_type_shown(row: Row) -> Row:
    """Read key `code`, write key `csv_import_code`. The reference knows no base type labor here."""
    base = "other" if row["base_type"] == "labor" else row["base_type"]
    names = ("id", "name", "code", "origin_id", "origin_data")
    return {**{name: row[name] for name in names}, "base_type": base}


def codes_missing(attributes: Row, row: Row | None, names: tuple[str, ...]) -> Errors:
    return {
        name: ["can't be blank"]
        for name in names
        if (row is None or name in attributes) and not attributes.get(name)
    }


class Codes(Segments):
    """The coding of lines."""

    # Standard cost codes.

    @route("GET", "/rest/v1.0/standard_cost_code_lists")
    def standard_cost_code_lists(self, request: Request) -> Response:
        self.in_company(request)
        row = {
            "id": COST_CODE_LIST, "name": "CSI MasterFormat", "is_erp_list": False,
            "available_to_use_on_new_projects": True,
        }  # fmt: skip
        return paged(request, [row], lambda row: row)

    def _in_list(self, given: object) -> None:
        if not given:
            raise refuse(400, "standard_cost_code_list_id is missing")
        if str(given) != str(COST_CODE_LIST):
            raise not_found()

    @route("GET", "/rest/v1.0/standard_cost_codes")
    def standard_cost_codes(self, request: Request) -> Response:
        self.in_company(request)
        self._in_list(request.one("standard_cost_code_list_id"))
        rows = chosen(self.rows("standard_cost_codes"), request, ("origin_id",))
        view = request.one("view", "default")
        return paged(request, rows, lambda row: standard_code_shown(row, view))

    @route("GET", "/rest/v1.0/standard_cost_codes/{id}")
    def standard_cost_code(self, request: Request) -> Response:
        self.in_company(request)
        row = self.find_row("standard_cost_codes", request.params["id"])
        return Response(200, standard_code_shown(row, "extended"))

    def put_standard_code(self, attributes: Row, row: Row | None) -> Row:
        return self._put_code("standard_cost_codes", {}, attributes, row)

    def standard_code_check(self, attributes: Row, row: Row | None) -> Errors:
        missing = codes_missing(attributes, row, ("name", "code"))
        return {**missing, **self.taken("standard_cost_codes", attributes, row)}

    @route("PATCH", "/rest/v1.0/standard_cost_codes/sync")
    def sync_standard_cost_codes(self, request: Request) -> Response:
        data = self.body(request)
        self.in_company(Request("PATCH", ""), data)
        self._in_list(data.get("standard_cost_code_list_id"))
        view = request.one("view", "default")
        return self.sync(
            data.get("updates"), self.rows("standard_cost_codes"), self.standard_code_check,
            self.put_standard_code, lambda row: standard_code_shown(row, view),
        )  # fmt: skip

    # Project cost codes.

    def _put_code(self, table: str, scope: Row, attributes: Row, row: Row | None) -> Row:
        names = ("name", "code", "parent_id", "origin_id", "origin_data", "standard_cost_code_id")
        given = {name: attributes[name] for name in names if name in attributes}
        new = row is None
        row = {**dict.fromkeys(names), **scope, "budgeted": False} if row is None else row
        row.update(given)
        parent = self.table(table).get(row.get("parent_id") or 0)
        row["full_code"] = f"{parent['full_code']}-{row['code']}" if parent else row["code"]
        return self.insert(table, row) if new else self.touch(table, row)

    def cost_code_shown(self, row: Row) -> Row:
        shown = {
            name: row.get(name)
            for name in (
                "id", "name", "code", "full_code", "budgeted", "standard_cost_code_id",
                "origin_id", "origin_data",
            )
        }  # fmt: skip
        return quirks(row["id"], {
            **shown, "sortable_code": row["full_code"], "position": None, "deleted_at": None,
            "parent": {"id": row.get("parent_id")}, "biller": "Project", "line_item_types": [],
            "biller_id": row["project_id"], "biller_type": "Project",
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
        })  # fmt: skip

    def _cost_code_view(self, request: Request, row: Row) -> Row:
        if request.one("view") == "erp_compact":
            names = (
                "id", "name", "full_code", "origin_id", "origin_data", "standard_cost_code_id",
            )  # fmt: skip
            return {name: row.get(name) for name in names}
        return self.cost_code_shown(row)

    @route("GET", "/rest/v1.0/cost_codes")
    def cost_codes(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = self.rows("cost_codes", project_id=project["id"])
        rows = chosen(rows, request, ("id", "origin_id"))
        return paged(request, rows, lambda row: self._cost_code_view(request, row))

    @route("GET", "/rest/v1.0/cost_codes/{id}")
    def cost_code(self, request: Request) -> Response:
        project = self.project_of(request)
        row = self.find_row("cost_codes", request.params["id"], project_id=project["id"])
        return Response(200, self.cost_code_shown(row))

    def _cost_code_check(self, project: Row) -> Any:
        def check(attributes: Row, row: Row | None) -> Errors:
            errors = codes_missing(attributes, row, ("name", "code"))
            parent = attributes.get("parent_id")
            known = {code["id"] for code in self.rows("cost_codes", project_id=project["id"])}
            if parent and parent not in known:
                errors["parent_id"] = ["is invalid"]
            return {**errors, **self.taken("cost_codes", attributes, row)}

        return check

    @route("POST", "/rest/v1.0/cost_codes")
    def create_cost_code(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "cost_code")
        return self._cost_code_written(self.project_of(request, data), attributes, None)

    @route("PATCH", "/rest/v1.0/cost_codes/{id}")
    def update_cost_code(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "cost_code")
        project = self.project_of(request, data)
        row = self.find_row("cost_codes", request.params["id"], project_id=project["id"])
        return self._cost_code_written(project, attributes, row)

    def _cost_code_written(self, project: Row, attributes: Row, row: Row | None) -> Response:
        """An ERP-integrated project takes cost codes by sync alone."""
        errors = self._cost_code_check(project)(attributes, row)
        if project["is_erp_integrated"]:
            errors = {"base": ["Cost codes of an ERP integrated project cannot be modified"]}
        if errors:
            raise invalid(errors)
        scope = {"project_id": project["id"]}
        kept = self._put_code("cost_codes", scope, attributes, row)
        return Response(200 if row else 201, self.cost_code_shown(kept))

    def type_cost_code(self, project: Row, attributes: Row, row: Row | None) -> Row:
        """By a person, on the project's own pages."""
        if errors := self._cost_code_check(project)(attributes, row):
            raise invalid(errors)
        return self._put_code("cost_codes", {"project_id": project["id"]}, attributes, row)

    def drop_cost_code(self, row: Row) -> None:
        """By a person; one that a budget code names stays."""
        if any(self.rows("wbs_codes", cost_code_id=row["id"])):
            raise invalid({"base": ["Cost code is in use and cannot be deleted"]})
        self.remove("cost_codes", row)

    @route("PATCH", "/rest/v1.0/cost_codes/sync")
    def sync_cost_codes(self, request: Request) -> Response:
        project = self.project_of(request)
        scope = {"project_id": project["id"]}
        return self.sync(
            self.body(request).get("updates"), self.rows("cost_codes", **scope),
            self._cost_code_check(project),
            lambda attributes, row: self._put_code("cost_codes", scope, attributes, row),
            self.cost_code_shown,
        )  # fmt: skip

    # Cost types.

    @route("GET", "/rest/v1.0/line_item_types")
    def line_item_types(self, request: Request) -> Response:
        if request.one("project_id"):
            self.project_of(request)
        else:
            self.in_company(request)
        rows = chosen(self.rows("line_item_types"), request, ("origin_id",))
        return paged(request, rows, cost_type_shown)

    @route("GET", "/rest/v1.0/line_item_types/{id}")
    def line_item_type(self, request: Request) -> Response:
        row = self.find_row("line_item_types", request.params["id"])
        return Response(200, cost_type_shown(row))

    def cost_type_check(self, attributes: Row, row: Row | None) -> Errors:
        errors = codes_missing(attributes, row, ("name", "csv_import_code"))
        if attributes.get("base_type", "other") not in BASE_TYPES:
            errors["base_type"] = ["is not included in the list"]
        return {**errors, **self.taken("line_item_types", attributes, row)}

    def put_cost_type(self, attributes: Row, row: Row | None) -> Row:
        names = ("name", "base_type", "origin_id", "origin_data")
        given: Row = {name: attributes[name] for name in names if name in attributes}
        if "csv_import_code" in attributes:
            given["code"] = attributes["csv_import_code"]
        if row is not None:
            row.update(given)
            return self.touch("line_item_types", row)
        return self.insert("line_item_types", {
            "base_type": "other", "origin_id": None, "origin_data": None, **given,
        })  # fmt: skip

    @route("POST", "/rest/v1.0/line_item_types")
    def create_line_item_type(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "line_item_type")
        self.in_company(request, data)
        errors = self.cost_type_check(attributes, None)
        if errors:
            raise invalid(errors)
        return Response(201, cost_type_shown(self.put_cost_type(attributes, None)))

    @route("PATCH", "/rest/v1.0/line_item_types/sync")
    def sync_line_item_types(self, request: Request) -> Response:
        data = self.body(request)
        self.in_company(Request("PATCH", ""), data)
        return self.sync(
            data.get("updates"), self.rows("line_item_types"), self.cost_type_check,
            self.put_cost_type, cost_type_shown,
        )  # fmt: skip

    # WBS codes.

    def wbs_code_of(
        self, project: int, cost_code: int | None, cost_type: int | None,
        sub_job: int | None = None, items: tuple[int, ...] = (),
    ) -> int | None:  # fmt: skip
        """The WBS code of a combination; one that is not there yet is made."""
        if not cost_code:
            return None
        for row in self.rows("wbs_codes", project_id=project, cost_code_id=cost_code):
            others = row.get("sub_job_id"), tuple(row.get("item_ids") or ())
            if row["line_item_type_id"] == cost_type and others == (sub_job, items):
                return int(row["id"])
        row = self.insert("wbs_codes", {
            "project_id": project, "cost_code_id": cost_code, "line_item_type_id": cost_type,
            "sub_job_id": sub_job, "item_ids": items, "status": "active", "description": None,
        })  # fmt: skip
        return int(row["id"])

    def wbs_text(self, row: Row) -> tuple[str, str]:
        """Flat code and name: "03-100.M", "Footings.Materials", with all segments."""
        parts = self.wbs_parts(row)
        path, names = [part[4] for part in parts], [part[3]["name"] for part in parts]
        return ".".join(path), ".".join(names)

    def wbs_parts(self, row: Row) -> list[Part]:
        """In the order in which the company arranged the segments of its budget codes."""
        code = self.table("cost_codes")[row["cost_code_id"]]
        kind = self.table("line_item_types").get(row["line_item_type_id"])
        coded = [(COST_CODE_SEGMENT, "Cost Code", "cost_code", code, code["full_code"])]
        types = [
            (LINE_ITEM_TYPE_SEGMENT, "Cost Type", "line_item_type", one, one["code"])
            for one in (kind,) if one
        ]  # fmt: skip
        project, own = self.table("projects")[row["project_id"]], self.own_parts(row)
        if project["project_number"] in self.settings["type_first"]:
            return [*types, *own, *coded, *self.sub_job_part(row)]
        return [*self.sub_job_part(row), *coded, *types, *own]

    def wbs_short(self, number_: int | None, as_text: bool = False) -> Row | None:
        row = self.table("wbs_codes").get(number_ or 0)
        if row is None:
            return None
        flat, name = self.wbs_text(row)
        shown = str(row["id"]) if as_text else row["id"]
        return {"id": shown, "flat_code": flat, "description": row["description"] or name}

    def wbs_shown(self, row: Row) -> Row:
        flat, name = self.wbs_text(row)
        return {
            "id": row["id"], "flat_code": flat, "flat_name": name, "status": row["status"],
            "description": row["description"] or name, "wbs_pattern_id": WBS_PATTERN,
            "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
            "segment_items": self.segment_items(row),
        }  # fmt: skip

    def segment_items(self, row: Row) -> list[Row]:
        return [
            {
                "id": item["id"], "code": item["code"], "name": item["name"], "path_code": path,
                "path_ids": [item["id"]], "parent_id": item.get("parent_id"), "status": "active",
                "segment": {"id": segment, "name": title, "type": type_},
            }
            for segment, title, type_, item, path in self.wbs_parts(row)
        ]  # fmt: skip

    @route("GET", "/rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes")
    def wbs_codes(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = self.rows("wbs_codes", project_id=project["id"])
        rows = chosen(rows, request, ("status", "updated_at"))
        query = request.one("query").lower()
        rows = [row for row in rows if query in " ".join(self.wbs_text(row)).lower()]
        return paged(request, rows, self.wbs_shown)

    @route("POST", "/rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes")
    def create_wbs_code(self, request: Request) -> Response:
        """A combination that exists is returned, not doubled."""
        project, data = self.project_of(request), self.body(request)
        items = {
            item.get("segment_id"): item.get("segment_item_id")
            for item in data.get("segment_items") or []
        }
        code, kind = items.get(COST_CODE_SEGMENT), items.get(LINE_ITEM_TYPE_SEGMENT)
        known = {row["id"] for row in self.rows("cost_codes", project_id=project["id"])}
        sub_job, own = items.get(SUB_JOB_SEGMENT), self.own_items(items)
        areas = {row["id"] for row in self.rows("sub_jobs", project_id=project["id"])}
        strange = (kind and kind not in self.table("line_item_types")) or own is None
        if code not in known or strange or (sub_job and sub_job not in areas):
            raise invalid({"segment_items": ["is invalid"]})
        number_ = self.wbs_code_of(project["id"], code, kind, sub_job, own or ())
        row = self.table("wbs_codes")[number_ or 0]
        row["description"] = data.get("description") or row["description"]
        return Response(201, self.wbs_shown(row))

    def fill_standard_codes(self, divisions: list[tuple[str, str, list[str]]]) -> None:
        """A short list of standard codes: division, its name, the codes below it."""
        for division, name, codes in divisions:
            parent = self.put_standard_code({"code": division, "name": name}, None)
            for code in codes:
                given = {"code": code, "name": f"{name} {code}", "parent_id": parent["id"]}
                self.put_standard_code(given, None)
