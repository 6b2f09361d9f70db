"""The real bench, small: two rounds on a folder and SQLite, in which a hub is killed and the clock jumps.

Longer runs, on PostgreSQL and S3, are started by hand (docs/reliability.md).
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from goodfences.bench.faulty.world import World
from tests.bench.running import run_bench

FAULTS = ["hub killed", "clock jumps"]


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost_or_doubled() -> None:
    found = run_bench("faults", "--rounds", "2", "--seed", "5", "--only", ",".join(FAULTS))
    *rows, in_all = found["rows"]
    assert [row["fault"] for row in rows] == FAULTS
    for what, each in {"uploads": 2, "hub's films": 1, "ledger entries": 1, "posts": 1, "mails": 20}.items():
        assert [row[what] for row in rows] == [each] * 2, what
    assert [row["decisions"] for row in rows] == [0, 1], "In the first round nobody has been asked yet."
    assert in_all["seed"] == 5
    assert found["ratios"]["lost_or_doubled"] == 0


def test_an_outage_lasts_from_the_death_until_an_act_is_acknowledged(tmp_path: Path) -> None:
    world = World(tmp_path, tmp_path, None, None)
    mended = threading.Event()
    world.act = mended.wait
    died_at = time.monotonic()
    with world.out_since(died_at, "database killed"):
        time.sleep(0.2)
        mended.set()
    (outage,) = world.outages["database killed"]
    assert 0.2 <= outage <= time.monotonic() - died_at
