"""Pages of `docs/` that are written from the code; `manage.py write_docs` writes them."""

from __future__ import annotations

from collections.abc import Callable

from config.docs import commands, connections, files, flows, reasons, roles

PAGES: dict[str, Callable[[], str]] = {
    "docs/commands.md": commands.page,
    "docs/connections.md": connections.page,
    "docs/files.md": files.page,
    "docs/flows.md": flows.page,
    "docs/reasons.md": reasons.page,
    "docs/roles.md": roles.page,
}
