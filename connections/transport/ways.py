"""How a connection may sign in to a server on the customer's own network."""

from __future__ import annotations

BASIC, WINDOWS, OAUTH, TOKEN = "basic", "windows", "oauth", "token"
