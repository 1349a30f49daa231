"""Asks one check after the other, with nothing but reads leaving the process."""

from __future__ import annotations

import dataclasses
import traceback
from collections.abc import Iterator, Sequence
from typing import Any

from connections.errors import ConnectorError, NeedsPerson, Refused, RetryLater
from connections.first_contact.checks import (
    PRIVATE,
    QUOTED,
    Check,
    Finding,
    FirstContact,
    Kind,
    private,
    unasked,
)
from connections.transport.read_only import WouldWrite, only_reads

OURS = "connections/"
UNREADABLE = (LookupError, TypeError, ValueError, ArithmeticError, AttributeError)


@dataclasses.dataclass(frozen=True)
class Asked:
    """A check and what it found."""

    check: Check
    findings: tuple[Finding, ...]

    def has(self, *kinds: Kind) -> bool:
        return any(finding.kind in kinds for finding in self.findings)


def ask_all(contact: FirstContact, client: Any) -> Iterator[Asked]:
    """Each by itself: one that fails says so, and the next is asked."""
    with only_reads(contact.harmless):
        for check in contact.checks(client):
            yield Asked(check, tuple(ask(check, client)))


def read_all(contact: FirstContact, client: Any) -> list[str]:
    """Reads the lists that polls and mappings read. Says which could not be."""
    failed = []
    with only_reads(contact.harmless):
        for name in contact.lists:
            try:
                getattr(client, name)()
            except ConnectorError as error:
                failed.append(f"{name}: {error.sentence}")
            except WouldWrite as error:
                failed.append(f"{name}: {error} Nothing was sent.")
            except UNREADABLE as error:
                failed.append(f"{name}: {PRIVATE.sub(QUOTED, unreadable(error))}")
    return failed


def ask(check: Check, client: Any) -> Sequence[Finding]:
    """One that was throttled is asked once more; the client waits as long as it was told."""
    found, throttled = once(check, client)
    return once(check, client)[0] if throttled else found


def once(check: Check, client: Any) -> tuple[Sequence[Finding], bool]:
    """What was found until it failed is kept; whether it failed because of too many requests."""
    found: list[Finding] = []
    throttled = False
    try:
        answer = check.ask(client)
        for one in [answer] if isinstance(answer, Finding) else answer:
            found.append(one)
    except ConnectorError as error:
        throttled = isinstance(error, RetryLater) and error.at is not None
        found.append(unasked(told(error)))
    except WouldWrite as error:
        found.append(unasked(f"{error} Nothing was sent.", "Tell the maintainers."))
    except UNREADABLE as error:
        found.append(unasked(unreadable(error), "Send the report to the maintainers."))
    return found or [unasked("the check found nothing to say.")], throttled


def told(error: ConnectorError) -> str:
    """Why, in the client's words; the report has status and code of a refusal alone."""
    status = f" (status {error.status})" if isinstance(error, Refused) else ""
    code = str(getattr(error, "code", "") or "")
    known = f" ({code})" if code.replace("_", "").replace(".", "").isalnum() else ""
    kind = "a person has to look" if isinstance(error, NeedsPerson) else "it failed"
    return f"{kind}{status}{known}. {private(error.sentence)}"


def unreadable(error: Exception) -> str:
    """The answer has another shape: which field and where we read it, never its content."""
    ours = [one for one in traceback.extract_tb(error.__traceback__) if OURS in one.filename]
    place = f" at {ours[-1].filename.rpartition(OURS)[2]}:{ours[-1].lineno}" if ours else ""
    return (
        f"the answer has another shape than the client reads ({type(error).__name__}{place}). "
        f"{private(error)}"
    )
