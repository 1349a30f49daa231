"""One operation from its address to its answer."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulators.messages import Response

from . import (
    errors,
    invoice_rules,
    journal_rules,
    master_rules,
    masters,
    metadata,
    order_rules,
    papers,
    reading,
    writing,
)
from .addresses import Call, Target, resolve
from .model import ENTITIES
from .store import Books

__all__ = ["perform"]
_LOADED = (invoice_rules, journal_rules, master_rules, order_rules, masters, papers)
WRITES = ("POST", "PATCH", "PUT", "DELETE")
FACTS = ("GeneralJournalAccountEntries", "VendTransBiEntities")

_VERBS: dict[str, Callable[[Books, Call, Target], Response]] = {
    "GET": reading.get, "POST": writing.post, "PATCH": writing.patch, "PUT": writing.patch,
    "DELETE": writing.drop,
}  # fmt: skip


def perform(books: Books, call: Call) -> Response:
    """Runs in its own transaction; what refuses it becomes the answer."""
    target: Target | None = None
    try:
        with books.transaction():
            special = _special(books, call)
            if special is not None:
                return special
            target = resolve(call, books.settings)
            _permitted(books, call, target)
            return _VERBS[call.verb](books, call, target)
    except errors.Refused as refused:
        return answer(books, call, target, refused)


def answer(books: Books, call: Call, target: Target | None, refused: errors.Refused) -> Response:
    if refused.key and target is not None and call.verb != "GET":
        return errors.written(refused, target.entity.aot, target.entity.source, books.settings)
    return errors.plain(refused.message, refused.status)


def _special(books: Books, call: Call) -> Response | None:
    """The service document, metadata, and the probes of the version."""
    if call.path == "" and call.verb == "GET":
        return reading.reply(200, {"@odata.context": f"{call.root}/$metadata",
                                   "value": metadata.service(books)})  # fmt: skip
    if call.path == "$metadata" and call.verb == "GET":
        return reading.reply(200, metadata.document(books), {"Content-Type": "application/xml"})
    place, _, action = call.path.partition("/")
    version = metadata.VERSIONS.get(action.rpartition(".")[2])
    if place != "DataManagementEntities" or version is None:
        return None
    if call.verb != "POST" or not action.startswith("Microsoft.Dynamics.DataEntities."):
        raise errors.no_resource(call.url)
    return reading.reply(200, {"@odata.context": f"{call.root}/$metadata#Edm.String",
                               "value": version})  # fmt: skip


def _permitted(books: Books, call: Call, target: Target) -> None:
    """The role of the mapped user, and sets that nobody writes. Attempts are counted."""
    entity = target.entity
    denied = books.settings["denied"]
    if entity.set in denied or f"{entity.set}:{call.verb.lower()}" in denied:
        raise errors.Refused(f"Access denied to entity '{entity.aot}'.", 403)
    if call.verb not in WRITES or call.verb in entity.writes or target.behind:
        _no_conflict(books, call, target)
        return
    if call.verb == "PUT" and "PATCH" in entity.writes:
        return
    if entity.set in FACTS:
        raise errors.Refused(f"The entity '{entity.aot}' is read-only.", 405)
    raise errors.Refused(f"Access denied to entity '{entity.aot}'.", 403)


def _no_conflict(books: Books, call: Call, target: Target) -> None:
    """Two writes of lines of one document at once: the later one fails."""
    if call.verb not in WRITES or not target.entity.parent:
        return
    settings = books.settings
    if settings["next_conflicts"]:
        settings["next_conflicts"] -= 1
    elif not (call.conflict and settings["conflicts"]):
        return
    header = ENTITIES[target.entity.parent]
    raise errors.business("conflict", label=header.label, table=header.source)
