"""A vault of its own for each test, and real S3 servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from goodfences.bench import s3_servers
from goodfences.bench.s3_servers import S3Server
from goodfences.vault import blobs

BUCKET = "footage"


@pytest.fixture(autouse=True)
def vault_folders(tmp_path: Path, settings: Any) -> Path:
    """Keys under `keys/`, blobs under `blobs/` of a folder that is thrown away."""
    settings.KEYS = tmp_path / "keys"
    settings.BLOBS = str(tmp_path / "blobs")
    return tmp_path


@pytest.fixture(scope="session")
def s3_servers_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], S3Server]]:
    """Each server by its name, started when a test first asks for it."""
    running: dict[str, S3Server] = {}
    with ExitStack() as stack:

        def started(name: str) -> S3Server:
            if name not in running:
                running[name] = stack.enter_context(s3_servers.serving(name, tmp_path_factory.mktemp(name)))
                running[name].make_bucket(BUCKET)
            return running[name]

        yield started


@pytest.fixture(params=s3_servers.SERVERS)
def s3_server(request: pytest.FixtureRequest, s3_servers_of: Callable[[str], S3Server]) -> S3Server:
    """One after the other: SeaweedFS, and rclone's."""
    return s3_servers_of(request.param)


@pytest.fixture
def s3_place(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> S3Server:
    """`settings.BLOBS` points to an empty place of `s3_server`."""
    use(s3_server, monkeypatch, settings, tmp_path)
    return s3_server


def use(server: S3Server, monkeypatch: pytest.MonkeyPatch, settings: Any, folder: Path, url: str = "") -> None:
    """Point `settings.BLOBS` to a prefix that `folder` gives its name, at `url` where that isn't the server's own."""
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    if url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    settings.BLOBS = f"s3://{BUCKET}/{folder.name}"
    blobs.forget()
