"""What held a document is asked of the ledger anew before it is said again.

Our tables of the ledger are read now and then. Who unblocks a vendor there or opens a period, and
replays, is not told what stood there before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connections.errors import Reason
from connections.transport import at_home
from syncs.coding.problem import Problem
from syncs.flow import Context
from syncs.ingest import reference_data
from syncs.models import Record

Facts = Mapping[str, Any]
Refresh = Callable[[Context, str], None]
ANEW: dict[Reason, tuple[str, Refresh]] = {  # by the fact that names what is asked for
    Reason.VENDOR_BLOCKED: ("vendor", reference_data.refresh_vendor),
    Reason.PERIOD_CLOSED: ("", lambda context, _: reference_data.refresh_window(context)),
    Reason.ACCOUNT_UNUSABLE: ("", lambda context, _: reference_data.refresh_accounts(context)),
    Reason.DIMENSION: ("", lambda context, _: reference_data.refresh_values(context)),
}


def to_be_asked(before: Sequence[Facts], now: Sequence[Facts]) -> bool:
    """Whether only the ledger can tell if what held it still does: nothing else holds it."""
    held = {str(facts.get("reason")) for facts in before}
    reasons = {str(facts.get("reason")) for facts in now}
    return bool(reasons) and reasons <= held & {str(reason) for reason in ANEW}


def asked_again(context: Context, record: Record, problems: Iterable[Problem]) -> bool:
    """Whether our tables were read anew, so that it is to be coded again. Each thing is asked for
    once in a batch, and only where the same held the document before. A forecast asks nobody."""
    held = {str(facts.get("reason")) for facts in record.problems}
    due = {
        (one.reason, one.facts.get(ANEW[one.reason][0], ""))
        for one in problems
        if one.reason in ANEW and str(one.reason) in held
    } - context.asked_again
    if not due or not at_home.may_ask():
        return False
    context.asked_again |= due
    for reason, named in sorted(due):
        ANEW[reason][1](context, named)
    return True
