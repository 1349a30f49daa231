"""What people do not see in a text."""

from __future__ import annotations

import unicodedata

UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # control, format, surrogates, private use, unassigned


def visible(text: str) -> str:
    """Without characters that nobody sees: two numbers that look alike are one.

    They come with what is pasted from web pages, mails and PDF files: zero-width spaces, byte
    order marks, marks of direction, soft hyphens.
    """
    return "".join(one for one in text if unicodedata.category(one) not in UNSEEN).strip()
