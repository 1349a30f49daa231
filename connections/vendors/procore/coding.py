"""Which cost code and cost type a Procore line carries, in whichever way it says so.

developers.procore.com/documentation/tutorial-wbs
"""

from __future__ import annotations

import dataclasses
from typing import Any

from connections.vendors.procore.company import Company
from connections.vendors.procore.values import Row, code_of, first, inner, key, listed, text


@dataclasses.dataclass(frozen=True)
class Coding:
    """Empty strings where the line does not say."""

    cost_code: str = ""
    name: str = ""
    cost_type: str = ""


def coding(client: Company, project_id: str, row: Row) -> Coding:
    """The full cost code ("03-300") and the cost type of one line; never a guess."""
    stated = inner(row, "cost_code")
    found = Coding(
        code_of(first(stated, "full_code", "sortable_code")),
        text(stated.get("name")),
        code_of(inner(row, "line_item_type").get("code")),
    )
    if found.cost_code and found.cost_type:
        return found
    by_wbs = of_wbs(client, project_id, row)
    if not (found.cost_code or by_wbs.cost_code):
        by_wbs = dataclasses.replace(by_id(client, project_id, row), cost_type=by_wbs.cost_type)
    return Coding(
        found.cost_code or by_wbs.cost_code,
        found.name or by_wbs.name,
        found.cost_type or by_wbs.cost_type,
    )


def of_wbs(client: Company, project_id: str, row: Row) -> Coding:
    """The parts of a line's WBS code; the project's list says them where the line does not.

    Never by their place in the flat code: a company arranges its segments in any order (support
    page "Arrange the Company Budget Code Structure").
    """
    wbs = inner(row, "wbs_code")
    if not listed(wbs, "segment_items"):
        code_id = key(first(wbs, "id") or row.get("wbs_code_id"))
        wbs = client.wbs_codes(project_id).get(code_id, wbs) if code_id else wbs
    segments = listed(wbs, "segment_items")
    return of_segments(code_of(wbs.get("flat_code")), segments) if segments else Coding()


def of_segments(flat: str, segments: list[Row]) -> Coding:
    parts = {segment_type(segment): segment for segment in segments}
    code, kind = parts.get("cost_code", {}), parts.get("line_item_type", {})
    return Coding(
        full_code(flat, code, code_of(kind.get("code")), len(parts)),
        text(code.get("name")),
        code_of(kind.get("code")),
    )


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
    path = tiers(segment.get("path_codes"))
    return "-".join(path) if path else code_of(segment.get("code"))


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
