"""Codes as Procore's ids, and cost codes that a project lacks.

developers.procore.com/documentation/tutorial-wbs and …/using-sync-actions
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from connections.documents import CostCode, Document, Line
from connections.errors import NeedsPerson, Reason, RetryLater
from connections.vendors.procore.coding import DASH, PLAIN, of_wbs, segment_type
from connections.vendors.procore.company import Company
from connections.vendors.procore.refusals import place, what
from connections.vendors.procore.values import Row, key, listed
from connections.vendors.procore.wire import said

Ids = dict[str, int]
SYNC_ROWS = 250  # 1,000 are allowed; more than 250 were seen to time out


def code_ids(client: Company, document: Document) -> dict[Line, Ids]:
    """Per line `cost_code_id` and `line_item_type_id`. Raises NeedsPerson before any write."""
    project_id = document.project.id
    codes = {one.code: one.id for one in client.cost_codes(project_id)}
    types = {one.code: one.id for one in client.cost_types_once()}
    unknown = sorted({line.cost_code for line in document.lines} - set(codes))
    if unknown:
        named = ", ".join(code or "(none)" for code in unknown)
        raise missing(document, f"project {place(document)} has no cost code {named}")
    strange = sorted({line.cost_type for line in document.lines} - set(types) - {""})
    if strange:
        raise missing(document, f"the company has no cost type {', '.join(strange)}")
    return {line: ids(codes[line.cost_code], types.get(line.cost_type)) for line in document.lines}


def ids(cost_code: str, cost_type: str | None) -> Ids:
    kind = {"line_item_type_id": int(cost_type)} if cost_type else {}
    return {"cost_code_id": int(cost_code), **kind}


def missing(document: Document, why: str) -> NeedsPerson:
    told = f"In Procore {why}, which {what(document)} needs. Add it there, or correct the mapping."
    return NeedsPerson(Reason.COST_CODE, told)


def wbs_ids(client: Company, project_id: str) -> dict[tuple[str, str], int]:
    """Active WBS codes of just a cost code and a cost type: (their codes) -> id."""
    found = {}
    for wbs_id, row in client.wbs_codes(project_id).items():
        kinds = {segment_type(part) for part in listed(row, "segment_items")}
        if not kinds or kinds - set(PLAIN) or row.get("status") == "inactive":
            continue
        coded = of_wbs(client, project_id, {"wbs_code": row})
        if coded and coded.cost_type:
            found[coded.cost_code, coded.cost_type] = int(wbs_id)
    return found


# -- new and renamed cost codes ---------------------------------------------------------------


def create_cost_codes(
    client: Company, project_id: str, codes: Sequence[CostCode], about: str
) -> list[CostCode]:
    """Those that the project lacks, parents first. Safe to call twice."""
    known = by_code(client, project_id)
    refused = align_cost_codes(
        client, project_id, [one for one in codes if one.code not in known], about
    )
    for code, words in refused.items():
        raise NeedsPerson(
            Reason.COST_CODE,
            f"Procore refused the new cost code {code}: {words}. Add it there by hand.",
            procore=words,
        )
    return [by_code(client, project_id)[one.code] for one in codes]


def align_cost_codes(
    client: Company, project_id: str, codes: Sequence[CostCode], about: str
) -> dict[str, str]:
    """Makes those without an id and renames the others, parents first: one request per level.

    An ERP-integrated project takes them by sync alone (…/erp-technical-guide). Safe to call twice.
    """
    wanted = {one.code: one for one in codes}
    refused: dict[str, str] = {}
    for level in levels(wanted):
        standing = by_code(client, project_id)
        for start in range(0, len(level), SYNC_ROWS):
            rows = [wanted[code] for code in level[start : start + SYNC_ROWS]]
            refused |= put(client, project_id, rows, standing, about)
        client.forget("cost_codes", project_id)
        there = by_code(client, project_id)
        if late := [code for code in level if code not in there and code not in refused]:
            raise RetryLater(f"Procore does not show the new cost code {late[0]} yet.")
    return refused


def by_code(client: Company, project_id: str) -> dict[str, CostCode]:
    return {one.code: one for one in client.cost_codes(project_id)}


def levels(wanted: dict[str, CostCode]) -> list[list[str]]:
    """Codes in the order in which parents stand before their children."""
    depths = sorted({code.count(DASH) for code in wanted})
    return [[code for code in wanted if code.count(DASH) == depth] for depth in depths]


def put(
    client: Company, project_id: str, rows: Sequence[CostCode], standing: dict[str, CostCode],
    about: str,
) -> dict[str, str]:  # fmt: skip
    """What Procore refused and why, by code: a sync answers for each row by itself."""
    updates = [update(one, project_id, standing) for one in rows]
    params = {"project_id": project_id}
    answer = client.write(
        "PATCH", "/rest/v1.0/cost_codes/sync", {"updates": updates}, about=about, params=params
    )
    data: Row = answer.data if isinstance(answer.data, dict) else {}
    codes = {one.id: one.code for one in rows if one.id}
    refused = {}
    for row in listed(data, "errors"):
        words = "; ".join(said({"errors": row.get("errors")})) or "no reason given"
        named = codes.get(key(row.get("id"))) or key(row.get("origin_id")).rpartition("|")[2]
        refused[named or key(row.get("code"))] = words
    return refused


def update(new: CostCode, project_id: str, standing: dict[str, CostCode]) -> dict[str, Any]:
    """`code` is its own part; a code whose parent the project lacks stands alone, in full."""
    name = new.name or new.code
    if new.id:
        return {"id": int(new.id), "name": name}
    head, _, tail = new.code.rpartition(DASH)
    parent = standing.get(head) if head else None
    own = {"code": tail, "parent_id": int(parent.id)} if parent else {"code": new.code}
    mark = dataclasses.replace(new, project_id=project_id).mark
    return {**own, "name": name, "origin_id": mark}
