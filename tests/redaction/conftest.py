"""A vault of its own for each test, and a clip of Olive's street whose frames can be told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.redaction import previewing
from tests import ingest
from tests.clips import streams


@pytest.fixture(autouse=True)
def vault_folder(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(previewing, "_kept", previewing._Kept())
    settings.KEYS = tmp_path / "keys"
    settings.BLOBS = str(tmp_path / "blobs")
    return tmp_path / "blobs"


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera) -> Clip:
    """Five checked seconds of Olive's street, with sound; a key frame each second."""
    return ingest.checked(olives_device, street_camera, streams.clip(audio=True), duration_ms=5000)
