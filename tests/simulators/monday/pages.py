"""Pages for people: the boards, and a board as a table with coloured statuses."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import parse_qs

from graphql import GraphQLError

from ..messages import Request, Response
from ..routes import route
from . import colours, reading
from .control import Controls
from .hands import WRONG, set_status
from .store import Row, is_there
from .work import plain

STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;font:14px/1.45 Figtree,Roboto,system-ui,sans-serif;background:#eceff8;color:#323338}
header{padding:1.1rem 2rem .4rem;background:#fff;border-radius:0 0 12px 12px}
h1{margin:0;font-size:1.7rem;font-weight:600}header p{margin:.2rem 0 .8rem;color:#676879}
main{padding:1rem 2rem}section{margin:0 0 1.8rem;overflow-x:auto}
h2{margin:.4rem 0;font-size:1.1rem;color:var(--group)}h2 small{color:#9699a6;font-weight:400}
table{border-collapse:collapse;background:#fff;min-width:60rem;width:100%;
box-shadow:0 1px 6px #0001;border-radius:8px;overflow:hidden}
th,td{border:1px solid #e1e4ee;padding:.4rem .65rem;text-align:center;max-width:22rem}
th{font-weight:500;color:#676879;font-size:.85rem}
td:first-child,th:first-child{text-align:left;border-left:6px solid var(--group);font-weight:500;
min-width:17rem}
td.status{padding:0;background:var(--colour);white-space:nowrap}
td.status form{margin:0}td.status select{width:100%;min-width:11rem;padding:.55rem .65rem;border:0;
background:none;color:#fff;font:inherit;text-align:center;text-align-last:center;cursor:pointer}
td.status option{background:#fff;color:#323338}
td.date,td.last_updated{white-space:nowrap}td.numbers{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
span.label{display:inline-block;background:#e5e9f5;border-radius:4px;padding:.1rem .5rem}
td.dropdown{min-width:11rem}
span.who{display:inline-grid;place-items:center;width:1.8rem;height:1.8rem;border-radius:50%;
background:#0073ea;color:#fff;font-size:.72rem}
details{font-weight:400;color:#676879;font-size:.85rem}summary{cursor:pointer}
details p{margin:.3rem 0;white-space:pre-wrap}a{color:#0073ea;text-decoration:none}
.empty{color:#9699a6;padding:1rem}"""

ASIDE = "This is a screen of the stand-in for monday.com; the vendor’s own looks otherwise."


def whole(title: str, head: str, body: str) -> Response:
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body><header><h1>{title}</h1><p>{ASIDE}</p><p>{head}</p></header><main>{body}</main>"
        "</body></html>"
    )
    headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
    return Response(200, text, headers)


def initials(name: str) -> str:
    return "".join(part[0] for part in name.split()[:2]).upper()


