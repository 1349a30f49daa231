"""What is typed and mended in GP's windows goes into Procore; what is posted is voided alone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client as Browser

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows.gp.telling import FLOW, JOB, VENDOR, an_invoice, by_hand, heard, in_procore
from tests.flows.hands import follows, posts, presses, refused, shown
from tests.flows.telling import again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
ACCOUNT, OF_ANOTHER, OF_NO_JOB = "1044-52200-03", "1042-52200-03", "0000-53200-03"


def windows(gp: Company) -> str:
    return f"{gp.ready['gp']['server_url']}/web/"


def carried(gp: Company, number: str) -> Record:
    gp.poll(FLOW)
    run_queue()
    return Record.objects.get(flow=FLOW, title__endswith=number)


def test_an_invoice_is_typed_and_posted_and_stands_in_procore(gp: Company) -> None:
    given = {"vendor": VENDOR, "number": "HAND-1", "account-new1": ACCOUNT,
             "reference-new1": "03-300", "amount-new1": "1,200.50"}  # fmt: skip
    typing = follows(windows(gp), "New transaction")
    for wrong, why in (
        ({"vendor": "GONE"}, "There is no such vendor"),
        ({"account-new1": "9999-00000-00"}, "There is no such account"),
        ({"amount-new1": "a lot"}, "“a lot” is not a number"),
        ({"number": ""}, "A document number is needed"),
        ({"date": "soon"}, "“soon” is not a day"),
        ({"number": "N" * 22}, "A text is too long"),
    ):  # fmt: skip
        assert why in refused(typing, "Save", **{**given, **wrong})
    page = presses(typing, "Save", **given)
    assert "has been used for this vendor" in refused(typing, "Save", **given)
    record = carried(gp, "HAND-1")
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["status"] == "pending"
    [line] = [name for name in ("amount-16384",) if name in shown(page)]
    presses(page, "Post", **{line: "1300.00"})
    assert "amount-16384" not in shown(page)
    record = carried(gp, "HAND-1")
    there = in_procore(gp, "direct_costs", record)
    assert (there["status"], Decimal(there["amount"])) == ("approved", Decimal("1300.00"))
    assert posts(page, do="save", number="X", date="2026-01-01").status_code == 400
    assert posts(page, do="delete").status_code == 400


def test_an_unposted_invoice_is_given_its_job(gp: Company) -> None:
    row = an_invoice(gp, "NO-JOB-1", lines=[
        {"account": OF_NO_JOB, "reference": "03-300", "amount": "410.25"}
    ])  # fmt: skip
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_PROJECT), record.sentence
    page = follows(windows(gp), row["number"])
    presses(page, "Save", **{"account-16384": ACCOUNT})
    gp.poll(FLOW)
    record = again(gp, record)
    assert record.state == State.POSTED, record.sentence
    assert in_procore(gp, "direct_costs", record)["project"] == JOB


def test_a_posted_invoice_is_voided_and_typed_anew(gp: Company) -> None:
    row = an_invoice(gp, "TWO-JOBS", post=True, lines=[
        {"account": account, "reference": "03-300", "amount": "410.25"}
        for account in (ACCOUNT, OF_ANOTHER)
    ])  # fmt: skip
    record = heard(gp, row)
    assert (record.state, record.reason) == (State.HELD, Reason.NO_PROJECT), record.sentence
    assert "cancel it and type it anew for each project" in record.sentence
    page = follows(windows(gp), row["number"])
    assert posts(page, do="save", **{"account-16384": ACCOUNT}).status_code == 400
    presses(page, "Void")
    assert "voided" in shown(page)
    typing = follows(windows(gp), "New transaction")
    given = {"vendor": VENDOR, "account-new1": ACCOUNT, "reference-new1": "03-300",
             "amount-new1": "410.25"}  # fmt: skip
    assert "has been used" in refused(typing, "Save", number="TWO-JOBS", **given)
    presses(presses(typing, "Save", number="TWO-JOBS-B", **given), "Post")
    made = carried(gp, "TWO-JOBS-B")
    assert made.state == State.POSTED, made.sentence
    assert again(gp, record).state == State.SKIPPED, record.sentence


def test_an_inactive_vendor_gets_no_invoice_until_it_is_activated(
    gp: Company, admin_client: Browser
) -> None:
    vendors = follows(windows(gp), "Vendors")
    presses(vendors, "Inactivate", of=VENDOR)
    try:
        assert VENDOR in shown(vendors).partition("All others")[0]
        typing = follows(windows(gp), "New transaction")
        given = {"vendor": VENDOR, "number": "ACTIVE-1", "account-new1": ACCOUNT,
                 "reference-new1": "03-300", "amount-new1": "9.00"}  # fmt: skip
        assert "This vendor is inactive" in refused(typing, "Save", **given)
        presses(vendors, "Activate", of=VENDOR)
        presses(typing, "Save", **given)
    finally:
        by_hand(gp, "change_vendor", VendorID=VENDOR, VendorStatus=1)
    assert carried(gp, "ACTIVE-1").state == State.POSTED
    assert "the vendor has open documents" in refused(vendors, "Inactivate", of=VENDOR)
    presses(vendors, "Hold", of=VENDOR)
    assert "On hold" in shown(vendors).partition("All others")[0].partition(VENDOR)[2]
    presses(vendors, "Release", of=VENDOR)


def test_a_document_on_hold_is_taken_off_and_posted(gp: Company) -> None:
    row = an_invoice(gp, "HELD-1", hold=True)
    page = follows(windows(gp), row["number"])
    assert "the document is on hold" in refused(page, "Post")
    presses(page, "Take off hold")
    presses(page, "Post")
    assert carried(gp, "HELD-1").state == State.POSTED
