"""`goodfences verify entry FILE`, on the file that an entry's page offers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences.ledger import actions, command, keys
from goodfences_record import notes
from tests.environment import child_environment
from tests.ledger.logs import grow
from tests.pages import bytes_of

pytestmark = pytest.mark.django_db
Verify = Callable[..., tuple[int, str]]
WITHOUT = """
import sys
from goodfences import cli
status = cli.main(sys.argv[1:])
assert "django" not in sys.modules
sys.exit(status)
"""


@pytest.fixture
def file(client: Client, tmp_path: Path) -> Path:
    """Entry 2 of 5, downloaded."""
    grow(5)
    response = client.get("/record/ledger/2/bundle.json")
    assert response["Content-Disposition"] == 'attachment; filename="ledger-entry-2.json"'
    path = tmp_path / "ledger-entry-2.json"
    path.write_bytes(bytes_of(response))
    return path


@pytest.fixture
def verify(file: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """Runs the command on the file; answers its exit status and what it said."""

    def run(changed: Any = None, key: str = "") -> tuple[int, str]:
        if changed is not None:
            file.write_text(json.dumps(changed))
        status = command.main_entry([str(file), "--key", key or keys.public_key()])
        return status, capsys.readouterr().out

    return run


def test_an_entry_that_holds_is_told_word_for_word(verify: Verify, file: Path) -> None:
    status, said = verify()
    assert status == command.HOLDS
    assert f"signed by {keys.origin()}" in said and "Entry 2 is in that log" in said
    told = json.loads(said.partition("word for word:\n")[2])
    assert told == json.loads(file.read_bytes())["entry"]["body"]


def other(value: Any) -> Any:
    """Something else of the same kind."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return ("A" if value[:1] != "A" else "B") + value[1:]
    return [*value, value[0]] if isinstance(value, list) else {**value, "more": 1}


def leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way] * bool(way) + [found for key, part in inside for found in leaves(part, (*way, key))]


def test_no_part_of_it_can_be_changed(verify: Verify, file: Path) -> None:
    whole = json.loads(file.read_bytes())
    for way in leaves(whole):
        changed = json.loads(json.dumps(whole))
        inner = changed
        for key in way[:-1]:
            inner = inner[key]
        inner[way[-1]] = other(inner[way[-1]])
        status, said = verify(changed)
        assert status == command.BROKEN, way
        assert "does not hold" in said and "can't be relied on" in said


@pytest.mark.parametrize("rubbish", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_such_file_is_said_to_be_none(verify: Verify, file: Path, rubbish: bytes) -> None:
    file.write_bytes(rubbish)
    status, said = verify()
    assert status == command.BROKEN
    assert "does not hold" in said


def test_another_logs_key_does_not_pass(verify: Verify) -> None:
    for key in (str(notes.SigningKey.new(keys.origin()).verifier), "no key at all"):
        assert verify(key=key)[0] == command.BROKEN


def test_an_erased_entry_is_proven_to_have_been_there(client: Client, verify: Verify) -> None:
    actions.erase(2)
    erased = json.loads(bytes_of(client.get("/record/ledger/2/bundle.json")))
    status, said = verify(erased)
    assert status == command.HOLDS
    assert "erased by law" in said and "word for word" not in said


def test_without_a_file_or_a_key_nothing_is_checked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main_entry([str(file.with_name("nothing.json")), "--key", "x"]) == command.UNCHECKED
    with pytest.raises(SystemExit) as ended:
        command.main_entry([str(file)])
    assert ended.value.code == command.UNCHECKED


def test_it_needs_no_django_and_no_state(file: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "verify", "entry", str(file), "--key", keys.public_key()],
        env={"PYTHONPATH": child_environment()["PYTHONPATH"], "HOME": str(tmp_path / "home")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "home").exists()
