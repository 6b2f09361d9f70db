"""The owner sees what each sensitivity would have seen, and it costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.home import Home
from goodfences_hub.pages.tuner import last_day
from goodfences_hub.settings import CameraSettings
from goodfences_hub.state import State
from goodfences_hub.watching.scores import KEPT_S, WRITE_EVERY_S, Scores
from goodfences_hub.watching.watch import Watch
from tests.hub.films import NOON, film
from tests.hub.households import household
from tests.windows import axe, browser

__all__ = ["browser"]

SHED = CameraSettings("shed", "rtsp", "rtsp://127.0.0.1:9/stream1")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(Home(tmp_path / "hub").state)
    yield made
    made.close()


def test_of_people_who_walk_by_each_sensitivity_is_kept(state: State) -> None:
    scores = Scores(state, "street")
    with film(FOOTAGE / "whole-street.mp4") as feed:
        watch = Watch(feed.video, CameraSettings("street", "demo", "x"), scores)
        for arrival in feed:
            list(watch.see(arrival))
    scores.close()
    rows = state.rows("SELECT * FROM score ORDER BY at")
    assert 1 <= len(rows) <= 3  # 25 seconds
    assert all(row["high"] >= row["normal"] >= row["low"] for row in rows)
    assert any(row["normal"] for row in rows)
    assert any(row["high"] > row["low"] for row in rows)


def test_what_is_quiet_is_not_written(state: State) -> None:
    scores = Scores(state, "street")
    for second in range(3600):
        scores.note(NOON + timedelta(seconds=second), (0, 0, 0))
    scores.close()
    assert state.rows("SELECT * FROM score") == []


def test_a_busy_hour_is_a_dozen_writes_and_ten_seconds_are_one_row(state: State) -> None:
    scores = Scores(state, "street")
    written: list[str] = []
    state._database.set_trace_callback(lambda sql: written.append(sql) if sql.startswith("COMMIT") else None)
    for second in range(3600):
        scores.note(NOON + timedelta(seconds=second), (0, second % 10, 10))
    scores.close()
    assert len(written) <= 3600 / WRITE_EVERY_S + 2
    rows = state.rows("SELECT * FROM score")
    assert len(rows) == 360
    assert {(row["low"], row["normal"], row["high"]) for row in rows} == {(0, 9, 10)}


def test_what_is_older_than_two_days_goes(state: State) -> None:
    scores = Scores(state, "street")
    for days in range(6):
        scores.note(NOON + timedelta(days=days), (1, 1, 1))
    scores.close()
    oldest = state.rows("SELECT MIN(at) AS at FROM score")[0]["at"]
    assert oldest >= (NOON + timedelta(days=5)).timestamp() - KEPT_S


def add(state: State, at: datetime, low: int, normal: int, high: int) -> None:
    state.do("INSERT INTO score VALUES ('shed', ?, ?, ?, ?)", (int(at.timestamp()) // 10 * 10, low, normal, high))


def test_what_follows_closely_is_one_time(state: State) -> None:
    now = datetime.fromtimestamp(time.time() // 10 * 10, UTC).astimezone()
    for seconds in (36_000, 35_990, 35_980, 18_000):
        add(state, now - timedelta(seconds=seconds), 0, 2, 4)
    add(state, now - timedelta(minutes=30), 0, 0, 1)
    add(state, now - timedelta(hours=30), 9, 9, 9)
    low, normal, high = last_day(state, SHED, now).lanes
    assert (low.times, normal.times, high.times) == (0, 2, 3)
    assert (low.is_set, normal.is_set) == (False, True)
    assert low.bars == []
    assert [len(lane.bars) for lane in (normal, high)] == [2, 3]
    assert normal.bars[0].left == pytest.approx(100 * 14 / 24, abs=0.4)
    assert 0 < normal.bars[0].height < high.bars[0].height <= 100


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.xdist_group("hub")
@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_page_is_whole(tmp_path: Path, browser: Browser, width: int, scheme: Any) -> None:
    folder = CameraSettings("phone", "folder", str(tmp_path))
    with household(tmp_path / "hub", SHED, folder) as house:
        now = datetime.fromtimestamp(time.time()).astimezone()
        for minutes in range(10, 1400, 7):
            add(house.hub.state, now - timedelta(minutes=minutes), 0, minutes % 5, minutes % 50 + 1)
        context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
        page = context.new_page()
        page.goto(house.entrance)
        page.goto(f"{house.url}/cameras/shed/tuner")
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        assert page.locator("svg.set rect").count() > 50
        assert house.get("/cameras/phone/tuner").status_code == 404
        context.close()
