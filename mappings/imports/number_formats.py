"""A number as a sheet shows it: 1030 with the format 000000 is the code 001030."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

GENERAL = ("", "general", "@")
TOKEN = re.compile(r'"(?P<text>[^"]*)"|\\(?P<one>.)|_(?P<space>.)|(?P<mark>.)', re.DOTALL)
COLOUR = re.compile(r"\[(black|blue|cyan|green|magenta|red|white|yellow|color ?\d+)\]", re.I)
BARE = " -+():!&'~"  # what a format may hold without quotes
EXACT = 10**15  # Excel keeps fifteen digits


def shown(value: float, code: str) -> str | None:
    """None where the format is not one of the simple ones."""
    if code.casefold() in GENERAL:
        return general(value)
    section = COLOUR.sub("", section_for(value, code))
    if section.casefold() == "general":
        return general(value)
    if value < 0:
        return None
    tokens = list(tokens_of(section))
    if any(kind == "mark" and text not in "0#." for kind, text in tokens):
        return None
    whole, fraction = split(tokens)
    if any(kind == "mark" and text != "0" for kind, text in fraction):
        return None
    places = sum(kind == "mark" for kind, _ in fraction)
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    digits, _, decimals = f"{rounded:f}".partition(".")
    left = filled_from_right(whole, digits)
    return None if left is None else (left + filled_from_left(fraction, decimals)).strip()


def general(value: float) -> str | None:
    """Without a format: 50100.0 is 50100."""
    if isinstance(value, int) or value.is_integer():
        return str(int(value))
    text = f"{value:.15g}"
    return None if "e" in text else text


def section_for(value: float, code: str) -> str:
    """Positive; negative; zero."""
    sections = sections_of(code)
    place = 1 if value < 0 else 2 if value == 0 else 0
    return sections[place] if place < len(sections) else sections[0]


def sections_of(code: str) -> list[str]:
    """Divided by semicolons, but for those in quotes."""
    sections = [""]
    for match in TOKEN.finditer(code):
        if match["mark"] == ";":
            sections.append("")
        else:
            sections[-1] += match.group()
    return sections


def shown_text(text: str, code: str) -> str | None:
    """A text as its format shows it: 100 with "P-"@ is P-100. None: not a simple one."""
    sections = sections_of(code)
    section = sections[3] if len(sections) > 3 else sections[-1] if "@" in sections[-1] else "@"
    tokens = list(tokens_of(COLOUR.sub("", section)))
    if sum(token == ("mark", "@") for token in tokens) != 1:
        return None
    if any(kind == "mark" and mark != "@" for kind, mark in tokens):
        return None
    return "".join(text if token == ("mark", "@") else token[1] for token in tokens).strip()


def tokens_of(section: str) -> Iterator[tuple[str, str]]:
    """("mark", one of 0 # . or what is not simple) or ("text", what stands there)."""
    for match in TOKEN.finditer(section):
        mark = match["mark"]
        if mark is None:
            yield "text", " " if match["space"] else match["text"] or match["one"] or ""
        else:
            yield "text" if mark in BARE else "mark", mark


def split(
    tokens: list[tuple[str, str]],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Before and after the decimal point, which goes with what follows it."""
    points = [place for place, token in enumerate(tokens) if token == ("mark", ".")]
    if not points:
        return tokens, []
    first = points[0]
    return tokens[:first], [("text", "."), *tokens[first + 1 :]]


def filled_from_right(tokens: list[tuple[str, str]], digits: str) -> str | None:
    """00-000 with 3300 is 03-300. None where places that may be empty stand between texts."""
    places = [at for at, (kind, _) in enumerate(tokens) if kind == "mark"]
    if not places:
        return None
    between = tokens[places[0] : places[-1] + 1]
    if any(mark == "#" for _, mark in between) and any(kind == "text" for kind, _ in between):
        return None
    zeros = sum(token == ("mark", "0") for token in tokens)
    left = list(digits.lstrip("0").zfill(zeros))
    found: list[str] = []
    for at in reversed(range(len(tokens))):
        kind, text = tokens[at]
        if kind == "text":
            found.append(text)
        elif at == places[0]:
            found.append("".join(left))
        elif left:
            found.append(left.pop())
    return "".join(reversed(found))


def filled_from_left(tokens: list[tuple[str, str]], digits: str) -> str:
    rest = iter(digits)
    return "".join(next(rest, "0") if kind == "mark" else text for kind, text in tokens)
