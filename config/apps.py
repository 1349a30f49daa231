from django.apps import AppConfig
from django.contrib import admin


class ConfigConfig(AppConfig):
    name = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the system checks, let each worker tell that it works; mend the theme."""
        from config import (
            checks,  # noqa: F401 - checks register themselves
            heartbeat,
            list_headers,
            reader_links,
        )
        from config.access import scopes, wording
        from config.process import parent_death
        from connections.pages.moments import NOTHING

        admin.site.empty_value_display = NOTHING
        scopes.connect_all()
        heartbeat.connect()
        list_headers.connect()
        reader_links.connect()
        wording.connect()
        parent_death.tie_forks()
        parent_death.mind_the_end()
