"""The device API behind a live server, and hubs that call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from goodfences.cameras.models import Device
from goodfences.clips.models import Clip, Upload
from goodfences.vault.models import SealedKey
from tests import persons
from tests.hubs import Hub


@pytest.fixture(autouse=True)
def vault_folder(tmp_path: Path, settings: Any) -> Path:
    """The folder that everything sealed is written into."""
    settings.KEYS = tmp_path / "keys"
    settings.BLOBS = str(tmp_path / "blobs")
    return tmp_path / "blobs"


@pytest.fixture
def hub(live_server: Any, olives_device: Device) -> Iterator[Hub]:
    """Olive's."""
    hub = Hub(live_server.url, persons.OLIVES_TOKEN)
    yield hub
    hub.close()


@pytest.fixture
def strangers_hub(live_server: Any, strangers_device: Device) -> Iterator[Hub]:
    hub = Hub(live_server.url, persons.STRANGERS_TOKEN)
    yield hub
    hub.close()


@pytest.fixture
def files(vault_folder: Path) -> Callable[[], list[Path]]:
    """Every file that the vault holds, unfinished ones included."""
    return lambda: sorted(path for path in vault_folder.rglob("*") if path.is_file())


@pytest.fixture
def nothing_kept(files: Callable[[], list[Path]]) -> Callable[[], None]:
    """Fails where a row of a clip, an upload or a living key, or any file, is there."""

    def check() -> None:
        assert not Clip.objects.exists()
        assert not Upload.objects.exists()
        assert not SealedKey.objects.filter(destroyed_at__isnull=True).exists()
        assert files() == []

    return check


def problem(answer: httpx.Response, status: int, field: str, *, limit: str | None = None) -> dict[str, Any]:
    """The one problem of an answer in the form of RFC 9457, about `field`; with `limit` as its limit."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status and body["title"] and body["type"]
    (found,) = body["errors"]
    assert found["field"] == field, found
    assert found["message"] in body["detail"]
    if limit is not None:
        assert found["limit"] == limit, found
    return dict(found)
