"""Alerts: one open row per key, told once, and never an error for the caller."""

from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.contrib.auth.models import Permission, User
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from connections.companies.access import Access
from connections.models import Connection, Integration
from syncs.models import Alert
from syncs.reconciliation import alerts
from syncs.reconciliation.alerts import close_alert, open_alert, tell, tell_again

pytestmark = pytest.mark.django_db


@pytest.fixture
def received() -> object:
    """A little server that takes apprise's JSON messages."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port, bodies
    server.shutdown()
    server.server_close()


def test_one_row_stands_open_per_key() -> None:
    first = open_alert("renewal:1", "The subscription could not be renewed.")
    again = open_alert("renewal:1", "The subscription could still not be renewed.")
    assert first is not None
    assert again is not None
    assert first.pk == again.pk
    assert Alert.objects.get().sentence == "The subscription could still not be renewed."
    assert OrmQ.objects.count() == 1


def test_a_closed_alert_may_open_anew() -> None:
    open_alert("a", "It broke.")
    assert close_alert("a", "ann")
    assert not close_alert("a")
    open_alert("a", "It broke again.")
    assert Alert.objects.count() == 2
    kinds = set(Entry.objects.values_list("kind", flat=True))
    assert kinds == {"alert"}
    assert Entry.objects.get(actor="ann").sentence == "Alert closed: It broke."


def test_the_callers_transaction_survives_an_open_alert() -> None:
    open_alert("a", "It broke.")
    with transaction.atomic():
        open_alert("a", "It broke.")
        Connection.objects.create(name="after", vendor="procore")
    assert Connection.objects.exists()


def test_an_alert_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise DatabaseError("no")

    monkeypatch.setattr(alerts, "_open", broken)
    assert open_alert("a", "It broke.") is None
    assert open_alert("k" * 500, "a \0 sentence") is None


def test_a_long_key_and_an_odd_sentence_are_stored() -> None:
    assert open_alert("k" * 500, "a \0 sentence") is not None


def test_it_is_told_once(received: tuple[int, list[str]], settings: object) -> None:
    port, bodies = received
    settings.ALERT_URLS = [f"json://127.0.0.1:{port}/"]  # type: ignore[attr-defined]
    procore = Connection.objects.create(name="P", vendor="procore")
    integration = Integration.objects.create(
        name="North", key="bc_procore", project_system=procore, ledger=procore
    )
    alert = open_alert("a", "It broke.", integration)
    assert alert is not None
    tell(alert.pk)
    tell(alert.pk)
    assert len(bodies) == 1
    assert "It broke." in bodies[0]
    assert "North" in bodies[0]
    alert.refresh_from_db()
    assert alert.told_at is not None
    assert alert.telling_problem == ""


@pytest.mark.parametrize(
    ("urls", "problem"),
    [
        ([], "no address for alerts is set up"),
        (["json://127.0.0.1:1/secret-token"], "Not sent to address 1"),
        (["nonsense-secret-token"], "Not sent to address 1"),
    ],
)
def test_an_alert_that_could_not_be_told_says_so(
    admin_client: Browser, settings: object, urls: list[str], problem: str
) -> None:
    settings.ALERT_URLS = urls  # type: ignore[attr-defined]
    alert = open_alert("a", "It broke.")
    assert alert is not None
    tell(alert.pk)
    alert.refresh_from_db()
    assert alert.told_at is None
    assert problem in alert.telling_problem
    assert "secret-token" not in alert.telling_problem
    assert problem in admin_client.get("/syncs/alert/").content.decode()
    assert problem in admin_client.get(f"/syncs/alert/{alert.pk}/change/").content.decode()


def test_what_nobody_got_is_tried_again_for_a_day() -> None:
    now = timezone.now()
    for hours, problem in ((1, "x"), (1, alerts.NOBODY), (30, "x"), (0, "")):
        Alert.objects.create(
            key=f"{hours}{problem}", sentence="s", telling_problem=problem,
            opened_at=now - dt.timedelta(hours=hours),
        )  # fmt: skip
    tell_again()
    assert OrmQ.objects.count() == 1


def person(*codenames: str) -> Browser:
    user = User.objects.create(username="cora", is_staff=True)
    Access.objects.create(user=user, all_companies=True)
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    browser = Browser()
    browser.force_login(user)
    return browser


def test_a_person_closes_an_alert() -> None:
    alert = open_alert("a", "It broke.")
    assert alert is not None
    browser = person("view_alert", "change_alert")
    answer = browser.post(
        "/syncs/alert/", {"action": "close", "_selected_action": [alert.pk]}, follow=True
    )
    assert "1 alert closed." in answer.content.decode()
    alert.refresh_from_db()
    assert (alert.closed_at is not None, alert.closed_by) == (True, "cora")


def test_who_may_only_look_closes_nothing() -> None:
    alert = open_alert("a", "It broke.")
    assert alert is not None
    browser = person("view_alert")
    browser.post("/syncs/alert/", {"action": "close", "_selected_action": [alert.pk]})
    alert.refresh_from_db()
    assert alert.closed_at is None
    assert browser.get("/syncs/alert/add/").status_code == 403
