from __future__ import annotations

import pytest

from tests.bench.running import run_bench
from tests.browser import chromium


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """The real bench, small, in a process of its own: it sets Django up for itself."""
    folder = tmp_path_factory.mktemp("bench")
    program, environment = chromium()
    size = ("--clips", "3000", "--home", "1200", "--pages", "16", "--loads", "1")
    where = ("--folder", str(folder), "--chromium", program)
    found = run_bench("timeline", *size, *where, timeout=200, **environment)
    assert list(folder.iterdir()) == []
    return found


def test_both_homes_are_asked_for_both_pages(result):
    rows = [(row["page"], row["clips_in_home"], row["pages"]) for row in result["rows"][:4]]
    assert rows == [("day", 1200, 16), ("day", 50, 16), ("search", 1200, 16), ("search", 50, 16)]
    slowest = max(row["p95_ms"] for row in result["rows"][:4] if row["clips_in_home"] == 1200)
    assert result["ratios"]["p95_over_50ms"] == pytest.approx(slowest / 50, abs=0.001)


def test_the_page_is_weighed_and_played(result):
    seen = result["rows"][4]
    parts = sum(value for name, value in seen.items() if name.endswith("_kb") and name != "image_kb")
    assert seen["kilobytes"] == pytest.approx(parts, abs=1) and seen["image_kb"] > 10
    weight = result["ratios"]["weight_over_150kb"]
    assert weight == pytest.approx(seen["kilobytes"] / 150, abs=0.01) and weight <= 1.0
    assert 0 < seen["first_frame_ms"] <= seen["first_frame_max_ms"] and seen["lcp_ms"] > 0