class Pages(Controls):
    """Plain HTML: what somebody sees who looks at the board."""

    front = "/"

    def is_screen(self, path: str) -> bool:
        return path == "/" or path.split("/")[1] == "boards"

    @route("GET", "/")
    @route("GET", "/boards")
    def boards_page(self, request: Request) -> Response:
        rows = [row for row in self.table("boards").values()
                if row["state"] == "active" and not row["parent_board_id"]]  # fmt: skip
        links = "".join(
            f'<p><a href="/boards/{row["id"]}">{html.escape(row["name"])}</a> '
            f"({len(self.items_of(row))} items)</p>"
            for row in rows
        )
        name = html.escape(self.state["account"]["name"])
        return whole("Boards", f"monday.com stand-in of {name}", links or "<p>No boards yet.</p>")

    @route("GET", "/boards/{id}")
    @route("GET", "/boards/{id}/pulses/{item}")
    def board_page(self, request: Request) -> Response:
        board = self.row("boards", request.params["id"])
        if board is None or board["state"] == "deleted":
            return Response(404, "There is no such board.")
        body = "".join(
            self.group_section(board, group) for group in board["groups"] if is_there(group)
        )
        head = html.escape(board["description"] or "")
        return whole(html.escape(board["name"]), f'<a href="/boards">All boards</a> · {head}', body)

    @route("POST", "/boards/{id}/pulses/{item}")
    def label_chosen(self, request: Request) -> Response:
        """The controller set a status by hand."""
        given = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        label = given.get("label", "")
        act = {"item": request.params["item"], "column": given.get("column"),
               "status": int(label) if label.isdigit() else None}  # fmt: skip
        try:
            with self.transaction():
                set_status(self, act)
        except (*WRONG, GraphQLError) as wrong:
            return Response(400, str(wrong))
        return Response(303, "", {"Location": f"/boards/{request.params['id']}"})

    def group_section(self, board: Row, group: Row) -> str:
        items = self.items_of(board, group["id"])
        columns = [one for one in board["columns"] if not one["archived"]]
        head = "".join(f"<th>{html.escape(one['title'])}</th>" for one in columns)
        rows = "".join(
            f"<tr>{''.join(self.cell(one, item) for one in columns)}</tr>" for item in items
        )
        rows = rows or f'<tr><td class="empty" colspan="{len(columns)}">Nothing here.</td></tr>'
        return (
            f'<section style="--group:{group["color"]}"><h2>{html.escape(group["title"])} '
            f"<small>{len(items)} items</small></h2>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></section>"
        )

    def cell(self, column: Row, item: Row) -> str:
        kind, value = column["type"], item["values"].get(column["id"])
        if kind == "name":
            return f"<td>{html.escape(item['name'])}{self.updates_shown(item)}</td>"
        if kind == "status":
            return status_cell(column, value, item)
        if kind == "numbers":
            number = f"{float(value['number']):,.2f}" if value else ""
            return f'<td class="numbers">{number}</td>'
        return f'<td class="{kind}">{self.inside(column, value, item)}</td>'

    def inside(self, column: Row, value: Row | None, item: Row) -> str:
        kind = column["type"]
        if kind == "dropdown":
            return " ".join(
                f'<span class="label">{html.escape(one["label"])}</span>'
                for one in reading.chosen(column, value)
            )
        if kind == "people":
            found = [self.table("users").get(one["id"]) for one in (value or {}).get("people", [])]
            return " ".join(
                f'<span class="who" title="{html.escape(one["name"])}">'
                f"{html.escape(initials(one['name']))}</span>"
                for one in found if one
            )  # fmt: skip
        if kind == "link" and value:
            text = html.escape(value.get("text") or value["url"])
            return f'<a href="{html.escape(value["url"])}">{text}</a>'
        if kind == "last_updated":
            return f"{item['updated_at']:%b %d, %H:%M}"
        shown: Any = self.value_view(column, item)["text"]
        return html.escape(str(shown or ""))

    def updates_shown(self, item: Row) -> str:
        rows = self.newest_updates({item["id"]})
        if not rows:
            return ""
        users = self.table("users")
        texts = "".join(
            f"<p><b>{html.escape(users[one['creator_id']]['name'])}</b> "
            f"{html.escape(plain(one['body']))}</p>"
            for one in rows
        )
        plural = "s" if len(rows) > 1 else ""
        return f"<details><summary>{len(rows)} update{plural}</summary>{texts}</details>"


def status_cell(column: Row, value: Row | None, item: Row) -> str:
    """A person chooses another label in it; the page is sent at once."""
    label = reading.label_of(column, value["index"]) if value else None
    colour = colours.HEX[label["color"] if label else colours.EMPTY]
    chosen = label["id"] if label else ""
    labels = [one for one in column["settings"]["labels"] if not one["is_deactivated"]]
    options = "".join(
        f'<option value="{one["id"]}"{" selected" if one["id"] == chosen else ""}>'
        f"{html.escape(one['label'])}</option>"
        for one in labels
    )
    blank = "" if label else '<option value="" selected></option>'
    return (
        f'<td class="status" style="--colour:{colour}"><form method="post" '
        f'action="/boards/{item["board_id"]}/pulses/{item["id"]}">'
        f'<input type="hidden" name="column" value="{html.escape(column["id"])}">'
        f'<select name="label" aria-label="{html.escape(column["title"])}" '
        f'onchange="this.form.submit()">{blank}{options}</select></form></td>'
    )
