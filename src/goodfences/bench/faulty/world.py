"""The instance of `goodfences bench faults`: its programs, and what can be done to them from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from goodfences import cli
from goodfences.bench import postgres
from goodfences.bench.faulty.hub_at_home import HubAtHome
from goodfences.bench.faulty.line import Line, line_to
from goodfences.bench.runner import CannotMeasure
from goodfences.bench.s3_servers import S3Server
from goodfences.demo.processes import Processes, free_port

HOMES = 20
"""Asked in each round; the policy's floor of homes is below."""
SMALL_DISK = 256 * 1024 * 1024
DATABASES = ("sqlite", "postgresql", "ha")


class Database(Protocol):
    """A server of its own. SQLite is none: it dies with whoever uses it."""

    url: str

    def kill(self) -> None:
        """As when its machine loses power."""

    def start(self) -> None:
        """Once more, over the same data; returns when it takes writes."""


@runtime_checkable
class Survived(Database, Protocol):
    """One that goes on elsewhere when its machine is lost."""

    def fall_silent(self) -> None:
        """As when its machine is cut off: nothing answers, and no connection is closed."""


class World:
    """Pages, worker and mail server of an instance, the hub of a home, and what they stand on."""

    def __init__(self, folder: Path, state: Path, store: S3Server | None, line: Line | None) -> None:
        self.folder, self.state, self.store, self.line = folder, state, store, line
        self.database: Database | None = None
        self.has_small_disk = state.stat().st_dev != folder.stat().st_dev
        self.port, self.mail_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.clock = folder / "clock"
        self.hub = HubAtHome(folder / "hub")
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "goodfences.settings",
            "DATABASE_URL": "",
            "GOODFENCES_STATE": str(state),
            "GOODFENCES_URL": self.url,
            "GOODFENCES_SMTP_HOST": "127.0.0.1",
            "GOODFENCES_SMTP_PORT": str(self.mail_port),
            "GOODFENCES_DEMO": "0",
            "GOODFENCES_LOG": "ERROR",
            "GOODFENCES_NOTICE_DAYS": "0",
            "GOODFENCES_POLICY": str(_patient_policy(folder)),
            "GOODFENCES_BENCH_CLOCK": str(self.clock),
        }
        if store is not None and line is not None:
            self.environment |= {
                **store.environment,
                "AWS_ENDPOINT_URL": line.url,
                "GOODFENCES_BLOBS": "s3://bench/x",
            }
        self.built: dict[str, Any] = {}
        self.act: Callable[[], object] = lambda: None
        """Something small that somebody does again until it is acknowledged; whoever uses the instance says what."""
        self.outages: dict[str, list[float]] = {}
        """By fault: seconds from each death of the database until an act that began after it was acknowledged."""

    @contextmanager
    def out_since(self, died_at: float, fault: str) -> Iterator[None]:
        """While the block mends what died at `died_at` (monotonic), somebody tries until the act is acknowledged."""

        def acknowledged() -> float:
            self.act()
            return time.monotonic() - died_at

        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(acknowledged)
            yield
            self.outages.setdefault(fault, []).append(job.result())

    def stand_on(self, database: Database) -> None:
        self.database = database
        self.environment["DATABASE_URL"] = database.url

    def start(self, rounds: int) -> None:
        self.processes = Processes(self.environment, self.folder / "logs")
        subprocess.run([sys.executable, "-m", "goodfences.cli", "migrate"], env=self._all(), check=True)
        self.built = self.look("build", str(rounds), str(HOMES))
        self.start_mail()
        self.start_web()
        self.start_worker()
        self.hub.pair(self.url, self.look("pairing_code"))
        self.start_hub()

    def start_web(self) -> None:
        command = cli.serve_command("127.0.0.1", self.port)
        self.processes.start("web", [*command[:-1], "goodfences.bench.faulty.jumping:application"])
        self.processes.wait_for_http("web", f"{self.url}/promises/", seconds=120)

    def start_worker(self) -> None:
        self.processes.start("worker", [sys.executable, "-m", "goodfences.bench.faulty.jumping", "worker"])

    def start_mail(self) -> None:
        self.processes.start("mail", [sys.executable, "-m", "goodfences.demo.catcher", str(self.mail_port)])
        self.processes.wait_for_port("mail", self.mail_port)

    def start_hub(self) -> None:
        self.processes.start("hub", self.hub.command("run"))

    def stop(self) -> None:
        if hasattr(self, "processes"):
            self.processes.stop_all()

    def look(self, command: str, *arguments: str) -> Any:
        """What `faulty.town` prints."""
        run = [sys.executable, "-m", "goodfences.bench.faulty.town", command, *arguments]
        done = subprocess.run(run, env=self._all(), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{command} failed:\n{done.stderr[-3000:]}")
        return json.loads(done.stdout)

    def _all(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def mails(self) -> list[EmailMessage]:
        files = sorted((self.state / "mailbox" / "new").glob("*"))
        return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def ref_of(mail: EmailMessage) -> str:
    """Of the message in the outbox."""
    return str(mail["Message-ID"]).strip("<>").partition("@")[0]


@contextmanager
def world(store: str, database: str, *, lossy: bool = False) -> Iterator[World]:
    """Everything that the instance stands on, started; the instance itself isn't yet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="goodfences-bench-")))
        state = folder / "state"
        state.mkdir()
        stack.enter_context(_small_disk(state))
        server = line = None
        if store != "folder":
            objects = folder / "store"
            objects.mkdir()
            server = S3Server(store, objects)
            server.start()
            stack.callback(server.stop)
            server.make_bucket("bench")
            line = stack.enter_context(line_to(server.url))
        made = World(folder, state, server, line)
        if database == "postgresql":
            made.stand_on(stack.enter_context(_postgresql()))
        elif database == "ha":
            made.stand_on(stack.enter_context(_pair(synchronous=not lossy)))
        stack.callback(made.stop)
        yield made


@contextmanager
def _postgresql() -> Iterator[Database]:
    try:
        with postgres.running() as server:
            yield _Alone(server)
    except postgres.NoServer as reason:
        raise CannotMeasure(str(reason)) from None


class _Alone:
    """One server. Nothing that a killed process wrote is lost with it, so that it needn't wait for its disk."""

    def __init__(self, server: postgres.Server) -> None:
        self._server, self.url = server, server.url

    def kill(self) -> None:
        self._server.kill()

    def start(self) -> None:
        postgres.start(self._server, "fsync=off")


@contextmanager
def _pair(*, synchronous: bool) -> Iterator[Database]:
    """Two of them under Patroni, as `deploy/ha` sets them up."""
    try:
        from deploy.ha.cluster import cluster
    except ImportError:
        message = "--database ha needs a checkout: run it in its folder, with PYTHONPATH=. and requirements/dev.txt."
        raise CannotMeasure(message) from None
    with cluster(synchronous=synchronous) as running:
        yield _Pair(running)


class _Pair:
    """The primary is killed, and starts again as the one that follows."""

    def __init__(self, cluster: Any) -> None:
        self._cluster, self.url = cluster, cluster.url
        self._lost: Any = None

    def kill(self) -> None:
        self._lost = self._cluster.primary()
        self._lost.kill()

    def fall_silent(self) -> None:
        self._lost = self._cluster.primary()
        self._lost.fall_silent()

    def start(self) -> None:
        self._cluster.wait(self._cluster.primary, "another primary", 120)
        if self._lost.process is not None:
            self._lost.kill()
        self._lost.start()
        self._cluster.wait(self._cluster.is_whole, "a node that follows it", 120)


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own at `folder`, where this user may mount one: it can be filled without harm."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "goodfences-bench", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        yield
        return
    try:
        yield
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _patient_policy(folder: Path) -> Path:
    """The policy, with room for as many open requests as there are rounds."""
    from goodfences import policy

    text = (Path(policy.__file__).parent / "policy.toml").read_text()
    text = re.sub(r'(\[rules\."agency\.open"\][^\[]*?\nlimit = )\d+', r"\g<1>100000", text)
    path = folder / "policy.toml"
    path.write_text(text)
    return path


def until(act: Callable[[], Any], seconds: float = 240) -> Any:
    """What `act` returns, once that is success: people and devices try again."""
    import httpx

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if told := act():
                return told
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise CannotMeasure(f"The instance didn't come back to work within {seconds:.0f} s.")
