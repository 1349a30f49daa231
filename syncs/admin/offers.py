"""What a record's page offers to this person for each problem: the fix, or to ask for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Container

from django.http import HttpRequest

from connections.pages import asking
from connections.pages.asking import Wanted
from mappings.checks import read_once
from mappings.pages.hints import Hint, Hints, of_address
from syncs.admin import reasons
from syncs.admin.fixes import Fix, link
from syncs.admin.reasons import Explained
from syncs.admin.record_verbs import VERBS
from syncs.models import FixRequest, Record

HINTED = 20  # problems; a document of many lines may have hundreds
VERB_OF = {"#difference": "accept"}  # an anchor that is not called like its verb


@dataclasses.dataclass(frozen=True)
class Offer:
    """One problem, and either its button or whom to ask."""

    problem: Explained
    fix: Fix | None = None  # may be used by this person
    look: Fix | None = None  # leads to what only others may change
    whom: str = ""
    what: str = ""
    another: bool = False  # who reads it may do such things, but not this one
    ask: str = ""  # the address of asking
    asked: FixRequest | None = None  # the last request for the same
    hints: list[Hint] = dataclasses.field(default_factory=list)


def offers(record: Record, request: HttpRequest, pressable: Container[str]) -> list[Offer]:
    """`pressable`: the verbs of the page's own buttons that this person can press."""
    found = once([offer(record, request, each, pressable) for each in reasons.explain(record)])
    with read_once():
        known = Hints(record.integration)
        return [hinted(one, known) for one in found[:HINTED]] + found[HINTED:]


def once(found: list[Offer]) -> list[Offer]:
    """What mends several problems (lines of one cause) is offered with the first of them."""
    seen: set[tuple[str, ...]] = set()
    told = []
    for one in found:
        ways = [each.url if each else "" for each in (one.problem.fix, one.problem.source)]
        leads = (one.problem.label, *ways)
        if leads in seen:
            one = dataclasses.replace(
                one, problem=dataclasses.replace(one.problem, source=None), fix=None, look=None,
                whom="", what="", ask="", asked=None,
            )  # fmt: skip
        elif any(ways):
            seen.add(leads)
        told.append(one)
    return told


def hinted(one: Offer, known: Hints) -> Offer:
    """With what the form behind its button probably holds."""
    return dataclasses.replace(one, hints=of_address(one.fix.url, known)) if one.fix else one


def offer(
    record: Record, request: HttpRequest, problem: Explained, pressable: Container[str]
) -> Offer:
    fix = problem.fix
    verb = VERB_OF.get(fix.url, fix.url[1:]) if fix and fix.url.startswith("#") else ""
    if fix is None or (verb and not VERBS[verb].fits(record)):
        return Offer(problem)
    if asking.may(request.user, fix.permission) and (not verb or verb in pressable):
        return Offer(problem, fix=fix)
    return to_ask(record, request, problem, fix)


def about_of(problem: Explained, fix: Fix) -> str:
    """Empty where the address says all: a new row that is filled in, a button of the page."""
    says_all = fix.url.startswith("#") or "/add/" in fix.url
    return "" if says_all else problem.label


def to_ask(record: Record, request: HttpRequest, problem: Explained, fix: Fix) -> Offer:
    page = link("syncs_record_change", record.pk)
    wanted = Wanted(
        fix.label, f"{page}{fix.url}" if fix.url.startswith("#") else fix.url, fix.permission,
        problem.sentence, record.integration_id, record.pk, about_of(problem, fix),
    )  # fmt: skip
    asked = FixRequest.of(wanted).first()
    waits = asked is not None and asked.state == FixRequest.State.OPEN
    another = asking.may(request.user, fix.permission)
    return Offer(
        problem, whom=asking.whom(fix.permission, another), what=fix.label, asked=asked,
        another=another,
        look=fix if fix.sees and asking.may(request.user, fix.sees) else None,
        ask=wanted.address if asking.may(request.user, asking.MAY_ASK) and not waits else "",
    )  # fmt: skip
