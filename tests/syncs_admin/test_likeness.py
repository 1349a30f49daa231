"""What may stand in both systems: found by vendor, amount and date, answered, taken back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from audit.models import Entry
from connections.documents import Found
from connections.errors import Reason
from connections.models import Integration
from syncs import tasks
from syncs.balance.rows import TypedByHand
from syncs.coding.shapes import pack_found
from syncs.cutover import shadow
from syncs.models import FlowSettings, Likeness, Record, State
from tests.syncs_admin import story
from tests.syncs_admin.test_cutover import FLOW, page_of

pytestmark = pytest.mark.django_db
MAY = ("syncs.view_record", "syncs.view_flowsettings", "syncs.set_aside_record")


@pytest.fixture
def integration() -> Integration:
    found = story.company()
    found.flows.update(shadow=True)
    return found


def noted(integration: Integration, **fields: Any) -> Record:
    """In shadow mode, coded: 1,800.00 of vendor V00010."""
    return story.held(integration, Reason.SHADOW, in_shadow=True, **fields)


def typed(
    integration: Integration, number: str = "108001", total: str = "1800.00",
    vendor: str = "V00010", days: int = 3, external: str = "BILL 3",
) -> TypedByHand:  # fmt: skip
    """What people posted in the ledger, as its lists were read."""
    day = story.TODAY + dt.timedelta(days=days)
    found = Found(f"id-{number}", number, "posted", external, vendor, day, Decimal(total))
    return TypedByHand.objects.create(
        system=integration.ledger, kind="purchase_invoice", remote_id=found.id, number=number,
        listed_in=f"{day:%Y-%m}", stamp="x", document=pack_found(found),
    )  # fmt: skip


def person(name: str = "carla") -> Client:
    return story.signed_in(story.person(name, *MAY))


def looked(client: Client, integration: Integration) -> list[Likeness]:
    client.post(page_of(integration, "look/"))
    return list(Likeness.objects.order_by("pk"))


def say(client: Client, row: Likeness, said: str) -> Any:
    integration = row.record.integration
    return client.post(page_of(integration, f"likeness/{row.pk}/{said}/"), follow=True)


def test_the_same_vendor_amount_and_a_close_date_are_a_question(integration: Integration) -> None:
    record, made = noted(integration), typed(integration)
    typed(integration, "108002", total="1800.01")
    typed(integration, "108003", vendor="V00099")
    typed(integration, "108004", days=40)
    client = person()
    [row] = looked(client, integration)
    assert (row.record_id, row.number) == (record.pk, made.number)
    page = client.get(page_of(integration)).content.decode()
    assert record.number in page
    assert "108001" in page
    assert "BILL 3" in page


def test_the_same_number_is_no_question_where_it_is_adopted(integration: Integration) -> None:
    record = noted(integration)
    typed(integration, external=record.number)
    client = person()
    assert len(looked(client, integration)) == 1
    FlowSettings.objects.filter(flow=FLOW).update(adopt=True)
    assert looked(client, integration) == []


def under_the_same_number(client: Client, integration: Integration) -> str:
    text = client.get(page_of(integration)).content.decode()
    assert 'id="standing"' in text
    return text.split('id="standing"')[1].split("</section>")[0]


def test_what_stands_under_the_same_number_is_listed_before_it_is_switched_on(
    integration: Integration,
) -> None:
    client = person()
    assert 'id="standing"' not in client.get(page_of(integration)).content.decode()
    same = noted(integration)
    other = noted(integration, amount=Decimal("7.00"))
    typed(integration, external=same.number.lower())
    typed(integration, "108002", external=other.number, total="9.00")
    typed(integration, "108003", external=same.number, vendor="V00099")
    text = under_the_same_number(client, integration)
    assert "2 of $1,807.00 are held until a person decides." in text
    assert text.count("adopts nothing") == 1
    FlowSettings.objects.filter(flow=FLOW).update(adopt=True)
    text = under_the_same_number(client, integration)
    assert "1 document of $1,800.00 is adopted" in text
    assert "1 of $7.00 is held" in text
    assert "the amounts differ" in text
    assert "108003" not in text, "of another vendor"


def switched_on() -> None:
    row = FlowSettings.objects.get(flow=FLOW)
    row.shadow = False
    row.save()
    shadow.follow(row)
    tasks.let_go()


def test_an_open_question_keeps_its_document_until_it_is_answered(
    integration: Integration,
) -> None:
    record, free = noted(integration), noted(integration, amount=Decimal("5.00"))
    typed(integration)
    client = person()
    [row] = looked(client, integration)
    switched_on()
    record.refresh_from_db()
    free.refresh_from_db()
    assert (record.state, record.in_shadow) == (State.HELD, True)
    assert free.state == State.PENDING
    say(client, row, "other")
    tasks.let_go()
    record.refresh_from_db()
    assert (record.state, record.link_number) == (State.PENDING, "")


def test_what_is_the_same_is_linked_at_the_switch_on_and_not_before(
    integration: Integration,
) -> None:
    record = noted(integration)
    typed(integration)
    client = person()
    [row] = looked(client, integration)
    say(client, row, "same")
    record.refresh_from_db()
    assert (record.state, record.link_number) == (State.HELD, "")
    switched_on()
    record.refresh_from_db()
    assert (record.state, record.link_number) == (State.PENDING, "108001")


def test_answers_are_journalled_and_can_be_taken_back_before_the_switch_on(
    integration: Integration,
) -> None:
    record = noted(integration)
    typed(integration)
    client = person()
    [row] = looked(client, integration)
    say(client, row, "same")
    say(client, row, "back")
    row.refresh_from_db()
    assert row.answer == ""
    told = Entry.objects.filter(record=record.pk, kind="person", actor="carla")
    assert [one.data["answer"] for one in told.order_by("sequence")] == ["same", ""]
    say(client, row, "other")
    assert looked(client, integration) == [row], "an answer is not asked for again"
    row.refresh_from_db()
    assert row.answer == "other"
    switched_on()
    said = say(client, row, "same").content.decode()
    assert "not in shadow mode any more" in said
    row.refresh_from_db()
    assert row.answer == "other"


def test_it_can_be_the_same_as_one_alone(integration: Integration) -> None:
    noted(integration)
    typed(integration)
    typed(integration, "108009")
    client = person()
    one, other = looked(client, integration)
    say(client, one, "same")
    say(client, other, "same")
    assert list(Likeness.objects.order_by("pk").values_list("answer", flat=True)) == [
        "other", "same",
    ]  # fmt: skip


def test_answering_takes_the_right_of_linking(integration: Integration) -> None:
    noted(integration)
    typed(integration)
    [row] = looked(person(), integration)
    eve = story.signed_in(story.person("eve", *MAY[:2]))
    assert say(eve, row, "same").status_code == 403
    assert eve.post(page_of(integration, "look/")).status_code == 403
    assert eve.get(page_of(integration, "look/")).status_code == 405
    assert "likeness/" not in eve.get(page_of(integration)).content.decode()
