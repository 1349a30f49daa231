"""Screens of the stand-ins: plain pages where people see and mend what an address leads to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import quote, urlsplit

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from .messages import Request, Response

Cells = dict[str, str]
Choices = Iterable[tuple[str, str]]
NONE = mark_safe("")
LONGEST = 24  # characters of a word that is not broken
STYLE = mark_safe("""
:root{color-scheme:light dark}*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:auto;padding:1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0}h2{font-size:1.15rem;margin:1.5rem 0 .5rem}
.aside{font-size:.875rem;border-left:4px solid;padding-left:.75rem;margin:0 0 1rem}
.told{border:2px solid;padding:.5rem .75rem;font-weight:600}
nav a{display:inline-block;padding:.35rem 1rem .35rem 0}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.5rem 1rem}
dt{font-size:.875rem}dd{margin:0;font-weight:600}
form{margin:.5rem 0}.fields{display:flex;flex-wrap:wrap;gap:.75rem 1rem}
label{flex:1 1 11rem;max-width:28rem;font-size:.875rem}
input,select{font:inherit;width:100%;min-width:0;padding:.35rem}
td input,td select{min-width:5rem}input[type=checkbox]{width:auto;min-width:0}
button{font:inherit;padding:.5rem 1rem;margin:.5rem .5rem .5rem 0}
td form,td p{margin:0}td button{margin:0 .5rem .25rem 0}
table{border-collapse:collapse;width:100%}
th,td{overflow-wrap:break-word}.long{overflow-wrap:anywhere}
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid #8886;vertical-align:top}
.sum,.sum input{text-align:right;font-variant-numeric:tabular-nums}
@media (max-width:45rem){
thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tr{display:block;border-bottom:2px solid #8888;padding:.35rem 0}
td{display:grid;grid-template-columns:8rem 1fr;border:0;padding:.15rem 0}
td::before{content:attr(data-title);font-size:.875rem}.sum,.sum input{text-align:left}}
""")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>
<body><main><p class="aside">This is a screen of the stand-in for {vendor}, for trying things out;
the vendor’s own looks otherwise.</p><h1>{title}</h1>{body}</main></body></html>"""
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}


def page(vendor: str, title: str, *parts: str, status: int = 200) -> Response:
    body = joined(parts)
    text = format_html(PAGE, title=title, style=STYLE, vendor=vendor, body=body)
    return Response(status, str(text), dict(HEADERS))


def absent(vendor: str, status: int = 404) -> Response:
    text = "Nothing stands at this address: it was deleted, or was never here."
    return page(vendor, "Not here", told(text), status=status)


def back_to(address: str) -> Response:
    """After a form was taken: the page is asked for anew."""
    return Response(303, "", {"Location": address})


def same_origin(request: Request) -> bool:
    """Browsers say where a form was sent from; a form that does not say it is refused."""
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    host = str(request.headers.get("Host") or "")
    return bool(host) and urlsplit(said).netloc.casefold() == host.casefold()


# Parts of a page.


def joined(parts: Iterable[str]) -> SafeString:
    return format_html_join("\n", "{}", ((part,) for part in parts))


def told(sentence: str) -> SafeString:
    return format_html('<p class="told" role="status">{}</p>', sentence) if sentence else NONE


def quoted(text: str) -> str:
    """As it stands in the query of an address."""
    return quote(text, safe="")


def heading(text: str) -> SafeString:
    return format_html("<h2>{}</h2>", text)


def link(address: str, text: str) -> SafeString:
    return format_html('<a href="{}">{}</a>', address, breakable(text))


def ways(links: Choices) -> SafeString:
    """Links to what stands beside it."""
    shown = format_html_join(" ", '<a href="{}">{}</a>', links)
    return format_html("<nav>{}</nav>", shown)


def facts(given: Mapping[str, object]) -> SafeString:
    """Without those that say nothing."""
    rows = [(name, value) for name, value in given.items() if value not in (None, "")]
    return format_html("<dl>{}</dl>", format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>",
                                                       rows))  # fmt: skip


