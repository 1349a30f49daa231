"""Dimension texts: built from what the service says, checked before, compared after."""

from __future__ import annotations

import pytest

from connections.documents import CodedDocument
from connections.errors import NeedsPerson, Reason
from connections.pages.moments import day as read
from tests.vendors.fo.stage import (
    ABOUT,
    COST,
    TODAY,
    Environment,
    invoice,
    journal,
    line,
    order,
    shape,
)

ALL = ["MainAccount", "Department", "Project", "CostCode", "CostType"]


def held(fo: Environment, paper: CodedDocument) -> NeedsPerson:
    """Refused for its dimensions, before anything was written."""
    with pytest.raises(NeedsPerson) as error:
        fo.client.create(paper, ABOUT)
    assert error.value.reason == Reason.DIMENSION
    assert fo.client.find([paper]) == [[]]
    return error.value


def with_value(name: str, value: str) -> CodedDocument:
    pairs = tuple(sorted({**dict(COST), name: value}.items()))
    return invoice(line("10.00", dimensions=pairs))


def test_a_line_has_both_texts_in_the_active_order(fo: Environment) -> None:
    paper = invoice(line("10.00"))
    fo.client.create(paper, ABOUT)
    [row] = fo.rows("VendorInvoiceLines", f"HeaderReference eq '{paper.key}'")
    assert row["MainAccountDisplayValue"] == "53200||P-1042|03-300|S"
    assert row["DimensionDisplayValue"] == "|P-1042|03-300|S"


def test_a_double_delimiter_and_another_order_are_taken_as_read(fo: Environment) -> None:
    fo.by_hand("delimiter", delimiter="DoubleTilde")
    fo.by_hand("format", kind="default", names=["CostType", "Project", "CostCode"])
    paper = invoice(line("10.00"))
    found = fo.client.create(paper, ABOUT)
    assert shape(found.lines) == shape(paper.lines)
    [row] = fo.rows("VendorInvoiceLines", f"HeaderReference eq '{paper.key}'")
    assert row["DimensionDisplayValue"] == "S~~P-1042~~03-300"


def test_a_blank_dimension_is_nothing_between_delimiters(fo: Environment) -> None:
    paper = invoice(line("10.00", dimensions=()))
    found = fo.client.create(paper, ABOUT)
    assert shape(found.lines) == shape(paper.lines)


@pytest.mark.parametrize("kind", ["ledger", "default"])
def test_no_active_format_is_said_before_anything_is_written(fo: Environment, kind: str) -> None:
    fo.by_hand("format", kind=kind, active=False)
    with pytest.raises(NeedsPerson) as error:
        fo.client.create(invoice(), ABOUT)
    assert f"no active {kind} dimension format" in error.value.sentence
    assert fo.writes() == []


def test_a_dimension_without_a_segment_is_named(fo: Environment) -> None:
    fo.by_hand("format", kind="default", names=["Project", "CostCode"])
    told = held(fo, invoice())
    assert "no segment CostType, which is to be S" in told.sentence
    assert fo.writes() == []


def test_a_value_that_holds_the_delimiter_is_named(fo: Environment) -> None:
    fo.by_hand("delimiter", delimiter="Hyphen")
    told = held(fo, invoice())
    assert "value 03-300 of CostCode holds the delimiter -" in told.sentence
    assert fo.writes() == []


def test_an_unknown_value_is_named(fo: Environment) -> None:
    told = held(fo, with_value("Project", "P-9999"))
    assert "Value P-9999 of dimension Project does not exist" in told.sentence
    assert fo.writes() == []


def test_a_value_of_a_backed_dimension_is_checked_too(fo: Environment) -> None:
    told = held(fo, with_value("Department", "NOWHERE"))
    assert "Value NOWHERE of dimension Department does not exist" in told.sentence


def test_a_suspended_value_is_named_and_works_again_when_released(fo: Environment) -> None:
    fo.by_hand("suspend", dimension="Project", value="P-1042")
    told = held(fo, invoice())
    assert "Value P-1042 of dimension Project is suspended" in told.sentence
    fo.by_hand("suspend", dimension="Project", value="P-1042", on=False)
    assert fo.client.create(invoice(), ABOUT).status == "draft"


def test_a_value_outside_its_range_is_named(fo: Environment) -> None:
    day = TODAY.replace(year=TODAY.year + 1)
    fo.client.write(
        "PATCH",
        "/FinancialDimensionValues(FinancialDimension='CostType',LegalEntityId='',"
        "DimensionValue='S')",
        {"ActiveFrom": f"{day}T00:00:00Z"},
        about="a person",
    )
    told = held(fo, invoice())
    assert f"Value S of dimension CostType is not active on {read(TODAY)}" in told.sentence


def test_a_format_that_changed_since_it_was_read_is_read_again(fo: Environment) -> None:
    """The service drops what is beyond its format: seen after the write, and mended."""
    fo.client.formats()
    fo.by_hand("format", kind="default", names=["CostType", "CostCode", "Project", "Department"])
    paper = invoice()
    found = fo.client.create(paper, ABOUT)
    assert (found.status, shape(found.lines)) == ("draft", shape(paper.lines))
    assert len(fo.rows("VendorInvoiceHeaders", f"InvoiceNumber eq '{paper.number}'")) == 1


def test_segments_that_the_service_dropped_are_found_by_reading_back(fo: Environment) -> None:
    """The format lost a segment after it was read: nothing of the invoice is left."""
    fo.client.formats()
    fo.by_hand("format", kind="default", names=["Department", "Project", "CostCode"])
    told = held(fo, invoice())
    assert "no segment CostType" in told.sentence
    assert "DELETE VendorInvoiceHeaders" in fo.writes()


@pytest.mark.parametrize("make", [order, journal])
def test_orders_and_journals_keep_their_dimensions(fo: Environment, make: object) -> None:
    assert callable(make)
    paper = make()
    found = fo.client.create(paper, ABOUT)
    assert shape(found.lines) == shape(paper.lines)


def test_the_active_values_are_listed_with_what_is_wrong_with_them(fo: Environment) -> None:
    fo.by_hand("suspend", dimension="CostType", value="E")
    values = {(one.dimension, one.code): one for one in fo.client.dimension_values()}
    assert values["CostType", "E"].blocked
    assert not values["CostType", "S"].blocked
    assert values["Project", "P-1042"].id == "Project/P-1042"
    assert {one.code for one in fo.client.dimensions()} == set(ALL[1:])


def test_a_value_of_a_custom_list_is_created_once(fo: Environment) -> None:
    fo.fault("cut_after", method="POST", path="FinancialDimensionValues")
    made = fo.client.create_dimension_value("costcode", "99-100", "Ölwanne", ABOUT)
    again = fo.client.create_dimension_value("CostCode", "99-100", "Other", ABOUT)
    assert (made.id, made.name) == ("CostCode/99-100", "Ölwanne")
    assert again == made
    assert len(fo.writes()) == 1


def test_a_value_of_a_backed_dimension_is_made_by_its_entity(fo: Environment) -> None:
    with pytest.raises(NeedsPerson) as error:
        fo.client.create_dimension_value("Department", "900", "Yard", ABOUT)
    assert "Its values come from Departments" in error.value.sentence
    assert fo.writes() == []


def test_a_value_with_too_many_characters_is_not_sent(fo: Environment) -> None:
    with pytest.raises(NeedsPerson) as error:
        fo.client.create_dimension_value("CostCode", "9" * 31, "Long", ABOUT)
    assert error.value.reason == Reason.NUMBER
    assert fo.writes() == []
