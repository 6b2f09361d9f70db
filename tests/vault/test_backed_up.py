"""While a backup takes the database's moment no machine deletes a file, and a backup that dies holds nobody up."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from goodfences import source
from goodfences.source import SeededSource
from goodfences.vault import backed_up, blobs, keeping
from goodfences.vault.errors import BlobMissing, HoldLapsed
from goodfences.vault.orphans import Orphans

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "clips/2026-12-25/REF.age"


@pytest.fixture(autouse=True)
def machine(settings: Any, tmp_path: Path) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    with blobs.store().create(NAME) as writer:
        writer.commit()


def is_there() -> bool:
    try:
        blobs.store().open(NAME).close()
    except BlobMissing:
        return False
    return True


def test_no_machine_deletes_a_file_until_it_is_over(settings: Any, tmp_path: Path) -> None:
    settings.STATE = tmp_path / "one"
    settings.STATE.mkdir()
    with backed_up.deleting_nothing():
        settings.STATE = tmp_path / "other"
        settings.STATE.mkdir()
        keeping.delete_all([NAME])
        assert is_there()
    keeping.delete_all([NAME])
    assert not is_there()


def test_what_no_row_names_is_not_swept_meanwhile(clock: SeededSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goodfences.vault.orphans.WATCHED_S", 0)
    orphans = Orphans(lambda _names: set())
    clock.advance(timedelta(days=400))
    with backed_up.deleting_nothing():
        assert orphans.drop("clips", source.now()) == 0
    assert orphans.drop("clips", source.now()) == 1


def test_it_is_renewed_for_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backed_up, "LASTS", timedelta(seconds=0.5))
    monkeypatch.setattr(backed_up, "RENEWED_SECONDS", 0.1)
    with backed_up.deleting_nothing():
        time.sleep(0.8)
        assert backed_up.holds()
    assert not backed_up.holds()


def test_one_that_could_not_be_renewed_says_so_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backed_up, "LASTS", timedelta(seconds=0.1))
    with pytest.raises(HoldLapsed), backed_up.deleting_nothing():
        time.sleep(0.2)
        assert not backed_up.holds()


def test_where_nobody_can_tell_nothing_is_deleted() -> None:
    def away(_execute: Callable[..., Any], *_given: Any) -> None:
        raise OperationalError

    with connection.execute_wrapper(away):
        keeping.delete_all([NAME])
    assert is_there()
