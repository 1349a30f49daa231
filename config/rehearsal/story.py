"""The cycle: reference data, poll, webhooks, holds, fixing a mapping, replay, reconciliation."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from django.db import connections
from django.db.models import Max
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from config.demo import company
from config.rehearsal import acts, ends, faults, scenes, sites, stage
from config.rehearsal.control import call
from connections.models import Integration, Subscription
from mappings.models import CostCodeMapping, ProjectLink
from syncs import tasks
from syncs.balance import refresh
from syncs.flows.alignment import cost_code_dimension
from syncs.flows.codes import CodeFlow
from syncs.flows.standing_orders import StandingOrders
from syncs.flows.steps import Step
from syncs.ingest import polling, turns
from syncs.models import BalanceReading, Delivery, FlowSettings, Record, Run, State
from syncs.pipelines.progress import UNSETTLED
from syncs.reconciliation import corrections
from syncs.registry import flows_of

Tell = Callable[[str], None]
SETTLE_SECONDS = 3
LONGEST = 900.0  # seconds of an act without a line in the journal
MOST = 4 * LONGEST  # of an act, on however slow a machine


def perform(play: dict[str, Any], tell: Tell) -> Integration:
    """All acts. Raises TimeoutError, saying what was still on its way."""
    ready = play["ready"]
    for name, side in ready.items():
        if limits := ends.stand_in(name).LIMITS:
            call(side["control_url"], "limits", limits)
    sites.prepare(play, SETTLE_SECONDS)
    integration = company.set_up(play["integration"], ready, SETTLE_SECONDS, play["sides"])
    order_commitments(integration)
    for scene in scenes.played(integration, play):
        scene.set()
    wait(lambda: refreshed(integration), "reference data")
    tell("reference data read, mappings entered")
    with stage.web_and_workers(play["port"], Path(play["log"])) as application:
        act(integration, play, application.pid, tell)
    return integration


def act(integration: Integration, play: dict[str, Any], pid: int, tell: Tell) -> None:
    ready, seed = play["ready"], play["seed"]
    subscribe(integration)
    tell("subscriptions stand")
    stop = threading.Event()
    if seed is not None:
        faults.switch_on(ready, seed)
        threading.Thread(target=kill_workers, args=(pid, seed, stop), daemon=True).start()
    poll(integration, "vendors")
    tell(f"vendors sent: {settled(integration)}")
    poll(integration)
    tell(f"first polls: {settled(integration)}")
    happened = acts.things_happen(integration, play, seed or 1)
    read_anew(integration, play)
    for flow in acts.untold(integration):
        poll(integration, flow)
    tell(f"{happened} things happened in the source; {webhooks_came(integration)} webhooks came")
    bring_what_lacks(integration)
    post_differences(integration)
    tell(f"mapped {map_what_is_missing(integration)} cost codes")
    if ends.Play.of(play).office.ADDS_VALUES:
        tell(f"linked {link_projects(integration)} projects that have a value now")
    for scene in scenes.played(integration, play):
        scene.decide()
    replay_held(integration)
    tell(f"replayed what was held: {settled(integration)}")
    stop.set()
    faults.switch_off(ready)
    reconcile(integration)
    tell(f"reconciled: {settled(integration)}")
    for _ in range(2):  # reliefs follow what the night brought: seen by a poll, booked by the next
        poll(integration)
        settled(integration)
    tell(f"polled twice more: {settled(integration)}")
    drafts = Record.objects.filter(integration=integration, destination_status="draft")
    drafts.update(read_back_at=None)  # as if it were a while ago: each is asked about
    add_up(integration)
    settled(integration)
    add_up(integration)
    tell("both sides are added up")


def order_commitments(integration: Integration) -> None:
    """Where the ledger's orders are looked at, finance has some commitments stand as orders."""
    if any(isinstance(flow, StandingOrders) for flow in flows_of(integration).values()):
        chosen = FlowSettings.Booking.PURCHASE_ORDER
        integration.flows.filter(flow="purchase_orders").update(booking=chosen)


def subscribe(integration: Integration) -> None:
    turns.ask(integration.pk, "subscriptions", "renew")
    connections_ = [connection.pk for connection in integration.connections]
    wait(
        lambda: (
            Run.objects.filter(integration=integration, kind="renew", ok=True).exists()
            and not Subscription.objects.filter(connection__in=connections_)
            .exclude(state__in=["active", "gone"])
            .exists()
        ),
        "subscriptions",
    )


def poll(integration: Integration, flow: str = "") -> None:
    rows = FlowSettings.objects.filter(integration=integration)
    for row in rows.filter(flow=flow) if flow else rows:
        tasks.poll(row.pk)


def reconcile(integration: Integration) -> None:
    for row in FlowSettings.objects.filter(integration=integration):
        tasks.reconcile(row.pk)


def add_up(integration: Integration) -> None:
    """As the button of the reconciliation page does it."""
    asked = timezone.now()
    refresh.ask(integration.pk)
    rows = BalanceReading.objects.filter(integration=integration, as_of__gte=asked)
    wait(rows.exists, "the sums of both sides")


