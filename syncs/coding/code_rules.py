"""Which cost codes the ledger's accounts or values stand for, by the rule that finance chose.

Nothing is guessed: without a rule, and without saying which accounts, there are no codes.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable

from mappings.models import CostCodeMapping
from mappings.reference import Reference
from syncs.models import FlowSettings

CodeRule = FlowSettings.CodeRule
Rule = Callable[["Chart", FlowSettings, str], Iterable[tuple[str, Reference]]]
EVERYTHING, SPAN = "*", ".."
BETWEEN = re.compile(r"[^0-9A-Za-z]")  # a blank segment counts, so never several at once
SHOWN = 3
FILTERED = (CodeRule.NUMBER, CodeRule.SEGMENT, CodeRule.VALUE)  # all others say themselves which


@dataclasses.dataclass(frozen=True)
class Planned:
    """A cost code as the ledger would have it."""

    code: str
    name: str
    stands_for: str  # in words
    why_not: str = ""  # all of it left the ledger or cannot be used any more

    @property
    def proof(self) -> str:
        content = json.dumps([self.code, self.name, self.why_not])
        return hashlib.sha256(content.encode()).hexdigest()


@dataclasses.dataclass
class Chart:
    """What the plan is made of: the ledger's rows, gone ones too, and the mapping rules."""

    accounts: list[Reference]
    values: list[Reference]
    rules: list[CostCodeMapping]
    known: list[Reference]  # cost codes of the project system

    @property
    def names(self) -> dict[str, str]:
        """What people call the codes there; the first project's word counts."""
        return {row.code: row.name for row in sorted(self.known, key=lambda row: row.parent)[::-1]}


def plan(chart: Chart, settings: FlowSettings, project: str) -> dict[str, Planned]:
    """Codes of one project (by its number), by code."""
    if problem(settings):
        return {}
    found: dict[str, list[Reference]] = defaultdict(list)
    for code, row in RULES[settings.code_rule](chart, settings, project):
        if code:
            found[code].append(row)
    return {code: planned(code, rows, chart) for code, rows in found.items()}


def planned(code: str, rows: list[Reference], chart: Chart) -> Planned:
    rows = sorted(rows, key=lambda row: (row.code, row.parent))
    usable = [row for row in rows if not why_not(row)]
    name = called(code, usable or rows, chart)
    return Planned(code, name, words(usable or rows), "" if usable else why_not(rows[0]))


def called(code: str, rows: list[Reference], chart: Chart) -> str:
    """What it stands for says its name; where that is several, people's name of it comes first."""
    names = list(dict.fromkeys(name for row in rows if (name := tidy(row.name))))
    several = chart.names.get(code, "") if len(names) > 1 else ""
    return several or (names[0] if names else code)


def words(rows: list[Reference]) -> str:
    """“account 60100”, “accounts 5110, 5120 and 4 more”, “value 03-300 of COSTCODE”."""
    if rows[0].kind == Reference.Kind.DIMENSION_VALUE:
        return f"value {rows[0].code} of {rows[0].parent}"
    codes = [row.code for row in rows]
    more = len(codes) - SHOWN
    listed = ", ".join(codes[:SHOWN]) + (f" and {more} more" if more > 0 else "")
    return f"account{'s' if len(codes) > 1 else ''} {listed}"


def why_not(row: Reference) -> str:
    return "is not in the ledger any more" if row.gone_at else row.unusable


# -- the rules -------------------------------------------------------------------------------------


def by_number(
    chart: Chart, settings: FlowSettings, project: str
) -> Iterable[tuple[str, Reference]]:
    wanted = chosen(settings)
    return [(row.code, row) for row in chart.accounts if wanted(row.code)]


