"""From an owner's decision to what the agency holds, however often the worker is killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.agencies.models import Agency
from goodfences.clips.models import Clip
from goodfences.evidence import chain, credentials, custody, keys, layout, opening, receipts, tasks
from goodfences.evidence.models import AgencyKey, CustodyEvent, Share, SharedVideo
from goodfences.evidence.owner import actions, preparing, sealing, sweeping
from goodfences.people.models import Account
from goodfences.redaction import making, previewing
from goodfences.vault import blobs
from goodfences.vault.errors import BlobMissing
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.clips import streams
from tests.evidence.conftest import footage, keep_clip

pytestmark = pytest.mark.django_db
Sharing = Callable[..., Share]


def content(video: SharedVideo) -> bytes:
    return b"".join(opening.chunks(video))


def files() -> set[str]:
    return {blob.name for blob in blobs.store().blobs("shared")}


def test_the_agency_gets_the_chosen_interval_and_no_other_frame(ready: SharedVideo) -> None:
    assert streams.numbers(content(ready)) == list(range(15, 45))


def test_the_packets_are_those_of_the_camera(ready: SharedVideo) -> None:
    source_packets = streams.packets(footage(bframes=3, audio=True))
    assert streams.packets(content(ready)) == source_packets[15:45]
    assert streams.packets(content(ready), "audio") == []


def test_times_are_those_of_what_leaves(ready: SharedVideo, clip: Clip) -> None:
    assert ready.starts_at == clip.starts_at + timedelta(seconds=1)
    assert ready.ends_at == clip.starts_at + timedelta(seconds=3)


def test_the_sealed_copy_holds_no_plain_byte_and_opens_with_the_agencys_key_alone(
    ready: SharedVideo, northgate: Agency, harbor: Agency
) -> None:
    with blobs.store().open(ready.blob) as file:
        sealed = file.read()
    assert sealed.startswith(b"age-encryption.org/v1")
    assert content(ready)[:64] not in sealed
    other = sealing.agency_key(harbor)
    assert other.recipient != AgencyKey.objects.get(agency=northgate).recipient


def test_one_key_an_agency(northgate: Agency) -> None:
    assert sealing.agency_key(northgate) == sealing.agency_key(northgate)


def test_two_workers_make_one_key_an_agency(northgate: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sealing.agency_key(northgate)
    monkeypatch.setattr(sealing, "_held", lambda agency: None)
    assert sealing.agency_key(northgate) == first


def test_which_way_the_camera_looks_is_told_and_no_place(ready: SharedVideo) -> None:
    content = receipts.check(ready.receipt, keys.evidence_key().verifier)
    assert ready.looks_at == content["video"]["looks_at"] == "street"
    assert "that it was taken somewhere in the area of the request" in content["given"]
    assert "where in that area the camera stands" in content["not_given"]


def test_an_address_that_was_told_is_not_said_to_be_kept_back(clip: Clip, share_it: Sharing) -> None:
    share_it(clip, told={"address": "12 Oak Street"})
    tasks.run_due(10)
    said = SharedVideo.objects.get().receipt["receipt"]
    assert "the owner's address" in said["given"]
    assert not {"the owner's address", "where in that area the camera stands"} & set(said["not_given"])


def test_the_receipt_says_what_was_given_and_what_not(ready: SharedVideo, clip: Clip, opened: VideoRequest) -> None:
    content = receipts.check(ready.receipt, keys.evidence_key().verifier)
    assert content["request"]["ref"] == opened.ref
    assert content["video"]["sha256"] == ready.sha256
    assert content["cut_from"] == {"sha256": clip.sha256, "sha256_as_recorded": clip.announced_sha256}
    assert "the sound" in content["not_given"]
    assert "the owner's name" in content["not_given"]
    assert content["told"] == {}
    assert content["shared_at"] == layout.moment(source.now())


def test_what_the_owner_added_is_in_the_receipt(clip: Clip, share_it: Sharing) -> None:
    share_it(clip, told={"phone": "555 0100"})
    tasks.run_due(10)
    video = SharedVideo.objects.get()
    assert video.told == video.receipt["receipt"]["told"] == {"phone": "555 0100"}
    assert "the owner's telephone number" in video.receipt["receipt"]["given"]


def test_custody_begins_with_the_share(ready: SharedVideo) -> None:
    event = ready.custody.get()
    assert (event.kind, event.sequence, event.officer) == (CustodyEvent.Kind.SHARED, 1, None)
    chain.check(custody.log_of(ready))


def test_sound_is_given_where_it_was_switched_on(clip: Clip, share_it: Sharing) -> None:
    share_it(clip, audio=True)
    tasks.run_due(10)
    video = SharedVideo.objects.get()
    assert video.facts["audio"] is True
    assert streams.packets(content(video), "audio")


def test_an_exact_share_is_encoded_anew_and_says_so(clip: Clip, share_it: Sharing) -> None:
    share_it(clip, starts_ms=1400, ends_ms=2934, exact=True)
    tasks.run_due(10)
    video = SharedVideo.objects.get()
    assert video.facts["reencoded"] is True
    assert streams.numbers(content(video)) == list(range(21, 45))
    assert any("encoded anew" in line for line in video.receipt["receipt"]["given"])


def test_two_clips_become_two_videos_that_share_no_identifier(
    clip: Clip, share_it: Sharing, opened: VideoRequest
) -> None:
    other = keep_clip(clip.camera, opened, after=timedelta(minutes=9))
    share = share_it(clip, other)
    tasks.run_due(10)
    one, two = SharedVideo.objects.order_by("starts_at")
    said = [str(video.receipt) + str(video.facts) + str(custody.log_of(video)) for video in (one, two)]
    for secret in (share.ref, clip.ref, other.ref, share.ask.ref, clip.camera.ref, clip.camera.name):
        assert secret not in said[0] + said[1]
    assert one.ref not in said[1]


def test_what_was_shown_is_what_leaves(clip: Clip, share_it: Sharing, olive: Account, olives_ask: Ask) -> None:
    from goodfences.evidence.owner import choosing

    planned = choosing.planned(olives_ask, [choosing.Choice(clip.ref, 1000, 3000)])[0]
    shown = previewing.preview(olive.pk, planned.plan)
    share_it(clip, seen_sha256=shown.sha256)
    tasks.run_due(10)
    assert content(SharedVideo.objects.get()) == shown.content


def test_what_was_not_shown_never_leaves(clip: Clip, share_it: Sharing, olives_ask: Ask) -> None:
    share = share_it(clip, seen_sha256="0" * 64)
    tasks.run_due(10)
    share.refresh_from_db()
    olives_ask.refresh_from_db()
    assert (share.state, olives_ask.state) == (Share.State.FAILED, Ask.State.OPENED)
    assert "not what you were shown" in share.failure
    assert files() == set()


def test_a_clip_that_was_deleted_meanwhile_fails_in_words(clip: Clip, share_it: Sharing, olives_ask: Ask) -> None:
    share = share_it(clip)
    Clip.objects.filter(pk=clip.pk).update(state=Clip.State.DELETED)
    tasks.run_due(10)
    share.refresh_from_db()
    olives_ask.refresh_from_db()
    assert (share.state, olives_ask.state) == (Share.State.FAILED, Ask.State.OPENED)
    assert share.failure == "The clip was deleted before it was handed over."
    assert not SharedVideo.objects.exists()


def test_so_does_one_whose_file_is_gone(clip: Clip, share_it: Sharing) -> None:
    share = share_it(clip)
    blobs.store().delete(clip.blob)
    tasks.run_due(10)
    share.refresh_from_db()
    assert (share.state, share.failure) == (Share.State.FAILED, "The clip was deleted.")


def test_after_a_failure_the_owner_can_share_again(clip: Clip, share_it: Sharing) -> None:
    share_it(clip, seen_sha256="0" * 64)
    tasks.run_due(10)
    share_it(clip)
    tasks.run_due(10)
    assert SharedVideo.objects.count() == 1


@pytest.mark.parametrize("trouble", [(sealing, "store"), (credentials, "sign")])
def test_trouble_that_may_pass_is_tried_again_later(
    clip: Clip,
    share_it: Sharing,
    monkeypatch: pytest.MonkeyPatch,
    clock: source.SeededSource,
    trouble: tuple[Any, str],
) -> None:
    share = share_it(clip)
    with monkeypatch.context() as broken:
        broken.setattr(*trouble, _no_space)
        tasks.run_due(10)
    share.refresh_from_db()
    assert (share.state, share.attempts) == (Share.State.PREPARING, 1)
    assert not SharedVideo.objects.exists()
    assert tasks.run_due(10) == 0
    clock.advance(timedelta(minutes=1))
    tasks.run_due(10)
    share.refresh_from_db()
    assert share.state == Share.State.READY


def test_after_many_tries_it_fails(
    clip: Clip, share_it: Sharing, monkeypatch: pytest.MonkeyPatch, clock: source.SeededSource
) -> None:
    share = share_it(clip)
    monkeypatch.setattr(sealing, "store", _no_space)
    for _ in range(preparing.MAX_ATTEMPTS):
        tasks.run_due(10)
        clock.advance(timedelta(hours=1))
    share.refresh_from_db()
    assert share.state == Share.State.FAILED


def test_nothing_is_handed_over_before_it_lies_sealed(
    clip: Clip, share_it: Sharing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealing and credentials are made side by side, and the slower of the two is waited for."""
    share, signed, lay = share_it(clip), threading.Event(), []
    sign, store, hand_over = credentials.sign, sealing.store, preparing._hand_over

    def signs(*given: Any) -> bytes:
        made = sign(*given)
        signed.set()
        return made

    def stores_last(*given: Any) -> Any:
        assert signed.wait(60)
        return store(*given)

    def hands_over(*given: Any) -> None:
        lay.append(files())
        hand_over(*given)

    monkeypatch.setattr(credentials, "sign", signs)
    monkeypatch.setattr(sealing, "store", stores_last)
    monkeypatch.setattr(preparing, "_hand_over", hands_over)
    tasks.run_due(10)
    assert lay == [set(share.blob_names())]


