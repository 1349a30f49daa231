"""Texts apart from any server: batches, refusals, dimension strings."""

from __future__ import annotations

import pytest

from connections.documents import CodedDocument
from connections.errors import NeedsPerson, Reason, Refused, RetryLater
from connections.transport.http import Answer
from connections.vendors.fo import batch, formats, messages
from connections.vendors.fo.document import reference
from connections.vendors.fo.formats import DEFAULT, LEDGER, Format
from tests.vendors.fo.stage import invoice

WHOLE = Format(LEDGER, ("MainAccount", "Project", "Cost code"), "--")
PLAIN = Format(DEFAULT, ("Project", "Cost code"), "--")


def error(inner: str) -> dict[str, object]:
    """As the OData stack wraps it, with a stack trace beside it."""
    trace = "   at Microsoft.Dynamics.Ax.Foo()"
    deeper = {"message": inner, "stacktrace": trace}
    told = {"message": inner, "type": "X", "stacktrace": trace, "internalexception": deeper}
    return {"error": {"code": "", "message": "An error has occurred.", "innererror": told}}


@pytest.mark.parametrize(
    ("infolog", "words"),
    [
        (
            "Write failed for table row of type 'VendorInvoiceHeaderEntity'. Infolog: Warning: "
            "Field 'Invoice account' must be filled in.; Warning: validateWrite failed on data "
            "source 'VendInvoiceInfoTable (VendInvoiceInfoTable)'.",
            "Field 'Invoice account' must be filled in.",
        ),
        (
            "Write failed for table row of type 'X'. Infolog: Warnung: Kreditorenkonto 1 ist "
            "gesperrt.; Warnung: validateWrite fehlgeschlagen auf 'VendTable (VendTable)'.",
            "Kreditorenkonto 1 ist gesperrt.",
        ),
        (
            "Infolog: Error: Same.; Error: Same.; Error: Update has been canceled.",
            "Same.",
        ),
        ("No resources were found when selecting for update.",) * 2,
    ],
)
def test_an_infolog_is_told_without_its_tails(infolog: str, words: str) -> None:
    assert messages.words(error(infolog), "") == words


def test_no_stack_trace_is_shown() -> None:
    told = messages.words(error("It failed.\n   at Microsoft.Dynamics.Ax.Bar()"), "")
    assert told == "It failed."


def refused(text: str, status: int = 400) -> Refused:
    return Refused(text, status=status, text=text)


def test_a_missing_foreign_key_names_field_and_value() -> None:
    held = messages.needs_person(
        refused("The value 'Concrete' in field 'Category' is not found in the related table 'C'."),
        invoice(number="A-1"),
    )
    assert "“Concrete” as Category" in held.sentence
    assert "A-1" in held.sentence


def test_an_unknown_text_is_shown_as_it_is() -> None:
    held = messages.needs_person(refused("Die Buchungsgruppe fehlt."), invoice(number="A-1"))
    assert held.reason == Reason.REFUSED
    assert held.sentence == ("Finance & Operations refused invoice A-1: Die Buchungsgruppe fehlt.")


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_is_told_by_its_status_in_any_language(status: int) -> None:
    assert messages.conflict(refused("本当に", status))
    assert not messages.conflict(refused("本当に", 400))


# -- dimension strings --------------------------------------------------------------------


def test_a_text_has_all_segments_in_the_order_of_the_format() -> None:
    assert formats.stated("618100", (("cost CODE", "03-300"),), WHOLE) == "618100----03-300"
    assert formats.stated("618100", (), PLAIN) == "--"


def test_a_text_is_read_back_as_it_was_stated() -> None:
    pairs = (("Cost code", "03-300"), ("Project", "P-1"))
    text = formats.stated("618100", pairs, WHOLE)
    assert (WHOLE.account(text), WHOLE.pairs(text)) == ("618100", pairs)
    assert WHOLE.account("618100") == "618100"


def test_a_dimension_without_a_segment_is_named() -> None:
    with pytest.raises(NeedsPerson) as held:
        formats.stated("618100", (("Phase", "2"),), PLAIN)
    assert "no segment Phase, which is to be 2" in held.value.sentence


def test_a_value_with_the_delimiter_is_named() -> None:
    with pytest.raises(NeedsPerson) as held:
        formats.stated("618100", (("Project", "A--B"),), PLAIN)
    assert "value A--B of Project holds the delimiter --" in held.value.sentence


def test_what_was_stored_otherwise_is_named_segment_by_segment() -> None:
    assert formats.lost("P-1--03", "p-1--03", PLAIN) == ""
    assert formats.lost("P-1--", "P-1", PLAIN) == ""  # missing trailing segments are blank
    assert "stored Cost code as nothing instead of 03" in formats.lost("P-1--03", "P-1", PLAIN)


def test_the_order_is_read_whatever_separates_its_names() -> None:
    known = {"mainaccount", "project", "costcode"}
    for sign in ("--", "-", "|", ";"):
        names = formats.segments(sign.join(WHOLE.segments), "--", known)
        assert names == WHOLE.segments


# -- batches --------------------------------------------------------------------------------


def answer(*parts: str) -> Answer:
    body = "".join(
        f"--b1\r\nContent-Type: application/http\r\n{head}\r\n" for head in parts
    ) + "--b1--\r\n"  # fmt: skip
    return Answer(200, {"Content-Type": 'multipart/mixed; boundary="b1"'}, None, body)


OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


def test_parts_are_told_by_content_id_else_by_their_place() -> None:
    marked = answer(f'Content-ID: 2\r\n\r\n{OK}{{"v": 2}}', f'Content-ID: 1\r\n\r\n{OK}{{"v": 1}}')
    assert [one.data for one in batch.answers(marked, 2)] == [{"v": 1}, {"v": 2}]
    plain = answer(f'\r\n{OK}{{"v": 1}}', f'\r\n{OK}{{"v": 2}}')
    assert [one.data for one in batch.answers(plain, 2)] == [{"v": 1}, {"v": 2}]


def test_a_part_keeps_its_own_status_and_headers() -> None:
    [one] = batch.answers(answer("\r\nHTTP/1.1 429 Slow\r\nretry-after: 7\r\n\r\n"), 1)
    assert (one.status, one.headers["Retry-After"], one.data) == (429, "7", None)


@pytest.mark.parametrize("given", [answer(f"\r\n{OK}{{}}"), Answer(200, {}, None, "<html>")])
def test_a_batch_that_lacks_answers_is_asked_again(given: Answer) -> None:
    with pytest.raises(RetryLater):
        batch.answers(given, 2)


# -- our key --------------------------------------------------------------------------------


def test_our_reference_is_the_documents_key_else_what_is_stable() -> None:
    def keyless(number: str) -> CodedDocument:
        return invoice(key="", number=number)

    assert reference(invoice(key="PABC234567")) == "PABC234567"
    assert reference(keyless("A")) == reference(keyless("A")) != reference(keyless("B"))
    assert len(reference(keyless("A"))) <= 20
