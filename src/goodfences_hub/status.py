"""What a hub has recorded, what waits for its upload, and what is missing."""

from __future__ import annotations

from goodfences_hub import updates
from goodfences_hub.clock import local
from goodfences_hub.home import Home
from goodfences_hub.settings import CameraSettings, Settings
from goodfences_hub.state import State

MB = 1_000_000
GAPS_SHOWN = 5


def text(home: Home, settings: Settings) -> str:
    """For the terminal. Times are of this computer's zone."""
    state = State(home.state)
    try:
        parts = [line for camera in settings.cameras for line in _camera(state, camera)]
        return "\n".join([*parts, *_clips(state), *filter(None, [updates.words(state)])])
    finally:
        state.close()


def _camera(state: State, camera: CameraSettings) -> list[str]:
    row = state.row(
        "SELECT COALESCE(SUM(size), 0) AS size, MIN(starts_at) AS since FROM segment WHERE camera = ?",
        (camera.key,),
    )
    assert row is not None
    events = state.row("SELECT COUNT(*) AS count FROM event WHERE camera = ?", (camera.key,))
    seen = state.seen_at(camera.key)
    lines = [
        f"{camera.key}: last seen {_when(seen) if seen is not None else 'never'}",
        f"  {events['count'] if events else 0} events; {row['size'] / MB:.1f} MB kept"
        + (f" since {_when(row['since'])}" if row["since"] else ""),
    ]
    gaps = state.rows("SELECT * FROM gap WHERE camera = ? ORDER BY starts_at DESC LIMIT ?", (camera.key, GAPS_SHOWN))
    for gap in gaps:
        until = _when(gap["ends_at"]) if gap["ends_at"] else "now"
        lines.append(f"  nothing recorded from {_when(gap['starts_at'])} to {until}: {gap['why']}")
    return lines


def _clips(state: State) -> list[str]:
    counts = {
        row["state"]: row["count"] for row in state.rows("SELECT state, COUNT(*) AS count FROM clip GROUP BY state")
    }
    lines = [f"clips: {counts.get('uploaded', 0)} uploaded, {counts.get('waiting', 0)} waiting"]
    for row in state.rows("SELECT * FROM clip WHERE state = 'refused' ORDER BY event DESC LIMIT 3"):
        lines.append(f"  refused: the clip of {_when(row['starts_at'])}: {row['refusal']}")
    return lines


def _when(seconds: float) -> str:
    return local(seconds).strftime("%Y-%m-%d %H:%M:%S")
