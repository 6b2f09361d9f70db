from __future__ import annotations

import pytest

from tests.bench.running import run_bench


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The real bench, small, in a process of its own: it sets Django up for itself."""
    folder = tmp_path_factory.mktemp("bench")
    size = ("--posts", "2000", "--comments", "2", "--pages", "6", "--streams", "20")
    found = run_bench("feed", *size, "--folder", str(folder), timeout=200)
    assert list(folder.iterdir()) == []
    return found


def test_city_and_town_are_asked_for_lists_and_searches(result):
    rows = [(row["page"], row["reader"], row["pages"]) for row in result["rows"][:4]]
    assert rows == [
        ("near", "city", 6),
        ("near", "small town", 6),
        ("search", "city", 6),
        ("search", "small town", 6),
    ]
    slowest = max(row["p95_ms"] for row in result["rows"][:4])
    assert result["ratios"]["p95_over_50ms"] == pytest.approx(slowest / 50, abs=0.001)


def test_every_stream_hears_of_every_post(result):
    streams = result["rows"][4]
    assert streams["streams"] == 20 and streams["kb_a_stream"] > 0
    assert 0 < streams["p50_ms"] <= streams["p95_ms"] <= streams["max_ms"]
