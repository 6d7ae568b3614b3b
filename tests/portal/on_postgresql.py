"""Run the portal's tests again on PostgreSQL, or say plainly why not.

Uses COLLECTORY_TEST_POSTGRESQL, or the server at 127.0.0.1:5432 with trust for the user postgres.
"""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

DEFAULT = "postgres://postgres@127.0.0.1:5432/postgres"


def main() -> int:
    """The exit code of pytest; 0 with a message when no server answers."""
    address = os.environ.get("COLLECTORY_TEST_POSTGRESQL", DEFAULT)
    try:
        psycopg.connect(address.replace("postgres://", "postgresql://", 1), connect_timeout=3).close()
    except psycopg.OperationalError as problem:
        print("SKIPPED: the portal's tests on PostgreSQL, because no server answered:", str(problem).strip())
        print("Give one as COLLECTORY_TEST_POSTGRESQL=postgres://user:password@host:5432/postgres to run them.")
        return 1 if "COLLECTORY_TEST_POSTGRESQL" in os.environ else 0
    print("The portal's tests again, on PostgreSQL:", flush=True)
    # Without those that start a service of their own: it has its own SQLite.
    command = [sys.executable, "-m", "pytest", "tests/portal", "-q", "--create-db", "-m", "not own_service"]
    command += ["-n", "2", "--dist", "loadfile"]
    return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
