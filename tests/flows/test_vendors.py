"""The ledger's vendors in the project system: one each, found again, never doubled, no echo."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from django.utils import timezone

from connections.documents import Hint
from connections.errors import Reason
from connections.models import Connection, Integration
from mappings.models import Reference, VendorLink
from syncs import tasks
from syncs.flow import Context
from syncs.ingest.noting import note_batch
from syncs.models import FlowSettings, Record, State
from tests.flows import telling
from tests.flows.telling import again, due_now, knock, notice, polls_asked
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db
NUMBERS = itertools.count(80001)


def ledger_has(company: Company, name: str, **facts: Any) -> dict[str, Any]:
    """The ledger's people make a vendor."""
    ledger: Any = Context(company.integration, "vendors").ledger
    body = {"number": f"V{next(NUMBERS)}", "displayName": name, **facts}
    row: dict[str, Any] = ledger.write("POST", ledger.path("vendors"), body, about="by hand").data
    return row


def ledger_changes(company: Company, row: dict[str, Any], **facts: Any) -> None:
    ledger: Any = Context(company.integration, "vendors").ledger
    path = ledger.path(f"vendors({row['id']})")
    ledger.write("PATCH", path, facts, about="by hand", headers={"If-Match": "*"})


def blocks(company: Company, row: dict[str, Any], how: str = "All") -> None:
    company.ledger("business_central/block_vendor", {"number": row["number"], "blocked": how})


def procore_vendor(company: Company, name: str, **facts: Any) -> dict[str, Any]:
    """Typed in Procore, and seen by the last refresh of the reference data."""
    row = company.procore_has("vendors", name=name, country_code="US", **facts)
    Reference.objects.create(
        connection=company.integration.project_system, kind="vendor", code=str(row["id"]),
        remote_id=str(row["id"]), name=name, seen_at=timezone.now(),
    )  # fmt: skip
    return row


def called(company: Company, name: str) -> list[dict[str, Any]]:
    return [row for row in company.procore("procore/vendors") if row["name"] == name]


def sent(company: Company, *rows: dict[str, Any]) -> list[Record]:
    """The poll finds them and one batch carries them."""
    note_batch(company.integration, "vendors", [Hint(row["number"]) for row in rows], "poll")
    company.the_worker_runs()
    return [Record.objects.get(flow="vendors", source_id=row["number"]) for row in rows]


def test_a_new_vendor_is_made_once_with_its_origin(company: Company) -> None:
    row = ledger_has(company, "Nordwand Gerüstbau GmbH", city="Zürich", phoneNumber="+41 44 1")
    [record] = sent(company, row)
    assert record.state == State.POSTED, record.sentence
    [there] = called(company, "Nordwand Gerüstbau GmbH")
    assert (there["origin_id"], there["origin_code"]) == (f"BC|{row['number']}", row["number"])
    assert there["city"] == "Zürich"
    link = VendorLink.objects.get(ledger_number=row["number"])
    assert link.project_vendor_id == str(there["id"]) == record.destination_id


def test_many_go_in_one_request(company: Company) -> None:
    rows = [ledger_has(company, f"Batch Supply {n}") for n in range(5)]
    telling.signed_in(company)
    telling.forget_requests(company)
    assert {record.state for record in sent(company, *rows)} == {State.POSTED}
    used = telling.requests_to(company, "procore")
    assert sum(count for name, count in used.items() if name.startswith("PATCH")) == 1


def test_a_vendor_of_the_same_name_is_adopted(company: Company) -> None:
    theirs = procore_vendor(company, "Oakline Joinery")
    row = ledger_has(company, "Oakline Joinery")
    [record] = sent(company, row)
    assert record.state == State.POSTED, record.sentence
    [there] = called(company, "Oakline Joinery")
    assert (there["id"], there["origin_id"]) == (theirs["id"], f"BC|{row['number']}")


