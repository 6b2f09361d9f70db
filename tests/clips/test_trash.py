"""Deleting with a few minutes to think again: out of sight at once, the key gone after them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from goodfences import source
from goodfences.cameras import rights
from goodfences.cameras.rights import ALL, Rights
from goodfences.clips import access, playback, queries, retention, room, tasks, trash
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account, Membership
from goodfences.vault import keys
from goodfences.vault.errors import KeyDestroyed
from goodfences.vault.models import SealedKey
from tests import ingest

pytestmark = pytest.mark.django_db(transaction=True)
NOT_OLIVE = ["hugo", "stranger", "nadia", "omar", "ada", "aggie", "audrey", "sam", "max", "otto"]


@pytest.fixture(autouse=True)
def still(clock: source.SeededSource) -> source.SeededSource:
    return clock


def watched(clip: Clip, account: Account) -> bytes:
    with playback.open_clip(access.clip(account, clip.ref)) as reader:
        return reader.readall()


def test_a_deleted_clip_is_out_of_sight_at_once(olive: Account, hugo: Account, clip: Clip) -> None:
    given = playback.pass_for(clip, olive)
    trash.delete(account=olive, ref=clip.ref)
    for account in (olive, hugo):
        with pytest.raises(NotFound):
            access.clip(account, clip.ref)
    with pytest.raises(NotFound):
        playback.clip_of_pass(given, olive)
    window = ([clip.camera_id], clip.starts_at, clip.ends_at)
    assert queries.in_window(*window) == [] and queries.cameras_with_clips(*window) == set()


def test_undo_brings_it_back_as_it_was(olive: Account, clip: Clip, clock: source.SeededSource) -> None:
    before = watched(clip, olive)
    trash.delete(account=olive, ref=clip.ref)
    clock.advance(trash.UNDO_FOR - timedelta(seconds=1))
    tasks.run_retention(100)
    trash.undo(account=olive, ref=clip.ref)
    assert watched(clip, olive) == before
    clip.refresh_from_db()
    assert (clip.state, clip.undo_until) == ("stored", None)
    clock.advance(timedelta(hours=1))
    tasks.run_retention(100)
    assert watched(clip, olive) == before


def test_after_some_minutes_the_key_is_gone_and_the_room_free(
    olive: Account, clip: Clip, clock: source.SeededSource, vault_folder: Path
) -> None:
    home = clip.camera.household_id
    backup = {path: path.read_bytes() for path in ingest.kept_files(vault_folder)}
    trash.delete(account=olive, ref=clip.ref)
    assert room.taken(home) == clip.size
    clock.advance(trash.UNDO_FOR)
    with pytest.raises(NotFound):
        trash.undo(account=olive, ref=clip.ref)
    assert tasks.run_retention(100) >= 1
    assert room.taken(home) == 0
    assert list(ingest.kept_files(vault_folder)) == []
    for path, content in backup.items():
        path.write_bytes(content)
    with pytest.raises(KeyDestroyed):
        keys.identity(SealedKey.objects.get(pk=clip.key_id))


def test_it_can_be_ended_without_waiting(olive: Account, clip: Clip) -> None:
    with pytest.raises(NotFound):  # not deleted
        retention.delete_for_good(account=olive, ref=clip.ref)
    trash.delete(account=olive, ref=clip.ref)
    retention.delete_for_good(account=olive, ref=clip.ref)
    with pytest.raises(NotFound):
        trash.undo(account=olive, ref=clip.ref)
    with pytest.raises(KeyDestroyed):
        keys.identity(SealedKey.objects.get(pk=clip.key_id))
    assert room.taken(clip.camera.household_id) == 0


def test_no_clip_comes_back_on_a_day_after_its_own(olive: Account, clip: Clip, clock: source.SeededSource) -> None:
    over = clip.expires_on - clock.now().date()
    clock.advance(over + timedelta(hours=11, minutes=55))
    trash.delete(account=olive, ref=clip.ref)
    clock.advance(timedelta(minutes=6))
    with pytest.raises(NotFound):
        trash.undo(account=olive, ref=clip.ref)


@pytest.mark.parametrize("person", NOT_OLIVE)
def test_nobody_else_deletes_or_takes_back(
    person: str, olive: Account, clip: Clip, request: pytest.FixtureRequest
) -> None:
    account = request.getfixturevalue(person)
    with pytest.raises(NotFound):
        trash.delete(account=account, ref=clip.ref)
    trash.delete(account=olive, ref=clip.ref)
    for act in (trash.undo, retention.delete_for_good):
        with pytest.raises(NotFound):
            act(account=account, ref=clip.ref)
    assert Clip.objects.get(pk=clip.pk).undo_until


def test_hugo_may_where_olive_allows_it(olive: Account, hugo: Account, clip: Clip) -> None:
    member = Membership.objects.get(account=hugo).ref
    rights.allow(account=olive, member_ref=member, rights={clip.camera.ref: ALL})
    trash.delete(account=hugo, ref=clip.ref)
    rights.allow(account=olive, member_ref=member, rights={clip.camera.ref: Rights(watch=True)})
    with pytest.raises(NotFound):
        trash.undo(account=hugo, ref=clip.ref)
    assert trash.waiting([clip.camera_id]) == [clip]
    trash.undo(account=olive, ref=clip.ref)
    assert trash.waiting([clip.camera_id]) == []


def test_who_leaves_leaves_no_deleted_clip_behind(olive: Account, clip: Clip, vault_folder: Path) -> None:
    trash.delete(account=olive, ref=clip.ref)
    retention.forget_household(olive, clip.camera.household)
    assert list(ingest.kept_files(vault_folder)) == []
    assert SealedKey.objects.get(pk=clip.key_id).sealed_identity is None