def _no_space(*_: Any) -> None:
    raise OSError("no space left")


def test_a_share_taken_back_while_it_is_prepared_comes_to_nothing(
    clip: Clip, share_it: Sharing, olive: Account, monkeypatch: pytest.MonkeyPatch, clock: source.SeededSource
) -> None:
    share = share_it(clip)
    make = making.make

    def meanwhile(*given: Any, **how: Any) -> Any:
        actions.withdraw(account=olive, share_ref=share.ref)
        return make(*given, **how)

    monkeypatch.setattr(making, "make", meanwhile)
    tasks.run_due(10)
    assert not SharedVideo.objects.exists()
    assert files() == set(share.blob_names())
    clock.advance(sweeping.LATE)
    tasks.run_due(10)
    assert files() == set()


def test_one_that_is_taken_back_while_it_fails_stays_taken_back(
    clip: Clip, share_it: Sharing, olive: Account
) -> None:
    share = share_it(clip)
    stale = Share.objects.get()
    actions.withdraw(account=olive, share_ref=share.ref)
    preparing.fail(stale, "why")
    share.refresh_from_db()
    assert share.state == Share.State.WITHDRAWN


def test_preparing_twice_gives_once(clip: Clip, share_it: Sharing) -> None:
    share_it(clip)
    first, second = Share.objects.get(), Share.objects.get()
    preparing.prepare(first)
    preparing.prepare(second)
    assert SharedVideo.objects.count() == 1
    assert CustodyEvent.objects.count() == 1