def test_two_of_the_same_name_in_procore_hold_and_a_link_settles_it(company: Company) -> None:
    first = procore_vendor(company, "Twin Rivers Paving")
    procore_vendor(company, "Twin Rivers Paving")
    row = ledger_has(company, "Twin Rivers Paving")
    [record] = sent(company, row)
    assert (record.state, record.reason) == (State.HELD, Reason.POSSIBLE_DUPLICATE)
    assert "Twin Rivers Paving" in record.sentence
    assert [there["origin_id"] for there in called(company, "Twin Rivers Paving")] == [None, None]
    VendorLink.objects.create(
        integration=company.integration, project_vendor_id=str(first["id"]),
        project_vendor_name=first["name"], ledger_number=row["number"],
    )  # fmt: skip
    record = again(company, record)
    assert record.state == State.POSTED, record.sentence
    assert record.destination_id == str(first["id"])


def test_two_of_the_same_name_in_the_ledger_do_not_share_one_in_procore(company: Company) -> None:
    theirs = procore_vendor(company, "Echo Valley Supply")
    rows = [ledger_has(company, "Echo Valley Supply") for _ in range(2)]
    records = sent(company, *rows)
    links = VendorLink.objects.filter(ledger_number__in=[row["number"] for row in rows])
    assert links.filter(project_vendor_id=str(theirs["id"])).count() <= 1
    assert len({record.destination_id for record in records if record.destination_id}) == sum(
        record.state == State.POSTED for record in records
    )
    held = [record for record in records if record.state == State.HELD]
    assert [record.reason for record in held] == [Reason.POSSIBLE_DUPLICATE]
    assert rows[0]["number"] in held[0].sentence, "the one that it may be confused with is named"


def test_a_blocked_vendor_is_skipped_and_comes_when_it_is_unblocked(company: Company) -> None:
    row = ledger_has(company, "Blocked Brothers")
    blocks(company, row)
    [record] = sent(company, row)
    assert record.state == State.SKIPPED
    assert "blocked" in record.sentence
    assert called(company, "Blocked Brothers") == []
    blocks(company, row, " ")
    [record] = sent(company, row)
    assert record.state == State.POSTED, record.sentence
    assert len(called(company, "Blocked Brothers")) == 1


def test_a_vendor_blocked_later_becomes_inactive_there(company: Company) -> None:
    row = ledger_has(company, "Later Blocked Ltd.")
    sent(company, row)
    blocks(company, row)
    [record] = sent(company, row)
    assert record.state == State.POSTED, record.sentence
    assert [there["is_active"] for there in called(company, "Later Blocked Ltd.")] == [False]
    blocks(company, row, " ")
    sent(company, row)
    assert [there["is_active"] for there in called(company, "Later Blocked Ltd.")] == [True]


def test_a_vendor_blocked_for_payments_only_is_sent(company: Company) -> None:
    row = ledger_has(company, "Slow Payers Inc.")
    blocks(company, row, "Payment")
    [record] = sent(company, row)
    assert record.state == State.POSTED
    assert [there["is_active"] for there in called(company, "Slow Payers Inc.")] == [True]


def test_a_new_name_follows(company: Company) -> None:
    row = ledger_has(company, "Old Name & Co.")
    [record] = sent(company, row)
    ledger_changes(company, row, displayName="New Name & Co.")
    telling.only_what_is_new(company)
    company.poll("vendors")
    company.the_worker_runs()
    record.refresh_from_db()
    assert (record.state, record.title) == (State.POSTED, "New Name & Co.")
    assert called(company, "Old Name & Co.") == []
    [there] = called(company, "New Name & Co.")
    assert str(there["id"]) == record.destination_id
    assert VendorLink.objects.get(ledger_number=row["number"]).ledger_name == "New Name & Co."


