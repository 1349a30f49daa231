"""A line per integration: each figure leads to a list of exactly that many; brake and trend."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from connections.models import Connection, Integration
from connections.transport.days import today
from syncs import sums, tasks
from syncs.models import (
    ControlChange,
    Counted,
    DayCount,
    FlowSettings,
    KeptSums,
    MorningMail,
    Record,
    State,
)
from syncs.morning import trend
from tests.syncs_admin import story

pytestmark = pytest.mark.django_db
FIGURE = re.compile(r'href="([^"]*/syncs/record/\?[^"]*)"><b[^>]*>([\d,]+)</b>')


@pytest.fixture
def integration() -> Any:
    return story.company()


@pytest.fixture
def busy(integration: Any) -> Integration:
    """Every state, in two integrations, of today, of this month and of long ago."""
    ledger = Connection.objects.create(name="BC South", vendor="business_central")
    south: Integration = Integration.objects.create(
        key="bc_procore", name="South", project_system=integration.project_system, ledger=ledger
    )
    for number, each in ((2, integration), (3, south)):
        for _ in range(number):
            story.posted(each, flow="direct_costs")
            story.posted(each, posted_at=timezone.now() - dt.timedelta(days=90))
            story.unmapped(each)
            story.record(each)
        story.record(each, state=State.RUNNING, lease_until=timezone.now() + dt.timedelta(hours=1))
        story.record(each, state=State.IN_DOUBT, in_doubt_since=timezone.now())
        story.record(each, state=State.SKIPPED)
        story.record(each, state=State.SET_ASIDE, currency="CAD", amount="5.00")
    return south


def front(client: Client) -> str:
    KeptSums.objects.all().delete()
    return unescape(client.get("/").content.decode())


def test_each_figure_leads_to_a_list_of_exactly_that_many(busy: Integration) -> None:
    for _ in range(4):
        story.posted(busy, flow="direct_costs", destination_status="draft")
    client = story.boss()
    page = front(client)
    figures, columns = FIGURE.findall(page), client.get("/").context["columns"]
    assert "Drafts there" in columns
    assert len(figures) > 2 * len(columns)
    assert any("state__exact=draft" in url and number == "4" for url, number in figures)
    for url, number in figures:
        shown = client.get(url).context["cl"].queryset.count()
        assert shown == int(number.replace(",", "")), url


def test_what_was_posted_long_ago_is_not_of_this_month(busy: Integration) -> None:
    page = front(story.boss())
    [line] = [part for part in page.split('<tbody class="c-line-of"') if
              part.startswith(f' aria-label="{busy}"')]  # fmt: skip
    line = line[: line.index('class="c-unfolded"')]
    cells = dict(re.findall(r'<td class="c-right c-cell" data-title="([^"]+)">'
                            r"(?:<a[^>]*>)?<(?:b|span)[^>]*>([^<]+)<", line))  # fmt: skip
    assert cells == {
        "Waiting": "4", "In doubt": "1", "Held": "3", "Posted today": "3",
        "Posted this month": "3",
    }  # fmt: skip


def test_what_is_left_as_a_draft_has_a_cell_of_its_own_where_there_is_any(
    integration: Integration,
) -> None:
    story.posted(integration, amount="40.00")
    client = story.boss()
    assert "Drafts there" not in front(client)
    for status in ("draft", "incomplete"):
        story.posted(integration, amount="100.00", destination_status=status)
    line = front(client)
    line = line[line.index('<tr class="c-line">') : line.index('class="c-unfolded"')]
    cells = dict(re.findall(r'data-title="([^"]+)">(.*?)</td>', line, re.DOTALL))
    for title, documents, money in (("Drafts there", 2, "$200.00"), ("Posted today", 1, "$40.00"),
                                    ("Posted this month", 1, "$40.00")):  # fmt: skip
        assert f">{documents}</b>" in cells[title], title
        assert money in cells[title], title
    assert list(cells)[3] == "Drafts there"


def test_what_was_cancelled_there_is_apart_from_what_was_posted(
    integration: Integration,
) -> None:
    story.posted(integration, amount="40.00")
    client = story.boss()
    assert "No longer there" not in front(client)
    story.posted(integration, amount="100.00", destination_status="cancelled")
    page = front(client)
    flows = page[page.index('class="c-unfolded"') :]
    for title, money in (("Posted today", "$40.00"), ("Posted this month", "$40.00"),
                         ("Posted in all", "$40.00"), ("No longer there", "$100.00")):  # fmt: skip
        shown = re.findall(rf'data-title="{title}">(.*?)</td>', flows, re.DOTALL)
        [cell] = [cell for cell in shown if "$" in cell]
        assert ">1</a>" in cell or ">1</b>" in cell, title
        assert money in cell, title


def test_a_commitment_is_not_added_to_costs(integration: Integration) -> None:
    story.posted(integration, flow="direct_costs", amount="100.00")
    story.posted(integration, flow="subcontracts", amount="1000.00")
    story.posted(integration, flow="commitment_relief", amount="-7.00")
    line = front(story.boss())
    line = line[line.index('<tr class="c-line">') : line.index('class="c-unfolded"')]
    cells = dict(re.findall(r'data-title="([^"]+)">(.*?)</td>', line, re.DOTALL))
    money = re.findall(r"<small[^>]*>([^<]+)</small>", cells["Posted today"])
    assert money == ["$100.00 costs", "$1,000.00 commitments", "$7.00 billed on commitments"]


def test_an_integration_whose_code_is_gone_has_its_line(integration: Integration) -> None:
    story.posted(integration, amount="100.00")
    Integration.objects.update(key="old_pair")
    assert "$100.00" in front(story.boss())


def test_the_flows_page_leads_to_all_that_waits_of_that_integration(busy: Integration) -> None:
    row = FlowSettings.objects.get(flow="requisitions", integration=busy)
    page = unescape(story.boss().get(f"/syncs/flowsettings/{row.pk}/change/").content.decode())
    [(url, number)] = re.findall(r'href="(/syncs/record/\?state__in[^"]+)">(\d+)<', page)
    assert int(number) == 5
    assert story.boss("b").get(url).context["cl"].queryset.count() == 5


# -- the brake -------------------------------------------------------------------------------------


def test_one_button_stops_all_flows_of_an_integration_with_a_line_for_each(
    busy: Integration,
) -> None:
    client = story.signed_in(
        story.person("ian", "syncs.stop_flow", "syncs.view_flowsettings", "syncs.view_record")
    )
    address = f"/syncs/flowsettings/stop-all/{busy.pk}/"
    assert address in front(client)
    assert client.get(address).status_code == 405
    answer = client.post(address, {"text": "Wrong rates"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert not FlowSettings.objects.filter(integration=busy, stopped=False).exists()
    assert not FlowSettings.objects.exclude(integration=busy).filter(stopped=True).exists()
    row = FlowSettings.objects.get(flow="requisitions", integration=busy)
    page = story.boss().get(f"/syncs/flowsettings/{row.pk}/change/").content.decode()
    assert "ian stopped it" in page
    assert "Wrong rates" in page


def test_what_one_button_stopped_one_button_releases_and_a_second_person_agrees_once(
    busy: Integration,
) -> None:
    may = ("syncs.stop_flow", "syncs.view_flowsettings", "syncs.view_record",
           "syncs.view_controlchange", "syncs.agree_controlchange")  # fmt: skip
    ian, ben = (story.signed_in(story.person(name, *may)) for name in ("ian", "ben"))
    mine = FlowSettings.objects.filter(integration=busy)
    release = f"/syncs/flowsettings/release-all/{busy.pk}/"
    assert release not in front(ian), "nothing is stopped"
    told = ian.post(f"/syncs/flowsettings/stop-all/{busy.pk}/", follow=True).content.decode()
    assert told.count("until it is released.") == 1, "one sentence for all of them"
    assert release in front(ian)
    assert ian.get(release).status_code == 405
    told = ian.post(release, follow=True).content.decode()
    assert told.count("until a second person agrees") == 1
    used = mine.filter(stopped=True)
    assert {"direct_costs", "requisitions"} <= {row.flow for row in used}
    waits = list(ControlChange.objects.filter(settings__in=used).values_list("pk", flat=True))
    for client, left in ((ian, len(waits)), (ben, 0)):
        chosen = {"action": "agree", "_selected_action": waits, "index": 0}
        client.post("/syncs/controlchange/", chosen)
        assert mine.filter(stopped=True).count() == left, "nobody agrees to his own"


def test_who_may_not_stop_sees_no_button_and_is_refused(busy: Integration) -> None:
    client = story.signed_in(story.person("ann", "syncs.view_record", "syncs.view_flowsettings"))
    assert "stop-all" not in front(client)
    assert client.post(f"/syncs/flowsettings/stop-all/{busy.pk}/").status_code == 403
    assert not FlowSettings.objects.filter(stopped=True).exists()


def test_one_flow_is_stopped_from_the_overview_and_leads_back(busy: Integration) -> None:
    row = FlowSettings.objects.get(flow="requisitions", integration=busy)
    address = f"/syncs/flowsettings/{row.pk}/do/stop/"
    client = story.boss()
    assert address in front(client)
    assert client.post(address, {"back": "overview"}, follow=True).redirect_chain == [("/", 302)]
    assert FlowSettings.objects.filter(stopped=True).count() == 1


# -- the trend -------------------------------------------------------------------------------------


def counts(state: State, day: dt.date | None = None) -> tuple[int, Decimal]:
    rows = DayCount.objects.filter(day=day or today(), state=state)
    return sum(row.documents for row in rows), sum((row.amount for row in rows), Decimal(0))


def test_each_day_is_kept_by_state_with_money(busy: Integration) -> None:
    tasks.sweep()
    assert counts(State.POSTED)[0] == 5
    assert counts(State.HELD) == (5, Decimal("9000.00"))
    assert counts(State.PENDING)[0] == 7
    assert counts(State.IN_DOUBT)[0] == 2
    ninety = today() - dt.timedelta(days=90)
    assert counts(State.POSTED, ninety) == (0, Decimal(0)), "before the thirty days"


def test_a_draft_is_posted_on_no_day(integration: Integration) -> None:
    yesterday = today() - dt.timedelta(days=1)
    late = sums.start_of(today()) - dt.timedelta(minutes=1)
    for moment in (timezone.now(), late):
        story.posted(integration, posted_at=moment)
        story.posted(integration, posted_at=moment, destination_status="draft")
        story.posted(integration, posted_at=moment, destination_status="gone")
    tasks.sweep()
    assert (counts(State.POSTED)[0], counts(State.POSTED, yesterday)[0]) == (1, 1)


def test_counting_again_changes_nothing_and_waits_ten_minutes(busy: Integration) -> None:
    tasks.sweep()
    before = list(DayCount.objects.order_by("pk").values_list("pk", flat=True))
    tasks.sweep()
    assert list(DayCount.objects.order_by("pk").values_list("pk", flat=True)) == before
    story.posted(busy)
    KeptSums.objects.all().delete()
    trend.keep(timezone.now() + dt.timedelta(minutes=11))
    assert counts(State.POSTED)[0] == 6


def test_a_day_that_is_over_is_counted_to_its_end_once(busy: Integration) -> None:
    tasks.sweep()
    yesterday = today() - dt.timedelta(days=1)
    late = sums.start_of(today()) - dt.timedelta(minutes=1)
    Counted.objects.filter(day=yesterday).update(whole=False, levels=True)
    DayCount.objects.create(
        day=yesterday, integration=busy, flow="requisitions", state=State.HELD, documents=9,
        amount=90,
    )  # fmt: skip
    story.posted(busy, posted_at=late)
    Counted.objects.filter(day=today()).delete()
    trend.keep(timezone.now())
    assert counts(State.POSTED, yesterday)[0] == 1
    assert counts(State.HELD, yesterday) == (9, Decimal(90)), "what waited at its end stays"
    assert Counted.objects.get(day=yesterday).whole


def test_what_nobody_counted_is_no_nought(busy: Integration) -> None:
    page = front(story.boss())
    assert 'id="trend"' not in page, "before the first day was counted"
    tasks.sweep()
    page = front(story.boss("b"))
    table = page[page.index('id="trend-table"') :]
    assert table.count("not counted") == 3 * (trend.DAYS - 1)
    assert "data-trend" in page


def test_who_may_not_see_records_sees_no_trend_and_no_line(busy: Integration) -> None:
    tasks.sweep()
    page = front(story.signed_in(story.person("guest")))
    assert 'id="trend"' not in page
    assert "c-line-of" not in page


def test_the_sweep_asks_for_the_digest(settings: Any, busy: Integration) -> None:
    settings.DIGEST_AT, settings.EMAIL_URL = "00:00", "smtp://x"
    user = story.person("ann", "syncs.view_record")
    user.email = "ann@example.com"
    user.save()
    tasks.sweep()
    assert MorningMail.objects.get().to == "ann"


def test_the_page_names_a_worker_that_does_not_work(busy: Integration) -> None:
    page = front(story.boss())
    assert page.count("No worker works") >= 2
    assert Record.objects.filter(state=State.PENDING).exists()
