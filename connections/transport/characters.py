"""What people do not see in a text."""

from __future__ import annotations

import re
import unicodedata

# Letters and marks that show nothing: Default_Ignorable_Code_Point of the Unicode character
# database, as far as it goes beyond the categories.
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")  # control, format, surrogates, private use, unassigned


def visible(text: str) -> str:
    """Without characters that nobody sees: two numbers that look alike are one.

    They come with what is pasted from web pages, mails and PDF files: zero-width spaces, byte
    order marks, marks of direction, soft hyphens.
    """
    if not text.isascii():
        text = BLANK.sub("", text)
    return "".join(one for one in text if unicodedata.category(one) not in UNSEEN).strip()
