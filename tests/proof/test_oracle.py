"""The oracle finds each kind of fault, and knows nothing of the connector."""

from __future__ import annotations

import ast
import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.proof import oracle
from tests.proof.books import Books, Entry
from tests.proof.oracle import CENTS, DOUBLED, LOST, SHOWN, Paper, Plan, Shown, judge

COST = ("52100", "P-1", "03-300", "M")
PLAN = Plan(
    rules={("03-300", "", "M"): {
        "account": "52100", "dimensions": {"COSTCODE": "03-300", "COSTTYPE": "M"},
    }},
    purposes={"commitment": "90100", "clearing": "20400"}, values={"P-1": "P-1"},
    vendors={7: "V7", 8: "V8"}, open_from="2026-08-01",
)  # fmt: skip


def a_cost(**facts: Any) -> Paper:
    line = {"cost_code": {"full_code": "03-300"}, "line_item_type": {"code": "M"}, "amount": "100"}
    row = {
        "status": "approved", "vendor": {"id": 7}, "direct_cost_type": "invoice",
        "direct_cost_date": "2026-11-01", "line_items": [line], "grand_total": "100.00", **facts,
    }  # fmt: skip
    return Paper("Q00AX", "direct_costs", "P-1", row, "4711")


def an_entry(**facts: Any) -> Entry:
    plain = Entry("108001", "INV-Q00AX Rebar", "purchase", "V7", COST, Decimal(100), "USD", True)
    return dataclasses.replace(plain, **facts)


def kinds(paper: Paper, entries: list[Entry], state: str, **books: Any) -> list[str]:
    shown = [Shown("Q00AX", state, "", "", True)] if state else []
    found = Books(**{"entries": entries, "tax": {}, "local": "USD", "balanced": True, **books})
    return [fault.kind for fault in judge([paper], found, shown, PLAN)]


def test_what_is_right_is_right() -> None:
    assert kinds(a_cost(), [an_entry()], "posted") == []
    assert kinds(a_cost(status="draft"), [], "skipped") == []
    assert kinds(a_cost(direct_cost_date="2026-07-31"), [], "held") == []


@pytest.mark.parametrize(("entries", "state", "kind"), [
    ([], "", LOST),
    ([], "held", LOST),
    ([], "skipped", LOST),
    ([], "posted", SHOWN),
    ([an_entry()], "held", SHOWN),
    ([an_entry(), an_entry(document="108002")], "posted", DOUBLED),
    ([an_entry(), an_entry(document="107001", posted=False)], "posted", DOUBLED),
    ([an_entry(amount=Decimal("99.99"))], "posted", CENTS),
    ([an_entry(vendor="V8")], "posted", CENTS),
    ([an_entry(where=("52100", "P-1", "03-300", "S"))], "posted", CENTS),
    ([an_entry(currency="EUR")], "posted", CENTS),
])  # fmt: skip
def test_each_fault_is_found(entries: list[Entry], state: str, kind: str) -> None:
    assert kinds(a_cost(), entries, state) == [kind]


def test_what_the_source_took_back_must_not_be_shown_as_posted() -> None:
    assert kinds(a_cost(status="revise_and_resubmit"), [an_entry()], "posted") == [CENTS]
    assert kinds(a_cost(status="revise_and_resubmit"), [an_entry()], "held") == []


def test_tax_and_balance_are_looked_at() -> None:
    assert kinds(a_cost(grand_total="107.25"), [an_entry()], "posted") == [CENTS]
    taxed = {"108001": Decimal("7.25")}
    assert kinds(a_cost(grand_total="107.25"), [an_entry()], "posted", tax=taxed) == []
    assert kinds(a_cost(), [an_entry()], "posted", balanced=False) == [CENTS]


def test_what_nobody_wrote_is_doubled() -> None:
    stranger = an_entry(document="108009", text="INV-9")
    assert kinds(a_cost(), [an_entry(), stranger], "posted") == [DOUBLED]


def test_it_shares_no_code_with_the_connector() -> None:
    folder = Path(oracle.__file__).parent
    for name in ("oracle.py", "books.py"):
        tree = ast.parse((folder / name).read_text())
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        modules += [one.name for node in ast.walk(tree) if isinstance(node, ast.Import)
                    for one in node.names]  # fmt: skip
        ours = [one for one in modules if one.split(".")[0] in
                ("audit", "config", "connections", "mappings", "syncs")]  # fmt: skip
        assert set(ours) <= {"config.rehearsal.control"}, name
