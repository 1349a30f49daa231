"""A PostgreSQL server of one test run: started by its first process, gone at its end."""

import shutil
import tempfile
from pathlib import Path

import psutil

from config import database

PREFIX = "ml-connector-test-"
FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 200\n"


def start_scratch_server(owner: int, settings: str = FAST) -> Path:
    """The data folder of a new server, which must not survive the process `owner`."""
    remove_leftovers()
    pgdata = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{owner}-")) / "pgdata"
    database.handle(pgdata).ensure_pgdata_inited()
    with (pgdata / "postgresql.conf").open("a") as options:
        options.write(settings)
    database.start(pgdata)
    return pgdata


def remove_scratch_server(pgdata: Path) -> None:
    database.stop(pgdata)
    shutil.rmtree(pgdata.parent, ignore_errors=True)


def remove_leftovers() -> None:
    """Servers of test runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).split("-")[0]
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            remove_scratch_server(folder / "pgdata")
