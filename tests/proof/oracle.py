"""Judges a run by both sides alone: what the source says, what the ledger holds, what is shown.

It shares no table, no rule and no code with the connector. Where a line goes it learns from what
the company says of itself; what it is worth, from the source's own lines.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.proof.books import ZERO, Books, Entry, Where, total

LOST, DOUBLED, CENTS, SHOWN = "lost", "doubled", "wrong cents", "shown wrongly"
Sums = dict[Where, Decimal]
MEMO = {  # the accounts of what is no cost, by collection
    "purchase_order_contracts": "commitment",
    "work_order_contracts": "commitment",
    "commitment_change_orders": "commitment",
    "prime_change_orders": "contract_change",
}
TYPES = set("LMESO")  # of costs, as the company calls them
GOOD = {"approved", "Approved", "Complete"}


@dataclasses.dataclass(frozen=True)
class Plan:
    """How the company wants its costs coded, as it says itself."""

    rules: dict[tuple[str, str, str], dict[str, Any]]  # by cost code, project, cost type
    purposes: dict[str, str]  # account by purpose
    values: dict[str, str]  # a project's value in the ledger, by its number
    vendors: dict[int, str]  # the ledger's number, by Procore's id
    open_from: str  # before this day no posting is allowed

    def where(self, project: str, code: str, kind: str, account: str = "") -> Where | None:
        """The most specific rule: cost code before project, project before cost type."""
        for key in [(c, p, t) for c in (code, "") for p in (project, "") for t in (kind, "")]:
            if rule := self.rules.get(key):
                upper = {name.upper(): value for name, value in rule["dimensions"].items()}
                return (account or rule["account"], self.values[project],
                        upper.get("COSTCODE", ""), upper.get("COSTTYPE", ""))  # fmt: skip
        return None

    def plain(self, purpose: str, project: str) -> Where:
        return self.purposes[purpose], self.values[project], "", ""


@dataclasses.dataclass(frozen=True)
class Paper:
    """A document as the source has it now; `row` is None when it is gone."""

    token: str
    collection: str
    project: str
    row: dict[str, Any] | None
    id: str = "-"
    contract: str = ""  # token of its contract

    def names(self, text: str) -> bool:
        """The ledger's document bears its number, its words or its id."""
        return self.token in text.upper() or self.id in text


@dataclasses.dataclass(frozen=True)
class Shown:
    """What the list of documents says of one."""

    token: str
    state: str
    reason: str
    sentence: str
    first: bool  # not a difference or a relief that follows it


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    token: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.token}: {self.sentence}"


@dataclasses.dataclass
class Expected:
    """What a paper is worth by account; None where no rule covers a line of it."""

    vendor: str
    sums: Sums | None
    tax: Decimal = ZERO


def expected(paper: Paper, plan: Plan) -> Expected:
    row = paper.row
    if row is None or row["status"] not in GOOD:
        return Expected("", {})
    if paper.collection == "requisitions":
        return billed(paper, row, plan)
    memo = MEMO.get(paper.collection)
    account = plan.purposes[memo] if memo else ""
    sums: Sums = defaultdict(lambda: ZERO)
    for line in row["line_items"]:
        code, kind = codes(line)
        place = plan.where(paper.project, code, kind, account)
        if place is None:
            return Expected("", None)
        sums[place] += Decimal(str(line["amount"]))
    vendor = plan.vendors.get((row.get("vendor") or {}).get("id") or 0, "") if not memo else ""
    stated = row.get("grand_total")
    whole = Decimal(str(stated)) if stated is not None else sum(sums.values(), ZERO)
    tax = whole - sum(sums.values(), ZERO) if not memo else ZERO
    return Expected(vendor, {place: amount for place, amount in sums.items() if amount}, tax)


def codes(line: dict[str, Any]) -> tuple[str, str]:
    """Cost code and type, by the names of their segments; a project's type may come first."""
    if line.get("cost_code"):
        return line["cost_code"]["full_code"], line["line_item_type"]["code"]
    flat = line["wbs_code"]["flat_code"]
    first, _, rest = flat.partition(".")
    if first in TYPES:
        return rest, first
    code, _, kind = flat.rpartition(".")
    return code, kind


def billed(paper: Paper, row: dict[str, Any], plan: Plan) -> Expected:
    """Work and materials of this period, less what is retained, plus what is released."""
    sums: Sums = defaultdict(lambda: ZERO)
    for item in row["items"]:
        worth = number(item, "work_completed_this_period") + number(
            item, "materials_presently_stored"
        )
        code, kind = segments(item)
        place = plan.where(paper.project, code, kind)
        if place is None:
            return Expected("", None)
        sums[place] += worth
        kept = number(item, "work_completed_retainage_retained_this_period") + number(
            item, "materials_stored_retainage_currently_retained"
        )
        back = number(item, "work_completed_retainage_released_this_period") + number(
            item, "materials_stored_retainage_released_this_period"
        )
        sums[plan.plain("retainage_held", paper.project)] -= kept
        sums[plan.plain("retainage_released", paper.project)] += back
    vendor = plan.vendors.get(row["vendor_id"], "")
    return Expected(vendor, {place: amount for place, amount in sums.items() if amount})


def number(item: dict[str, Any], name: str) -> Decimal:
    return Decimal(str(item[name] or 0))


