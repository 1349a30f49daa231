"""What a person reads where the number that was named is not linked: the result, then what holds
the document as before. Nothing is sent by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connections.errors import NeedsPerson, Reason
from syncs.models import Record

Facts = dict[str, Any]
TOLD = "unlinked"  # the fact of a problem: what was found under the number, before its sentence
OURS = (  # not found while a document is coded: they hold it until a person decides
    Reason.DUPLICATE_NUMBER, Reason.ALREADY_THERE, Reason.POSSIBLE_DUPLICATE, Reason.NEEDS_APPROVAL,
    Reason.OVER_LIMIT, Reason.SENT_BACK, Reason.BOOKED_TWICE, Reason.REFUSED, Reason.GAVE_UP,
    Reason.VENDOR_BLOCKED, Reason.PERIOD_CLOSED, Reason.BILLING_PERIOD, Reason.LOCKED,
    Reason.OVER_COMMITMENT, Reason.NOT_IN_COMMITMENT, Reason.NO_COMMITMENT, Reason.OTHER_VENDOR,
    Reason.COST_CODE,
)  # fmt: skip


def not_linked(record: Record, found: NeedsPerson, problems: Sequence[Facts]) -> NeedsPerson:
    """`problems`: what holds the document now; none: what held it before, if a person has to
    decide about that. Where nothing does, the result alone holds it, until it is replayed."""
    holding = [dict(each) for each in problems] or before(record)
    holding = [each for each in holding if each["sentence"] != found.sentence]
    if not holding:
        facts = {"reason": str(found.reason), "sentence": found.sentence, TOLD: found.sentence}
        return NeedsPerson(found.reason, found.sentence, problems=[{**found.detail, **facts}])
    record.remember(link_number="")  # it was asked for, and the answer is told
    first = holding[0]
    sentence = f"{found.sentence} {first['sentence']}"
    holding[0] = {**found.detail, **first, "sentence": sentence, TOLD: found.sentence}
    more = f" (and {len(holding) - 1} more)" if len(holding) > 1 else ""
    return NeedsPerson(Reason(first["reason"]), sentence + more, problems=holding)


def before(record: Record) -> list[Facts]:
    """What held it when the number was named, without what was found under one of before."""
    held = [each for each in record.problems if each.get("reason") in OURS]
    return [
        {name: value for name, value in each.items() if name != TOLD}
        | {"sentence": own_sentence(each)}
        for each in held if own_sentence(each)
    ]  # fmt: skip


def own_sentence(facts: Facts) -> str:
    return str(facts.get("sentence", "")).removeprefix(str(facts.get(TOLD, ""))).strip()
