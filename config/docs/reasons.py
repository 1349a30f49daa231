"""What a record's state and a held record's reason mean, as the admin says it."""

from __future__ import annotations

from config.docs import markdown
from connections.errors import Reason
from syncs.admin.reasons import CATALOGUE
from syncs.catalogue.wording import ANSWERS as CAN_BE
from syncs.catalogue.wording import FACTS
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
UNKNOWN = (
    "Another system says why it refuses in words of its own. Rules make reasons and sentences of "
    "those that are known: *Message catalogue → Built-in rules*. A text that no rule knows is "
    "shown as it is, and collected under *Message catalogue*: per system, without names, amounts, "
    "numbers and addresses, with how often and when, and the last document as an example."
)
ANSWERING = (
    "The integrator (right `answer_wording`) says what it means: a reason, and a sentence for "
    "whoever can mend it. From then on, documents that are refused so are told so, those that are "
    "held by it at once.",
    "The words in brackets become facts of each document: "
    + ", ".join(f"`{{{name}}}` ({said})" for name, said in FACTS.items())
    + ".",
    "It can be one of these reasons: " + ", ".join(reason.label for reason in CAN_BE) + ".",
    "An answer is words and no decision. What is refused waits for a person as before, and is not "
    "tried again by itself; what is in doubt stays in doubt and is asked for; nothing counts as "
    "posted. A server that may have stumbled (a 5xx that its rules do not know as a refusal) "
    "refused nothing, whatever its text: that is neither collected nor told by an answer.",
    "Each answer is a line of the journal. *CSV* and *XLSX* (right `export_wording`) hold the "
    "texts and answers without the examples: send them to the maker, so that the next version "
    "knows them.",
)
STATES = {
    State.PENDING: "It waits for its turn.",
    State.RUNNING: "A worker has it in hand.",
    State.IN_DOUBT: "A write was sent and not answered. The other system is asked, at growing "
    "intervals, before anything is sent again. Nobody needs to do anything.",
    State.POSTED: "The other system was asked and shows it, equal to the cent, in its books. What "
    "people have to post there themselves is a draft until they do (*Records*, *Drafts*); what was "
    "cancelled there afterwards, and accepted so, is *No longer there*. Neither counts as posted.",
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
        "## Texts that no rule knows",
        markdown.paragraph(UNKNOWN),
        markdown.bullets(ANSWERING),
    )


def reason(each: Reason) -> str:
    advice = CATALOGUE[each]
    return f"**{each.label}.** {advice.plain}\nWhat to do: {advice.todo}"
