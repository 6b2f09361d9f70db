"""Backups lie apart from what the instance lives of: no command of theirs touches a live file."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
import pytest

from goodfences.operating.backups import command, dropping
from goodfences.operating.backups.apart import shelf_at
from goodfences.operating.backups.shelf import Shelf, Unusable, is_ours, lies_at
from goodfences.vault import backed_up
from goodfences.vault.folder import FolderStore
from tests.instance import Instance

LIVE = "clips/2026-12-25/REF.age"


def keep_live(store: Path) -> Path:
    with FolderStore(store).create(LIVE) as writer:
        writer.write(b"sealed")
        writer.commit()
    return store / LIVE


@pytest.fixture
def disk(settings: Any, tmp_path: Path) -> Path:
    """`state` is the instance's, `elsewhere/blobs` its store; two links lead to them."""
    settings.STATE, settings.KEYS, settings.LEDGER_STATE = (
        tmp_path / "state" / one for one in ("", "keys", "ledger")
    )
    settings.BLOBS = str(tmp_path / "elsewhere" / "blobs")
    settings.STATE.mkdir()
    keep_live(Path(settings.BLOBS))
    (tmp_path / "by-a-link").symlink_to(settings.STATE)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "blobs").symlink_to(settings.BLOBS)
    return tmp_path


@pytest.mark.parametrize(
    "given",
    [
        "",
        " ",
        "state",
        "by-a-link",
        "state/backups",
        "elsewhere",
        "elsewhere/blobs",
        "elsewhere/blobs/clips",
        "linked",
    ],
)
def test_a_folder_among_what_the_instance_lives_of_is_refused(disk: Path, given: str) -> None:
    with pytest.raises(Unusable, match="FOLDER is"):
        shelf_at(str(disk / given) if given.strip() else given)


@pytest.mark.parametrize("name", ["STATE", "KEYS", "BLOBS", "BLOBS_BEFORE"])
@pytest.mark.parametrize("part", ["blobs", "backups", "recent"])
def test_nothing_that_it_lives_of_is_a_part_of_the_shelf_or_in_one(
    disk: Path, settings: Any, name: str, part: str
) -> None:
    assert shelf_at(str(disk / "shelf")).folder == disk / "shelf"
    for place in (disk / "shelf" / part, disk / "shelf" / part / "deeper"):
        setattr(settings, name, str(place))
        with pytest.raises(Unusable, match=f"its {part}/ would be, lie in or hold"):
            shelf_at(str(disk / "shelf"))


def test_a_folder_beside_it_and_a_store_elsewhere_are_fine(disk: Path, settings: Any) -> None:
    assert shelf_at(str(disk)).folder == disk
    settings.BLOBS, settings.BLOBS_BEFORE = "s3://bucket/blobs", "s3://bucket/before?profile=old"
    assert shelf_at(str(disk / "elsewhere")).folder == disk / "elsewhere"


def test_only_what_a_shelf_made_is_dropped(tmp_path: Path) -> None:
    """The second line: also where a live store lies in a shelf by some way that nobody thought of."""
    shelf = Shelf(tmp_path)
    shelf.set_up()
    live = keep_live(tmp_path / "blobs")
    old = lies_at(LIVE, datetime(2026, 11, 26, tzinfo=UTC))
    (tmp_path / "blobs" / old).write_bytes(b"of a backup that is gone")
    dropping.keep(shelf, 1)
    assert live.exists() and not (tmp_path / "blobs" / old).exists()
    assert is_ours(old) and not any(map(is_ours, (LIVE, "feed/a.jpg.age", "x.20261125", "clips/abcdef0123456789")))


@pytest.mark.parametrize("folder", ["", "."])
def test_a_service_that_was_told_no_folder_fails_and_loses_nothing(tmp_path: Path, folder: str) -> None:
    """What systemd calls where GOODFENCES_BACKUPS isn't set: an empty word, in the state folder."""
    instance = Instance(tmp_path / "state", GOODFENCES_STATE=str(tmp_path / "state"))
    live = keep_live(tmp_path / "state" / "blobs")
    command = [sys.executable, "-m", "goodfences.cli", "backup", folder, "--keep", "1"]
    done = subprocess.run(
        command, cwd=instance.state, env={**os.environ, **instance.environment}, capture_output=True, text=True
    )
    assert done.returncode == 1 and "FOLDER is" in done.stderr
    assert live.exists() and not (instance.state / "backups").exists()


@pytest.mark.django_db
def test_that_another_one_is_being_made_is_no_failure(disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    identity = pyrage.x25519.Identity.generate()
    shelf = shelf_at(str(disk / "backups"))
    shelf.set_up()
    with shelf.alone():
        assert command.backup([str(shelf.folder), "--to", str(identity.to_public())]) == 1
    assert "Another backup is being made" in capsys.readouterr().err
    assert backed_up.last(backed_up.WHOLE) is None
