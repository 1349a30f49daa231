"""`/{instance}/ODataV4/…`: which company, which set, which record, and what is done with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

from tests.simulators.business_central import errors
from tests.simulators.business_central.model import Row
from tests.simulators.messages import Request, Response

from . import answers, codeunit, metadata, reading, writing
from .site import Service, Site
from .views import etag

_COMPANY = re.compile(r"(?:Company|companies)(?:\((?P<key>.*?)\))?(?:/(?P<rest>.*))?", re.DOTALL)
_SET = re.compile(r"(?P<name>\w+)(?:\((?P<key>.*)\))?(?P<count>/\$count)?", re.DOTALL)
_WITHIN = re.compile(
    r"(?P<name>\w+)\((?P<key>.*?)\)/(?P<part>\w+)(?:\((?P<inner>.*)\))?(?P<count>/\$count)?",
    re.DOTALL,
)
_NAME_KEY = re.compile(r"(?:Name\s*=\s*)?'((?:[^']|'')*)'|(?:Id\s*=\s*)?([0-9a-fA-F-]{36})")


@dataclass
class Call:
    """One request to the service, taken apart."""

    request: Request
    site: Site
    root: str  # …/ODataV4
    path: str  # behind the company
    options: dict[str, str]
    url: str  # without the query
    context: str = ""
    note: dict[str, Any] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        return self.request.method

    def json(self) -> Any:
        try:
            return self.request.json()
        except ValueError:
            raise errors.bad_request("Invalid JSON in the request body.") from None


def answer(request: Request, site: Site, root: str, rest: str) -> Response:
    """Everything under `ODataV4`."""
    path = unquote(rest).strip("/")
    options = {name: values[-1] for name, values in request.query.items()}
    call = Call(request, site, root, path, options, request.base_url + request.path)
    call.context = f"{root}/$metadata"
    if path == "$metadata":
        text = metadata.document(site)
        return Response(200, text, {"Content-Type": "application/xml", "OData-Version": "4.0"})
    if path == "":
        return service_document(call)
    found = _COMPANY.fullmatch(path)
    if found and not found["rest"]:
        return companies(call, found["key"])
    if found:
        named(call, found["key"] or "")
        call.path = found["rest"]
    else:
        chosen_company(call)
    return in_company(call)


def service_document(call: Call) -> Response:
    names = ["Company", *call.site.services()]
    value = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return answers.reply(200, {"@odata.context": call.context, "value": value})


def companies(call: Call, key: str | None) -> Response:
    """The list, or one of it."""
    if call.verb != "GET":
        raise errors.not_allowed(call.verb, "Company")
    company = call.site.books.state.company
    row: Row = {"Name": company["name"]}
    if call.site.bc:
        row |= {"Evaluation_Company": False, "Display_Name": company["displayName"],
                "Id": company["id"], "Business_Profile_Id": ""}  # fmt: skip
    if key is None:
        return answers.reply(200, {"@odata.context": f"{call.context}#Company", "value": [row]})
    named(call, key)
    return answers.reply(200, {"@odata.context": f"{call.context}#Company/$entity", **row})


def named(call: Call, key: str) -> None:
    """The company of the path; its name is compared letter by letter."""
    found = _NAME_KEY.fullmatch(key.strip())
    if found is None:
        raise errors.bad_request(f"Bad Request - Error in query syntax: 'Company({key})'.")
    check_company(call, (found[1] or "").replace("''", "'"), found[2] or "")
    name = quote(key, safe="'")
    call.context = f"{call.root}/$metadata#Company({name})/"


def check_company(call: Call, name: str, number: str = "") -> None:
    company = call.site.books.state.company
    by_id = bool(number) and call.site.bc and number.lower() == company["id"]
    if not by_id and (number or name != company["name"]):
        raise answers.no_company(name or number)


def chosen_company(call: Call) -> None:
    """The company of the query, else the server's own, if it has one."""
    if "company" in call.options:
        check_company(call, call.options["company"])
    elif not call.site.settings["default_company"]:
        raise answers.no_company("")
    call.context = f"{call.root}/$metadata#"