def settled(integration: Integration) -> str:
    """Wait until nothing is on its way; then say what stands in which state."""

    def idle() -> bool:
        tasks.sweep()
        waiting = Delivery.objects.filter(state=Delivery.State.STORED).exists()
        moving = Record.objects.filter(integration=integration, state__in=UNSETTLED).exists()
        return not (waiting or moving or busy_queue())

    wait(idle, "records")
    states = Record.objects.filter(integration=integration).values_list("state", flat=True)
    counted = {state: list(states).count(state) for state in State.values}
    return ", ".join(f"{count} {state}" for state, count in counted.items() if count)


def busy_queue() -> bool:
    """Tasks of ours wait, besides the heartbeat's."""
    return any(str(task.func).startswith("syncs.") for task in OrmQ.objects.all()[:50])


def wait(done: Callable[[], bool], what: str) -> None:
    """Poll until a deadline; twice in a row, since work hands over to work."""
    began, quiet = time.monotonic(), 0
    moved, lines = began, written()
    while quiet < 2:
        quiet = quiet + 1 if done() else 0
        if (now := written()) != lines:
            moved, lines = time.monotonic(), now
        if time.monotonic() > min(moved + LONGEST, began + MOST):
            raise TimeoutError(f"{what} did not settle: {leftovers()}")
        time.sleep(0.7)


def written() -> int:
    """Lines of the journal: work that goes on, if slowly."""
    return int(Entry.objects.aggregate(last=Max("sequence"))["last"] or 0)


def leftovers() -> list[Any]:
    rows = Record.objects.filter(state__in=UNSETTLED)
    return list(rows.values_list("flow", "number", "state", "sentence", "run_at")[:10])


def webhooks_came(integration: Integration) -> int:
    """Wait for the first, then until all is carried; what got lost the reconciliation finds."""
    deadline = time.monotonic() + 60
    while not Delivery.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    settled(integration)
    return Delivery.objects.count()


def bring_what_lacks(integration: Integration) -> None:
    """Vendors, cost codes and values that documents and items wait for, without waiting a poll."""
    for name, flow in flows_of(integration).items():
        if isinstance(flow, Step):
            poll(integration, name)
    settled(integration)


def post_differences(integration: Integration) -> None:
    """A controller decides: what changed after posting is booked as a document of its own."""
    rows = Record.objects.filter(integration=integration, reason="changed_after_posting")
    for record in rows:
        if corrections.has_difference(record):
            corrections.post_difference(record, "rehearsal")


def map_what_is_missing(integration: Integration) -> int:
    """What a controller does with the unmapped codes: the general rule of their cost type."""
    missing = set()
    dimension = cost_code_dimension(integration) or "COSTCODE"
    for record in Record.objects.filter(integration=integration, reason="missing_mapping"):
        for problem in record.problems:
            if problem.get("cost_code"):
                missing.add((problem["cost_code"], problem.get("cost_type", "")))
    for cost_code, cost_type in sorted(missing):
        CostCodeMapping.objects.create(
            integration=integration, cost_code=cost_code, cost_type=cost_type,
            account=an_account(integration), dimensions={dimension: "{cost_code}"},
            note="rehearsal",
        )  # fmt: skip
    return len(missing)


def link_projects(integration: Integration) -> int:
    """What a controller does when people have made the value that a project lacked."""
    wait(lambda: refreshed(integration), "reference data")
    linked = ProjectLink.objects.filter(integration=integration)
    dimension, known = linked[0].dimension, set(linked.values_list("project_id", flat=True))
    rows = [row for row in company.project_links(integration, {}, dimension)
            if row.project_id not in known]  # fmt: skip
    ProjectLink.objects.bulk_create(rows)
    return len(rows)


def read_anew(integration: Integration, play: dict[str, Any]) -> None:
    """The hour is over: where master data become cost codes, what people did to them is seen."""
    if any(isinstance(flow, CodeFlow) for flow in flows_of(integration).values()):
        sites.bring_chart(play)
        wait(lambda: refreshed(integration), "reference data")


def refreshed(integration: Integration) -> bool:
    return bool(tasks.guarded(integration, "reference", "reference", polling.refresh).ok)


def an_account(integration: Integration) -> str:
    rule = CostCodeMapping.objects.filter(integration=integration).order_by("pk").first()
    if rule is None:
        raise RuntimeError("the demo company has no mappings")
    return rule.account


def replay_held(integration: Integration) -> None:
    """Pressing replay on anything, twice: it is always safe."""
    for record in Record.objects.filter(integration=integration).exclude(state=State.RUNNING):
        if record.state == State.HELD or record.pk % 7 == 0:
            record.replay("rehearsal")
            record.replay("rehearsal")


def kill_workers(pid: int, seed: int, stop: threading.Event) -> None:
    """SIGKILL to processes of the worker cluster, at moments that the seed chooses."""
    dice = random.Random(seed)  # noqa: S311
    for _ in range(5):
        if stop.wait(dice.uniform(12, 25)):
            break
        victims = cluster_of(pid)
        if victims:
            dice.choice(victims).kill()
    connections.close_all()


def cluster_of(pid: int) -> list[psutil.Process]:
    try:
        family = psutil.Process(pid).children(recursive=True)
        return [process for process in family if "qcluster" in " ".join(process.cmdline())]
    except psutil.NoSuchProcess:
        return []
