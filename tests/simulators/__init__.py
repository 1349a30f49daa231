"""Stand-ins for the vendors: HTTP servers that keep the vendor's rules (`python -m tests.simulators`)."""
