"""`goodfences demo`: one town on SQLite and a folder, with web, worker and a mailbox of its own."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goodfences.demo.cast import ZONE
from goodfences.demo.processes import Processes, StartFailedError, free_port, is_free

WATCH_SECONDS = 1.0
NAME, LOOPBACK = "localhost", "127.0.0.1"


def run(*, port: int, data: str, scenario: bool, reset: bool) -> int:
    """Start the town and stay until Ctrl-C; with `scenario`, play the story and end."""
    home = Path(data).resolve()
    if reset and (refused := empty(data)):
        return refused
    if not is_free(port):
        print(f"Port {port} is taken. Try another one: make demo PORT={port + 1}", file=sys.stderr)
        return 1
    # SIGINT too: a shell lets what it starts in the background ignore it.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _interrupt)
    try:
        with alone(home):
            return _run(home, port, scenario=scenario)
    except (StartFailedError, InUse) as error:
        print(error, file=sys.stderr)
        return 1


def _run(home: Path, port: int, *, scenario: bool) -> int:
    try:
        with running(home, port) as processes:
            return _play(processes, port) if scenario else _stay(processes, port)
    except KeyboardInterrupt:
        return 0
    finally:
        print("Stopped. The town keeps its data; `make demo-reset` empties it.")


class InUse(RuntimeError):
    """The town in this folder is running."""


def empty(data: str) -> int:
    """Delete the town's folder, unless the town is running; 0 once it is gone."""
    home = Path(data).resolve()
    try:
        with alone(home):
            shutil.rmtree(home)
    except InUse as error:
        print(error, file=sys.stderr)
        return 1
    return 0


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Nobody else runs or empties the town in the folder `home` meanwhile. Raises InUse."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "running.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InUse(f"The town in {home} is running. Stop it first, by Ctrl-C where it was started.") from None
        yield


@contextmanager
def running(home: Path, port: int) -> Iterator[Processes]:
    """The town in the folder `home`, its pages on `port`; everything is stopped at the end of the block.

    Makes this process's Django look at the town, so that it can happen once a process. Raises StartFailedError.
    """
    environment = _environment(home, port)
    os.environ.update(environment)
    processes = Processes(environment, home / "logs")
    try:
        _start(processes, port)
        yield processes
    finally:
        processes.stop_all()


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def address(port: int) -> str:
    """The town's address: by name, since browsers keep passkeys for names alone; in figures where the name leads
    elsewhere, be it to another program that listens at IPv6's own loopback.
    """
    try:
        found = {each[4][0] for each in socket.getaddrinfo(NAME, port, type=socket.SOCK_STREAM)}
    except OSError:
        found = set()
    is_here = LOOPBACK in found and not ("::1" in found and _answers("::1", port))
    return f"http://{NAME if is_here else LOOPBACK}:{port}"


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def _environment(home: Path, port: int) -> dict[str, str]:
    home.mkdir(parents=True, exist_ok=True)
    return {
        "GOODFENCES_DEMO": "1",
        "GOODFENCES_STATE": str(home),
        "GOODFENCES_URL": address(port),
        "GOODFENCES_SMTP_PORT": str(free_port()),
        "GOODFENCES_NEWS": str(free_port()),
        "GOODFENCES_HOMES_PER_KM2": "2500",
        "GOODFENCES_NAME": "Goodfences demo town",
        "GOODFENCES_TIME_ZONE": ZONE,
        "DJANGO_SETTINGS_MODULE": "goodfences.settings",
    }


def _start(processes: Processes, port: int) -> None:
    from goodfences import cli

    print("Preparing the database and the public record ...", flush=True)
    goodfences = [sys.executable, "-m", "goodfences.cli"]
    if processes.start("migrate", [*goodfences, "migrate"]).wait() != 0:
        raise StartFailedError(f"The database could not be prepared.\n{processes.log('migrate')[-2000:]}")
    processes.forget("migrate")
    smtp_port = int(os.environ["GOODFENCES_SMTP_PORT"])
    processes.start("mailbox", [sys.executable, "-m", "goodfences.demo.catcher", str(smtp_port)])
    processes.wait_for_port("mailbox", smtp_port)
    processes.start("web", cli.serve_command(LOOPBACK, port))
    processes.wait_for_http("web", f"http://{LOOPBACK}:{port}/promises/")
    processes.start("live", cli.live_command(LOOPBACK, int(os.environ["GOODFENCES_NEWS"])))
    processes.start("worker", [*goodfences, "worker"])
    print("Settling the town ...", flush=True)
    import django

    django.setup()
    from goodfences.demo import hub, town

    town.settle()
    processes.start("cameras", [*goodfences, "manage", "record"])
    hub.settle()
    processes.start("hub", hub.command("run"))


def _stay(processes: Processes, port: int) -> int:
    from goodfences.demo import hub
    from goodfences.demo.cast import PEOPLE

    url = address(port)
    print(f"\n  The demo town is open:  {url}/demo/\n")
    print("  Sign in with one click there, or by an emailed code as:")
    for person in PEOPLE:
        print(f"    {person.email:<26} {person.name}")
    print(f"\n  Its mailbox:            {url}/demo/mail/")
    print(f"  The officers' codes:    {url}/demo/telephones/")
    print(f"  The public record:      {url}/record/")
    print(f"  Olive's hub at home:    {hub.page()}")
    print("\n  Cameras go on uploading video for about a minute. Ctrl-C stops everything.\n", flush=True)
    while True:
        time.sleep(WATCH_SECONDS)
        check_on(processes)


def check_on(processes: Processes) -> None:
    """Raises StartFailedError where a program has ended that should not have."""
    for name, status in processes.dead().items():
        if (name, status) != ("cameras", 0):
            raise StartFailedError(f"{name} ended by itself.\n{processes.log(name)[-2000:]}")
        processes.forget(name)


def _play(processes: Processes, port: int) -> int:
    from goodfences.demo import scenario

    status = scenario.play(lambda: check_on(processes))
    if not sys.stdin.isatty():
        return status
    print("\n  The town stays open, so that every link above can be looked at.")
    return _stay(processes, port) or status
