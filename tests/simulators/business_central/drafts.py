"""Screens on which a bookkeeper types a document, and changes it until it is posted."""

from __future__ import annotations

from .. import screens
from ..messages import Request, Response
from .cards import NEW, VENDOR, Cards, refusal, ways
from .documents import KINDS, Kind, lines_of
from .model import Row
from .typed import BLANK, Form, codes, filled, line_cells, named, type_document

TITLES = ("Line", "Account", "Description", "Quantity", "Unit cost")


class Drafts(Cards):
    """The form of a document that is not posted: a new one (mode=create), and one that is there."""

    def new_shown(self, request: Request, opened: str) -> Response:
        """Of the kind that this page is of; what was typed stays where it is refused."""
        entity = next((name for name, page in NEW.items() if page == opened), "")
        if not entity:
            return screens.absent(VENDOR)
        form = request.form() if request.method == "POST" else {}
        answer = Response()
        if form:
            answer = self.acted(request, {"type": lambda books, data: type_document(
                books, {"kind": entity, "form": data})})  # fmt: skip
            if answer.status == 200:
                return screens.back_to(address(request, str(answer.body["number"])))
        why, kind = refusal(answer), KINDS[entity]
        typed = {"day": self.books.today(), **form}
        vendors = ((row["number"], row["displayName"]) for row in self.books.rows("vendor"))
        local = self.books.local_currency
        currencies = [local, *(str(row["code"]) for row in self.books.rows("currency"))]
        parts = (
            screens.told(why), ways(request), screens.offers("vendors", sorted(vendors)),
            screens.form(
                screens.fields(
                    field("vendor", "Vendor No.", typed, offers="vendors"),
                    field("external", "Vendor's number", typed),
                    field("day", "Document date", typed, "date"),
                    screens.labelled("Currency", screens.select(
                        "currency", typed.get("currency", ""), "Currency",
                        [("", "(the vendor’s)"), *zip(currencies, currencies, strict=True)])),
                ),
                self.lines_form(kind, [], typed), type="Save as a draft",
            ),
        )  # fmt: skip
        title = f"New purchase {kind.title}"
        return screens.page(VENDOR, title, *parts, status=400 if why else 200)

    def draft_form(self, kind: Kind, row: Row, typed: Form) -> str:
        """Its fields, with what was typed and refused."""
        form = {**filled(self.books, kind, row), **typed}
        head = screens.fields(
            field("external", "Vendor's number", form),
            field("day", "Document date", form, "date"),
            field("posting", "Posting date", form, "date"),
        )
        lines = lines_of(self.books, kind, row)
        return screens.joined((head, self.lines_form(kind, lines, form)))

    def lines_form(self, kind: Kind, lines: list[Row], form: Form) -> str:
        """Those that are there, and some to type anew."""
        dims = codes(self.books)
        rows = [self.line_form(line, str(line["sequence"]), {
            **named(line_cells(self.books, kind, line), str(line["sequence"])), **form,
        }) for line in lines]  # fmt: skip
        rows += [self.line_form(None, key, form) for key in BLANK]
        accounts = ((row["number"], row["displayName"]) for row in self.books.rows("account")
                    if row["accountType"] == "Posting")  # fmt: skip
        lists = [screens.offers("accounts", sorted(accounts))]
        lists += [screens.offers(f"of-{code}", self.values(code)) for code in dims]
        titles = (*TITLES, *dims, "Amount", "Remove")
        return screens.joined(
            (screens.heading("Lines"), *lists, screens.table(titles, rows, "Unit cost, Amount"))
        )

    def line_form(self, line: Row | None, key: str, form: Form) -> tuple[object, ...]:
        def cell(name: str, label: str, offers: str = "") -> str:
            given = form.get(f"{name}-{key}", "")
            return screens.entry(f"{name}-{key}", given, label, offers=offers)

        account = line["lineObjectNumber"] if line else cell("account", "Account", "accounts")
        return (
            line["sequence"] if line else "new", account, cell("text", "Description"),
            cell("quantity", "Quantity"), cell("cost", "Unit cost"),
            *(cell(code, code, f"of-{code}") for code in codes(self.books)),
            screens.money(line["netAmount"]) if line else "",
            screens.tick(f"drop-{key}", "Remove") if line else "",
        )  # fmt: skip

    def values(self, code: str) -> list[tuple[str, str]]:
        dimension = self.books.find("dimension", code=code) or {"id": ""}
        return sorted((row["code"], row["displayName"]) for row in self.books.rows("dimensionValue")
                      if row["dimensionId"] == dimension["id"])  # fmt: skip


def field(name: str, label: str, form: Form, type: str = "text", offers: str = "") -> str:
    return screens.labelled(label, screens.entry(name, form.get(name, ""), label, type, offers))


def address(request: Request, number: str) -> str:
    chosen = f"'No.' IS '{number}'"
    return f"{request.path}?filter={screens.quoted(chosen)}"
