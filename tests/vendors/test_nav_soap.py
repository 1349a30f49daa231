"""The codeunit by SOAP, as NAV 2018 offers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from connections.errors import CredentialPaused, InDoubt, NeedsPerson, Reason, Refused
from connections.vendors.nav.client import OnPremises
from tests.connections.other_system import OtherSystem, Reply
from tests.vendors.site_nav import metadata, site
from tests.vendors.stage_business_central import Notebook, document, journal, memo
from tests.vendors.stage_nav import Site

pytestmark = pytest.mark.django_db
NS = "urn:microsoft-dynamics-schemas/codeunit/IntegrationMgt"
VALUES = {"documentType": "Invoice", "documentNo": "107001"}


def wsdl(*procedures: str) -> str:
    """As NAV describes a codeunit; it names itself by its inner address."""
    types = messages = ports = binding = ""
    for one in procedures:
        for name, fields in ((one, ("documentType", "documentNo")), (f"{one}_Result", ())):
            inner = "".join(f'<element name="{field}" type="string"/>' for field in fields)
            inner = inner or '<element name="return_value" type="string" minOccurs="0"/>'
            types += (
                f'<element name="{name}"><complexType><sequence>{inner}</sequence></complexType>'
                "</element>"
            )
            messages += (
                f'<message name="{name}"><part name="parameters" element="tns:{name}"/></message>'
            )
        ports += (
            f'<operation name="{one}"><input message="tns:{one}"/>'
            f'<output message="tns:{one}_Result"/></operation>'
        )
        binding += (
            f'<operation name="{one}"><s:operation soapAction="{NS}:{one}"/>'
            '<input><s:body use="literal"/></input><output><s:body use="literal"/></output>'
            "</operation>"
        )
    return (
        f'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="{NS}" '
        f'xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" targetNamespace="{NS}"><types>'
        f'<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="{NS}" '
        f'elementFormDefault="qualified">{types}</schema></types>{messages}'
        f'<portType name="P">{ports}</portType><binding name="B" type="tns:P">'
        f'<s:binding transport="http://schemas.xmlsoap.org/soap/http"/>{binding}</binding>'
        '<service name="S"><port name="P" binding="tns:B">'
        '<s:address location="http://inner.local:7047/X"/></port></service></definitions>'
    )


def envelope(inner: str) -> str:
    return (
        '<Soap:Envelope xmlns:Soap="http://schemas.xmlsoap.org/soap/envelope/"><Soap:Body>'
        f"{inner}</Soap:Body></Soap:Envelope>"
    )


def fault(words: str) -> Reply:
    inner = f'<Soap:Fault><faultcode>a:Nav</faultcode><faultstring xml:lang="en-US">{words}'
    return 500, {"Content-Type": "text/xml"}, envelope(f"{inner}</faultstring></Soap:Fault>")


@pytest.fixture
def server() -> Iterator[OtherSystem]:
    cache.clear()
    with OtherSystem() as system:
        yield system


def client(server: OtherSystem, answer: Reply, *procedures: str) -> OnPremises:
    text = wsdl(*(procedures or ("PostPurchaseDocument",)))

    def reply(method: str, path: str, count: int) -> Any:
        if "$metadata" in path:
            return 200, {}, metadata()
        return answer if method == "POST" else (200, {"Content-Type": "text/xml"}, text)

    server.reply = reply
    return site(server.address, soap_url=server.address, integration_service="IntegrationMgt")


def test_it_returns_what_the_procedure_returns(server: OtherSystem) -> None:
    posted = f'<PostPurchaseDocument_Result xmlns="{NS}"><return_value>108123&#x1F;</return_value>'
    answer = envelope(f"{posted}</PostPurchaseDocument_Result>")
    made = client(server, (200, {"Content-Type": "text/xml"}, answer))
    assert made.act("PostPurchaseDocument", "record 1", 60, **VALUES) == "108123"
    method, path, headers, body = server.seen[-1]
    assert (method, path) == (
        "POST", "/BC230/WS/Bob%27s%20A%2FS%20%26%20Co./Codeunit/IntegrationMgt",
    )  # fmt: skip
    assert headers["soapaction"] == f'"{NS}:PostPurchaseDocument"'
    assert "<ns0:documentNo>107001</ns0:documentNo>" in body
    assert isinstance(made.journal, Notebook)
    assert made.journal.outcomes == [("done", 200)]


def test_a_known_fault_is_a_refusal(server: OtherSystem) -> None:
    words = "Posting Date is not within your range of allowed posting dates. &lt;1&gt;"
    made = client(server, fault(words))
    with pytest.raises(Refused) as refused:
        made.act("PostPurchaseDocument", "record 1", 60, **VALUES)
    assert refused.value.text.endswith("dates. <1>")


def test_an_unknown_fault_is_in_doubt(server: OtherSystem) -> None:
    made = client(server, fault("Object reference not set."))
    with pytest.raises(InDoubt):
        made.act("PostPurchaseDocument", "record 1", 60, **VALUES)


def test_a_refused_account_pauses(server: OtherSystem) -> None:
    made = client(server, (401, {}, "<html>no</html>"))
    with pytest.raises(CredentialPaused):
        made.act("PostPurchaseDocument", "record 1", 60, **VALUES)


def test_a_codeunit_without_the_procedure_is_named(server: OtherSystem) -> None:
    made = client(server, fault("x"), "Other")
    with pytest.raises(NeedsPerson) as held:
        made.act("PostPurchaseDocument", "record 1", 60, **VALUES)
    assert "docs/nav" in held.value.sentence
    assert "POST" not in server.methods()


def test_other_parameters_are_named(server: OtherSystem) -> None:
    made = client(server, fault("x"))
    with pytest.raises(NeedsPerson) as held:
        made.act("PostPurchaseDocument", "record 1", 60, docNo="107001")
    assert "takes other values" in held.value.sentence


# -- with the stand-in's books ------------------------------------------------------------------


@pytest.fixture
def nav_2018(nav: Site) -> Site:
    """Codeunits by SOAP only; its texts carry characters that XML forbids."""
    nav.setting(profile="nav2018", codeunit="IntegrationMgt", control_characters=True)
    nav.client = nav.new_client(soap_url=nav.ready["server_url"])
    return nav


@pytest.mark.parametrize("make", [document, memo, journal])
def test_nav_2018_posts_by_soap(nav_2018: Site, make: Any) -> None:
    paper = make()
    draft = nav_2018.client.create(paper, "record 1")
    nav_2018.client.complete(draft, paper, "record 1")
    now = nav_2018.client.read(draft, paper)
    assert now is not None
    assert (now.status, now.id) == ("posted", draft.id)
    assert [one.status for one in nav_2018.new_client().find([paper])[0]] == ["posted"]


def test_a_fault_of_nav_2018_is_a_plain_sentence(nav_2018: Site) -> None:
    paper = document()
    draft = nav_2018.client.create(paper, "record 1")
    nav_2018.by_hand("close_period", until=paper.posting_date.isoformat())
    with pytest.raises(NeedsPerson) as held:
        nav_2018.client.complete(draft, paper, "record 1")
    assert held.value.reason == Reason.PERIOD_CLOSED


def test_nav_2018_without_the_soap_address_says_what_to_enter(nav_2018: Site) -> None:
    client = nav_2018.new_client(soap_url="")
    paper = document()
    draft = client.create(paper, "record 1")
    with pytest.raises(NeedsPerson) as held:
        client.complete(draft, paper, "record 1")
    assert "SOAP address" in held.value.sentence
    assert "SOAP address" in "\n".join(client.test().findings)


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_a_cut_call_is_in_doubt_and_the_books_tell(nav_2018: Site, cut: str) -> None:
    paper = document()
    draft = nav_2018.client.create(paper, "record 1")
    nav_2018.fault(cut, method="POST", path="/WS/", times=1)
    with pytest.raises(InDoubt):
        nav_2018.client.complete(draft, paper, "record 1")
    now = nav_2018.client.read(draft, paper)
    assert (now and now.status) == ("posted" if cut == "cut_after" else "draft")
