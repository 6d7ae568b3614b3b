"""`python -m collectory.portal COMMAND`: the portal's management commands."""

from __future__ import annotations

import os
import sys


def main(arguments: list[str] | None = None) -> None:
    """Run one management command (prepare, serve, worker, check …) with the portal's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collectory.portal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(["collectory portal", *(sys.argv[1:] if arguments is None else arguments)])
    except ImproperlyConfigured as wrong:
        sys.exit(f"collectory portal: {wrong}")


if __name__ == "__main__":
    main()
