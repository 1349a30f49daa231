"""What the admin's theme asks us."""

from django.conf import settings
from django.http import HttpRequest


def environment_badge(request: HttpRequest) -> list[str] | None:
    """The coloured word beside the user's name; none in production unless it has a name."""
    if not settings.ENVIRONMENT_NAME:
        return None
    return [settings.ENVIRONMENT_NAME, "success" if settings.PRODUCTION else "warning"]
