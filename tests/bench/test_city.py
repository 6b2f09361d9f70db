"""What the city's bench says of programs; and, with CITY=1 in the environment, a whole evening of a village."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from goodfences.bench.city.watching import Watching
from tests.bench.running import run_bench

BUSY = "import time\nends = time.process_time() + 60\nwhile time.process_time() < ends: pass"


@pytest.fixture
def busy() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", BUSY]) as process:
        yield process.pid
        process.kill()


def test_a_programs_row_says_what_it_took_and_not_what_others_did(busy: int) -> None:
    with Watching({"busy": busy, "crowd": os.getpid()}) as watching:
        time.sleep(2.2)
    rows = {row["what"]: row for row in watching.rows()}
    assert 0 < rows["busy"]["cores"] <= 1.1, "One thread has one core."
    assert rows["busy"]["cores"] > 4 * max(rows["crowd"]["cores"], 0.01)
    assert rows["busy"]["memory_mb"] > 1


def test_limits_are_shares_of_the_machine(busy: int) -> None:
    with Watching({"busy": busy}) as watching:
        time.sleep(0.5)
    limits = watching.limits()
    assert set(limits) == {"processor", "disk (time that nobody could go on for it)", "memory"}
    assert all(0 <= share <= 1 for share in limits.values())
    assert limits["processor"] > 0


@pytest.mark.city
def test_an_evening_of_a_village() -> None:
    size = ("--cameras", "3000", "--clips", "30000", "--agencies", "3", "--requests", "2")
    found = run_bench("city", *size, "--seconds", "10", "--devices", "2", "--readers", "2")
    rows = found["rows"]
    assert [row["failed"] for row in rows if "failed" in row] == []
    for phase, what in (("uploads", "upload"), ("and requests", "request opened"), ("and the feed", "post")):
        (row,) = [row for row in rows if row.get("phase") == phase and row["what"] == what]
        assert row["done"] > 0 and 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
    assert rows[-1]["limit"] and 0 < found["ratios"]["busiest_limit"] <= 1