def in_company(call: Call) -> Response:
    """A set, a record, the lines of a record, or a procedure of the codeunit."""
    unit = call.site.actions
    if unit and call.path.startswith(f"{unit}_"):
        return codeunit.answer(call.site, call.path.removeprefix(f"{unit}_"), call)
    within = _WITHIN.fullmatch(call.path)
    if within:
        return part(call, within)
    found = _SET.fullmatch(call.path)
    service = call.site.services().get(found["name"]) if found else None
    if found is None or service is None:
        raise errors.no_segment(call.path.split("/")[0].split("(")[0])
    call.request.route = f"/{service.name}" + ("({key})" if found["key"] is not None else "")
    if found["key"] is None:
        return whole_set(call, service, {}, bool(found["count"]))
    return single(call, service, reading.key_values(service, found["key"]))


def part(call: Call, found: re.Match[str]) -> Response:
    """`PurchaseInvoice(…)/PurchaseInvoicePurchLines`."""
    service = call.site.services().get(found["name"])
    if service is None or not service.part or found["part"] not in (service.part,
                                                                    service.page.part):  # fmt: skip
        raise errors.no_segment(found["part"] if service else found["name"])
    header = reading.one(call.site, service, reading.key_values(service, found["key"]))
    lines = call.site.services()[service.part]
    call.request.route = f"/{service.name}({{key}})/{lines.name}"
    if found["inner"] is None:
        return whole_set(call, lines, header, bool(found["count"]))
    return single(call, lines, reading.key_values(lines, found["inner"]))


def whole_set(call: Call, service: Service, header: Row, count: bool) -> Response:
    if call.verb == "POST":
        return insert(call, service, header)
    if call.verb != "GET":
        raise errors.not_allowed(call.verb, service.name)
    shown, number = reading.page(call.site, service, call.options, call.url, header)
    if count:
        return Response(200, str(number), {"Content-Type": "text/plain"})
    return answers.reply(200, {"@odata.context": f"{call.context}{service.name}", **shown})


def single(call: Call, service: Service, key: Row) -> Response:
    row = reading.one(call.site, service, key)
    if call.verb == "GET":
        return shown_record(call, service, row, 200)
    if call.verb == "PATCH":
        return modify(call, service, row)
    if call.verb == "DELETE":
        return remove(call, service, row)
    raise errors.not_allowed(call.verb, service.name)


def shown_record(call: Call, service: Service, row: Row, status: int) -> Response:
    shown = reading.record(call.site, service, row, call.options)
    context = {"@odata.context": f"{call.context}{service.name}/$entity"}
    return answers.reply(status, {**context, **shown}, etag(row))


def allowed(call: Call, service: Service, letter: str) -> None:
    if letter not in service.page.allowed:
        raise errors.not_allowed(call.verb, service.name)


def matches(call: Call, row: Row, *, needed: bool) -> None:
    """If-Match: the etag as it was read, or `*`."""
    sent = call.request.headers.get("If-Match", "")
    if not sent and needed:
        raise errors.no_etag()
    if sent not in ("", "*", etag(row)):
        raise errors.changed()


def insert(call: Call, service: Service, header: Row) -> Response:
    allowed(call, service, "I")
    with call.site.books.transaction():
        row = writing.insert(call.site, service, call.json(), header)
    return shown_record(call, service, row, 201)


def modify(call: Call, service: Service, row: Row) -> Response:
    allowed(call, service, "M")
    matches(call, row, needed=True)
    with call.site.books.transaction():
        writing.modify(call.site, service, row, call.json())
    if call.site.settings["patch_status"] == 204:
        return Response(204, None, {"OData-Version": "4.0", "ETag": etag(row)})
    return shown_record(call, service, row, 200)


def remove(call: Call, service: Service, row: Row) -> Response:
    allowed(call, service, "D")
    matches(call, row, needed=False)
    with call.site.books.transaction():
        writing.remove(call.site, service, row)
    return Response(204, None, {"OData-Version": "4.0"})
