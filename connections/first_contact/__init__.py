"""The day on which a real system is met: what it says of itself against what we rely on."""
