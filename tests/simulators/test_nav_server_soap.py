"""NAV on-premises: the codeunit by SOAP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
import requests
import zeep

from tests.simulators.nav_server.story import Office

SPACE = "urn:microsoft-dynamics-schemas/codeunit/IntegrationMgt"
FAULT = "Microsoft.Dynamics.Nav.Types.Exceptions"


@pytest.fixture(scope="module")
def shared() -> Iterator[Office]:
    started = Office()
    yield started
    started.close()


@pytest.fixture
def nav(shared: Office) -> Office:
    shared.again()
    shared.nav("settings", profile="nav2018")
    return shared


def address(nav: Office, company: str = "") -> str:
    name = quote(company or nav.company, safe="")
    return f"{nav.simulator.url}/BC230/WS/{name}/Codeunit/IntegrationMgt"


def service(nav: Office) -> Any:
    """The procedures, as a client finds them in the description."""
    transport = zeep.Transport(session=nav.session)
    client = zeep.Client(address(nav), transport=transport)
    return client.service


def call(nav: Office, procedure: str, action: str = "", **values: str) -> requests.Response:
    inner = "".join(f"<{name}>{escape(one)}</{name}>" for name, one in values.items())
    text = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<{procedure} xmlns="{SPACE}">{inner}</{procedure}></s:Body></s:Envelope>'
    )
    headers = {"SOAPAction": action or f'"{SPACE}:{procedure}"', "Content-Type": "text/xml"}
    return nav.session.post(address(nav), data=text, headers=headers)


def test_nav_2018_posts_by_soap(nav: Office) -> None:
    header = nav.draft()
    number = service(nav).PostPurchaseDocument(documentType="Invoice", documentNo=header["No"])
    assert number == "108001"
    [card] = nav.rows("PostedPurchaseInvoice", filter=f"Pre_Assigned_No eq '{header['No']}'")
    assert card["No"] == number


def test_a_procedure_without_a_result(nav: Office) -> None:
    header = nav.draft()
    service(nav).ReleasePurchaseDocument(documentType="Invoice", documentNo=header["No"])
    assert nav.rows("PurchaseInvoice")[0]["Status"] == "Released"


def test_every_refusal_is_a_fault_with_500(nav: Office) -> None:
    response = call(nav, "PostPurchaseDocument", documentType="Invoice", documentNo="NONE")
    assert response.status_code == 500
    assert f"a:{FAULT}.NavCSideRecordNotFoundException</faultcode>" in response.text
    assert "The Purchase Header does not exist." in response.text
    with pytest.raises(zeep.exceptions.Fault, match="nothing to post"):
        service(nav).PostJournalBatch(journalTemplateName="GENERAL", journalBatchName="PROCORE")


def test_faults_may_hold_what_xml_does_not_allow(nav: Office) -> None:
    nav.nav("settings", control_characters=True)
    response = call(nav, "PostPurchaseDocument", documentType="Invoice", documentNo="NONE")
    assert "&#x1F;" in response.text


def test_a_call_names_its_action_and_all_parameters(nav: Office) -> None:
    values = {"documentType": "Invoice", "documentNo": nav.draft()["No"]}
    assert call(nav, "PostPurchaseDocument", action='"x"', **values).status_code == 500
    assert call(nav, "PostPurchaseDocument", documentType="Invoice").status_code == 500
    assert call(nav, "DoNothing", **values).status_code == 500
    assert nav.rows("PostedPurchaseInvoice") == []


def test_company_name_and_sign_in_are_checked(nav: Office) -> None:
    assert requests.get(address(nav)).status_code == 401
    wrong = nav.session.get(address(nav, nav.company.upper()))
    assert (wrong.status_code, "does not exist" in wrong.text) == (500, True)


def test_what_is_not_published_is_not_found(nav: Office) -> None:
    nav.nav("settings", codeunit="")
    assert nav.session.get(address(nav)).status_code == 404
    nav.nav("settings", codeunit="IntegrationMgt", soap=False)
    assert nav.session.get(address(nav)).status_code == 404


def test_the_ready_line_names_the_soap_address_where_it_is_needed(nav: Office) -> None:
    assert nav.simulator.ready()["soap_url"] == nav.simulator.url
    nav.nav("settings", profile="bc", actions=True)
    assert nav.simulator.ready()["soap_url"] == ""
