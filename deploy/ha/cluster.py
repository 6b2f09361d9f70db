"""Two PostgreSQL nodes under Patroni on loopback, for trying out and for tests: what docs/database.md sets up on
three machines, with every part a process of this one.

Patroni keeps its agreement in etcd where `etcd` is on PATH and python-etcd is installed (requirements/etcd.txt), else
in its own Raft. Either has three voters: one on each node, which dies with it, and a witness. haproxy leads to the
primary where it is on PATH; without it the address names both nodes, and PostgreSQL's client library finds the one
that takes writes.
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
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import yaml

from goodfences.bench.postgres import kill_all, kill_server, programs_of
from goodfences.demo.processes import free_port

PYTHON = str(Path(sys.prefix).resolve() / "bin" / "python")
"""Not by way of links in folders that PostgreSQL's account may not enter."""

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


def etcd_program() -> str | None:
    """etcd, where it is and Patroni can talk to it."""
    return shutil.which("etcd") if find_spec("etcd") else None


class Voter:
    """One of three etcds, on a machine of its own or a node's."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name
        self.port, self.peer_port = free_port(), free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def peer(self) -> str:
        return f"http://127.0.0.1:{self.peer_port}"

    def start(self, etcd: str) -> None:
        """Over what it knew before, if anything: then it goes on in the same cluster."""
        client = f"http://127.0.0.1:{self.port}"
        others = ",".join(f"{voter.name}={voter.peer}" for voter in self.cluster.voters)
        command = [etcd, "--name", self.name, "--data-dir", str(self.cluster.folder / f"etcd-{self.name}")]
        command += ["--listen-client-urls", client, "--advertise-client-urls", client]
        command += ["--listen-peer-urls", self.peer, "--initial-advertise-peer-urls", self.peer]
        command += ["--initial-cluster", others, "--initial-cluster-token", "goodfences"]
        self._process = self.cluster.spawn(f"etcd-{self.name}.log", command)

    def processes(self) -> list[psutil.Process]:
        return [] if self._process is None else [psutil.Process(self._process.pid)]

    def kill(self) -> None:
        if self._process is not None:
            kill_all(psutil.Process(self._process.pid))
            self._process.wait()
            self._process = None


class Node:
    """One machine: a Patroni, the PostgreSQL that it looks after, and a voter."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster, self.name = cluster, name
        self.folder = cluster.folder / name
        self.port, self.api, self.raft = free_port(), free_port(), free_port()
        self.voter = Voter(cluster, name)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        if self.cluster.etcd:
            self.voter.start(self.cluster.etcd)
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
        self.voter.kill()

    def fall_silent(self) -> None:
        """As when its power or its network goes: nothing on it answers any more, and no connection is closed."""
        assert self.process is not None
        processes = [psutil.Process(self.process.pid), self.postmaster(), *self.voter.processes()]
        for process in [each for one in processes for each in (one, *one.children(recursive=True))]:
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def postmaster(self) -> psutil.Process:
        return psutil.Process(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]))

    def send_nothing_more(self) -> None:
        """From now until it is killed nothing leaves it: the moment that a network takes, made long."""
        for process in self.postmaster().children():
            if "walsender" in " ".join(process.cmdline()):
                process.suspend()

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
        """That of the docs, on loopback, in folders and by a voter of this cluster's own."""
        config: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "patroni.yml").read_text())
        del config["etcd3"]
        config["bootstrap"]["dcs"]["synchronous_mode"] = self.cluster.synchronous
        config["postgresql"] |= {
            "listen": f"127.0.0.1:{self.port}",
            "connect_address": f"127.0.0.1:{self.port}",
            "data_dir": str(self.folder / "data"),
            "bin_dir": str(self.cluster.programs),
            "pgpass": str(self.folder / "pgpass"),
            "parameters": {"unix_socket_directories": str(self.folder)},
            "pg_hba": ["host all all 127.0.0.1/32 trust", "host replication all 127.0.0.1/32 trust"],
        }
        return config | {
            "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self.api}", "connect_address": f"127.0.0.1:{self.api}"},
            **self.cluster.agreement(self),
        }


class Cluster:
    """`start()`, use `url`, `stop()`."""

    def __init__(self, folder: Path, *, synchronous: bool = True) -> None:
        self.folder, self.synchronous = folder, synchronous
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o777)
        self.programs, self._prefix = somebody(folder)
        self.etcd = etcd_program()
        self.haproxy = shutil.which("haproxy")
        self._proxy_port, self._witness = free_port(), free_port()
        self.nodes = [Node(self, "one"), Node(self, "two")]
        self._third = Voter(self, "witness")
        self.voters = [*(node.voter for node in self.nodes), self._third]
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
            self._third.start(self.etcd)
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
        self._third.kill()
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
            return {"etcd3": {"hosts": [f"127.0.0.1:{voter.port}" for voter in self.voters]}}
        return {"raft": self._raft(node.raft, str(node.folder / "raft"))}

    def _raft(self, port: int, folder: str) -> dict[str, Any]:
        ports = [self._witness, *(node.raft for node in self.nodes)]
        partners = [f"127.0.0.1:{other}" for other in ports if other != port]
        return {"data_dir": folder, "self_addr": f"127.0.0.1:{port}", "partner_addrs": partners}

    def _follows(self) -> bool:
        said = self.standby().says()
        wanted = ("streaming", True) if self.synchronous else ("streaming", None)
        return (said.get("replication_state"), said.get("sync_standby")) == wanted

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
