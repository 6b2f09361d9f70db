"""A vault of its own for each test, and a real S3 server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

KEY, SECRET = "test-key", "test-secret"


@pytest.fixture(autouse=True)
def vault_folders(tmp_path: Path, settings: Any) -> Path:
    """Keys under `keys/`, blobs under `blobs/` of a folder that is thrown away."""
    settings.KEYS = tmp_path / "keys"
    settings.BLOBS = str(tmp_path / "blobs")
    return tmp_path


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of rclone's S3 server over a folder that is thrown away."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("s3")
    command = [
        *(str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder)),
        *("--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}", "--config", os.devnull),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("rclone's S3 server didn't start.")


@pytest.fixture
def s3_bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> str:
    """`settings.BLOBS` points to an empty bucket; the answer is its name."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = tmp_path.name.replace("_", "-").lower()[:60].strip("-")
    boto3.client("s3").create_bucket(Bucket=bucket)
    settings.BLOBS = f"s3://{bucket}/footage"
    return bucket
