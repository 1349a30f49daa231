"""What the admin's theme asks us."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone


def environment_badge(request: HttpRequest) -> list[str] | None:
    """The coloured word beside the user's name; none in production unless it has a name."""
    if not settings.ENVIRONMENT_NAME:
        return None
    return [settings.ENVIRONMENT_NAME, "success" if settings.PRODUCTION else "warning"]


def stylesheet(request: HttpRequest) -> str:
    """Our own rules beside the theme's."""
    return static("syncs/connector.css")


def script(request: HttpRequest) -> str:
    return static("syncs/names.js")


def working(request: HttpRequest) -> str:
    return static("syncs/working.js")


def favicon(request: HttpRequest) -> str:
    return static("syncs/favicon.svg")


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    """Below the name of who is signed in."""
    own = [{"title": "Digest of the morning", "link": reverse("digest")}]
    if request.user.is_authenticated and request.user.has_usable_password():
        own.append({"title": "Change password", "link": reverse("admin:password_change")})
    return own


def front_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the apps tell, whether a worker works, and every host."""
    from config.process.health import health
    from config.process.hosts import listed
    from syncs.admin.dashboard import dashboard
    from syncs.admin.period_page import due

    worker = health(timezone.now())
    found = {**dashboard(request, context, works=bool(worker.get("worker"))), "worker": worker}
    if request.user.has_perm("syncs.close_period"):
        found |= due()
    if request.user.has_perm("config.view_heartbeat"):
        found["hosts"] = listed(request.user.has_perm("config.delete_heartbeat"))
    return found
