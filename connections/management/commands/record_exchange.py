"""Keep a tape of real requests and answers, anonymous, from which a contract test is played."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from connections.first_contact.asking import ask_all, read_all
from connections.first_contact.tape import recording
from connections.management.commands.first_contact import chosen, contact_of
from connections.models import Connection
from connections.registry import VENDORS
from connections.transport import tokens
from connections.transport.http import NoJournal

EXCHANGES = 200
SIZE = 2_000_000


class Command(BaseCommand):
    help = (
        "Asks a system what a first contact asks, reads its lists, and keeps requests and answers "
        "on a tape for the maintainers: bounded, with five rows of each list, and with all texts "
        "and amounts masked but those that are a contract. It only reads."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("connection", metavar="CONNECTION", help="its name or number")
        parser.add_argument("--output", help="file of the tape; one in `var/` unless given")
        parser.add_argument(
            "--exchanges", type=int, default=EXCHANGES, help=f"how many at most; {EXCHANGES}"
        )
        parser.add_argument(
            "--bytes", type=int, default=SIZE, help=f"of all answers at most; {SIZE:,}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = chosen(options["connection"])
        contact, path = contact_of(connection), Path(options["output"] or default_path(connection))
        if path.exists():
            raise CommandError(f"{path} is there already. Name another file.")
        tokens.forget(connection)  # so that the sign-in's shape is on the tape
        client = VENDORS[connection.vendor].client(connection, NoJournal())
        with recording(
            connection, path, contact.kept, options["exchanges"], options["bytes"]
        ) as tape:
            for _ in ask_all(contact, client):
                if tape.full:
                    break
            unread = [] if tape.full else read_all(contact, client)
        for sentence in unread:
            self.stdout.write(sentence)
        full = " The tape is full: not all was asked." if tape.full else ""
        self.stdout.write(f"{tape.kept} exchanges, {tape.used:,} bytes: {path}.{full}")
        if tape.full or unread:
            sys.exit(1)


def default_path(connection: Connection) -> Path:
    stamp = f"{timezone.now():%Y%m%d-%H%M%S}"
    return Path(settings.BASE_DIR) / "var" / f"tape-{connection.vendor}-{stamp}.json"
