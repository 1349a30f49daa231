"""Stand-ins for the vendors, which keep the vendors' rules: `python -m tests.simulators`."""
