"""What the rehearsal asks of the stand-ins: the story, the faults, and what really stands there."""

from __future__ import annotations

import json
import urllib.request
from decimal import Decimal
from typing import Any


def call(control_url: str, path: str, body: Any = None, method: str = "") -> Any:
    """One control request; loopback only. Numbers are exact."""
    if not control_url.startswith(("http://127.0.0.1", "http://localhost")):
        raise ValueError("a stand-in runs on this machine")
    data = None if body is None else json.dumps(body, default=str).encode()
    request = urllib.request.Request(  # noqa: S310
        f"{control_url.rstrip('/')}/{path.lstrip('/')}",
        data=data,
        method=method or ("GET" if data is None else "POST"),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        text = answer.read()
    return json.loads(text, parse_float=Decimal) if text else None