def segments(item: dict[str, Any]) -> tuple[str, str]:
    found = {
        one["segment_type"]: one["path_codes"][-1][-1].partition(" - ")[0]
        for one in item["wbs_code"]["segment_items"]
    }
    return found["cost_code"], found["line_item_type"]


# -- the verdict ----------------------------------------------------------------------------------


def judge(papers: list[Paper], books: Books, shown: list[Shown], plan: Plan) -> list[Fault]:
    """Every fault of a run; none is what is promised."""
    faults = [] if books.balanced else [Fault(CENTS, "", "the ledger does not balance")]
    owners = [owner_of(entry, papers) for entry in books.entries]
    for paper in papers:
        theirs = [e for e, owner in zip(books.entries, owners, strict=True) if owner == paper.token]
        rows = [one for one in shown if one.token == paper.token]
        faults += judge_one(paper, theirs, rows, books, plan)
    faults += [
        Fault(DOUBLED, entry.document, f"{entry.text!r} stands there, and nobody wrote it")
        for entry, owner in zip(books.entries, owners, strict=True)
        if not owner
    ]
    return faults


def owner_of(entry: Entry, papers: list[Paper]) -> str:
    """The token of the paper it stands for: a contract and its billing named, the billing."""
    named = [paper for paper in papers if paper.names(entry.text)]
    return next((paper.token for paper in named if paper.contract), named[0].token if named else "")


def judge_one(
    paper: Paper, theirs: list[Entry], rows: list[Shown], books: Books, plan: Plan
) -> list[Fault]:
    wanted = expected(paper, plan)
    own = its_own(paper, theirs, wanted, plan)
    posted = [entry for entry in own if entry.posted]
    first = next((one for one in rows if one.first), None)
    state = first.state if first else ""
    vendors = ", ".join(sorted({entry.vendor for entry in posted if entry.vendor}))
    there = f"{total(posted)} for {vendors or 'nobody'}"
    said = f"the source says {said_of(wanted)}, the ledger {there}; shown {first}"
    found = []
    if kind := verdict(paper, wanted, posted, state, books, plan):
        found.append(kind)
    if state == "posted" and any(not entry.posted for entry in own):
        found.append(DOUBLED)  # a draft was left behind
    if {entry.currency for entry in posted} - {books.local, ""}:
        found.append(CENTS)
        said = f"in {sorted({entry.currency for entry in posted})}; {said}"
    return [Fault(kind, paper.token, said) for kind in found]


def its_own(paper: Paper, theirs: list[Entry], wanted: Expected, plan: Plan) -> list[Entry]:
    """The lines that say what it is worth: without those that balance them."""
    journal = journal_of(paper, wanted)
    own = [entry for entry in theirs if (entry.kind == "journal") == journal]
    if paper.collection in MEMO:
        account = plan.purposes[MEMO[paper.collection]]
        return [entry for entry in own if entry.where[0] == account]
    if journal:
        return [entry for entry in own if entry.where[0] != plan.purposes["clearing"]]
    return own


def verdict(
    paper: Paper, wanted: Expected, posted: list[Entry], state: str, books: Books, plan: Plan
) -> str:
    """What kind of fault it is; empty where what stands and what is shown are both right."""
    if stands_right(wanted, posted, books):
        return SHOWN if wanted.sums and state == "held" else ""
    if not posted and state == "posted":
        return SHOWN
    if state in ("posted", "skipped"):
        return kind_of(wanted, posted)
    return LOST if not state or must(paper, wanted, plan) else ""


def journal_of(paper: Paper, wanted: Expected) -> bool:
    if paper.collection in MEMO:
        return True
    row = paper.row or {}
    return row.get("direct_cost_type") in ("payroll", "expense") and not row.get("vendor")


def stands_right(wanted: Expected, posted: list[Entry], books: Books) -> bool:
    """Every cent on its account, for its vendor, and the tax as well."""
    if wanted.sums is None:
        return False
    by_vendor = {one.vendor for one in posted}
    for vendor in by_vendor | {wanted.vendor}:
        sums = total([entry for entry in posted if entry.vendor == vendor])
        if sums != (wanted.sums if vendor == wanted.vendor else {}):
            return False
    documents = {entry.document for entry in posted if entry.kind == "purchase"}
    return sum((books.tax.get(one, ZERO) for one in documents), ZERO) == wanted.tax


def kind_of(wanted: Expected, posted: list[Entry]) -> str:
    if not posted:
        return LOST
    there = sum((entry.amount for entry in posted), ZERO)
    whole = sum((wanted.sums or {}).values(), ZERO)
    twice = whole and there and there % whole == 0 and abs(there) > abs(whole)
    return DOUBLED if twice else CENTS


def must(paper: Paper, wanted: Expected, plan: Plan) -> bool:
    """What is approved, coded and of an open period has to be carried in the end."""
    row = paper.row
    if row is None or row["status"] not in GOOD or wanted.sums is None:
        return False
    return str(row.get("direct_cost_date") or "9999") >= plan.open_from


def said_of(wanted: Expected) -> str:
    tax = f" and tax {wanted.tax}" if wanted.tax else ""
    return f"{dict(wanted.sums) if wanted.sums is not None else 'no rule'}{tax} for {wanted.vendor}"
