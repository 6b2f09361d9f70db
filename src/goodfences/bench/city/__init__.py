"""`goodfences bench city`: an evening of a large instance, and what gives way first.

A real instance (PostgreSQL, `goodfences serve --workers`, `goodfences worker`) is filled in bulk and then used by
nobody but this program, which speaks HTTP and takes mail over SMTP: devices upload as fast as they are answered, then
agencies open requests at once, then a neighborhood talks about it, and the uploads never stop.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cameras", type=int, default=100_000, help="default 100,000")
    parser.add_argument("--clips", type=int, default=2_000_000, help="in the index (default 2 million)")
    parser.add_argument("--agencies", type=int, default=40, help="default 40")
    parser.add_argument("--seconds", type=int, default=60, help="of each of the three phases (default 60)")
    parser.add_argument("--devices", type=int, default=8, help="that upload side by side (default 8)")
    parser.add_argument("--megabytes", type=float, default=1.0, help="of an uploaded clip (default 1)")
    parser.add_argument("--requests", type=int, default=10, help="that are opened in the storm (default 10)")
    parser.add_argument("--readers", type=int, default=8, help="who read the neighborhood's pages (default 8)")
    parser.add_argument("--workers", type=int, default=2, help="processes of the server, as in `serve` (default 2)")
    parser.add_argument("--folder", help="where to put everything, 1 GB for a million clips (default: temporary)")


@register("city", help="an evening of a large instance on PostgreSQL, and what gives way first", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`busiest_limit`: how much of the limit that is reached first was in use, of 1."""
    from goodfences.bench import postgres

    try:
        with _instance(options) as instance:
            return _evening(instance, options)
    except postgres.NoServer as error:
        raise CannotMeasure(str(error)) from error


class _Instance:
    """The programs, by what each of them is for the rows."""

    def __init__(self, state: Path, server: Any, sink: Any) -> None:
        from goodfences.demo.processes import Processes, free_port

        self.server, self.sink, self.state = server, sink, state
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "goodfences.settings",
            "DATABASE_URL": server.url,
            "GOODFENCES_STATE": str(state),
            "GOODFENCES_URL": self.url,
            "GOODFENCES_SMTP_PORT": str(sink.port),
            "GOODFENCES_QUOTA_BYTES": str(2**50),
            "GOODFENCES_NOTICE_DAYS": "0",
            "GOODFENCES_DEMO": "0",
            "GOODFENCES_LOG": "ERROR",
        }
        self.processes = Processes(self.environment, state / "logs")
        self.built: dict[str, Any] = {}

    def fill(self, *numbers: int) -> Any:
        """Run the filling in the instance's environment, as nobody fills one over HTTP in an hour."""
        command = [sys.executable, "-m", "goodfences.bench.city.filling", *map(str, numbers)]
        done = subprocess.run(command, env={**os.environ, **self.environment}, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            raise CannotMeasure("The instance couldn't be filled.")
        return json.loads(done.stdout)

    def start(self, workers: int) -> dict[str, int]:
        """The programs' process numbers, by name."""
        from goodfences import cli

        web = self.processes.start("web", cli.serve_command("127.0.0.1", self.port, workers))
        self.processes.wait_for_http("web", f"{self.url}/readyz", seconds=180)
        worker = self.processes.start("worker", [sys.executable, "-m", "goodfences.cli", "worker"])
        postmaster = int((self.server.data / "postmaster.pid").read_text().split()[0])
        return {"web": web.pid, "worker": worker.pid, "postgresql": postmaster, "crowd": os.getpid()}


@contextmanager
def _instance(options: argparse.Namespace) -> Iterator[_Instance]:
    from goodfences.bench import postgres
    from goodfences.bench.sink import sink

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="goodfences-bench-", dir=options.folder)))
        folder.chmod(0o711)  # PostgreSQL's own account passes through
        tuned = ("shared_buffers=1GB", "max_wal_size=4GB", "max_connections=300", "maintenance_work_mem=512MB")
        server = stack.enter_context(postgres.running(*tuned, durable=True, parent=str(folder)))
        state = folder / "state"
        state.mkdir(mode=0o700)
        instance = _Instance(state, server, stack.enter_context(sink()))
        began = time.monotonic()
        instance.built = instance.fill(options.cameras, options.clips, options.agencies, options.requests)
        instance.built["filling_s"] = round(time.monotonic() - began)
        progress(f"{options.clips:,} clips of {options.cameras:,} cameras after {instance.built['filling_s']} s")
        stack.callback(instance.processes.stop_all)
        yield instance


def _evening(instance: _Instance, options: argparse.Namespace) -> Outcome:
    from goodfences.bench.city.crowd import Crowd
    from goodfences.bench.city.watching import Watching, on_disk

    programs = instance.start(options.workers)
    crowd = Crowd(instance.url, instance.built, instance.sink, options)
    phases = {
        "uploads": [crowd.devices],
        "and requests": [crowd.devices, crowd.agencies],
        "and the feed": [crowd.devices, crowd.neighbors],
    }
    rows: list[Row] = [_filled(instance, options)]
    busiest: list[tuple[float, str, str]] = []
    for phase, people in phases.items():
        progress(f"{phase}: {options.seconds} s")
        with Watching(programs) as watching:
            done = crowd.at_work(people, options.seconds)
        rows += [{"phase": phase, **row} for row in done]
        rows += [{"phase": phase, **row} for row in watching.rows()]
        busiest += [(share, limit, phase) for limit, share in watching.limits().items()]
    if not crowd.uploaded:
        raise CannotMeasure(f"Nothing was uploaded. The server's last words: {instance.processes.log('web')[-1000:]}")
    rows.append({"what": "on disk", **on_disk(instance.server.url, instance.state)})
    share, limit, phase = max(busiest)
    rows.append({"what": "reached first", "limit": limit, "phase": phase, "in_use": round(share, 2)})
    return Outcome(rows, {"busiest_limit": share}, {"postgresql": instance.built["postgresql"]})


def _filled(instance: _Instance, options: argparse.Namespace) -> Row:
    held = {name: instance.built[name] for name in ("cameras", "homes", "clips", "agencies", "filling_s")}
    return {"what": f"filled; serve --workers {options.workers}, one worker", **held}
