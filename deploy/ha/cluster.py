"""Two PostgreSQL nodes under Patroni on loopback, for trying out and for tests: what docs/database.md sets up on
three machines, with every part a process of this one.

Patroni keeps its agreement in etcd where `etcd` is on PATH, else in its own Raft among the two nodes and a witness.
haproxy leads to the primary where it is on PATH; without it the address names both nodes, and PostgreSQL's client
library finds the one that takes writes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from goodfences.bench.postgres import kill_all, kill_server, programs_of
from goodfences.demo.processes import free_port

PYTHON = str(Path(sys.prefix).resolve() / "bin" / "python")
"""Not by way of links in folders that PostgreSQL's account may not enter."""

TTL = 20
"""Seconds after which a primary that says nothing has lost its place. Patroni takes no fewer."""
LOOP_WAIT = 2
RETRY = 4


_NAMESPACE = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]


def somebody(home: Path) -> tuple[Path, list[str]]:
    """The folder of PostgreSQL's programs, and the prefix that runs Patroni and them as somebody else than root.

    In a user namespace root is another one and still reads what is root's, such as this Python.
    """
    programs, prefix = programs_of(home)
    if prefix and shutil.which("unshare"):
        tried = subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False)
        prefix = prefix if tried.returncode else _NAMESPACE
    return programs, prefix


class Node:
    """One machine: a Patroni, and the PostgreSQL that it looks after."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name
        self.folder = cluster.folder / name
        self.port, self.api, self.raft = free_port(), free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.folder.chmod(0o777)
        config = self.folder / "patroni.yml"
        config.write_text(json.dumps(self._config(), indent=1))  # JSON is YAML
        command = [PYTHON, "-m", "patroni", str(config)]
        self.process = self.cluster.spawn(f"{self.name}/patroni.log", command)

    def kill(self) -> None:
        """As when the machine loses its power: everything on it is gone at once."""
        assert self.process is not None
        kill_all(psutil.Process(self.process.pid))
        kill_server(self.folder / "data")
        self.process.wait()
        self.process = None

    def says(self) -> dict[str, Any]:
        """What this node's Patroni says of itself; nothing where it doesn't answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.api}/patroni", timeout=2) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            return dict(json.load(error))
        except OSError:
            return {}

    def is_primary(self) -> bool:
        said = self.says()
        return said.get("role") == "primary" and said.get("state") == "running"

    def _config(self) -> dict[str, Any]:
        names = {"superuser": "postgres", "replication": "replicator", "rewind": "rewinder"}
        return {
            "scope": "goodfences",
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self.api}", "connect_address": f"127.0.0.1:{self.api}"},
            **self.cluster.agreement(self),
            "bootstrap": {
                "dcs": {
                    "ttl": TTL,
                    "loop_wait": LOOP_WAIT,
                    "retry_timeout": RETRY,
                    # A primary that dies and may start again: the other one takes over at once.
                    "primary_start_timeout": 0,
                    "synchronous_mode": self.cluster.synchronous,
                    "maximum_lag_on_failover": 16 * 1024 * 1024,
                    "postgresql": {"use_pg_rewind": True, "parameters": {"jit": "off", "wal_log_hints": "on"}},
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.port}",
                "data_dir": str(self.folder / "data"),
                "bin_dir": str(self.cluster.programs),
                "pgpass": str(self.folder / "pgpass"),
                "authentication": {
                    kind: {"username": name, "password": "only-on-loopback"} for kind, name in names.items()
                },
                "parameters": {"unix_socket_directories": str(self.folder)},
                "pg_hba": ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"],
            },
        }


