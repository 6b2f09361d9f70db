"""Events that others begin: a bell, a message, a button."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from goodfences.demo.recording import FOOTAGE
from goodfences_hub.causes import LONGEST_S, Causes, Cues
from goodfences_hub.clock import Clock
from goodfences_hub.settings import CameraSettings
from tests.hub.films import NOON, film
from tests.hub.test_recording import Shelf

DOOR = CameraSettings("door", "demo", "door.mp4", upload_as="ref-of-door", before_s=3.0, after_s=2.0)


class FilmClock(Clock):
    """Follows the film."""

    seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds


class Door:
    """A camera whose film plays while others say things."""

    def __init__(self, folder: Path) -> None:
        self.shelf = Shelf(folder)
        self.clock = FilmClock()
        self.cues = Cues(self.clock)

    def play(self, camera: CameraSettings = DOOR, **said: Any) -> None:
        """`said` at `at_5`, the film's fifth second, is a call."""
        waiting = {float(name.removeprefix("at_")): call for name, call in said.items()}
        with film(FOOTAGE / "whole-street.mp4") as feed:
            recorder = self.shelf.recorder(camera, feed.streams)
            causes, at, before = Causes(recorder, self.cues, self.clock, camera.after_s), NOON, self.clock.seconds
            for arrival in feed:
                at = arrival.at
                second = (at - NOON).total_seconds()
                self.clock.seconds = before + second
                for due in [each for each in waiting if each <= second]:
                    waiting.pop(due)()
                recorder.take(arrival)
                causes.hear(arrival)
            recorder.close(at)

    def events(self) -> list[tuple[str, int, int]]:
        """Kind, and the seconds of the film from which to which."""
        rows = self.shelf.state.rows("SELECT * FROM event ORDER BY starts_at")
        zero = NOON.timestamp()
        return [(row["kind"], round(row["starts_at"] - zero), round(row["ends_at"] - zero)) for row in rows]


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    made = Door(tmp_path / "hub")
    yield made
    made.shelf.state.close()


def test_a_press_of_the_bell_is_an_event_that_begins_before_it(door: Door) -> None:
    door.play(at_8=lambda: door.cues.begin("bell", "doorbell", 6))
    [(kind, begins, ends)] = door.events()
    assert (kind, begins) == ("doorbell", 5)
    assert 14 <= ends <= 17
    door.shelf.pack(DOOR)
    clip = door.shelf.state.row("SELECT * FROM clip")
    assert clip is not None
    assert clip["duration_ms"] >= 9_000


def test_a_bell_is_an_event_of_its_own_while_something_moves(door: Door) -> None:
    door.play(
        at_4=lambda: door.cues.begin("pir", "motion"),
        at_10=lambda: door.cues.begin("bell", "doorbell", 4),
        at_20=lambda: door.cues.end("pir"),
    )
    kinds = {kind: (begins, ends) for kind, begins, ends in door.events()}
    assert set(kinds) == {"motion", "doorbell"}
    assert kinds["motion"][0] == 1 and kinds["motion"][1] >= 22
    assert kinds["doorbell"][0] == 7 and kinds["doorbell"][1] < 18
    door.shelf.pack(DOOR)
    assert len(door.shelf.state.rows("SELECT * FROM clip")) == 2


def test_movement_that_turns_out_to_be_a_person_stays_one_event(door: Door) -> None:
    door.play(
        at_4=lambda: door.cues.begin("pir", "motion"),
        at_6=lambda: door.cues.begin("frigate", "person"),
        at_8=lambda: door.cues.end("pir"),
        at_12=lambda: door.cues.end("frigate"),
    )
    [(kind, begins, ends)] = door.events()
    assert (kind, begins) == ("person", 1)
    assert ends >= 14


def test_an_event_is_called_by_the_foremost_of_what_was_told(door: Door) -> None:
    door.play(
        replace(DOOR, longest_s=10),
        at_4=lambda: door.cues.begin("frigate dog", "motion", label="animal"),
        at_6=lambda: door.cues.begin("frigate car", "motion", 14, label="vehicle"),
        at_7=lambda: door.cues.begin("frigate bird", "motion", 1, label="animal"),
        at_8=lambda: door.cues.end("frigate dog"),
    )
    labels = door.shelf.state.rows("SELECT event.id, label FROM event JOIN label ON event = event.id")
    assert len(labels) == len(door.events()) > 1
    assert {row["label"] for row in labels} == {"vehicle"}
    door.shelf.state.do("DELETE FROM event")
    assert door.shelf.state.rows("SELECT * FROM label") == []


def test_a_cause_whose_end_is_never_said_does_not_go_on_forever(door: Door) -> None:
    door.cues.begin("lost", "motion", 1e9)
    [cue] = door.cues.taken()
    assert cue.until == LONGEST_S


def test_what_was_over_before_the_camera_came_back_begins_nothing(door: Door) -> None:
    door.cues.begin("bell", "doorbell", 5)
    door.clock.seconds = 6.0
    door.play(at_9=lambda: door.cues.end("never begun"))
    assert door.events() == []


def test_a_long_press_becomes_several_clips_of_its_kind(door: Door) -> None:
    door.play(replace(DOOR, longest_s=10), at_2=lambda: door.cues.begin("bell", "doorbell", 60))
    assert len(door.events()) > 1
    assert {kind for kind, _, _ in door.events()} == {"doorbell"}


def test_a_camera_that_is_away_keeps_few_words_for_later(door: Door) -> None:
    for number in range(1000):
        door.cues.begin(f"flood {number}", "motion")
    assert len(door.cues.taken()) <= 64
