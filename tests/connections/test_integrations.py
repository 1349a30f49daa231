"""An integration joins two systems that can do what it needs; the admin says what does not fit."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from connections.models import Connection, Integration

pytestmark = pytest.mark.django_db
PAGE = "/connections/integration/"


def made(vendor: str, name: str, **settings: str) -> Connection:
    return Connection.objects.create(vendor=vendor, name=name, settings=settings)


def typed(key: str, project_system: Connection, ledger: Connection, **more: str) -> dict[str, str]:
    systems = {"project_system": str(project_system.pk), "ledger": str(ledger.pk)}
    return {"key": key, "name": "Ours", "active": "on", **systems, **more}


def test_two_systems_that_do_not_fit_are_not_saved(admin_client: Browser) -> None:
    form = typed("gp_procore", made("monday", "Boards"), made("business_central", "Main books"))
    page = admin_client.post(f"{PAGE}add/?key=gp_procore", form).content.decode()
    assert not Integration.objects.exists()
    assert (
        "Dynamics GP → Procore needs Procore as its project system; “Boards” is monday.com, which "
        "does not take commitments and costs" in page
    )
    assert (
        "Dynamics GP → Procore needs Dynamics GP as its ledger; “Main books” is Dynamics 365 "
        "Business Central, which does not let its purchase documents be read" in page
    )
