"""The HTTP/1.1 listener: keep-alive, one thread per connection, connections that can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from .messages import Headers, Request, Response

Serve = Callable[[Request], Response | None]
MAX_BODY = 64 * 1024 * 1024


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False

    def __init__(self, address: tuple[str, int], serve: Serve) -> None:
        self.serve = serve
        self.connections: set[socket.socket] = set()
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def read_body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_chunks()
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(min(length, MAX_BODY)) if length else b""

    def read_chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def any_method(self) -> None:
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=parts.path,
            query_string=parts.query,
            headers=Headers(dict(self.headers.items())),
            body=self.read_body(),
            client_port=self.client_address[1],
        )
        response = self.server.serve(request)
        if response is None:
            self.cut()
        else:
            self.send(response)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = any_method

    def send(self, response: Response) -> None:
        """Writes head and body at once."""
        content = response.content()
        self.send_response(response.status)
        for name, value in response.fields(len(content)).items():
            self.send_header(name, value)
        if self.command == "HEAD" or response.status in (204, 304):
            content = b""
        self.end_headers()
        if content:
            self.wfile.write(content)

    def cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the simulator keeps its own log."""


class Listener:
    """A running HTTP server."""

    def __init__(self, host: str, port: int, serve: Serve) -> None:
        self.server = _Server((host, port), serve)
        self.host, self.port = host, int(self.server.server_address[1])
        self.thread = threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def url(self, public: str = "") -> str:
        """`public` may hold `{port}`; without it the port is put behind."""
        if not public:
            host = "127.0.0.1" if self.host in ("0.0.0.0", "") else self.host
            return f"http://{host}:{self.port}"
        if "{port}" in public:
            return public.replace("{port}", str(self.port)).rstrip("/")
        return f"{public.rstrip('/')}:{self.port}"

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Stops listening and ends open connections."""
        if not self.thread.is_alive():
            return
        self.server.shutdown()
        self.server.server_close()
        for connection in list(self.server.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.thread.join(2)
