"""What the connection's settings mean: places, names, and which fields the form asks for."""

from __future__ import annotations

from typing import Any

import pytest

from connections.errors import NeedsPerson
from connections.models import Connection
from connections.pages.forms import SECRET, SETTING, form_for
from connections.registry import VENDORS, Inbound
from connections.vendors.dynamics.names import renamed
from connections.vendors.gp.places import Place, Places, picked, places
from connections.vendors.gp.rows import Row

pytestmark = pytest.mark.django_db
DOCUMENT = Row({"PONumber": "SC-7", "Description": "J-17 / 03-300"}, {})
LINE = Row({"AccountNumber": "000-5100-03", "Reference": "J-17 03-300"}, {})


def where(**settings: str) -> Places:
    return Places(Connection(vendor="gp", settings=settings))


# -- places ---------------------------------------------------------------------------------------


def test_places_are_read_in_turn() -> None:
    assert places("Segment 2, Document.PONumber word 1", "x") == (
        Place(segment=2), Place("document", "PONumber", word=1),
    )  # fmt: skip
    found = where(project_place="Document.JobNumber, Distribution.Reference word 1",
                  cost_code_place="Distribution.Reference word 2")  # fmt: skip
    pairs = dict(found.pairs(DOCUMENT, LINE))
    assert pairs == {
        "PROJECT": "J-17", "COSTCODE": "03-300",
        "SEGMENT1": "000", "SEGMENT2": "5100", "SEGMENT3": "03",
    }  # fmt: skip


def test_words_are_between_blanks_and_slashes() -> None:
    assert picked("J-17 / 03-300", 2) == "03-300"
    assert picked("J-17 03-300", 0) == "J-17 03-300"
    assert picked("J-17", 2) == ""
    assert picked("", 1) == ""


def test_what_is_not_there_names_nothing() -> None:
    found = where(project_place="Segment 9", cost_code_place="Document.Nothing",
                  commitment_place="Document.PONumber")  # fmt: skip
    assert [name for name, _ in found.pairs(DOCUMENT, LINE)] == ["SEGMENT1", "SEGMENT2", "SEGMENT3"]
    assert found.order_number(DOCUMENT) == "SC-7"
    assert found.pairs(DOCUMENT, Row({}, {})) == ()


def test_segments_have_the_sites_own_separator_and_names() -> None:
    found = where(segment_separator=".", segment_names="JOB, , DIVISION", project_place="Segment 3")
    line = Row({"AccountNumber": "17.5100.03."}, {})
    assert found.pairs(DOCUMENT, line) == (
        ("DIVISION", "03"), ("JOB", "17"), ("PROJECT", "03"), ("SEGMENT2", "5100"),
    )  # fmt: skip


def test_the_account_is_a_segment_where_the_connection_says_so() -> None:
    assert where().account("000-5100-03") == "000-5100-03"
    assert where(account_segment="2").account("000-5100-03") == "5100"
    assert where(account_segment="2").account("5100") == "5100"  # statistical, of another form
    with pytest.raises(NeedsPerson):
        where(account_segment="main").account("000-5100-03")


@pytest.mark.parametrize("text", ["Reference", "Segment x", "Distribution.", "Line.Reference"])
def test_a_place_that_is_none_is_told(text: str) -> None:
    with pytest.raises(NeedsPerson) as held:
        _ = where(project_place=text).project
    assert text in held.value.sentence
    assert "Where the project stands" in held.value.sentence


def test_names_are_pairs() -> None:
    assert renamed(" a=b ,\nZ-US$=USD; c= ") == {"a": "b", "Z-US$": "USD", "c": ""}
    for wrong in ("a", "a=b c", "=b"):
        with pytest.raises(ValueError, match=wrong):
            renamed(wrong)


def test_document_types_are_numbers(gp: Any) -> None:
    with pytest.raises(NeedsPerson) as held:
        gp.new_client(invoice_types="Invoice").purchases("ledger_invoice", ["1;1"])
    assert "Document types of invoices" in held.value.sentence


# -- the form -------------------------------------------------------------------------------------

SITE = {"server_url": "https://gp.example.com", "company": "Fabrikam, Inc."}


def wrong(settings: dict[str, str], **secrets: str) -> set[str]:
    """The fields that the form complains about."""
    data: dict[str, Any] = {"name": "GP", "active": "on", "settle_seconds": "540"}
    data |= {SETTING + name: value for name, value in settings.items()}
    data |= {SECRET + name: value for name, value in secrets.items()}
    form = form_for("gp")(data)
    form.is_valid()
    return {name.removeprefix(SETTING).removeprefix(SECRET) for name in form.errors}


def test_the_form_asks_for_what_the_sign_in_needs() -> None:
    assert wrong(SITE) == {"user", "password"}
    assert wrong(SITE | {"user": "D\\svc"}, password="p") == set()
    assert wrong(SITE | {"authentication": "token"}) == {"token"}
    app = SITE | {"authentication": "oauth"}
    assert wrong(app) == {"tenant_id", "client_id", "client_secret", "scope"}


def test_plain_http_is_refused() -> None:
    plain = SITE | {"user": "svc", "server_url": "http://gp.example.com"}
    assert wrong(plain, password="p") == {"server_url"}


def test_gp_calls_nobody() -> None:
    verdict = VENDORS["gp"].receive(None, Inbound("POST", {}, {}, b"{}"))
    assert (verdict.status, verdict.store) == (404, False)
    assert VENDORS["gp"].unpack(None, b"x") == []
