"""What a record keeps says its shape, also what was kept before shapes were said."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from connections.documents import CodedDocument, CodedLine, Document, Line, Party, Project
from connections.models import Integration
from syncs.coding import shapes
from syncs.coding.snapshot import entry_digest
from syncs.models import Record
from tests.syncs_admin import story

DAY = dt.date(2026, 11, 28)
ENTRY = CodedDocument(
    kind="purchase_invoice", number="A-17", vendor="V1", vendor_name="Buckeye",
    document_date=DAY, posting_date=DAY, currency="", total=Decimal("107.25"),
    lines=(CodedLine(account="53200", amount=Decimal("100.00"), tax=Decimal("7.25"),
                     description="Rebar", dimensions=(("PROJECT", "P-1"),)),),
)  # fmt: skip
SENT = Document(
    kind="direct_cost", id="7", number="A-17", title="", status="approved",
    project=Project("1", "P-1", "Clinic"), vendor=Party("2", "Buckeye"), date=DAY, currency="USD",
    lines=(Line(id="1", description="Rebar", amount=Decimal("0.10"), cost_code="03-100"),),
    total=Decimal("0.10"), updated_at=dt.datetime(2026, 11, 28, 8, 0, tzinfo=dt.UTC),
)  # fmt: skip
KEPT: list[shapes.Kept] = [
    ENTRY, SENT,
    shapes.Item("A-17 Buckeye", {"amount": "107.25"}, {"c1": ["4"]}, {"c2": None}, "55"),
    shapes.Decided("release", "Approved", "1", by="anna", dimensions={"JOB": "P-1"}),
    shapes.Card("Buckeye", street="Main St 1", city="Ohio"),
    shapes.Value("COSTCODE", "03-100", "Concrete"),
    shapes.Options("Vendor", ["V1 Buckeye"], ["8"]),
]  # fmt: skip


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: type(kept).__name__)
def test_what_is_kept_comes_back_as_it_was(kept: shapes.Kept) -> None:
    packed = shapes.pack(kept)
    assert packed["shape"] == shapes.TAGS[type(kept)]
    assert shapes.unpack(packed) == kept


def test_money_is_kept_to_the_cent_as_text() -> None:
    assert shapes.pack(ENTRY)["total"] == "107.25"
    assert shapes.pack(SENT)["lines"][0]["amount"] == "0.10"


def test_a_shape_that_nobody_knows_is_no_guess() -> None:
    with pytest.raises(Exception, match="mystery"):
        shapes.unpack({"shape": "mystery", "total": "1.00"})


@pytest.fixture
def integration(db: None) -> Integration:
    found: Integration = story.company()
    return found


@pytest.mark.parametrize("kept", [ENTRY, SENT, *KEPT[2:4]], ids=lambda kept: type(kept).__name__)
def test_what_was_kept_before_is_told_its_shape(
    integration: Integration, kept: shapes.Kept
) -> None:
    before = {name: value for name, value in shapes.pack(kept).items() if name != "shape"}
    record = story.record(integration, coded=before, approved_digest=entry_digest(before))
    upgrade()
    record.refresh_from_db()
    assert shapes.unpack(record.coded) == kept
    assert record.approved_digest == entry_digest(record.coded), "the approval still counts"


def test_a_card_of_before_is_a_card(integration: Integration) -> None:
    before: dict[str, Any] = {"vendor": "Buckeye", "address": "Main St 1", "city": "Ohio"}
    record = story.record(integration, coded=before, approved_digest="of something else")
    upgrade()
    record.refresh_from_db()
    assert shapes.unpack(record.coded) == shapes.Card("Buckeye", street="Main St 1", city="Ohio")
    assert record.approved_digest == "of something else"
    assert Record.objects.count() == 1


def upgrade() -> None:
    module = import_module("syncs.migrations.0008_proposed_and_shapes")
    with connection.schema_editor() as editor:
        module.say_shapes(apps, editor)
