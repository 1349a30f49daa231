"""Windows sign-in: NTLM, plain or inside Negotiate, once for each connection."""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import spnego
from spnego.exceptions import SpnegoError

from tests.simulators.messages import Request, Response

from .access import rejected
from .site import WINDOWS_PASSWORD, WINDOWS_USER

if TYPE_CHECKING:
    from . import NavSimulator

CHALLENGES = {"both": "Negotiate, NTLM", "negotiate": "Negotiate", "ntlm": "NTLM"}
RAW = b"NTLMSSP\0"
STORE_LOCK = threading.Lock()


@dataclass
class Handshake:
    """What one connection has agreed on."""

    connection: socket.socket
    context: Any
    complete: bool = False


@contextlib.contextmanager
def accounts() -> Iterator[None]:
    """The library reads the accounts of an acceptor from a file that the environment names."""
    domain, _, user = WINDOWS_USER.partition("\\")
    text = f"{domain}:{user}:{WINDOWS_PASSWORD}\n"
    text += f":{user}@{domain.lower()}.example:{WINDOWS_PASSWORD}\n"
    with STORE_LOCK, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "accounts"
        file.write_text(text)
        before = os.environ.get("NTLM_USER_FILE")
        os.environ["NTLM_USER_FILE"] = str(file)
        try:
            yield
        finally:
            os.environ.pop("NTLM_USER_FILE")
            if before is not None:
                os.environ["NTLM_USER_FILE"] = before


class Handshakes:
    """By the client's port; a port that another connection got is a stranger."""

    def __init__(self) -> None:
        self.kept: dict[int, Handshake] = {}

    def forget(self) -> None:
        self.kept.clear()

    def check(self, simulator: NavSimulator, request: Request) -> Response | None:
        """One step of the handshake, or None on a connection that is signed in."""
        self._forget_gone(simulator)
        offered = CHALLENGES[simulator.nav["challenge"]]
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        here = self.kept.get(request.client_port)
        if scheme.lower() not in offered.lower().split(", "):
            passed = here is not None and here.complete and not text
            request.note["user"] = WINDOWS_USER
            return None if passed else rejected(offered)
        try:
            token = base64.b64decode(text, validate=True)
        except binascii.Error:
            return rejected(offered)
        return self._step(simulator, request, scheme, token)

    def _step(
        self, simulator: NavSimulator, request: Request, scheme: str, token: bytes
    ) -> Response | None:
        here = self._of(simulator, request.client_port, token)
        if here is None:
            return rejected(CHALLENGES[simulator.nav["challenge"]])
        try:
            with accounts():
                answer = here.context.step(token)
        except (SpnegoError, ValueError, KeyError):
            self.kept.pop(request.client_port, None)
            return rejected(CHALLENGES[simulator.nav["challenge"]])
        more = f"{scheme} {base64.b64encode(answer).decode()}" if answer else ""
        if not here.context.complete:
            return rejected(more)
        here.complete = True
        request.note |= {"user": WINDOWS_USER, "authenticate": more}
        return None

    def _of(self, simulator: NavSimulator, port: int, token: bytes) -> Handshake | None:
        """The handshake that a token goes on with; a first token begins another."""
        here = self.kept.get(port)
        if here is not None and not here.complete:
            return here
        connection = connections(simulator).get(port)
        if connection is None:
            return None
        with accounts():
            context = spnego.server(
                protocol="ntlm" if token.startswith(RAW) else "negotiate",
                options=spnego.NegotiateOptions.use_ntlm
                if token.startswith(RAW) else spnego.NegotiateOptions.use_negotiate,
            )  # fmt: skip
        self.kept[port] = Handshake(connection, context)
        return self.kept[port]

    def _forget_gone(self, simulator: NavSimulator) -> None:
        alive = connections(simulator)
        self.kept = {
            port: one for port, one in self.kept.items() if alive.get(port) is one.connection
        }


def connections(simulator: NavSimulator) -> dict[int, socket.socket]:
    """The open connections by the client's port."""
    found: dict[int, socket.socket] = {}
    listener = simulator.listener
    for connection in list(listener.server.connections) if listener else []:
        with contextlib.suppress(OSError):
            found[connection.getpeername()[1]] = connection
    return found