def test_what_a_worker_prepares_no_other_takes_up_until_it_must_be_dead(
    clip: Clip, share_it: Sharing, clock: source.SeededSource
) -> None:
    share = share_it(clip)
    assert preparing.claim() == share
    assert preparing.claim() is None
    clock.advance(timedelta(minutes=3))
    assert preparing.claim() is None, "A cut alone may take three minutes on a busy machine."
    clock.advance(timedelta(minutes=2))
    assert preparing.claim() == share


def test_what_was_taken_up_by_a_clock_that_was_ahead_is_prepared_once_it_is_right(
    clip: Clip, share_it: Sharing, clock: source.SeededSource
) -> None:
    share = share_it(clip)
    clock.advance(timedelta(hours=25))
    assert preparing.claim() == share
    clock.advance(timedelta(hours=-25))
    assert preparing.claim() == share


def test_taking_back_destroys_the_file(ready: SharedVideo, olive: Account) -> None:
    blob = ready.blob
    actions.withdraw(account=olive, share_ref=ready.share_ref)
    assert tasks.run_due(10) == 1
    ready.refresh_from_db()
    assert ready.blob == ""
    assert files() == set()
    with pytest.raises(BlobMissing):
        blobs.store().open(blob)
    assert tasks.run_due(10) == 0


def test_an_agency_key_that_is_needed_is_made_in_the_vault(ready: SharedVideo) -> None:
    key = AgencyKey.objects.get()
    assert key.key.purpose == "agency"
    assert key.recipient == key.key.recipient
