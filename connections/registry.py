"""The registry of vendors, and what a vendor module tells the rest of the application.

It stands below all that use it and names neither rows nor clients. `connections.vendors` fills it
at start-up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import TextChoices

from connections.documents import Hint
from connections.errors import Reason
from connections.first_contact.checks import FirstContact

Case = Mapping[str, tuple[str, ...]]  # other fields and the values that they must have


@dataclasses.dataclass(frozen=True)
class Field:
    """One thing that a connection form asks for; with `only_when`, only in one of these cases."""

    name: str
    label: str
    default: str = ""
    help: str = ""
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    only_when: tuple[Case, ...] = ()

    def applies(self, setting: Callable[[str], str]) -> bool:
        """Whether it is asked for, given what the other fields say."""
        return not self.only_when or any(
            all(setting(name) in values for name, values in case.items()) for case in self.only_when
        )


class Ability(TextChoices):
    """What a vendor's systems can do, each a role of `roles`. The label follows “It does not …”."""

    PROJECT_DOCUMENTS = "project_documents", "let its projects’ documents be read"
    PROJECT_BOOKS = "project_books", "take commitments and costs"
    VENDOR_DIRECTORY = "vendor_directory", "take vendors"
    BOARDS = "boards", "show documents as items on boards"
    POSTING = "posting", "take documents into its books"
    PURCHASES = "purchases", "let its purchase documents be read"
    MASTERS = "masters", "make vendor cards and dimension values"
    DECISIONS = "decisions", "carry out decisions made elsewhere"
    READ_AGAIN = "read_again", "find documents again by their key"
    LISTS = "lists", "list what its documents come to"
    ENTRIES = "entries", "list what was booked on its accounts"
    CHART_FROM_FILE = "chart_from_file", "take its chart of accounts from a file"


@dataclasses.dataclass(frozen=True)
class Inbound:
    """One webhook request as it came: what a vendor module may look at."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # lower-case names
    body: bytes


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the webhook view does: answer with this, and store the body if `store`."""

    status: int
    body: str = ""
    store: bool = False
    authentic: bool = False
    sentence: str = ""  # why it was turned away, for the inbox
    content_type: str = "text/plain"


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A text of the vendor's that a rule knows: to be read by people, beside what they answered."""

    text: str  # as a regular expression
    reason: Reason
    sentence: str


@dataclasses.dataclass(frozen=True)
class VendorModule:
    """One line of the registry. All callables are free of side effects except the client's."""

    label: str
    role: str  # "project" | "ledger"
    fields: tuple[Field, ...]
    client: Callable[[Any, Any], Any]  # (connection, journal) -> its client, as `roles` says
    receive: Callable[[Any, Inbound], Verdict]  # of a subscription; calls nobody, constant time
    unpack: Callable[[Any, bytes], list[Hint]]  # raises ValueError on a malformed body
    abilities: frozenset[Ability]
    company: tuple[str, ...]  # settings that say which company of this vendor it is
    hourly: int | None = None  # requests that it takes an hour, where that is documented
    consents: Case | None = None  # settings with which a person consents in the vendor's own pages
    first_contact: FirstContact | None = None  # what is asked when a real system is met
    refusals: tuple[Refusal, ...] = ()  # the first that fits counts

    def default(self, name: str) -> str:
        return next((field.default for field in self.fields if field.name == name), "")


VENDORS: dict[str, VendorModule] = {}


def vendor_label(key: str) -> str:
    """As people call it; its key where its code is not here now."""
    return VENDORS[key].label if key in VENDORS else key