class Cluster:
    """`start()`, use `url`, `stop()`."""

    def __init__(self, folder: Path, *, synchronous: bool = True) -> None:
        self.folder, self.synchronous = folder, synchronous
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        self.programs, self._prefix = somebody(folder)
        self.etcd = shutil.which("etcd")
        self.haproxy = shutil.which("haproxy")
        self._etcd_port, self._proxy_port, self._witness = free_port(), free_port(), free_port()
        self.nodes = [Node(self, "one"), Node(self, "two")]
        self._others: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """The DATABASE_URL of whichever node takes writes."""
        if self.haproxy:
            return f"postgres://postgres@127.0.0.1:{self._proxy_port}/postgres"
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        return f"postgres://postgres@{hosts}/postgres?target_session_attrs=read-write"

    def start(self) -> None:
        """Start everything; returns when there is a primary, and the other node follows it."""
        if self.etcd:
            self._others.append(self._start_etcd(self.etcd))
        else:
            self._others.append(self._start_witness())
        for node in self.nodes:
            node.start()
        if self.haproxy:
            self._others.append(self._start_haproxy(self.haproxy))
        self.wait(self.is_whole, "a primary and a node that follows it", 120)

    def primary(self) -> Node | None:
        return next((node for node in self.nodes if node.process and node.is_primary()), None)

    def is_whole(self) -> bool:
        """Whether there is a primary, and the other node follows it."""
        return self.primary() is not None and self._follows()

    def standby(self) -> Node:
        primary = self.primary()
        return next(node for node in self.nodes if node is not primary)

    def wait(self, ready: Any, what: str, seconds: float) -> float:
        """Wait for `ready()`; returns how long it took. Raises TimeoutError with what the nodes say."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if ready():
                return time.monotonic() - began
            time.sleep(0.25)
        said = {node.name: node.says() for node in self.nodes}
        raise TimeoutError(f"{what} didn't come within {seconds:.0f} s: {said}")

    def stop(self) -> None:
        for node in self.nodes:
            if node.process is not None:
                node.kill()
        for process in self._others:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def spawn(self, log: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as file:
            env = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "PATRONI"))}
            # The folder of whoever starts it may be closed to the account that runs it.
            return subprocess.Popen(
                [*self._prefix, *command],
                stdout=file,
                stderr=file,
                cwd=self.folder,
                env={**env, "HOME": str(self.folder)},
            )

    def agreement(self, node: Node) -> dict[str, Any]:
        """Where a node's Patroni agrees with the others on who is primary."""
        if self.etcd:
            return {"etcd3": {"host": f"127.0.0.1:{self._etcd_port}"}}
        return {"raft": self._raft(node.raft, str(node.folder / "raft"))}

    def _raft(self, port: int, folder: str) -> dict[str, Any]:
        ports = [self._witness, *(node.raft for node in self.nodes)]
        partners = [f"127.0.0.1:{other}" for other in ports if other != port]
        return {"data_dir": folder, "self_addr": f"127.0.0.1:{port}", "partner_addrs": partners}

    def _follows(self) -> bool:
        said = self.standby().says()
        wanted = ("streaming", True) if self.synchronous else ("streaming", None)
        return (said.get("replication_state"), said.get("sync_standby")) == wanted

    def _start_etcd(self, etcd: str) -> subprocess.Popen[bytes]:
        client, peer = f"http://127.0.0.1:{self._etcd_port}", f"http://127.0.0.1:{free_port()}"
        command = [etcd, "--data-dir", str(self.folder / "etcd"), "--listen-client-urls", client]
        command += ["--advertise-client-urls", client, "--listen-peer-urls", peer]
        command += ["--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}"]
        return self.spawn("etcd.log", command)

    def _start_witness(self) -> subprocess.Popen[bytes]:
        config = self.folder / "witness.yml"
        config.write_text(json.dumps({"raft": self._raft(self._witness, str(self.folder / "witness"))}))
        program = "from patroni.raft_controller import main; main()"
        return self.spawn("witness.log", [PYTHON, "-c", program, str(config)])

    def _start_haproxy(self, haproxy: str) -> subprocess.Popen[bytes]:
        servers = "\n".join(
            f"  server {node.name} 127.0.0.1:{node.port} check port {node.api}" for node in self.nodes
        )
        template = (Path(__file__).parent / "haproxy.cfg").read_text()
        config = self.folder / "haproxy.cfg"
        config.write_text(template.replace("@PORT@", str(self._proxy_port)).replace("@SERVERS@", servers))
        return self.spawn("haproxy.log", [haproxy, "-db", "-f", str(config)])


@contextmanager
def cluster(*, synchronous: bool = True) -> Iterator[Cluster]:
    """A running cluster in a folder that is thrown away."""
    folder = Path(tempfile.mkdtemp(prefix="goodfences-ha-"))
    made = Cluster(folder, synchronous=synchronous)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)
