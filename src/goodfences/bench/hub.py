"""`goodfences bench hub`: what does recording and watching cost at home, and what is found, beside Debian's `motion`?

The real `goodfences-hub run` and the real `motion` see the same cameras at the same time: RTSP, 1080p, ten pictures a
second, a key frame every two, six cameras of four minutes, played side by side at their own pace. Real people walk by
at times that are known (`bench/street`). First both get the main streams; then both also get 640x360 sub streams.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register

if TYPE_CHECKING:
    from goodfences.bench.street.airing import Airing
    from goodfences.bench.street.filming import Filmed
    from goodfences.bench.street.programs import Program
    from goodfences.bench.street.scoring import Score

INSTALLED = Path("/usr/share/doc/opencv-doc/examples/data")
SETTLE_S = 5.0
"""Of a film, before its cost is measured: starting a program isn't recording."""
CONNECT_S, CONNECTED_S = 60.0, 5.0


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=4.0, help="of each of the six films (default 4)")
    parser.add_argument("--part", choices=("test", "tuning"), default="test", help="of the films (default test)")
    parser.add_argument("--films", default="", help="some of them alone: quiet,noisy,dark,busy,lamps,clouds")
    parser.add_argument(
        "--over", choices=("file", "rtsp"), default="file", help="how films are played (default file)"
    )
    parser.add_argument("--streams", choices=("both", "main", "sub"), default="both")
    parser.add_argument("--cache", default="build/bench-hub", help="where films are kept (default build/bench-hub)")
    parser.add_argument("--material", help=f"folder with vtest.avi and photographs (default {INSTALLED})")


@dataclass(frozen=True)
class Side:
    """What one program did with all films."""

    name: str
    cpu_seconds: float
    camera_hours: float
    memory_mb: float
    scores: list[Score]

    @property
    def cpu_seconds_an_hour(self) -> float:
        return self.cpu_seconds / self.camera_hours

    @property
    def recall(self) -> float:
        found = [each for score in self.scores for each in score.found]
        return sum(found) / max(1, len(found))

    @property
    def false_alarms(self) -> int:
        return sum(score.false_alarms for score in self.scores)


