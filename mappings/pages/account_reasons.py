"""Which account a cost code probably goes to, and why, in words. A person maps, never we.

Told by rules that stand (of the same code elsewhere, of the codes beside it) and by the ledger's
own accounts. An account that the ledger does not have, or does not let be posted to, is none.
"""

from __future__ import annotations

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from connections.models import Integration
from connections.transport.days import today
from mappings.checks import references
from mappings.models import CostCodeMapping, ProjectLink
from mappings.pages.suggestions import SHOWN, AccountFinder, Candidate, letters, normal
from mappings.reference import Reference
from mappings.validity import not_over

Kind = Reference.Kind
LAST_PART = re.compile(r"(.*[^0-9A-Za-z])[0-9A-Za-z]+")
RANKS = ("code", "elsewhere", "number", "neighbours", "name", "one neighbour", "like")
Rule = tuple[str, str, str, str, int]  # cost code, cost type, project, account, integration


@dataclasses.dataclass(frozen=True)
class Asked:
    """The line for which an account is looked for. An empty type or project is any."""

    code: str
    cost_type: str = ""
    project: str = ""
    name: str = ""  # of the code; empty where nobody knows it

    def may_be(self, cost_type: str) -> bool:
        """Labour says nothing of material."""
        return not cost_type or not self.cost_type or cost_type == self.cost_type


@dataclasses.dataclass(frozen=True)
class Told:
    """An account, and one reason for it."""

    account: str
    rank: str  # one of RANKS
    why: str


