"""What the workers do. Arguments are ids; each looks up, calls, ends. All are safe to run twice."""

from __future__ import annotations

import datetime as dt
import logging

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from connections.errors import ConnectorError, CredentialPaused
from connections.models import Integration
from connections.transport.rate_limit import Closing
from syncs import queue
from syncs.ingest import inbox, polling, schedule, subscriptions
from syncs.models import Delivery, FlowSettings, Record, Run, State
from syncs.pipelines import engine
from syncs.reconciliation import alerts
from syncs.reconciliation.alerts import close_alert, open_alert

log = logging.getLogger(__name__)

UNPACK_AGAIN = dt.timedelta(minutes=5)  # a delivery that was asked for, and is not unpacked still


def run(ids: list[int]) -> int:
    """Carry these records."""
    return engine.run(ids)


def unpack(delivery_id: int) -> None:
    """One stored webhook into records."""
    inbox.unpack(delivery_id)


def poll(settings_id: int) -> None:
    """What changed since the cursor, for one flow."""
    row = FlowSettings.objects.select_related("integration").get(pk=settings_id)
    guarded(row.integration, row.flow, "poll", polling.poll)


def refresh(integration_id: int) -> None:
    """The reference tables of one integration."""
    guarded(Integration.objects.get(pk=integration_id), "reference", "reference", polling.refresh)


def reconcile(settings_id: int) -> None:
    """Compare both sides of one flow."""
    row = FlowSettings.objects.select_related("integration").get(pk=settings_id)
    guarded(row.integration, row.flow, "reconcile", polling.reconcile)


def renew(integration_id: int) -> None:
    """Create, renew and watch the subscriptions of one integration."""
    guarded(
        Integration.objects.get(pk=integration_id), "subscriptions", "renew", subscriptions.keep
    )


def tell(alert_id: int) -> None:
    """Bring one alert to those who want to hear of it."""
    alerts.tell(alert_id)


def guarded(integration: Integration, flow: str, kind: str, work: polling.Work) -> Run:
    """A Run row that ends ok or says why not; failure is an alert, success closes it."""
    started = Run.objects.create(integration=integration, flow=flow, kind=kind)
    key = f"{kind}:{integration.pk}:{flow}"
    try:
        work(integration, flow, started)
    except Closing as error:
        started.end(False, error.sentence)
        schedule.due_again(integration, flow, kind)
    except CredentialPaused as error:
        started.end(False, error.sentence)
        open_alert(f"sign-in:{integration.pk}", error.sentence, integration)
    except ConnectorError as error:
        started.end(False, error.sentence)
        open_alert(key, f"{integration}, {flow}: {kind} failed. {error.sentence}", integration)
    except Exception as error:
        log.exception("%s of %s broke", kind, flow)
        sentence = f"Unexpected: {type(error).__name__}."
        started.end(False, sentence)
        open_alert(key, f"{integration}, {flow}: {kind} broke. {sentence}", integration)
    else:
        started.end(True, started.sentence)
        close_alert(key)
        close_alert(f"sign-in:{integration.pk}")
    return started


def sweep() -> None:
    """Each minute: what is due again, in doubt, or lost by the queue or a dead worker."""
    now = timezone.now()
    recover(now)
    end_lost_runs(now)
    patience = now - dt.timedelta(seconds=settings.SWEEP_PATIENCE_SECONDS)
    lost = Record.objects.due(now).filter(Q(nudged_at=None) | Q(nudged_at__lt=patience))
    Record.objects.nudge(list(lost.order_by("run_at", "pk").values_list("pk", flat=True)[:500]))
    ask_to_unpack(now, patience)
    schedule.ask_for_due(now)
    schedule.alert_on_silence(now)
    alerts.tell_again()


def ask_to_unpack(now: dt.datetime, patience: dt.datetime) -> None:
    """Deliveries that the queue lost, or whose next try is due; each is then left its time."""
    lost = Q(run_at=None, received_at__lt=patience) | Q(run_at__lte=now)
    waiting = Delivery.objects.filter(lost, state=Delivery.State.STORED).order_by("pk")
    due = list(waiting.values_list("pk", flat=True)[:500])
    Delivery.objects.filter(pk__in=due).update(run_at=now + UNPACK_AGAIN)
    for pk in due:
        queue.ask("unpack", pk)


def end_lost_runs(now: dt.datetime) -> None:
    """Runs whose worker died: the queue ends a task after its timeout, so none is still going."""
    longest = dt.timedelta(seconds=2 * settings.Q_CLUSTER["timeout"])
    for run in Run.objects.filter(ended_at=None, started_at__lt=now - longest):
        run.end(False, "Its worker stopped before the end.")


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
