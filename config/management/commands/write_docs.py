"""`manage.py write_docs`: the pages of `docs/` that tell what the code says."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.docs import PAGES


class Command(BaseCommand):
    help = "Writes the pages of docs/ that are made from the code; a test fails until it has run."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for path, page in PAGES.items():
            (settings.BASE_DIR / path).write_text(page())
            self.stdout.write(path)
