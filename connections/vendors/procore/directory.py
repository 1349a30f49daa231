"""A contract's vendor has to be in the directory of its project."""

from __future__ import annotations

from connections.documents import Document
from connections.errors import NeedsPerson, NotFound, Reason, Refused
from connections.vendors.procore.refusals import place
from connections.vendors.procore.values import key
from connections.vendors.procore.wire import Wire

PAGE = 500


def join(client: Wire, document: Document, about: str) -> None:
    """Puts the vendor into the project's directory unless it is there. Safe to call twice."""
    if not document.vendor.id or document.vendor.id in members(client, document.project.id):
        return
    path = f"/rest/v1.0/projects/{document.project.id}/vendors/{document.vendor.id}/actions/add"
    try:
        client.write("POST", path, about=about)
    except Refused as error:
        raise absent(document, error) from error
    members(client, document.project.id).add(document.vendor.id)


def members(client: Wire, project_id: str) -> set[str]:
    """Read once: a batch of orders of one project asks one time."""

    def read() -> set[str]:
        path = f"/rest/v1.0/projects/{project_id}/vendors"
        return {key(row.get("id")) for row in client.rows(path, per_page=PAGE)}

    try:
        return client.once(("members", project_id), read)
    except Refused:  # without a look at the directory, joining says whether it is in order
        return client.once(("members", project_id), set)


def absent(document: Document, error: Refused) -> NeedsPerson:
    name = document.vendor.name or document.vendor.id
    if isinstance(error, NotFound):
        why = f"Procore does not show vendor {name}: it may be inactive or merged into another."
    else:
        why = (
            f"Vendor {name} is not in the directory of project {place(document)}, and Procore "
            f"does not let us add it ({error.text.rstrip('.')}). Add it there."
        )
    return NeedsPerson(Reason.REFUSED, f"{why} Then replay.", procore=error.text)
