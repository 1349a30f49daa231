"""The addresses of other systems as people type them."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ValidationError

from connections.registry import Field

EXAMPLE = "like https://api.example.com"


def is_address(field: Field) -> bool:
    """True for the fields that name a host."""
    return field.default.startswith(("http:", "https:")) or field.name.endswith(("_url", "_host"))


def clean_address(text: str) -> str:
    """The address without a closing slash. Raises ValidationError in plain words."""
    try:
        parts = urlsplit(text.strip())
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise ValidationError(f"This is not an address; give one {EXAMPLE}.") from None
    refuse_odd_parts(parts, host)
    if parts.scheme == "http" and not is_loopback(host):
        raise ValidationError(
            "Give an address that starts with https://. Plain http would send the secrets "
            "readable; it is accepted only for this computer itself (127.0.0.1)."
        )
    return text.strip().rstrip("/")


def refuse_odd_parts(parts: SplitResult, host: str) -> None:
    if parts.scheme not in ("http", "https") or not host or any(map(str.isspace, parts.netloc)):
        raise ValidationError(f"Give the whole address, {EXAMPLE}.")
    if "@" in parts.netloc:
        raise ValidationError("Leave the user name and password out of the address.")
    if parts.query or parts.fragment:
        raise ValidationError("Leave out what follows ? or # in the address.")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(address: str) -> str:
    """Who receives what is sent there."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()
