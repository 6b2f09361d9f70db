"""Real S3 servers on the loopback interface, for benches and tests: SeaweedFS, and rclone's over a folder.

Both come as wheels of the development lock. Neither is part of an instance.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from goodfences.bench.runner import CannotMeasure
from goodfences.demo.processes import Processes, free_port

KEY, SECRET = "test-key", "test-secret"
SERVERS = ("rclone", "seaweedfs")
_PROGRAMS = {"rclone": "rclone", "seaweedfs": "weed"}


class S3Server:
    """`start()`, use `url`, `kill()` and `start()` again over the same objects, `stop()`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self._folder = name, folder
        self._processes = Processes({}, folder / "logs")
        self._ports = [free_port() for _ in range(8)]
        self.url = f"http://127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        program = Path(sys.executable).with_name(_PROGRAMS[self.name])
        if not program.exists():
            raise CannotMeasure(f"There is no {program.name} beside {sys.executable}: install requirements/dev.txt.")
        objects = self._folder / "objects"
        objects.mkdir(exist_ok=True)
        self._processes.start(self.name, [str(program), *getattr(self, f"_{self.name}")(objects)])
        self._processes.wait_for_http(self.name, self.url)

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        self._processes.kill(self.name)

    def stop(self) -> None:
        """SeaweedFS ignores SIGTERM, and what either holds is thrown away."""
        if not self._processes.dead():
            self.kill()

    @property
    def environment(self) -> dict[str, str]:
        """What an instance needs in its environment to use it."""
        return {
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def make_bucket(self, name: str) -> None:
        client(self.url).create_bucket(Bucket=name)

    def _rclone(self, objects: Path) -> list[str]:
        return [
            *("serve", "s3", str(objects), "--addr", self.url.removeprefix("http://")),
            *("--auth-key", f"{KEY},{SECRET}", "--config", os.devnull),
        ]

    def _seaweedfs(self, objects: Path) -> list[str]:
        who = {
            "name": "tests",
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        }
        config = self._folder / "s3.json"
        config.write_text(json.dumps({"identities": [who]}))
        names = (
            *("s3.port", "s3.port.grpc", "master.port", "master.port.grpc"),
            *("volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"),
        )
        return [
            "-logtostderr=true",  # or it writes its log where temporary files go
            *("server", f"-dir={objects}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"),
            *(f"-{name}={port}" for name, port in zip(names, self._ports, strict=True)),
            *("-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={config}", "-master.telemetry=false"),
            "-s3.autoCreateBucket=false",
            *("-volume.max=200", "-master.volumeSizeLimitMB=256"),
        ]


def client(url: str) -> Any:
    """boto3's own client of the server at `url`."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )


@contextmanager
def serving(name: str, folder: Path) -> Iterator[S3Server]:
    """The server, started, over an empty folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    server = S3Server(name, folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
