"""A vault of its own for each test, and clips that came in through the real acts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from tests import ingest
from tests.footage import make_video


@pytest.fixture(autouse=True)
def vault_folder(tmp_path: Path, settings: Any) -> Path:
    settings.KEYS = tmp_path / "keys"
    settings.BLOBS = str(tmp_path / "blobs")
    return tmp_path / "blobs"


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera) -> Clip:
    """Two checked seconds of Olive's street."""
    return ingest.checked(olives_device, street_camera, make_video(seconds=2))
