"""From an owner's yes to a neighbor's eyes, and every way in which it ends."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras import zones
from goodfences.clips import trash
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.evidence import command
from goodfences.ledger import keys as ledger_keys
from goodfences.mail.models import OutboxMessage
from goodfences.neighbor_requests import access, actions, asks, queries, shares, tasks
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest, NeighborShare, NeighborVideo
from goodfences.people import erasure
from goodfences.people.models import Account
from goodfences.redaction import plans, previewing
from goodfences.redaction.choosing import Choice
from goodfences.redaction.models import Copy
from goodfences.vault.models import SealedKey
from tests import persons
from tests.at_once import at_once
from tests.ingest import kept_files
from tests.neighbor_requests.conftest import choice

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def given(olive: Account, olives_ask: NeighborAsk, clip: Clip) -> NeighborShare:
    return shares.share(account=olive, ask_ref=olives_ask.ref, cuts=[choice(clip, olive)], note="Look at the van.")


def watch(account: Account, video: NeighborVideo) -> bytes:
    found = access.video(account, video.ref)
    reader = access.open_video(account, video.ref, access.visit(found))
    try:
        return reader.read_range(0, reader.size)
    finally:
        reader.close()


def test_the_asker_watches_the_very_bytes_that_the_owner_saw(
    asker: Account, olive: Account, given: NeighborShare, clip: Clip, asked: NeighborRequest, settings: Any
) -> None:
    (video,) = queries.videos_for(asked)
    shown = previewing.preview(olive.pk, plans.plan(clip, 1000, 3000, exact=False, audio=False))
    assert watch(asker, video) == shown.content
    assert not [file for file in kept_files(settings.BLOBS) if shown.content[:4096] in file.read_bytes()]
    assert (given.expires_at - given.created_at, video.copy and video.copy.facts["audio"]) == (
        timedelta(days=1),
        False,
    )


def test_only_the_asker_watches(
    olive: Account, stranger: Account, omar: Account, given: NeighborShare, asker: Account
) -> None:
    video = given.videos.get()
    pass_ = access.visit(access.video(asker, video.ref))
    for account in (olive, stranger, omar):
        with pytest.raises(NotFound):
            access.open_video(account, video.ref, pass_)
    with pytest.raises(NotFound):
        access.open_video(asker, video.ref, "made up")


def test_watching_is_watched_once_a_visit(asker: Account, given: NeighborShare, clock: source.SeededSource) -> None:
    video = given.videos.get()
    pass_ = access.visit(access.video(asker, video.ref))
    for _ in range(3):
        access.open_video(asker, video.ref, pass_).close()
    clock.advance(timedelta(minutes=3))
    watch(asker, video)
    assert [one.at for one in queries.watches_of(given)] == [source.now(), source.now() - timedelta(minutes=3)]


def test_privacy_zones_are_covered_and_what_wasnt_shown_stays(
    olive: Account, olives_ask: NeighborAsk, clip: Clip
) -> None:
    with pytest.raises(Exception, match="not what you were shown"):
        shares.share(account=olive, ask_ref=olives_ask.ref, cuts=[Choice(clip.ref, 1000, 3000, seen_sha256="0" * 64)])
    assert not NeighborShare.objects.exists() and not Copy.objects.exists()
    zones.replace(account=olive, camera_ref=clip.camera.ref, areas=[[[0, 0], [5000, 0], [5000, 5000], [0, 5000]]])
    made = shares.share(account=olive, ask_ref=olives_ask.ref, cuts=[choice(clip, olive)])
    assert shares.facts_of(made.videos.get())["areas"] == 1


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ({"cuts": []}, "share.nothing"),
        ({"days": 8}, "kept.days"),
        ({"note": "x" * 501}, "note.max"),
        ({"note": "You must come to 12 Elm Street and tell us who you are."}, "place.address"),
    ],
)
def test_what_is_refused_changes_nothing(
    olive: Account, olives_ask: NeighborAsk, clip: Clip, how: Any, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        shares.share(account=olive, ask_ref=olives_ask.ref, **{"cuts": [choice(clip, olive)], **how})
    assert rule in {problem.rule for problem in refused.value.problems}
    assert not Copy.objects.exists() and not NeighborShare.objects.exists()


def test_nobody_else_answers_and_no_ended_request_takes_an_answer(
    olive: Account, hugo: Account, olives_ask: NeighborAsk, clip: Clip, asker: Account, asked: NeighborRequest
) -> None:
    cuts = [choice(clip, olive)]
    with pytest.raises(NotFound):
        shares.share(account=hugo, ask_ref=olives_ask.ref, cuts=cuts)
    actions.close(account=asker, ref=asked.ref)
    with pytest.raises(Refused):
        shares.share(account=olive, ask_ref=olives_ask.ref, cuts=cuts)
    with pytest.raises(Refused):
        asks.decline(ref=olives_ask.ref)
    assert not Copy.objects.exists()


class TestItsEnd:
    def test_taken_back_unseen_it_never_was(
        self, asker: Account, olive: Account, given: NeighborShare, asked: NeighborRequest, clip: Clip
    ) -> None:
        key = given.videos.get().copy.key_id  # type: ignore[union-attr]
        shares.take_back(account=olive, ref=given.ref)
        shares.take_back(account=olive, ref=given.ref)
        assert not queries.videos_for(asked) and not Copy.objects.exists()
        assert not SealedKey.objects.filter(pk=key, destroyed_at__isnull=True).exists()
        assert not OutboxMessage.objects.filter(template="neighbor_video", state="waiting").exists()
        ask = NeighborAsk.objects.get(pk=given.ask_id)
        assert ask.state == "opened"
        again = shares.share(account=olive, ask_ref=ask.ref, cuts=[choice(clip, olive)])
        assert [video.share_id for video in queries.videos_for(asked)] == [again.pk]

    def test_seen_it_can_be_ended_still(
        self, asker: Account, olive: Account, given: NeighborShare, asked: NeighborRequest
    ) -> None:
        video = given.videos.get()
        watch(asker, video)
        shares.take_back(account=olive, ref=given.ref)
        with pytest.raises(NotFound):
            watch(asker, video)
        assert NeighborAsk.objects.get(pk=given.ask_id).state == "shared" and not queries.videos_for(asked)

    def test_its_day_comes(
        self, asker: Account, given: NeighborShare, asked: NeighborRequest, clock: source.SeededSource
    ) -> None:
        clock.advance(timedelta(days=1))
        assert not queries.videos_for(asked)  # at once, before the worker comes
        tasks.run_due(10)
        given.refresh_from_db()
        assert given.end == "expired" and not Copy.objects.exists()

    def test_its_clip_is_deleted(
        self, olive: Account, given: NeighborShare, asked: NeighborRequest, clip: Clip
    ) -> None:
        trash.delete(account=olive, ref=clip.ref)
        assert not queries.videos_for(asked)
        trash.undo(account=olive, ref=clip.ref)
        assert queries.videos_for(asked)

    @pytest.mark.parametrize("who", ["asker", "olive"])
    def test_one_of_the_two_leaves(self, who: str, given: NeighborShare, request: pytest.FixtureRequest) -> None:
        erasure.erase(account=request.getfixturevalue(who))
        assert not Copy.objects.exists() and not NeighborShare.objects.exists()
        assert not OutboxMessage.objects.filter(
            template__startswith="neighbor", state="waiting", to="olive@example.org"
        ).exists()

    def test_closing_leaves_what_was_shared(
        self, asker: Account, given: NeighborShare, asked: NeighborRequest
    ) -> None:
        actions.close(account=asker, ref=asked.ref)
        tasks.run_due(10)
        assert queries.videos_for(asked)


def test_one_word_of_thanks_goes_through_us(
    asker: Account, olive: Account, stranger: Account, given: NeighborShare
) -> None:
    video = given.videos.get()
    with pytest.raises(NotFound):
        actions.thank(account=stranger, video_ref=video.ref, words="Thanks")
    for words in ("", "Thanks! Come to 12 Elm Street."):
        with pytest.raises(Refused):
            actions.thank(account=asker, video_ref=video.ref, words=words)
    actions.thank(account=asker, video_ref=video.ref, words="Thank you, that helps a lot.")
    with pytest.raises(Refused):
        actions.thank(account=asker, video_ref=video.ref, words="Thank you again.")
    letter = OutboxMessage.objects.get(template="neighbor_thanks")
    told = json.dumps(letter.context)
    assert letter.to == olive.email and "that helps" in told
    assert asker.email not in told and asker.name not in told


def test_an_owner_reports_it_and_moderators_find_it_until_one_of_them_looked(
    olive: Account, stranger: Account, olives_ask: NeighborAsk
) -> None:
    moderator = persons.make_account("Moira", Account.Kind.MODERATOR)
    with pytest.raises(NotFound):
        asks.report(account=stranger, ref=olives_ask.ref, why="Spam")
    assert [one.reports for one in queries.for_moderators(moderator)] == [()]
    asks.report(account=olive, ref=olives_ask.ref, why="This isn't about a car.")
    assert [one.reports for one in queries.for_moderators(moderator)] == [("This isn't about a car.",)]
    assert queries.waiting_reports() == 1
    with pytest.raises(NotFound):
        queries.for_moderators(olive)
    actions.keep(moderator=moderator, ref=olives_ask.request.ref)
    assert queries.waiting_reports() == 0
    assert olives_ask.request.takes_answers(source.now())


def test_the_receipt_holds_and_names_nobody(
    given: NeighborShare, tmp_path: Path, capsys: pytest.CaptureFixture[str], olive: Account, asker: Account
) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(given.receipt))
    assert command.main_receipt([str(file), "--key", ledger_keys.public_key()]) == 0
    said = capsys.readouterr().out
    assert "one neighbor" in said and "no agency" not in said and "anything to an agency" in said
    assert not [who for who in (olive, asker) if who.email in file.read_text() or who.name in file.read_text()]
    given.receipt["receipt"]["until"] = "2030-01-01T00:00:00.000Z"
    file.write_text(json.dumps(given.receipt))
    assert command.main_receipt([str(file), "--key", ledger_keys.public_key()]) == 1


@pytest.mark.at_once
def test_ended_at_the_moment_it_is_watched(
    asker: Account, olive: Account, given: NeighborShare, asked: NeighborRequest
) -> None:
    video = given.videos.get()
    pass_ = access.visit(access.video(asker, video.ref))
    watched, _ended = at_once(
        lambda: access.open_video(asker, video.ref, pass_).close(),
        lambda: shares.take_back(account=olive, ref=given.ref),
    )
    seen = bool(queries.watches_of(given))
    assert (NeighborAsk.objects.get(pk=given.ask_id).state == "shared") == seen
    assert seen or isinstance(watched, NotFound)
    assert not queries.videos_for(asked)
