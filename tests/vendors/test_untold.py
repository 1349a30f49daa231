"""Words that no rule knows are marked as such, with whose they are; those of a rule are not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from connections.documents import (
    CodedDocument,
    Document,
    LedgerDocument,
    Party,
    Project,
    Vendor,
)
from connections.errors import ConnectorError, NeedsPerson, Reason, Refused, Words
from connections.registry import VENDORS
from connections.vendors.dynamics import messages, new_vendors
from connections.vendors.dynamics import refusals as decisions
from connections.vendors.fo import messages as fo
from connections.vendors.procore import refusals as procore

UNKNOWN = "The moon is in the wrong phase."
DAY = dt.date(2026, 11, 16)
ENTRY = CodedDocument(
    kind="purchase_invoice", number="INV-1", vendor="V1", vendor_name="Acme", posting_date=DAY,
    document_date=DAY, currency="", total=Decimal(1), lines=(),
)  # fmt: skip
SENT = Document(
    kind="direct_cost", id="1", number="DC-1", title="", status="approved", date=DAY, currency="",
    project=Project("p", "24-017", "Clinic"), vendor=Party("v", "Acme"), lines=(),
    total=Decimal(1),
)  # fmt: skip
ORDER = LedgerDocument(
    kind="ledger_order", id="1", number="PO-1", vendor="V1", vendor_name="Acme", status="draft",
    date=DAY, currency="", total=Decimal(1), lines=(),
)  # fmt: skip


def refusal(vendor: str, text: str) -> Refused:
    return Refused(f"It refused: {text}", status=400, code="E1", text=text, vendor=vendor)


def of_a_header(text: str) -> ConnectorError:
    answer = {"errors": [{"errors": {"base": [text]}}]}
    with pytest.raises(NeedsPerson) as raised:
        procore.header(answer, SENT)
    return raised.value


def of_a_new_vendor(text: str) -> ConnectorError:
    wanted = Vendor(id="", number="", name="Acme", active=True)
    return new_vendors.vendor_refused(refusal("nav", text), wanted, "NAV")


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a refusal becomes what a person reads."""

    vendor: str
    read: Callable[[str], ConnectorError]
    known: str  # a text that a rule of the place knows; empty: it has none


PLACES = [
    Place("business_central", lambda text: messages.needs_person(
        refusal("business_central", text), ENTRY, "Business Central"), "Nothing to post"),
    Place("fo", lambda text: fo.needs_person(refusal("fo", text), ENTRY),
          "Field 'Terms' must be filled in"),
    Place("nav", lambda text: decisions.of_decision(refusal("nav", text), "approve", ORDER, "NAV"),
          "There is nothing to release"),
    Place("nav", of_a_new_vendor, ""),
    Place("procore", of_a_header, "Workflow is running"),
]  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.vendor)
def test_words_that_no_rule_knows_are_marked(place: Place) -> None:
    found = place.read(UNKNOWN)
    assert isinstance(found, NeedsPerson)
    assert found.untold is not None
    assert (found.untold.vendor, UNKNOWN.rstrip(".") in found.untold.text) == (place.vendor, True)
    assert UNKNOWN.rstrip(".") in found.sentence, "they are shown as they are"


@pytest.mark.parametrize(
    "place", [one for one in PLACES if one.known], ids=lambda place: place.vendor
)
def test_words_that_a_rule_knows_are_not(place: Place) -> None:
    assert place.read(place.known).untold is None


def test_a_refusal_that_nobody_reads_says_whose_words_it_is() -> None:
    assert refusal("gp", UNKNOWN).untold == Words("gp", "E1", UNKNOWN)
    assert Refused("404", status=404).untold is None, "without words there is nothing to tell"
    assert NeedsPerson(Reason.REFUSED, "Ours.").untold is None


def test_rules_that_are_shown_are_those_that_are_used() -> None:
    shown = {name: [one.text for one in vendor.refusals] for name, vendor in VENDORS.items()}
    dynamics = [one.pattern.pattern for one in (*messages.RULES, *decisions.RULES)]
    assert shown["business_central"] == shown["nav"] == dynamics
    assert shown["fo"] == [one.pattern.pattern for one in fo.RULES]
    assert shown["procore"] == [one.words.pattern for one in procore.RULES]
