"""No shared file bears the words, the resources or the limits of one vendor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from connections.registry import VENDORS
from tests.architecture import house, words

# Words of one vendor that still stand in a shared file. A line may only shrink and then go.
KNOWN_WORDS = {
    "connections/transport/secrecy.py": {"destination_headers"},
}
# Shared files that know the names of webhook resources. The same holds.
KNOWN_RESOURCES: set[str] = set()
# Limits that are our own: of our columns, our pages, our patience.
OUR_LIMITS = {
    "config/auditor/page.py": {"MOST"},
    "config/process/probes.py": {"MOST_WAITING"},
    "config/process/supervisor.py": {"LONGEST_PAUSE"},
    "config/rehearsal/story.py": {"LONGEST"},
    "config/settings.py": {"DATA_UPLOAD_MAX_NUMBER_FIELDS"},
    "connections/boards.py": {"items_limit"},
    "connections/pages/consent.py": {"MOST"},
    "connections/pages/subscriptions_admin.py": {"max_num"},
    "connections/transport/concurrency.py": {"LONGEST_WAIT"},
    "connections/transport/odata.py": {"MOST_IN_BATCH", "MOST_IN_FILTER"},
    "mappings/boards/columns.py": {"LONGEST_ID", "LONGEST_PREFIX"},
    "mappings/boards/forms.py": {"LONGEST_WAY"},
    "mappings/boards/rules.py": {"LONGEST_LABEL"},
    "mappings/boards/setup.py": {"MOST_DIMENSIONS"},
    "mappings/imports/formats.py": {"MAX_COLUMNS", "MAX_ROWS"},
    "mappings/pages/base.py": {"HISTORY_LENGTH"},
    "syncs/admin/balance.py": {"list_max_show_all"},
    "syncs/admin/inbox.py": {"list_max_show_all"},
    "syncs/admin/record_actions.py": {"MOST", "TEXT_LENGTH"},
    "syncs/admin/record_page.py": {"MOST_HOPS"},
    "syncs/admin/records.py": {"list_max_show_all"},
    "syncs/catalogue/plain.py": {"LONGEST", "MOST"},
    "syncs/coding/to_board.py": {"LONGEST_LABEL"},
    "syncs/cutover/report.py": {"MOST_TRIED"},
    "syncs/ingest/inbox.py": {"MOST_TRIES"},
    "syncs/ingest/webhook.py": {"LARGEST"},
    "syncs/reconciliation/looks.py": {"MOST_WATCHED"},
}
DECLARED = ("resources", "polled_on")  # what a flow says of webhooks
LIMIT = re.compile(r"(?i)long|length|most|largest|max|limit")
BRANDS = re.compile(r"(?i)procore|monday|business.?central|navision|\bnav\b|\bgp\b|\bfo\b|f&o")


def test_the_words_of_vendors_are_known() -> None:
    """They are read from the code: here are some that must be among them, and some of ours."""
    told = words.of_vendors()
    assert told["purchaseInvoices"] == told["Vendor_Invoice_No"] == "dynamics"
    assert told["Purchase Order Contracts"] == told["work_order_contracts"] == "procore"
    assert told["update_column_value"] == "monday"
    assert told["VendorInvoiceHeaders"] == "fo"
    assert told["VoucherNumber"] == "gp"
    assert not told.keys() & {"purchase_order", "ledger_invoice", "cost_code", "client_id"}


def test_no_shared_file_bears_a_word_of_one_vendor() -> None:
    found = {words.name(path): said for path in words.shared() if (said := words.borne(path))}
    assert found == KNOWN_WORDS


def test_a_leaf_bears_no_word_of_another_vendor() -> None:
    """A rehearsal's ends and the modules of pairs; a vendor's own folder by definition."""
    told = words.of_vendors()
    wrong = [
        f"{words.name(path)}: {text}"
        for path in house.sources("config", "syncs")
        if (leaf := words.leaf_of(path))
        for text in words.borne(path)
        if told[text] not in words.families(leaf)
    ]
    assert not wrong


def test_only_what_a_flow_declares_is_compared_with_a_resource() -> None:
    """The name of a webhook's resource is its vendor's, also where it is a common word."""
    found = {words.name(path) for path in words.shared() if any(resources_named(path))}
    assert found == KNOWN_RESOURCES


def resources_named(path: Path) -> Iterator[str]:
    """`x.resource in (…)`, `x.resource.endswith(…)`, `resources = (…)` with names in them."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Compare) and is_resource(node.left):
            yield from (text for side in node.comparators for text in words.texts(side) if text)
        elif isinstance(node, ast.Call) and is_resource(getattr(node.func, "value", None)):
            yield from (text for side in node.args for text in words.texts(side) if text)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id in DECLARED for each in targets):
                yield from words.texts(node.value)


def is_resource(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "resource"


def test_a_limit_of_a_vendor_is_told_by_the_vendor() -> None:
    """A new limit in a shared file is one of our own, or it is a vendor's and stands there."""
    found = {
        words.name(path): named for path in words.shared() if (named := set(limits_named(path)))
    }
    assert found == OUR_LIMITS


def limits_named(path: Path) -> Iterator[str]:
    """Names of numbers in a module or a class that speak of a length or a count."""
    tree = ast.parse(path.read_text())
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef))]
    for node in (node for body in bodies for node in body):
        if isinstance(node, ast.Assign | ast.AnnAssign) and is_number(node.value):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and LIMIT.search(target.id):
                yield target.id


def is_number(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def test_only_vendor_modules_know_addresses_of_vendors() -> None:
    """Hosts as the connections' forms propose them; paths as the vendors' modules write them."""
    known = hosts() | {
        match.group()
        for path in house.sources("connections")
        if words.leaf_of(path)
        for text in words.literals(path)
        if (match := re.match(r"/[\w.$-]+/[\w.$-]+", text))
    }
    assert {"procore.com", "monday.com", "/rest/v1.0", "/api/v2.0"} <= known
    wrong = [
        f"{words.name(path)}: {address}"
        for path in words.shared()
        for text in words.literals(path)
        for address in known
        if address in text
    ]
    assert not wrong


def hosts() -> set[str]:
    """The last two parts of every address that a vendor's form proposes."""
    defaults = [field.default for vendor in VENDORS.values() for field in vendor.fields]
    named = [urlsplit(text).hostname or "" for text in defaults if text.startswith("https://")]
    return {".".join(host.split(".")[-2:]) for host in named}


def test_no_shared_file_names_a_brand() -> None:
    """Texts and names in the code; comments and docstrings may."""
    wrong = [
        f"{words.name(path)}: {text}"
        for path in words.shared()
        for text in (*words.literals(path), *words.names(path))
        if text in VENDORS or BRANDS.search(text)
    ]
    assert wrong == ["connections/models.py: It is the name in the code, as bc_procore."]


def test_no_page_names_a_brand() -> None:
    """Templates, scripts and style sheets."""
    folders = [house.ROOT / "templates", *(house.ROOT / app / "static" for app in house.APPS)]
    wrong = [
        f"{words.name(path)}: {match.group()}"
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".html", ".js", ".css")
        for match in re.finditer(r"(?i)procore|monday|business.central", path.read_text())
    ]
    assert not wrong
