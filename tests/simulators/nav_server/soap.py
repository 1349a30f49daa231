"""The published codeunit by SOAP, which every version has: description, calls, faults."""

from __future__ import annotations

import re
from urllib.parse import unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.simulators.business_central import errors
from tests.simulators.messages import Request, Response

from . import answers, codeunit
from .site import Site

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
PLACE = re.compile(r"/[^/]+/WS/(?P<company>[^/]+)/(?:Codeunit/(?P<unit>\w+)|(?P<list>[Ss]ervices))")
TYPE = {"Content-Type": "text/xml; charset=utf-8"}
CLASSES = {
    "Application_DialogException": "NavNCLDialogException",
    "Application_FieldValidationException": "NavTestFieldException",
    "Application_CallbackNotAllowed": "NavNCLCallbackNotAllowedException",
    "Internal_RecordNotFound": "NavCSideRecordNotFoundException",
    "Internal_EntityWithSameKeyExists": "NavCSideDuplicateKeyException",
}


def namespace(unit: str) -> str:
    return f"urn:microsoft-dynamics-schemas/codeunit/{unit}"


def answer(request: Request, site: Site, place: re.Match[str]) -> Response | None:
    """None where nothing is published under the address."""
    unit = site.settings["codeunit"]
    try:
        _company(site, unquote(place["company"]))
        if place["list"]:
            return _services(request, unit)
        if not unit or place["unit"] != unit:
            return None
        request.route = f"/WS/Codeunit/{unit}"
        if request.method == "GET":
            address = request.base_url + request.path
            return Response(200, description(unit, address), TYPE)
        return _call(request, site, unit)
    except errors.Refused as refused:
        return fault(refused, dirty=bool(site.settings["control_characters"]))


def _company(site: Site, name: str) -> None:
    if name != site.books.state.company["name"]:
        raise answers.no_company(name)


def _services(request: Request, unit: str) -> Response:
    root = request.base_url + request.path.rpartition("/")[0]
    reference = f'<contractRef ref="{root}/Codeunit/{unit}" xmlns="{SCL}" />' if unit else ""
    text = f'<discovery xmlns="http://schemas.xmlsoap.org/disco/">{reference}</discovery>'
    return Response(200, text, TYPE)


SCL = "http://schemas.xmlsoap.org/disco/scl/"


def _call(request: Request, site: Site, unit: str) -> Response:
    """One procedure in one transaction."""
    call = _operation(request)
    name = call.tag.removeprefix(f"{{{namespace(unit)}}}")
    procedure = codeunit.PROCEDURES.get(name)
    action = request.headers.get("SOAPAction", "").strip('"')
    if procedure is None or action != f"{namespace(unit)}:{name}":
        raise errors.bad_request(f"The operation {action or name} is not known.")
    values = {one.tag.rpartition("}")[2]: one.text or "" for one in call}
    if set(values) != set(procedure.parameters):
        raise errors.bad_request(f"Parameter {procedure.parameters[0]} in method {name} is null!")
    request.route = f"/WS/Codeunit/{unit}:{name}"
    with site.books.transaction():
        result = procedure.run(site, values)
    shown = f"<return_value>{escape(result)}</return_value>" if procedure.returns else ""
    return envelope(
        200, f'<{name}_Result xmlns="{namespace(unit)}">{shown}</{name}_Result>', "Soap"
    )


def _operation(request: Request) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(request.body)  # noqa: S314
    except ElementTree.ParseError as broken:
        raise errors.bad_request(f"The message is not XML: {broken}.") from None
    body = root.find(f"{{{ENVELOPE}}}Body")
    if body is None or len(body) != 1:
        raise errors.bad_request("The message has no body.")
    return body[0]


def envelope(status: int, inner: str, prefix: str) -> Response:
    text = (
        f'<{prefix}:Envelope xmlns:{prefix}="{ENVELOPE}"><{prefix}:Body>{inner}</{prefix}:Body>'
        f"</{prefix}:Envelope>"
    )
    return Response(status, text, TYPE)


def fault(refused: errors.Refused, *, dirty: bool) -> Response:
    """Every refusal is a 500. Texts may hold characters that XML does not allow."""
    kind = CLASSES.get(refused.code, "NavCSideException")
    words = escape(refused.message) + ("&#x1F;" if dirty else "")
    inner = (
        '<s:Fault><faultcode xmlns:a="urn:microsoft-dynamics-schemas/error">'
        f"a:Microsoft.Dynamics.Nav.Types.Exceptions.{kind}</faultcode>"
        f'<faultstring xml:lang="en-US">{words}</faultstring><detail>'
        '<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">'
        f"{words}</string></detail></s:Fault>"
    )
    return envelope(500, inner, "s")


# The description.


def description(unit: str, address: str) -> str:
    """WSDL as NAV writes it, of all procedures."""
    space, names = namespace(unit), codeunit.PROCEDURES
    types = "".join(_types(name, one) for name, one in names.items())
    messages = "".join(_messages(name) for name in names)
    ports = "".join(_port(name) for name in names)
    bound = "".join(_bound(space, name) for name in names)
    return (
        f'<?xml version="1.0" encoding="utf-8"?><definitions targetNamespace="{space}" '
        f'xmlns:tns="{space}" xmlns="http://schemas.xmlsoap.org/wsdl/"><types><schema '
        f'elementFormDefault="qualified" targetNamespace="{space}" '
        f'xmlns="http://www.w3.org/2001/XMLSchema">{types}</schema></types>{messages}'
        f'<portType name="{unit}_Port">{ports}</portType><binding name="{unit}_Binding" '
        f'type="tns:{unit}_Port"><binding transport="http://schemas.xmlsoap.org/soap/http" '
        f'xmlns="{SOAP}" />{bound}</binding><service name="{unit}"><port name="{unit}_Port" '
        f'binding="tns:{unit}_Binding"><address location="{escape(address)}" xmlns="{SOAP}" />'
        "</port></service></definitions>"
    )


SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"


def _types(name: str, procedure: codeunit.Procedure) -> str:
    given = "".join(_element(one) for one in procedure.parameters)
    result = _element("return_value") if procedure.returns else ""
    return "".join(
        f'<element name="{title}"><complexType><sequence>{inner}</sequence></complexType></element>'
        for title, inner in ((name, given), (f"{name}_Result", result))
    )


def _element(name: str) -> str:
    return f'<element minOccurs="1" maxOccurs="1" name="{name}" type="string" />'


def _messages(name: str) -> str:
    return "".join(
        f'<message name="{one}"><part name="parameters" element="tns:{one}" /></message>'
        for one in (name, f"{name}_Result")
    )


def _port(name: str) -> str:
    return (
        f'<operation name="{name}"><input name="{name}" message="tns:{name}" />'
        f'<output name="{name}_Result" message="tns:{name}_Result" /></operation>'
    )


def _bound(space: str, name: str) -> str:
    literal = f'<body use="literal" xmlns="{SOAP}" />'
    return (
        f'<operation name="{name}"><operation soapAction="{space}:{name}" style="document" '
        f'xmlns="{SOAP}" /><input name="{name}">{literal}</input><output name="{name}_Result">'
        f"{literal}</output></operation>"
    )
