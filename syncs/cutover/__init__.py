"""From the first look to daily work: shadow mode, what it shows, and how it ends."""
