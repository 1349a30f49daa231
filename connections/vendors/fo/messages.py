"""What Finance & Operations says when it refuses, and what an accountant does about it.

A business refusal is an Infolog inside the OData error: "Write failed for table row of type
'<entity>'. Infolog: Warning: …; Warning: …". Texts come in the language of the mapped user, so only
names of entities and stable fragments are matched; what is not known is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connections.documents import CodedDocument
from connections.errors import NeedsPerson, NotFound, Reason, Refused
from connections.vendors.dynamics.refusal_rules import Rule, facts, rule

SYSTEM = "Finance & Operations"
INFOLOG = re.compile(r"\bInfolog:\s*", re.IGNORECASE)
LEVEL = re.compile(r"^(Info|Warning|Error|Warnung|Fehler|Avertissement|Erreur):\s*", re.IGNORECASE)
TAIL = re.compile(
    r"(validate(Write|Field|Delete)|insert|update|delete|write) failed on data source"
    r"|validate(Write|Field) failed|update has been cancell?ed|has been cancell?ed\.?$"
    r"|^\w*(validateWrite|validateField)\w*\b",
    re.IGNORECASE,
)
WRITE_FAILED = re.compile(r"failed for table row of type '\w+'|\bInfolog:", re.IGNORECASE)
CONFLICT = re.compile(
    r"update conflict|another user process|Aktualisierungskonflikt|conflit de mise à jour"
    r"|conflicto de actualización|bijwerkconflict",
    re.IGNORECASE,
)
NO_RESOURCES = re.compile(r"No resources were found when selecting", re.IGNORECASE)
STACK = re.compile(r"\s+at Microsoft\.Dynamics\..*", re.DOTALL)
FORMAT = re.compile(
    r"No active format|Only active dimensions|display value|dimension format", re.IGNORECASE
)
DIMENSIONS = re.compile(
    FORMAT.pattern + r"|DimensionAttribute|DimensionCombination|DimensionHierarchy|LedgerDimension"
    r"|DimensionDisplayValue|dimension value|\bcombination\b|financial dimension",
    re.IGNORECASE,
)

RULES = (
    rule(
        r"No active format|Only active dimensions can be used",
        Reason.DIMENSION,
        "{system} has no active dimension format for data entities. Activate one in General "
        "ledger, Chart of accounts, Dimensions, Financial dimension configuration for integrating "
        "applications, then replay {noun} {number}.",
    ),
    rule(
        r"number sequence reference is missing|number sequence .*(missing|not been set up)",
        Reason.REFUSED,
        "{system} has no number sequence for this kind of record. Its administrator must set one "
        "up, then replay {noun} {number}.",
    ),
    rule(
        r"The value '(?P<value>[^']*)' in field '(?P<field>[^']*)' is not found in the related "
        r"table '(?P<table>[^']*)'",
        Reason.REFUSED,
        "{system} does not know “{value}” as {field} ({table}). Create it there, or correct the "
        "settings and mappings of {noun} {number}.",
    ),
    rule(
        r"combination .*(is )?not valid|account structure",
        Reason.DIMENSION,
        "{system} does not allow this account with these dimensions on {noun} {number}: {words}",
    ),
    rule(
        r"vendor.*\b(is )?(on hold|blocked|stopped)|OnHoldStatus",
        Reason.VENDOR_BLOCKED,
        "Vendor {vendor} is on hold in {system}. Release it there and replay, or set {noun} "
        "{number} aside.",
    ),
    rule(
        r"(period|fiscal).*(closed|not open|on hold)",
        Reason.PERIOD_CLOSED,
        "{system} is closed for {date}: {words}",
    ),
    rule(
        r"Field '(?P<field>[^']*)' must be filled in",
        Reason.REFUSED,
        "{system} wants the field {field} on {noun} {number}. Add it to the vendor there, or under "
        "Fields to add in the connection.",
    ),
)


def words(data: Any, text: str) -> str:
    """What the answer says for people: the deepest message, its Infolog without generic tails."""
    told = list(messages(data))
    message = STACK.sub("", told[-1] if told else text[:500]).strip()
    parts = INFOLOG.split(message, maxsplit=1)
    return " ".join(lines(parts[1])) or message if len(parts) > 1 else message


def messages(data: Any) -> Iterator[str]:
    """Of the error and what is inside it, outermost first. Stack traces are never looked at."""
    error = data.get("error") if isinstance(data, dict) else None
    while isinstance(error, dict):
        message = error.get("message")
        if isinstance(message, dict):  # the older form: {"lang": …, "value": …}
            message = message.get("value")
        if message and isinstance(message, str):
            yield message
        error = error.get("innererror") or error.get("internalexception")


def lines(infolog: str) -> list[str]:
    """The lines of an Infolog that tell something, each once."""
    told: list[str] = []
    for line in infolog.split(";"):
        line = LEVEL.sub("", line.strip()).strip()
        if line and not TAIL.search(line) and line not in told:
            told.append(line)
    return told


def is_infolog(data: Any, text: str) -> bool:
    """A business refusal: the row was validated and not written, whatever the status says."""
    return any(WRITE_FAILED.search(message) for message in messages(data)) or bool(
        data is None and WRITE_FAILED.search(text)
    )


def conflict(error: Refused) -> bool:
    """Somebody changed the same record meanwhile; trying again may go well."""
    return error.status in (409, 412) or bool(CONFLICT.search(error.text))


def gone(error: Refused) -> bool:
    """PATCH and DELETE of a key that is not there answer 400."""
    return isinstance(error, NotFound) or bool(NO_RESOURCES.search(error.text))


def about_dimensions(error: Refused) -> bool:
    return bool(DIMENSIONS.search(error.text))


def needs_person(error: Refused, document: CodedDocument) -> NeedsPerson:
    """The refusal as a held record reads it; the service's own words are kept in the detail."""
    found = find_rule(error)
    known = facts(document) | {"system": SYSTEM, "words": error.text}
    if found is None:
        reason = Reason.DIMENSION if about_dimensions(error) else Reason.REFUSED
        told = error.text or f"status {error.status}, without words"
        sentence = f"{SYSTEM} refused {known['noun']} {known['number']}: {told}"
        return NeedsPerson.in_words(
            error.untold, reason, sentence, code=error.code, text=error.text
        )
    chosen, groups = found
    sentence = chosen.sentence.format(**known | groups)
    return NeedsPerson(
        chosen.reason, sentence[:1].upper() + sentence[1:], code=error.code, text=error.text
    )


def find_rule(error: Refused) -> tuple[Rule, dict[str, str]] | None:
    for one in RULES:
        if match := one.pattern.search(error.text):
            return one, {name: text or "" for name, text in match.groupdict().items()}
    return None