class AccountReasons:
    """Of one integration. Its rules and accounts are read once, for any number of codes."""

    def __init__(self, integration: Integration) -> None:
        self.integration = integration
        rows = references(integration.ledger, Kind.ACCOUNT).values()
        self.accounts = {row.code: row for row in rows if not row.unusable}

    def candidates(self, row: Reference) -> list[Candidate]:
        """As a `Finder` is asked: of a cost code, whatever its type and project."""
        return self.of(Asked(row.code, name=row.name))

    def of(self, asked: Asked) -> list[Candidate]:
        """The strongest reason first; an account once, with the first two reasons for it."""
        told: dict[str, list[Told]] = defaultdict(list)
        found = [*self.same_code(asked), *self.neighbours(asked), *self.by_name(asked)]
        for one in sorted(found, key=lambda one: (RANKS.index(one.rank), one.account)):
            if one.account in self.accounts:
                told[one.account].append(one)
        return [self.candidate(account, why) for account, why in list(told.items())[:SHOWN]]

    def candidate(self, account: str, told: list[Told]) -> Candidate:
        why = "; ".join(dict.fromkeys(one.why for one in told[:2]))
        score = 1 - RANKS.index(told[0].rank) / len(RANKS)
        return Candidate(account, self.accounts[account].name, score, why)

    # -- what the rules say -----------------------------------------------------------------------

    @cached_property
    def rules(self) -> list[Rule]:
        """Of all integrations, not over yet and of a code, in an order that does not change."""
        rows = (
            CostCodeMapping.objects.filter(not_over(today()))
            .exclude(cost_code="")
            .order_by("integration", "cost_code", "cost_type", "project")
        )
        return list(rows.values_list("cost_code", "cost_type", "project", "account",
                                     "integration_id"))  # fmt: skip

    @cached_property
    def by_code(self) -> dict[str, list[Rule]]:
        found: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            found[rule[0].casefold()].append(rule)
        return found

    @cached_property
    def projects(self) -> dict[str, str]:
        rows = ProjectLink.objects.filter(integration=self.integration)
        return dict(rows.values_list("project_number", "project_name"))

    @cached_property
    def integrations(self) -> dict[int, str]:
        return dict(Integration.objects.values_list("pk", "name"))

    def same_code(self, asked: Asked) -> Iterator[Told]:
        """In another project, of no type of its own, or in another integration."""
        for code, kind, project, account, integration in self.by_code.get(
            asked.code.casefold(), ()
        ):
            if asked.may_be(kind):
                of_type = f", cost type {kind}," if kind else ""
                where = self.place(project, integration)
                ours = integration == self.integration.pk
                rank = "code" if ours else "elsewhere"
                yield Told(account, rank, f"{code}{of_type} goes to {account}{where}")

    def place(self, project: str, integration: int) -> str:
        ours = integration == self.integration.pk
        there = "" if ours else f" in {self.integrations.get(integration, 'another integration')}"
        if not project:
            return there or " in every project"
        return f" in {self.projects.get(project) or f'project {project}'}{there}"

    def neighbours(self, asked: Asked) -> Iterator[Told]:
        """The next codes below and above of the same group that have an account here."""
        below, above = self.beside(asked)
        if below and above and below[1] == above[1]:
            why = f"its neighbours {below[0]} and {above[0]} both go to {below[1]}"
            yield Told(below[1], "neighbours", why)
            return
        for one, other in ((below, above), (above, below)):
            if one:
                but = f"; {other[0]} goes to {other[1]}" if other else ""
                why = f"its neighbour {one[0]} goes to {one[1]}{but}"
                yield Told(one[1], "one neighbour", why)

    def beside(self, asked: Asked) -> tuple[tuple[str, str] | None, tuple[str, str] | None]:
        """(code, account) below and above; None where there is none or its rules disagree."""
        group = group_of(asked.code)
        codes = self.by_group.get(group, {}) if group else {}
        mine = order(asked.code)
        told = {code: account for code, rules in codes.items()
                if (account := self.agreed(rules, asked))}  # fmt: skip
        below = max((code for code in told if order(code) < mine), key=order, default="")
        above = min((code for code in told if order(code) > mine), key=order, default="")
        return ((below, told[below]) if below else None), ((above, told[above]) if above else None)

    @cached_property
    def by_group(self) -> dict[str, dict[str, list[Rule]]]:
        found: dict[str, dict[str, list[Rule]]] = defaultdict(lambda: defaultdict(list))
        for rule in self.rules:
            if rule[4] == self.integration.pk and (group := group_of(rule[0])):
                found[group][rule[0]].append(rule)
        return found

    def agreed(self, rules: list[Rule], asked: Asked) -> str:
        """The one account of a code for lines like the one asked for, else empty."""
        fit = {rule[3] for rule in rules
               if asked.may_be(rule[1]) and rule[2] in ("", asked.project)}  # fmt: skip
        return fit.pop() if len(fit) == 1 else ""

    # -- what the accounts say --------------------------------------------------------------------

    @cached_property
    def finder(self) -> AccountFinder:
        return AccountFinder(self.accounts.values())

    def by_name(self, asked: Asked) -> Iterator[Told]:
        row = Reference(code=asked.code, name=asked.name)
        for one in self.finder.candidates(row):
            if one.why == "same number":
                whole = letters(one.code) == letters(asked.code)
                how = "is the code" if whole else "has the code in it"
                yield Told(one.code, "number", f"the account’s number {how}")
            elif normal(asked.name) and one.why == "same name":
                yield Told(one.code, "name", f"the account is called ‘{one.name}’, as the code is")
            elif normal(asked.name):
                said = f"the account’s name, ‘{one.name}’, is like the code’s, ‘{asked.name}’"
                yield Told(one.code, "like", said)


def group_of(code: str) -> str:
    """The codes that stand beside each other: the same up to the last part. Of a plain number all
    but its last two digits; empty where a code has no neighbours."""
    if found := LAST_PART.fullmatch(code):
        return found[1].casefold()
    return f"{len(code)}:{code[:-2]}" if code.isdigit() and len(code) > 3 else ""


def order(code: str) -> tuple[str, str]:
    """Numbers by their value: 77-90 stands before 77-100."""
    return re.sub(r"\d+", lambda found: found[0].zfill(20), code).casefold(), code
