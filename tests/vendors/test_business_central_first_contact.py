"""First contact with Business Central: each way in which an environment may be other is said."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from connections.first_contact import report
from connections.first_contact.asking import ask_all
from connections.first_contact.checks import Check, Finding, FirstContact, Kind, fits
from connections.vendors.business_central.contact_books import currency
from connections.vendors.business_central.first_contact import FIRST_CONTACT
from connections.vendors.dynamics.contact import only_gets
from tests.vendors.contact import meet
from tests.vendors.stage_business_central import Stage, document

Deviate = Callable[[Stage], None]
PERSON, MAIL = "Mallory Quince", "mallory@quince.example"


def settings(**values: Any) -> Deviate:
    return lambda stage: stage.setting(**values)


def answers(path: str, *values: dict[str, Any], **rule: Any) -> Deviate:
    """The service answers with these rows, or with what the rule says."""
    given = {"status": 200, "body": {"value": list(values)}, "times": None, **rule}
    return lambda stage: stage.fault("status", method="GET", path=path, **given)


def closed(stage: Stage) -> None:
    stage.control("POST", "business_central/close_period", {"to": "2020-01-31"})


def posted(stage: Stage, **changed: Any) -> None:
    stage.control(
        "POST", "business_central/type_invoice",
        {"vendorNumber": "V10001", "vendorInvoiceNumber": "FC-1",
         "lines": [{"account": "53200", "amount": "1234.56",
                    "dimensions": {"PROJECT": "P-1042", "COSTCODE": "03-300", "COSTTYPE": "S"}}]},
    )  # fmt: skip
    stage.setting(**changed)


def same_code(stage: Stage) -> None:
    """A default dimension of a vendor with the rule Same Code."""
    vendor = stage.raw("GET", "vendors?$top=1")["value"][0]
    dimension = stage.raw("GET", "dimensions?$filter=code eq 'DEPARTMENT'")["value"][0]
    value = stage.raw("GET", f"dimensions({dimension['id']})/dimensionValues?$top=1")["value"][0]
    body = {"dimensionId": dimension["id"], "dimensionValueId": value["id"],
            "postingValidation": "Same Code"}  # fmt: skip
    stage.raw("POST", f"vendors({vendor['id']})/defaultDimensions", body)


def approvals(stage: Stage) -> None:
    row = {"status": "Open", "documentType": "Invoice"}
    answers("/approvalEntries", row)(stage)


def unpublished(stage: Stage) -> None:
    stage.connection.settings["integration_service"] = "IntegrationMgt"
    stage.connection.save()
    stage.setting(codeunit="")


TWIN = {"id": "11111111-2222-4333-8444-555555555555", "name": "A COPY FOR TRAINING"}
DEVIATIONS: dict[str, tuple[Deviate, tuple[str, ...]]] = {
    "old version": (settings(system_version="21.5.1.0"), ("21.5.1.0", "Update the environment")),
    "no setup page": (settings(absent=["generalLedgerSetup"]), ("generalLedgerSetup is not",)),
    "a field less": (
        settings(absent=["purchaseInvoiceLines.netAmount"]),
        ("purchaseInvoiceLines lacks netAmount", "Update the system"),
    ),
    "a set less": (settings(absent=["purchaseCreditMemos"]), ("has no purchaseCreditMemos",)),
    "no permission": (settings(denied=["account"]), ("accounts cannot be read", "permission set")),
    "no workflow service": (settings(workflow_services=False), ("purchaseDocuments", "Publish")),
    "no codeunit": (unpublished, ("PostPurchaseDocument", "docs/nav")),
    "brackets": (settings(odd_filters=400), ("bracket",)),
    "a twin": (
        lambda stage: stage.setting(
            other_companies=[{**TWIN, "displayName": stage.ready["company_name"]}]
        ),
        ("1 other companies are displayed", "Enter the company's id"),
    ),
    "VAT": (settings(vat=True), ("VAT", "Leave tax codes out")),
    "untold": (settings(not_told=["vendors"]), ("tells nothing of vendors", "polled")),
    "approvals": (approvals, ("pass approvals", "Book the flows as drafts")),
    "header of nothing": (
        lambda stage: posted(stage, zero_totals=50),
        ("header is not the sum", "maintainers"),
    ),
    "closed": (closed, ("outside of the window", "Open the period")),
    "same code": (same_code, ("DEPARTMENT with the rule Same Code", "take the rule off")),
    "German": (
        answers("/purchaseInvoiceLines", status=400,
                body={"error": {"code": "X", "message": f"Eine Id fehlt, {PERSON}."}}),
        ("worded otherwise", "English (United States)"),
    ),
    "new member": (
        answers("/accounts", {"accountType": "Cost_x0020_Type", "category": "_x0020_"}),
        ("Cost Type", "maintainers"),
    ),
    "new limit": (
        answers("/companies$", TWIN, headers={"X-RateLimit-Remaining": "5"}),
        ("X-RateLimit-Remaining",),
    ),
    "no finance group": (
        answers("/reportsFinance/", status=403), ("reportsFinance cannot be read", "blocked values")
    ),
    "many subscriptions": (
        answers("/subscriptions$", *({"subscriptionId": str(n)} for n in range(190))),
        ("190 of 200", "Remove those"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DEVIATIONS)
def test_each_deviation_is_found_and_said(
    business_central: Stage, tmp_path: Path, name: str
) -> None:
    deviate, words = DEVIATIONS[name]
    if name != "new limit":
        business_central.client.company()
    deviate(business_central)
    met = meet(business_central.connection, tmp_path)
    assert met.differs(*words), met.screen
    assert not met.ok


def test_an_environment_as_it_is_known_shows_none_of_them(
    business_central: Stage, tmp_path: Path
) -> None:
    posted(business_central)
    met = meet(business_central.connection, tmp_path)
    assert "another shape" not in met.screen, met.screen
    assert not [name for name, (_, words) in DEVIATIONS.items() if met.differs(*words)]
    assert "no interface tells whether Ext. Doc. No. Mandatory" in met.report


def test_what_is_not_answered_is_never_fine(business_central: Stage, tmp_path: Path) -> None:
    business_central.client.company()
    business_central.setting(absent=["approvalEntries"])
    business_central.fault("status", status=503, path="/taxGroups", times=None)
    met = meet(business_central.connection, tmp_path)
    assert met.unasked("Approvals", "no approvalEntries")
    assert met.unasked("Taxes")
    assert not met.ok


def test_another_shape_is_told_by_its_place_and_not_by_its_content(
    business_central: Stage, tmp_path: Path
) -> None:
    business_central.client.company()
    answers("/generalLedgerSetup", {"allowPostingFrom": PERSON})(business_central)
    met = meet(business_central.connection, tmp_path)
    assert met.unasked("Posting window", "another shape", "transport/odata.py")
    assert PERSON not in met.report


def test_nothing_but_reads_leaves(business_central: Stage, tmp_path: Path) -> None:
    business_central.control("DELETE", "requests")
    meet(business_central.connection, tmp_path)
    log = business_central.control("GET", "requests?tail=5000")["log"]
    assert len(log) > 20
    assert {one["method"] for one in log if "/oauth2/" not in one["path"]} == {"GET"}


def test_a_check_that_writes_is_stopped_at_the_door(business_central: Stage) -> None:
    """It has a journal, a token and a client that would: the guard alone is in its way."""

    def writes(client: Any) -> Finding:
        client.create(document(), "a mistake in a check")
        return fits("Written.")

    def asked(contact: FirstContact) -> Finding:
        [one] = ask_all(contact, business_central.new_client())
        return one.findings[0]

    business_central.client.company()
    business_central.control("DELETE", "requests")
    mistaken = FirstContact(lambda client: [Check("A mistake", "", writes)], only_gets)
    found = asked(mistaken)
    assert found.kind == Kind.UNASKED
    assert "Nothing was sent" in found.sentence
    log = business_central.control("GET", "requests?tail=100")["log"]
    assert not [one for one in log if one["method"] != "GET"]
    unguarded = dataclasses.replace(mistaken, harmless=lambda url, body: True)
    assert asked(unguarded).kind == Kind.FITS  # so it would have been sent


@pytest.mark.parametrize(
    ("body", "reads"),
    [
        (b'{"requests": [{"method": "GET", "url": "vendors"}]}', True),
        (b'{"requests": [{"method": "GET"}, {"method": "POST"}]}', False),
        (b'{"requests": [{"method": "GET", "body": {}}]}', False),
        (b"[]", False),
        (b"--batch\r\nGET", False),
    ],
)
def test_a_batch_reads_when_all_of_its_requests_do(body: bytes, reads: bool) -> None:
    assert only_gets("https://bc.example/v2.0/t/e/api/v2.0/$batch", body) is reads
    assert not only_gets("https://bc.example/v2.0/t/e/api/v2.0/vendors", body)


def test_the_report_has_neither_secrets_nor_people_nor_amounts(
    business_central: Stage, tmp_path: Path
) -> None:
    secret, token = business_central.ready["client_secret"], "eyJ0.NEVER-IN-A-REPORT"
    business_central.raw("POST", "vendors", {"displayName": PERSON, "email": MAIL})
    posted(business_central)
    business_central.client.company()
    words = f"{PERSON} <{MAIL}> owes 218,400.00, see https://bc.example/{secret}?t={token} {secret}"
    body = {"error": {"code": "Application_DialogException", "message": words}}
    rules = [
        {"action": "status", "status": 400, "body": body, "path": path, "times": None}
        for path in ("/taxGroups", "/purchaseInvoiceLines", "/approvalEntries")
    ]
    business_central.control("POST", "faults", {"rules": rules})
    met = meet(business_central.connection, tmp_path)
    assert PERSON in met.screen  # who runs it may see that
    assert secret not in met.screen
    issued = business_central.new_client().connection.token.access_token
    company = business_central.ready["company_name"]
    for hidden in (PERSON, "Quince", MAIL, "218,400", "1,234.56", "1234.56", secret, token, issued,
                   company, business_central.ready["tenant_id"]):  # fmt: skip
        assert hidden not in met.report
    assert "Application_DialogException" in met.report
    assert "127.0.0.1" in met.report


def test_a_slip_of_a_check_is_caught_by_the_report(business_central: Stage, tmp_path: Path) -> None:
    """A check forgot to mark what it quotes."""
    secret = business_central.ready["client_secret"]

    def slips(client: Any) -> Finding:
        return fits(
            f"{MAIL} and {secret} in {business_central.ready['company_name']}, 1,234.50 at "
            f"https://bc.example/v2.0/x?secret={secret}, {business_central.ready['company_id']}."
        )

    contact = dataclasses.replace(FIRST_CONTACT, checks=lambda client: [Check("Slip", "", slips)])
    asked = list(ask_all(contact, business_central.client))
    text = report.markdown(
        business_central.connection, asked, business_central.connection.created_at
    )
    line = next(one for one in text.splitlines() if "**Slip**" in one)
    assert line == "- **Slip**: # and # in #, # at bc.example, #.".replace("#", report.LEFT_OUT)


def test_the_command_names_what_there_is(business_central: Stage) -> None:
    with pytest.raises(CommandError, match=business_central.connection.name):
        call_command("first_contact", "nobody")


def test_currencies_of_vendors_are_counted(business_central: Stage) -> None:
    assert "CAD, EUR" in list(currency(business_central.client))[1].sentence


@pytest.mark.parametrize("body", [{}, {"value": None}, {"d": {"results": []}}])
def test_an_answer_that_holds_no_list_is_never_fine(
    business_central: Stage, tmp_path: Path, body: dict[str, Any]
) -> None:
    business_central.client.company()
    business_central.fault("status", status=200, body=body, times=None,
                           path=r"\)/\w+|/subscriptions|/runtime/")  # fmt: skip
    met = meet(business_central.connection, tmp_path)
    for name in ("Permissions", "Currency", "Taxes", "Default dimensions", "Approvals",
                 "Posted lines", "Subscriptions", "Filters", "Lists of values"):  # fmt: skip
        assert met.unasked(name), met.screen
        assert not met.fine(name), name


def test_a_company_without_vendors_brings_nothing_that_is_fine(
    business_central: Stage, tmp_path: Path
) -> None:
    business_central.client.company()
    answers("/vendors")(business_central)
    met = meet(business_central.connection, tmp_path)
    assert met.unasked("Default dimensions", "no vendor")
    assert met.unasked("Currency", "no vendor")


def test_default_dimensions_that_are_not_given_are_not_taken_for_none(
    business_central: Stage, tmp_path: Path
) -> None:
    business_central.client.company()
    answers("/vendors", {"id": TWIN["id"], "number": "V1"})(business_central)
    assert meet(business_central.connection, tmp_path).unasked("Default dimensions", "not given")


def test_trouble_is_no_refusal_of_brackets(business_central: Stage, tmp_path: Path) -> None:
    business_central.client.company()
    business_central.fault(
        "status", status=503, path=r"/purchaseInvoices\?.*vendorInvoiceNumber", times=None
    )
    met = meet(business_central.connection, tmp_path)
    assert met.unasked("Filters")
    assert not met.differs("bracket")


def test_a_check_that_was_throttled_once_is_asked_again(
    business_central: Stage, tmp_path: Path
) -> None:
    business_central.client.company()
    business_central.fault("status", status=429, path="/taxGroups", headers={"Retry-After": "0"},
                           times=1)  # fmt: skip
    met = meet(business_central.connection, tmp_path)
    assert "slow down" not in met.screen
    assert "taxGroups" in met.screen
