"""Both systems in this process, and a database that each run finds as it was set up."""

from __future__ import annotations

import datetime as dt
import os
import pickle
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.core.cache import cache
from django.db import connections
from psycopg import sql

from tests.proof import clock

SERVER = "postgres"
SELDOM = 24 * 60  # minutes: a run asks for polls itself, by its dice
PROJECTS = ("P-1043", "P-1045")  # that the connector may see: each costs a request a poll
PAPERS = (  # where Procore keeps them
    "direct_costs",
    "direct_cost_lines",
    "purchase_order_contracts",
    "work_order_contracts",
    "contract_lines",
    "requisitions",
    "commitment_change_orders",
    "prime_change_orders",
    "change_order_lines",
)


class World:
    """One integration between its two stand-ins, put back to its first day before each run."""

    def __init__(
        self, key: str, variant: str, pgdata: Path, place: tuple[str, int], label: str
    ) -> None:
        from config.demo import stand_ins

        self.key, self.label, self.pgdata = key, label, pgdata
        self.sides = stand_ins.VARIANTS[key][variant]
        lane, number = place
        self.name, self.empty_one = f"proof_{lane}_{number}", f"proof_{lane}_empty"
        self.template = f"{self.name}_template"
        self.begin()

    # -- set up once ------------------------------------------------------------------------------

    def begin(self) -> None:
        from tests import story
        from tests.simulators.__main__ import arguments, build

        clock.set_ahead(0.0)
        options = arguments([])
        self.simulators = {name: build(name, options).start() for name in self.sides}
        self.ready = {name: one.ready() for name, one in self.simulators.items()}
        self.empty()
        self.fresh_database()
        self.widen()
        company = story.set_up(self.ready, self.key, self.sides)
        from tests.flows import telling
        from tests.proof import sides

        telling.only_what_is_new(company)
        company.integration.flows.update(every_minutes=SELDOM)
        company.integration.flows.filter(flow__in=sides.ONE_WAY.get(self.key, ())).update(
            enabled=False
        )
        self.company = company
        self.projects = PROJECTS
        self.hook = telling.procore_calls(company).pk
        self.today = dt.datetime.now(dt.UTC).date()
        self.kept = {name: self.photograph(name) for name in self.sides}
        office = self.ready[self.sides[1]]["control_url"]
        self.before = {entry.document for entry in sides.READERS[self.key](office).entries}
        connections.close_all()
        self.on_server("CREATE DATABASE {} TEMPLATE {}", self.template, self.name)

    def empty(self) -> None:
        """The company before its first document: a run's own papers are all there is."""
        for one in self.simulators.values():
            if hasattr(one, "table"):
                for name in PAPERS:
                    one.table(name).clear()
                for row in one.table("projects").values():
                    row["permitted"] = row["project_number"] in PROJECTS

    def widen(self) -> None:
        from config.demo.stand_ins import STAND_INS
        from config.rehearsal.control import call
        from tests import story

        for name, facts in self.ready.items():
            vendor = STAND_INS[name].vendor
            if vendor not in story.OWN_LIMITS:
                call(facts["control_url"], "limits", story.WIDE[vendor == "procore"])

    def fresh_database(self) -> None:
        """All tables, without a row. They are made once in a lane."""
        from django.core.management import call_command

        if not self.is_there(self.empty_one):
            self.on_server("CREATE DATABASE {}", self.empty_one)
            self.use(self.empty_one)
            warnings.filterwarnings("ignore", "No directory at")
            call_command("migrate", verbosity=0)
        connections.close_all()
        self.on_server("CREATE DATABASE {} TEMPLATE {}", self.name, self.empty_one)
        self.use(self.name)

    def use(self, name: str) -> None:
        """From now on this process works in this database."""
        from django.conf import settings

        from config.database import database_settings, embedded_url

        connections.close_all()
        os.environ["DATABASE_URL"] = embedded_url(self.pgdata, name)
        found = database_settings(os.environ["DATABASE_URL"], settings.PGDATA)
        settings.DATABASES["default"].update(found)
        connections["default"].settings_dict.update(found)

    def on_server(self, statement: str, *names: str) -> None:
        from config.database import OWNER, ensure_running

        host = str(ensure_running(self.pgdata))
        with psycopg.connect(host=host, user=OWNER, dbname=SERVER, autocommit=True) as server:
            server.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))

    def is_there(self, name: str) -> bool:
        from config.database import OWNER, ensure_running

        host = str(ensure_running(self.pgdata))
        with psycopg.connect(host=host, user=OWNER, dbname=SERVER) as server:
            found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return found.fetchone() is not None

    def photograph(self, name: str) -> bytes:
        with self.simulators[name].lock:
            return pickle.dumps(self.simulators[name].state)

    # -- each run ---------------------------------------------------------------------------------

    @contextmanager
    def a_run(self) -> Iterator[Any]:
        """The company on its first day: stand-ins and database as they were set up."""
        self.use(self.name)
        clock.set_ahead(0.0)
        cache.clear()
        for name, one in self.simulators.items():
            one.faults.clear()
            with one.lock:
                one.state = pickle.loads(self.kept[name])  # noqa: S301
        self.on_server("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)
        self.on_server("CREATE DATABASE {} TEMPLATE {}", self.name, self.template)
        try:
            yield self.company
        finally:
            connections.close_all()

    def play(self, seed: str, options: Any) -> Any:
        from tests.proof.play import play

        return play(self, seed, options)

    def end(self) -> None:
        for one in self.simulators.values():
            one.stop()
