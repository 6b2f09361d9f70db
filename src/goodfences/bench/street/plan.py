"""Who walks where and when: the films' labels, known before a picture is made.

Everything follows from a seed. The two sets of films share no place, no walker and no leaf: `TUNING` is what the
watching may be tuned on, `TEST` what it is measured on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

RATE = 10
"""Pictures a second, as in the recording of the walkers."""
WIDTH, HEIGHT = 1920, 1080
LEAD_S = 30.0
"""Nobody walks at first: every detector gets to know the place."""
REST_S = (10.5, 14.5)
"""Between two walks: an event that lasts until eight quiet seconds have passed ends before the next begins."""
LAMP_AWAY_S = 3.0
SHORTEST_S, LONGEST_S = 2.4, 7.5


@dataclass(frozen=True)
class Kind:
    """A manner of walking by."""

    name: str
    height: tuple[int, int]
    """Pixels, of the 1,080 that the picture is high."""
    pace: float = 1.0
    shade: float = 1.0
    """How bright the walker is, of its real brightness."""


KINDS = (
    Kind("near", (300, 480)),
    Kind("far", (75, 110)),
    Kind("fast", (140, 260), pace=2.2),
    Kind("slow", (120, 220), pace=0.4),
    Kind("dark", (140, 240), shade=0.5),
    Kind("small", (48, 66)),
)


@dataclass(frozen=True)
class Lamp:
    """Switched at a time. Lights everything alike, or what is near `x` (share of the width)."""

    at: float
    gain: float
    x: float | None = None


@dataclass(frozen=True)
class Place:
    """What a camera sees: a photograph, or the part of it at (left, top, width) in shares of its width."""

    photograph: str
    left: float = 0.0
    top: float = 0.0
    width: float = 1.0
    mirrored: bool = False


@dataclass(frozen=True)
class Film:
    """One camera's minutes."""

    name: str
    place: Place
    noise: float
    """Standard deviation of the brightness, of 255 steps, from picture to picture."""
    light: float = 1.0
    clouds: float = 0.0
    """How far the light swings around `light`."""
    lamps: tuple[tuple[float, float | None], ...] = ()
    """Gain and place of lamps that are switched on and off again, spread over the film."""
    leaves: bool = False


@dataclass(frozen=True)
class Part:
    """A set of films, and which pictures of the recordings it may use."""

    name: str
    walkers: tuple[int, int]
    leaves: tuple[int, int]
    films: tuple[Film, ...]
    seed: int


@dataclass(frozen=True)
class Walk:
    """Somebody walks by: a label."""

    starts_s: float
    ends_s: float
    kind: str
    walker: int
    mirrored: bool
    height: int
    pace: float
    shade: float
    x: float
    """Of the middle of the walk, in shares of the width."""
    foot: float
    """And how low its feet are, in shares of the height."""


_LANE, _GARDEN = "leuvenA.jpg", "building.jpg"
TEST = Part(
    "test",
    walkers=(0, 400),
    leaves=(0, 220),
    films=(
        Film("quiet", Place(_LANE, top=0.18), noise=2.0),
        Film("noisy", Place(_GARDEN, top=0.12), noise=6.0),
        Film("dark", Place(_LANE, left=0.0, top=0.3, width=0.6), noise=4.0, light=0.28),
        Film("busy", Place(_GARDEN, left=0.3, top=0.3, width=0.69), noise=2.5, leaves=True),
        Film(
            "lamps",
            Place(_LANE, left=0.35, top=0.3, width=0.65, mirrored=True),
            noise=3.0,
            light=0.45,
            lamps=((1.9, None), (2.4, 0.3)),
        ),
        Film("clouds", Place(_GARDEN, left=0.0, top=0.25, width=0.75, mirrored=True), noise=2.5, clouds=0.35),
    ),
    seed=1126,
)
_WALL, _TEMPLE, _SHELF = "graf3.png", "home.jpg", "left.jpg"
TUNING = Part(
    "tuning",
    walkers=(400, 795),
    leaves=(224, 444),
    films=(
        Film("quiet", Place(_WALL, top=0.1), noise=2.5),
        Film("noisy", Place(_TEMPLE, top=0.15), noise=6.5),
        Film("dark", Place(_SHELF, left=0.0, top=0.2, width=0.8), noise=4.5, light=0.25),
        Film("busy", Place(_WALL, left=0.2, top=0.2, width=0.7, mirrored=True), noise=2.0, leaves=True),
        Film(
            "lamps",
            Place(_TEMPLE, left=0.1, top=0.1, width=0.8),
            noise=3.0,
            light=0.5,
            lamps=((1.8, None), (2.2, 0.7)),
        ),
        Film("clouds", Place(_SHELF, left=0.1, top=0.1, width=0.9, mirrored=True), noise=3.0, clouds=0.3),
    ),
    seed=1125,
)
PARTS = {part.name: part for part in (TEST, TUNING)}


def lamps_of(film: Film, seconds: float) -> list[Lamp]:
    """When each lamp of a film goes on, and off again, evenly spread."""
    switches = [(gain, x) for gain, x in film.lamps for _ in range(2)]
    apart = (seconds - LEAD_S) / (len(switches) + 1)
    return [Lamp(LEAD_S + apart * (number + 1), gain, x) for number, (gain, x) in enumerate(switches)]


def walks(
    film: Film, seconds: float, lengths: Sequence[int], travels: Sequence[float], rng: np.random.Generator
) -> Iterator[Walk]:
    """The labels of a film in which walkers of `lengths` pictures come `travels` times their own height across."""
    lamps = [lamp.at for lamp in lamps_of(film, seconds)]
    kinds = [KINDS[number] for number in rng.permutation(len(KINDS))]
    at = LEAD_S
    while True:
        kind = kinds.pop(0)
        kinds.append(kind)
        who = int(rng.integers(len(lengths)))
        long = min(max(lengths[who] / RATE / kind.pace, SHORTEST_S), LONGEST_S)
        for lamp in lamps:
            if at - LAMP_AWAY_S < lamp < at + long + LAMP_AWAY_S:
                at = lamp + LAMP_AWAY_S
        if at + long + REST_S[0] > seconds:
            return
        height = int(rng.integers(*kind.height))
        reach = min(0.4, abs(travels[who]) * height / WIDTH / 2 + 0.03)
        yield Walk(
            starts_s=round(at, 1),
            ends_s=round(at + long, 1),
            kind=kind.name,
            walker=who,
            mirrored=bool(rng.integers(2)),
            height=height,
            pace=kind.pace,
            shade=kind.shade,
            x=float(rng.uniform(reach, 1 - reach)),
            foot=float(rng.uniform(*_feet(height))),
        )
        at = at + long + float(rng.uniform(*REST_S))


def _feet(height: int) -> tuple[float, float]:
    """Who is nearer stands lower in the picture."""
    least = 0.52 + 0.9 * height / HEIGHT
    return min(least, 0.95), min(least + 0.14, 0.98)


def as_json(walk: Walk) -> dict[str, Any]:
    """What the bench has to know of a walk."""
    return {"starts_s": walk.starts_s, "ends_s": walk.ends_s, "kind": walk.kind, "height": walk.height}
