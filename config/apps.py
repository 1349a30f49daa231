from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks and let each worker tell that it works."""
        from config import checks, heartbeat, lifeline  # noqa: F401 - checks register themselves

        heartbeat.connect()
        lifeline.tie_forks()
        lifeline.mind_the_end()
