#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

INTERRUPTED = 130  # what a shell says of a program that Ctrl-C ended


def main() -> None:
    """Run the command that the arguments name. Ctrl-C ends it in silence, and leaves no server."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line

        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        from config.database import leave

        leave()
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
