"""What is asked at a first contact of more than one ledger of this family."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils import timezone

from connections.documents import PostingWindow
from connections.first_contact.checks import Finding, differs, fits, lacking, listed, unasked
from connections.pages import moments
from connections.vendors.dynamics.trial import CLOCK_TOLERANCE

Relied = Mapping[str, Mapping[str, int]]  # set -> field -> characters that we count on, 0: any


def schema(relied: Relied, have: Mapping[str, Mapping[str, int]], where: str) -> Iterator[Finding]:
    """Sets and fields that we read or write against those of $metadata."""
    if not have:
        yield unasked(f"{where} names no sets.", "Let the user read $metadata, then ask again.")
        return
    whole = []
    for name, fields in relied.items():
        if name not in have:
            yield differs(
                f"{where} has no {name}.",
                f"Update the system or publish {name}; what needs it is held until then.",
            )
            continue
        absent, short = lacking(fields, have[name])
        if absent:
            yield differs(
                f"{name} lacks {listed(absent)}.",
                "Update the system or show these fields there, else tell the maintainers.",
            )
        if short:
            yield differs(
                f"{name} takes less text than the connector counts on: {listed(short)}.",
                "Tell the maintainers: longer numbers and texts would be refused or cut.",
            )
        if not absent and not short:
            whole.append(name)
    yield fits(f"All fields that are used are there in {', '.join(whole) or 'none'}.")


def window(found: PostingWindow) -> Finding:
    today = timezone.now().date()
    first, last = found.first, found.last
    dates = f"from {moments.day(first, 'the beginning')} to {moments.day(last, 'the end')}"
    if (first and today < first) or (last and today > last):
        return differs(
            f"Today, {moments.day(today)}, is outside of the window that is open for posting "
            f"({dates}).",
            "Open the period in General Ledger Setup, or expect all documents to be held.",
        )
    if first is None and last is None:
        return differs(
            "No posting window is told: dates are open without limit, or the system does not say.",
            "Enter Allow Posting From and To in General Ledger Setup, so that a closed period is "
            "noticed before anything is sent.",
        )
    return fits(f"Open for posting {dates}. A user's own window may be narrower.")


def clock(date: str) -> Finding:
    """The Date header against our own clock."""
    if not date:
        return unasked("the answer has no Date header.")
    apart = parsedate_to_datetime(date) - timezone.now()
    if abs(apart) > CLOCK_TOLERANCE:
        seconds = round(apart.total_seconds())
        return differs(
            f"The clocks differ by {seconds} seconds.", "Set this machine's clock by a time server."
        )
    return fits("The clocks agree.")


def only_gets(url: str, body: bytes) -> bool:
    """A batch whose requests all read."""
    if not url.partition("?")[0].endswith("/$batch"):
        return False
    try:
        asked: Iterable[Any] = json.loads(body)["requests"]
        return all(one["method"] == "GET" and "body" not in one for one in asked)
    except (ValueError, KeyError, TypeError):
        return False
