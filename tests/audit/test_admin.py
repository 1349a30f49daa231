"""The journal's pages: read, find, export, verify; nobody writes."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from audit import journal as journal_module
from audit import paginator
from audit.models import Entry
from connections.companies.access import Access
from connections.pages.moments import when_exactly
from tests.audit.conftest import by_force

pytestmark = pytest.mark.django_db
PAGE = "/audit/entry/"


@pytest.fixture
def boss(admin_client: Browser) -> Browser:
    return admin_client


def auditor(*codenames: str) -> Browser:
    user = User.objects.create(username="ada", is_staff=True)
    Access.objects.create(user=user, all_companies=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    browser = Browser()
    browser.force_login(user)
    return browser


def exported(browser: Browser, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"{PAGE}export/{query}")
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(StringIO(text)))


def test_not_even_a_superuser_writes(boss: Browser, journal: list[Entry]) -> None:
    one = f"{PAGE}{journal[2].pk}/"
    assert boss.get(f"{PAGE}add/").status_code == 403
    assert boss.post(f"{one}change/", {"sentence": "x"}).status_code == 403
    assert boss.post(f"{one}delete/", {"post": "yes"}).status_code == 403
    assert boss.get(f"{one}history/").status_code == 403
    page = boss.get(PAGE).content.decode()
    assert "delete_selected" not in page
    assert 'name="_save"' not in boss.get(f"{one}change/").content.decode()


def test_a_line_has_a_readable_page(boss: Browser, journal: list[Entry]) -> None:
    page = boss.get(f"{PAGE}{journal[1].pk}/change/").content.decode()
    for text in ("Create INV-1", "https://api/x", "line 3: done (201)", journal[1].hash,
                 when_exactly(journal[1].at), "all lines of this record"):  # fmt: skip
        assert text in page


def numbers(browser: Browser, query: str) -> list[int]:
    answer = browser.get(PAGE + query)
    assert answer.status_code == 200
    return [entry.sequence for entry in answer.context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=17", [6, 5, 4, 3, 2, 1]),
        ("?q=7", [7]),
        ("?record=17", [6, 5, 4, 3, 2, 1]),
        ("?kind__exact=person", [6]),
        ("?integration=bc_procore&kind__exact=system", [7]),
        ("?flow=subcontractor_invoices&kind__exact=intent", [2]),
        ("?at_from=2000-01-01&at_to=2001-01-01", []),
        ("?at_from=2000-01-01", [8, 7, 6, 5, 4, 3, 2, 1]),
        (f"?at_to={timezone.now():%Y-%m-%d}", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("?at_from=rubbish", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("?at_to=9999-12-31", [8, 7, 6, 5, 4, 3, 2, 1]),
        ("?q=nothing", []),
        ("?q=99999999999999999999999999", []),
        ("?q=%00", [8, 7, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_lines_are_found(boss: Browser, journal: list[Entry], query: str, found: list[int]) -> None:
    assert numbers(boss, query) == found


def test_lines_are_found_by_hash_and_by_a_documents_number(
    boss: Browser, journal: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert numbers(boss, f"?q={journal[3].hash[:20]}") == [4]
    monkeypatch.setattr(
        journal_module, "RECORDS_BY_NUMBER", [lambda number: [17] if number == "INV-1" else []]
    )
    assert numbers(boss, "?q=INV-1") == [6, 5, 4, 3, 2, 1]


def test_an_export_holds_the_lines_and_their_hashes(boss: Browser, journal: list[Entry]) -> None:
    rows = exported(boss)
    assert [row["hash"] for row in rows] == [entry.hash for entry in journal]
    assert [row["previous"] for row in rows[1:]] == [entry.hash for entry in journal[:-1]]
    assert rows[1]["data"].startswith('{"body"')


def test_an_export_is_no_formula(boss: Browser) -> None:
    for start in ("=", "+", "-", "@", "\t", "\r", "\n"):
        journal_module.append("system", f"{start}cmd", actor=f"{start}x")
    for row in exported(boss):
        assert row["sentence"].startswith("'")
        assert row["actor"].startswith("'")
    assert exported(boss)[0]["sequence"] == "1"


def test_an_export_keeps_to_the_filter(boss: Browser, journal: list[Entry]) -> None:
    assert [row["sequence"] for row in exported(boss, "?kind__exact=person")] == ["6"]
    assert [row["sequence"] for row in exported(boss, "?q=7")] == ["7"]
    assert exported(boss, "?at_from=2000-01-01&at_to=2001-01-01") == []


def test_exporting_needs_its_permission(journal: list[Entry]) -> None:
    viewer = auditor("view_entry")
    assert viewer.get(f"{PAGE}export/").status_code == 403
    assert "Export" not in viewer.get(PAGE).content.decode()
    assert viewer.get(f"{PAGE}verify/").status_code == 200


def test_an_auditor_exports(journal: list[Entry]) -> None:
    assert len(exported(auditor("view_entry", "export_entry"))) == 8


def test_the_verification_page_says_what_it_found(boss: Browser, journal: list[Entry]) -> None:
    assert "Verify now" in boss.get(f"{PAGE}verify/").content.decode()
    page = boss.post(f"{PAGE}verify/").content.decode()
    assert "Whole" in page
    assert journal[-1].hash in page
    by_force("UPDATE audit_entry SET sentence = 'x' WHERE sequence = 3")
    page = boss.post(f"{PAGE}verify/").content.decode()
    assert "Not whole" in page
    assert "line 3 was changed" in page


def test_verifying_needs_the_right_to_look() -> None:
    assert auditor().post(f"{PAGE}verify/").status_code == 403


def test_big_tables_are_estimated_and_filtered_ones_capped(
    journal: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paginator, "CAP", 5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_entry")
    everything = Entry.objects.order_by("-sequence")
    assert paginator.CappedPaginator(everything, 2).count == 8
    assert paginator.CappedPaginator(everything.filter(sequence__gt=1), 2).count == 5
    assert paginator.CappedPaginator(everything.filter(sequence__gt=6), 2).count == 2
    assert paginator.CappedPaginator([1, 2, 3], 2).count == 3


def test_the_journal_says_how_many_lines_it_has_and_what_is_not_exact_is_told_so(
    boss: Browser, journal: list[Entry], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An estimate that nobody marks reads like missing lines."""
    monkeypatch.setattr(paginator, "CAP", 5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = 1000 WHERE relname = 'audit_entry'")
    page = boss.get(PAGE).content.decode()
    assert f"{len(journal)} entries" in page
    assert "1,000" not in page
    by_force("UPDATE audit_head SET sequence = 1")
    assert paginator.LinePaginator(Entry.objects.order_by("-sequence"), 2).count == 1000
    everything = Entry.objects.order_by("-sequence")
    for rows, count, said in (
        (everything, 1000, "about"), (everything.filter(sequence__gt=1), 5, "at least"),
        (everything.filter(sequence__gt=6), 2, ""),
    ):  # fmt: skip
        other = paginator.CappedPaginator(rows, 2)
        assert (other.count, other.roughly) == (count, said)
