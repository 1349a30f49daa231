"""A person names a number in Procore: it is asked for first, whatever holds GP's document."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from connections.errors import Reason
from mappings.models import CostCodeMapping, ProjectLink, VendorLink
from syncs.models import Record, State
from tests.flows.gp.telling import VENDOR, an_invoice, heard
from tests.flows.gp.test_adoption import numbered, typed_in_procore
from tests.flows.telling import again
from tests.story import Company, run_queue

pytestmark = pytest.mark.django_db


def linked(client: Client, record: Record, number: str) -> Record:
    client.post(f"/syncs/record/{record.pk}/do/link/", {"text": number, "seen": ""})
    run_queue()
    record.refresh_from_db()
    return record


def is_told(client: Client, record: Record, reason: Reason, said: str) -> None:
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    assert record.sentence.startswith(said), record.sentence
    assert len(record.sentence) > len(record.problems[0]["unlinked"]), "its own reason, too"
    lines = Entry.objects.filter(record=record.pk, sentence__startswith="Asked ")
    assert said in lines.order_by("-sequence")[0].sentence
    assert said in client.get(f"/syncs/record/{record.pk}/change/").content.decode()


def held(gp: Company, number: str, reason: Reason, **facts: Any) -> Record:
    record = heard(gp, an_invoice(gp, number, post=True, **facts))
    assert (record.state, record.reason) == (State.HELD, reason), record.sentence
    return record


@pytest.mark.parametrize("lacks", [Reason.MISSING_VENDOR, Reason.MISSING_MAPPING])
def test_what_cannot_be_decoded_is_linked_where_it_agrees(
    gp: Company, admin_client: Client, lacks: Reason
) -> None:
    number = f"GLI-{lacks[8:11]}".upper()
    there, other = typed_in_procore(gp, number), typed_in_procore(gp, f"{number}-X", "7.00")
    if lacks == Reason.MISSING_VENDOR:
        VendorLink.objects.filter(ledger_number=VENDOR).delete()
    else:
        CostCodeMapping.objects.all().delete()
    record = held(gp, number, lacks)
    record = linked(admin_client, record, "NOWHERE-1")
    is_told(admin_client, record, lacks, "There is no NOWHERE-1 in ")
    record = linked(admin_client, record, other["invoice_number"])
    is_told(admin_client, record, lacks, f"{number}-X there comes to 7.00; this document to 840.50")
    record = linked(admin_client, record, number)
    assert (record.state, record.destination_id) == (State.POSTED, str(there["id"]))
    assert record.sentence.startswith(f"Linked by a person to {number}. Stands as ")
    record = again(gp, record)
    assert (record.state, record.destination_id) == (State.POSTED, str(there["id"]))
    assert len(numbered(gp, number)) == 1


def test_of_an_unknown_project_nobody_can_be_asked(gp: Company, admin_client: Client) -> None:
    ProjectLink.objects.all().delete()
    record = held(gp, "GLI-PROJECT", Reason.NO_PROJECT)
    record = linked(admin_client, record, "GLI-PROJECT")
    said = f"{gp.integration.project_system} was not asked for GLI-PROJECT: the project of the"
    is_told(admin_client, record, Reason.NO_PROJECT, said)


def test_another_number_than_its_own_is_looked_up_and_nothing_is_sent(
    gp: Company, admin_client: Client
) -> None:
    gp.settings("payables_invoices", needs_approval=True)
    record = held(gp, "GLI-OWN", Reason.NEEDS_APPROVAL)
    record = linked(admin_client, record, "GLI-MISTYPED")
    is_told(admin_client, record, Reason.NEEDS_APPROVAL, "There is no GLI-MISTYPED in ")
    assert numbered(gp, "GLI-OWN") == []


def test_nothing_is_sent_by_a_number_that_is_not_there(gp: Company, admin_client: Client) -> None:
    """Not even where nothing else holds it any more."""
    gp.settings("payables_invoices", needs_approval=True)
    record = held(gp, "GLI-ASIDE", Reason.NEEDS_APPROVAL)
    assert record.set_aside("anna", "Typed in Procore")
    gp.settings("payables_invoices", needs_approval=False)
    record = linked(admin_client, record, "GLI-MISTYPED")
    assert record.state == State.HELD, record.sentence
    assert record.sentence.startswith("There is no GLI-MISTYPED in ")
    assert numbered(gp, "GLI-ASIDE") == []