def by_segment(
    chart: Chart, settings: FlowSettings, project: str
) -> Iterable[tuple[str, Reference]]:
    """What is chosen is the segment, not the whole number."""
    wanted, at = chosen(settings), int(settings.code_part) - 1
    for row in chart.accounts:
        segments = BETWEEN.split(row.code)
        if at < len(segments) and segments[at] and wanted(segments[at]):
            yield segments[at], row


def by_mapping(
    chart: Chart, settings: FlowSettings, project: str
) -> Iterable[tuple[str, Reference]]:
    """A rule for any cost code names none."""
    wanted = chosen(settings)
    accounts = {row.code: row for row in chart.accounts}
    pairs = {
        (rule.cost_code, rule.account) for rule in chart.rules
        if rule.cost_code and rule.project in ("", project)
    }  # fmt: skip
    for code, account in sorted(pairs):
        if account in accounts and wanted(account):
            yield code, accounts[account]


def by_name(chart: Chart, settings: FlowSettings, project: str) -> Iterable[tuple[str, Reference]]:
    """Only where one code, over all projects, is called exactly so."""
    wanted = chosen(settings)
    codes: dict[str, set[str]] = defaultdict(set)
    for row in chart.known:
        codes[plain(row.name)].add(row.code)
    for row in chart.accounts:
        same = codes.get(plain(row.name), set())
        if row.name and len(same) == 1 and wanted(row.code):
            yield next(iter(same)), row


def by_value(chart: Chart, settings: FlowSettings, project: str) -> Iterable[tuple[str, Reference]]:
    wanted, dimension = chosen(settings), settings.code_part
    return [(row.code, row) for row in chart.values if row.parent == dimension and wanted(row.code)]


RULES: dict[str, Rule] = {
    CodeRule.NUMBER: by_number,
    CodeRule.SEGMENT: by_segment,
    CodeRule.MAPPED: by_mapping,
    CodeRule.NAMED: by_name,
    CodeRule.VALUE: by_value,
}


def tidy(name: str) -> str:
    """Without the blanks that one system pads with and another drops."""
    return " ".join(name.split())


def plain(name: str) -> str:
    return tidy(name).casefold()


# -- what finance chose ----------------------------------------------------------------------------


def problem(settings: FlowSettings) -> str:
    """What still has to be chosen, or cannot be read; empty when all is said."""
    rule, part, given = settings.code_rule, settings.code_part, settings.code_filter
    if not rule:
        return (
            "It has to be chosen what becomes a cost code: open “Cost codes” below. Until then "
            "nothing is sent."
        )
    if rule == CodeRule.SEGMENT and not (part.isascii() and part.isdigit() and int(part) > 0):
        return "Which segment of the account’s number is the code? Enter its place, as 2."
    if rule == CodeRule.VALUE and not part:
        return "Which dimension’s values are the codes? Enter its code."
    if rule in FILTERED and not given.strip():
        return "Which ones become cost codes? Enter numbers, ranges or beginnings; * is all."
    return filter_problem(given)


def filter_problem(given: str) -> str:
    for part in parts(given):
        low, span, high = part.partition(SPAN)
        if EVERYTHING in part[:-1] or (span and not (low and high)) or SPAN in high:
            return (
                f"“{part}” is neither a number, nor a range as 50000..59999, nor a beginning as 6*."
            )
    return ""


def chosen(settings: FlowSettings) -> Callable[[str], bool]:
    """Without a filter all that the rule itself names; `problem` asks for one where it must be."""
    wanted = parts(settings.code_filter)
    return lambda code: not wanted or any(within(part, code.upper()) for part in wanted)


def parts(given: str) -> list[str]:
    return [part.strip().upper() for part in given.split(",") if part.strip()]


def within(part: str, code: str) -> bool:
    low, span, high = part.partition(SPAN)
    if span:
        if low.isdigit() and high.isdigit() and code.isdigit():
            return int(low) <= int(code) <= int(high)
        return low <= code <= high
    if part.endswith(EVERYTHING):
        return code.startswith(part[:-1])
    return code == part
