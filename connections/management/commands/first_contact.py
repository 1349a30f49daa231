"""Ask a system about itself, compare it with what we rely on, and write a report to send on."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections.fields import WrongKey
from connections.first_contact import report
from connections.first_contact.asking import Asked, ask_all
from connections.first_contact.checks import FirstContact, Kind
from connections.models import Connection
from connections.registry import VENDORS
from connections.transport.http import NoJournal


class Command(BaseCommand):
    help = (
        "Asks a system what it says of itself and compares that with what the connector relies on. "
        "It only reads, and writes a report without secrets, people or amounts that can be sent to "
        "the maintainers. Exit status 0 only when all could be asked and nothing differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("connection", metavar="CONNECTION", help="its name or number")
        parser.add_argument("--output", help="file of the report; one in `var/` unless given")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = chosen(options["connection"])
        asked = []
        client = VENDORS[connection.vendor].client(connection, NoJournal())
        for one in ask_all(contact_of(connection), client):
            self.tell(one)
            asked.append(one)
        path = Path(options["output"] or default_path(connection))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report.markdown(connection, asked, timezone.now()))
        self.stdout.write(f"{report.counted(asked)} Report: {path}")
        if any(one.has(Kind.DIFFERS, Kind.UNASKED) for one in asked):
            sys.exit(1)

    def tell(self, one: Asked) -> None:
        for finding in one.findings:
            mark = "differs: " if finding.kind == Kind.DIFFERS else ""
            self.stdout.write(f"{one.check.name}: {mark}{report.shown(finding)}")


def chosen(text: str) -> Connection:
    """By name, else by number. Raises CommandError."""
    connections = Connection.objects.defer("secrets")
    found = connections.filter(name=text).first()
    if found is None and text.isdigit():
        found = connections.filter(pk=int(text)).first()
    if found is None:
        names = ", ".join(Connection.objects.values_list("name", flat=True)) or "none"
        raise CommandError(f"There is no connection {text}. There are: {names}.")
    try:
        _ = found.secrets
    except WrongKey as error:
        raise CommandError(str(error)) from error
    if missing := ", ".join(missing_in(found)):
        raise CommandError(f"Fill in first, in the connection {found}: {missing}.")
    return found


def missing_in(connection: Connection) -> Iterator[str]:
    """What its form demands, and nobody entered: without it nothing could be asked."""
    for field in VENDORS[connection.vendor].fields:
        if field.required and field.applies(connection.setting):
            secrets = connection.secrets or {}
            stored = secrets.get(field.name) if field.secret else connection.setting(field.name)
            if not str(stored or "").strip():
                yield field.label


def contact_of(connection: Connection) -> FirstContact:
    contact = VENDORS[connection.vendor].first_contact
    if contact is None:
        raise CommandError(f"{VENDORS[connection.vendor].label} has no checks for a first contact.")
    return contact


def default_path(connection: Connection) -> Path:
    stamp = f"{timezone.now():%Y%m%d-%H%M%S}"
    return Path(settings.BASE_DIR) / "var" / f"first-contact-{connection.vendor}-{stamp}.md"
