"""What the admin's theme asks us."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone


def environment_badge(request: HttpRequest) -> list[str] | None:
    """The coloured word beside the user's name; none in production unless it has a name."""
    if not settings.ENVIRONMENT_NAME:
        return None
    return [settings.ENVIRONMENT_NAME, "success" if settings.PRODUCTION else "warning"]


def stylesheet(request: HttpRequest) -> str:
    """Our own rules beside the theme's."""
    return static("syncs/connector.css")


def favicon(request: HttpRequest) -> str:
    return static("syncs/favicon.svg")


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the apps tell, and whether a worker works."""
    from config.process.health import health
    from syncs.admin.dashboard import dashboard

    return {**dashboard(request, context), "worker": health(timezone.now())}
