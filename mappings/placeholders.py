"""Words in braces that a rule says instead of a dimension value: each stands for the line's own.

`{segment:Phase}` is a segment that the company made, by its name; `{sub_job}` has its own word.
"""

from __future__ import annotations

import re

from connections.documents import SUB_JOB, Segments
from mappings.imports.cells import tidy

PLACEHOLDERS = {
    "{project}": "the project’s own value",
    "{cost_code}": "the line’s cost code",
    "{cost_type}": "the line’s cost type",
    "{sub_job}": "the line’s sub job",
}
SEGMENT = re.compile(r"\{segment:\s*([^{}]*[^{}\s])\s*\}")
ALLOWED = ", ".join(PLACEHOLDERS) + " and {segment:…} with the segment’s name, as {segment:Phase}"


def segment_of(value: str) -> str:
    """The segment that this stands for, as `of_line` has it; empty where it stands for none."""
    if value == "{sub_job}":
        return SUB_JOB
    named = SEGMENT.fullmatch(value)
    return folded(named[1]) if named else ""


def segment_shown(value: str) -> str:
    """Of a placeholder of a segment, in people's words."""
    named = SEGMENT.fullmatch(value)
    return named[1] if named else "sub job"


def is_placeholder(value: str) -> bool:
    return value in PLACEHOLDERS or bool(segment_of(value))


def malformed(value: str) -> str:
    """A sentence on what looks like a placeholder and is none; empty otherwise."""
    if is_placeholder(value) or not ("{" in value or "}" in value):
        return ""
    return f"{value} stands for nothing: in braces there may be {ALLOWED}."


def of_line(segments: Segments) -> dict[str, str]:
    """By the segment, however its name is written."""
    return {folded(name): code for name, code in segments}


def folded(name: str) -> str:
    """Capital and small letters, and kinds of dashes and spaces, are no difference."""
    return tidy(name).casefold()


def in_words(segments: Segments) -> list[str]:
    """“sub job 01”, “Phase A”."""
    sub_job_first = sorted(segments, key=lambda one: (one[0] != SUB_JOB, one))
    return [f"{'sub job' if name == SUB_JOB else name} {code}" for name, code in sub_job_first]


def unused(dimensions: dict[str, str], segments: Segments) -> str:
    """What tells lines apart and makes no difference to this rule; empty where there is none."""
    used = {segment_of(value) for value in dimensions.values()}
    left = in_words(tuple(one for one in segments if folded(one[0]) not in used))
    if not left:
        return ""
    named = f"{', '.join(left[:-1])} and {left[-1]}" if left[1:] else left[0]
    return f"; {named} {'are' if left[1:] else 'is'} not used by this rule"
