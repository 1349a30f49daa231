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
        from syncs import flows, queue  # noqa: F401
        from syncs.pipelines import outlook
        from syncs.reconciliation import releases

        post_migrate.connect(keep_schedule, sender=self)
        post_migrate.connect(complete_all, sender=self)
        post_save.connect(complete, sender="connections.Integration")
        hook.register(releases)
        journal.register(lambda key, actor: RecordJournal(key, "", None, actor))
        board_outlook.register(outlook.of_board)
        chart.register(lambda integration: queue.ask("refresh", integration))


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
    """The one schedule of the queue; finance's schedules are rows of ours that it looks at."""
    from django_q.models import Schedule

    Schedule.objects.using(kwargs["using"]).update_or_create(
        name="sweep",
        defaults={
            "func": "syncs.tasks.sweep",
            "schedule_type": Schedule.MINUTES,
            "minutes": 1,
            "repeats": -1,
            "args": "",
            "kwargs": "",
        },
    )
