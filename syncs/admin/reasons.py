"""Why a record is held: a plain sentence, what to do, and the one link that fixes it.

Built from the facts that the coder and the engine left in `Record.problems`. A reason without an
entry here does not exist: a test holds it.
"""

from __future__ import annotations

import dataclasses

from connections.errors import Reason
from mappings.releases import subject_of
from syncs.admin import fixes
from syncs.admin.fixes import Facts, Fix, FixOf, link, to
from syncs.controls.heeded import UNHEEDED
from syncs.models import Record
from syncs.pipelines.unlinked import TOLD
from syncs.registry import is_of_ledger


@dataclasses.dataclass(frozen=True)
class Advice:
    """What a reason means for an accountant, and what to do about it."""

    plain: str
    todo: str
    fix: FixOf
    at_source: bool = False  # it may be mended there instead
    at_destination: bool = False  # or where it stands


@dataclasses.dataclass(frozen=True)
class Explained:
    """One problem of one record, as the page shows it."""

    label: str
    sentence: str
    plain: str
    todo: str
    fix: Fix | None
    source: Fix | None = None  # where it may be mended instead, over there or in the source
    raw: str = ""  # the other system's own words
    wording: str = ""  # where a person says what they mean

    @property
    def advice(self) -> tuple[str, str]:
        return self.plain, self.todo


