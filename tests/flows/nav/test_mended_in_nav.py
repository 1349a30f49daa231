"""What is typed in NAV and held is mended on NAV's own screen, and goes into Procore."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client as Browser

from connections.errors import Reason
from syncs.models import Record, State
from tests.flows.hands import follows, page_of, posts, presses, refused, shown
from tests.flows.nav.telling import (
    JOB,
    a_cost,
    a_line,
    an_order,
    heard,
    in_procore,
    vendor,
    worth,
)
from tests.flows.telling import again
from tests.story import Company

pytestmark = pytest.mark.django_db


def without_project(nav: Company) -> dict[str, Any]:
    """A line as finance codes it, but for the project."""
    line = a_line(nav)
    dims = {code: value for code, value in line["dimensions"].items() if code != "PROJECT"}
    return {**line, "dimensions": dims}


def is_held(record: Record) -> None:
    assert (record.state, record.reason) == (State.HELD, Reason.NO_PROJECT), record.sentence


def test_an_order_is_given_its_project_on_its_screen(nav: Company, admin_client: Browser) -> None:
    order = an_order(nav, without_project(nav))
    record = heard(nav, "purchase_orders", order)
    is_held(record)
    page = record.source_url
    assert f'href="{page}"' in page_of(admin_client, record)
    assert "PROJECT-10000" not in shown(page), "a released order is not changed"
    presses(page, "Reopen")
    assert "cannot be found in the related table" in refused(
        page, "Release", **{"PROJECT-10000": "P-0000"}
    )
    presses(page, "Release", **{"PROJECT-10000": JOB.lower()})
    record = heard(nav, "purchase_orders", order)
    assert record.state == State.POSTED, record.sentence
    there = in_procore(nav, "purchase_order_contracts", record)
    assert (there["project"], worth(there)) == (JOB, Decimal("100.00"))


def test_a_posted_invoice_is_corrected_and_the_new_one_goes_on(
    nav: Company, admin_client: Browser
) -> None:
    """What is posted has its dimensions for good: it is cancelled and typed anew."""
    cost = a_cost(nav, "NO-JOB-1", without_project(nav))
    record = heard(nav, "purchase_invoices", cost)
    is_held(record)
    assert "cancel it and type it anew with its project" in record.sentence
    page = record.source_url
    answer = posts(page, do="change_draft", **{"PROJECT-10000": JOB})
    assert (answer.status_code, "cannot be done" in answer.text) == (400, True)

    draft = presses(page, "Correct: cancel it and begin it anew")
    assert "already exists for this vendor" in refused(draft, "Post", external="NO-JOB-1")
    presses(draft, "Post", external="NO-JOB-1B", **{"PROJECT-10000": JOB})
    assert "Posted, cancelled" in shown(page)
    nav.poll("purchase_invoices")
    nav.the_worker_runs()
    made = Record.objects.get(flow="purchase_invoices", title__contains="NO-JOB-1B")
    record = again(nav, record)
    assert (record.state, record.sentence) == (State.SKIPPED, "It is “cancelled” in the ledger.")
    assert made.state == State.POSTED, made.sentence
    assert worth(in_procore(nav, "direct_costs", made)) == Decimal("100.00")


def test_an_invoice_that_is_typed_on_the_screen_goes_into_procore(nav: Company) -> None:
    order = heard(nav, "purchase_orders", an_order(nav))
    line = a_line(nav)
    cells = {f"{code}-new1": value for code, value in line["dimensions"].items()}
    draft = presses(follows(order.source_url, "New invoice"), "Save as a draft", **{
        "vendor": vendor(nav), "external": "TYPED-1", "account-new1": line["account"],
        "text-new1": "Rebar", "quantity-new1": "2", "cost-new1": "30.25", **cells,
    })  # fmt: skip
    nav.poll("purchase_invoices")
    nav.the_worker_runs()
    assert not Record.objects.filter(state=State.POSTED, title__contains="TYPED-1").exists()
    presses(draft, "Post")
    nav.poll("purchase_invoices")
    nav.the_worker_runs()
    record = Record.objects.get(flow="purchase_invoices", title__contains="TYPED-1")
    assert record.state == State.POSTED, record.sentence
    assert worth(in_procore(nav, "direct_costs", record)) == Decimal("60.50")


def test_an_order_that_is_typed_and_released_becomes_a_commitment(nav: Company) -> None:
    first = heard(nav, "purchase_orders", an_order(nav))
    line = a_line(nav)
    cells = {f"{code}-new1": value for code, value in line["dimensions"].items()}
    order = presses(follows(first.source_url, "New order"), "Save as a draft", **{
        "vendor": vendor(nav), "account-new1": line["account"], "quantity-new1": "4",
        "cost-new1": "25.00", **cells,
    })  # fmt: skip
    assert "<dt>State</dt><dd>Draft, open</dd>" in shown(order)
    presses(order, "Release")
    nav.poll("purchase_orders")
    nav.the_worker_runs()
    record = Record.objects.filter(flow="purchase_orders").order_by("pk").last()
    assert record is not None
    assert record != first
    assert record.state == State.POSTED, record.sentence
    assert f"<h1>Purchase order {record.number}</h1>" in shown(order)
    assert worth(in_procore(nav, "purchase_order_contracts", record)) == Decimal("100.00")
