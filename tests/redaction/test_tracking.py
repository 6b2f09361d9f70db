"""A box follows what it covers; what is lost stays covered."""

from __future__ import annotations

import numpy as np

from goodfences.redaction import tracking
from goodfences.redaction.film import Film
from goodfences.redaction.marks import Anchor, Kind, Mark
from goodfences.redaction.painting import Box

WIDTH, HEIGHT, SIDE = 320, 240, 40


def film(places: list[tuple[int, int] | None]) -> Film:
    """A patterned square over a patterned ground, a picture every 40 ms; None where something passes before it."""
    ground = np.kron(np.random.default_rng(1).integers(60, 120, (24, 32)), np.ones((10, 10))).astype(np.uint8)
    thing = np.kron(np.random.default_rng(2).integers(0, 255, (10, 10)), np.ones((4, 4))).astype(np.uint8)
    made = Film([number * 40 for number in range(len(places))])
    for number, place in enumerate(places):
        picture = ground.copy()
        if place is not None:
            x, y = place
            picture[y : y + SIDE, x : x + SIDE] = thing
        made.add(number * 40, picture)
    return made


def mark(at_ms: int, place: tuple[int, int], ends_ms: int, *, still: bool = False) -> Mark:
    x, y = place
    box = [x * 10_000 // WIDTH, y * 10_000 // HEIGHT, SIDE * 10_000 // WIDTH, SIDE * 10_000 // HEIGHT]
    return Mark(Kind.DRAWN, 0, ends_ms, (Anchor(at_ms, *box),), still)


def covers(box: Box, place: tuple[int, int]) -> bool:
    x, y = place
    left, top, right, bottom = box[0] * WIDTH, box[1] * HEIGHT, box[2] * WIDTH, box[3] * HEIGHT
    return left <= x + 1 and top <= y + 1 and right >= x + SIDE - 1 and bottom >= y + SIDE - 1


WALK = [(20 + 4 * n, 60 + 2 * n) for n in range(40)]


def test_it_is_followed_both_ways_from_where_it_was_drawn() -> None:
    followed = tracking.follow(film([*WALK]), mark(800, WALK[20], 1600))
    assert all(covers(followed.boxes[n], place) for n, place in enumerate(WALK))
    assert followed.lost_ms is None
    assert all(box[2] - box[0] < 2 * SIDE / WIDTH for box in followed.boxes.values())


def test_one_that_is_hidden_is_covered_where_it_was_and_found_again() -> None:
    hidden: list[tuple[int, int] | None] = [WALK[n] if n < 15 else None if n < 20 else WALK[16] for n in range(30)]
    followed = tracking.follow(film(hidden), mark(0, WALK[0], 1200))
    assert followed.lost_ms == 15 * 40
    assert all(n in followed.boxes for n in range(30))
    assert covers(followed.boxes[29], WALK[16])


def test_one_that_stands_still_stands_still() -> None:
    followed = tracking.follow(film([*WALK]), mark(0, WALK[0], 1600, still=True))
    assert len(set(followed.boxes.values())) == 1 and followed.lost_ms is None


def test_between_two_anchors_both_ways_are_covered() -> None:
    first, last = mark(0, WALK[0], 1600).anchors[0], mark(1560, WALK[39], 1600).anchors[0]
    both = Mark(Kind.DRAWN, 0, 1600, (first, last))
    followed = tracking.follow(film([*WALK]), both)
    assert all(covers(followed.boxes[n], place) for n, place in enumerate(WALK))


def test_nothing_is_covered_outside_its_time() -> None:
    short = Mark(Kind.DRAWN, 400, 800, (Anchor(400, 0, 0, 1000, 1000),))
    assert sorted(tracking.follow(film([*WALK]), short).boxes) == list(range(10, 20))
