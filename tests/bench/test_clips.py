from __future__ import annotations

import pytest
from scripts.with_postgres import postgres

from tests.bench.running import run_bench


@pytest.mark.postgres
def test_it_asks_both_tables_and_finds_something_in_each():
    size = ("--clips", "20000", "--small", "10000", "--questions", "41", "--folder", "")
    with postgres() as url:
        found = run_bench("clips", *size, DATABASE_URL=url)
    *asked, small, large = found["rows"]
    assert [row["clips"] for row in asked] == [10_000, 20_000] * 3
    assert all(row["found"] > 0 and row["p50_ms"] > 0 for row in asked)
    assert large["rows_mb"] > 0 and small["clips"] == 10_000
    assert set(found["ratios"]) == {"growth_asking", "growth_looking", "growth_day"}