def test_an_unchanged_vendor_is_not_sent_again(company: Company) -> None:
    row = ledger_has(company, "Steady State LLC")
    [record] = sent(company, row)
    telling.forget_requests(company)
    record = again(company, record)
    assert record.state == State.POSTED
    used = telling.requests_to(company, "procore")
    assert not [name for name in used if name.startswith("PATCH")], used


def test_a_row_that_procore_refuses_is_held_with_its_sentence_and_the_others_go(
    company: Company,
) -> None:
    good, bad = ledger_has(company, "Good Grout"), ledger_has(company, "Bad Mail")
    company.procore("faults", {"seed": 1, "rules": [{
        "method": "PATCH", "path": "vendors/sync", "action": "status", "status": 200, "times": 1,
        "body": {"entities": [], "errors": [
            {"origin_id": f"BC|{bad['number']}", "errors": {"email_address": ["is invalid"]}},
        ]},
    }]})  # fmt: skip
    first, second = sent(company, good, bad)
    assert (second.state, second.reason) == (State.HELD, Reason.REFUSED)
    assert "is invalid" in second.sentence
    assert first.state != State.POSTED, "an answer that does not name it proves nothing"
    assert again(company, first).state == State.POSTED
    assert again(company, second).state == State.POSTED


@pytest.mark.parametrize("action", ["cut_after", "cut_before"])
def test_nothing_is_doubled_when_the_answer_is_cut(company: Company, action: str) -> None:
    name = f"Cut & Cover {action[-5:]}"
    row = ledger_has(company, name)
    telling.procore_fails(company, method="PATCH", path="vendors/sync", action=action, times=1)
    [record] = sent(company, row)
    assert record.state in (State.PENDING, State.IN_DOUBT), record.sentence
    assert due_now(company, record).state == State.POSTED
    assert len(called(company, name)) == 1


def test_adoption_is_not_doubled_when_the_answer_is_cut(company: Company) -> None:
    theirs = procore_vendor(company, "Cut Adoption Co.")
    row = ledger_has(company, "Cut Adoption Co.")
    telling.procore_fails(company, method="PATCH", path="vendors/sync", action="cut_after", times=1)
    [record] = sent(company, row)
    tasks.refresh(company.integration.pk)
    record = due_now(company, record)
    assert record.state == State.POSTED, record.sentence
    assert [there["id"] for there in called(company, "Cut Adoption Co.")] == [theirs["id"]]


def test_what_we_wrote_to_procore_does_not_come_back(company: Company) -> None:
    row = ledger_has(company, "No Echo Inc.")
    [record] = sent(company, row)
    door = telling.procore_calls(company, "company")
    body = notice(
        company, {"id": int(record.destination_id)}, resource_name="Company Vendors",
        event_type="update", project_id=None,
    )  # fmt: skip
    before = Record.objects.count()
    assert knock(company, door, body).status_code == 200
    company.the_worker_runs()
    assert (Record.objects.count(), polls_asked(company)) == (before, [])
    record.refresh_from_db()
    assert record.state == State.POSTED


def test_a_document_that_waited_for_its_vendor_goes_on_by_itself(company: Company) -> None:
    theirs = procore_vendor(company, "Late Comer Steel", projects=[company.job])
    row = company.a_direct_cost("LATE-1", vendor="Late Comer Steel")
    record = telling.settled(company, "direct_costs", row)
    assert (record.state, record.reason) == (State.HELD, Reason.MISSING_VENDOR)
    vendor = ledger_has(company, "Late Comer Steel")
    sent(company, vendor)
    assert VendorLink.objects.get(ledger_number=vendor["number"]).project_vendor_id == str(
        theirs["id"]
    )
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert len(company.posted_under("LATE-1")) == 1


def test_shadow_mode_sends_no_vendor(company: Company) -> None:
    company.settings("vendors", shadow=True)
    row = ledger_has(company, "Shadow Walls")
    [record] = sent(company, row)
    assert (record.state, record.reason) == (State.HELD, Reason.SHADOW)
    assert called(company, "Shadow Walls") == []


