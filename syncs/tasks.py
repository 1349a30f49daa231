"""What the workers do. Arguments are ids; each looks up, calls, ends. All are safe to run twice."""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from audit import journal
from connections.errors import ConnectorError, CredentialPaused, Unreachable
from connections.models import Integration
from connections.transport.rate_limit import Closing
from mappings.imports import large
from syncs import queue, sums
from syncs.balance import refresh as refresh_balance
from syncs.catalogue import telling
from syncs.closing.follow import both_sides, count_again
from syncs.cutover import shadow
from syncs.ingest import inbox, polling, retention, schedule, subscriptions, turns
from syncs.models import Delivery, FlowSettings, Record, Run, State
from syncs.morning import blocks, mail, trend
from syncs.pipelines import engine
from syncs.reconciliation import alerts, night
from syncs.reconciliation.alerts import close_alert, open_alert
from syncs.registry import label_of
from syncs.worklist import ended

log = logging.getLogger(__name__)

LET_GO = 1000  # documents that one task makes due once their shadow mode is over
NAMED = {"reference": "master data", "renew": "subscriptions", "balance": "reconciliation"}
WORD = {
    "poll": "poll", "reconcile": "comparison", "reference": "reading", "renew": "renewal",
    "balance": "reading of both sides",
}  # fmt: skip
UNPACK_AGAIN = 5  # patiences, for a delivery that the sweep has asked for already


def run(ids: list[int]) -> int:
    """Carry these records."""
    return engine.run(ids)


def unpack(delivery_id: int) -> None:
    """One stored webhook into records."""
    inbox.unpack(delivery_id)


def poll(settings_id: int, ask: str = "") -> None:
    """What changed since the cursor, for one flow."""
    row = FlowSettings.objects.select_related("integration").get(pk=settings_id)
    guarded(row.integration, row.flow, "poll", polling.poll, ask)


def refresh(integration_id: int, ask: str = "") -> None:
    """The reference tables of one integration."""
    integration = Integration.objects.get(pk=integration_id)
    guarded(integration, "reference", "reference", polling.refresh, ask)


def reconcile(settings_id: int, ask: str = "") -> None:
    """Compare both sides of one flow."""
    row = FlowSettings.objects.select_related("integration").get(pk=settings_id)
    guarded(row.integration, row.flow, "reconcile", polling.reconcile, ask)


def renew(integration_id: int, ask: str = "") -> None:
    """Create, renew and watch the subscriptions of one integration."""
    integration = Integration.objects.get(pk=integration_id)
    guarded(integration, "subscriptions", "renew", subscriptions.keep, ask)


def balance(integration_id: int, ask: str = "") -> None:
    """What both sides of one integration come to, by cell and cause; its months follow."""
    integration = Integration.objects.get(pk=integration_id)
    guarded(integration, refresh_balance.KIND, refresh_balance.KIND, both_sides, ask)


def let_go() -> None:
    """What only shadow mode held, where that is over; in parts, so that others have their turn."""
    if shadow.let_go(LET_GO) == LET_GO:
        queue.ask("let_go")


def tell_anew(wording_id: int) -> None:
    """What a text of another system holds, by what a person said it means."""
    telling.tell_anew(wording_id)


def take_file(file_import_id: int) -> None:
    """Preview or take one large file of mappings."""
    large.take(file_import_id)


def tell(alert_id: int) -> None:
    """Bring one alert to those who want to hear of it."""
    alerts.tell(alert_id)


def digest(mail_id: int) -> None:
    """The digest of the morning to one recipient."""
    mail.tell(mail_id)


def guarded(
    integration: Integration, flow: str, kind: str, work: polling.Work, ask: str = ""
) -> Run:
    """A run that nobody else makes meanwhile. Without an ask it is made whether asked for or not;
    with one only if that ask was not served yet. What was not made is a row that is not saved."""
    with turns.claimed(integration, flow, kind, ask) as ours:
        if ours:
            return made(integration, flow, kind, work)
    return Run(integration=integration, flow=flow, kind=kind, ok=False, sentence=turns.BUSY)


