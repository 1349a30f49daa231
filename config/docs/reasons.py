"""What a record's state and a held record's reason mean, as the admin says it."""

from __future__ import annotations

from config.docs import markdown
from connections.errors import Reason
from syncs.admin.reasons import CATALOGUE
from syncs.models import State

INTRODUCTION = (
    "A held record says in one sentence why it is held, what to do, and has one button that leads "
    "there. All problems of a record are listed at once."
)
ANSWERS = (
    "**Replay.** Always safe, however often: what stands in the other system is looked up first.",
    "**Fix and replay.** A rule or a link that is saved releases what waits for it by itself.",
    "**“It is already there.”** Give the number that it has there; the other system is asked, and "
    "the record linked.",
)
STATES = {
    State.PENDING: "It waits for its turn.",
    State.RUNNING: "A worker has it in hand.",
    State.IN_DOUBT: "A write was sent and not answered. The other system is asked, at growing "
    "intervals, before anything is sent again. Nobody needs to do anything.",
    State.POSTED: "The other system was asked and shows it, equal to the cent.",
    State.HELD: "It needs a person. The reasons stand below.",
    State.SKIPPED: "A written rule leaves it out: it is a draft, older than the cut-over, or of a "
    "project that is not chosen.",
    State.SET_ASIDE: "A named person said, with a reason, that it is not for the other side.",
}


def page() -> str:
    return markdown.page(
        "States and reasons",
        markdown.paragraph(INTRODUCTION),
        "## Three honest answers",
        markdown.bullets(ANSWERS),
        "## What state a record is in",
        markdown.bullets(f"**{state.label}.** {said}" for state, said in STATES.items()),
        "## Why a record is held",
        markdown.bullets(reason(each) for each in Reason),
    )


def reason(each: Reason) -> str:
    advice = CATALOGUE[each]
    return f"**{each.label}.** {advice.plain}\nWhat to do: {advice.todo}"
