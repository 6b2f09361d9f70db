"""The hub's state in the text form of Prometheus. Names of cameras are in it: it stays at home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

import goodfences_hub
from goodfences_hub.settings import Settings
from goodfences_hub.state import State

CONTENT_TYPE = CONTENT_TYPE_LATEST
_CLIPS = "SELECT state, COUNT(*) AS count FROM clip GROUP BY state"
_BYTES = """
SELECT COALESCE(SUM(recorded), 0) AS recorded, COALESCE(SUM(uploaded), 0) AS uploaded FROM traffic WHERE camera = ?
"""
_KEPT = "SELECT COALESCE(SUM(size), 0) AS size, MIN(starts_at) AS since FROM segment WHERE camera = ?"
_AWAY = "SELECT 1 FROM gap WHERE camera = ? AND ends_at IS NULL"


def text(state: State, settings: Settings, folder: Path) -> bytes:
    """Everything, as it is now; `folder` lies on the disk that recordings fill."""
    registry = CollectorRegistry()
    registry.register(_Hub(state, settings, folder))
    return generate_latest(registry)


class _Hub(Collector):
    def __init__(self, state: State, settings: Settings, folder: Path) -> None:
        self._state = state
        self._settings = settings
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("goodfences_hub", "This program", {"version": goodfences_hub.__version__})
        disk = GaugeMetricFamily("goodfences_hub_disk_free_bytes", "Free on the disk of the recordings")
        disk.add_metric([], shutil.disk_usage(self._folder).free)
        yield disk
        clips = GaugeMetricFamily("goodfences_hub_clips", "Clips by what became of them", labels=["state"])
        counts = {"waiting": 0, "uploaded": 0, "refused": 0}
        for state, count in {**counts, **{row["state"]: row["count"] for row in self._state.rows(_CLIPS)}}.items():
            clips.add_metric([state], count)
        yield clips
        yield from self._cameras()

    def _cameras(self) -> Iterator[Metric]:
        name, labels = "goodfences_hub_camera", ["camera"]
        away = GaugeMetricFamily(f"{name}_away", "1 while it gives no picture", labels=labels)
        seen = GaugeMetricFamily(f"{name}_last_picture_timestamp_seconds", "When it last gave one", labels=labels)
        kept = GaugeMetricFamily(f"{name}_kept_bytes", "Sealed video at home", labels=labels)
        since = GaugeMetricFamily(f"{name}_kept_since_timestamp_seconds", "When the oldest began", labels=labels)
        recorded = CounterMetricFamily(f"{name}_recorded_bytes", "Sealed and written", labels=labels)
        uploaded = CounterMetricFamily(f"{name}_uploaded_bytes", "Sent to the network", labels=labels)
        for camera in self._settings.cameras:
            key = [camera.key]
            away.add_metric(key, self._state.row(_AWAY, (camera.key,)) is not None)
            if (at := self._state.seen_at(camera.key)) is not None:
                seen.add_metric(key, at)
            stored, traffic = self._state.row(_KEPT, (camera.key,)), self._state.row(_BYTES, (camera.key,))
            assert stored is not None and traffic is not None
            kept.add_metric(key, stored["size"])
            if stored["since"] is not None:
                since.add_metric(key, stored["since"])
            recorded.add_metric(key, traffic["recorded"])
            uploaded.add_metric(key, traffic["uploaded"])
        yield from (away, seen, kept, since, recorded, uploaded)
