"""What Business Central and NAV say when they refuse, and what an accountant does about it.

Codes: learn.microsoft.com/dynamics365/business-central/dev-itpro/webservices/dynamics-error-codes
Texts: the en-US texts of the base application (every request asks for en-US).
"""

from __future__ import annotations

import re

from connections.documents import CodedDocument
from connections.errors import NeedsPerson, Reason, Refused
from connections.vendors.dynamics.refusal_rules import Rule, facts, rule

OWNER = r"(?P<owner>[^:()]+?)"  # a G/L account, a vendor
END = r"[.)\s]*$"
RULES = (
    # -- numbers ------------------------------------------------------------------------------
    rule(
        r"already exists for this vendor",
        Reason.DUPLICATE_NUMBER,
        "Vendor {vendor} already has a posted {noun} with the number {number}. Look it up in "
        "{system}: if it is the same one, link it; if not, correct the number at the "
        "source.",
    ),
    rule(
        r"enter the document number of the document from the vendor",
        Reason.NUMBER,
        "{system} wants the vendor's own number on {noun} {number}. Enter it at the "
        "source, or switch off Ext. Doc. No. Mandatory in Purchases & Payables Setup.",
    ),
    rule(
        r"length of the string is (?P<length>\d+).*?equal to (?P<most>\d+)",
        Reason.NUMBER,
        "A value of {noun} {number} has {length} characters where {system} takes {most}. "
        "Shorten it at the source.",
    ),
    rule(
        r"may not enter numbers manually",
        Reason.REFUSED,
        "{system} numbers this kind of record itself. Its administrator must allow manual "
        "numbers in the number series, for {noun} {number}.",
    ),
    # -- dates --------------------------------------------------------------------------------
    rule(
        r"not within (your|the) (range of )?allowed posting dates|posting date.*not allowed",
        Reason.PERIOD_CLOSED,
        "{system} is closed for posting on {date}. Open the period (General Ledger Setup "
        "or User Setup, Allow Posting From/To) and replay, or choose the next open date.",
    ),
    # -- vendor -------------------------------------------------------------------------------
    rule(
        r"vendor .*is blocked|blocked must be equal to .*in vendor",
        Reason.VENDOR_BLOCKED,
        "Vendor {vendor} is blocked in {system}. Unblock it on the vendor card and "
        "replay, or set {noun} {number} aside.",
    ),
    rule(
        r"the vendor cannot be found|the vendor does not exist|cannot be found in the related "
        r"table \(vendor\)|vendornumber. or a .vendorid. must be provided",
        Reason.MISSING_VENDOR,
        "Vendor {vendor} is not in {system}. Create it there, or link the vendor of "
        "{noun} {number} to another number.",
    ),
    # -- dimensions ---------------------------------------------------------------------------
    # The server wraps what its dimension management says: "The dimensions used in <document>, line
    # no. <n> are invalid : <inner>" (before: "(Error: <inner>)"), codeunit 481; of a journal line
    # "A dimension used in … has caused an error. <inner>", codeunit 11. What is inside goes first.
    rule(
        r"select a dimension value code for the dimension code (?P<code>\S+?)"
        rf"(?: for {OWNER})?{END}",
        Reason.DIMENSION,
        "{owner} needs a value for the dimension {code}. Add it to the mapping and replay {noun} "
        "{number}.",
    ),
    rule(
        r"select dimension value code (?P<value>\S+) for the dimension code (?P<code>\S+?)"
        rf"(?: for {OWNER})?{END}",
        Reason.DIMENSION,
        "{owner} takes the value {value} of the dimension {code} and no other (default dimension, "
        "Same Code). Change the mapping, or the default dimension in {system}, then replay {noun} "
        "{number}.",
    ),
    rule(
        rf"dimension code (?P<code>\S+) must not be mentioned for {OWNER}{END}",
        Reason.DIMENSION,
        "{owner} must not have the dimension {code} (default dimension, No Code). Take it out of "
        "the mapping, or change the default dimension in {system}, then replay {noun} {number}.",
    ),
    rule(
        rf"dimension value (?P<value>[^:]+?) is blocked{END}",
        Reason.DIMENSION,
        "The dimension value {value} is blocked in {system}. Unblock it there or map to "
        "another one, then replay {noun} {number}.",
    ),
    rule(
        rf"dimension (?P<code>\S+) is blocked{END}",
        Reason.DIMENSION,
        "The dimension {code} is blocked in {system}. Unblock it there or take it out of the "
        "mapping, then replay {noun} {number}.",
    ),
    rule(
        r"dimension value type must not be (?P<code>\S+) in dimension value: (?P<value>[^.)]+)",
        Reason.DIMENSION,
        "The dimension value {value} is a {code} in {system}, which nothing is posted to. Map to "
        "a standard value, then replay {noun} {number}.",
    ),
    rule(
        r"dimensions?(?: combinations)? (?P<value>[^:.()]+) can.t be used concurrently",
        Reason.DIMENSION,
        "{system} does not allow {value} together on {noun} {number}. Change the mapping, or the "
        "dimension combinations in {system}.",
    ),
    rule(
        r"combination of dimensions|dimensions used in .* (is|are) (blocked|invalid)|"
        r"dimension used in .* has caused an error",
        Reason.DIMENSION,
        "{system} does not accept the dimensions of {noun} {number}: {inner} Change the mapping, "
        "or the dimensions in {system}.",
    ),
    rule(
        r"does not match to a dimension|cannot be found in the related table \(dimension|"
        r"dimension value .*(does not exist|must (be|not))|the dimension .*does not exist",
        Reason.DIMENSION,
        "A dimension or value on {noun} {number} is not usable in {system}. Refresh the "
        "reference data, then correct the mapping.",
    ),
    # -- accounts -----------------------------------------------------------------------------
    rule(
        r"blocked must be equal to .*in g/l account: no\.=(?P<account>[^.\s]+)",
        Reason.ACCOUNT_UNUSABLE,
        "Account {account} is blocked in {system}. Unblock it or map to another account, "
        "then replay {noun} {number}.",
    ),
    rule(
        r"direct posting must be equal to .*in g/l account: no\.=(?P<account>[^.\s]+)",
        Reason.ACCOUNT_UNUSABLE,
        "Account {account} does not allow direct posting. Map to another account, or allow it on "
        "the account card, then replay {noun} {number}.",
    ),
    rule(
        r"account type must be equal to .*in g/l account: no\.=(?P<account>[^.\s]+)",
        Reason.ACCOUNT_UNUSABLE,
        "Account {account} is a heading or total. Map to a posting account, then replay {noun} "
        "{number}.",
    ),
    rule(
        r"account does not exist|g/l account does not exist|does not match to an account|"
        r"cannot be found in the related table \(g/l account\)",
        Reason.ACCOUNT_UNUSABLE,
        "An account of {noun} {number} is not in {system}. Refresh the reference data, "
        "then correct the mapping.",
    ),
    # -- approval -----------------------------------------------------------------------------
    rule(
        r"must be approved and released|approval process is complete|status must be equal to "
        r"'open'",
        Reason.NEEDS_APPROVAL,
        "{noun} {number} waits for approval in {system}. It stands there as a draft; "
        "replay when it is approved.",
    ),
    # -- amounts ------------------------------------------------------------------------------
    rule(
        r"nothing to post|add at least one line item",
        Reason.NO_LINES,
        "{noun} {number} has no line with an amount, so {system} has nothing to post. "
        "Check it at the source.",
    ),
    rule(
        r"out of balance by (?P<difference>-?[\d.,]*\d)",
        Reason.DOES_NOT_FOOT,
        "Journal {number} is out of balance by {difference}. Check the mapping of its balancing "
        "accounts.",
    ),
    rule(
        r"doc\. amount incl\. vat .*not equal",
        Reason.DOES_NOT_FOOT,
        "{system} checks document totals and finds another sum for {noun} {number}. "
        "Compare the lines and the tax.",
    ),
    rule(
        r"amount must be (?P<sign>negative|positive)",
        Reason.REFUSED,
        "The total of {noun} {number} has the wrong sign for {system}: a negative bill "
        "must be a credit memo.",
    ),
    rule(
        r"currencycode. does not match|currency .*does not exist|exchange rate|cannot be found in "
        r"the related table \(currency\)",
        Reason.CURRENCY,
        "{system} does not have the currency of {noun} {number}, or no exchange rate for "
        "{date}. Add it there, then replay.",
    ),
    # -- set-up -------------------------------------------------------------------------------
    rule(
        r"(?P<what>(vendor|gen\.|vat|tax)[\w. ]*posting group) must have a value",
        Reason.REFUSED,
        "{system}'s set-up has a gap: {what} is empty for vendor {vendor} or an account "
        "of {noun} {number}. Fill it in on the card, then replay.",
    ),
    rule(
        r"(posting setup|posting group).*does not exist|identification fields and values: gen\.",
        Reason.REFUSED,
        "{system}'s posting set-up has no line for this vendor and account ({noun} "
        "{number}). Its administrator must add the combination.",
    ),
    rule(
        r"warehouse handling is required|receipt is required",
        Reason.REFUSED,
        "{system} wants a warehouse receipt before {noun} {number} can be posted.",
    ),
    rule(
        r"data upgrade for this api page",
        Reason.REFUSED,
        "A {system} administrator must run API Data Upgrade before credit memos can be "
        "written. Then replay {noun} {number}.",
    ),
    # -- the pages of a site (NAV) ---------------------------------------------------------------
    rule(
        r"control '(?P<field>[^']+)' is read-only|\"?editable\"? for (?P<control>.+?) is invalid",
        Reason.REFUSED,
        "{system} does not let {field}{control} of {noun} {number} be written: it is not editable "
        "on the published page. The partner can make it editable, or publish the page that the "
        "set-up sheet names.",
    ),
    rule(
        r"callback",
        Reason.REFUSED,
        "{system} wanted to ask a person something while {noun} {number} was written, and nobody "
        "is there to answer. Enter it by hand and link it, or have the partner switch the question "
        "off.",
    ),
    rule(
        r"do(es)? not have (the following |the )?permission",
        Reason.SETTINGS,
        "The app may not do this in {system}. Give it the permission set for purchase "
        "documents and journals (page Microsoft Entra applications), then replay {noun} {number}.",
    ),
)
PERMISSION = RULES[-1]
CONTAINED_DEFAULTS = {
    "owner": "The account", "code": "", "value": "these values", "account": "", "field": "",
    "control": "",
}  # fmt: skip

