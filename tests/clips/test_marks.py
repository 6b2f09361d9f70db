"""Stars, notes, and clips that are saved beyond their day."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from goodfences import source
from goodfences.cameras import rights
from goodfences.cameras.rights import Rights
from goodfences.clips import access, marks, playback, retention, room, tasks
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account, Membership
from goodfences.vault import blobs
from tests import ingest

pytestmark = pytest.mark.django_db(transaction=True)
ACTS = {
    "star": lambda account, ref: marks.star(account=account, ref=ref, on=True),
    "save": lambda account, ref: marks.save(account=account, ref=ref, on=True),
    "note": lambda account, ref: marks.note(account=account, ref=ref, note="The van", label="van"),
}


@pytest.fixture(autouse=True)
def still(clock: source.SeededSource) -> source.SeededSource:
    return clock


def read(clip: Clip) -> Clip:
    return Clip.objects.select_related("key", "camera").get(pk=clip.pk)


def test_a_star_comes_and_goes(olive: Account, clip: Clip) -> None:
    marks.star(account=olive, ref=clip.ref, on=True)
    at = read(clip).starred_at
    marks.star(account=olive, ref=clip.ref, on=True)
    assert at is not None and read(clip).starred_at == at
    marks.star(account=olive, ref=clip.ref, on=False)
    assert read(clip).starred_at is None


def test_a_note_is_kept_as_written_and_searched_in_plain_letters(olive: Account, clip: Clip) -> None:
    marks.note(account=olive, ref=clip.ref, note="  Señora   GÓMEZ: parcel?", label="Van ")
    now = read(clip)
    assert (now.note, now.label, now.words) == ("Señora GÓMEZ: parcel?", "Van", " van senora gomez parcel")
    marks.note(account=olive, ref=clip.ref, note="", label="")
    assert (read(clip).note, read(clip).words) == ("", None)


def test_a_note_that_is_too_long_or_hides_something_is_refused_whole(olive: Account, clip: Clip) -> None:
    with pytest.raises(Refused) as refused:
        marks.note(account=olive, ref=clip.ref, note="x" * 281, label="a\u202eb")
    assert {problem.field for problem in refused.value.problems} == {"note", "label"}
    assert read(clip).note == ""


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("person", ["hugo", "stranger", "nadia", "omar", "otto", "max"])
def test_nobody_else_marks(act: str, person: str, clip: Clip, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotFound):
        ACTS[act](request.getfixturevalue(person), clip.ref)
    now = read(clip)
    assert (now.starred_at, now.saved_at, now.note) == (None, None, "")


def test_hugo_may_where_olive_allows_it(olive: Account, hugo: Account, clip: Clip) -> None:
    member = Membership.objects.get(account=hugo).ref
    for may in ({"mark": True}, {"download": True}, {"delete": True}):
        rights.allow(account=olive, member_ref=member, rights={clip.camera.ref: Rights(watch=True, **may)})
        opened = {
            "mark": access.clip_to_mark,
            "download": access.clip_to_download,
            "delete": access.clip_to_delete,
        }
        for right, fetch in opened.items():
            if right in may:
                assert fetch(hugo, clip.ref) == clip
            else:
                with pytest.raises(NotFound):
                    fetch(hugo, clip.ref)


def test_a_camera_hidden_from_hugo_has_no_clips_for_him(olive: Account, hugo: Account, clip: Clip) -> None:
    given = playback.pass_for(clip, hugo)
    member = Membership.objects.get(account=hugo).ref
    rights.allow(account=olive, member_ref=member, rights={clip.camera.ref: Rights()})
    with pytest.raises(NotFound):
        access.clip(hugo, clip.ref)
    with pytest.raises(NotFound):
        playback.clip_of_pass(given, hugo)
    assert access.clip(olive, clip.ref) == clip


def test_a_saved_clip_outlives_its_day_and_counts(
    olive: Account, clip: Clip, clock: source.SeededSource, vault_folder: Path
) -> None:
    with playback.open_clip(clip) as reader:
        before = reader.readall()
    marks.save(account=olive, ref=clip.ref, on=True)
    clock.advance(timedelta(days=400))
    while tasks.run_retention(100):
        pass
    kept = access.clip(olive, clip.ref)
    with playback.open_clip(kept) as reader:
        assert reader.readall() == before
    assert playback.poster(kept)
    assert room.taken(kept.camera.household_id) == kept.size
    assert {path.parent.name for path in ingest.kept_files(vault_folder)} == {"saved"}
    marks.save(account=olive, ref=clip.ref, on=True)  # again: nothing to do
    assert read(clip).blob == kept.blob


def test_what_is_no_longer_saved_stays_a_week_and_then_ends(
    olive: Account, clip: Clip, clock: source.SeededSource, vault_folder: Path
) -> None:
    marks.save(account=olive, ref=clip.ref, on=True)
    clock.advance(timedelta(days=100))
    marks.save(account=olive, ref=clip.ref, on=False)
    clock.advance(timedelta(days=6))
    tasks.run_retention(100)
    assert access.clip(olive, clip.ref)
    clock.advance(timedelta(days=2))
    tasks.run_retention(100)
    assert read(clip).state == "expired"
    assert list(ingest.kept_files(vault_folder)) == []


def test_a_clip_that_ends_while_it_is_saved_leaves_no_copy(
    olive: Account, clip: Clip, vault_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied_then_ended(name: str, copy: str) -> None:
        real(name, copy)
        retention.delete(account=olive, ref=clip.ref)

    real = marks._copy
    monkeypatch.setattr(marks, "_copy", copied_then_ended)
    with pytest.raises(NotFound):
        marks.save(account=olive, ref=clip.ref, on=True)
    assert list(blobs.store().blobs("clips")) == []


def test_what_ended_keeps_no_word_of_it(olive: Account, clip: Clip) -> None:
    for act in ACTS.values():
        act(olive, clip.ref)
    (told,) = retention.tell_household(olive, clip.camera.household)
    assert (told["note"], told["label"]) == ("The van", "van") and told["starred_at"] and told["saved_at"]
    retention.delete(account=olive, ref=clip.ref)
    now = read(clip)
    assert (now.note, now.label, now.words, now.starred_at, now.saved_at) == ("", "", None, None, None)
