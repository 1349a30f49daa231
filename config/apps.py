from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and let each worker tell that it works."""
        from config import checks, heartbeat  # noqa: F401 - checks register themselves
        from config.process import parent_death

        heartbeat.connect()
        parent_death.tie_forks()
        parent_death.mind_the_end()
