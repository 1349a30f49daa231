"""Which company of the ledger is meant: by its id, its name, or a display name of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from connections.errors import Reason
from connections.models import CompanyFound, Connection
from syncs import tasks
from syncs.models import Alert, Record, State
from tests.flows.telling import again, settled
from tests.simulators import company as demo
from tests.story import Company

pytestmark = pytest.mark.django_db
OURS = demo.COMPANY_NAME
TRAINING = {
    "id": "11111111-2222-3333-4444-555555555555", "name": "A COPY FOR TRAINING",
    "displayName": OURS,
}  # fmt: skip


@pytest.fixture(autouse=True)
def calm(company: Company) -> Iterator[None]:
    cache.clear()
    yield
    has_beside(company)
    cache.clear()


def has_beside(company: Company, *others: dict[str, Any]) -> None:
    company.ledger("business_central/settings", {"other_companies": list(others)})


def names(company: Company, wanted: str) -> None:
    ledger = Connection.objects.get(pk=company.integration.ledger_id)
    ledger.settings = {**ledger.settings, "company": wanted}
    ledger.save()


def found(company: Company) -> str:
    return CompanyFound.objects.get(connection=company.integration.ledger).company_id


def our_id(company: Company) -> str:
    return str(company.ready["business_central"]["company_id"])


def posted_or_held(company: Company, number: str) -> Record:
    return settled(company, "direct_costs", company.a_direct_cost(number))


def test_a_copy_that_shows_our_name_is_not_taken(company: Company) -> None:
    has_beside(company, TRAINING)
    record = posted_or_held(company, "COPY-1")
    assert record.state == State.POSTED, record.sentence
    assert found(company) == our_id(company)


@pytest.mark.parametrize("braces", ["{}", "{{{}}}"])
def test_the_id_leads_to_it_whatever_others_are_called(company: Company, braces: str) -> None:
    has_beside(company, {**TRAINING, "displayName": our_id(company)})
    names(company, braces.format(our_id(company).upper()))
    record = posted_or_held(company, f"COPY-2{len(braces)}")
    assert record.state == State.POSTED, record.sentence


def test_of_several_that_show_one_name_a_person_decides(company: Company) -> None:
    second = {**TRAINING, "id": TRAINING["id"].replace("1", "9"), "name": "ANOTHER COPY"}
    copies = [{**one, "displayName": "Keystone (old)"} for one in (TRAINING, second)]
    has_beside(company, *copies)
    names(company, "Keystone (old)")
    record = posted_or_held(company, "COPY-3")
    assert (record.state, record.reason) == (State.HELD, Reason.SETTINGS), record.sentence
    assert "2 companies of Business Central are called “Keystone (old)”" in record.sentence
    names(company, OURS)
    assert again(company, record).state == State.POSTED


def test_a_name_that_leads_to_another_company_is_an_alert(company: Company) -> None:
    """Known by its display name first; then the copy is made and takes the name itself."""
    assert posted_or_held(company, "COPY-4").state == State.POSTED
    has_beside(company, {**TRAINING, "name": OURS})
    CompanyFound.objects.update(company_id=our_id(company))
    cache.clear()
    tasks.refresh(company.integration.pk)
    told = [alert.sentence for alert in Alert.objects.filter(closed_at=None)]
    assert any("are called" in one for one in told), told
    record = posted_or_held(company, "COPY-5")
    assert (record.state, record.reason) == (State.HELD, Reason.SETTINGS), record.sentence
    assert company.posted_under("COPY-5") == []
    has_beside(company)
    assert again(company, record).state == State.POSTED


def test_what_it_led_to_before_stays_what_is_meant(company: Company) -> None:
    """Our own was renamed, and a copy got the name."""
    assert posted_or_held(company, "COPY-6").state == State.POSTED
    CompanyFound.objects.update(company_id=TRAINING["id"], name="A COPY FOR TRAINING")
    cache.clear()
    tasks.refresh(company.integration.pk)
    told = [alert.sentence for alert in Alert.objects.filter(closed_at=None)]
    wanted = f"“{OURS}” led to the company A COPY FOR TRAINING ({TRAINING['id']})"
    assert any(wanted in one and our_id(company) in one for one in told), told
    record = posted_or_held(company, "COPY-7")
    assert (record.state, record.reason) == (State.HELD, Reason.SETTINGS), record.sentence
    names(company, our_id(company))
    assert again(company, record).state == State.POSTED, "a person named the right one"
