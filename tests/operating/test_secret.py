"""`goodfences keys secret`: another secret of the instance, by which nothing is lost."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from goodfences import boxes
from goodfences.env import lines_of
from goodfences.operating.backups import belongings
from goodfences.operating.keys import command

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def state(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GOODFENCES_SECRET_KEY", raising=False)
    settings.STATE, settings.SECRET_KEY = tmp_path, "the first"
    return tmp_path


def started_anew(settings: Any) -> None:
    """As a program does that starts now."""
    settings.SECRET_KEY = (settings.STATE / "secret_key").read_text()
    settings.SECRETS_BEFORE = lines_of(settings.STATE / "secret_key.before")


def test_what_was_sealed_is_opened_after_two_of_them(settings: Any, state: Path) -> None:
    sealed = boxes.seal("test", "of the first")
    for _ in range(2):
        assert command.main(["secret", "--new"]) == 0
        started_anew(settings)
    second, first = lines_of(state / "secret_key.before")
    assert (first, boxes.unseal("test", sealed)) == ("the first", "of the first")
    assert len({first, second, settings.SECRET_KEY}) == 3
    for name in ("secret_key", "secret_key.before"):
        assert stat.S_IMODE((state / name).stat().st_mode) == 0o600


def test_the_command_seals_all_anew_and_says_how_much(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["secret"]) == 0
    assert capsys.readouterr().out.startswith("0 secrets were sealed anew.")


def test_one_that_the_environment_names_is_replaced_there(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GOODFENCES_SECRET_KEY", "the first")
    assert command.main(["secret", "--new"]) == 1
    assert "GOODFENCES_SECRET_KEY_BEFORE" in capsys.readouterr().err and not (state / "secret_key").exists()


def test_what_nothing_opens_stays_as_it_is(settings: Any) -> None:
    sealed = boxes.seal("test", "lost")
    settings.SECRET_KEY = "another"
    assert boxes.sealed_anew("test", sealed) == sealed


def test_a_backup_holds_those_before(settings: Any, tmp_path: Path, state: Path) -> None:
    command.main(["secret", "--new"])
    packed, before = belongings.packed(), (state / "secret_key.before").read_text()
    settings.STATE = tmp_path / "new"
    belongings.unpack(packed)
    assert (tmp_path / "new" / "secret_key.before").read_text() == before
