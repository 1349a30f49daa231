"""Files that are no tables are known by what is in them, whatever their name says."""

from __future__ import annotations

import pytest
from django.test import Client

from connections.models import Integration
from tests.mappings.conftest import refusal, upload
from tests.mappings.test_workbooks import archive

pytestmark = pytest.mark.django_db
RULES = "costcodemapping"
HEADER = "cost_code,cost_type,project,account\n"


@pytest.mark.parametrize("name", ["rules.numbers", "rules.csv", "rules.xlsx", "rules", "RULES.ZIP"])
@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["Index/Document.iwa", "preview.jpg"], "This is a table of Apple Numbers (.numbers)."),
        (["Index.zip", "preview.jpg"], "This is a table of Apple Numbers (.numbers)."),
        (["xl/workbook.bin"], "This is a binary workbook (.xlsb)."),
        (["mimetype", "content.xml"], "This is an OpenDocument table (.ods)."),
        (["word/document.xml"], "This is a Word document"),
        (["ppt/presentation.xml"], "This is a presentation"),
        (["rules.xlsx"], "This is an archive, not a workbook."),
    ],
)
def test_an_archive_is_known_by_its_content(
    controller: Client, integration: Integration, names: list[str], sentence: str, name: str
) -> None:
    assert refusal(upload(controller, RULES, archive(*names), name)).startswith(sentence)


def test_the_page_of_a_refused_file_still_says_what_a_file_has(
    controller: Client, integration: Integration
) -> None:
    answer = upload(controller, RULES, b"%PDF-1.7\n", "rules.csv")
    assert (
        "<b>integration, cost_code, cost_type, project, valid_from, valid_until, account,"
        in answer.content.decode()
    )


@pytest.mark.parametrize(
    ("stream", "sentence"),
    [("WordDocument", "This is a Word document"), ("__properties_version1.0", "This is a mail"),
     ("PowerPoint Document", "This is a presentation"), ("Book", "This is a workbook in Excel's")],
)  # fmt: skip
def test_old_files_of_office_are_told_apart(
    controller: Client, integration: Integration, stream: str, sentence: str
) -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + stream.encode("utf-16-le")
    assert refusal(upload(controller, RULES, old, "rules.xls")).startswith(sentence)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(200), b"\x1f\x8b\x08\x00" + bytes(range(120)),
        b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(range(100)), b"PK\x05\x06" + bytes(18),
        f"{HEADER}03-300,*,*,50100\n".encode() * 20 + b"a\x00b,*,*,50100\n",
        f"cost_code,account,note\n03-300,50100,{'x' * 300}\x00\n".encode(),
    ],
    ids=["image", "gzip", "7z", "empty-zip", "code", "note"],
)  # fmt: skip
def test_what_is_no_text_is_said_to_be_none(
    controller: Client, integration: Integration, content: bytes
) -> None:
    assert "neither UTF-8 nor UTF-16 nor Windows-1252 text" in refusal(
        upload(controller, RULES, content)
    )
