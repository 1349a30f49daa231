"""Tax codes and currency (sheet 4.12)."""

from __future__ import annotations

from ..messages import Request, Response
from ..routes import route
from .base import COMPANY_ID, invalid, not_found
from .codes import Codes, codes_missing
from .lists import paged
from .values import Errors, Row, number


def tax_code_shown(row: Row) -> Row:
    return {
        name: row[name]
        for name in (
            "id", "code", "description", "rate1", "archived", "default_tax_code", "origin_id",
            "origin_data",
        )
    }  # fmt: skip


class Taxes(Codes):
    """Of the company."""

    @route("GET", "/rest/v1.0/tax_codes")
    def tax_codes(self, request: Request) -> Response:
        self.in_company(request)
        return paged(request, self.rows("tax_codes"), tax_code_shown, default=100, maximum=100)

    @route("GET", "/rest/v1.0/tax_codes/{id}")
    def tax_code(self, request: Request) -> Response:
        self.in_company(request)
        return Response(200, tax_code_shown(self.find_row("tax_codes", request.params["id"])))

    def tax_code_check(self, attributes: Row, row: Row | None) -> Errors:
        errors = codes_missing(attributes, row, ("code",))
        try:
            number(attributes.get("rate1", 0))
        except ValueError:
            errors["rate1"] = ["is not a number"]
        return {**errors, **self.taken("tax_codes", attributes, row)}

    def put_tax_code(self, attributes: Row, row: Row | None) -> Row:
        names = ("code", "description", "archived", "default_tax_code", "origin_id", "origin_data")
        given = {name: attributes[name] for name in names if name in attributes}
        if "rate1" in attributes:
            given["rate1"] = number(attributes["rate1"])
        if row is not None:
            row.update(given)
            return self.touch("tax_codes", row)
        return self.insert("tax_codes", {
            **dict.fromkeys(names), "rate1": number(0), "archived": False,
            "default_tax_code": False, **given,
        })  # fmt: skip

    @route("POST", "/rest/v1.0/tax_codes")
    def create_tax_code(self, request: Request) -> Response:
        data, attributes = self.wrapped(request, "tax_code")
        self.in_company(request, data)
        errors = self.tax_code_check(attributes, None)
        if errors:
            raise invalid(errors)
        return Response(201, tax_code_shown(self.put_tax_code(attributes, None)))

    @route("PATCH", "/rest/v1.0/tax_codes/sync")
    def sync_tax_codes(self, request: Request) -> Response:
        data = self.body(request)
        self.in_company(Request("PATCH", ""), data)
        return self.sync(
            data.get("updates"), self.rows("tax_codes"), self.tax_code_check, self.put_tax_code,
            tax_code_shown,
        )  # fmt: skip

    @route("GET", "/rest/v1.0/companies/{company_id}/currency_configuration")
    def company_currency(self, request: Request) -> Response:
        if request.params["company_id"] != str(COMPANY_ID):
            raise not_found()
        return Response(200, {
            "company_id": COMPANY_ID, "currency_iso_code": self.state["company"]["currency"],
            "currency_display": "symbol", "multicurrency_enabled": self.settings["multicurrency"],
            "eligible_for_multicurrency": True,
        })  # fmt: skip

    @route("GET", "/rest/v1.0/companies/{company_id}/projects/{project_id}/currency_configuration")
    def project_currency(self, request: Request) -> Response:
        project = self.project_of(request)
        return Response(200, {
            "company_id": COMPANY_ID, "project_id": project["id"], "currency_display": "symbol",
            "currency_iso_code": self.state["company"]["currency"],
            "multicurrency_enabled": self.settings["multicurrency"],
        })  # fmt: skip
