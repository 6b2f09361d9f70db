"""Signing: once, after the commit, and never two stories about one log."""

from __future__ import annotations

import logging
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from goodfences.errors import NotFound
from goodfences.ledger import actions, durable, keys, proofs, queries, tasks, tree
from goodfences.ledger.models import LedgerEntry, LedgerNode, SignedCheckpoint
from goodfences_record import notes

pytestmark = pytest.mark.django_db


def append(count: int = 1, word: str = "x") -> None:
    for _ in range(count):
        with transaction.atomic():
            actions.append(kind="policy", subject="policy", body={"word": word})


def set_back(size: int) -> None:
    """The database as a backup has it that was made when the log had `size` entries."""
    LedgerEntry.objects.filter(index__gte=size).delete()
    for level in range(20):
        LedgerNode.objects.filter(level=level, index__gte=size >> level).delete()
    SignedCheckpoint.objects.filter(size__gt=size).delete()


def sign() -> SignedCheckpoint:
    signed = actions.sign_checkpoint()
    assert signed is not None
    return signed


def test_an_empty_log_is_not_signed() -> None:
    assert actions.sign_checkpoint() is None
    assert queries.latest_checkpoint() is None
    assert not actions.checkpoint_path().exists()


def test_a_checkpoint_says_size_and_root_and_lies_in_a_file_and_a_row() -> None:
    append(3)
    signed = sign()
    checkpoint = notes.open_checkpoint(signed.note, notes.VerifierKey.parse(keys.public_key()))
    assert (checkpoint.size, checkpoint.root) == (3, tree.root(3))
    assert checkpoint.origin == keys.origin()
    assert actions.checkpoint_path().read_text() == signed.note
    assert queries.is_signed(2)
    assert not queries.is_signed(3)
    assert not queries.is_signed(-1)


def test_signing_twice_signs_once() -> None:
    append()
    assert sign() == sign()
    assert SignedCheckpoint.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_signing_inside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        append()
        actions.sign_checkpoint()
    assert not actions.checkpoint_path().exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_is_signed_as_soon_as_it_is_committed() -> None:
    with transaction.atomic():
        append()
        actions.sign_after_commit()
        assert not queries.is_signed(0)
    assert queries.is_signed(0)


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_is_not_signed() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        append()
        actions.sign_after_commit()
        _ = 1 / 0
    assert queries.latest_checkpoint() is None


@pytest.mark.django_db(transaction=True)
def test_an_act_succeeds_though_signing_fails_and_the_worker_makes_up_for_it(
    caplog: pytest.LogCaptureFixture, settings: Any, tmp_path: Path
) -> None:
    settings.LEDGER_STATE = tmp_path / "file"
    (tmp_path / "file").write_text("in the way of a folder")
    with caplog.at_level(logging.ERROR), transaction.atomic():
        append()
        actions.sign_after_commit()
    assert "the worker will try again" in caplog.text
    assert not queries.is_signed(0)
    (tmp_path / "file").unlink()
    assert tasks.run_due(limit=1) == 1
    assert queries.is_signed(0)
    assert tasks.run_due(limit=1) == 0


def test_the_worker_does_no_more_than_it_may() -> None:
    append()
    assert tasks.run_due(limit=0) == 0


def test_a_restored_backup_cannot_fork_the_log() -> None:
    append(2)
    sign()
    append(3)
    before = sign().note
    set_back(2)
    with pytest.raises(actions.WouldFork, match="holds 2 ledger entries, but 5 were signed"):
        actions.sign_checkpoint()
    append(3, "another story")
    with pytest.raises(actions.WouldFork, match="are not those that were signed"):
        actions.sign_checkpoint()
    append(4, "another story")
    with pytest.raises(actions.WouldFork, match="are not those that were signed"):
        tasks.run_due(limit=1)
    assert actions.checkpoint_path().read_text() == before
    assert queries.signed_size() == 2


def test_an_emptied_database_cannot_start_the_log_again() -> None:
    append(2)
    sign()
    set_back(0)
    with pytest.raises(actions.WouldFork, match="holds 0 ledger entries, but 2 were signed"):
        actions.sign_checkpoint()


def test_a_checkpoint_that_was_written_and_not_published_is_published_the_same() -> None:
    """As when the machine stops between the file and the commit of its row."""
    append(2)
    note = sign().note
    SignedCheckpoint.objects.all().delete()
    assert sign().note == note


def test_a_missing_file_is_not_taken_for_a_beginning() -> None:
    append(2)
    note = sign().note
    actions.checkpoint_path().unlink()
    append()
    with pytest.raises(actions.WouldFork, match="adoptcheckpoint"):
        actions.sign_checkpoint()
    assert actions.adopt_checkpoint(note).size == 2
    assert sign().size == 3


