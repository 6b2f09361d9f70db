"""Olive's asks: who asks and why, what her cameras have, choosing, sharing, declining, taking back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips import playback
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.evidence import keys, opening, portal, receipts, tasks
from goodfences.evidence.models import CustodyEvent, Share, SharedVideo
from goodfences.ledger.models import SignedCheckpoint
from goodfences.people.models import Account
from goodfences.redaction import actions as redaction
from goodfences.redaction import making
from goodfences.video_requests import actions as requests
from goodfences.video_requests.models.ask import Ask, Mute
from goodfences.video_requests.models.request import VideoRequest
from tests.clips import streams
from tests.pages import Page
from tests.persons import officer
from tests.video_requests.conftest import REASON, draft, opened, policy_published, submitted, unsigned
from tests.web.sharing import (
    LOOK,
    bytes_of,
    clip,
    give,
    keep,
    look,
    olives_ask,
    previewed,
    shared,
    signed_in,
    vault,
)

__all__ = [
    "clip",
    "draft",
    "olives_ask",
    "opened",
    "policy_published",
    "shared",
    "signed_in",
    "submitted",
    "unsigned",
]
__all__ += ["vault"]

pytestmark = pytest.mark.django_db
SignedIn = Callable[[Account], Client]
NOT_OLIVE = ["hugo", "nadia", "stranger", "omar", "ada", "aggie", "audrey", "sam", "max", "otto"]


@pytest.fixture
def client(signed_in: SignedIn, olive: Account) -> Client:
    """Olive's browser, without scripts."""
    return signed_in(olive)


def page_of(client: Client, ask: Ask) -> Page:
    response = client.get(f"/requests/{ask.ref}/")
    assert response.status_code == 200
    return Page(response)


def map_on(page: Page) -> list[dict]:
    """The features of the page's map."""
    text = page.source.split('type="application/json">', 1)[1].split("</script>", 1)[0]
    return json.loads(text)["features"]


