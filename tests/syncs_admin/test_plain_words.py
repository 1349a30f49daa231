"""Pages speak as people do: one word for one thing, no key of ours, no status of a vendor's."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from connections.companies.access import Access
from connections.companies.duty import Duty
from connections.errors import Reason
from connections.integrations import INTEGRATIONS
from connections.models import Connection, Integration
from connections.registry import VENDORS
from mappings.models import AccountRule, ChartAccount, Reference
from syncs.ingest import polling
from syncs.models import Alert, Cursor, FixRequest, FlowSettings, Record, Run, State
from syncs.registry import REGISTRY
from tests.syncs_admin import months, story
from tests.syncs_admin.test_asking import colleague

pytestmark = pytest.mark.django_db
KEYS = {name for flows in REGISTRY.values() for name in flows if "_" in name}


@pytest.fixture
def integration() -> Integration:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    return story.company()


def text(client: Client, path: str, **query: Any) -> str:
    """What is read on the page, without the menu."""
    answer = client.get(path, query, follow=True)
    assert answer.status_code == 200, path
    page = answer.content.decode().partition('id="content"')[2]
    page = re.sub(r"<(script|style|pre)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def all_of_them() -> list[Integration]:
    made = {name: Connection.objects.create(name=name, vendor=name) for name in VENDORS}
    return [
        Integration.objects.create(
            key=key, name=kind.label, project_system=made[kind.project_system],
            ledger=made[kind.ledger],
        )
        for key, kind in INTEGRATIONS.items()
    ]  # fmt: skip


# -- requests --------------------------------------------------------------------------------------


def asked(record: Record, wanted: str = "Approve") -> FixRequest:
    return FixRequest.objects.create(
        integration=record.integration, record=record, wanted=wanted, sentence="Why.",
        permission="syncs.approve_record", url=f"/syncs/record/{record.pk}/change/#approve",
        key=str(record.pk), asked_by="paul",
    )  # fmt: skip


def test_ten_requests_are_told_apart_by_their_titles(integration: Integration) -> None:
    for number in range(10):
        asked(story.held(integration, Reason.NEEDS_APPROVAL, number=f"INV-9{number}",
                         vendor_name=f"Vendor {number}", amount=f"{number}10.00"))  # fmt: skip
    listed = text(story.boss(), "/syncs/fixrequest/")
    for number in range(1, 10):
        assert f"Approve: Requisitions INV-9{number}, Vendor {number}, ${number}10.00" in listed, (
            listed
        )


def test_a_request_is_called_the_same_in_the_list_on_its_page_and_on_the_overview(
    integration: Integration,
) -> None:
    row = asked(story.held(integration, Reason.NEEDS_APPROVAL, number="INV-9", currency="EUR"))
    title = "Approve: Requisitions INV-9, Acme Concrete, €1,800.00"
    controller = colleague("Controller")
    assert title in text(controller, "/syncs/fixrequest/")
    page = controller.get(f"/syncs/fixrequest/{row.pk}/change/").content.decode()
    assert f"<title> {title} | Requests" in re.sub(r"\s+", " ", page)
    assert title in text(controller, "/")
    FixRequest.objects.update(state="done", asked_by="clerk", answered_by="paul")
    assert title in text(colleague("AP clerk"), "/")


def test_a_code_that_is_asked_for_is_named_with_its_type_and_its_company(
    integration: Integration,
) -> None:
    Reference.objects.create(
        connection=integration.project_system, kind="cost_code", code="03-300",
        name="Cast-in-place concrete", seen_at=timezone.now(),
    )  # fmt: skip
    story.unmapped(integration)
    clerk = colleague("AP clerk")
    page = clerk.get("/mappings/costcodemapping/unmapped/").content.decode()
    [ask] = set(re.findall(r'href="(/syncs/fixrequest/ask/[^"]+)"', page))
    clerk.post(ask)
    wanted = "Map cost code 03-300 Cast-in-place concrete (type S), Business Central ↔ Procore"
    assert wanted in text(colleague("Controller"), "/syncs/fixrequest/")


# -- one word for one list -------------------------------------------------------------------------


def test_a_list_of_documents_has_one_name_wherever_it_is_named() -> None:
    boss, nouns = story.boss(), dict[str, str]()
    for integration in all_of_them():
        for name, flow in REGISTRY[integration.key].items():
            assert nouns.setdefault(name, flow.noun) == flow.noun, name
            record = story.record(integration, flow=name, number="N-1")
            record.journal().append("noted", "Noted")
            page = text(boss, f"/syncs/record/{record.pk}/change/")
            assert str(record) == f"{flow.noun} N-1"
            assert f"{flow.label} · {integration}" in page
            assert flow.label.startswith(flow.noun)
            settings = FlowSettings.objects.get(integration=integration, flow=name)
            assert settings.label == flow.noun
    journal = text(boss, "/audit/entry/")
    listed = text(boss, "/syncs/record/")
    for words in ("Commitment relief", "Ledger orders", "Credit memos", "Purchase order contract"):
        assert f" {words} " not in f"{journal} {listed}", words
    assert "Purchase orders in Business Central" in journal
    assert "Payables credits and returns" in journal


# -- nobody is told to do what he may not ----------------------------------------------------------

LISTS = (
    "mappings/chartaccount", "mappings/costcodemapping", "mappings/vendorlink", "mappings/taxlink",
    "mappings/projectlink", "mappings/accountrule", "mappings/reference", "mappings/takenfile",
    "mappings/boardlayout", "mappings/statusrule", "syncs/record", "syncs/cell", "syncs/period",
    "connections/integration", "connections/connection", "syncs/wording", "syncs/flowsettings",
)  # fmt: skip
ORDERS = re.compile(r"(^|[.:;] )(Add|Import|Press|Choose|Connect|Set|Wait)\b|[Pp]ress “|you say")


@pytest.mark.parametrize("role", ["AP clerk", "Auditor", "Project accountant"])
def test_an_empty_list_orders_nobody_to_do_what_he_may_not(role: str) -> None:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    client = colleague(role)
    for name in LISTS:
        answer = client.get(f"/{name}/")
        if answer.status_code == 403:
            continue
        page = answer.content.decode()
        empty = page.partition('c-empty">')[2].partition("</div>")[0]
        said = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", empty)).strip()
        assert said, name
        assert not ORDERS.search(said), f"{name}: {said}"
        assert "None" not in said
        before = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition('id="content"')[2]))
        assert "“Set up a board”" not in before, name


def test_the_chart_of_accounts_says_who_imports_one_and_when_it_is_needed() -> None:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    clerk = text(colleague("AP clerk"), "/mappings/chartaccount/")
    assert "the Controller imports it" in clerk
    assert "Only a ledger that cannot be asked" in clerk
    assert "import its chart" in text(colleague("Controller"), "/mappings/chartaccount/")
    assert not ChartAccount.objects.exists()


def test_where_all_alerts_are_closed_nobody_is_told_to_clear_a_filter() -> None:
    Alert.objects.create(key="a", sentence="Procore sleeps.", closed_at=timezone.now())
    boss = story.boss()
    menu = re.findall(r'href="(/syncs/alert/[^"]*)"', boss.get("/").content.decode())
    assert menu[0] == "/syncs/alert/?state=open"
    said = text(boss, menu[0])
    assert "No alert is open: all is quiet" in said
    assert "Nothing fits these filters" not in said
    assert "Nothing fits these filters" in text(boss, "/syncs/alert/?state=open&q=Procore")
    assert "Nothing is held" in text(boss, "/syncs/record/?state__exact=held")
    assert "Nothing fits these filters" in text(boss, "/syncs/record/?state__exact=held&owner=mine")


# -- words that are nowhere explained --------------------------------------------------------------


def test_the_reconciliation_says_what_a_line_is_and_what_memo_accounts_are(
    integration: Integration,
) -> None:
    for book in ("cost", "commitment"):
        months.part(integration, "100.00", "0.00", book=book, cause="held", number=book,
                    share="committed" if book == "commitment" else "")  # fmt: skip
    months.read(integration)
    page = text(story.boss(), "/syncs/cell/")
    assert not re.search(r"\b[Cc]ells?\b", page)
    assert "A line is what one vendor comes to in one project" in page
    assert "1 line" in page
    page = text(story.boss("b"), "/syncs/cell/?book=commitment")
    assert "Memo accounts are the pair that was chosen for commitments" in page
    closing = FlowSettings.objects.get(flow="commitment_closing")
    settings = text(story.boss("c"), f"/syncs/flowsettings/{closing.pk}/change/")
    assert "Memo accounts are the pair that was chosen for commitments" in settings


# -- keys and statuses -----------------------------------------------------------------------------


def test_no_page_or_file_shows_a_key_of_ours_or_a_raw_status(integration: Integration) -> None:
    record = story.posted(
        integration, source_status="approved_as_noted", flow="purchase_orders",
        destination_status="pending_approval",
    )  # fmt: skip
    run = Run.objects.create(integration=integration, flow="purchase_orders", kind="reconcile")
    run.end(True, polling.said({"source": 2, "source_total": "100.50", "closed_unread": 1,
                                "listed_total": "0", "sent_again": 3}))  # fmt: skip
    whole = Run.objects.create(integration=integration, flow="reference", kind="reference")
    whole.end(True)
    Cursor.objects.create(integration=integration, flow="direct_costs", scope="7")
    boss = story.boss()
    pages = [f"/syncs/record/{record.pk}/change/", "/syncs/run/", "/syncs/cursor/", "/audit/entry/",
             "/syncs/record/", f"/syncs/run/{run.pk}/change/", f"/syncs/run/{whole.pk}/change/",
             f"/syncs/cursor/{Cursor.objects.get().pk}/change/"]  # fmt: skip
    for path in pages:
        page = text(boss, path)
        found = {key for key in KEYS if re.search(rf"\b{key}\b", page)}
        assert found == set(), path
        for raw in ("approved_as_noted", "pending_approval", "(reconcile)", "bc_procore",
                    "closed_unread", "source_total"):  # fmt: skip
            assert raw not in page, f"{path}: {raw}"
    page = text(boss, f"/syncs/record/{record.pk}/change/")
    assert "Approved as noted" in page
    assert "(pending approval)" in page
    said = "2 listed by the source; 100.50 in all; 1 closed projects not read; sent again 3."
    assert said in text(boss, "/syncs/run/")
    file = boss.post("/syncs/run/export/csv/").getvalue().decode()
    [last, first] = list(csv.DictReader(io.StringIO(file.lstrip("﻿"))))
    assert (first["Flow"], first["Kind"]) == ("Purchase orders", "Reconciliation")
    assert (last["Flow"], last["Kind"]) == ("", "Master data")


def test_what_is_not_posted_is_exported_with_the_flow_in_words(integration: Integration) -> None:
    months.held(integration, "PO-7", "12.00", flow="purchase_orders")
    period = months.read(integration)
    assert period is not None
    answer = story.boss().post(f"/syncs/period/{period.pk}/names.csv")
    [row] = list(csv.DictReader(io.StringIO(answer.getvalue().decode().lstrip("﻿"))))
    assert row["Flow"] == "Purchase orders"


def test_the_preview_of_an_import_names_a_purpose_in_words(integration: Integration) -> None:
    file = io.BytesIO(b"integration,purpose,account\nbc_procore,retainage_held,5010\n")
    file.name = "rules.csv"
    page = story.boss().post(
        "/mappings/accountrule/import/", {"import_file": file, "format": "0", "resource": ""}
    ).content.decode()  # fmt: skip
    shown = page.partition("What changes")[2]
    assert str(AccountRule.Purpose("retainage_held").label) in shown
    assert "retainage_held" not in shown


# -- money -----------------------------------------------------------------------------------------


def bare(page: str) -> list[str]:
    """Sums without a currency, or with one behind them."""
    return [
        page[max(found.start() - 20, 0) : found.end() + 8]
        for found in re.finditer(r"(?<![\d.,$€£])(?<![A-Z]{3}[  ])\d[\d,]*\.\d\d(?![\d.])", page)
    ] + re.findall(r"\d\.\d\d [A-Z]{3}\b", page)


def test_every_sum_of_every_page_is_written_in_one_way(integration: Integration) -> None:
    story.linked(integration)
    record = months.document(integration, "INV-1", "1000.00")
    held = months.held(integration, "INV-2", "-250.50", currency="EUR", title="")
    story.record(integration, number="INV-3", amount="-250.50", vendor_name=held.vendor_name,
                 document_date=held.document_date)  # fmt: skip
    doubt = story.record(integration, state=State.IN_DOUBT, in_doubt_since=timezone.now())
    request = asked(held)
    months.part(integration, "100.00", "40.00", book="commitment", cause="held", number="SC-1",
                share="committed")  # fmt: skip
    period = months.read(integration)
    assert period is not None
    story.unmapped(integration)
    boss = story.boss()
    cells = re.findall(r"/syncs/cell/[0-9a-f]{32}/change/",
                       boss.get("/syncs/cell/").content.decode())  # fmt: skip
    pages = ["/", "/syncs/record/", "/syncs/cell/", "/syncs/cell/?book=commitment", cells[0],
             "/syncs/period/", f"/syncs/period/{period.pk}/change/", "/syncs/record/causes/",
             f"/syncs/fixrequest/{request.pk}/change/", "/syncs/fixrequest/", "/syncs/record/sum/",
             "/mappings/costcodemapping/unmapped/",
             *(f"/syncs/record/{row.pk}/change/" for row in (record, held, doubt))]  # fmt: skip
    for path in pages:
        answer = boss.get(path)
        page = re.sub(r"<(script|style|pre)\b.*?</\1>", " ", answer.content.decode(),
                      flags=re.DOTALL)  # fmt: skip
        page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
        assert re.search(r"\d\.\d\d", page), f"{path} has no sum"
        assert bare(page) == [], path
    printed = boss.get(f"/syncs/period/{period.pk}/print/").content.decode()
    assert bare(re.sub(r"<[^>]+>", " ", printed)) == []


# -- the rest --------------------------------------------------------------------------------------


def test_the_access_review_says_in_words_what_somebody_does_not_do() -> None:
    call_command("create_roles", verbosity=0, stdout=io.StringIO())
    colleague("Project accountant")
    page = text(story.boss(), "/auth/group/access/")
    assert "Neither" not in page
    assert "Moves no money and loosens no control" in page
    assert "Who moves money decides what is booked" in page


def test_before_a_role_is_deleted_nothing_is_said_in_the_words_of_the_database(
    integration: Integration,
) -> None:
    colleague("Controller", "carla")
    boss = story.boss()
    group, user = Group.objects.get(name="Controller"), User.objects.get(username="carla")
    for path in (f"/auth/group/{group.pk}/delete/", f"/auth/user/{user.pk}/delete/"):
        page = text(boss, path)
        assert "relationship" not in page, path
        assert "object (" not in page, path
    assert "Who has it, and loses it: carla" in text(boss, f"/auth/group/{group.pk}/delete/")
    Access.objects.get(user=user).integrations.add(integration)
    Duty.objects.create(user=user).integrations.add(integration)
    assert "relationship" not in text(boss, f"/auth/user/{user.pk}/delete/")
    assert "relationship" not in text(boss, f"/connections/integration/{integration.pk}/delete/")
    boss.post(f"/auth/group/{group.pk}/delete/", {"post": "yes"})
    assert not Group.objects.filter(pk=group.pk).exists()
    assert not user.groups.exists()


def second_company(first: Integration, name: str, ledger: Connection) -> Integration:
    return Integration.objects.create(
        key="bc_procore", name=name, project_system=first.project_system, ledger=ledger
    )


@pytest.mark.parametrize("vendor", ["business_central", "nav"])
def test_a_near_duplicate_is_looked_for_in_one_company_only(
    integration: Integration, vendor: str
) -> None:
    """Two companies of one ledger, or of two; the project system may be one."""
    record, client = story.record(integration), story.boss()
    twin = story.record(integration)
    path = f"/syncs/record/{record.pk}/change/"
    assert "Possible duplicate" in text(client, path)
    other = second_company(
        integration, "South", Connection.objects.create(name="The other", vendor=vendor)
    )
    Record.objects.filter(pk=twin.pk).update(integration=other)
    assert "Possible duplicate" not in text(client, path)
    assert "Possible duplicate" not in text(client, f"/syncs/record/{twin.pk}/change/")
    Record.objects.filter(pk=twin.pk).update(
        integration=second_company(integration, "Again", integration.ledger)
    )
    assert "Possible duplicate" in text(client, path), "the same company, by another integration"
    Record.objects.filter(pk=twin.pk).update(destination_number=record.number)
    assert "Possible duplicate" in text(client, path), "a ledger may keep the vendor's number"


def test_what_a_flow_of_the_ledger_reads_of_our_own_document_is_no_duplicate(
    integration: Integration,
) -> None:
    record, client = story.posted(integration), story.boss()
    Integration.objects.filter(pk=integration.pk).update(key="nav_procore")
    Record.objects.filter(pk=record.pk).update(flow="direct_costs")
    read = story.record(integration, flow="purchase_invoices", number=record.destination_number,
                        source_id="of-the-ledger")  # fmt: skip
    pages = [f"/syncs/record/{one.pk}/change/" for one in (record, read)]
    assert not [page for page in pages if "Possible duplicate" in text(client, page)]
    Record.objects.filter(pk=read.pk).update(number="another")
    assert all("Possible duplicate" in text(client, page) for page in pages)
