"""What people find in the morning: what needs them, what moved, when the rest will be through."""
