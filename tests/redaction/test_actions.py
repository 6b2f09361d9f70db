"""Saving what is to be covered, making copies, and how both end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest

from goodfences import source
from goodfences.cameras import rights, zones
from goodfences.cameras.models import Camera
from goodfences.clips import retention
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account
from goodfences.redaction import access, actions, making, plans, previewing, tasks
from goodfences.redaction.models import Copy, Draft
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.clips import streams

pytestmark = pytest.mark.django_db
BOX: dict[str, Any] = {
    "kind": "drawn",
    "starts_ms": 500,
    "ends_ms": 4000,
    "anchors": [[1000, 5000, 5000, 2000, 2000]],
}
ZONE = [[0, 5000], [2000, 5000], [2000, 10_000]]


def save(account: Account, clip: Clip, *marks: dict[str, Any], **changes: Any) -> plans.Plan:
    chosen = {"starts_ms": 1100, "ends_ms": 3000, "audio": False} | changes
    return actions.save(account=account, clip_ref=clip.ref, marks=list(marks), **chosen)


def plan(clip: Clip, **changes: Any) -> plans.Plan:
    return plans.plan(clip, **{"starts_ms": 1100, "ends_ms": 3000, "exact": False, "audio": False} | changes)


def test_what_was_saved_is_covered_in_every_use_of_the_clip(olive: Account, hugo: Account, clip: Clip) -> None:
    with pytest.raises(NotFound):  # a member only watches, until the owner allows more
        save(hugo, clip, BOX)
    rights.allow(account=olive, member_ref=hugo.memberships.get().ref, rights={clip.camera.ref: rights.ALL})
    save(hugo, clip, BOX)
    made = making.make(plan(clip))
    assert (made.facts["boxes"], made.facts["reencoded"], made.facts["starts_ms"]) == (1, True, 1133)


def test_where_nothing_is_covered_the_cameras_own_packets_leave(olive: Account, clip: Clip) -> None:
    save(olive, clip)
    assert plan(clip).cut.exact is False
    assert making.make(plan(clip)).facts["reencoded"] is False


def test_a_box_that_does_not_show_in_the_part_is_not_in_its_plan(olive: Account, clip: Clip) -> None:
    save(olive, clip, BOX)
    assert not plan(clip, starts_ms=4000, ends_ms=5000).covers


def test_a_cameras_zones_are_covered_whatever_was_chosen(olive: Account, street_camera: Camera, clip: Clip) -> None:
    zones.replace(account=olive, camera_ref=street_camera.ref, areas=[ZONE])
    made = making.make(plan(clip, marks=[]))
    assert (made.facts["areas"], made.facts["boxes"], made.facts["reencoded"]) == (1, 0, True)


def test_a_plan_reads_as_it_was_kept(olive: Account, street_camera: Camera, clip: Clip) -> None:
    zones.replace(account=olive, camera_ref=street_camera.ref, areas=[ZONE])
    kept = save(olive, clip, BOX)
    assert plans.read(clip, kept.as_data()) == kept


@pytest.mark.parametrize(
    ("marks", "rule"),
    [
        ("none", "marks.form"),
        ([{"kind": "drawn"}], "marks.form"),
        ([BOX] * 61, "marks.many"),
        ([BOX | {"starts_ms": 5000, "ends_ms": 6000, "anchors": [[5500, 0, 0, 100, 100]]}], "marks.outside"),
    ],
)
def test_marks_that_cannot_be_are_refused_and_nothing_is_saved(
    olive: Account, clip: Clip, marks: Any, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        actions.save(account=olive, clip_ref=clip.ref, starts_ms=0, ends_ms=5000, audio=False, marks=marks)
    assert [problem.rule for problem in refused.value.problems] == [rule]
    assert not Draft.objects.exists()


def test_nobody_else_saves_or_fetches_anything(nadia: Account, stranger: Account, omar: Account, clip: Clip) -> None:
    copy = actions.make(plan=plan(clip))
    for account in (nadia, stranger, omar):
        with pytest.raises(NotFound):
            save(account, clip, BOX)
        with pytest.raises(NotFound):
            access.copy(account, copy.ref)


def test_a_copy_is_sealed_and_is_what_the_preview_showed(
    olive: Account, clip: Clip, vault_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = save(olive, clip, BOX)
    monkeypatch.setattr(av, "open", None)  # no video is opened in this process
    shown = previewing.preview(olive.pk, kept)
    copy = actions.make(plan=kept, seen_sha256=shown.sha256)
    with actions.open_copy(access.copy(olive, copy.ref)) as reader:
        assert reader.readall() == shown.content
    assert not any(shown.content[:64] in path.read_bytes() for path in ingest.kept_files(vault_folder))
    assert copy.facts["lost_ms"] == shown.facts["lost_ms"]


def test_a_copy_of_what_was_just_shown_is_not_made_again(
    olive: Account, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = previewing.preview(olive.pk, save(olive, clip, BOX))
    monkeypatch.setattr(making, "make", None)
    assert actions.make(plan=save(olive, clip, BOX), seen_sha256=shown.sha256).sha256 == shown.sha256
    with pytest.raises(TypeError):  # another plan is made, whatever the hash says
        actions.make(plan=save(olive, clip), seen_sha256=shown.sha256)


def test_what_is_not_what_was_shown_is_not_kept(clip: Clip) -> None:
    with pytest.raises(CutError, match="not what you were shown"):
        actions.make(plan=plan(clip), seen_sha256="0" * 64)
    assert not Copy.objects.exists()


def test_the_clip_itself_stays_as_it_is(olive: Account, clip: Clip) -> None:
    before = making.unsealed(clip)
    actions.make(plan=save(olive, clip, BOX))
    assert making.unsealed(clip) == before
    assert streams.numbers(before) == list(range(75))


def test_copies_and_drafts_end_with_their_clip(olive: Account, clip: Clip, vault_folder: Path) -> None:
    copy = actions.make(plan=save(olive, clip, BOX))
    assert tasks.run_due(10) == 0
    retention.delete(account=olive, ref=clip.ref)
    assert tasks.run_due(10) == 2
    assert not Copy.objects.exists() and not Draft.objects.exists()
    assert SealedKey.objects.get(pk=copy.key_id).sealed_identity is None


def test_a_discarded_copy_cannot_be_opened(clip: Clip, django_capture_on_commit_callbacks: Any) -> None:
    copy = actions.make(plan=plan(clip))
    with django_capture_on_commit_callbacks(execute=True):
        actions.discard([copy])
    copy.key.refresh_from_db()
    with pytest.raises(NotFound):
        actions.open_copy(copy)


@pytest.mark.usefixtures("seen_before")
def test_a_file_that_a_crash_left_is_swept_after_an_hour(clip: Clip, vault_folder: Path) -> None:
    kept = actions.make(plan=plan(clip))
    left = actions.make(plan=plan(clip))
    Copy.objects.filter(pk=left.pk).delete()
    assert tasks.run_retention(10) == 0
    later = source.SeededSource(1, source.now() + timedelta(hours=2))
    with source.using(later):
        assert tasks.run_retention(10) == 1
    assert (vault_folder / kept.blob).exists() and not (vault_folder / left.blob).exists()


def test_a_damaged_clip_is_an_error_in_words(olive: Account, clip: Clip, vault_folder: Path) -> None:
    kept = save(olive, clip, BOX)
    path = vault_folder / clip.blob
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CutError, match="damaged"):
        making.make(kept)
