"""Texts with which other systems refuse and that no rule knows: collected, answered, told."""
