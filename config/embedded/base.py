"""Django's PostgreSQL engine, which starts the embedded server before it connects."""

from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

from config.database import ensure_running


class DatabaseWrapper(base.DatabaseWrapper):
    """HOST is the server's data folder; the socket is looked up at each new connection."""

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        return {**params, "host": str(ensure_running(Path(self.settings_dict["HOST"])))}
