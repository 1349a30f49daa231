"""What people add on Procore's screens: a document in a list, a cost code of the project."""

from __future__ import annotations

from .. import screens
from .base import invalid
from .mending import Form, Mending
from .sheets import SHEETS, Sheet, words
from .values import Row

CONTRACT = ("requisitions", "commitment_change_orders", "prime_change_orders")  # belong to one
DRAFT = ("draft", "Draft")
KINDS = ("invoice", "expense", "payroll")  # of direct costs


class Adding(Mending):
    """A document begins as a draft without lines; they are added on its own screen."""

    def new_document(self, project: Row, form: Form) -> tuple[str, Row]:
        """Raises HttpError for what Procore does not take."""
        collection = form.get("kind", "")
        sheet = SHEETS.get(collection)
        if sheet is None:
            raise invalid({"base": ["There is no such kind of document"]})
        names = (*starts_with(sheet), "contract", "vendor", "direct_cost_type")
        given = {name: form[name].strip() for name in names if form.get(name, "").strip()}
        status = next(one for one in sheet.statuses if one in DRAFT)
        row = self.story_create(collection, {**given, "project": project["id"], "status": status})
        return collection, row

    def blank_document(self, collection: str, form: Form) -> str:
        """The form of a new one, beneath the list of those that are there."""
        sheet = SHEETS[collection]
        mine = form if form.get("kind") == collection else {}
        controls = [
            labelled(name, mine, "date" if name in sheet.dates else "text")
            for name in starts_with(sheet)
        ]
        if collection in CONTRACT:
            number = screens.entry("contract", mine.get("contract", ""), "Contract number")
            controls.insert(0, screens.labelled("Contract number", number))
        if sheet.vendor:
            controls.append(screens.labelled("Vendor", self.vendor_choice("vendor", mine)))
        if collection == "direct_costs":
            kinds = [(one, words(one)) for one in KINDS]
            choice = screens.select("direct_cost_type", mine.get("direct_cost_type", KINDS[0]),
                                    "Type", kinds)  # fmt: skip
            controls.append(screens.labelled("Type", choice))
        kind = screens.hidden("kind", collection)
        return screens.form(kind, screens.fields(*controls), new=f"New {sheet.title.lower()}")

    def vendor_choice(self, name: str, form: Form) -> str:
        """All of the company, by name."""
        rows = sorted(((str(one["id"]), str(one["name"])) for one in self.rows("vendors")),
                      key=lambda one: one[1].casefold())  # fmt: skip
        return screens.select(name, form.get(name, ""), "Vendor", [("", "(none)"), *rows])

    # Cost codes of the project.

    def codes_shown(self, project: Row, why: str, form: Form) -> tuple[str, ...]:
        rows = sorted(self.rows("cost_codes", project_id=project["id"]),
                      key=lambda row: str(row["full_code"]))  # fmt: skip
        parents = [(str(row["id"]), f"{row['full_code']} {row['name']}") for row in rows
                   if not row["parent_id"]]  # fmt: skip
        choice = screens.select("parent_id", form.get("parent_id", ""), "Beneath",
                                [("", "(none)"), *parents])  # fmt: skip
        fields = screens.fields(screens.labelled("Beneath", choice), labelled("code", form),
                                labelled("name", form))  # fmt: skip
        shown = screens.table(("Code", "Name"), [(row["full_code"], row["name"]) for row in rows])
        return screens.told(why), screens.form(fields, add_code="Add the cost code"), shown

    def new_code(self, project: Row, form: Form) -> None:
        given = {name: form.get(name, "").strip() for name in ("code", "name")}
        parent = form.get("parent_id", "")
        self.type_cost_code(project, {**given, "parent_id": int(parent) if parent else None}, None)


def starts_with(sheet: Sheet) -> tuple[str, ...]:
    """What a new one is given; a change order numbers itself where no number is given."""
    return (*sheet.texts, *sheet.dates)


def labelled(name: str, form: Form, type: str = "text") -> str:
    return screens.labelled(words(name), screens.entry(name, form.get(name, ""), words(name), type))
