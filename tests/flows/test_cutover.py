"""What the shadow report says would be posted stands once it is switched on, and no more."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import override_settings

from connections.errors import Reason
from syncs.cutover.report import report
from syncs.models import FlowSettings, Record, State
from tests.flows.telling import settled
from tests.story import Company
from tests.syncs_admin.story import boss

pytestmark = pytest.mark.django_db
FLOW = "direct_costs"


@override_settings(ONE_PERSON_OPERATION=True)
def test_the_report_comes_true_when_it_is_switched_on(company: Company) -> None:
    FlowSettings.objects.update(shadow=True)
    code = company.procore("demo")["expected"]["unmapped_cost_codes"][0]
    free = [settled(company, FLOW, company.a_direct_cost(f"LIVE-{n}", "10.50")) for n in range(3)]
    lacks = settled(
        company, FLOW, company.a_direct_cost("LIVE-9", lines=[company.line("7.00", code)])
    )
    assert all(row.in_shadow for row in [*free, lacks])
    told = report(company.integration)
    assert told.flows[FLOW].written.documents == 3
    assert sum(told.flows[FLOW].written.sums.values()) == Decimal("31.50")
    assert told.flows[FLOW].held.keys() == {Reason.MISSING_MAPPING}
    page = f"/syncs/flowsettings/cutover/{company.integration.pk}/"
    client = boss()
    client.post(f"{page}on/", {"what": "all", "confirmed": "1"})
    company.the_worker_runs()
    posted = Record.objects.filter(flow=FLOW, state=State.POSTED, number__startswith="LIVE-")
    assert {row.pk for row in posted} == {row.pk for row in free}
    assert len(company.posted_under("LIVE-")) == 3
    lacks.refresh_from_db()
    assert (lacks.state, lacks.in_shadow) == (State.HELD, False)
    client.post(f"{page}back/")
    again = settled(company, FLOW, company.a_direct_cost("LIVE-10"))
    assert (again.reason, again.in_shadow) == (Reason.SHADOW, True)
    assert posted.count() == 3, "what stands is left alone"
    assert company.posted_under("LIVE-10") == []
