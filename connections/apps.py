from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "connections"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Fill the registry of vendors and register the system checks."""
        from connections import checks, vendors  # noqa: F401
