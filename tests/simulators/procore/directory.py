"""Companies, projects and vendors (sheet 4.1, 4.2)."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..messages import Request, Response
from ..routes import route
from .base import COMPANY_ID, USER_ID, Base, invalid, not_found
from .lists import chosen, filters, ordered, paged, whole
from .values import Errors, Row, iso_date, money, number, quirks, stamp

PROJECT_FIELDS = (
    "name", "project_number", "accounting_project_number", "code", "active", "address", "city",
    "state_code", "country_code", "zip", "time_zone", "description", "start_date",
    "completion_date", "origin_id", "origin_code", "origin_data", "phone",
)  # fmt: skip
SHOWN_ONE = ("code", "description")  # not in the list of v1.0
VENDOR_FIELDS = (
    "name", "legal_name", "trade_name", "abbreviated_name", "address", "city", "state_code", "zip",
    "country_code", "business_phone", "mobile_phone", "fax_number", "email_address", "website",
    "is_active", "license_number", "notes", "origin_id", "origin_code", "origin_data",
)  # fmt: skip
VENDOR_FILTERS = ("origin_id", "created_at", "updated_at", "id", "parent_id")
MINIMAL = ("id", "name", "company", "is_active", "origin_id", "origin_code", "origin_data")


def project_shown(row: Row, company: str) -> Row:
    stage = {"id": 598134325000011, "name": "Course of Construction"}
    return quirks(row["id"], {
        "id": row["id"],
        **{name: row.get(name) for name in PROJECT_FIELDS if name not in SHOWN_ONE},
        "display_name": f"{row['project_number']} - {row['name']}",
        "total_value": money(row.get("total_value")),
        "estimated_value": money(row.get("total_value")),
        "project_stage": stage, "parent_job_id": None,
        "company": {"id": COMPANY_ID, "name": company}, "custom_fields": {},
        "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
    })  # fmt: skip


def project_extended(row: Row, company: str) -> Row:
    shown = project_shown(row, company)
    shown |= {"description": row["description"]}
    return {
        **shown, "departments": [], "office": None, "program": None,
        "project_type": None, "standard_cost_code_list_id": row.get("standard_cost_code_list_id"),
    }  # fmt: skip


def vendor_shown(row: Row) -> Row:
    return quirks(row["id"], {
        "id": row["id"], **{name: row.get(name) for name in VENDOR_FIELDS},
        "company": row["name"], "business_id": row.get("business_id"),
        "business_register": row.get("business_register"), "vendor_group": None,
        "primary_contact": None, "parent": None, "attachments": [], "trades": [],
        "project_ids": sorted(row["project_ids"]), "standard_cost_codes": [],
        "synced_to_erp": bool(row.get("origin_id")),
        "created_at": stamp(row["created_at"]), "updated_at": stamp(row["updated_at"]),
    })  # fmt: skip


def member_shown(row: Row) -> Row:
    """A vendor in a project's directory."""
    shown = vendor_shown(row)
    del shown["standard_cost_codes"]
    return shown


def vendor_errors(attributes: Row) -> Errors:
    errors: Errors = {}
    name = attributes.get("name")
    if "name" in attributes and not (isinstance(name, str) and name.strip()):
        errors["name"] = ["can't be blank"]
    country = attributes.get("country_code")
    if country and not re.fullmatch("[A-Z]{2}", str(country)):
        errors["country_code"] = ["is invalid"]
    mail = attributes.get("email_address")
    if mail and "@" not in str(mail):
        errors["email_address"] = ["is invalid"]
    return errors


