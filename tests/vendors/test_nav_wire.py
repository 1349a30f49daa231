"""On-premises, the bare wire: sign-in, certificates, pages of HTML, names, what refusals mean."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.cache import cache

from connections.documents import Found
from connections.errors import CredentialPaused, InDoubt, NeedsPerson, Reason, RetryLater
from connections.vendors.nav.client import OnPremises
from tests.connections.other_system import OtherSystem, ok
from tests.vendors.site_nav import (
    HTML,
    Handshake,
    answering,
    certificate_authority,
    error,
    metadata,
    site,
)
from tests.vendors.stage_business_central import document, line

pytestmark = pytest.mark.django_db
EMPTY = ok({"value": []})
PLAIN = document(line("5.00", dimensions=()))
SETUP = ok({"value": [{"Global_Dimension_1_Code": "PROJECT"}]})


@pytest.fixture
def server() -> Iterator[OtherSystem]:
    cache.clear()
    with OtherSystem() as system:
        answering(system, EMPTY)
        yield system


# -- sign-in ----------------------------------------------------------------------------------


def test_basic_takes_the_access_key_also_with_letters_of_other_scripts(server: OtherSystem) -> None:
    site(server.address, user="Jürgen").accounts()
    said = server.seen[-1][2]["authorization"].removeprefix("Basic ")
    assert base64.b64decode(said).decode() == "Jürgen:KEY-öä"


def test_a_refused_key_pauses_the_connection_in_plain_words(server: OtherSystem) -> None:
    answering(server, (401, {"WWW-Authenticate": "Basic"}, HTML))
    server.reply = lambda method, path, count: (401, {"WWW-Authenticate": "Basic"}, HTML)
    client = site(server.address)
    with pytest.raises(CredentialPaused) as paused:
        client.accounts()
    assert "web service access key" in paused.value.sentence
    assert "KEY" not in paused.value.sentence
    seen = len(server.seen)
    with pytest.raises(CredentialPaused):
        OnPremises(client.connection).accounts()
    assert len(server.seen) == seen  # a locked account is not tried again and again


def test_a_good_answer_ends_the_pause(server: OtherSystem) -> None:
    client = site(server.address)
    client.connection.pause_sentence = "The key expired."
    client.connection.save()
    client.accounts()
    client.connection.refresh_from_db()
    assert client.connection.pause_sentence == ""


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_a_windows_account_signs_in(
    server: OtherSystem, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = tmp_path / "users"
    users.write_text("KEYSTONE:svc:KEY-1\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    handshake = Handshake(scheme, EMPTY)
    page = Handshake(scheme, (200, {}, metadata()))

    def reply(method: str, path: str, count: int) -> Any:
        return (page if "$metadata" in path else handshake)(server.seen[-1][2])

    server.reply = reply
    client = site(server.address, authentication="windows", user="KEYSTONE\\svc")
    client.connection.secrets["password"] = "KEY-1"
    client = OnPremises(client.connection)
    assert client.accounts() == []
    client.connection.secrets["password"] = "wrong"
    page.context = handshake.context = None
    with pytest.raises(CredentialPaused) as paused:
        OnPremises(client.connection).accounts()
    assert "KEYSTONE\\svc" in paused.value.sentence


def test_a_handshake_that_breaks_off_is_tried_later(server: OtherSystem) -> None:
    answers = iter([(401, {"WWW-Authenticate": "NTLM"}, ""), (503, {}, HTML)])
    server.reply = lambda method, path, count: next(answers, (503, {}, HTML))
    with pytest.raises(RetryLater) as later:
        site(server.address, authentication="windows", user="K\\svc").accounts()
    assert "broke off" in later.value.sentence


def test_an_app_gets_a_token_and_renews_it(server: OtherSystem) -> None:
    asked: list[str] = []

    def reply(method: str, path: str, count: int) -> Any:
        if "oauth2" in path:
            asked.append(server.seen[-1][3])
            return ok({"access_token": f"TOKEN-{len(asked)}", "expires_in": 3600})
        if server.seen[-1][2]["authorization"] == "Bearer TOKEN-1":
            return 401, {}, HTML
        return (200, {}, metadata()) if "$metadata" in path else EMPTY

    server.reply = reply
    client = site(
        server.address, authentication="oauth", login_url=server.address, tenant_id="t",
        client_id="c", scope="https://nav.example/.default",
    )  # fmt: skip
    assert client.accounts() == []
    assert len(asked) == 2
    assert "nav.example" in unquote(asked[0])


# -- certificates -------------------------------------------------------------------------------


def test_a_private_authority_is_trusted_by_its_bundle_and_not_without(
    server: OtherSystem, tmp_path: Path
) -> None:
    bundle, context = certificate_authority(tmp_path)
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    address = server.address.replace("http:", "https:")
    client = site(address, trust_bundle=str(bundle))
    assert client.accounts() == []
    client.connection.settings["trust_bundle"] = ""
    with pytest.raises(RetryLater):
        OnPremises(client.connection).accounts()
    client.connection.settings["trust_bundle"] = str(tmp_path / "nowhere.pem")
    with pytest.raises(NeedsPerson) as held:
        OnPremises(client.connection).accounts()
    assert "nowhere.pem" in held.value.sentence


# -- what comes back ----------------------------------------------------------------------------


def test_a_web_servers_404_is_no_deletion_and_no_missing_service(server: OtherSystem) -> None:
    answering(server, (404, {}, HTML))
    with pytest.raises(RetryLater) as later:
        site(server.address).accounts()
    assert "BC230" in later.value.sentence


def test_a_page_of_html_with_status_200_is_not_data(server: OtherSystem) -> None:
    answering(server, (200, {}, HTML))
    with pytest.raises(RetryLater) as later:
        site(server.address).accounts()
    assert "web page" in later.value.sentence


def test_markup_does_not_reach_a_person(server: OtherSystem) -> None:
    answering(server, (400, {}, HTML))
    with pytest.raises(Exception, match=r"HTTP Error 404\. Gone") as refused:
        site(server.address).accounts()
    assert "<" not in str(refused.value)


def test_a_missing_service_names_the_page_to_publish(server: OtherSystem) -> None:
    with pytest.raises(NeedsPerson) as held:
        site(server.address, services="GLAccounts=Konten").accounts()
    assert held.value.reason == Reason.SETTINGS
    for part in ("Konten", "page 18", "Web Services"):
        assert part in held.value.sentence


def test_a_service_that_went_away_is_looked_up_again(server: OtherSystem) -> None:
    text = "Resource not found for the segment 'GLAccounts'."
    answering(server, error(404, text, "BadRequest_ResourceNotFound"), EMPTY)
    client = site(server.address)
    with pytest.raises(NeedsPerson):
        client.accounts()
    assert client.accounts() == []
    assert sum("$metadata" in path for _, path, _, _ in server.seen) == 2


def test_a_field_that_went_away_is_looked_up_again(server: OtherSystem) -> None:
    answering(server, error(400, "Could not find a property named 'Name' on type 'NAV.X'."))
    with pytest.raises(RetryLater):
        site(server.address).accounts()


def test_a_company_that_is_not_there(server: OtherSystem) -> None:
    answering(server, error(404, "The company X does not exist.", "Internal_CompanyNotFound"))
    with pytest.raises(NeedsPerson) as held:
        site(server.address).accounts()
    assert "Bob's A/S & Co." in held.value.sentence


def test_every_company_name_arrives_as_it_is_written(server: OtherSystem) -> None:
    site(server.address, server_tenant="kr1").accounts()
    path = server.seen[-1][1]
    assert "company=Bob%27s%20A%2FS%20%26%20Co." in path
    assert path.endswith("&tenant=kr1")


def test_a_next_page_is_fetched_from_our_own_address(server: OtherSystem) -> None:
    """Behind a reverse proxy the server names itself by its inner name."""
    link = "https://inner.local:7048/BC230/ODataV4/GLAccounts?company=X&$skiptoken='9'"
    answering(server, ok({"value": [], "@odata.nextLink": link}), EMPTY)
    site(server.address).accounts()
    assert server.seen[-1][1].startswith("/BC230/ODataV4/GLAccounts?company=X")


def test_xml_that_declares_entities_is_refused(server: OtherSystem) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + metadata()
    server.reply = lambda method, path, count: (200, {}, bomb) if "$meta" in path else EMPTY
    with pytest.raises(RetryLater) as later:
        site(server.address).accounts()
    assert "not readable" in later.value.sentence


def test_one_look_at_the_metadata_serves_all_workers(server: OtherSystem) -> None:
    client = site(server.address)
    client.accounts()
    OnPremises(client.connection).accounts()
    assert sum("$metadata" in path for _, path, _, _ in server.seen) == 1


# -- writes -------------------------------------------------------------------------------------


def writing(server: OtherSystem, *answers: Any) -> OnPremises:
    """Reads find nothing, POSTs get these answers in turn."""
    left = list(answers)

    def reply(method: str, path: str, count: int) -> Any:
        if "$metadata" in path:
            return (
                200,
                {},
                metadata(
                    PurchaseInvoicePurchLines=(
                        "Document_No",
                        "Line_No",
                        "Shortcut_Dimension_1_Code",
                    )
                ),
            )
        if method == "GET":
            return SETUP if "GeneralLedgerSetup" in path else EMPTY
        return left.pop(0)

    server.reply = reply
    return site(server.address)


def test_a_business_error_that_comes_as_500_is_a_refusal(server: OtherSystem) -> None:
    client = writing(server, error(500, "The vendor V10122 is blocked."))
    with pytest.raises(NeedsPerson) as held:
        client.create(PLAIN, "record 1")
    assert held.value.reason == Reason.VENDOR_BLOCKED
    assert "in NAV" in held.value.sentence


def test_a_500_that_nobody_knows_is_in_doubt(server: OtherSystem) -> None:
    client = writing(server, error(500, "Object reference not set to an instance."))
    with pytest.raises(InDoubt):
        client.create(PLAIN, "record 1")


def test_a_lock_is_tried_later(server: OtherSystem) -> None:
    text = "The operation could not complete because a record in the table was locked by another."
    client = writing(server, error(500, text))
    with pytest.raises(RetryLater):
        client.create(PLAIN, "record 1")


def test_a_dimension_without_a_number_is_named(server: OtherSystem) -> None:
    client = writing(server)
    with pytest.raises(NeedsPerson) as held:
        client.create(document(), "record 1")
    assert held.value.reason == Reason.DIMENSION
    assert "COSTCODE" in held.value.sentence
    assert "POST" not in server.methods()  # nothing was begun


HEADER = {"Document_Type": "Invoice", "No": "107001", "Buy_from_Vendor_No": "V10001"}
LINE = {"Document_No": "107001", "Line_No": 10000, "Type": "G/L Account", "No": "53200",
        "Description": "Concrete works", "Quantity": 1, "Direct_Unit_Cost": 5}  # fmt: skip


def test_a_line_that_arrived_after_it_was_given_up_stands_once(server: OtherSystem) -> None:
    """Cut off, looked for, not there yet; sent again, and by then it stands."""
    late = error(400, "The Purchase Line already exists. Identification fields and values: …")
    posts = [ok(HEADER), (0, {}, ""), late]
    reads = [EMPTY, EMPTY, ok({"value": [LINE]}), ok({"value": [HEADER]}), ok({"value": [LINE]})]

    def reply(method: str, path: str, count: int) -> Any:
        if "$metadata" in path:
            return 200, {}, metadata()
        if "GeneralLedgerSetup" in path:
            return SETUP
        if method == "PATCH":
            return ok(HEADER)
        return posts.pop(0) if method == "POST" else reads.pop(0)

    server.reply = reply
    draft = site(server.address).create(PLAIN, "record 1")
    assert [one.amount for one in draft.lines] == [5]
    assert (posts, reads) == ([], [])


def test_a_draft_that_went_away_meanwhile_is_discarded(server: OtherSystem) -> None:
    gone = error(404, "Resource not found for the segment 'PurchaseInvoice'.", "BadRequest_X")
    listed = [ok({"value": [HEADER]}), EMPTY]

    def reply(method: str, path: str, count: int) -> Any:
        if "$metadata" in path:
            return 200, {}, metadata()
        if "GeneralLedgerSetup" in path:
            return SETUP
        return gone if method == "DELETE" else listed.pop(0)

    server.reply = reply
    site(server.address).discard(Found("Invoice/107001", "107001", "draft"), PLAIN, "record 1")
    assert server.methods()[-1] == "DELETE"
