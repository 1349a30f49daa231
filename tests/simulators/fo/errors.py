"""The error texts of the service, in two languages."""

from __future__ import annotations

import uuid
from typing import Any

from tests.simulators.messages import Response

WRITE = "Microsoft.Dynamics.Platform.Integration.Services.OData.ODataWriteException"
TRACE = "   at Microsoft.Dynamics.Platform.Integration.Services.OData.Update.UpdateManager"

TEXTS = {
    "exists": "Cannot create a record in {label} ({table}). {fields}. The record already exists.",
    "related": "The value '{value}' in field '{field}' is not found in the related table "
               "'{related}'.",
    "mandatory": "Field '{field}' must be filled in.",
    "no_edit": "Field '{field}' does not allow editing.",
    "too_long": "The value of field '{field}' is longer than {length} characters.",
    "conflict": "Cannot edit a record in {label} ({table}). An update conflict occurred due to "
                "another user process deleting the record or changing one or more fields in the "
                "record.",
    "lines": "{label} cannot be deleted while dependent {lines} exist.",
    "format": "No active format for data entities has been set up.",
    "active": "Only active dimensions can be used",
    "value": "Dimension value '{value}' does not exist for dimension '{dimension}'.",
    "suspended": "Dimension value '{value}' of dimension '{dimension}' is suspended.",
    "account": "The main account '{value}' does not exist or cannot be used.",
    "delimiter": "The value '{value}' contains the dimension delimiter.",
    "sequence": "a number sequence reference is missing",
    "hold": "Vendor account {value} is on hold.",
    "posted": "{label} {value} is posted and cannot be changed.",
    "workflow": "{label} {value} is in workflow and cannot be changed.",
    "closed": "Period for {day} is not open.",
    "balance": "The transactions on voucher {value} do not balance.",
    "used": "Invoice number {value} has already been used for vendor {vendor}.",
    "site": "Inventory dimension Site is mandatory and must consequently be specified.; Error: "
            "Update has been canceled.",
    "blocked": "Item '{value}' is blocked for 'Purchase order'.",
    "change": "Purchase order {value} is approved; request a change before it is edited.",
    "status": "{label} {value} has the status {state} and cannot be changed.",
}  # fmt: skip
GERMAN = {
    "exists": "Ein Datensatz in {label} ({table}) kann nicht erstellt werden. {fields}. Der "
              "Datensatz ist bereits vorhanden.",
    "related": "Der Wert '{value}' in Feld '{field}' wurde in der zugehörigen Tabelle "
               "'{related}' nicht gefunden.",
    "mandatory": "Feld '{field}' muss ausgefüllt werden.",
    "conflict": "Ein Datensatz in {label} ({table}) kann nicht bearbeitet werden. Aufgrund eines "
                "anderen Benutzerprozesses ist ein Aktualisierungskonflikt aufgetreten.",
    "format": "Es wurde kein aktives Format für Datenentitäten eingerichtet.",
    "value": "Der Dimensionswert '{value}' ist für Dimension '{dimension}' nicht vorhanden.",
    "hold": "Kreditorenkonto {value} ist gesperrt.",
}  # fmt: skip


class Refused(Exception):
    """The service refuses a request; its transaction is rolled back.

    `key` names a text of business logic, which comes back inside an Infolog.
    """

    def __init__(self, message: str = "", status: int = 400, key: str = "", **facts: Any) -> None:
        self.status, self.key, self.facts = status, key, facts
        self.message = message or TEXTS[key].format(**facts)
        self.headers: dict[str, str] = {}
        super().__init__(self.message)


def business(key: str, **facts: Any) -> Refused:
    return Refused(key=key, **facts)


def plain(message: str, status: int) -> Response:
    """An error of the OData layer."""
    inner = {"message": message, "type": "Microsoft.OData.ODataException", "stacktrace": TRACE}
    if status in (404, 429):
        return Response(status, {"error": {"code": "", "message": message}})
    error = {"code": "", "message": "An error has occurred.", "innererror": inner}
    return Response(status, {"error": error})


def written(refused: Refused, aot: str, table: str, settings: dict[str, Any]) -> Response:
    """An error of business logic: an Infolog two levels deep."""
    language = str(settings["language"])
    texts = GERMAN if language == "de" else TEXTS
    text = texts[refused.key].format(**refused.facts) if refused.key in texts else refused.message
    warning, failed = ("Warnung", "fehlgeschlagen") if language == "de" else ("Warning", "failed")
    message = (
        f"Write failed for table row of type '{aot}'. Infolog: {warning}: {text}; {warning}: "
        f"validateWrite {failed} on data source '{table} ({table})'."
    )
    inner: dict[str, Any] = {"message": message, "type": WRITE}
    if settings["stacktrace"]:
        inner |= {"stacktrace": TRACE, "internalexception": {
            "message": message, "stacktrace": TRACE,
            "type": "Microsoft.Dynamics.Ax.Xpp.ErrorException"}}  # fmt: skip
    status = settings["conflict_status"] if refused.key == "conflict" else refused.status
    if refused.key != "conflict" and status == 400:
        status = settings["infolog_status"]
    error = {"code": "", "message": "An error has occurred.", "innererror": inner}
    return Response(int(status), {"error": error})


def no_property(name: str, type_name: str) -> Refused:
    return Refused(
        f"The query specified in the URI is not valid. Could not find a property named '{name}' "
        f"on type 'Microsoft.Dynamics.DataEntities.{type_name}'."
    )


def no_member(name: str, type_name: str) -> Refused:
    return Refused(
        f"The property '{name}' does not exist on type 'Microsoft.Dynamics.DataEntities."
        f"{type_name}'. Make sure to only use property names that are defined by the type."
    )


def no_resource(url: str) -> Refused:
    return Refused(f"No HTTP resource was found that matches the request URI '{url}'.", 404)


def nothing_to_update() -> Refused:
    return Refused("No resources were found when selecting for update.")


def bad_query(text: str) -> Refused:
    return Refused(f"The query specified in the URI is not valid. {text}")


def activity() -> str:
    return str(uuid.uuid4())