def test_an_older_file_is_brought_up_to_date_where_the_log_agrees_with_it() -> None:
    append(2)
    older = sign().note
    append()
    newer = sign().note
    actions.checkpoint_path().write_text(older)
    sign()
    assert actions.checkpoint_path().read_text() == newer


def test_rewritten_rows_are_not_signed_though_the_file_is_older() -> None:
    append(2)
    older = sign().note
    append()
    sign()
    actions.checkpoint_path().write_text(older)
    LedgerNode.objects.filter(level=0, index=2).update(hash=b"0" * 32)
    append()
    with pytest.raises(actions.WouldFork, match="first 3 ledger entries are not those"):
        actions.sign_checkpoint()


@pytest.mark.parametrize("damage", ["", "not a note", "\n\n"])
def test_a_damaged_file_stops_signing(damage: str) -> None:
    append()
    sign()
    actions.checkpoint_path().write_text(damage)
    append()
    with pytest.raises(actions.WouldFork, match="can't be trusted"):
        actions.sign_checkpoint()


def test_a_checkpoint_is_adopted_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    append(2)
    (tmp_path / "note").write_text(sign().note)
    actions.checkpoint_path().unlink()
    call_command("adoptcheckpoint", str(tmp_path / "note"))
    assert "2 entries" in capsys.readouterr().out
    assert actions.checkpoint_path().read_text() == (tmp_path / "note").read_text()


def test_a_file_that_holds_no_checkpoint_is_not_adopted(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("x")
    for file in ("note", "missing"):
        with pytest.raises(CommandError):
            call_command("adoptcheckpoint", str(tmp_path / file))
    assert not actions.checkpoint_path().exists()


def test_a_checkpoint_is_adopted_only_if_it_is_this_log_and_not_older() -> None:
    append(2)
    older = sign().note
    append()
    newer = sign().note
    with pytest.raises(actions.WouldFork, match="remembers 3 signed entries"):
        actions.adopt_checkpoint(older)
    with pytest.raises(notes.BadNote):
        actions.adopt_checkpoint(newer.replace("\n3\n", "\n2\n"))
    set_back(2)
    actions.checkpoint_path().unlink()
    with pytest.raises(actions.WouldFork, match="an older backup"):
        actions.adopt_checkpoint(newer)


def test_erasing_takes_the_contents_and_leaves_every_proof() -> None:
    append(3)
    before = sign()
    leaf, root = bytes(queries.entry(1).leaf), tree.root(3)
    actions.erase(1)
    entry = queries.entry(1)
    assert entry.erased
    assert (entry.body, entry.salt, bytes(entry.leaf)) == (None, "", leaf)
    assert tree.root(3) == root == before.root
    assert sign() == before
    assert not queries.entry(0).erased


def test_what_is_not_there_cannot_be_erased_or_read() -> None:
    with pytest.raises(NotFound):
        actions.erase(0)
    with pytest.raises(NotFound):
        queries.entry(0)
    with pytest.raises(NotFound):
        queries.entry(10**30)


def test_entries_are_found_by_kind_and_subject_in_their_order() -> None:
    for kind, subject in [("policy", "policy"), ("request.opened", "request:a"), ("request.closed", "request:a")]:
        actions.append(kind=kind, subject=subject, body={})
    assert [entry.index for entry in queries.entries()] == [0, 1, 2]
    assert queries.newest_index() == 2
    assert [entry.index for entry in queries.entries(subject="request:a")] == [1, 2]
    assert [entry.index for entry in queries.entries("request.closed", "request:a")] == [2]


def test_proofs_beyond_the_log_are_refused() -> None:
    append(2)
    with pytest.raises(ValueError, match="has 2 entries, not 3"):
        proofs.inclusion(0, 3)
    with pytest.raises(ValueError, match="has 2 entries, not 3"):
        proofs.consistency(1, 3)


def test_the_key_is_made_once_and_for_its_owner_alone(settings: Any, tmp_path: Path) -> None:
    settings.KEYS = tmp_path / "keys"
    public = keys.public_key()
    file = tmp_path / "keys" / "ledger.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert keys.public_key() == public
    assert public.split("+")[0] == settings.LEDGER_ORIGIN


def test_a_log_keeps_its_name_when_its_address_changes(settings: Any, tmp_path: Path) -> None:
    settings.KEYS = tmp_path / "keys"
    name = keys.origin()
    settings.LEDGER_ORIGIN = "elsewhere.example/ledger"
    assert keys.origin() == name


def test_two_processes_that_make_a_key_at_once_agree_on_one(settings: Any, tmp_path: Path) -> None:
    settings.KEYS = tmp_path / "keys"
    first = keys.public_key()
    assert not durable.create_private(tmp_path / "keys" / "ledger.key", b"a second key")
    assert keys.public_key() == first
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["ledger.key"]


def test_a_file_that_could_not_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "checkpoint"
    durable.replace(path, b"old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]