OPEN_IT = "Open the period there, then replay."
CATALOGUE: dict[str, Advice] = {
    Reason.MISSING_MAPPING: Advice(
        "A code on this document has no counterpart in the ledger yet.",
        "Say which account it goes to. Every document that waits for it is released.",
        fixes.to_mapping,
    ),
    Reason.MISSING_VENDOR: Advice(
        "We do not know which ledger vendor this is.",
        "Link the vendor once; it holds for all of its documents.",
        fixes.to_vendor,
    ),
    Reason.MISSING_PROJECT: Advice(
        "We do not know which dimension value of the ledger this project is.",
        "Link the project once; it holds for all of its documents.",
        fixes.to_project,
    ),
    Reason.NO_VENDOR: Advice(
        "The document names no vendor, so nobody can say who is owed it.",
        "Add the vendor in the source, or set the document aside.",
        fixes.to_source_or_aside,
    ),
    Reason.NO_PROJECT: Advice(
        "The document names no project, or several, so nobody can say to which it belongs.",
        "Add the project to the document in the ledger (its dimension), or split it there by "
        "project. What is posted there already is cancelled there and typed anew. Or set it aside.",
        fixes.to_source_or_aside,
    ),
    Reason.NO_LINES: Advice(
        "The document has a header but no lines, so there is nothing to book.",
        "Add the lines in the source, or set the document aside.",
        fixes.to_source,
    ),
    Reason.LINE_WITHOUT_COST_CODE: Advice(
        "A line has no cost code, or in a ledger no account that leads to one.",
        "Give the line a cost code (in a ledger: an account) in the source, and the change comes "
        "here by itself; or set the document aside.",
        fixes.to_source_or_aside,
    ),
    Reason.DOES_NOT_FOOT: Advice(
        "Lines, tax and retainage do not come to the document's total.",
        "Correct it in the source, or raise the rounding threshold of the flow if it is cents.",
        fixes.to_source,
    ),
    Reason.CURRENCY: Advice(
        "The document is in another currency than the ledger keeps.",
        "Post it by hand in the ledger and link it by its number, or set it aside.",
        fixes.to_linking,
    ),
    Reason.STATUS: Advice(
        "The document has a status that the project system's own list does not know, so nobody can "
        "say whether it counts.",
        "Say on the connection's page how your company reads that status, then replay.",
        fixes.to_project_system,
    ),
    Reason.NUMBER: Advice(
        "The ledger cannot take the document's number as it is.",
        "Change the number in the source.",
        fixes.to_source,
    ),
    Reason.MISSING_DATE: Advice(
        "The document has no date, so no posting period can be chosen.",
        "Give it a date in the source.",
        fixes.to_source,
    ),
    Reason.DUPLICATE_NUMBER: Advice(
        "Another document of this vendor has the same number already.",
        "Compare the two. Change the number in the source, or set this one aside.",
        fixes.to_other,
        at_source=True,
    ),
    Reason.ALREADY_THERE: Advice(
        "The ledger has a document under this number that we did not create.",
        "If it is the same document, link it by its ledger number. If not, change the number in "
        "the source.",
        fixes.to_linking,
        at_source=True,
    ),
    Reason.PERIOD_CLOSED: Advice(
        "The system that it goes to is closed for the document's date.",
        "Open the period there and replay; or let this flow post on the next open date, if its "
        "settings offer that.",
        fixes.to_settings,
    ),
    Reason.BILLING_PERIOD: Advice(
        "The project system’s billing period of the document’s date is closed.",
        "Open the billing period there, or correct the document’s date; then replay.",
        fixes.to_there,
        at_source=True,
    ),
    Reason.VENDOR_BLOCKED: Advice(
        "The ledger does not take documents of this vendor.",
        "Unblock the vendor in the ledger, then replay.",
        fixes.to_replay,
    ),
    Reason.ACCOUNT_UNUSABLE: Advice(
        "A mapping points to an account that cannot be posted to.",
        "Point the rule to another account, or allow the account in the ledger and replay.",
        fixes.to_rules_of,
    ),
    Reason.DIMENSION: Advice(
        "A mapping, or somebody on a board, names a dimension value that the ledger does not take.",
        "Choose another value in the rule or on the item, or create it in the ledger and replay.",
        fixes.to_value,
    ),
    Reason.TAX: Advice(
        "A line has a tax code, but the document's total counts no tax for it. The ledger would "
        "add the tax, and the vendor would be owed more than the source says.",
        "Correct the total or the code in the source; or choose in the flow's settings that such "
        "lines are posted without the code.",
        fixes.to_settings,
        at_source=True,
    ),
    Reason.NEEDS_APPROVAL: Advice(
        "Nothing of it is posted before the entry below is approved.",
        "Read the entry and approve it, or send it back with a reason. Who replayed it last cannot "
        "approve it.",
        fixes.to_approval,
    ),
    Reason.OVER_LIMIT: Advice(
        "The document is larger than this flow may post by itself.",
        "Read the entry and approve it, or send it back with a reason. Who replayed it last cannot "
        "approve it.",
        fixes.to_approval,
    ),
    Reason.SENT_BACK: Advice(
        "Who was to approve it sent it back with a reason. Nothing of it is posted meanwhile.",
        "Mend what the reason names, in the source or in the mapping: then it waits for an "
        "approval again by itself. If it is right as it is, ask for approval again and say why.",
        fixes.to_asking_again,
        at_source=True,
    ),
    Reason.LOCKED: Advice(
        "It changed in the ledger after the project system had locked it. The project system "
        "still has the old one.",
        "Reopen it there and replay, or accept the difference with a reason.",
        fixes.to_difference,
    ),
    Reason.COST_CODE: Advice(
        "A line leads to a cost code that the project does not have.",
        "Add the code to the project, or correct the line's dimensions or the rule; then replay.",
        fixes.to_rules_of,
        at_source=True,
    ),
    Reason.OVER_COMMITMENT: Advice(
        "The document bills more than its commitment still allows, or credits more than was "
        "billed on it.",
        "Raise the commitment by a change order or correct the order; of a credit, bill first "
        "what it credits, or correct it. Then replay.",
        fixes.to_there,
        at_source=True,
    ),
    Reason.NOT_IN_COMMITMENT: Advice(
        "The document names a cost code of which its commitment has no line.",
        "Add a line with the code to the commitment, or correct the code in the document; then "
        "replay.",
        fixes.to_there,
        at_source=True,
    ),
    Reason.NO_COMMITMENT: Advice(
        "The document bills a commitment that the project system does not have, and nothing is on "
        "its way that would bring it.",
        "Enter the commitment there, correct its number on the document, or let the flow run that "
        "brings it; then replay.",
        fixes.to_commitment,
        at_source=True,
    ),
    Reason.OTHER_VENDOR: Advice(
        "The document is of one vendor, the commitment that it bills of another.",
        "Correct the vendor or the commitment’s number on the document, or the commitment. If both "
        "are one company, correct the vendor’s link. Then replay.",
        fixes.to_vendor_links,
        at_source=True,
    ),
    Reason.WAITS: Advice(
        "It can be written only after another document has been written.",
        "See to the other document: this one follows by itself.",
        fixes.to_other,
    ),
    Reason.BOOKED_TWICE: Advice(
        "A commitment stands as an invoice, and its billing would be one, too: the vendor would be "
        "owed the same cost twice.",
        "Choose another booking for commitments in the flow's settings, and reverse or set aside "
        "the one that is too much; then replay.",
        fixes.to_settings,
    ),
    Reason.REFUSED: Advice(
        "The other system refused it and said why; nothing stands there.",
        "Mend what it names, then replay. If it names a permission, look at the connection.",
        fixes.to_refuser,
    ),
    Reason.CHANGED_AFTER_POSTING: Advice(
        "The source does not say any more what stands in the ledger for it.",
        "Post the difference as a document of its own, or accept it with a reason.",
        fixes.to_difference,
    ),
    Reason.DELETED_AT_SOURCE: Advice(
        "It was deleted in the source after it had been posted. It still stands in the ledger.",
        "Reverse it in the ledger, then accept with a reason.",
        fixes.to_difference,
        at_destination=True,
    ),
    Reason.DIFFERS: Advice(
        "What the ledger shows is not what the source says.",
        "Compare both. Correct the wrong side and replay, or accept the difference with a reason.",
        fixes.to_difference,
        at_destination=True,
    ),
    Reason.POSSIBLE_DUPLICATE: Advice(
        "More than one candidate stands on the other side; we do not guess.",
        "Say which one it is.",
        fixes.to_names,
    ),
    Reason.SHADOW: Advice(
        "This flow runs in shadow mode: the entry below would be posted, but nothing is sent.",
        "Switch it on under “Cut-over”: what only shadow mode holds then goes on by itself.",
        fixes.to_cutover,
    ),
    Reason.GAVE_UP: Advice(
        "It was tried many times and failed each time for a passing reason.",
        "See the last hop for what failed. When that is mended, replay.",
        fixes.to_replay,
    ),
    Reason.SETTINGS: Advice(
        "An account that this document needs has not been chosen yet.",
        "Choose the account. Every document that waits for it is released.",
        fixes.to_account_rule,
    ),
}


