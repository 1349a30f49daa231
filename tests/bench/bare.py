"""What the webhook is measured against: a view with one insert, and nothing but Django around it.

It reaches its database as the application does: sessions are kept, and looked at before use.
"""

from __future__ import annotations

import os
from pathlib import Path

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from config.database import database_settings

APPLICATION = "tests.bench.bare:application()"
ADDRESS = "/arrive/"
MAKE = "CREATE TABLE bare_arrival (id bigserial PRIMARY KEY, received_at timestamptz, body text)"
KEEP = "INSERT INTO bare_arrival (received_at, body) VALUES (%s, %s)"
COUNT = "SELECT count(*) FROM bare_arrival"


def arrive(request: HttpRequest) -> HttpResponse:
    """One statement, one row."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [timezone.now(), request.body.decode()])
    return HttpResponse("")


urlpatterns = [path(ADDRESS.strip("/") + "/", arrive)]


def application() -> WSGIHandler:
    """For a server of its own."""
    settings.configure(
        SECRET_KEY="signs nothing",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": database_settings(os.environ["DATABASE_URL"], Path())},
    )
    django.setup(set_prefix=False)
    return WSGIHandler()
