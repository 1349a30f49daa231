"""The commands of `manage.py` that are ours, from what they say of themselves."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from config.docs import markdown

INTRODUCTION = (
    "All are called as `.venv/bin/python manage.py …`. An exit status other than 0 means that what "
    "the command is for did not come about. What stands in brackets may be left out."
)


def page() -> str:
    parts = [described(app, name) for name, app in sorted(ours().items())]
    return markdown.page("Commands", markdown.paragraph(INTRODUCTION), *filter(None, parts))


def ours() -> dict[str, str]:
    """Command -> app; neither Django's nor another package's."""
    labels = {app.name for app in apps.get_app_configs() if is_ours(app)}
    return {name: str(app) for name, app in get_commands().items() if app in labels}


def is_ours(app: AppConfig) -> bool:
    return Path(app.path).parent == settings.BASE_DIR


def described(app: str, name: str) -> str:
    """Empty for what other commands call."""
    command = load_command_class(app, name)
    if getattr(command, "internal", False):
        return ""
    parser = command.create_parser("manage.py", name)
    lines = [f"## {name}", markdown.paragraph(command.help)]
    if arguments := list(options(parser)):
        lines.append(markdown.bullets(arguments))
    return "\n\n".join(lines)


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Without those that every command has."""
    common = {action.dest for action in BaseCommand().create_parser("manage.py", "")._actions}
    for action in parser._actions:
        if action.dest not in common:
            yield f"`{spelled(action)}`" + (f": {action.help}" if action.help else "")


def spelled(action: argparse.Action) -> str:
    if not action.option_strings:
        name = str(action.metavar or action.dest.upper())
        return f"[{name} …]" if action.nargs == "*" else name
    value = "" if action.nargs == 0 else f" {action.metavar or choices(action)}"
    return f"[{action.option_strings[-1]}{value}]"


def choices(action: argparse.Action) -> str:
    return "|".join(action.choices) if action.choices else action.dest.upper()
