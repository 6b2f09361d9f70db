from __future__ import annotations

from tests.bench.running import run_bench


def test_a_hub_lives_a_fast_quarter_of_an_hour_and_sends_its_clips():
    *_, end, network = run_bench("hub_memory", "--cameras", "", "--days", "0.01", "--week-cameras", "2")["rows"]
    assert end["side"] == "after 0.01 day(s)" and end["memory_mb"] > 20
    # Somebody walks by each of both cameras seven times. Two walks are one clip where the clock outran what looks.
    assert network["clips"] >= 4
