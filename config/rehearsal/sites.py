"""What differs at a site from variant to variant, and what its controller does before the start."""

from __future__ import annotations

import re
import urllib.request
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.utils import override_settings

from config.demo import company
from config.rehearsal.control import call
from config.rehearsal.ends import Play
from mappings.models import ChartAccount

CHART = "/mappings/chartaccount/"
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


def prepare(play: dict[str, Any], settle_seconds: int) -> None:
    """Before anything is read. Where the services have no accounts, their file is imported."""
    both = Play.of(play)
    site = both.office.SITES.get(play["variant"])
    if site is None:
        return
    path, said = site.told
    call(both.office_site, path, said)
    play["ready"][play["sides"][1]] |= site.connection
    if site.chart:
        company.join(play["integration"], play["ready"], settle_seconds, play["sides"])
        bring_chart(play)


def bring_chart(play: dict[str, Any]) -> None:
    """Where the ledger's services have no accounts, a file of them as they are now."""
    both = Play.of(play)
    site = both.office.SITES.get(play["variant"])
    if site and site.chart:
        import_chart(f"{both.office_site}/{site.chart}")


UNCOLLECTED = {  # the pages are looked at by nobody
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}


@override_settings(STORAGES={**settings.STORAGES, **UNCOLLECTED})
def import_chart(address: str) -> None:
    """As a person does it: upload, look at the preview, confirm."""
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - a stand-in's
        file = SimpleUploadedFile("accounts.csv", answer.read(), "text/csv")
    controller = Client(headers={"host": "127.0.0.1"})
    controller.force_login(a_controller())
    sent = {"resource": "0", "format": "", "import_file": file}
    preview = controller.post(f"{CHART}import/", sent).content.decode()
    controller.post(f"{CHART}process_import/", dict(HIDDEN.findall(preview)))
    if not ChartAccount.objects.exists():
        raise RuntimeError("The chart of accounts was not imported.")


def a_controller() -> Any:
    users = get_user_model().objects
    return users.filter(username="controller").first() or users.create_superuser("controller")