ALREADY_POSTED = re.compile(r"can be applied to a draft .* only|has been posted and can no longer")
INHERITED_DIMENSION = re.compile(r"dimension set line already exists", re.IGNORECASE)


def needs_person(error: Refused, document: CodedDocument, system: str) -> NeedsPerson:
    """The refusal as a held record reads it; the vendor's own words are kept in the detail."""
    found = find_rule(error)
    if found is None:
        return raw(error, document, system)
    chosen, groups = found
    known = facts(document) | {"system": system, "inner": inner(error.text)}
    known |= CONTAINED_DEFAULTS | groups
    sentence = chosen.sentence.format(**known)
    return NeedsPerson(
        chosen.reason, sentence[:1].upper() + sentence[1:], code=error.code, text=error.text
    )


def find_rule(error: Refused) -> tuple[Rule, dict[str, str]] | None:
    for one in RULES:
        if match := one.pattern.search(error.text):
            return one, {name: text for name, text in match.groupdict().items() if text}
    return (PERMISSION, {}) if error.status == 403 else None


def inner(text: str) -> str:
    """What a wrapped refusal says itself: the last of its sentences that begins anew."""
    said = re.split(r"invalid ?: |\(Error: |has caused an error\. |is blocked\. ", text)[-1]
    return said.strip().removesuffix(".)").removesuffix(")").rstrip(".") + "."


def raw(error: Refused, document: CodedDocument, system: str) -> NeedsPerson:
    """A text that the catalogue does not know is shown as it is."""
    known = facts(document)
    words = error.text or f"status {error.status}, without words"
    sentence = f"{system} refused {known['noun']} {known['number']}: {words}"
    return NeedsPerson.in_words(
        error.untold, Reason.REFUSED, sentence, code=error.code, text=error.text
    )
