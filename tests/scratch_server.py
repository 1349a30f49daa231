"""A PostgreSQL server of one test run: started by its first process, gone at its end."""

import shutil
import tempfile
from pathlib import Path

import psutil

from config import database

PREFIX = "ml-connector-test-"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - Linux keeps these files in memory
ROOM = 8 * 2**30  # bytes that have to be free there
FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 200\n"


def start_scratch_server(owner: int, settings: str = FAST) -> Path:
    """The data folder of a new server, which must not survive the process `owner`."""
    remove_leftovers()
    folder = IN_MEMORY if settings == FAST and has_room() else None
    pgdata = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{owner}-", dir=folder)) / "pgdata"
    database.handle(pgdata).ensure_pgdata_inited()
    with (pgdata / "postgresql.conf").open("a") as options:
        options.write(settings)
    database.start(pgdata)
    return pgdata


def has_room() -> bool:
    """Whether a server may lie in memory, where a database is copied ten times faster."""
    return IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM


def remove_scratch_server(pgdata: Path) -> None:
    database.stop(pgdata)
    shutil.rmtree(pgdata.parent, ignore_errors=True)


def remove_leftovers() -> None:
    """Servers of test runs that were killed."""
    places = {Path(tempfile.gettempdir()), IN_MEMORY}
    for folder in (found for place in places for found in place.glob(f"{PREFIX}*-*")):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            remove_scratch_server(folder / "pgdata")
