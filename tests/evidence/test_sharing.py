"""What an owner can share, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.evidence.models import Share, SharedVideo
from goodfences.evidence.owner import actions, choosing
from goodfences.evidence.owner.choosing import Choice
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger.models import LedgerEntry, SignedCheckpoint
from goodfences.people.models import Account
from goodfences.video_requests import actions as requests
from goodfences.video_requests import asks
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.evidence.conftest import keep_clip
from tests.persons import officer

pytestmark = pytest.mark.django_db
Sharing = Callable[..., Share]


def rules(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {problem.rule for problem in refused.value.problems}


def test_a_share_is_kept_with_its_ask(clip: Clip, olives_ask: Ask, share_it: Sharing) -> None:
    share = share_it(clip)
    olives_ask.refresh_from_db()
    assert (share.state, olives_ask.state) == (Share.State.PREPARING, Ask.State.SHARED)
    chosen = {"clip": clip.ref, "starts_ms": 1000, "ends_ms": 3000, "exact": False, "audio": False, "seen_sha256": ""}
    assert share.cuts == [chosen | {"marks": [], "areas": []}]


def test_what_is_kept_is_the_interval_that_leaves(clip: Clip, share_it: Sharing) -> None:
    share = share_it(clip, starts_ms=1400, ends_ms=2100)
    assert (share.cuts[0]["starts_ms"], share.cuts[0]["ends_ms"]) == (1000, 3000)


def test_nothing_is_told_and_no_sound_is_given_unless_added(clip: Clip, share_it: Sharing) -> None:
    share = share_it(clip)
    assert share.told == {}
    assert share.cuts[0]["audio"] is False


def test_what_is_told_is_told_field_by_field(clip: Clip, share_it: Sharing) -> None:
    assert share_it(clip, told={"phone": " 555 0100 ", "name": "  "}).told == {"phone": "555 0100"}


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"password": "x"}, "told.unknown"),
        ({"name": "x" * 201}, "told.length"),
        ({"note": "x" * 1001}, "told.length"),
        ({"note": "x\x00"}, "text.visible"),
        ({"note": "Ring me \u202e1055"}, "text.visible"),
        ({"name": "Olive\nHugo"}, "text.visible"),
    ],
)
def test_what_cannot_be_told_is_refused(clip: Clip, share_it: Sharing, told: dict, rule: str) -> None:
    with pytest.raises(Refused) as refused:
        share_it(clip, told=told)
    assert rules(refused) == {rule}


def test_a_long_note_may_be_told(clip: Clip, share_it: Sharing) -> None:
    assert len(share_it(clip, told={"note": "x" * 1000}).told["note"]) == 1000


def test_nothing_chosen_is_refused(share_it: Sharing) -> None:
    with pytest.raises(Refused, match="at least one clip") as refused:
        share_it()
    assert rules(refused) == {"share.nothing"}


def test_a_clip_chosen_twice_is_refused(clip: Clip, share_it: Sharing) -> None:
    with pytest.raises(Refused) as refused:
        share_it(clip, clip)
    assert "share.twice" in rules(refused)


def test_too_many_clips_are_refused(clip: Clip, share_it: Sharing) -> None:
    with pytest.raises(Refused) as refused:
        share_it(*[clip] * 21)
    assert "share.many" in rules(refused)


def test_every_problem_is_told_at_once(clip: Clip, olive: Account, olives_ask: Ask) -> None:
    choices = [Choice("gone", 0, 1000), Choice(clip.ref, 3000, 2000)]
    with pytest.raises(Refused) as refused:
        actions.share(account=olive, ask_ref=olives_ask.ref, cuts=choices, told={})
    assert {problem.field for problem in refused.value.problems} == {"gone-chosen", f"{clip.ref}-ends_ms"}
    assert not Share.objects.exists()


@pytest.mark.parametrize("who", ["hugo", "nadia", "stranger", "omar", "ada", "max", "otto"])
def test_nobody_else_can_answer_olives_ask(
    clip: Clip, olives_ask: Ask, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotFound):
        actions.share(
            account=request.getfixturevalue(who), ask_ref=olives_ask.ref, cuts=[Choice(clip.ref, 0, 1000)], told={}
        )


def test_a_declined_ask_cannot_be_shared(clip: Clip, olives_ask: Ask, share_it: Sharing) -> None:
    asks.decline(ask_ref=olives_ask.ref)
    with pytest.raises(Refused) as refused:
        share_it(clip)
    assert rules(refused) == {"ask.declined"}


def test_an_ask_is_shared_once(clip: Clip, share_it: Sharing) -> None:
    share_it(clip)
    with pytest.raises(Refused) as refused:
        share_it(clip)
    assert rules(refused) == {"ask.shared"}
    assert Share.objects.count() == 1


def test_a_request_whose_time_is_over_takes_no_share(
    clip: Clip, share_it: Sharing, clock: source.SeededSource, opened: VideoRequest
) -> None:
    assert opened.expires_at is not None
    clock.advance(opened.expires_at - clock.now())
    with pytest.raises(Refused) as refused:
        share_it(clip)
    assert rules(refused) == {"ask.ended"}


def test_a_closed_request_takes_no_share(clip: Clip, share_it: Sharing, opened: VideoRequest, ada: Account) -> None:
    requests.close(officer=officer(ada), ref=opened.ref)
    with pytest.raises(Refused) as refused:
        share_it(clip)
    assert rules(refused) == {"ask.ended"}


class TestClips:
    """Which clips an ask is about."""

    def test_of_a_camera_that_may_not_be_asked_about(
        self, clip: Clip, street_camera: Camera, share_it: Sharing
    ) -> None:
        street_camera.may_be_asked = False
        street_camera.save()
        with pytest.raises(Refused) as refused:
            share_it(clip)
        assert rules(refused) == {"share.clip"}

    def test_of_an_indoors_camera(self, indoors_camera: Camera, opened: VideoRequest, share_it: Sharing) -> None:
        with pytest.raises(Refused) as refused:
            share_it(keep_clip(indoors_camera, opened))
        assert rules(refused) == {"share.clip"}

    def test_of_a_neighbor(self, strangers_camera: Camera, opened: VideoRequest, share_it: Sharing) -> None:
        with pytest.raises(Refused) as refused:
            share_it(keep_clip(strangers_camera, opened))
        assert rules(refused) == {"share.clip"}

    def test_of_a_camera_outside_the_area(
        self, clip: Clip, street_camera: Camera, share_it: Sharing, nadia: Account
    ) -> None:
        Camera.objects.filter(pk=street_camera.pk).update(cell=0x8B1126D2CB5AFFF)
        with pytest.raises(Refused) as refused:
            share_it(clip)
        assert rules(refused) == {"share.clip"}

    @pytest.mark.parametrize("after", [timedelta(seconds=-6), timedelta(hours=2)])
    def test_from_another_time(
        self, street_camera: Camera, opened: VideoRequest, share_it: Sharing, after: timedelta
    ) -> None:
        with pytest.raises(Refused) as refused:
            share_it(keep_clip(street_camera, opened, after=after))
        assert rules(refused) == {"share.clip"}

    @pytest.mark.parametrize("changes", [{"checked_at": None}, {"state": "deleted"}, {"state": "expired"}])
    def test_that_is_not_there(self, clip: Clip, share_it: Sharing, changes: dict[str, Any]) -> None:
        Clip.objects.filter(pk=clip.pk).update(**changes)
        with pytest.raises(Refused) as refused:
            share_it(clip)
        assert rules(refused) == {"share.clip"}


class TestTheEdgesOfTheWindow:
    """A clip that reaches over an end of the window: from 2.5 seconds before it to 2.5 seconds into it."""

    @pytest.fixture
    def straddling(self, street_camera: Camera, opened: VideoRequest) -> Clip:
        return keep_clip(street_camera, opened, after=timedelta(seconds=-2.5))

    def test_the_part_in_the_window_is_proposed(self, straddling: Clip, olives_ask: Ask) -> None:
        assert choosing.inside_window(olives_ask, straddling) == (2500, 5000)

    def test_so_is_that_before_its_end(self, street_camera: Camera, opened: VideoRequest, olives_ask: Ask) -> None:
        last = keep_clip(street_camera, opened, after=timedelta(hours=2) - timedelta(seconds=2.5))
        assert choosing.inside_window(olives_ask, last) == (0, 2500)

    def test_the_group_that_the_window_begins_in_leaves_whole(self, straddling: Clip, share_it: Sharing) -> None:
        share = share_it(straddling, starts_ms=2500, ends_ms=5000)
        assert share.cuts[0]["starts_ms"] == 2000

    def test_the_snapped_interval_may_be_chosen_as_shown(self, straddling: Clip, share_it: Sharing) -> None:
        assert share_it(straddling, starts_ms=2000, ends_ms=5000).cuts[0]["starts_ms"] == 2000

    def test_a_group_before_it_stays_at_home(self, straddling: Clip, share_it: Sharing) -> None:
        with pytest.raises(Refused) as refused:
            share_it(straddling, starts_ms=1999, ends_ms=5000)
        assert rules(refused) == {"cut.window"}
        assert "from 2.0 s to 5.0 s" in refused.value.problems[0].message

    def test_an_exact_cut_begins_with_the_window(self, straddling: Clip, share_it: Sharing) -> None:
        assert share_it(straddling, starts_ms=2500, ends_ms=5000, exact=True).cuts[0]["starts_ms"] == 2500

    def test_and_not_before(self, straddling: Clip, share_it: Sharing) -> None:
        with pytest.raises(Refused) as refused:
            share_it(straddling, starts_ms=2499, ends_ms=5000, exact=True)
        assert rules(refused) == {"cut.window"}


class TestThePublicRecord:
    """P5: nothing moves unless the ledger proves the request, here and now."""

    def test_a_request_that_no_checkpoint_vouches_for(self, clip: Clip, share_it: Sharing, olives_ask: Ask) -> None:
        SignedCheckpoint.objects.all().delete()
        with pytest.raises(Refused, match="nothing was shared") as refused:
            share_it(clip)
        assert rules(refused) == {"ledger.proof"}
        olives_ask.refresh_from_db()
        assert olives_ask.state == Ask.State.SENT

    def test_an_entry_that_was_changed(self, clip: Clip, share_it: Sharing, opened: VideoRequest) -> None:
        entry = LedgerEntry.objects.get(index=opened.ledger_index)
        entry.body["place_name"] = "Elsewhere"
        entry.save()
        with pytest.raises(Refused) as refused:
            share_it(clip)
        assert rules(refused) == {"ledger.proof"}

    def test_an_entry_that_was_erased(self, clip: Clip, share_it: Sharing, opened: VideoRequest) -> None:
        LedgerEntry.objects.filter(index=opened.ledger_index).update(body=None, salt="")
        with pytest.raises(Refused) as refused:
            share_it(clip)
        assert rules(refused) == {"ledger.proof"}

    def test_the_entry_of_something_else(self, clip: Clip, share_it: Sharing, opened: VideoRequest) -> None:
        VideoRequest.objects.filter(pk=opened.pk).update(ledger_index=0)
        with pytest.raises(Refused, match="not the one that opened"):
            share_it(clip)

    def test_no_entry_at_all(self, clip: Clip, share_it: Sharing, opened: VideoRequest) -> None:
        VideoRequest.objects.filter(pk=opened.pk).update(ledger_index=None)
        with pytest.raises(Refused, match="no entry"):
            share_it(clip)

    def test_an_entry_that_is_not_there(self, clip: Clip, share_it: Sharing, opened: VideoRequest) -> None:
        VideoRequest.objects.filter(pk=opened.pk).update(ledger_index=10_000)
        with pytest.raises(Refused) as refused:
            share_it(clip)
        assert rules(refused) == {"ledger.proof"}

    @pytest.mark.parametrize("field", ["reason", "case_number", "contact"])
    def test_details_other_than_those_committed_to(
        self, clip: Clip, share_it: Sharing, opened: VideoRequest, field: str
    ) -> None:
        VideoRequest.objects.filter(pk=opened.pk).update(**{field: "changed after the fact"})
        with pytest.raises(Refused, match="says otherwise"):
            share_it(clip)

    def test_a_ledger_signed_by_another_key(
        self, clip: Clip, share_it: Sharing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from goodfences_record.notes import SigningKey

        other = str(SigningKey.new(ledger_keys.origin()).verifier)
        monkeypatch.setattr(ledger_keys, "public_key", lambda: other)
        with pytest.raises(Refused) as refused:
            share_it(clip)
        assert rules(refused) == {"ledger.proof"}


class TestTakingBack:
    def test_before_anything_was_prepared(
        self, clip: Clip, olive: Account, olives_ask: Ask, share_it: Sharing
    ) -> None:
        share = actions.withdraw(account=olive, share_ref=share_it(clip, told={"name": "Olive"}).ref)
        olives_ask.refresh_from_db()
        assert (share.state, share.told, olives_ask.state) == (Share.State.WITHDRAWN, {}, Ask.State.OPENED)

    def test_hides_the_video_at_once(self, ready: SharedVideo, olive: Account) -> None:
        actions.withdraw(account=olive, share_ref=ready.share_ref)
        ready.refresh_from_db()
        assert ready.withdrawn_at is not None
        assert [event.kind for event in ready.custody.order_by("sequence")] == ["shared", "withdrawn"]

    def test_twice_is_once(self, ready: SharedVideo, olive: Account) -> None:
        for _ in range(2):
            actions.withdraw(account=olive, share_ref=ready.share_ref)
        assert ready.custody.count() == 2

    def test_not_after_it_was_downloaded(self, ready: SharedVideo, olive: Account) -> None:
        SharedVideo.objects.update(downloaded_at=source.now())
        with pytest.raises(Refused, match="Northgate Police has downloaded it") as refused:
            actions.withdraw(account=olive, share_ref=ready.share_ref)
        assert rules(refused) == {"share.downloaded"}

    def test_not_what_failed(self, clip: Clip, olive: Account, share_it: Sharing) -> None:
        share = share_it(clip)
        Share.objects.update(state=Share.State.FAILED)
        with pytest.raises(Refused) as refused:
            actions.withdraw(account=olive, share_ref=share.ref)
        assert rules(refused) == {"share.failed"}

    def test_and_choose_anew(self, ready: SharedVideo, clip: Clip, olive: Account, share_it: Sharing) -> None:
        actions.withdraw(account=olive, share_ref=ready.share_ref)
        again = share_it(clip)
        assert again.state == Share.State.PREPARING
        assert Share.objects.count() == 2

    def test_after_the_request_ended(
        self, ready: SharedVideo, olive: Account, olives_ask: Ask, opened: VideoRequest, ada: Account
    ) -> None:
        requests.close(officer=officer(ada), ref=opened.ref)
        actions.withdraw(account=olive, share_ref=ready.share_ref)
        olives_ask.refresh_from_db()
        assert olives_ask.state == Ask.State.EXPIRED

    @pytest.mark.parametrize("who", ["hugo", "nadia", "stranger", "omar", "max", "otto"])
    def test_is_for_olive_alone(self, ready: SharedVideo, who: str, request: pytest.FixtureRequest) -> None:
        with pytest.raises(NotFound):
            actions.withdraw(account=request.getfixturevalue(who), share_ref=ready.share_ref)

    def test_is_not_for_an_account_that_was_closed(self, ready: SharedVideo, olive: Account) -> None:
        olive.is_active = False
        with pytest.raises(NotFound):
            actions.withdraw(account=olive, share_ref=ready.share_ref)

    def test_of_nothing(self, olive: Account) -> None:
        with pytest.raises(NotFound):
            actions.withdraw(account=olive, share_ref="nothing")