class Directory(Base):
    """Who and where."""

    def company_row(self) -> Row:
        company = self.state["company"]
        return {
            "id": company["id"], "name": company["name"], "is_active": True, "logo_url": None,
            "pcn_business_experience": False, "my_company": True,
        }  # fmt: skip

    @route("GET", "/rest/v1.0/companies")
    def companies(self, request: Request) -> Response:
        return paged(request, [self.company_row()], lambda row: row)

    @route("GET", "/rest/v1.0/me")
    def me(self, request: Request) -> Response:
        login = f"{self.state['company']['id']}@dmsa.procore.com"
        return Response(200, {"id": USER_ID, "login": login, "name": "ml-connector"})

    @route("GET", "/rest/v1.0/company_base_url")
    def company_base_url(self, request: Request) -> Response:
        return Response(200, {"zone": "us01", "web_base_url": f"{request.base_url}/web"})

    # Projects.

    def projects_shown(self, request: Request) -> list[Row]:
        """Only active ones unless by_status says otherwise; only permitted ones always."""
        status = filters(request).get("by_status", ["Active"])[-1]
        rows = [row for row in self.rows("projects") if row["permitted"]]
        if status != "All":
            rows = [row for row in rows if row["active"] == (status != "Inactive")]
        known = ("name", "created_at", "updated_at", "origin_id", "id", "project_number")
        return ordered(chosen(rows, request, known), request, ("name", "display_name"))

    @route("GET", "/rest/v1.0/projects")
    def projects(self, request: Request) -> Response:
        self.in_company(request)
        name = self.state["company"]["name"]
        return paged(request, self.projects_shown(request), lambda row: project_shown(row, name))

    @route("GET", "/rest/v1.1/projects")
    def projects_1_1(self, request: Request) -> Response:
        self.in_company(request)
        name, view = self.state["company"]["name"], request.one("view", "normal")

        def show(row: Row) -> Row:
            if view in ("ids", "compact"):
                return {"id": row["id"], "name": row["name"]}
            return project_extended(row, name)

        return paged(request, self.projects_shown(request), show)

    @route("GET", "/rest/v1.0/companies/{company_id}/projects")
    def company_projects(self, request: Request) -> Response:
        if request.params["company_id"] != str(COMPANY_ID):
            raise not_found()
        rows = [row for row in self.rows("projects") if row["permitted"]]
        return whole(rows, lambda row: {
            "id": row["id"], "name": row["name"], "stage_name": "Course of Construction",
            "address": {
                "street": row.get("address"), "city": row.get("city"), "zip": row.get("zip"),
                "state_code": row.get("state_code"), "country_code": row.get("country_code"),
            },
            "status_name": "Active" if row["active"] else "Inactive", "type_name": None,
        })  # fmt: skip

    @route("GET", "/rest/v1.0/projects/{id}")
    def project(self, request: Request) -> Response:
        self.in_company(request)
        row = self.permitted(self.find_row("projects", request.params["id"]))
        if request.one("view") == "minimal":
            return Response(200, {"id": row["id"], "name": row["name"]})
        shown = project_extended(row, self.state["company"]["name"])
        own = {"code": row["code"], "is_erp_integrated": row["is_erp_integrated"]}
        return Response(200, {**shown, **own})

    def project_errors(self, attributes: Row, row: Row | None) -> Errors:
        errors = self.taken("projects", attributes, row)
        if (row is None or "name" in attributes) and not attributes.get("name"):
            errors["name"] = ["can't be blank"]
        try:
            iso_date(attributes.get("start_date"))
            iso_date(attributes.get("completion_date"))
        except ValueError:
            errors["start_date"] = ["is invalid"]
        return errors

    def put_project(self, attributes: Row, row: Row | None) -> Row:
        given = {name: attributes[name] for name in PROJECT_FIELDS if name in attributes}
        if "total_value" in attributes:
            given["total_value"] = number(attributes["total_value"])
        if row is not None:
            row.update(given)
            return self.touch("projects", row)
        return self.insert("projects", {
            **dict.fromkeys(PROJECT_FIELDS), "active": True, "total_value": Decimal(0), **given,
            "permitted": attributes.get("permitted", True),
            "is_erp_integrated": bool(attributes.get("erp_integrated")),
        })  # fmt: skip

    @route("POST", "/rest/v1.0/projects")
    def create_project(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "project")
        self.in_company(request, data)
        return self.written(self.project_errors, self.put_project, attributes, None)

    @route("PATCH", "/rest/v1.0/projects/{id}")
    def update_project(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "project")
        self.in_company(request, data)
        row = self.permitted(self.find_row("projects", request.params["id"]))
        return self.written(self.project_errors, self.put_project, attributes, row)

    def written(self, check: Any, put: Any, attributes: Row, row: Row | None) -> Response:
        errors = check(attributes, row)
        if errors:
            raise invalid(errors)
        kept = put(attributes, row)
        shown = project_extended(kept, self.state["company"]["name"])
        shown["is_erp_integrated"] = kept["is_erp_integrated"]
        return Response(200 if row else 201, shown)

    @route("PATCH", "/rest/v1.0/projects/sync")
    def sync_projects(self, request: Request) -> Response:
        data = self.body(request)
        self.in_company(Request("PATCH", ""), data)
        name = self.state["company"]["name"]
        rows = [row for row in self.rows("projects") if row["permitted"]]
        hidden = {"parent_job_id", "company", "custom_fields", "standard_cost_code_list_id"}

        def show(row: Row) -> Row:
            shown = project_extended(row, name)
            return {key: value for key, value in shown.items() if key not in hidden}

        return self.sync(data.get("updates"), rows, self.project_errors, self.put_project, show)

    # Vendors.

    def vendor_list(self, request: Request, rows: list[Row]) -> Response:
        rows = chosen(rows, request, VENDOR_FILTERS)
        for text in filters(request).get("search", []):
            rows = [row for row in rows if self._mentions(row, text.lower())]
        view = request.one("view", "extended")

        def show(row: Row) -> Row:
            shown = (member_shown if "project_id" in request.params else vendor_shown)(row)
            if view in ("compact", "erp", "summary"):
                return {name: shown[name] for name in MINIMAL if name in shown}
            return shown

        return paged(request, ordered(rows, request, ("name",)), show)

    def _mentions(self, row: Row, text: str) -> bool:
        names = ("name", "origin_code", "business_id", "abbreviated_name")
        return any(text in str(row.get(name) or "").lower() for name in names)

    @route("GET", "/rest/v1.0/vendors")
    def vendors(self, request: Request) -> Response:
        self.in_company(request)
        return self.vendor_list(request, self.rows("vendors", is_active=True))

    @route("GET", "/rest/v1.0/companies/{company_id}/vendors/inactive")
    def inactive_vendors(self, request: Request) -> Response:
        return self.vendor_list(request, self.rows("vendors", is_active=False))

    @route("PATCH", "/rest/v1.0/companies/{company_id}/vendors/inactive/{id}")
    def reactivate_vendor(self, request: Request) -> Response:
        row = self.find_row("vendors", request.params["id"], is_active=False)
        row["is_active"] = True
        return Response(200, vendor_shown(self.touch("vendors", row)))

    @route("GET", "/rest/v1.0/vendors/{id}")
    def vendor(self, request: Request) -> Response:
        self.in_company(request)
        return Response(200, vendor_shown(self.find_row("vendors", request.params["id"])))

    def vendor_check(self, attributes: Row, row: Row | None) -> Errors:
        errors = {**self.taken("vendors", attributes, row), **vendor_errors(attributes)}
        if row is None and not attributes.get("name"):
            errors["name"] = ["can't be blank"]
        return errors

    def put_vendor(self, attributes: Row, row: Row | None, at: datetime | None = None) -> Row:
        given = {name: attributes[name] for name in VENDOR_FIELDS if name in attributes}
        register = attributes.get("business_register_attributes")
        if register:
            given["business_register"] = {
                "id": self.new_id(), "type": register.get("type"), "verified_at": None,
                "identifier": register.get("identifier"), "verification_status": None,
            }  # fmt: skip
            given["business_id"] = register.get("identifier")
        if row is not None:
            if any(row.get(name) != value for name, value in given.items()):
                row.update(given)
                self.touch("vendors", row, at)
            return row
        return self.insert("vendors", {
            **dict.fromkeys(VENDOR_FIELDS), "is_active": True, "project_ids": set(), **given,
        }, at)  # fmt: skip

    @route("POST", "/rest/v1.0/vendors")
    def create_vendor(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "vendor")
        self.in_company(request, data)
        return self._vendor_written(attributes, None)

    @route("PATCH", "/rest/v1.0/vendors/{id}")
    def update_vendor(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "vendor")
        self.in_company(request, data)
        return self._vendor_written(attributes, self.find_row("vendors", request.params["id"]))

    def _vendor_written(self, attributes: Row, row: Row | None) -> Response:
        errors = self.vendor_check(attributes, row)
        if errors:
            raise invalid(errors)
        return Response(200 if row else 201, vendor_shown(self.put_vendor(attributes, row)))

    @route("PATCH", "/rest/v1.0/vendors/sync")
    def sync_vendors(self, request: Request) -> Response:
        data = self.body(request)
        self.in_company(Request("PATCH", ""), data)
        return self.sync(
            data.get("updates"), self.rows("vendors"), self.vendor_check, self.put_vendor,
            vendor_shown,
        )  # fmt: skip

    @route("POST", "/rest/v1.0/vendors/{id}/business_register")
    @route("PATCH", "/rest/v1.0/vendors/{id}/business_register")
    def business_register(self, request: Request) -> Response:
        data = self.body(request)
        self.in_company(request, data)
        row = self.find_row("vendors", request.params["id"])
        given = data.get("business_register") or data
        status = 200 if row.get("business_register") else 201
        row = self.put_vendor({"business_register_attributes": given}, row)
        return Response(status, row["business_register"])

    # Project directory.

    @route("GET", "/rest/v1.0/projects/{project_id}/vendors")
    @route("GET", "/rest/v1.1/projects/{project_id}/vendors")
    def project_vendors(self, request: Request) -> Response:
        project = self.project_of(request)
        rows = [
            row
            for row in self.rows("vendors", is_active=True)
            if project["id"] in row["project_ids"]
        ]
        return self.vendor_list(request, rows)

    @route("GET", "/rest/v1.0/projects/{project_id}/vendors/{id}")
    @route("GET", "/rest/v1.1/projects/{project_id}/vendors/{id}")
    def project_vendor(self, request: Request) -> Response:
        return Response(200, member_shown(self._on_project(request)))

    @route("PATCH", "/rest/v1.0/projects/{project_id}/vendors/{id}")
    @route("PATCH", "/rest/v1.1/projects/{project_id}/vendors/{id}")
    def update_project_vendor(self, request: Request) -> Response:
        row = self._on_project(request)
        self._vendor_written(self.wrapped(request, "vendor")[1], row)
        return Response(200, member_shown(row))

    @route("POST", "/rest/v1.0/projects/{project_id}/vendors")
    @route("POST", "/rest/v1.1/projects/{project_id}/vendors")
    def create_project_vendor(self, request: Request) -> Response:
        project = self.project_of(request)
        _, attributes = self.wrapped(request, "vendor")
        errors = self.vendor_check(attributes, None)
        if errors:
            raise invalid(errors)
        row = self.put_vendor(attributes, None)
        self.join_project(row, project)
        return Response(201, member_shown(row))

    @route("POST", "/rest/v1.0/projects/{project_id}/vendors/{id}/actions/add")
    @route("POST", "/rest/v1.1/projects/{project_id}/vendors/{id}/actions/add")
    def add_project_vendor(self, request: Request) -> Response:
        project = self.project_of(request)
        row = self.find_row("vendors", request.params["id"])
        self.join_project(row, project)
        return Response(201, member_shown(row))

    @route("DELETE", "/rest/v1.0/projects/{project_id}/vendors/{id}/actions/remove")
    @route("DELETE", "/rest/v1.1/projects/{project_id}/vendors/{id}/actions/remove")
    def remove_project_vendor(self, request: Request) -> Response:
        row = self._on_project(request)
        project = int(request.params["project_id"])
        row["project_ids"].discard(project)
        self.emit("project_vendors", {**row, "project_id": project}, "delete")
        return Response(204)

    def _on_project(self, request: Request) -> Row:
        project = self.project_of(request)
        row = self.find_row("vendors", request.params["id"])
        if project["id"] not in row["project_ids"]:
            raise not_found()
        return row

    def join_project(self, vendor: Row, project: Row) -> None:
        """Puts a vendor into the project directory. Safe to call twice."""
        if project["id"] not in vendor["project_ids"]:
            vendor["project_ids"].add(project["id"])
            self.emit("project_vendors", {**vendor, "project_id": project["id"]}, "create")
