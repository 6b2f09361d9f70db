"""What the journal of a dead worker tells, after a kill and after a power loss."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from goodfences.mail import claims, journal
from goodfences.mail.journal import Fate, Journal
from goodfences.mail.models import OutboxMessage
from goodfences.mail.sending import Sender
from goodfences.source import SeededSource
from tests.mail.servers import Kept

Queue = Callable[..., OutboxMessage]


def die(kept: Journal) -> None:
    """As the kernel does for a process that is killed: the lock is gone, the file stays."""
    os.close(kept._fd)


def only_fates(folder: Path) -> journal.Fates:
    [fates] = list(journal.of_the_dead(folder))
    return fates


def power_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "boot_id", lambda: "another-boot")


def test_each_line_decides_a_fate(tmp_path: Path) -> None:
    kept = Journal(tmp_path, "w")
    kept.plan(3, [1, 2, 3, 4])
    kept.trying(1), kept.taken(1)
    kept.trying(2), kept.not_taken(2)
    kept.trying(3)
    die(kept)
    fates = only_fates(tmp_path)
    assert [fates.of(3, pk) for pk in (1, 2, 3, 4)] == [Fate.TAKEN, Fate.NOT_TAKEN, Fate.UNKNOWN, Fate.UNTRIED]


def test_a_batch_that_was_claimed_and_never_planned_was_not_tried(tmp_path: Path) -> None:
    kept = Journal(tmp_path, "w")
    kept.plan(3, [1])
    kept.trying(1), kept.taken(1)
    die(kept)
    fates = only_fates(tmp_path)
    assert fates.of(4, 1) is Fate.UNTRIED
    assert fates.of(2, 1) is Fate.UNKNOWN


def test_after_a_power_loss_only_what_is_surely_on_disk_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Journal(tmp_path, "w")
    kept.plan(3, [1, 2, 3])
    kept.trying(1), kept.taken(1)
    kept.trying(2), kept.not_taken(2)
    die(kept)
    power_loss(monkeypatch)
    fates = only_fates(tmp_path)
    # The line of a try of 3 may have been lost with the power.
    assert [fates.of(3, pk) for pk in (1, 2, 3)] == [Fate.TAKEN, Fate.NOT_TAKEN, Fate.UNKNOWN]
    assert fates.of(4, 9) is Fate.UNTRIED


@pytest.mark.parametrize("rubbish", [b"", b"tr", b"ok 1", b"\x00\x00\x00\n", b"ok one\n", b"ok\n", b"\xff\xfe\n"])
def test_a_torn_line_says_nothing(tmp_path: Path, rubbish: bytes) -> None:
    kept = Journal(tmp_path, "w")
    kept.plan(1, [1])
    kept.trying(1)
    os.write(kept._fd, rubbish)
    die(kept)
    assert only_fates(tmp_path).of(1, 1) is Fate.UNKNOWN


def test_an_empty_journal_had_no_try(tmp_path: Path) -> None:
    kept = Journal(tmp_path, "w")
    os.ftruncate(kept._fd, 0)
    die(kept)
    assert only_fates(tmp_path).of(1, 1) is Fate.UNTRIED


def test_the_living_are_left_alone(tmp_path: Path) -> None:
    kept = Journal(tmp_path, "w")
    assert list(journal.of_the_dead(tmp_path)) == []
    assert journal.is_alive(tmp_path, "w")
    die(kept)
    assert not journal.is_alive(tmp_path, "w")


def test_a_worker_knows_its_own_though_somebody_removed_the_file(tmp_path: Path) -> None:
    own = Journal(tmp_path, "worker")
    own.plan(1, [7, 8])
    own.trying(7)
    own.path.unlink()
    own.taken(7)
    assert [own.fates().of(1, pk) for pk in (7, 8)] == [Fate.TAKEN, Fate.UNTRIED]
    own.close()


def test_a_journal_is_read_once(tmp_path: Path) -> None:
    die(Journal(tmp_path, "w"))
    assert len(list(journal.of_the_dead(tmp_path))) == 1
    assert list(journal.of_the_dead(tmp_path)) == []


def test_a_long_journal_starts_over_between_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_LARGE", 500)
    kept = Journal(tmp_path, "w")
    for batch in range(1, 100):
        kept.plan(batch, range(10))
        for pk in range(10):
            kept.trying(pk)
    assert kept.path.stat().st_size < 800
    assert kept.fates().of(99, 5) is Fate.UNKNOWN


@pytest.mark.django_db
def test_a_new_worker_settles_what_a_killed_one_had_claimed(server: Kept, queue: Queue, state: Path) -> None:
    rows = [queue(f"note:{number}") for number in range(4)]
    dead = Journal(state, "dead")
    taken, refused, unknown, untried = (row.pk for row in rows)
    claims.claim("dead", 7, 10, OutboxMessage.objects.latest("due_at").due_at)
    dead.plan(7, [row.pk for row in rows])
    dead.trying(taken), dead.taken(taken)
    dead.trying(refused), dead.not_taken(refused)
    dead.trying(unknown)
    die(dead)
    sender = Sender(lanes=1)
    states = dict(OutboxMessage.objects.values_list("pk", "state"))
    assert states == {taken: "sent", refused: "waiting", unknown: "uncertain", untried: "waiting"}
    assert OutboxMessage.objects.get(pk=refused).attempts == 1
    assert OutboxMessage.objects.get(pk=untried).attempts == 0
    sender.run(10)
    sender.close()
    assert len(server.messages) == 1


@pytest.mark.django_db
def test_the_claims_of_a_machine_that_is_gone_become_uncertain_after_an_hour(
    server: Kept, queue: Queue, clock: SeededSource, sender: Sender
) -> None:
    queue()
    claims.claim("elsewhere", 1, 10, clock.now())
    clock.advance(timedelta(minutes=59))
    sender.run(10)
    assert OutboxMessage.objects.get().state == "claimed"
    clock.advance(timedelta(minutes=3))
    sender.run(10)
    assert OutboxMessage.objects.get().state == "uncertain"
    assert not server.messages


@pytest.mark.django_db
def test_a_batch_that_could_not_be_written_down_is_settled_by_its_journal(
    server: Kept, queue: Queue, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodfences.mail import settling

    queue()
    with monkeypatch.context() as broken:
        broken.setattr(settling, "settle", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sender.run(10)
    assert OutboxMessage.objects.get().state == "claimed"
    assert sender.run(10) == 0
    assert OutboxMessage.objects.get().state == "sent"
    assert len(server.messages) == 1


@pytest.mark.django_db
def test_what_a_database_that_went_on_elsewhere_forgot_is_settled_by_the_journal_too(
    server: Kept, queue: Queue, clock: SeededSource, sender: Sender
) -> None:
    """Without a second copy at the primary's death: the claim is there, what became of it isn't."""
    for batch, state in ((1, "sent"), (2, "uncertain")):
        queue(f"note:{batch}")
        sender.run(10)
        OutboxMessage.objects.filter(once="note:1").update(
            state="claimed", claimed_by=f"{sender._journal.worker}/1", claimed_at=clock.now()
        )
        clock.advance(timedelta(minutes=2))
        sender.run(10)
        assert OutboxMessage.objects.get(once="note:1").state == state, (
            "Of an earlier batch the journal says nothing."
        )
    assert len(server.messages) == 2


@pytest.mark.django_db
def test_nothing_goes_out_that_the_journal_could_not_note(
    server: Kept, queue: Queue, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda fd, data: 0)
        with pytest.raises(OSError, match="full"):
            sender.run(10)
    assert not server.messages
    assert sender.run(10) == 1
    assert len(server.messages) == 1


@pytest.mark.django_db
def test_a_worker_that_ends_in_good_order_leaves_no_journal(server: Kept, queue: Queue, state: Path) -> None:
    sender = Sender(lanes=1)
    queue()
    sender.run(10)
    sender.close()
    assert list(state.glob("mail-journal-*")) == []
