"""From an unboxed camera to a clip that its owner can watch."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

import goodfences_hub
from goodfences_hub import editing
from tests.hub.conftest import HubProgram, RtspCamera
from tests.instance import Instance, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hub")]


def test_a_camera_is_added_recorded_and_uploaded(network: Instance, rtsp_camera: RtspCamera, hub: HubProgram) -> None:
    paired = hub.do("pair", network.url, network.run("tests.hub.town", "code"), "--name", "Shelf")
    assert paired.returncode == 0, paired.stderr
    added = hub.do("add", rtsp_camera.url, "--as", "Street", "--key", "street")
    assert "Added street" in added.stdout, added.stderr
    editing.set_camera(hub.home / "hub.toml", "street", labels=True)
    begun = time.time()

    hub.start()
    clip: dict[str, Any] = wait_until(lambda: _checked(network, begun - 15), f"a clip\n{hub.log()}", seconds=120)

    assert clip["refusal"] == ""
    assert (clip["state"], clip["kind"], clip["label"]) == ("stored", "motion", "person")
    assert clip["starts_at"] < time.time()
    assert clip["seconds"] >= 5
    assert -2000 <= clip["camera_drift_ms"] <= 2000
    [*_, health] = network.run("tests.hub.town", "health")
    assert health["version"] == goodfences_hub.__version__
    assert begun - 1 < health["last_frame_at"] < time.time() + 1
    assert hub.stop() == 0
    assert re.search(r"[1-9]\d* uploaded", hub.do("status").stdout)  # a slow computer may have sent the next one, too


def _checked(network: Instance, since: float) -> dict[str, Any] | None:
    """The first clip that began since then and was looked at."""
    clips = [clip for clip in network.run("tests.hub.town", "clips") if clip["starts_at"] > since]
    found = [clip for clip in clips if clip["checked"] or clip["refusal"]]
    return found[0] if found else None