LINK_VENDOR, LINK_PROJECT = (CATALOGUE[reason].todo for reason in (
    Reason.MISSING_VENDOR, Reason.MISSING_PROJECT,
))  # fmt: skip
BY_SUBJECT = {  # what a problem is about says more than its reason, and which way it goes
    "tax_code": (
        CATALOGUE[Reason.MISSING_MAPPING].plain,
        "Say which tax code of the ledger it is. Every document that waits for it is released.",
    ),
    "ledger_account": (
        "The account of the ledger is known, but no rule of the mapping tells which one cost code "
        "it stands for.",
        "Add the missing rule of the mapping that leads to this account, or make those differ that "
        "lead to it. Every document that waits for it is released.",
    ),
    "ledger_vendor": (
        "We do not know which vendor of the project system this vendor of the ledger is.",
        LINK_VENDOR,
    ),
    "project_value": (
        "We do not know which project of the project system this dimension value of the ledger is.",
        LINK_PROJECT,
    ),
}
INTO_PROJECTS = {  # of documents that come from the ledger
    Reason.CURRENCY: (
        "The document is in another currency than the projects are kept in.",
        "Enter it by hand in the project system and link it by its number, or set it aside.",
    ),
    Reason.ALREADY_THERE: (
        "The project system has a document under this number that we did not create.",
        "If it is the same document, link it by its number. If not, change the number in the "
        "ledger.",
    ),
}
NOT_LINKED = (  # nothing else holds it
    "A person said that it is already there; what was found under that number is not it.",
    "Link it by the right number. If it is not there, replay: it is looked up by its own number.",
)


def explain(record: Record) -> list[Explained]:
    """Every problem once, in the order found, alike ones together; the record's own reason when
    none was stored."""
    seen: dict[str, Explained] = {}
    for facts in record.problems or [{"reason": record.reason, "sentence": record.sentence}]:
        sentence = str(facts.get("sentence", record.sentence))
        if facts.get("reason") in CATALOGUE and sentence not in seen:
            seen[sentence] = explained(record, sentence, facts)
    advices = [each.advice for each in seen.values()]
    return sorted(seen.values(), key=lambda each: advices.index(each.advice))


def explained(record: Record, sentence: str, facts: Facts) -> Explained:
    advice = advice_of(record.integration.key, record.flow, str(facts["reason"]))
    own = facts.get("own") or {}  # as it was told before a person said what the words mean
    text = facts.get("text") or (own.get("text") if own.get("sentence") != sentence else "")
    raw = " ".join(str(part) for part in (facts.get("code"), text) if part)
    label = str(Reason(facts["reason"]).label)
    wording = link("syncs_wording_changelist", key=facts["words"]) if facts.get("words") else ""
    fix = advice.fix(record, facts)
    source = to("Open it in the source", record.source_url) if advice.at_source else None
    stands = fixes.to_destination(record, facts) if advice.at_destination else None
    source = fixes.there(record, facts) or source or stands
    plain, todo = words(record, facts) or (advice.plain, advice.todo)
    return Explained(label, sentence, plain, todo, fix, source, raw, wording)


def words(record: Record, facts: Facts) -> tuple[str, str] | None:
    """Where they are others than the reason's own."""
    if facts.get(TOLD) and facts.get(TOLD) == facts.get("sentence"):
        return NOT_LINKED
    return spoken(record.integration.key, record.flow, facts["reason"], subject_of(facts))


def spoken(key: str, flow: str, reason: str, subject: str) -> tuple[str, str] | None:
    """By the integration's key and the flow."""
    into_projects = INTO_PROJECTS if is_of_ledger(key, flow) else {}
    return BY_SUBJECT.get(subject) or into_projects.get(Reason(reason))


def todo_of(key: str, flow: str, reason: str, subject: str) -> str:
    """What the page of such a record says."""
    own = spoken(key, flow, reason, subject)
    return own[1] if own else advice_of(key, flow, reason).todo


def advice_of(key: str, flow: str, reason: str) -> Advice:
    """Nobody is sent to a setting that the flow does not heed."""
    unheeded = UNHEEDED.get((key, flow), {})
    if reason == Reason.PERIOD_CLOSED and "period_rule" in unheeded:
        return dataclasses.replace(CATALOGUE[reason], todo=OPEN_IT, fix=fixes.to_replay)
    return CATALOGUE[reason]