class TestTheLetter:
    def test_the_list_leads_to_what_waits(self, client: Client, olives_ask: Ask) -> None:
        page = Page(client.get("/requests/"))
        assert "Vandalism · Northgate Police" in page.text
        assert f"/requests/{olives_ask.ref}/" in page.addresses

    def test_it_says_who_asks_and_why(self, client: Client, olives_ask: Ask) -> None:
        text = page_of(client, olives_ask).text
        for words in ("Northgate Police asks", "Officer 4411", "approved by Sergeant 3102", "26-0412", REASON):
            assert words in text
        assert "omar@northgate.example" in text
        assert "If you write or call, they will know that you were asked." in text

    def test_it_says_before_the_buttons_what_follows_whatever_she_does(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        page = page_of(client, olives_ask).source
        for said in ("If you share", "What you can undo", "If you say “not this time”", "If you do nothing"):
            assert page.index(said) < page.index('aria-label="Your decision"')

    def test_it_says_when_and_where_by_her_clock(self, client: Client, olives_ask: Ask) -> None:
        text = page_of(client, olives_ask).text
        # From 20:00 to 22:00 UTC; in Helsinki it was two hours later.
        assert "10:00 pm to Tuesday, November 24, 12:00 am" in text
        assert "around Oak Street" in text

    def test_the_public_entry_is_checked_and_linked(
        self, client: Client, olives_ask: Ask, opened: VideoRequest
    ) -> None:
        page = page_of(client, olives_ask)
        assert f"Entry {opened.ledger_index} in the public ledger, checked" in page.text
        entry = next(address for address in page.addresses if f"/ledger/{opened.ledger_index}/" in address)
        assert Client().get(entry).status_code == 200

    def test_a_record_that_cannot_be_confirmed_is_said_and_stops_the_share(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        SignedCheckpoint.objects.all().delete()
        assert "can’t be confirmed right now" in page_of(client, olives_ask).text
        checked = Page(look(client, olives_ask, clip))
        refused = checked.form("/share/").send(client)
        assert refused.status_code == 422
        assert "nothing was shared" in Page(refused).text
        assert not Share.objects.exists()

    def test_looking_marks_it_opened_and_nothing_else(self, client: Client, olives_ask: Ask) -> None:
        page_of(client, olives_ask)
        olives_ask.refresh_from_db()
        assert olives_ask.state == Ask.State.OPENED

    def test_her_own_cameras_are_on_the_map_and_no_others(
        self, client: Client, olives_ask: Ask, stranger: Account
    ) -> None:
        own = [
            f["properties"]["name"] for f in map_on(page_of(client, olives_ask)) if f["properties"]["kind"] == "own"
        ]
        assert sorted(own) == ["Front door", "Street"]
        text = page_of(client, olives_ask).text
        assert "Yours in it: Street, Front door." in text or "Yours in it: Front door, Street." in text
        assert "Hall" not in text and "Elm street" not in text

    def test_a_neighbor_sees_their_own_and_an_officer_none(
        self, signed_in: SignedIn, olives_ask: Ask, opened: VideoRequest, stranger: Account, omar: Account
    ) -> None:
        home = stranger.households.get()
        theirs = Ask.objects.create(video_request=opened, owner=stranger, household=home, state=Ask.State.SENT)
        shown = map_on(page_of(signed_in(stranger), theirs))
        assert [f["properties"].get("name") for f in shown if f["properties"]["kind"] == "own"] == ["Elm street"]
        for_omar = signed_in(omar).get(f"/portal/requests/{opened.ref}/").content.decode()
        assert '"own"' not in for_omar and "Front door" not in for_omar and "Elm street" not in for_omar


class TestTheClips:
    def test_the_time_line_has_a_mark_for_each_clip(
        self, client: Client, olives_ask: Ask, clip: Clip, olives_device: Device, door_camera: Camera
    ) -> None:
        keep(olives_device, door_camera, olives_ask.video_request, after=timedelta(minutes=90))
        page = page_of(client, olives_ask)
        marks = [rect for rect in page.all("rect") if rect.get("class", "").startswith("has")]
        assert len(marks) == 2
        assert float(marks[0]["x"].rstrip("%")) < 10 < 70 < float(marks[1]["x"].rstrip("%"))

    def test_only_clips_of_the_window_are_offered(
        self, client: Client, olives_ask: Ask, clip: Clip, olives_device: Device, street_camera: Camera
    ) -> None:
        later = keep(olives_device, street_camera, olives_ask.video_request, after=timedelta(hours=3))
        page = page_of(client, olives_ask).source
        assert f"{clip.ref}-chosen" in page
        assert later.ref not in page

    def test_none_is_chosen_before_she_chooses(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        page = page_of(client, olives_ask)
        assert not [box for box in page.all("input", type="checkbox") if "checked" in box]

    def test_each_has_a_still(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        (still,) = page_of(client, olives_ask).all("img")
        poster = client.get(still["src"])
        assert (poster.status_code, poster["Content-Type"]) == (200, "image/jpeg")
        assert poster.content.startswith(b"\xff\xd8")

    def test_she_plays_any_part_of_it(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        (video,) = page_of(client, olives_ask).all("video")
        whole = bytes_of(client.get(video["src"]))
        assert hashlib.sha256(whole).hexdigest() == clip.sha256
        part = client.get(video["src"], headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, bytes_of(part)) == (206, whole[1000:2000])
        assert part["Content-Range"] == f"bytes 1000-1999/{len(whole)}"

    def test_without_clips_there_is_nothing_to_choose(self, client: Client, olives_ask: Ask) -> None:
        page = page_of(client, olives_ask)
        assert "Your cameras kept nothing from that time" in page.text
        assert LOOK not in page.text
        assert "Not this time" in page.text


class TestChoosing:
    def test_a_trim_snaps_to_key_frames_and_shows_what_will_leave(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        page = Page(look(client, olives_ask, clip, starts="0:01.4", ends="0:02.1"))
        # The clip begins at 22:05 in Helsinki; its key frames stand at each second.
        assert "10:05:01 to 10:05:03 pm" in page.text
        assert "between two of its key frames. Without sound." in page.text
        (video,) = previewed(client, page)
        assert streams.numbers(video) == list(range(15, 45))

    def test_the_exact_second_is_encoded_anew(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        page = Page(look(client, olives_ask, clip, starts="0:01.4", ends="2.934", exact=True))
        assert "Encoded anew" in page.text
        (video,) = previewed(client, page)
        assert streams.numbers(video) == list(range(21, 45))

    def test_a_preview_is_played_by_ranges(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        page = Page(look(client, olives_ask, clip))
        (video,) = page.all("video")
        whole = bytes_of(client.get(video["src"]))
        part = client.get(video["src"], headers={"Range": "bytes=-100"})
        assert (part.status_code, bytes_of(part)) == (206, whole[-100:])
        assert part["Cache-Control"].find("no-store") >= 0

    def test_looking_gives_nothing_away(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        page = Page(look(client, olives_ask, clip))
        previewed(client, page)
        tasks.run_due(10)
        assert "Nothing has left yet" in page.text
        assert not Share.objects.exists() and not SharedVideo.objects.exists() and not CustodyEvent.objects.exists()

    def test_sound_is_off_unless_switched_on(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        silent, loud = Page(look(client, olives_ask, clip)), Page(look(client, olives_ask, clip, audio=True))
        assert "Without sound." in silent.text and "With sound." in loud.text
        (without,), (with_it,) = previewed(client, silent), previewed(client, loud)
        assert not streams.packets(without, "audio") and streams.packets(with_it, "audio")

    def test_the_page_repeats_what_goes_along_field_by_field(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        page = Page(look(client, olives_ask, clip, phone="+358 40 555 0100", note="Ring twice."))
        assert "Your telephone number +358 40 555 0100" in page.text and "A note Ring twice." in page.text
        assert "Your name" not in page.text.split("unless it stands below", 1)[1]

    def test_nothing_chosen_is_said_in_words(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        refused = look(client, olives_ask)
        assert refused.status_code == 422
        assert "Choose at least one clip" in Page(refused).text

    def test_all_that_is_wrong_stands_on_top_with_links_and_takes_the_focus(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        refused = look(client, olives_ask, clip, starts="0", ends="0:09", note="x" * 3000, email="notanemail")
        page = Page(refused)
        (summary,) = [had for had in page.all("div") if had.get("class") == "summary"]
        assert summary["tabindex"] == "-1" and "autofocus" in summary
        ids = {had["id"] for _, had in page.elements if "id" in had}
        for target in (f"#clip-{clip.ref}", "#id_note", "#id_email"):
            assert target in page.addresses and target[1:] in ids
        assert "A note : At most 1000 characters, please. This has 3000." in page.text
        assert "Your email address : Write an email address, such as name@example.org." in page.text

    @pytest.mark.parametrize(
        ("starts", "ends", "words"),
        [("0:03.0", "0:02.0", "Choose an end after its start"), ("0:00.0", "0:09.0", "You chose")],
    )
    def test_a_part_that_cannot_be_is_said_beside_its_clip_and_kept(
        self, client: Client, olives_ask: Ask, clip: Clip, starts: str, ends: str, words: str
    ) -> None:
        refused = look(client, olives_ask, clip, starts=starts, ends=ends, note="Ring twice.")
        assert refused.status_code == 422
        page = Page(refused)
        assert words in page.text
        form = page.form("/check/")
        assert form.values[f"{clip.ref}-ends"] == [ends] and f"{clip.ref}-chosen" in form.values
        assert form.values["note"] == ["Ring twice."]

    @pytest.mark.parametrize("typed", ["soon", "1:2:3:4", "-1", "0:07.1234"])
    def test_a_time_that_is_none_is_said_and_never_guessed(
        self, client: Client, olives_ask: Ask, clip: Clip, typed: str
    ) -> None:
        refused = look(client, olives_ask, clip, ends=typed)
        assert refused.status_code == 422
        assert f"“{typed}” is no time in the clip." in Page(refused).text

    def test_a_decoder_in_trouble_is_said_and_nothing_is_lost(
        self, client: Client, olives_ask: Ask, clip: Clip, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(making, "CPU_SECONDS", 0)
        refused = look(client, olives_ask, clip)
        assert refused.status_code == 422
        assert "try again" in Page(refused).text

    @pytest.mark.parametrize("query", ["", "?starts_ms=x&ends_ms=1", "?starts_ms=4000&ends_ms=1000"])
    def test_there_is_no_preview_of_nonsense(self, client: Client, olives_ask: Ask, clip: Clip, query: str) -> None:
        assert client.get(f"/requests/{olives_ask.ref}/preview/{clip.ref}.mp4{query}").status_code == 404


class TestTheAddressOfWhatWouldLeave:
    def test_can_be_opened_again(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        checked = look(client, olives_ask, clip, phone="555 0100")
        assert checked.redirect_chain == [(f"/requests/{olives_ask.ref}/check/", 302)]
        again = client.get(f"/requests/{olives_ask.ref}/check/")
        assert again.status_code == 200
        assert "This is what Northgate Police would get" in Page(again).text and "555 0100" in Page(again).text

    def test_without_a_choice_leads_to_the_ask(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        response = client.get(f"/requests/{olives_ask.ref}/check/", follow=True)
        assert response.redirect_chain == [(f"/requests/{olives_ask.ref}/", 302)]

    def test_the_ask_still_has_what_was_chosen(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        look(client, olives_ask, clip, starts="0:02", note="Ring twice.")
        form = page_of(client, olives_ask).form("/check/")
        assert f"{clip.ref}-chosen" in form.values and form.values[f"{clip.ref}-starts"] == ["0:02.0"]
        assert form.values["note"] == ["Ring twice."]

    @pytest.mark.parametrize("button", ["/share/", "/decline/"])
    def test_once_she_decided_it_leads_to_her_decision_and_nothing_typed_is_kept(
        self, client: Client, olives_ask: Ask, clip: Clip, button: str
    ) -> None:
        Page(look(client, olives_ask, clip, note="Ring twice.")).form(button).send(client)
        response = client.get(f"/requests/{olives_ask.ref}/check/", follow=True)
        assert response.redirect_chain == [(f"/requests/{olives_ask.ref}/", 302)]
        assert "Ring" not in str(dict(client.session))


class TestSharing:
    def test_her_decision_is_kept_at_once_and_prepared_after(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        page = give(client, olives_ask, clip)
        assert "Your decision is kept." in page.text and "doesn’t see it yet" in page.text
        tasks.run_due(10)
        page = page_of(client, olives_ask)
        assert "Northgate Police can see it now." in page.text
        assert "Nobody has opened it yet." in page.text

    def test_what_she_saw_is_what_they_get(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        checked = Page(look(client, olives_ask, clip, starts="0:01.4", ends="0:02.1"))
        (seen,) = previewed(client, checked)
        checked.form("/share/").send(client)
        tasks.run_due(10)
        assert b"".join(opening.chunks(SharedVideo.objects.get())) == seen

    def test_two_clips_are_two_videos(
        self, client: Client, olives_ask: Ask, clip: Clip, olives_device: Device, door_camera: Camera
    ) -> None:
        other = keep(olives_device, door_camera, olives_ask.video_request, after=timedelta(minutes=30))
        give(client, olives_ask, clip, other)
        tasks.run_due(10)
        assert {video.looks_at for video in SharedVideo.objects.all()} == {"street", "door"}
        assert page_of(client, olives_ask).text.count("Your consent receipt") == 2

    def test_nothing_is_told_unless_she_told_it(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        give(client, olives_ask, clip)
        assert Share.objects.get().told == {}

    def test_what_she_told_is_told_and_no_more(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        give(client, olives_ask, clip, phone="555 0100")
        tasks.run_due(10)
        assert SharedVideo.objects.get().told == {"phone": "555 0100"}

    def test_a_clip_that_was_deleted_between_the_pages_is_said(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        form = Page(look(client, olives_ask, clip)).form("/share/")
        Page(client.get(f"/home/clips/{clip.ref}/")).form("/delete/").send(client)
        refused = form.send(client)
        assert refused.status_code == 422
        assert "Nothing was shared." in Page(refused).text

    @pytest.mark.parametrize("cut", ["", "x", "a.b.c.d.e.f", "REF.0.99999999.0.0.", "." * 300])
    def test_a_forged_choice_shares_nothing(self, client: Client, olives_ask: Ask, clip: Clip, cut: str) -> None:
        form = Page(look(client, olives_ask, clip)).form("/share/")
        form.values["cut"] = [cut.replace("REF", clip.ref)]
        assert form.send(client).status_code == 422
        assert not Share.objects.exists()

    def test_a_share_that_failed_says_why_and_she_can_choose_anew(
        self, client: Client, olives_ask: Ask, clip: Clip, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        form = Page(look(client, olives_ask, clip)).form("/share/")
        form.values["cut"] = [form.values["cut"][0].rpartition(".")[0] + "." + "0" * 64]
        form.send(client)
        tasks.run_due(10)
        page = page_of(client, olives_ask)
        assert "couldn’t be prepared, and nothing left." in page.text
        assert "not what you were shown" in page.text
        assert "not what you were shown" in Page(client.get("/requests/")).text
        give(client, olives_ask, clip)
        assert "couldn’t be prepared" not in page_of(client, olives_ask).text

    def test_every_form_carries_its_own_permission(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        sent = Page(look(client, olives_ask, clip)).form("/share/").filled()
        sent.pop("csrfmiddlewaretoken")
        assert client.post(f"/requests/{olives_ask.ref}/share/", sent).status_code == 403
        assert not Share.objects.exists()


class TestNotThisTime:
    def test_is_one_button_and_can_be_undone(self, client: Client, olives_ask: Ask) -> None:
        declined = Page(page_of(client, olives_ask).form("/decline/").send(client))
        assert "Nobody was told." in declined.text
        again = Page(declined.form("/undo/").send(client))
        assert "Sharing is your choice." in again.text
        olives_ask.refresh_from_db()
        assert olives_ask.state == Ask.State.OPENED

    def test_stands_on_the_second_page_as_well(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        Page(look(client, olives_ask, clip)).form("/decline/").send(client)
        olives_ask.refresh_from_db()
        assert olives_ask.state == Ask.State.DECLINED

    def test_leaves_nothing_to_share(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        sharing = Page(look(client, olives_ask, clip)).form("/share/")
        page_of(client, olives_ask).form("/decline/").send(client)
        assert sharing.send(client).status_code == 422
        assert not Share.objects.exists()

    def test_and_no_more_of_them(self, client: Client, olives_ask: Ask, olive: Account) -> None:
        page = Page(
            page_of(client, olives_ask).form("/mute/").send(client, "Don’t ask me for Northgate Police again")
        )
        assert Mute.objects.get().agency == olives_ask.video_request.agency
        page = Page(page.form("/mute/").send(client, "Let Northgate Police ask me again"))
        page = Page(page.form("/mute/").send(client, "Don’t ask me at all"))
        assert Mute.objects.get().agency is None
        page.form("/mute/").send(client, "Any agency: Let agencies ask me again")
        assert not Mute.objects.exists()


class TestTakingBack:
    def test_until_it_was_downloaded(
        self, client: Client, olives_ask: Ask, shared: SharedVideo, omar: Account
    ) -> None:
        taken = Page(page_of(client, olives_ask).form("/take-back/").send(client))
        assert "You took it back. Northgate Police finds nothing any more." in taken.text
        assert "Sharing is your choice." in taken.text
        with pytest.raises(NotFound):
            portal.video(officer(omar), shared.ref)

    def test_the_ask_says_that_she_shared_and_took_back(
        self, client: Client, olives_ask: Ask, shared: SharedVideo
    ) -> None:
        words = "You shared video for this request and took it back. Nobody had opened it"
        assert words not in page_of(client, olives_ask).text
        page_of(client, olives_ask).form("/take-back/").send(client)
        assert words in page_of(client, olives_ask).text

    def test_before_it_was_prepared(self, client: Client, olives_ask: Ask, clip: Clip) -> None:
        give(client, olives_ask, clip).form("/take-back/").send(client)
        tasks.run_due(10)
        assert not SharedVideo.objects.exists()

    def test_not_after(self, client: Client, olives_ask: Ask, shared: SharedVideo, omar: Account) -> None:
        before = page_of(client, olives_ask).form("/take-back/")
        portal.download(officer=officer(omar), request_ref=olives_ask.video_request.ref)
        page = page_of(client, olives_ask)
        assert "has downloaded it, so it can’t be taken back any more." in page.text
        assert not [form for form in page.forms if "take-back" in form.action]
        assert "Northgate Police has downloaded it" in Page(before.send(client)).text
        shared.refresh_from_db()
        assert shared.withdrawn_at is None

    def test_of_nothing_is_not_found(self, client: Client, olives_ask: Ask) -> None:
        token = page_of(client, olives_ask).form("/decline/").values["csrfmiddlewaretoken"][0]
        sent = {"csrfmiddlewaretoken": token}
        assert client.post(f"/requests/{olives_ask.ref}/take-back/", sent).status_code == 404


class TestWhoTouchedIt:
    """P10: an officer's step is on her page the moment it happens."""

    def test_an_opening_stands_there_at_once(
        self, client: Client, olives_ask: Ask, shared: SharedVideo, signed_in: SignedIn, omar: Account
    ) -> None:
        signed_in(omar).get(f"/portal/shared/{shared.ref}/")
        page = page_of(client, olives_ask)
        assert "Officer 4411 of Northgate Police opened it, for case 26-0412" in page.text
        assert "Nobody has opened it yet" not in page.text
        assert "Officer 4411 opened it" in Page(client.get("/requests/")).text

    def test_what_was_opened_before_it_was_taken_back_stays_there(
        self,
        client: Client,
        olives_ask: Ask,
        clip: Clip,
        shared: SharedVideo,
        signed_in: SignedIn,
        omar: Account,
        ada: Account,
    ) -> None:
        signed_in(omar).get(f"/portal/shared/{shared.ref}/")
        opened = "Officer 4411 of Northgate Police opened it, for case 26-0412"
        taken = Page(page_of(client, olives_ask).form("/take-back/").send(client))
        assert "What you took back had been opened" in taken.text and opened in taken.text
        assert "Officer 4411 opened it" in Page(client.get("/requests/")).text
        give(client, olives_ask, clip)
        tasks.run_due(10)
        again = page_of(client, olives_ask)
        assert "Nobody has opened it yet" in again.text and opened in again.text
        again.form("/take-back/").send(client)
        requests.close(officer=officer(ada), ref=olives_ask.video_request.ref)
        ended = page_of(client, olives_ask).text
        assert "You had taken back what you shared; Northgate Police finds nothing of it any more." in ended
        assert opened in ended and "Nobody was told anything about you" not in ended

    def test_so_does_a_download(
        self, client: Client, olives_ask: Ask, shared: SharedVideo, signed_in: SignedIn, ada: Account
    ) -> None:
        theirs = signed_in(ada)
        page = Page(theirs.get(f"/portal/requests/{olives_ask.video_request.ref}/"))
        assert page.form("/package/").send(theirs).status_code == 200
        text = page_of(client, olives_ask).text
        assert "Sergeant 3102 of Northgate Police downloaded it, for case 26-0412" in text

    def test_her_receipt_is_hers_to_keep(self, client: Client, olives_ask: Ask, shared: SharedVideo) -> None:
        page = page_of(client, olives_ask)
        address = next(a for a in page.addresses if "/receipts/" in a)
        answer = client.get(address)
        assert answer["Content-Disposition"] == f'attachment; filename="receipt-{shared.ref}.json"'
        said = receipts.check(json.loads(answer.content), keys.evidence_key().verifier)
        assert said["video"]["sha256"] == shared.sha256
        assert "the sound" in said["not_given"]
        page.form("/take-back/").send(client)
        assert client.get(address).status_code == 404


class TestTheEnd:
    def test_a_closed_request_says_when_and_that_nobody_was_told(
        self, client: Client, olives_ask: Ask, opened: VideoRequest, ada: Account, clip: Clip
    ) -> None:
        before = Page(look(client, olives_ask, clip))
        requests.close(officer=officer(ada), ref=opened.ref)
        page = page_of(client, olives_ask)
        assert "This request has ended" in page.text and "Nobody was told anything about you." in page.text
        assert "It closed on Tuesday, November 24." in page.text
        assert not [
            form for form in page.forms if "/mute/" not in form.action and f"/{olives_ask.ref}/" in form.action
        ]
        assert before.form("/share/").send(client).status_code in (200, 422)
        assert not Share.objects.exists()

    def test_so_does_one_whose_time_is_over(
        self, client: Client, olives_ask: Ask, opened: VideoRequest, clock: source.SeededSource
    ) -> None:
        assert opened.expires_at is not None
        clock.advance(opened.expires_at - clock.now())
        assert "This request has ended" in page_of(client, olives_ask).text

    def test_a_share_outlives_its_request_and_can_still_be_taken_back(
        self, client: Client, olives_ask: Ask, shared: SharedVideo, opened: VideoRequest, ada: Account
    ) -> None:
        requests.close(officer=officer(ada), ref=opened.ref)
        page = page_of(client, olives_ask)
        assert "You shared video with Northgate Police" in page.text
        ended = Page(page.form("/take-back/").send(client))
        assert "This request has ended" in ended.text


class TestNobodyElse:
    @pytest.fixture
    def addresses(self, client: Client, olives_ask: Ask, clip: Clip, shared: SharedVideo) -> list[str]:
        """Every address of this ask and share that Olive's pages lead to, or take a form at."""
        base = f"/requests/{olives_ask.ref}/"
        query = "?starts_ms=1000&ends_ms=2000"
        own = [f"{base}{name}/" for name in ("check", "share", "decline", "undo", "take-back", "mute")]
        found = [a for a in page_of(client, olives_ask).addresses if a.startswith(base)]
        return [base, *own, *found, f"{base}preview/{clip.ref}.mp4{query}", f"{base}receipts/{shared.ref}.json"]

    @pytest.mark.parametrize("person", NOT_OLIVE)
    def test_finds_anything_or_changes_anything(
        self,
        person: str,
        request: pytest.FixtureRequest,
        client_of: SignedIn,
        addresses: list[str],
        olives_ask: Ask,
        shared: SharedVideo,
    ) -> None:
        theirs = client_of(request.getfixturevalue(person))
        for address in addresses:
            assert theirs.get(address).status_code in (404, 405), address
            assert theirs.post(address, {"whom": "all"}).status_code in (404, 405), address
        olives_ask.refresh_from_db()
        assert olives_ask.state == Ask.State.SHARED
        assert not Mute.objects.exists()
        assert shared.custody.count() == 1

    def test_without_signing_in(self, addresses: list[str]) -> None:
        for address in addresses:
            answer = Client().get(address)
            assert answer.status_code == 405 or answer["Location"].startswith("/accounts/login/"), address

    @pytest.mark.parametrize("person", ["hugo", "nadia", "stranger"])
    def test_of_the_residents_has_it_on_their_list(
        self, person: str, request: pytest.FixtureRequest, client_of: SignedIn, shared: SharedVideo
    ) -> None:
        assert "Nobody is asking you" in Page(client_of(request.getfixturevalue(person)).get("/requests/")).text

    def test_has_the_pass_to_her_clip(
        self, client: Client, olives_ask: Ask, clip: Clip, client_of: SignedIn, hugo: Account, omar: Account
    ) -> None:
        (video,) = page_of(client, olives_ask).all("video")
        for other in (hugo, omar):
            assert client_of(other).get(video["src"]).status_code == 404
        with pytest.raises(NotFound):
            playback.clip_of_pass("nonsense", omar)

    def test_reaches_a_clip_through_an_ask_that_is_not_about_it(
        self, client: Client, olive: Account, olives_ask: Ask, clip: Clip, opened: VideoRequest
    ) -> None:
        query = "?starts_ms=1000&ends_ms=2000"
        assert client.get(f"/requests/{olives_ask.ref}/preview/{clip.ref}.mp4{query}").status_code == 200
        VideoRequest.objects.filter(pk=opened.pk).update(
            starts_at=opened.starts_at - timedelta(days=1), ends_at=opened.ends_at - timedelta(days=1)
        )
        assert client.get(f"/requests/{olives_ask.ref}/preview/{clip.ref}.mp4{query}").status_code == 404


class TestCovering:
    BOX = {"kind": "drawn", "starts_ms": 0, "ends_ms": 5000, "still": True, "anchors": [[0, 0, 0, 2000, 2000]]}

    def post(self, client: Client, seen: str, to: str, **fields: str) -> HttpResponse:
        """As the page `seen` posts it."""
        client.get(seen)
        return client.post(to, fields | {"csrfmiddlewaretoken": client.cookies["csrftoken"].value})

    def test_leads_to_the_editor_and_back_and_keeps_what_was_chosen(
        self, client: Client, olives_ask: Ask, clip: Clip
    ) -> None:
        ask, editor = f"/requests/{olives_ask.ref}/", f"/home/clips/{clip.ref}/cover/"
        chosen = {f"{clip.ref}-chosen": "on", f"{clip.ref}-starts": "0:02", "note": "Ring twice.", "cover": clip.ref}
        there = self.post(client, ask, f"{ask}check/", **chosen).headers["Location"]
        assert there == f"{editor}?ask={olives_ask.ref}"
        assert "Save and go back to the request" in Page(client.get(there)).text
        back = self.post(client, there, editor, ask=olives_ask.ref, marks=json.dumps([self.BOX]))
        assert back.headers["Location"] == f"{ask}#clip-{clip.ref}"
        page = Page(client.get(ask))
        assert "One box is saved for this clip, and is covered in what you share of it." in page.text
        form = page.form("/check/")
        assert form.values[f"{clip.ref}-starts"] == ["0:02.0"]
        assert f"{clip.ref}-exact" in form.values and "Cut at the exact moment" not in page.text

    def test_is_said_where_what_would_leave_is_shown(
        self, client: Client, olives_ask: Ask, clip: Clip, olive: Account
    ) -> None:
        part = {"starts_ms": 0, "ends_ms": 5000, "audio": False}
        redaction.save(account=olive, clip_ref=clip.ref, marks=[self.BOX], **part)
        page = Page(look(client, olives_ask, clip))
        assert "begins and ends exactly there. One box is covered. Without sound." in page.text

    def test_for_somebody_elses_ask_finds_nothing(self, client: Client, clip: Clip) -> None:
        assert client.get(f"/home/clips/{clip.ref}/cover/?ask=AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
