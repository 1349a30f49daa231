"""Who a vendor probably is stands wherever it is missing: with its form for who may link it, in
words for who asks."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command

from connections.errors import Reason
from mappings.models import VendorLink
from syncs.models import FixRequest, Record
from tests.syncs_admin import story
from tests.syncs_admin.test_asking import colleague, page_of

pytestmark = pytest.mark.django_db
PERHAPS = re.compile(r'Perhaps <a href="([^"]+)">([^<]+)</a>: ([^<]+)\.</p>')


@pytest.fixture
def record() -> Record:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    facts = {"reason": Reason.MISSING_VENDOR, "sentence": "Vendor ACME Concrete is not linked.",
             "vendor_id": "v7", "vendor_name": "ACME Concrete, Inc."}  # fmt: skip
    return story.held(story.company(), Reason.MISSING_VENDOR, facts)


def test_a_held_document_says_who_it_probably_is(record: Record) -> None:
    controller = colleague("Controller")
    [(url, who, why)] = PERHAPS.findall(page_of(controller, record))
    assert (who, why) == ("V00010 Acme Concrete", "same name")
    form = controller.get(unescape(url)).context["adminform"].form
    assert (form["project_vendor_id"].value(), form["ledger_number"].value()) == ("v7", "V00010")
    assert not VendorLink.objects.exists()


def test_who_may_not_link_reads_it_where_he_asks_and_who_answers_has_the_form(
    record: Record,
) -> None:
    clerk, page = colleague("AP clerk"), ""
    assert "Perhaps" not in page_of(clerk, record), "no link that leads to a refusal"
    [ask] = re.findall(r'href="(/syncs/fixrequest/ask/[^"]+)"', page_of(clerk, record))
    page = clerk.get(unescape(ask)).content.decode()
    assert "Perhaps V00010 Acme Concrete: same name." in page
    clerk.post(unescape(ask), {"text": ""})
    request: Any = FixRequest.objects.get()
    answer = colleague("Controller").get(f"/syncs/fixrequest/{request.pk}/change/")
    [(url, who, _)] = PERHAPS.findall(answer.content.decode())
    assert (who, "ledger_number=V00010" in url) == ("V00010 Acme Concrete", True)


@pytest.mark.parametrize("name", ["Somebody Else", "Acme Cranes"])
def test_what_is_unlike_all_is_no_proposal(record: Record, name: str) -> None:
    """One press would link it: to begin with the same word is not enough."""
    record.problems[0]["vendor_name"] = name
    record.save()
    assert not PERHAPS.findall(page_of(colleague("Controller"), record))
