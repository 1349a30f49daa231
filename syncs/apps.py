from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class SyncsConfig(AppConfig):
    name = "syncs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from connections import integrations
        from mappings import releases as hook
        from syncs import releases
        from syncs.flows import LABELS

        post_migrate.connect(keep_schedule, sender=self)
        hook.register(releases)
        for key, label in LABELS.items():
            integrations.register(key, label)


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
