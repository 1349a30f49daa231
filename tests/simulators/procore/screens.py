"""Screens where people look a document up and mend it, at the addresses of Procore's web pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import screens
from ..messages import HttpError, Request, Response
from ..routes import route
from .adding import Adding
from .mending import BILLED, BLANK, Form
from .sheets import CODES, COSTS, INVOICING, LISTS, SHEETS, address, found, of_list, words
from .values import ZERO, Row, round_cents

VENDOR = "Procore"
LOCKED = "Its lines are locked as it stands. Choose another status to change them."
PERIOD = ("start_date", "end_date", "due_date")


class Screens(Adding):
    """Lists of a project's documents, and a form for each of them."""

    @route("GET", "/web/")
    def front_shown(self, request: Request) -> Response:
        """The way in, for who does not come from a document."""
        rows = [(screens.link(of_list(row["id"], COSTS), row["project_number"]), row["name"])
                for row in self.rows("projects")]  # fmt: skip
        return screens.page(VENDOR, "Projects", screens.table(("Number", "Name"), rows))

    @route("GET", "/web/{project:\\d+}/project/{place:.+}")
    @route("POST", "/web/{project:\\d+}/project/{place:.+}")
    def screen_shown(self, request: Request) -> Response:
        place = request.params["place"].rstrip("/")
        project = self.find_row("projects", request.params["project"])
        document, sent = found(place), request.form() if request.method == "POST" else {}
        if document:
            collection, number = document
            row = self.find_row(collection, number, project_id=project["id"])
            return self.sent(collection, row, sent) if sent else self.document(collection, row)
        if place not in LISTS:
            return screens.absent(VENDOR)
        return self.added(project, place, sent) if sent else self.listed(project, place)

    # A document.

    def sent(self, collection: str, row: Row, form: Form) -> Response:
        """What Procore refuses is told, and what was typed stays."""
        if form.get("do") == "delete":
            work, then = self.story_delete, of_list(row["project_id"], SHEETS[collection].list)
        else:
            then = address(collection, row)

            def work(collection: str, row: Row) -> None:
                self.mend(collection, row, form)

        why = self.refused(lambda: work(collection, row))
        if not why:
            return screens.back_to(then)
        now = self.find_row(collection, row["id"])  # put back as it was
        return self.document(collection, now, form, why)

    def refused(self, work: Callable[[], Any]) -> str:
        """Why a change by hand is not taken, or nothing."""
        try:
            self._as_people(work)
        except HttpError as error:
            return sentence(error.response.body["errors"])
        return ""

    def document(
        self, collection: str, row: Row, typed: Form | None = None, why: str = ""
    ) -> Response:
        sheet, form = SHEETS[collection], {**self.filled(collection, row), **(typed or {})}
        project = self.table("projects")[row["project_id"]]
        parts = (
            screens.told(why), self.ways(row["project_id"]),
            screens.facts({"Project": f"{project['project_number']} {project['name']}",
                           **self.figures(collection, row)}),
            self.locked_note(collection, row),
            screens.form(self.header(collection, row, form), self.lines(collection, row, form),
                         save="Save", delete="Delete"),
        )  # fmt: skip
        title = f"{sheet.title} {row.get(sheet.texts[0]) or '(no number)'}"
        return screens.page(VENDOR, title, *parts, status=422 if why else 200)

    def locked_note(self, collection: str, row: Row) -> str:
        locked = collection != "requisitions" and self.lines_locked(collection, row)
        return screens.told(LOCKED) if locked and not row.get("origin_id") else ""

    def figures(self, collection: str, row: Row) -> dict[str, object]:
        if collection == "requisitions":
            amounts = self.requisition_amounts(row)
            named = dict(zip(("Gross", "Retainage", "Total"), amounts, strict=True))
        else:
            named = {"Total": self.total_of(collection, row)}
            lines = sum((line["amount"] for line in self.lines_on(collection, row)), ZERO)
            if collection == "direct_costs" and round_cents(lines) != named["Total"]:
                named["Lines come to"] = lines
        if "retainage_percent" in row:
            named["Retainage %"] = row["retainage_percent"]
        shown = {name: screens.money(value) for name, value in named.items()}
        return {**shown, "Currency": row["currency"], "Vendor": self.vendor_of(collection, row)}

    def total_of(self, collection: str, row: Row) -> Any:
        if collection == "requisitions":
            return self.requisition_amounts(row)[2]
        if collection == "direct_costs":
            return self.cost_total(row)
        if collection in ("commitment_change_orders", "prime_change_orders"):
            return row["grand_total"]
        return self.contract_totals(row)["grand_total"]

    def vendor_of(self, collection: str, row: Row) -> str:
        """Of its contract, where it has none of its own."""
        if collection == "requisitions":
            row = (self.contract_of(row["commitment_id"]) or ("", {}))[1]
        vendor = self.table("vendors").get(row.get("vendor_id") or 0)
        return str(vendor["name"]) if vendor else ""

    def header(self, collection: str, row: Row, form: Form) -> str:
        sheet = SHEETS[collection]
        statuses = [(one, words(one)) for one in sheet.statuses]
        controls: dict[str, str] = {
            name: screens.entry(name, form[name], words(name)) for name in sheet.texts
        }
        controls["status"] = screens.select("status", form["status"], "Status", statuses)
        for name in sheet.dates:
            controls[name] = screens.entry(name, form[name], words(name), "date")
        if sheet.vendor:
            controls["vendor"] = self.vendor_choice("vendor", form)
        return screens.fields(
            *(screens.labelled(words(name), one) for name, one in controls.items())
        )

    def lines(self, collection: str, row: Row, form: Form) -> str:
        if collection == "requisitions":
            return self.items(row, form)
        project = row["project_id"]
        codes = sorted((one["full_code"], one["name"])
                       for one in self.rows("cost_codes", project_id=project))  # fmt: skip
        rows = [self.line(line["position"], line["description"] or "", str(line["id"]), form)
                for line in self.lines_on(collection, row)]  # fmt: skip
        rows += [
            self.line("new", screens.entry(f"text-{key}", form.get(f"text-{key}", ""),
                                           "Description"), key, form)
            for key in BLANK
        ]  # fmt: skip
        titles = ("Line", "Description", "Cost code", "Cost type", "Tax code", "Amount", "Remove")
        return screens.joined(
            (screens.heading("Lines"), screens.offers("codes", codes),
             screens.table(titles, rows, "Amount"))
        )  # fmt: skip

    def line(self, position: object, text: str, key: str, form: Form) -> tuple[object, ...]:
        code, kind, tax, amount = (f"{name}-{key}" for name in ("code", "type", "tax", "amount"))
        taxes = [(one["code"], one["code"]) for one in self.rows("tax_codes")]
        types = [(one["code"], f"{one['code']} {one['name']}")
                 for one in self.rows("line_item_types")]  # fmt: skip
        return (
            position, text,
            screens.entry(code, form.get(code, ""), "Cost code", offers="codes"),
            screens.select(kind, form.get(kind, ""), "Cost type", [("", "(none)"), *types]),
            screens.select(tax, form.get(tax, ""), "Tax code", [("", "(none)"), *taxes]),
            screens.entry(amount, form.get(amount, ""), "Amount"),
            screens.tick(f"drop-{key}", "Remove") if key not in BLANK else "",
        )  # fmt: skip

    def items(self, row: Row, form: Form) -> str:
        """Of an invoice: they have the codes of the commitment's lines."""
        codes = self.table("cost_codes")
        rows = [
            (item["position"], item["description"] or "",
             codes.get(item["cost_code_id"] or 0, {}).get("full_code", ""),
             screens.money(item["scheduled"]), screens.money(item["stored"]),
             *(screens.entry(f"{name}-{item['position']}", form[f"{name}-{item['position']}"],
                             words(name)) for name in BILLED))
            for item in row["items"]
        ]  # fmt: skip
        titles = ("Line", "Description", "Cost code", "Scheduled", "Stored", "Work", "Retained")
        sums = "Scheduled, Stored, Work, Retained"
        return screens.joined((screens.heading("Items"), screens.table(titles, rows, sums)))

    # The lists.

    def ways(self, project: int) -> str:
        """To the project's lists."""
        return screens.ways((of_list(project, name), title) for name, title in LISTS.items())

    def listed(self, project: Row, name: str, why: str = "", form: Form | None = None) -> Response:
        form = form or {}
        parts = [self.ways(project["id"])]
        if name == CODES:
            parts += self.codes_shown(project, why, form)
        else:
            parts.append(screens.told(why))
        if name == INVOICING:
            parts += [screens.heading("Billing periods"), self.periods(project)]
        for collection, sheet in SHEETS.items():
            if sheet.list == name:
                parts += [screens.heading(f"{sheet.title}s"), self.documents(collection, project),
                          self.blank_document(collection, form)]  # fmt: skip
        title = f"{LISTS[name]} of {project['project_number']} {project['name']}"
        return screens.page(VENDOR, title, *parts, status=422 if why else 200)

    def documents(self, collection: str, project: Row) -> str:
        named = SHEETS[collection].texts[0]
        rows = [
            (screens.link(address(collection, row), row.get(named) or "(no number)"),
             self.vendor_of(collection, row), words(row["status"]),
             screens.money(self.total_of(collection, row)))
            for row in self.rows(collection, project_id=project["id"])
        ]  # fmt: skip
        return screens.table(("Number", "Vendor", "Status", "Total"), rows, "Total")

    def periods(self, project: Row) -> str:
        """Each can be opened and closed, and new ones made."""
        rows = [
            (row["start_date"], row["end_date"], row["status"],
             screens.form(screens.hidden("id", str(row["id"])),
                          **{"open": "Open"} if row["status"] == "closed" else {"closed": "Close"}))
            for row in self.rows("billing_periods", project_id=project["id"])
        ]  # fmt: skip
        blank = [
            screens.labelled(words(name), screens.entry(name, "", words(name), "date"))
            for name in PERIOD
        ]
        return screens.joined(
            (screens.table(("First day", "Last day", "Status", "To do"), rows),
             screens.form(screens.fields(*blank), add="Add a billing period"))
        )  # fmt: skip

    def added(self, project: Row, name: str, form: Form) -> Response:
        """What Procore refuses is told, and what was typed stays."""
        made: list[tuple[str, Row]] = []

        def work() -> None:
            if form.get("do") == "new":
                made.append(self.new_document(project, form))
            elif name == CODES:
                self.new_code(project, form)
            else:
                self.period_sent(project, form)

        why = self.refused(work)
        if why:
            return self.listed(project, name, why, form)
        return screens.back_to(address(*made[0]) if made else of_list(project["id"], name))

    def period_sent(self, project: Row, form: Form) -> None:
        if form.get("do") == "add":
            days = {name: form.get(name, "") for name in PERIOD}
            given = {**days, "project": project["id"], "status": "open"}
            self.story_create("billing_periods", given)
        else:
            row = self.find_row("billing_periods", form.get("id"), project_id=project["id"])
            self.story_update("billing_periods", row, {"status": form.get("do")}, None)


def sentence(errors: object) -> str:
    """What Procore says of a refusal, field by field."""
    if not isinstance(errors, dict):
        return str(errors)
    said = [
        text if name == "base" else f"{words(name)} {text}"
        for name, texts in errors.items()
        for text in texts
    ]
    return f"{'; '.join(said)}. Nothing was changed."
