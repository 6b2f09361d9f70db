from __future__ import annotations

import time

import av
import pytest

from goodfences.bench.street.airing import Airing
from goodfences.demo.recording import FOOTAGE


@pytest.mark.parametrize("over", ["file", "rtsp"])
def test_a_film_plays_at_its_own_pace_from_when_it_is_asked_for(tmp_path, over):
    with Airing(tmp_path / "air", over) as airing:
        address = airing.add("street", FOOTAGE / "whole-street.mp4")
        airing.start()
        assert airing.asked_at == {}
        before = time.time()
        with av.open(address.removeprefix("file://")) as container:
            packets = [packet for packet, _ in zip(container.demux(video=0), range(60), strict=False)]
        took = time.time() - before
        (asked_at,) = airing.asked_at["street"]
        assert before <= asked_at <= before + 5
        assert sum(1 for packet in packets if packet.is_keyframe) >= 4
        assert 4 < took < 15


def test_who_asks_again_gets_it_from_the_beginning(tmp_path):
    with Airing(tmp_path / "air", "file") as airing:
        address = airing.add("street", FOOTAGE / "whole-street.mp4").removeprefix("file://")
        airing.start()
        first = []
        for _ in range(2):
            with av.open(address) as container:
                first.append(bytes(next(iter(container.demux(video=0)))))
            time.sleep(0.5)  # who comes back at once goes on where the film is
        assert first[0] == first[1]
        assert len(airing.asked_at["street"]) == 2
