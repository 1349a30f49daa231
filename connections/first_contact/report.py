"""What was found, in words: all of it on the screen, and without secrets or people in a file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from connections.first_contact.asking import Asked
from connections.first_contact.checks import PRIVATE, QUOTED, Finding, Kind
from connections.models import Connection, Consent, Token
from connections.registry import VENDORS

LEFT_OUT = "(left out)"
SHORTEST = 4  # shorter texts stand in any sentence
WHO = ("client_id", "user", "tenant_id")  # settings that name an account
ADDRESS = re.compile(r"https?://[^\s,;)»”]+")
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
AMOUNT = re.compile(r"(?<![\w.])-?\d[\d,]*\.\d{2,}(?![\w.]|$)")
GUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
ORDER = (Kind.DIFFERS, Kind.UNASKED, Kind.BY_HAND, Kind.FITS)
TITLES = {
    Kind.DIFFERS: "What differs",
    Kind.UNASKED: "What could not be asked",
    Kind.BY_HAND: "What a person has to look at",
    Kind.FITS: "What fits",
}


def shown(finding: Finding) -> str:
    """For whoever runs the command, who may see the system anyway."""
    said = PRIVATE.sub(QUOTED, f"{finding.sentence} {finding.to_set}")
    return " ".join(said.split())


class Discreet:
    """Takes out what is nobody else's: marked texts first, then whatever slipped through."""

    def __init__(self, connection: Connection) -> None:
        vendor = VENDORS[connection.vendor]
        fields = {field.name: field for field in vendor.fields}
        named = {name for name in (*vendor.company, *WHO) if name in fields}
        kept = {name: connection.setting(name).strip() for name in sorted(named)}
        texts = [text for name, text in kept.items() if text != fields[name].default]
        self.texts = sorted({*texts, *secrets_of(connection)}, key=len, reverse=True)

    def said(self, text: str) -> str:
        found = ADDRESS.sub(lambda one: urlsplit(one[0]).hostname or LEFT_OUT, text)
        found = PRIVATE.sub(LEFT_OUT, found)
        for one in self.texts:
            if len(one) >= SHORTEST and not one.startswith("http"):
                found = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", LEFT_OUT, found)
        for pattern in (E_MAIL, GUID, AMOUNT):
            found = pattern.sub(LEFT_OUT, found)
        return " ".join(found.split())


def secrets_of(connection: Connection) -> list[str]:
    """All that is kept encrypted: entered, issued, consented."""
    found = [str(text) for text in (connection.secrets or {}).values()]
    found += [str(one.access_token) for one in Token.objects.filter(connection=connection)]
    found += [str(one.refresh_token) for one in Consent.objects.filter(connection=connection)]
    return [text for text in found if text]


def markdown(connection: Connection, asked: Sequence[Asked], now: dt.datetime) -> str:
    """The report: what differs first. Says what it is compared with, and where that is from."""
    discreet = Discreet(connection)
    host = ", ".join(hosts(connection)) or "unknown"
    lines = [
        f"# First contact: {VENDORS[connection.vendor].label}",
        f"{now:%Y-%m-%d %H:%M} UTC, host {host}. {counted(asked)} Only reads were sent. Names of "
        "people and companies, amounts, secrets and the other system's sentences are left out.",
    ]
    for kind in ORDER:
        found = list(entries(asked, kind, discreet))
        if found:
            lines += [f"## {TITLES[kind]}", "\n".join(found)]
    sources = [f"- {one.check.name}: {one.check.source}" for one in asked]
    lines += ["## What it was compared with", "\n".join(sources)]
    return "\n\n".join(lines) + "\n"


def entries(asked: Iterable[Asked], kind: Kind, discreet: Discreet) -> Iterator[str]:
    for one in asked:
        for finding in one.findings:
            if finding.kind == kind:
                said = discreet.said(f"{finding.sentence} {finding.to_set}".strip())
                yield f"- **{one.check.name}**: {said}"


def counted(asked: Sequence[Asked]) -> str:
    count = dict.fromkeys(ORDER, 0)
    for one in asked:
        for finding in one.findings:
            count[finding.kind] += 1
    return (
        f"{len(asked)} checks: {count[Kind.DIFFERS]} differences, {count[Kind.UNASKED]} could not "
        f"be asked, {count[Kind.BY_HAND]} for a person, {count[Kind.FITS]} fit."
    )


def hosts(connection: Connection) -> list[str]:
    """Of the addresses that the connection's form asks for."""
    fields = VENDORS[connection.vendor].fields
    asked = [field for field in fields if field.applies(connection.setting) and not field.secret]
    found = (urlsplit(connection.setting(field.name).strip()) for field in asked)
    return list(dict.fromkeys(one.hostname for one in found if one.scheme and one.hostname))
