"""A person before a screen of a stand-in, and before our pages: looks, types, presses."""

from __future__ import annotations

import dataclasses
import html
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests
from django.test import Client

from syncs.models import Record
from tests.story import Company

Fields = dict[str, str]


@dataclasses.dataclass
class Form:
    """As a browser would send it: what stands in its fields, and its buttons by their words."""

    fields: Fields = dataclasses.field(default_factory=dict)
    buttons: Fields = dataclasses.field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page, in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.chosen, self.button = "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form())
        elif tag == "input" and given["type"] != "checkbox":
            self.found[-1].fields[given["name"]] = given["value"]
        elif tag == "select":
            self.chosen = given["name"]
        elif tag == "option" and self.chosen:
            first = self.chosen not in self.found[-1].fields
            if first or "selected" in given:
                self.found[-1].fields[self.chosen] = given["value"]
        elif tag == "button":
            self.button = given["value"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.chosen = ""

    def handle_data(self, data: str) -> None:
        if self.button:
            self.found[-1].buttons[data] = self.button
            self.button = ""


def shown(url: str, status: int = 200) -> str:
    """The words of a screen."""
    answer = requests.get(url, timeout=30)
    assert answer.status_code == status, answer.text
    return html.unescape(answer.text)


def follows(url: str, words: str) -> str:
    """The address of the link with these words on a screen."""
    page = requests.get(url, timeout=30).text
    before = html.unescape(page).partition(f'">{words}</a>')[0]
    assert before != html.unescape(page), f"no link {words} on {url}"
    return urljoin(url, before.rpartition('href="')[2])


def press(url: str, button: str, of: str = "", **typed: str) -> requests.Response:
    """The button with these words, with what stands in its form and what was typed there; `of`:
    of the form in which this stands, where several have such a button."""
    forms = Forms(requests.get(url, timeout=30).text).found
    form = next(one for one in forms if button in one.buttons
                and (not of or of in one.fields.values()))  # fmt: skip
    unknown = set(typed) - set(form.fields)
    assert all(name.startswith("drop-") for name in unknown), f"no such fields: {unknown}"
    return posts(url, **{**form.fields, **typed, "do": form.buttons[button]})


def posts(url: str, **form: str) -> requests.Response:
    """A form sent to a screen, whatever stands on it."""
    parts = urlsplit(url)
    headers = {"Origin": f"{parts.scheme}://{parts.netloc}"}
    return requests.post(url, data=form, headers=headers, timeout=30)


def presses(url: str, button: str, of: str = "", **typed: str) -> str:
    """It is taken. The address at which it ends."""
    answer = press(url, button, of, **typed)
    assert answer.status_code == 200, html.unescape(answer.text)
    return str(answer.url)


def refused(url: str, button: str, of: str = "", **typed: str) -> str:
    """It is not. What the screen says."""
    answer = press(url, button, of, **typed)
    assert answer.status_code in (400, 422), answer.text
    text = html.unescape(answer.text)
    return text.partition('role="status">')[2].partition("</p>")[0]


def page_of(client: Client, record: Record) -> str:
    """Our page of a document, as it is read."""
    return html.unescape(client.get(f"/syncs/record/{record.pk}/change/").content.decode())


def does(client: Client, company: Company, record: Record, verb: str, text: str = "") -> Record:
    """A button of our page, and the worker ran."""
    answer = client.post(f"/syncs/record/{record.pk}/do/{verb}/", {"text": text, "seen": ""})
    assert answer.status_code == 302, answer.content.decode()
    company.the_worker_runs()
    record.refresh_from_db()
    return record
