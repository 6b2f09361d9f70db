"""`hub.toml`: a person reads and changes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from goodfences_hub import editing, settings
from goodfences_hub.errors import HubError
from goodfences_hub.settings import CameraSettings

DOOR = CameraSettings("door", "rtsp", "rtsp://user:p%22a\\ss@192.168.1.20/stream1", keep_days=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.toml"


def test_what_was_added_is_read_back(path: Path) -> None:
    editing.set_hub(path, server="https://goodfences.example")
    editing.add_camera(path, DOOR)
    editing.add_camera(path, replace(DOOR, key="street"))
    read = settings.load(path)
    assert read.server == "https://goodfences.example"
    assert read.cameras == (DOOR, replace(DOOR, key="street"))


def test_the_owners_own_words_stay(path: Path) -> None:
    editing.add_camera(path, DOOR)
    path.write_text(path.read_text().replace('key = "door"', '# the one with the cat flap\nkey = "door"'))
    editing.add_camera(path, replace(DOOR, key="street"))
    assert "# the one with the cat flap" in path.read_text()


def test_each_setting_says_what_it_means(path: Path) -> None:
    editing.add_camera(path, DOOR)
    assert "days of continuous video kept at home" in path.read_text()


def test_nobody_else_can_read_the_passwords(path: Path) -> None:
    editing.add_camera(path, DOOR)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("server = 1", "server is text"),
        ('server = "ftp://x"', "begins with https://"),
        ("reserve_gb = 0", "reserve_gb is between 0.1 and 1000, not 0"),
        ("upload_kbit = 1.5", "upload_kbit is a whole number"),
        ('quiet_hours = "late"', "written as 18:00-23:30"),
        ('quiet_hours = "24:00-25:00"', "written as 18:00-23:30"),
        ("kepp_days = 1", "no setting 'kepp_days'"),
        ('[[camera]]\nkey = "a"\nsource = "rtsp"', "camera 1: url is missing"),
        ('[[camera]]\nkey = "A b"\nsource = "rtsp"\nurl = "rtsp://x"', "key is 1 to 40 small letters"),
        ('[[camera]]\nkey = "a"\nsource = "cloud"\nurl = "x"', "source is one of"),
        ('[[camera]]\nkey = "a"\nsource = "rtsp"\nurl = "rtsp://x"\nkeep_days = 1000', "keep_days is between"),
        ('[[camera]]\nkey = "a"\nsource = "rtsp"\nurl = "rtsp://x"\nkeep_days = true', "keep_days is a number"),
        ("[camera]\nkey = 1", "under a line [[camera]]"),
        ("server = ", "can't be read"),
    ],
)
def test_a_wrong_setting_is_named_with_its_limit(path: Path, text: str, said: str) -> None:
    path.write_text(text)
    with pytest.raises(HubError) as caught:
        settings.load(path)
    assert said in str(caught.value)


def test_two_cameras_never_have_one_key(path: Path) -> None:
    editing.add_camera(path, DOOR)
    before = path.read_text()
    with pytest.raises(HubError, match="Two cameras have the key 'door'"):
        editing.add_camera(path, DOOR)
    assert path.read_text() == before