def made(integration: Integration, flow: str, kind: str, work: polling.Work) -> Run:
    """A Run row that ends ok or says why not; failure is an alert, success closes it."""
    started = Run.objects.create(integration=integration, flow=flow, kind=kind)
    key = f"{kind}:{integration.pk}:{flow}"
    named = f"{integration}, {NAMED.get(kind) or label_of(integration, flow)}: the"
    try:
        work(integration, flow, started)
    except Closing as error:
        started.end(False, error.sentence)
        schedule.due_again(integration, flow, kind)
    except (CredentialPaused, Unreachable) as error:
        started.end(False, error.sentence)
        blocks.tell(integration, f"{named} {WORD[kind]} failed. {error.sentence}", key)
    except ConnectorError as error:
        started.end(False, error.sentence)
        open_alert(key, f"{named} {WORD[kind]} failed. {error.sentence}", integration)
    except Exception as error:
        log.exception("%s of %s broke", kind, flow)
        sentence = f"Unexpected: {type(error).__name__}."
        started.end(False, sentence)
        open_alert(key, f"{named} {WORD[kind]} broke. {sentence}", integration)
    else:
        started.end(True, started.sentence)
        close_alert(key)
        blocks.over(integration)
    return started


def remove_old() -> None:
    """Each day: what is kept for so many days and is older."""
    retention.remove_old()


def sweep() -> None:
    """Each minute: what is due again, in doubt, or lost by the queue or a dead worker."""
    now = timezone.now()
    recover(now)
    journal.settle_forgotten(now)
    end_lost_runs(now)
    patience = now - dt.timedelta(seconds=settings.SWEEP_PATIENCE_SECONDS)
    lost = Record.objects.due(now).filter(Q(nudged_at=None) | Q(nudged_at__lt=patience))
    Record.objects.nudge(list(lost.order_by("run_at", "pk").values_list("pk", flat=True)[:500]))
    ask_to_unpack(now, patience)
    turns.nudge_again(now, patience)
    schedule.ask_for_due(now)
    night.ask_for_rests(now)
    schedule.alert_on_silence(now)
    large.ask_again(now)
    let_go()
    ended.answer_ended()
    alerts.tell_again()
    sums.keep_ready()
    count_again()
    blocks.watch(now)
    mail.ask_for_due(now)
    trend.keep(now)


def ask_to_unpack(now: dt.datetime, patience: dt.datetime) -> None:
    """Deliveries that the queue lost, or whose next try is due; each is then left its time."""
    lost = Q(run_at=None, received_at__lt=patience) | Q(run_at__lte=now)
    waiting = Delivery.objects.filter(lost, state=Delivery.State.STORED).order_by("pk")
    due = list(waiting.values_list("pk", flat=True)[:500])
    asked = Delivery.objects.filter(pk__in=due)
    asked.update(run_at=now + UNPACK_AGAIN * (now - patience))
    asked.filter(tries__gt=0, sentence="").update(sentence=inbox.CAME_TO_NO_END)
    for pk in due:
        queue.ask("unpack", pk)


def end_lost_runs(now: dt.datetime) -> None:
    """Runs whose worker died: the queue ends a task after its timeout, so none is still going."""
    longest = dt.timedelta(seconds=2 * settings.Q_CLUSTER["timeout"])
    for run in Run.objects.filter(ended_at=None, started_at__lt=now - longest):
        run.end(False, turns.LOST)


def recover(now: dt.datetime) -> None:
    """Records whose worker died: in doubt when a write had been announced, else pending."""
    for record in Record.objects.lost(now)[:500]:
        began = record.in_doubt_since or record.intent_at
        state = State.IN_DOUBT if began else State.PENDING
        sentence = "Its worker stopped; " + (
            "the ledger is asked first." if began else "it starts again."
        )
        taken = Record.objects.filter(
            pk=record.pk, state=State.RUNNING, claim=record.claim, lease_until=record.lease_until
        ).update(
            state=state, in_doubt_since=began, claim=None, lease_until=None, run_at=None,
            sentence=sentence, nudged_at=None,
        )  # fmt: skip
        if taken:
            record.journal().append("state", f"{state.label}: {sentence}", {"state": state})
