"""Files that are neither CSV nor XLSX, whatever their name says: each its own sentence."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

from mappings.imports.cells import Unreadable

OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] 2.2: Header Signature
ZIP = b"PK\x03\x04"
SAVE_ANEW = "Open it in Excel and save it as .xlsx (File → Save as → Excel workbook)."
LABELLED = (
    "The file is encrypted by a sensitivity label or by rights management. Give it a label without "
    "encryption in Excel, save it as .xlsx and upload that."
)
LOCKED = (
    "The workbook is protected by a password. Take it off in Excel (File → Info → Protect "
    "workbook → Encrypt with password: empty the field), save it and upload it again."
)
NO_TABLE = "Upload a table in CSV or .xlsx."
# Streams of the container that Excel's old format shares with others: the first that is there.
STREAMS = {
    "DRMEncrypted": LABELLED, "EncryptedPackage": LOCKED,
    "Workbook": f"This is a workbook in Excel's old format (.xls). {SAVE_ANEW}",
    "WordDocument": f"This is a Word document, not a table. {NO_TABLE}",
    "PowerPoint Document": f"This is a presentation, not a table. {NO_TABLE}",
    "__properties_version1.0": f"This is a mail, not a table. {NO_TABLE}",
    "": f"This is a workbook in Excel's old format (.xls). {SAVE_ANEW}",
}  # fmt: skip
NUMBERS = (
    "This is a table of Apple Numbers (.numbers). Open it in Numbers and export it as .xlsx "
    "(File → Export To → Excel)."
)
# Files and folders of an archive: the first that is there. A workbook has no sentence.
ARCHIVES = {
    "xl/workbook.bin": f"This is a binary workbook (.xlsb). {SAVE_ANEW}",
    "xl/": "",
    "content.xml": f"This is an OpenDocument table (.ods). {SAVE_ANEW}",
    "Index/": NUMBERS, "Index.zip": NUMBERS,
    "word/": f"This is a Word document, not a table. {NO_TABLE}",
    "ppt/": f"This is a presentation, not a table. {NO_TABLE}",
    "": "This is an archive, not a workbook. Unpack it and upload the table.",
}  # fmt: skip


def check_kind(data: bytes) -> None:
    """Raises Unreadable for what only looks like a table."""
    if data.startswith(OLD_OFFICE):
        raise Unreadable(old_office(data))
    if data.startswith(b".pfile"):
        raise Unreadable(LABELLED)
    if data.startswith(b"%PDF"):
        raise Unreadable(f"This is a PDF file. Upload the table it was printed from. {SAVE_ANEW}")
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")):
        raise Unreadable(f"This is a web page or XML, not a table in CSV or .xlsx. {SAVE_ANEW}")
    if data.startswith(ZIP):
        check_archive(data)


def old_office(data: bytes) -> str:
    """[MS-OFFCRYPTO] 1.3: an encrypted .xlsx is wrapped in the container of the old formats."""
    return next(said for stream, said in STREAMS.items() if named(data, stream))


def named(data: bytes, stream: str) -> bool:
    return stream.encode("utf-16-le") in data


def check_archive(data: bytes) -> None:
    """Workbooks of other programs are archives, too."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            book = beginning(archive, "xl/workbook.xml") if "xl/workbook.xml" in names else b""
    except zipfile.BadZipFile:
        return  # who reads the file says so
    if b"purl.oclc.org" in book:  # ISO/IEC 29500-1: the namespace of the strict form
        raise Unreadable(f"This is a workbook of the form “Strict Open XML”. {SAVE_ANEW}")
    said = next(said for place, said in ARCHIVES.items() if is_in(names, place))
    if said:
        raise Unreadable(said)


def is_in(names: Iterable[str], place: str) -> bool:
    """A folder ends in a slash; nothing is always there."""
    folder = place[-1:] in ("", "/")
    return any(name.startswith(place) if folder else name == place for name in names)


def beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    """Not all of it: it may unpack to gigabytes."""
    with archive.open(name) as file:
        return file.read(4096)
