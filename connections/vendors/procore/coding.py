"""Which cost code, cost type and other segments a Procore line carries, however it says so.

developers.procore.com/documentation/tutorial-wbs
"""

from __future__ import annotations

import dataclasses
from typing import Any

from connections.documents import SUB_JOB, Segments
from connections.errors import NeedsPerson, Reason
from connections.vendors.procore.company import Company
from connections.vendors.procore.values import Row, code_of, first, inner, key, listed, text

PLAIN = ("cost_code", "line_item_type")  # neither a sub job nor a segment of the company's own
DASH = "-"


@dataclasses.dataclass(frozen=True)
class Coding:
    """Empty strings where the line does not say."""

    cost_code: str = ""
    name: str = ""
    cost_type: str = ""
    segments: Segments = ()


def coding(client: Company, project_id: str, row: Row) -> Coding:
    """The full cost code ("03-300"), the cost type and what else codes a line; never a guess."""
    stated = inner(row, "cost_code")
    found = Coding(
        code_of(first(stated, "full_code", "sortable_code")),
        text(stated.get("name")),
        code_of(inner(row, "line_item_type").get("code")),
    )
    if found.cost_code and says_all(found, row):
        return found
    by_wbs = of_wbs(client, project_id, row)
    if found.cost_code and by_wbs is None:
        raise untold(inner(row, "wbs_code"))
    by_wbs = by_wbs or Coding()
    if not (found.cost_code or by_wbs.cost_code):
        own = by_id(client, project_id, row)
        by_wbs = dataclasses.replace(by_wbs, cost_code=own.cost_code, name=own.name)
    return Coding(
        found.cost_code or by_wbs.cost_code,
        found.name or by_wbs.name,
        found.cost_type or by_wbs.cost_type,
        by_wbs.segments,
    )


def says_all(found: Coding, row: Row) -> bool:
    """There is no segment beside these: the budget code is just of this cost code and type.

    In either order: of no segment its place is asked.
    """
    wbs = inner(row, "wbs_code")
    parts = [found.cost_code, found.cost_type]
    flat = code_of(wbs.get("flat_code")) in (".".join(parts), ".".join(reversed(parts)))
    return bool(found.cost_type) and (flat or not (wbs or row.get("wbs_code_id")))


def of_wbs(client: Company, project_id: str, row: Row) -> Coding | None:
    """The parts of a line's WBS code; the project's list says them where the line does not.

    Never by their place in the flat code: a company arranges its segments in any order (support
    page "Arrange the Company Budget Code Structure"). None where a code is named and not told.
    """
    wbs = inner(row, "wbs_code")
    code_id = key(first(wbs, "id") or row.get("wbs_code_id"))
    if code_id and not tells_segments(wbs):
        known = client.wbs_codes(project_id).get(code_id, wbs)
        wbs = known if listed(known, "segment_items") else wbs
    segments = listed(wbs, "segment_items")
    if segments and not tells_segments(wbs):
        raise untold(wbs)
    if not segments:
        return None if wbs or code_id else Coding()
    return of_segments(code_of(wbs.get("flat_code")), segments)


def tells_segments(wbs: Row) -> bool:
    """Items of requisitions tell a segment's type and id, and not the name of the company's own
    (developers.procore.com/reference/rest/requisitions)."""
    segments = listed(wbs, "segment_items")
    return bool(segments) and all(segment_name(one) for one in segments)


def untold(wbs: Row) -> NeedsPerson:
    """What is not told is not taken for absent."""
    named = code_of(first(wbs, "flat_code", "id")) or "(no code)"
    return NeedsPerson(
        Reason.SETTINGS,
        f"Procore does not tell the segments of budget code {named}, so that nobody knows its sub "
        "job or other segments. See that it stands in the project's list of budget codes and that "
        "the service account reads it, then replay.",
    )


def of_segments(flat: str, segments: list[Row]) -> Coding:
    parts = {segment_type(segment): segment for segment in segments}
    code, kind = parts.get("cost_code", {}), parts.get("line_item_type", {})
    others = (one for one in segments if segment_type(one) not in PLAIN)
    return Coding(
        full_code(flat, code, code_of(kind.get("code")), len(segments)),
        text(code.get("name")),
        code_of(kind.get("code")),
        tuple(sorted((segment_name(one), path_of(one)) for one in others)),
    )


def segment_name(segment: Row) -> str:
    """A sub job goes by its type, as cost code and type do: only the company's own have names."""
    kind = segment_type(segment)
    return kind if kind in (*PLAIN, SUB_JOB) else code_of(inner(segment, "segment").get("name"))


def path_of(segment: Row) -> str:
    """Its own code, or with those above it."""
    path = code_of(segment.get("path_code")) or DASH.join(tiers(segment.get("path_codes")))
    return path or code_of(segment.get("code"))


def segment_type(segment: Row) -> str:
    return text(segment.get("segment_type") or inner(segment, "segment").get("type"))


def full_code(flat: str, segment: Row, cost_type: str, parts: int) -> str:
    """`code` is only the last part of a cost code; its path, or the flat code, has all of it."""
    if segment.get("path_code"):
        return code_of(segment["path_code"])
    if parts == 1 and flat:
        return flat
    if parts == 2 and cost_type and flat.endswith(f".{cost_type}"):
        return flat.removesuffix(f".{cost_type}")
    if parts == 2 and cost_type and flat.startswith(f"{cost_type}."):
        return flat.removeprefix(f"{cost_type}.")
    return path_of(segment)


def tiers(path: Any) -> list[str]:
    """Codes from the top down. Requisitions tell a list in the list, each with its name:
    [["2 - Earthwork"]] (sample of the vendor's reference)."""
    if isinstance(path, list):
        return [part for one in path for part in tiers(one)]
    return [found] if (found := code_of(path).partition(" - ")[0]) else []


def by_id(client: Company, project_id: str, row: Row) -> Coding:
    """From the project's cost codes, for lines that name only an id."""
    code_id = key(inner(row, "cost_code").get("id") or row.get("cost_code_id"))
    found = client.cost_codes_by_id(project_id).get(code_id) if code_id else None
    return Coding(found.code, found.name) if found else Coding()
