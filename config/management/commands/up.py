"""`manage.py up`: web and worker under one supervisor, with the demo's stand-ins on request."""

import json
import os
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config import database
from config.process import programs
from config.process.supervisor import Child, Supervisor

SLOWEST_START = 60.0


class Command(BaseCommand):
    help = "Starts web and worker, keeps both running, and ends them cleanly on Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--only", choices=("web", "worker"), help="one of the two")
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"),
                            help="where the web server listens, HOST unless given")  # fmt: skip
        parser.add_argument("--port", type=int, default=settings.PORT, help="PORT unless given")
        parser.add_argument("--simulators", action="store_true", help="also the stand-ins")
        parser.add_argument("--port-base", type=int, help="first port of the stand-ins",
                            default=int(os.environ.get("STAND_INS_PORT", "9100")))  # fmt: skip
        parser.add_argument("--demo", action="store_true", help="set up the demo on the stand-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        """Whatever happens, nothing that was started here goes on after it."""
        with_stand_ins = options["simulators"] or options["demo"]
        if options["only"] != "worker":
            refuse_a_taken_port(options["host"], options["port"], "PORT", 1)
        if with_stand_ins:
            refuse_a_taken_port("127.0.0.1", options["port_base"], "STAND_INS_PORT", 100)
        supervisor = Supervisor()
        supervisor.catch_signals()
        try:
            if with_stand_ins:
                start_stand_ins(supervisor, options["port_base"])
            if options["demo"] and not supervisor.stopping:
                set_up_demo(supervisor)
            self.start_and_run(supervisor, options)
        finally:
            self.stop(supervisor)

    def start_and_run(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        if supervisor.stopping:
            return
        if options["only"] != "web":
            supervisor.add(programs.worker())
        if options["only"] != "worker":
            child = supervisor.add(programs.web(options["host"], options["port"]))
            self.wait_for_web(supervisor, child, options)
        supervisor.run()

    def wait_for_web(self, supervisor: Supervisor, child: Child, options: dict[str, Any]) -> None:
        host, port = options["host"], options["port"]
        if supervisor.wait_until(lambda: answers(host, port), SLOWEST_START, child):
            self.stdout.write(f"\nReady: http://{host}:{port}/   (Ctrl-C ends everything)\n\n")
        elif not supervisor.stopping:
            raise CommandError("The web server did not start; its messages stand above.")

    def stop(self, supervisor: Supervisor) -> None:
        self.stdout.write("\nStopping; tasks that run may finish. Ctrl-C again stops at once.")
        supervisor.stop()
        connections.close_all()
        if database.is_embedded(settings.DATABASES["default"]):
            database.stop_when_idle(settings.PGDATA)
        self.stdout.write("Stopped.")


def refuse_a_taken_port(host: str, port: int, variable: str, step: int) -> None:
    if answers(host, port):
        said = f"Port {port} is in use by another program. Try: {variable}={port + step}"
        raise CommandError(said)


def answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1" if host == "0.0.0.0" else host, port)) == 0  # noqa: S104


def start_stand_ins(supervisor: Supervisor, port_base: int) -> None:
    """Returns when they are ready and ready.json says where they listen."""
    child = supervisor.add(programs.stand_ins(port_base))
    supervisor.wait_until(
        lambda: programs.ready_line(programs.OUTPUT) is not None, SLOWEST_START, child
    )
    found = programs.ready_line(programs.OUTPUT)
    if found is not None:
        programs.READY.write_text(json.dumps(found))
    elif not supervisor.stopping:
        raise CommandError("The stand-ins did not become ready; their messages stand above.")


def set_up_demo(supervisor: Supervisor) -> None:
    """Connections, mappings and schedules of the demo. Safe to call again."""
    if supervisor.run_once(programs.demo()) not in (0, None):
        raise CommandError("The demo could not be set up; the reason stands above.")
