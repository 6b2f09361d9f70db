"""Opening a clip, and the passes of players."""

from __future__ import annotations

from datetime import timedelta

import pytest

from goodfences import source
from goodfences.clips import playback, retention
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.vault.errors import Tampered
from tests import ingest

pytestmark = pytest.mark.django_db


def test_any_range_of_it_can_be_read(clip: Clip) -> None:
    with playback.open_clip(clip) as reader:
        whole = reader.readall()
        assert (reader.size, len(whole)) == (clip.size, clip.size)
        assert reader.read_range(100, 50) == whole[100:150]
        assert reader.read_range(clip.size - 5, 50) == whole[-5:]


def test_a_pass_is_good_for_its_own_account_alone(olive: Account, hugo: Account, clip: Clip) -> None:
    given = playback.pass_for(clip, olive)
    assert playback.clip_of_pass(given, olive) == clip
    with pytest.raises(NotFound):
        playback.clip_of_pass(given, hugo)
    assert playback.clip_of_pass(playback.pass_for(clip, hugo), hugo) == clip


@pytest.mark.parametrize("person", ["stranger", "nadia", "omar", "otto", "max"])
def test_a_pass_made_out_to_somebody_else_opens_nothing(
    person: str, clip: Clip, request: pytest.FixtureRequest
) -> None:
    account = request.getfixturevalue(person)
    with pytest.raises(NotFound):
        playback.clip_of_pass(playback.pass_for(clip, account), account)


def test_a_pass_ends_after_an_hour(olive: Account, clip: Clip, clock: source.SeededSource) -> None:
    given = playback.pass_for(clip, olive)
    clock.advance(timedelta(minutes=59))
    assert playback.clip_of_pass(given, olive) == clip
    clock.advance(timedelta(minutes=2))
    with pytest.raises(NotFound):
        playback.clip_of_pass(given, olive)


@pytest.mark.parametrize("changed", [lambda text: text[:-3], lambda text: "x" + text, lambda _: "", str.lower])
def test_a_forged_pass_opens_nothing(olive: Account, clip: Clip, changed: object) -> None:
    with pytest.raises(NotFound):
        playback.clip_of_pass(changed(playback.pass_for(clip, olive)), olive)  # type: ignore[operator]


def test_a_pass_ends_with_its_clip(olive: Account, clip: Clip) -> None:
    given = playback.pass_for(clip, olive)
    retention.delete(account=olive, ref=clip.ref)
    with pytest.raises(NotFound):
        playback.clip_of_pass(given, olive)


def test_a_clip_whose_file_is_lost_is_not_found(clip: Clip, vault_folder: object) -> None:
    for path in ingest.kept_files(str(vault_folder)):
        path.unlink()
    with pytest.raises(NotFound):
        playback.open_clip(clip)
    with pytest.raises(NotFound):
        playback.poster(clip)


def test_a_file_put_in_place_of_another_is_found_out(clip: Clip, vault_folder: object) -> None:
    clip.blob, clip.poster_blob = clip.poster_blob, clip.blob
    assert playback.poster(clip)[4:8] == b"ftyp"  # same key: what it holds is told by the row alone
    for path in ingest.kept_files(str(vault_folder)):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Tampered):
        playback.open_clip(clip)