def table(titles: Sequence[str], rows: Iterable[Sequence[object]], sums: str = "") -> SafeString:
    """`sums` names the columns of figures."""
    shown = [
        format_html("<tr>{}</tr>", format_html_join("", '<td data-title="{}"{}>{}</td>', (
            (title, figures(title, sums), breakable(cell))
            for title, cell in zip(titles, row, strict=True)
        )))
        for row in rows
    ]  # fmt: skip
    if not shown:
        return format_html("<p>{}</p>", "None.")
    head = format_html_join("", "<th{}>{}</th>", ((figures(one, sums), one) for one in titles))
    return format_html(
        "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, joined(shown)
    )


def folded(title: str, texts: Iterable[str]) -> SafeString:
    shown = format_html_join("", "<p>{}</p>", ((text,) for text in texts))
    return format_html("<details><summary>{}</summary>{}</details>", title, shown)


def breakable(cell: object) -> object:
    """Only what would be wider than its column is broken within a word."""
    if isinstance(cell, SafeString) or max(map(len, str(cell).split()), default=0) <= LONGEST:
        return cell
    return format_html('<span class="long">{}</span>', cell)


def figures(title: str, sums: str) -> SafeString:
    return mark_safe(' class="sum"') if title in sums.split(", ") else NONE


def money(value: object) -> str:
    """With all its digits, and two decimals at least."""
    amount = Decimal(str(value))
    return f"{amount:,.2f}" if amount == round(amount, 2) else f"{amount.normalize():,f}"


# Forms.


def form(*parts: str, **buttons: str) -> SafeString:
    """Sent to its own address; each button says what is to be done: do=<name>."""
    shown = format_html_join("", '<button name="do" value="{}">{}</button>', list(buttons.items()))
    return format_html('<form method="post">{}<p>{}</p></form>', joined(parts), shown)


def fields(*labelled: str) -> SafeString:
    return format_html('<div class="fields">{}</div>', joined(labelled))


def labelled(label: str, control: str) -> SafeString:
    return format_html("<label>{} {}</label>", label, control)


def entry(name: str, value: str, label: str, type: str = "text", offers: str = "") -> SafeString:
    """A field to type in; `offers` names a list of what may be chosen."""
    more = format_html(' list="{}"', offers) if offers else NONE
    return format_html(
        '<input name="{}" value="{}" type="{}" aria-label="{}" autocomplete="off"{}>',
        name, value, type, label, more,
    )  # fmt: skip


def select(name: str, value: str, label: str, choices: Choices) -> SafeString:
    """What stands there is among the choices, whatever it is."""
    known = dict(choices)
    offered = {**({} if value in known else {value: value or "(none)"}), **known}
    options = format_html_join(
        "", '<option value="{}"{}>{}</option>',
        ((one, mark_safe(" selected") if one == value else NONE, text)
         for one, text in offered.items()),
    )  # fmt: skip
    return format_html('<select name="{}" aria-label="{}">{}</select>', name, label, options)


def offers(name: str, values: Choices) -> SafeString:
    options = format_html_join("", '<option value="{}">{}</option>', values)
    return format_html('<datalist id="{}">{}</datalist>', name, options)


def typed_lines(form: Mapping[str, str], names: Sequence[str], keys: Sequence[str]) -> list[Cells]:
    """Of the lines with these keys, those into which anything was typed, by the names of cells."""
    found = [{name: form.get(f"{name}-{key}", "").strip() for name in names} for key in keys]
    return [cells for cells in found if any(cells.values())]


def figure(text: str) -> Decimal:
    """What was typed for a number. Raises ValueError."""
    try:
        found = Decimal(text.replace(",", "").strip() or "0")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ValueError(f"“{text}” is not a number.")
    return found


def day(text: str) -> str:
    """What was typed for a day. Raises ValueError."""
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise ValueError(f"“{text}” is not a day.") from None


def tick(name: str, label: str) -> SafeString:
    return format_html('<input name="{}" value="1" type="checkbox" aria-label="{}">', name, label)


def hidden(name: str, value: str) -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', name, value)
