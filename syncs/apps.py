from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save


class SyncsConfig(AppConfig):
    name = "syncs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from audit.journal import RecordJournal
        from mappings import chart
        from mappings import releases as hook
        from mappings.boards import journal
        from mappings.boards import outlook as board_outlook
        from mappings.imports import large
        from syncs import flows, queue  # noqa: F401
        from syncs.ingest import turns
        from syncs.pipelines import outlook
        from syncs.reconciliation import releases

        post_migrate.connect(keep_schedule, sender=self)
        post_migrate.connect(complete_all, sender=self)
        post_save.connect(complete, sender="connections.Integration")
        hook.register(releases)
        journal.register(lambda key, actor: RecordJournal(key, "", None, actor))
        board_outlook.register(outlook.of_board)
        large.register(lambda pk: queue.ask("take_file", pk))
        chart.register(lambda integration: turns.ask(integration, "reference", "reference"))


def complete(instance: Any, **kwargs: Any) -> None:
    """A new integration has a row of settings for each of its flows at once.

    In shadow mode: finance sees every entry that would be posted before the first one is.
    """
    from syncs.models import FlowSettings
    from syncs.registry import REGISTRY

    flows = REGISTRY.get(instance.key, {}).values()
    rows = [
        FlowSettings(
            integration=instance, flow=flow.name, shadow=True,
            booking=flow.bookings[0] if flow.bookings else "", executed_only=flow.executed_only,
        )
        for flow in flows
    ]  # fmt: skip
    FlowSettings.objects.bulk_create(rows, ignore_conflicts=True)


def complete_all(**kwargs: Any) -> None:
    """A flow that a new version brings starts in shadow mode, too."""
    from connections.models import Integration

    for integration in Integration.objects.using(kwargs["using"]):
        complete(integration)


def keep_schedule(**kwargs: Any) -> None:
    """The queue's schedules; finance's are rows of ours that the sweep looks at."""
    from django_q.models import Schedule

    schedules = Schedule.objects.using(kwargs["using"])
    often = {"schedule_type": Schedule.MINUTES, "minutes": 1}
    daily = {"schedule_type": Schedule.DAILY}
    for task, how in (("sweep", often), ("remove_old", daily)):
        values = {"func": f"syncs.tasks.{task}", "repeats": -1, "args": "", "kwargs": "", **how}
        schedules.update_or_create(name=task, defaults=values)
