"""Each count of a month's account leads to the list of just the documents that it counts."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client

from connections.models import Connection, Integration
from syncs.closing import documents
from syncs.closing.rows import Period
from syncs.models import State
from syncs.pipelines.posted import DELETED
from tests.syncs_admin import months, story
from tests.syncs_admin.months import closed, page, section

pytestmark = pytest.mark.django_db

CELL = re.compile(
    r'data-title="([^"]+)"><a href="([^"]+)"><b>([\d,]+)</b></a><small>([^<]+)</small>'
)


@pytest.fixture
def period() -> Period:
    """Documents of every state, of two flows, in two currencies, beside others that are not its."""
    integration = story.company()
    fill(integration)
    other = Integration.objects.create(
        key="gp_procore", name="GP → Procore", project_system=integration.project_system,
        ledger=Connection.objects.create(name="GP", vendor="gp"),
    )  # fmt: skip
    fill(other)
    months.polled(integration)
    found = months.read(integration)
    assert found is not None
    return found


def fill(integration: Integration) -> None:
    there = {"state": State.POSTED, "posted_digest": "p"}
    kinds: dict[str, dict[str, Any]] = {
        "posted": {}, "order": {**there, "destination_kind": "purchase_order",
                                "destination_status": "draft"},
        "draft": {**there, "destination_status": "draft"},
        "cancelled": {**there, "destination_status": "cancelled"},
        "deleted": {"state": State.SKIPPED, "source_status": DELETED},
        "skipped": {"state": State.SKIPPED}, "aside": {"state": State.SET_ASIDE},
        "held": {"state": State.HELD}, "shadow": {"state": State.HELD, "in_shadow": True},
        "pending": {"state": State.PENDING}, "doubt": {"state": State.IN_DOUBT},
        "canadian": {"currency": "CAD"}, "named": {"currency": "USD"},
        "direct": {"flow": "direct_costs"}, "committed": {"flow": "subcontracts"},
        "early": {"document_date": months.LAST},
        "next": {"document_date": documents.after(months.LAST)},
        "before": {"document_date": months.LAST.replace(year=2020)},
        "undated": {"document_date": None}, "undated, waits": {"document_date": None,
                                                              "state": State.PENDING},
    }  # fmt: skip
    for place, (name, facts) in enumerate(kinds.items(), 1):
        months.document(integration, f"{integration.pk}-{name}", f"{place * 10}.00", **facts)
    months.document(integration, "INV-C", "5.00", revision=2, state=State.PENDING)


@pytest.fixture
def anna() -> Client:
    return story.signed_in(story.person("anna", *months.CLOSES))


def listed(client: Client, url: str) -> tuple[int, Decimal]:
    """How many the list counts, and what they come to."""
    answer = client.get(unescape(url))
    assert answer.status_code == 200
    rows = answer.context["cl"]
    total = rows.queryset.aggregate(all=Sum("amount"))["all"]
    return rows.result_count, total


def worth(money: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.-]", "", unescape(money)))


def test_each_count_is_that_of_the_list_behind_it(period: Period, anna: Client) -> None:
    account = section(page(anna, period), "account")
    found = CELL.findall(account)
    assert account.count("<b>") == len(found), "each has one"
    assert {title for title, *_ in found} == {
        "Came", "Posted", "Held", "In shadow mode", "Skipped by a rule", "Set aside", "Gone",
        "On its way", "In doubt",
    }  # fmt: skip
    assert {int(number) for _, _, number, _ in found} >= {1, 2, 13, 14}
    for title, url, number, money in found:
        assert listed(anna, url) == (int(number), worth(money)), (title, url)


def test_documents_without_a_date_have_a_list(period: Period, anna: Client) -> None:
    account = section(page(anna, period), "account")
    found = re.findall(r'<a href="([^"]+)">(\d+) (?:documents without|of them open)', account)
    assert [number for _, number in found] == ["2", "1"]
    for url, number in found:
        assert listed(anna, url)[0] == int(number)


def test_the_list_says_what_it_is_filtered_by(period: Period, anna: Client) -> None:
    account = section(page(anna, period), "account")
    url = next(url for title, url, *_ in CELL.findall(account) if title == "On its way")
    answer = anna.get(unescape(url))
    text = answer.content.decode()
    assert "Costs, On its way, the company’s own currency, documents" in text
    assert months.LAST.isoformat() in text
    assert "is not one of the available choices" not in text


def test_a_figure_that_is_none_finds_nothing(period: Period, anna: Client) -> None:
    for odd in ("bucket=x", "which=x", "book=x", "currency=XXX", "a\x00", "bucket=in_ledger"):
        answer = anna.get("/syncs/record/", {"figure": odd, "integration__id__exact": "9" * 30})
        assert answer.status_code == 200
    assert anna.get("/syncs/record/", {"figure": "bucket=x"}).context["cl"].result_count == 0


def test_who_may_see_no_documents_has_no_links(period: Period) -> None:
    berta = story.signed_in(story.person("berta", "syncs.view_period"))
    account = section(page(berta, period), "account")
    assert "<b>1</b>" in account
    assert "<a " not in account


def test_a_closed_month_leads_on_while_its_figures_are_those_of_now(
    period: Period, anna: Client
) -> None:
    months.document(period.integration, "INV-X", "3.00")
    months.read(period.integration)
    closed(anna, period, note="as it is")
    account = section(page(anna, period), "account")
    for title, url, number, money in CELL.findall(account):
        assert listed(anna, url) == (int(number), worth(money)), (title, url)
    months.document(period.integration, "INV-Y", "4.00")
    assert "<a " not in section(page(anna, period), "account"), "the list would say more"
