"""A running hub and a running network: what the network knows of a camera as it comes, goes and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.hub.conftest import HubProgram, RtspCamera
from tests.hub.test_accidents import paired
from tests.instance import Instance, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("hub")]


def test_the_network_knows_what_is_held_and_what_is_missing(
    network: Instance, rtsp_camera: RtspCamera, hub: HubProgram
) -> None:
    begun = time.time()
    added = paired(hub, network).do("add", rtsp_camera.url, "--as", "Street", "--key", "street", "--keep-days", "1")
    assert "Added street" in added.stdout, added.stderr
    hub.start()

    def when(holds: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        def now() -> dict[str, Any] | None:
            told = network.run("tests.hub.town", "health")
            return told[-1] if told and holds(told[-1]) else None

        found: dict[str, Any] = wait_until(now, f"{what}\n{hub.log()}", seconds=150)
        return found

    def since(told: dict[str, Any]) -> list[list[Any]]:
        return [gap for gap in told["gaps"] if gap[1] is None or gap[1] > begun]

    there = when(lambda told: told["days"] and told["held"] and told["held"][-1][1] > begun, "held video")
    assert begun - 1 < there["held"][-1][0] < there["held"][-1][1] <= time.time()
    assert there["days"][0][1] > 0
    rtsp_camera.stop()
    lost = when(lambda told: any(gap[1] is None for gap in since(told)), "a gap")
    [gap] = [gap for gap in since(lost) if gap[1] is None]
    assert begun < gap[0] < time.time() and gap[2] == "camera"
    rtsp_camera.start()
    back = when(lambda told: since(told) and all(gap[1] for gap in since(told)), "its end")
    assert {gap[2] for gap in since(back)} == {"camera"}
    [ended] = [each for each in since(back) if each[0] == gap[0]]  # the film has an end, too: another gap
    assert ended[1] > gap[0]
    assert hub.stop() == 0
