"""Start a PostgreSQL and a pgbouncer in transaction mode before it, run a command through the pool, and stop both.

    python scripts/with_pool.py COMMAND [ARGUMENT ...]

DATABASE_URL leads through the pool, DATABASE_DIRECT_URL past it. pgbouncer comes from PATH (Debian: apt-get install
pgbouncer). Three connections for everybody: what leaves something on one of them meets it on another.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from goodfences.bench.postgres import Server, running
from goodfences.demo.processes import free_port

CONNECTIONS = 3


@contextmanager
def pooled(server: Server) -> Iterator[str]:
    """A pool before the server; yields its DATABASE_URL."""
    program = shutil.which("pgbouncer")
    if program is None:
        sys.exit("There is no pgbouncer on PATH. Debian: apt-get install -y --no-install-recommends pgbouncer")
    port, config = free_port(), server.home / "pgbouncer.ini"
    config.write_text(_config(server, port))
    config.chmod(0o644)
    with subprocess.Popen([*server.prefix, program, "-q", str(config)]):
        _wait(port)
        try:
            yield urlsplit(server.url)._replace(netloc=f"goodfences@127.0.0.1:{port}").geturl()
        finally:
            os.kill(int((server.home / "pgbouncer.pid").read_text()), signal.SIGTERM)


def _config(server: Server, port: int) -> str:
    return f"""[databases]
* = host=127.0.0.1 port={server.port} user=goodfences
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {CONNECTIONS}
max_client_conn = 500
pidfile = {server.home}/pgbouncer.pid
logfile = {server.home}/pgbouncer.log
server_round_robin = 1
server_reset_query =
"""


def _wait(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit("pgbouncer doesn't answer.")


if __name__ == "__main__":
    with running("max_connections=200") as behind, pooled(behind) as url:
        environment = {**os.environ, "DATABASE_URL": url, "DATABASE_DIRECT_URL": behind.url}
        sys.exit(subprocess.call(sys.argv[1:], env=environment))
