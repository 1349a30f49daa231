"""While it is in force, nothing but reads leaves this process, whoever asks and by what client.

It stands at the last door before the network, below clients, sessions and handshakes. A POST
passes where it asks for a token, or where the vendor's own rule knows it as a read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

Harmless = Callable[[str, bytes], bool]  # (url, body) of a POST: whether it only reads

READS = ("GET", "HEAD")
TOKEN, GRANT = "/token", b"grant_type"  # RFC 6749: what every sign-in here posts

_in_force: list[Harmless] = []


class WouldWrite(RuntimeError):
    """Something was about to be sent that may write. No client takes this for an answer."""


@contextmanager
def only_reads(harmless: Harmless) -> Iterator[None]:
    """Of this process, in all of its threads."""
    _in_force.append(harmless)
    try:
        yield
    finally:
        _in_force.remove(harmless)


def check(method: str | None, url: str | None, body: bytes | str | None) -> None:
    """Called with everything that leaves. Raises WouldWrite."""
    sent = body.encode() if isinstance(body, str) else body or b""
    for harmless in _in_force:
        if not reads(method or "", url or "", sent, harmless):
            host = urlsplit(url or "").netloc
            raise WouldWrite(f"A {method} to {host} was about to be sent, which may write.")


def reads(method: str, url: str, body: bytes, harmless: Harmless) -> bool:
    if method in READS:
        return not body
    return method == "POST" and (asks_for_a_token(url, body) or harmless(url, body))


def asks_for_a_token(url: str, body: bytes) -> bool:
    return urlsplit(url).path.endswith(TOKEN) and GRANT in body


def nothing(url: str, body: bytes) -> bool:
    """The rule of a vendor whose reads are all GET."""
    return False
