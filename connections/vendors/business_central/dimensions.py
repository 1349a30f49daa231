"""Dimension lines: of a line to be written, of a row as it stands, and put right afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connections.documents import CodedLine
from connections.errors import Refused, RetryLater
from connections.transport import odata
from connections.transport.odata import Row
from connections.vendors.business_central.wire import Wire

Request = tuple[str, str, Any, dict[str, str]]


def bodies(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"code": code, "valueCode": value} for code, value in pairs]


def pairs(row: Row) -> tuple[tuple[str, str], ...]:
    """(dimension, value) of a row that was read with its dimensionSetLines, sorted."""
    lines = row.get("dimensionSetLines") or ()
    return tuple(sorted((str(one["code"]), str(one["valueCode"])) for one in lines))


def settle(
    wire: Wire, line_set: str, rows: Sequence[Row], lines: Sequence[CodedLine], about: str
) -> None:
    """Bring the dimensions of fresh lines to what the document says.

    Inherited ones with another value are changed, missing ones added, others left as the ledger
    put them. Batches of 100, each in one transaction. Raises Refused, InDoubt, RetryLater.
    """
    if len(rows) != len(lines):
        raise RetryLater(f"{len(lines)} lines were written, {len(rows)} stand there.")
    requests = [
        request
        for row, line in zip(rows, lines, strict=True)
        for request in differences(wire, line_set, row, line)
    ]
    for part in odata.chunks(requests, odata.MOST_IN_BATCH):
        write_batch(wire, part, about)


def differences(wire: Wire, line_set: str, row: Row, line: CodedLine) -> Iterator[Request]:
    standing = {str(one["code"]): one for one in row.get("dimensionSetLines") or ()}
    path = wire.path(f"{line_set}({row['id']})/dimensionSetLines")
    for code, value in line.dimensions:
        have = standing.get(code)
        if have is None:
            yield "POST", path, {"code": code, "valueCode": value}, {}
        elif have["valueCode"] != value:
            etag = {"If-Match": str(have.get("@odata.etag") or "*")}
            yield "PATCH", f"{path}({have['id']})", {"valueCode": value}, etag


def write_batch(wire: Wire, requests: Sequence[Request], about: str) -> None:
    """All or nothing. Under `snapshot` a rolled back operation still says 201: one failure is
    the failure of all."""
    answer = wire.write(
        "POST", "/$batch", odata.batch_envelope(requests), about=about,
        headers={"Isolation": "snapshot"},
    )  # fmt: skip
    for one in odata.row(answer).get("responses") or ():
        if int(one["status"]) >= 300:
            raise wire.meaning(refused(wire, one))
    odata.batch_answers(answer, len(requests))


def refused(wire: Wire, one: Row) -> Refused:
    code, words = wire.error_text(one.get("body"), "")
    status = int(one["status"])
    return Refused(
        f"{wire.label} refused ({status}): {words}",
        status=status,
        code=code,
        text=words,
        vendor=wire.connection.vendor,
    )
