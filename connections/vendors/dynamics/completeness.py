"""Whether a draft stands with all of its lines, or was cut off while it was written."""

from __future__ import annotations

import dataclasses

from connections.documents import CodedDocument, Found

POST_TIMEOUT = 300.0  # seconds; the server itself gives up after 8 to 10 minutes


def judged(found: Found, document: CodedDocument) -> Found:
    """A draft that lacks lines or dimensions of ours was cut off while it was written."""
    if found.status != "draft" or not found.lines_known:
        return found
    return dataclasses.replace(found, status="incomplete") if lacks(found, document) else found


def lacks(found: Found, document: CodedDocument) -> bool:
    """Fewer lines, or lines without a dimension that ours state. Other values are no lack:
    a person may have changed the draft, which is a difference to show and not to delete."""
    if len(found.lines) < len(document.lines):
        return True
    have = (dict(line.dimensions) for line in found.lines)
    return any(
        code not in dims
        for dims, line in zip(have, document.lines, strict=False)
        for code, _ in line.dimensions
    )
