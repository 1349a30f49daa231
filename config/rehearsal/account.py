"""The account of a rehearsal: what the source has, what the ledger shows, what we say of it.

The sums at both ends come from asking the stand-ins, not from our own tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from rich.console import Console
from rich.table import Table

from audit import journal
from config.rehearsal.control import call
from connections.models import Integration
from syncs.flows import flows_of
from syncs.models import Record, Run, State

ZERO = Decimal(0)
REPORTED = (State.POSTED, State.HELD, State.SKIPPED, State.SET_ASIDE)
UNSETTLED = (State.PENDING, State.RUNNING, State.IN_DOUBT)


def take(integration: Integration, ready: dict[str, Any]) -> dict[str, Any]:
    """The report of one integration; `problems` is empty when all agrees to the cent."""
    sources = {name: call(facts["control_url"], "account") for name, facts in ready.items()}
    verified = journal.verify()
    flows = [flow_report(integration, flow, sources) for flow in flows_of(integration).values()]
    problems = [problem for flow in flows for problem in flow.pop("problems")]
    problems += strangers(integration, sources)
    problems += [f"journal: {problem}" for problem in verified.problems]
    return {
        "name": integration.key,
        "ok": not problems,
        "journal_verified": verified.ok,
        "journal_entries": verified.entries,
        "problems": problems,
        "flows": flows,
    }
