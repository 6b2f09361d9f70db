"""`goodfences bench ledger`, small, and that it goes on from where it stopped."""

from __future__ import annotations

import pytest

from tests.bench.running import run_bench


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Twice over one state: the second call finds what the first left."""
    state = ("--state", str(tmp_path_factory.mktemp("bench")), "--acts", "8")
    return [run_bench("ledger", "--entries", size, *state, timeout=200) for size in ("600", "1200")]


def test_both_sides_of_each_ratio_are_measured_at_each_size(results):
    sides = {(row["what"], row["side"], row["entries"]) for row in results[1]["rows"]}
    for size in (1000, 1200):
        for side in ("ledger", "SQLite alone"):
            assert ("append and commit", side, size) in sides
        for side in ("ledger", "pymerkle in memory"):
            assert ("inclusion proof", side, size) in sides
    assert set(results[1]["ratios"]) == {"append_vs_commit", "append_growth", "proof_growth", "proof_vs_pymerkle"}


def test_the_second_call_goes_on_from_what_is_there(results):
    assert [row["entries"] for row in results[0]["rows"] if row["what"] == "database on disk"] == [600]
    assert min(row["bytes_an_entry"] for row in results[1]["rows"] if row["what"] == "database on disk") > 0
