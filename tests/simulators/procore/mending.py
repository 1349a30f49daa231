"""What a person typed on a document's screen, as a change by hand."""

from __future__ import annotations

from decimal import Decimal

from .. import screens
from .base import invalid
from .budget_views import BudgetViews
from .sheets import SHEETS
from .story import LINE_TABLES
from .values import Row, number

Form = dict[str, str]
BLANK = ("new1", "new2", "new3")  # keys of lines that can be typed on a screen
TYPED = ("text", "code", "type", "tax", "amount")
BILLED = ("work", "retained")  # of an item of an invoice


def plain(amount: Decimal) -> str:
    """As it stands in a field: all its digits, and two decimals at least."""
    return f"{amount:.2f}" if amount == round(amount, 2) else f"{amount.normalize():f}"


def figure(text: str) -> str:
    """What was typed for an amount; raises HttpError."""
    try:
        return str(number(text.replace(",", "") or "0"))
    except ValueError:
        raise invalid({"amount": [f"“{text}” is not a number"]}) from None


class Mending(BudgetViews):
    """The form of a document, and back: only what was changed is written."""

    def lines_on(self, collection: str, row: Row) -> list[Row]:
        table = LINE_TABLES.get(collection)
        return self.lines_of(table, row["id"]) if table else []

    def filled(self, collection: str, row: Row) -> Form:
        """The form as the document stands; lines and items have their number in the names."""
        sheet, form = SHEETS[collection], {"status": str(row["status"])}
        form |= {name: str(row.get(name) or "") for name in (*sheet.texts, *sheet.dates)}
        if sheet.vendor:
            form["vendor"] = str(row["vendor_id"] or "")
        for item in row.get("items", ()):
            form |= {f"{name}-{item['position']}": plain(item[name]) for name in BILLED}
        for line in self.lines_on(collection, row):
            code, kind = self.coding_of(line)
            form |= {f"code-{line['id']}": code, f"type-{line['id']}": kind}
            form[f"amount-{line['id']}"] = plain(line["amount"])
            tax = self.table("tax_codes").get(line.get("tax_code_id") or 0)
            form[f"tax-{line['id']}"] = str(tax["code"]) if tax else ""
        return form

    def coding_of(self, line: Row) -> tuple[str, str]:
        """Cost code and cost type, as people name them."""
        code = self.table("cost_codes").get(line["cost_code_id"] or 0)
        kind = self.table("line_item_types").get(line["line_item_type_id"] or 0)
        return str(code["full_code"]) if code else "", str(kind["code"]) if kind else ""

    def mend(self, collection: str, row: Row, form: Form) -> None:
        """A status that unlocks the lines is set before them, every other one after them."""
        changes = self.changes(collection, row, form)
        if "status" in changes and collection in LINE_TABLES and self.lines_locked(collection, row):
            self.story_update(collection, row, {"status": changes.pop("status")}, None)
        if changes:
            self.story_update(collection, row, changes, None)

    def changes(self, collection: str, row: Row, form: Form) -> Row:
        stands = self.filled(collection, row)
        typed = {
            name: form[name].strip()
            for name, text in stands.items()
            if name in form and form[name].strip() != text
        }
        found: Row = {name: text or None for name, text in typed.items() if "-" not in name}
        if "vendor" in found and not found["vendor"]:
            found["vendor_id"] = found.pop("vendor")
        there = self.lines_on(collection, row)
        kept = [line for line in there if not form.get(f"drop-{line['id']}")]
        lines, added = [self.line_changed(line, typed) for line in kept], new_lines(form)
        items = [item_changed(item, typed) for item in row.get("items", ())]
        if added or len(kept) < len(there) or any(len(line) > 1 for line in lines):
            found["lines"] = [*lines, *added]
        if any(len(item) > 1 for item in items):
            found["items"] = [item for item in items if len(item) > 1]
        return found

    def line_changed(self, line: Row, typed: Form) -> Row:
        """Its sub job and the company's own segments stay, whatever its cost code becomes."""
        number_, found = line["id"], {"id": line["id"]}
        if f"amount-{number_}" in typed:
            found |= {"amount": figure(typed[f"amount-{number_}"])}
        if f"tax-{number_}" in typed:
            found |= {"tax_code_id": None, "tax_code": typed[f"tax-{number_}"]}
        code, kind = self.coding_of(line)
        new = typed.get(f"code-{number_}", code), typed.get(f"type-{number_}", kind)
        if new != (code, kind):
            wbs = self.table("wbs_codes").get(line["wbs_code_id"] or 0, {})
            found |= {
                "cost_code_id": None, "line_item_type_id": None,
                "cost_code": new[0], "cost_type": new[1],
                "sub_job": next((part[4] for part in self.sub_job_part(wbs)), ""),
                "segments": {part[1]: part[4] for part in self.own_parts(wbs)},
            }  # fmt: skip
        elif len(found) > 1:
            found["wbs_code_id"] = line["wbs_code_id"]
        return found


def new_lines(form: Form) -> list[Row]:
    """Those of the blank lines into which anything was typed."""
    return [
        {"description": cells["text"], "cost_code": cells["code"], "cost_type": cells["type"],
         "tax_code": cells["tax"], "amount": figure(cells["amount"])}
        for cells in screens.typed_lines(form, TYPED, BLANK)
    ]  # fmt: skip


def item_changed(item: Row, typed: Form) -> Row:
    own = {
        name: figure(typed[f"{name}-{item['position']}"])
        for name in BILLED
        if f"{name}-{item['position']}" in typed
    }
    return {"line": item["position"], **own}
