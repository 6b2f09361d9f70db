"""The command `goodfences`."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one command; Django's own management commands are reached as `goodfences manage ...`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodfences.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["goodfences", *sys.argv[2:]] if sys.argv[1:2] == ["manage"] else sys.argv)


if __name__ == "__main__":
    main()
