"""Starting and stopping the programs of an instance, together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

STOP_SECONDS = 10.0


class StartFailedError(RuntimeError):
    """A program ended, or did not answer, while it was being started."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether `port` of the loopback interface can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Processes:
    """Child programs, each in a process group of its own, stopped by number and in reverse order."""

    def __init__(self, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = {**os.environ, **environment}
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start `command`; what it prints goes to a file named after it."""
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                list(command),
                env=self._environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                process_group=0,
            )
        self._running[name] = process
        return process

    def wait_for_http(self, name: str, url: str, *, seconds: float = 60.0) -> None:
        """Wait until `url` answers. Raises StartFailedError with the end of the program's log."""
        with httpx.Client(timeout=5) as asking:
            self._wait(name, lambda: asking.get(url).status_code < 500, seconds)

    def wait_for_port(self, name: str, port: int, *, seconds: float = 30.0) -> None:
        """Wait until `port` takes connections. Raises StartFailedError with the end of the program's log."""

        def connects() -> bool:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True

        self._wait(name, connects, seconds)

    def _wait(self, name: str, ready: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._running[name].poll() is not None:
                break
            try:
                if ready():
                    return
            except (OSError, httpx.HTTPError):
                pass
            time.sleep(0.1)
        raise StartFailedError(f"{name} did not start.\n{self.log(name)[-2000:]}")

    def log(self, name: str) -> str:
        """What the program printed so far."""
        return (self._logs / f"{name}.log").read_text(errors="replace")

    def dead(self) -> dict[str, int]:
        """The programs that ended by themselves, by name, with their exit status."""
        polled = {name: process.poll() for name, process in self._running.items()}
        return {name: status for name, status in polled.items() if status is not None}

    def forget(self, name: str) -> None:
        """No longer watch a program that has ended."""
        self._running.pop(name)

    def kill(self, name: str) -> None:
        """End one program and its children at once, without letting it tidy up (kill -9)."""
        process = self._running.pop(name)
        _signal_group(process, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        """Ask one program to end, and insist after ten seconds."""
        process = self._running.pop(name)
        _signal_group(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        _signal_group(process, signal.SIGKILL)
        process.wait()

    def stop_all(self) -> None:
        """Stop what runs, last started first."""
        for name in reversed(list(self._running)):
            self.stop(name)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