@register("hub", help="record and watch cameras at home, beside Debian's motion", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`cpu_vs_motion`, `cpu_vs_motion_sub`: processor time over that of motion on the 1080p streams.
    `recall_vs_motion`, `recall_vs_motion_sub`: recall over motion's there, where there are no more false alarms."""
    from goodfences.bench.street import plan
    from goodfences.bench.street.filming import films
    from goodfences.bench.street.programs import Motion

    if options.over == "rtsp" and importlib.util.find_spec("aio_rtsp_toolkit") is None:
        raise CannotMeasure("the cameras are played by aio-rtsp-toolkit: pip install aio-rtsp-toolkit")
    material = material_of(options.material)
    version = Motion.version()
    if version is None:
        progress("There is no motion on PATH, so nothing to compare with: apt-get install motion")
    part = plan.PARTS[options.part]
    progress("making the films (once)")
    made = list(
        films(
            part,
            material,
            Path(options.cache),
            options.minutes,
            only=[name for name in options.films.split(",") if name],
        )
    )
    sides = [side for streams in _streams(options.streams) for side in _both(made, streams, options)]
    rows = [row for side in sides for row in _rows(side, made)]
    if version is None:
        rows.append({"side": "motion", "of": "not measured: there is no motion on PATH (apt-get install motion)"})
    return Outcome(
        rows, _ratios({side.name: side for side in sides}), {"motion": version or "none", "part": part.name}
    )


def material_of(named: str | None) -> Path:
    folder = Path(named) if named else INSTALLED
    if not (folder / "vtest.avi").exists():
        raise CannotMeasure(
            f"{folder} holds no vtest.avi. The films are made of Debian's opencv-doc: apt-get install opencv-doc, or "
            f"apt-get download opencv-doc && dpkg-deb -x opencv-doc_*.deb DIR, and --material DIR{INSTALLED}"
        )
    return folder


def _streams(chosen: str) -> Sequence[str]:
    return ("main", "sub") if chosen == "both" else (chosen,)


def _both(made: Sequence[Filmed], streams: str, options: argparse.Namespace) -> list[Side]:
    """Play all films to both programs at the same time."""
    from goodfences.bench.street.airing import Airing
    from goodfences.bench.street.programs import Camera, Hub, Motion

    kinds: dict[str, type[Program]] = {"hub": Hub, **({"motion": Motion} if Motion.version() else {})}
    with tempfile.TemporaryDirectory(prefix="goodfences-bench-") as folder, contextlib.ExitStack() as stack:
        airing = stack.enter_context(Airing(Path(folder, "air"), options.over))
        programs: dict[str, Program] = {}
        for name, kind in kinds.items():
            cameras = {}
            for film in made:
                streams_of = [(film.main, ""), *([(film.sub, "-sub")] if streams == "sub" else [])]
                # The hub plays files at their pace by itself; motion has to be given them so.
                by_itself = name == "hub" and options.over == "file"
                cameras[film.name] = Camera(
                    *(
                        str(path.resolve()) if by_itself else airing.add(f"{name}-{film.name}{ending}", path)
                        for path, ending in streams_of
                    )
                )
            programs[name] = kind(Path(folder, name), cameras)
        airing.start()
        return _play(made, programs, streams, _Began(made, programs, streams, airing))


class _Began:
    """When the watched stream of each film began to play, for each program."""

    def __init__(self, made: Sequence[Filmed], programs: Mapping[str, Program], streams: str, airing: Airing) -> None:
        self._programs = programs
        self._airing = airing
        self._ending = "-sub" if streams == "sub" else ""
        self._wanted = [(name, film.name) for name in programs for film in made]
        self.at: dict[tuple[str, str], float] = {}

    def all(self) -> bool:
        """Whether all have, and none again in the last seconds: some programs look first and then begin."""
        for name, program in self._programs.items():
            for film, at in program.begun().items():
                self.at.setdefault((name, film), at)
        self.at |= {each: asked[-1] for each in self._wanted if (asked := self._asked(each))}
        return len(self.at) == len(self._wanted) and time.time() - max(self.at.values()) > CONNECTED_S

    def lost(self, until: float) -> dict[tuple[str, str], list[float]]:
        """Which cameras had to be asked again, and when in the film."""
        again = {
            each: [at - began for at in self._asked(each) if began < at < until] for each, began in self.at.items()
        }
        return {each: times for each, times in again.items() if times}

    def _asked(self, each: tuple[str, str]) -> list[float]:
        name, film = each
        return self._airing.asked_at.get(f"{name}-{film}{self._ending}", [])


def _play(made: Sequence[Filmed], programs: Mapping[str, Program], streams: str, began: _Began) -> list[Side]:
    try:
        for program in programs.values():
            program.start()
        _until(time.time() + CONNECT_S, began.all, programs)
        first = max(began.at.values()) + SETTLE_S
        last = min(began.at.values()) + min(film.seconds for film in made) - 0.5
        progress(f"playing {len(made)} films to {' and '.join(programs)} for {last - time.time():.0f} s ({streams})")
        _sleep_until(first, programs)
        before = {name: (program.cpu_seconds(), time.time()) for name, program in programs.items()}
        _sleep_until(last, programs)
        used = {
            name: (program.cpu_seconds() - before[name][0], time.time() - before[name][1], program.memory_mb())
            for name, program in programs.items()
        }
    finally:
        for program in programs.values():
            program.stop()
    if lost := began.lost(last):
        said = "\n".join(program.printed() for program in programs.values())
        raise CannotMeasure(f"Cameras were lost; this machine is too busy to measure: {lost}\n{said}")
    return [
        Side(
            f"{name}, {streams}",
            cpu,
            seconds * len(made) / 3600,
            memory,
            [_score(program, film, began.at[name, film.name]) for film in made],
        )
        for name, program in programs.items()
        for cpu, seconds, memory in [used[name]]
    ]


def _score(program: Program, film: Filmed, began: float) -> Score:
    from goodfences.bench.street.scoring import score

    return score(film.walks, program.events(film.name, began))


def _until(end: float, ready: Callable[[], bool], programs: Mapping[str, Program]) -> None:
    while not ready():
        if time.time() > end:
            said = "\n".join(program.printed() for program in programs.values())
            raise CannotMeasure(f"A program did not connect to its cameras.\n{said}")
        _look_after(programs)
        time.sleep(0.1)


def _sleep_until(end: float, programs: Mapping[str, Program]) -> None:
    while (left := end - time.time()) > 0:
        _look_after(programs)
        time.sleep(min(left, 2.0))


def _look_after(programs: Mapping[str, Program]) -> None:
    for name, program in programs.items():
        if not program.is_running():
            raise CannotMeasure(f"{name} ended by itself.\n{program.printed()}")


def _rows(side: Side, made: Sequence[Filmed]) -> list[Row]:
    """All, each film, and each manner of walking."""
    whole = {
        **_row(side, "all", [(film, score, None) for film, score in zip(made, side.scores, strict=True)]),
        "cpu_seconds_an_hour": round(side.cpu_seconds_an_hour, 1),
        "memory_mb": round(side.memory_mb, 1),
    }
    pairs = list(zip(made, side.scores, strict=True))
    kinds = sorted({str(walk["kind"]) for film in made for walk in film.walks})
    return [
        whole,
        *(_row(side, f"camera: {film.name}", [(film, score, None)]) for film, score in pairs),
        *(_row(side, f"people: {kind}", [(film, score, kind) for film, score in pairs]) for kind in kinds),
    ]


def _row(side: Side, name: str, pairs: Sequence[tuple[Filmed, Score, str | None]]) -> Row:
    found = [
        hit
        for film, score, kind in pairs
        for walk, hit in zip(film.walks, score.found, strict=True)
        if kind in {None, walk["kind"]}
    ]
    row: Row = {"side": side.name, "of": name, "walks": len(found), "found": sum(found)}
    if pairs[0][2] is None:
        hours = sum(film.seconds for film, _, _ in pairs) / 3600
        alarms = sum(score.false_alarms for _, score, _ in pairs)
        row["false_alarms"] = alarms
        row["false_alarms_an_hour"] = round(alarms / hours, 1)
        row["recorded_s"] = round(sum(score.recorded_s for _, score, _ in pairs))
    return row


def _ratios(sides: Mapping[str, Side]) -> dict[str, float]:
    """Of the hub over motion on the main streams. Without motion none."""
    peer = sides.get("motion, main")
    ratios: dict[str, float] = {}
    for streams, suffix in (("main", ""), ("sub", "_sub")):
        ours = sides.get(f"hub, {streams}")
        if ours is None or peer is None:
            continue
        ratios[f"cpu_vs_motion{suffix}"] = ours.cpu_seconds_an_hour / peer.cpu_seconds_an_hour
        if peer.recall and ours.false_alarms <= peer.false_alarms:
            ratios[f"recall_vs_motion{suffix}"] = ours.recall / peer.recall
    return ratios
