"""The message catalogue's pages: who answers what, what cannot be answered, what is taken home."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import Entry
from connections.errors import NeedsPerson, Reason, Words
from connections.registry import VENDORS
from mappings.reference import Reference
from syncs.catalogue import telling
from syncs.catalogue.plain import plain
from syncs.catalogue.wording import ANSWERS
from syncs.models import Record, State, Wording
from syncs.pipelines.engine import ending
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
LIST = "/syncs/wording/"
MAY = ("syncs.view_wording", "syncs.answer_wording", "syncs.export_wording")


@pytest.fixture
def record() -> Record:
    return story.unmapped(story.company())


def collected(record: Record, text: str = "Gate 7 is shut for INV-1.", code: str = "") -> Wording:
    return Wording.note(Words("fo", code, text), record)


def integrator() -> Client:
    return story.signed_in(story.person("ian", *MAY))


def save(client: Client, row: Wording, reason: str, sentence: str) -> str:
    data = {"reason": reason, "sentence": sentence}
    page = client.post(f"{LIST}{row.pk}/change/", data, follow=True)
    return str(page.content.decode())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Nothing to hide.", "Nothing to hide."),
        ("Amount 1,234.56 or 840.50- is too much", "Amount {number} or {number} is too much"),
        ("See https://erp.invalid/x?y=1 now", "See {address} now"),
        ("Der Benutzer Max Muster darf das nicht", "Der Benutzer {name} darf das nicht"),
        ("Created by Jane O'Neill yesterday", "Created by {name} yesterday"),
        ("Field 'Acme 12' of “Bob” is wrong", "Field {value} of {value} is wrong"),
        ("Vendor V00077 and V-20 and 30", "Vendor {number}"),
        ("Token abcdEFGHijklMNOPqrstUVWX is bad", "Token {value} is bad"),
        ("It is not Other Inc. but HARBOUR SCHOOL", "It is not {value}. but {value}"),
        ("zoe must not do this", "{name} must not do this"),
        ("two   words\nand a line", "two words and a line"),
    ],
)
def test_names_and_numbers_are_replaced(record: Record, text: str, wanted: str) -> None:
    story.person("zoe")
    both = record.integration
    Reference.objects.create(connection=both.ledger, kind="vendor", code="V9", name="Other Inc",
                             seen_at=timezone.now())  # fmt: skip
    assert plain(text, record) == wanted


def test_what_the_document_names_is_replaced_whatever_it_looks_like(record: Record) -> None:
    record.vendor_name, record.project_name = "Bright & Sons", "the yard"
    record.source = {"lines": [{"description": "Slab on grade", "status": "approved"}]}
    text = "bright & sons is not approved for the yard: slab on grade"
    assert plain(text, record) == "{vendor} is not approved for {project}: {value}"


def test_each_text_is_one_row_that_counts(record: Record) -> None:
    first = collected(record, "Gate 7 is shut for INV-1.")
    assert collected(record, "Gate 8 is shut for INV-2.").pk == first.pk
    assert collected(record, "Gate 8 is shut for INV-2.", "E9").pk != first.pk
    assert Wording.note(Words("nav", "", "Gate 7 is shut for INV-1."), record).pk != first.pk
    first.refresh_from_db()
    assert (first.times, first.record) == (2, record)


def test_who_may_answer(record: Record) -> None:
    row = collected(record)
    clerk = story.signed_in(story.person("cleo", "syncs.view_record"))
    looks = story.signed_in(story.person("lena", "syncs.view_wording"))
    assert clerk.get(LIST).status_code == 403
    assert clerk.get(f"{LIST}rules/").status_code == 403
    assert looks.get(f"{LIST}rules/").status_code == 200
    page = looks.get(f"{LIST}{row.pk}/change/").content.decode()
    assert 'name="reason"' not in page
    data = {"reason": "refused", "sentence": "Mend it."}
    assert looks.post(f"{LIST}{row.pk}/change/", data).status_code == 403
    row.refresh_from_db()
    assert (row.reason, Entry.objects.count()) == ("", 0)


def test_an_answer_has_its_author_its_moment_and_its_line(record: Record) -> None:
    row = collected(record)
    save(integrator(), row, "vendor_blocked", "Unblock {vendor} in {system}.")
    row.refresh_from_db()
    assert (row.reason, row.answered_by) == ("vendor_blocked", "ian")
    assert row.answered_at is not None
    line = Entry.objects.get()
    assert (line.kind, line.actor) == (Entry.Kind.PERSON, "ian")
    assert "“Gate {number} is shut for {number}.”" in line.sentence
    assert line.data["reason"] == "vendor_blocked"


@pytest.mark.parametrize(
    ("reason", "sentence", "complaint"),
    [
        ("refused", "", "Give both"),
        ("", "Mend it.", "Give both"),
        ("refused", "Mend {it}.", "Nothing is known by the name {it}"),
        ("refused", "Mend {number.__class__}.", "Nothing is known by the name"),
        ("refused", "Mend {number!r}.", "Only the name stands between brackets"),
        ("refused", "Mend {number:>900}.", "Only the name stands between brackets"),
        ("refused", "Mend {.", "no other half"),
        ("refused", "Mend it", "ends with a full stop"),
    ],
)
def test_what_cannot_be_told_is_not_taken(
    record: Record, reason: str, sentence: str, complaint: str
) -> None:
    row = collected(record)
    assert complaint in save(integrator(), row, reason, sentence).replace("&#x27;", "'")
    row.refresh_from_db()
    assert (row.reason, row.answered_at) == ("", None)


@pytest.mark.parametrize("reason", [one for one in Reason if one not in ANSWERS])
def test_reasons_that_let_things_pass_or_go_on_are_no_answer(record: Record, reason: str) -> None:
    row = collected(record)
    assert "Select a valid choice" in save(integrator(), row, reason, "Mend it.")
    row.refresh_from_db()
    assert row.reason == ""


def it_is_refused() -> None:
    raise NeedsPerson.in_words(Words("fo", "", "No."), Reason.REFUSED, "F&O refused it: No.")


@pytest.mark.parametrize("reason", ANSWERS)
def test_no_answer_lets_a_document_pass(record: Record, reason: Reason) -> None:
    """Whatever is answered, it is held with it: nobody is offered to approve or accept it."""
    Wording.objects.filter(pk=collected(record, "No.").pk).update(
        reason=reason, sentence="Mend {number}."
    )
    Record.objects.filter(pk=record.pk).update(state=State.PENDING, reason="", problems=[])
    [claimed] = Record.objects.claim([record.pk])
    with ending(claimed):
        it_is_refused()
    record.refresh_from_db()
    assert (record.state, record.reason) == (State.HELD, reason)
    assert (record.run_at, record.posted_digest) == (None, "")
    page = story.boss().get(f"/syncs/record/{record.pk}/change/").content.decode()
    for verb in ("approve", "accept", "post_difference"):
        assert f"/do/{verb}/" not in page
    assert f"Mend {record.number or record.source_id}." in page


def test_only_words_of_what_is_held_are_changed(record: Record) -> None:
    """What moves meanwhile is told by its own end."""
    row = collected(record, "No.")
    facts = {"words": row.key, "reason": "refused", "sentence": "No.",
             "own": {"reason": "refused", "sentence": "No.", "text": "No."}}  # fmt: skip
    Record.objects.filter(pk=record.pk).update(state=State.RUNNING, problems=[facts])
    Wording.objects.filter(pk=row.pk).update(reason="settings", sentence="Mend it.")
    assert telling.tell_anew(row.pk) == 0
    Record.objects.filter(pk=record.pk).update(state=State.HELD)
    assert (telling.tell_anew(row.pk), telling.tell_anew(row.pk)) == (1, 0)
    record.refresh_from_db()
    assert (record.reason, record.sentence) == ("settings", "Mend it.")


def test_the_morning_tells_who_may_answer_what_is_open(record: Record) -> None:
    row = collected(record)
    other = collected(record, "The well is dry.")
    Wording.objects.filter(pk=other.pk).update(reason="refused", sentence="Dig.")
    page = integrator().get("/").content.decode()
    assert "Say what it means when another system refuses" in page
    assert f"{LIST}{row.pk}/change/" in page
    assert "The well is dry" not in page
    looks = story.signed_in(story.person("lena", "syncs.view_wording"))
    assert "Say what it means" not in looks.get("/").content.decode()


def test_the_list_says_what_is_open_and_the_file_goes_home_without_the_example(
    record: Record,
) -> None:
    row = collected(record, "Gate 7 is shut for INV-1.", "E1")
    other = collected(record, "The well is dry.")
    Wording.objects.filter(pk=other.pk).update(reason="refused", sentence="Dig.")
    client = integrator()
    page = client.get(f"{LIST}?answered=no").content.decode()
    assert "Gate {number} is shut" in page
    assert "The well is dry" not in page
    answer: Any = client.post(f"{LIST}export/csv/?answered=no")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    [found] = list(csv.DictReader(io.StringIO(text)))
    assert (found["System"], found["Its code"]) == ("Dynamics 365 Finance & Operations", "E1")
    assert found["What it says"] == row.text
    assert str(record.pk) not in found.values()
    assert record.number not in text


def test_the_example_is_a_link_and_what_it_holds_is_counted(record: Record) -> None:
    row = collected(record, "No.")
    Record.objects.filter(pk=record.pk).update(problems=[{"words": row.key}])
    page = integrator().get(f"{LIST}{row.pk}/change/").content.decode()
    assert f'href="/syncs/record/{record.pk}/change/"' in page
    assert "1 document" in page


def test_the_page_of_a_document_leads_to_what_its_words_mean(record: Record) -> None:
    row = collected(record, "No.")
    collected(record, "Another one.")
    facts = {"words": row.key, "reason": "refused", "sentence": "F&O refused it: No."}
    Record.objects.filter(pk=record.pk).update(reason="refused", problems=[facts])
    page = f"/syncs/record/{record.pk}/change/"
    clerk = story.signed_in(story.person("cleo", "syncs.view_record"))
    assert "what they mean" not in clerk.get(page).content.decode()
    ian = story.signed_in(story.person("ian", "syncs.view_record", *MAY))
    assert f'href="{LIST}?key={row.key}"' in ian.get(page).content.decode()
    assert list(ian.get(f"{LIST}?key={row.key}").context["cl"].queryset) == [row]


def test_built_in_rules_stand_beside_to_read(record: Record) -> None:
    page = integrator().get(f"{LIST}rules/").content.decode()
    known = [vendor for vendor in VENDORS.values() if vendor.refusals]
    assert {vendor.label for vendor in known} > {"Procore", "Dynamics NAV"}
    for vendor in known:
        assert vendor.label.replace("&", "&amp;") in page
    assert "already exists for this vendor" in page
    assert "<textarea" not in page
