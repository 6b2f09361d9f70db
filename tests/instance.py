"""A whole instance as its own programs: web, worker and a mailbox over real sockets, on a state folder of its own.

For tests that kill, restart or browse. Rows are set up by a module run as a program inside the instance's
environment (`Instance.run`), because a test's own Django looks at the test database.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default as modern
from pathlib import Path
from typing import Any

from goodfences import cli
from goodfences.demo.processes import Processes, free_port
from tests.environment import PYTHONPATH
from tests.forks import Forks


class Instance:
    """`start()`, use, `stop()`; `url` is where its pages are."""

    def __init__(self, state: Path, **environment: str) -> None:
        self.state = state
        self.port = free_port()
        self.smtp_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "goodfences.settings",
            "PYTHONPATH": PYTHONPATH,
            "GOODFENCES_STATE": str(state),
            "GOODFENCES_URL": self.url,
            "GOODFENCES_SMTP_PORT": str(self.smtp_port),
            "GOODFENCES_DEMO": "0",
            "GOODFENCES_NOTICE_DAYS": "0",
            **environment,
        }
        self.processes = Processes(self.environment, state / "logs")
        self._forks = Forks(self.environment)

    def start(self) -> None:
        """Make the database and start everything."""
        self.migrate()
        self.start_mailbox()
        self.start_web()
        self.start_worker()

    def migrate(self) -> None:
        self.goodfences("migrate")

    def start_mailbox(self) -> None:
        self.processes.start("mailbox", [sys.executable, "-m", "goodfences.demo.catcher", str(self.smtp_port)])
        self.processes.wait_for_port("mailbox", self.smtp_port)

    def start_web(self) -> None:
        self.processes.start("web", cli.serve_command("127.0.0.1", self.port))
        self.processes.wait_for_http("web", f"{self.url}/promises/")

    def start_worker(self) -> None:
        self.processes.start("worker", [sys.executable, "-m", "goodfences.cli", "worker"])

    def stop(self) -> None:
        self._forks.close()
        self.processes.stop_all()

    def goodfences(self, *arguments: str) -> str:
        """What `goodfences ...` prints."""
        return self._output([sys.executable, "-m", "goodfences.cli", *arguments])

    def run(self, module: str, *arguments: str) -> Any:
        """Run a module as a program in the instance's environment; what it prints is read as JSON."""
        done = self._forks.run(module, *arguments)
        assert done.status == 0, f"{module} {arguments} failed:\n{done.printed}\n{done.complaints}"
        return json.loads(done.printed)

    def _output(self, command: list[str]) -> str:
        done = subprocess.run(command, env={**os.environ, **self.environment}, capture_output=True, text=True)
        assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def mails(self) -> list[EmailMessage]:
        """Every message that arrived, oldest first."""
        files = sorted((self.state / "mailbox" / "new").glob("*"), key=lambda file: file.stat().st_mtime_ns)
        return [_parse(file.read_bytes()) for file in files]


def _parse(raw: bytes) -> EmailMessage:
    message: Message = message_from_bytes(raw, policy=modern)
    assert isinstance(message, EmailMessage)
    return message


def wait_until(ready: Callable[[], Any], what: str, *, seconds: float = 60.0) -> Any:
    """Wait for `ready` to answer something true, and return it; fails naming `what`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen within {seconds:.0f} s")
