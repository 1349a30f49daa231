"""Who is calling: the client's own address, also behind proxies that we were told of."""

from __future__ import annotations

import ipaddress
import re

from django.conf import settings
from django.http import HttpRequest

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
WITH_PORT = re.compile(r"\[(?P<six>[^\]]*)\](?::\d+)?|(?P<four>[\d.]+):\d+", re.ASCII)


def client_address(request: HttpRequest) -> IP | None:
    """The nearest of PROXY_COUNT proxies writes the last address of X-Forwarded-For, each further
    one that before it; what stands before those anybody may have written. A header that is shorter
    or is no address did not come that way: then it is who is connected."""
    count = settings.PROXY_COUNT
    told = request.headers.get("X-Forwarded-For", "").split(",")
    found = ip_of(told[-count]) if 0 < count <= len(told) else None
    return found or ip_of(request.META.get("REMOTE_ADDR") or "")


def ip_of(text: str) -> IP | None:
    """Without a port, a zone, or the shell of an IPv4 address in IPv6. None where it is none."""
    text = text.strip()
    if found := WITH_PORT.fullmatch(text):
        text = found["six"] or found["four"]
    try:
        ip = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip
