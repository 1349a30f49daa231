"""Why a record is held: a plain sentence, what to do, and the one link that fixes it.

Built from the facts that the coder and the engine left in `Record.problems`. A reason without an
entry here does not exist: a test holds it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from connections.errors import Reason
from syncs.controls.bands import HIGHER_RIGHT, Who
from syncs.controls.heeded import UNHEEDED
from syncs.models import FlowSettings, Record

Facts = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Fix:
    """The one button, and what it takes to use it. Outside links open in a new tab."""

    label: str
    url: str
    permission: str = ""  # to do it
    sees: str = ""  # to look at the page to which it leads; empty: no other than to do it

    @property
    def outside(self) -> bool:
        return self.url.startswith(("http://", "https://"))


ADD_VENDOR = "mappings.add_vendorlink"
FixOf = Callable[[Record, Facts], Fix | None]


@dataclasses.dataclass(frozen=True)
class Advice:
    """What a reason means for an accountant, and what to do about it."""

    plain: str
    todo: str
    fix: FixOf


@dataclasses.dataclass(frozen=True)
class Explained:
    """One problem of one record, as the page shows it."""

    label: str
    sentence: str
    plain: str
    todo: str
    fix: Fix | None
    raw: str = ""  # the other system's own words
    wording: str = ""  # where a person says what they mean


# -- where the buttons lead ------------------------------------------------------------------------


def link(name: str, *args: Any, **query: Any) -> str:
    """An admin address with a query; empty when that page does not exist."""
    try:
        path = reverse(f"admin:{name}", args=args)
    except NoReverseMatch:
        return ""
    wanted = {key: value for key, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(wanted)}" if wanted else path


def to(label: str, url: str, permission: str = "", sees: str = "") -> Fix | None:
    return Fix(label, url, permission, sees) if url else None


def to_rules(label: str, wanted: str) -> Fix | None:
    """Rules that name an account or a value: who may not change them may see them."""
    url = link("mappings_costcodemapping_changelist", q=wanted)
    return to(label, url, "mappings.change_costcodemapping", "mappings.view_costcodemapping")


def to_mapping(record: Record, facts: Facts) -> Fix | None:
    """The new rule, filled in: for this code and type, on every project unless narrowed. Or the
    one that counts on other days."""
    if fix := to_rule_of_other_days(facts):
        return fix
    if facts.get("tax_code"):
        url = link("mappings_taxlink_add", integration=record.integration_id,
                   project_code=facts["tax_code"])  # fmt: skip
        return to(f"Map tax code {facts['tax_code']}", url, "mappings.add_taxlink")
    if account := facts.get("ledger_account"):
        return to_rules(f"Show the rules of account {account}", account)
    url = link("mappings_costcodemapping_add", integration=record.integration_id,
               cost_code=facts.get("cost_code"), cost_type=facts.get("cost_type"))  # fmt: skip
    label = f"Map cost code {facts.get('cost_code', '')}".strip()
    return to(label, url, "mappings.add_costcodemapping")


def to_rule_of_other_days(facts: Facts) -> Fix | None:
    table, _, key = str(facts.get("rule") or "").partition(":")
    url = link(f"mappings_{table}_change", key) if table else ""
    return to("Look at the rule and its days", url, f"mappings.change_{table}",
              f"mappings.view_{table}")  # fmt: skip


def to_vendor(record: Record, facts: Facts) -> Fix | None:
    """The vendor link, filled in; or the source when it names no vendor at all."""
    if facts.get("ledger_vendor"):
        url = link("mappings_vendorlink_add", integration=record.integration_id,
                   ledger_number=facts["ledger_vendor"],
                   ledger_name=facts.get("vendor_name", ""))  # fmt: skip
        return to("Link this vendor", url, ADD_VENDOR)
    if not facts.get("vendor_id"):
        return to_source(record, facts)
    url = link("mappings_vendorlink_add", integration=record.integration_id,
               project_vendor_id=facts["vendor_id"],
               project_vendor_name=facts.get("vendor_name", ""))  # fmt: skip
    return to("Link this vendor", url, ADD_VENDOR)


def to_project(record: Record, facts: Facts) -> Fix | None:
    if not facts.get("project_id") and not facts.get("project_value"):
        return to_source(record, facts)
    url = link("mappings_projectlink_add", integration=record.integration_id,
               project_id=facts.get("project_id", ""), project_number=facts.get("project", ""),
               project_name=facts.get("project_name", ""),
               value=facts.get("project_value", ""))  # fmt: skip
    label = f"Link project {facts.get('project', '')}".strip()
    return to(label, url, "mappings.add_projectlink")


def to_account_rule(record: Record, facts: Facts) -> Fix | None:
    if not facts.get("purpose"):
        return to_settings(record, facts)
    if fix := to_rule_of_other_days(facts):
        return fix
    url = link("mappings_accountrule_add", integration=record.integration_id,
               purpose=facts["purpose"])  # fmt: skip
    return to("Choose the account", url, "mappings.add_accountrule")


def to_rules_of(record: Record, facts: Facts) -> Fix | None:
    """The rules that point to the account or value which cannot be used."""
    wanted = facts.get("account") or facts.get("value", "")
    if not wanted:
        return to_replay(record, facts)
    return to_rules(f"Show the rules that use {wanted}", wanted)


def to_value(record: Record, facts: Facts) -> Fix | None:
    """Of a board the item, on which it is chosen; else the rules that name it."""
    return (to_source if facts.get("typed") else to_rules_of)(record, facts)


def to_source(record: Record, facts: Facts) -> Fix | None:
    return to("Open it in the source", record.source_url) or to_replay(record, facts)


def to_destination(record: Record, facts: Facts) -> Fix | None:
    return to("Open it in the ledger", record.destination_url) or to_linking(record, facts)


def to_other(record: Record, facts: Facts) -> Fix | None:
    other = facts.get("other")
    url = link("syncs_record_change", other) if other else ""
    return to("Show the other document", url) or to_source(record, facts)


def to_settings(record: Record, facts: Facts) -> Fix | None:
    row = FlowSettings.objects.filter(
        integration=record.integration_id, flow=record.flow
    ).values_list("pk", flat=True).first()  # fmt: skip
    url = link("syncs_flowsettings_change", row) if row else ""
    return to("Open the flow's settings", url, "syncs.change_flowsettings",
              "syncs.view_flowsettings")  # fmt: skip


def to_cutover(record: Record, facts: Facts) -> Fix | None:
    url = link("syncs_flowsettings_cutover", record.integration_id)
    return to("Look at the cut-over", url, "syncs.change_flowsettings",
              "syncs.view_flowsettings")  # fmt: skip


def to_ledger(record: Record, facts: Facts) -> Fix | None:
    return to_connection(record.integration.ledger_id)


def to_project_system(record: Record, facts: Facts) -> Fix | None:
    return to_connection(record.integration.project_system_id)


def to_connection(key: int) -> Fix | None:
    url = link("connections_connection_change", key)
    return to("Open the connection", url, "connections.change_connection",
              "connections.view_connection")  # fmt: skip


def to_names(record: Record, facts: Facts) -> Fix | None:
    """A possible duplicate: among vendors it is a link, among documents a number."""
    if facts.get("ledger_number"):
        url = link("mappings_vendorlink_add", integration=record.integration_id,
                   project_vendor_id=facts["vendor_id"],
                   project_vendor_name=facts.get("vendor_name", ""),
                   ledger_number=facts["ledger_number"])  # fmt: skip
        return to("Link it, too", url, ADD_VENDOR)
    if facts.get("vendor_id") or record.destination_kind == "vendor" or record.flow == "vendors":
        url = link("mappings_vendorlink_add", integration=record.integration_id,
                   ledger_number=record.number, ledger_name=record.title)  # fmt: skip
        return to("Link the right vendor", url, ADD_VENDOR)
    return to_linking(record, facts)


def to_replay(record: Record, facts: Facts) -> Fix | None:
    return Fix("Replay", "#replay", "syncs.replay_record")


def to_approval(record: Record, facts: Facts) -> Fix | None:
    large = record.approval_takes == Who.HIGHER
    return Fix("Approve", "#approve", HIGHER_RIGHT if large else "syncs.approve_record")


def to_linking(record: Record, facts: Facts) -> Fix | None:
    return Fix("It is already there", "#link", "syncs.set_aside_record")


DECIDE = Fix("Decide about the difference", "#difference", "syncs.approve_record")


def to_difference(record: Record, facts: Facts) -> Fix | None:
    """Where it is on its way, there is nothing to decide but to look at it."""
    return to_other(record, facts) if facts.get("other") else DECIDE


# -- the catalogue ---------------------------------------------------------------------------------

OPEN_IT = "Open the period there, then replay."
CATALOGUE: dict[str, Advice] = {
    Reason.MISSING_MAPPING: Advice(
        "A code on this document has no counterpart in the ledger yet.",
        "Say which account it goes to. Every document that waits for it is released.",
        to_mapping,
    ),
    Reason.MISSING_VENDOR: Advice(
        "We do not know which ledger vendor this is.",
        "Link the vendor once; it holds for all of its documents.",
        to_vendor,
    ),
    Reason.MISSING_PROJECT: Advice(
        "We do not know which dimension value of the ledger this project is.",
        "Link the project once; it holds for all of its documents.",
        to_project,
    ),
    Reason.NO_LINES: Advice(
        "The document has a header but no lines, so there is nothing to book.",
        "Add the lines in the source, or set the document aside.",
        to_source,
    ),
    Reason.LINE_WITHOUT_COST_CODE: Advice(
        "A line has no cost code, so no account can be chosen for it.",
        "Give the line a cost code in the source; the change comes here by itself.",
        to_source,
    ),
    Reason.DOES_NOT_FOOT: Advice(
        "Lines, tax and retainage do not come to the document's total.",
        "Correct it in the source, or raise the rounding threshold of the flow if it is cents.",
        to_source,
    ),
    Reason.CURRENCY: Advice(
        "The document is in another currency than the ledger keeps.",
        "Post it by hand in the ledger and link it by its number, or set it aside.",
        to_linking,
    ),
    Reason.STATUS: Advice(
        "The document has a status that the project system's own list does not know, so nobody can "
        "say whether it counts.",
        "Say on the connection's page how your company reads that status, then replay.",
        to_project_system,
    ),
    Reason.NUMBER: Advice(
        "The ledger cannot take the document's number as it is.",
        "Change the number in the source.",
        to_source,
    ),
    Reason.MISSING_DATE: Advice(
        "The document has no date, so no posting period can be chosen.",
        "Give it a date in the source.",
        to_source,
    ),
    Reason.DUPLICATE_NUMBER: Advice(
        "Another document of this vendor has the same number already.",
        "Compare the two. Change the number in the source, or set this one aside.",
        to_other,
    ),
    Reason.ALREADY_THERE: Advice(
        "The ledger has a document under this number that we did not create.",
        "If it is the same document, link it by its ledger number. If not, change the number in "
        "the source.",
        to_linking,
    ),
    Reason.PERIOD_CLOSED: Advice(
        "The system that it goes to is closed for the document's date.",
        "Open the period there and replay, or let this flow post on the next open date.",
        to_settings,
    ),
    Reason.VENDOR_BLOCKED: Advice(
        "The ledger does not take documents of this vendor.",
        "Unblock the vendor in the ledger, then replay.",
        to_replay,
    ),
    Reason.ACCOUNT_UNUSABLE: Advice(
        "A mapping points to an account that cannot be posted to.",
        "Point the rule to another account, or allow the account in the ledger and replay.",
        to_rules_of,
    ),
    Reason.DIMENSION: Advice(
        "A mapping, or somebody on a board, names a dimension value that the ledger does not take.",
        "Choose another value in the rule or on the item, or create it in the ledger and replay.",
        to_value,
    ),
    Reason.TAX: Advice(
        "A line has a tax code, but the document's total counts no tax for it. The ledger would "
        "add the tax, and the vendor would be owed more than the source says.",
        "Correct the total or the code in the source; or choose in the flow's settings that such "
        "lines are posted without the code.",
        to_settings,
    ),
    Reason.NEEDS_APPROVAL: Advice(
        "Nothing of it is posted before the entry below is approved.",
        "Read the entry and approve it. Who replayed it last cannot approve it.",
        to_approval,
    ),
    Reason.OVER_LIMIT: Advice(
        "The document is larger than this flow may post by itself.",
        "Read the entry and approve it. Who replayed it last cannot approve it.",
        to_approval,
    ),
    Reason.LOCKED: Advice(
        "It changed in the ledger after the project system had locked it. The project system "
        "still has the old one.",
        "Reopen it there and replay, or accept the difference with a reason.",
        to_difference,
    ),
    Reason.COST_CODE: Advice(
        "A line leads to a cost code that the project does not have.",
        "Add the code to the project, or correct the line's dimensions or the rule; then replay.",
        to_rules_of,
    ),
    Reason.OVER_COMMITMENT: Advice(
        "The invoice bills more than its commitment still allows.",
        "Raise the commitment by a change order or correct the order, then replay.",
        to_source,
    ),
    Reason.WAITS: Advice(
        "It can be booked only after another document has been booked.",
        "Bring the other document to the ledger: this one follows by itself.",
        to_other,
    ),
    Reason.BOOKED_TWICE: Advice(
        "A commitment stands as an invoice, and its billing would be one, too: the vendor would be "
        "owed the same cost twice.",
        "Choose another booking for commitments in the flow's settings, and reverse or set aside "
        "the one that is too much; then replay.",
        to_settings,
    ),
    Reason.REFUSED: Advice(
        "The other system refused it and said why; nothing stands there.",
        "Mend what it names, then replay. If it names a permission, look at the connection.",
        to_ledger,
    ),
    Reason.CHANGED_AFTER_POSTING: Advice(
        "The source does not say any more what stands in the ledger for it.",
        "Post the difference as a document of its own, or accept it with a reason.",
        to_difference,
    ),
    Reason.DELETED_AT_SOURCE: Advice(
        "It was deleted in the source after it had been posted. It still stands in the ledger.",
        "Reverse it in the ledger, then accept with a reason.",
        to_difference,
    ),
    Reason.DIFFERS: Advice(
        "What the ledger shows is not what the source says.",
        "Compare both. Correct the wrong side and replay, or accept the difference with a reason.",
        to_destination,
    ),
    Reason.POSSIBLE_DUPLICATE: Advice(
        "More than one candidate stands on the other side; we do not guess.",
        "Say which one it is.",
        to_names,
    ),
    Reason.SHADOW: Advice(
        "This flow runs in shadow mode: the entry below would be posted, but nothing is sent.",
        "Switch it on under “Cut-over”: what only shadow mode holds then goes on by itself.",
        to_cutover,
    ),
    Reason.GAVE_UP: Advice(
        "It was tried many times and failed each time for a passing reason.",
        "See the last hop for what failed. When that is mended, replay.",
        to_replay,
    ),
    Reason.SETTINGS: Advice(
        "An account that this document needs has not been chosen yet.",
        "Choose the account. Every document that waits for it is released.",
        to_account_rule,
    ),
}


def explain(record: Record) -> list[Explained]:
    """Every problem once, in the order found; the record's own reason when none was stored."""
    seen: dict[str, Explained] = {}
    for facts in record.problems or [{"reason": record.reason, "sentence": record.sentence}]:
        sentence = str(facts.get("sentence", record.sentence))
        if facts.get("reason") in CATALOGUE and sentence not in seen:
            seen[sentence] = explained(record, sentence, facts)
    return list(seen.values())


def explained(record: Record, sentence: str, facts: Facts) -> Explained:
    advice = advice_of(record, str(facts["reason"]))
    own = facts.get("own") or {}  # as it was told before a person said what the words mean
    text = facts.get("text") or (own.get("text") if own.get("sentence") != sentence else "")
    raw = " ".join(str(part) for part in (facts.get("code"), text) if part)
    label = str(Reason(facts["reason"]).label)
    wording = link("syncs_wording_changelist", key=facts["words"]) if facts.get("words") else ""
    fix = advice.fix(record, facts)
    return Explained(label, sentence, advice.plain, advice.todo, fix, raw, wording)


def advice_of(record: Record, reason: str) -> Advice:
    """Nobody is sent to a setting that the flow does not heed."""
    unheeded = UNHEEDED.get((record.integration.key, record.flow), {})
    if reason == Reason.PERIOD_CLOSED and "period_rule" in unheeded:
        return dataclasses.replace(CATALOGUE[reason], todo=OPEN_IT, fix=to_replay)
    return CATALOGUE[reason]
