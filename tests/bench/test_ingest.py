from __future__ import annotations

import pytest

from tests.bench.running import run_bench

CLIPS, ROUNDS = 3, 2


@pytest.fixture(scope="module")
def result():
    """The real bench, small, in a process of its own: it sets Django up for itself."""
    size = ("--clips", str(CLIPS), "--rounds", str(ROUNDS), "--megabytes", "1", "--devices", "2", "--checked", "1")
    return run_bench("ingest", *size)


def test_ingest_prints_both_sides_and_their_ratio(result):
    ours, theirs, *_ = result["rows"]
    assert ours["clips"] == theirs["clips"] == CLIPS * ROUNDS
    assert ours["megabytes"] == theirs["megabytes"] == CLIPS * ROUNDS
    assert "HTTP" in ours["side"] and "fsync" in theirs["side"]
    assert result["ratios"]["vs_disk"] == pytest.approx(
        theirs["seconds"] / ours["seconds"], abs=0.001 / ours["seconds"]
    )  # rows are rounded to milliseconds


def test_ingest_prints_what_hashing_and_sealing_take(result):
    _, _, hashing, sealing, *_ = result["rows"]
    assert hashing["clips"] == sealing["clips"] == CLIPS
    assert hashing["seconds"] > 0 < sealing["seconds"]


def test_ingest_prints_clips_fully_checked_a_second_and_core(result):
    checked = result["rows"][4:]
    assert [row["clips"] for row in checked] == [1, 1]
    small, large = (row["clips_a_second_and_core"] for row in checked)
    assert small > large > 0
