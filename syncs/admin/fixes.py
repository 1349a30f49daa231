"""Where a reason's button leads: the form filled in, the other system, a button of the page."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from mappings.models import CostCodeMapping
from syncs.controls.bands import HIGHER_RIGHT, Who
from syncs.models import FlowSettings, Record
from syncs.registry import is_of_ledger

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
        return to_rule_of_account(record, str(account))
    url = link("mappings_costcodemapping_add", integration=record.integration_id,
               cost_code=facts.get("cost_code"), cost_type=facts.get("cost_type"))  # fmt: skip
    label = f"Map cost code {facts.get('cost_code', '')}".strip()
    return to(label, url, "mappings.add_costcodemapping")


def to_rule_of_account(record: Record, account: str) -> Fix | None:
    """Of a document of the ledger: those that lead to its account, else the new one, filled in."""
    rules = CostCodeMapping.objects.filter(integration=record.integration_id, account=account)
    if rules.exists():
        return to_rules(f"Show the rules of account {account}", account)
    url = link("mappings_costcodemapping_add", integration=record.integration_id, account=account)
    return to(f"Map account {account}", url, "mappings.add_costcodemapping")


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


def to_source_or_aside(record: Record, facts: Facts) -> Fix | None:
    """Where no page of the source is known, what else can be done with it."""
    return to("Open it in the source", record.source_url) or ASIDE


def to_destination(record: Record, facts: Facts) -> Fix | None:
    """Where it stands: a document of a ledger stands in the project system."""
    into_projects = is_of_ledger(record.integration.key, record.flow)
    place = "project system" if into_projects else "ledger"
    return to(f"Open it in the {place}", record.destination_url)


def to_other(record: Record, facts: Facts) -> Fix | None:
    other = facts.get("other")
    url = link("syncs_record_change", other) if other else ""
    return to("Show the other document", url) or to_source(record, facts)


def to_settings(record: Record, facts: Facts) -> Fix | None:
    """Of the flow that is named, else of its own."""
    row = FlowSettings.objects.filter(
        integration=record.integration_id, flow=facts.get("brought_by") or record.flow
    ).values_list("pk", flat=True).first()  # fmt: skip
    url = link("syncs_flowsettings_change", row) if row else ""
    return to("Open the flow's settings", url, "syncs.change_flowsettings",
              "syncs.view_flowsettings")  # fmt: skip


def to_cutover(record: Record, facts: Facts) -> Fix | None:
    url = link("syncs_flowsettings_cutover", record.integration_id)
    return to("Look at the cut-over", url, "syncs.change_flowsettings",
              "syncs.view_flowsettings")  # fmt: skip


def there(record: Record, facts: Facts) -> Fix | None:
    """What the other system's module says is to be mended over there."""
    return to(f"Open {facts.get('opens') or 'it there'}", str(facts.get("there") or ""))


def to_there(record: Record, facts: Facts) -> Fix | None:
    return there(record, facts) or to_replay(record, facts)


def to_commitment(record: Record, facts: Facts) -> Fix | None:
    """Where it would be entered, or the flow that would bring it."""
    return to_settings(record, facts) if facts.get("brought_by") else to_there(record, facts)


def to_vendor_links(record: Record, facts: Facts) -> Fix | None:
    """Who the vendor is taken for; what it bills stands beside it."""
    wanted = str(facts.get("project_vendor") or record.vendor_id or record.vendor_name)
    url = link("mappings_vendorlink_changelist", q=wanted)
    return to("Look at the vendor’s link", url, "mappings.change_vendorlink",
              "mappings.view_vendorlink")  # fmt: skip


def to_refuser(record: Record, facts: Facts) -> Fix | None:
    """What it named, or the connection of the system that it goes to."""
    sides = record.integration
    into_projects = is_of_ledger(sides.key, record.flow)
    key = sides.project_system_id if into_projects else sides.ledger_id
    return there(record, facts) or to_connection(key)


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


def to_asking_again(record: Record, facts: Facts) -> Fix | None:
    return Fix("Ask for approval again", "#ask_again", "syncs.replay_record")


def to_linking(record: Record, facts: Facts) -> Fix | None:
    return Fix("It is already there", "#link", "syncs.set_aside_record")


ASIDE = Fix("Set it aside", "#set_aside", "syncs.set_aside_record")
DECIDE = Fix("Decide about the difference", "#difference", "syncs.approve_record")


def to_difference(record: Record, facts: Facts) -> Fix | None:
    """Where it is on its way, there is nothing to decide but to look at it."""
    return to_other(record, facts) if facts.get("other") else DECIDE
