"""Settings, addresses, system checks and the supervisor."""
