from __future__ import annotations

import pytest

from tests.bench.running import run_bench
from tests.browser import chromium


def test_pictures_are_followed_from_the_camera_to_the_browser():
    program, environment = chromium()
    found = run_bench("live", "--seconds", "5", "--chromium", program, timeout=200, **environment)
    pages = found["rows"]
    assert [row["side"].split(",")[0] for row in pages] == ["a camera's page", "the wall"]
    assert all(row["pictures"] > 20 and 0 < row["p50_ms"] <= row["p95_ms"] <= row["max_ms"] for row in pages)
    assert found["ratios"]["p95_over_1s"] == pytest.approx(max(row["p95_ms"] for row in pages) / 1000, abs=0.001)