def test_a_vendor_that_left_the_ledger_is_never_silent(company: Company) -> None:
    kept, never = ledger_has(company, "Gone Tomorrow"), ledger_has(company, "Never Was")
    sent(company, kept)
    ledger: Any = Context(company.integration, "vendors").ledger
    for row in (kept, never):
        path = ledger.path(f"vendors({row['id']})")
        ledger.write("DELETE", path, about="by hand", headers={"If-Match": "*"})
    first, second = sent(company, kept, never)
    assert (first.state, first.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), first.sentence
    assert second.state == State.SKIPPED, second.sentence
    first.accept("anna", "merged")
    company.the_worker_runs()
    first.refresh_from_db()
    assert first.state == State.SKIPPED, first.sentence


def test_a_vendor_that_procore_lost_is_sent_again_by_reconciliation(company: Company) -> None:
    row = ledger_has(company, "Phoenix Forms")
    [record] = sent(company, row)
    company.procore(f"procore/vendors/{record.destination_id}", {"name": "Phoenix (typo)"}, "PATCH")
    flow_settings = company.integration.flows.get(flow="vendors")
    tasks.reconcile(flow_settings.pk)
    record.refresh_from_db()
    assert record.state == State.PENDING
    tasks.run([record.pk])
    record.refresh_from_db()
    assert record.state == State.POSTED, record.sentence
    assert len(called(company, "Phoenix Forms")) == 1


def test_a_vendor_that_left_without_a_word_is_found_by_reconciliation(company: Company) -> None:
    kept, gone = ledger_has(company, "Still Here"), ledger_has(company, "Left at Night")
    here, left = sent(company, kept, gone)
    ledger: Any = Context(company.integration, "vendors").ledger
    path = ledger.path(f"vendors({gone['id']})")
    ledger.write("DELETE", path, about="by hand", headers={"If-Match": "*"})
    flow_settings = company.integration.flows.get(flow="vendors")
    tasks.reconcile(flow_settings.pk)
    tasks.run([left.pk])
    here.refresh_from_db()
    left.refresh_from_db()
    assert here.state == State.POSTED
    assert (left.state, left.reason) == (State.HELD, Reason.DELETED_AT_SOURCE), left.sentence
    assert gone["number"] in left.sentence
    tasks.reconcile(flow_settings.pk)
    left.refresh_from_db()
    assert left.state == State.HELD, "the next night does not ask for it again"
    assert left.accept("anna", "merged")
    tasks.run([left.pk])
    tasks.reconcile(flow_settings.pk)
    left.refresh_from_db()
    assert left.state == State.SKIPPED, "accepted once is accepted"


def test_two_ledgers_beside_one_project_system_do_not_write_one_vendor_in_turns(
    company: Company,
) -> None:
    """Another company of the same ledger, whose vendors bear the same numbers."""
    link = VendorLink.objects.filter(integration=company.integration).order_by("pk")[0]
    mine = company.integration
    note_batch(mine, "vendors", [Hint(link.ledger_number)], "poll")
    run_queue()
    before = called(company, link.project_vendor_name)
    other = Connection.objects.get(pk=mine.ledger.pk)
    other.pk, other.name = None, "The other company"
    other.save()
    second = Integration.objects.create(
        name="The other one", key=mine.key, project_system=mine.project_system, ledger=other
    )
    FlowSettings.objects.filter(integration=second).update(shadow=False)
    note_batch(second, "vendors", [Hint(link.ledger_number)], "poll")
    run_queue()
    record = Record.objects.get(integration=second, source_id=link.ledger_number)
    assert (record.state, record.reason) == (State.HELD, Reason.POSSIBLE_DUPLICATE), record.sentence
    assert f"kept by {mine} as its vendor {link.ledger_number}" in record.sentence
    assert called(company, link.project_vendor_name) == before
