"""What officers do with shared video: the list, opening, playing, the package; and who may not."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import places, source
from goodfences.agencies import actions as agencies
from goodfences.agencies.models import Agency, AgencyAct, Officer
from goodfences.cameras.models import Device
from goodfences.clips.models import Clip
from goodfences.evidence import keys, receipts, tasks
from goodfences.evidence.models import CustodyEvent, SharedVideo
from goodfences.evidence.owner import actions
from goodfences.evidence.verify import verify_package
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger.models import SignedCheckpoint
from goodfences.people.models import Account
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.clips import streams
from tests.pages import Page, bytes_of
from tests.web.sharing import clip, give, keep, olives_ask, shared, signed_in, vault

__all__ = ["clip", "olives_ask", "shared", "signed_in", "vault"]

pytestmark = pytest.mark.django_db
SignedIn = Callable[[Account], Client]
WHO_OPENS = {"omar": "Officer 4411", "ada": "Sergeant 3102", "aggie": "Captain 1001"}


@pytest.fixture
def client(signed_in: SignedIn, omar: Account) -> Client:
    """Omar's browser, without scripts."""
    return signed_in(omar)


def asked_page(client: Client, asked: VideoRequest) -> Page:
    return Page(client.get(f"/portal/requests/{asked.ref}/"))


def opening(client: Client, video: SharedVideo) -> Page:
    response = client.get(f"/portal/shared/{video.ref}/")
    assert response.status_code == 200
    return Page(response)


def player(page: Page) -> str:
    (video,) = page.all("video")
    return video["src"]


def kinds(video: SharedVideo) -> list[str]:
    return list(video.custody.order_by("sequence").values_list("kind", flat=True))


class TestTheList:
    def test_says_so_where_nothing_was_shared(self, client: Client, opened: VideoRequest) -> None:
        text = asked_page(client, opened).text
        assert "Nothing was shared so far." in text
        assert "Whether anyone was asked, or declined, is never shown to an agency." in text

    def test_shows_what_was_shared(self, client: Client, opened: VideoRequest, shared: SharedVideo) -> None:
        page = asked_page(client, opened)
        assert "10:05:01 to 10:05:03 pm" in page.text
        assert "320×192, as the camera wrote it, without sound" in page.text
        assert "not yet" in page.text
        assert f"/portal/shared/{shared.ref}/" in page.addresses

    def test_shows_a_share_only_once_it_is_ready(
        self, client: Client, opened: VideoRequest, olive: Account, olives_ask: Ask, clip: Clip, signed_in: SignedIn
    ) -> None:
        before = _without_tokens(asked_page(client, opened))
        give(signed_in(olive), olives_ask, clip)
        assert _without_tokens(asked_page(client, opened)) == before
        tasks.run_due(10)
        assert "10:05:00 to 10:05:05 pm" in asked_page(client, opened).text

    def test_looking_at_it_opens_nothing(self, client: Client, opened: VideoRequest, shared: SharedVideo) -> None:
        page = asked_page(client, opened)
        assert not page.all("video") and not page.all("img")
        assert kinds(shared) == ["shared"]

    def test_a_taken_back_video_is_as_if_it_had_never_been(
        self, client: Client, opened: VideoRequest, olive: Account, olives_ask: Ask, clip: Clip, signed_in: SignedIn
    ) -> None:
        before = _without_tokens(asked_page(client, opened))
        give(signed_in(olive), olives_ask, clip)
        tasks.run_due(10)
        video = SharedVideo.objects.get()
        actions.withdraw(account=olive, share_ref=video.share_ref)
        assert _without_tokens(asked_page(client, opened)) == before


class TestOpening:
    @pytest.mark.parametrize("person", WHO_OPENS)
    def test_is_written_down_before_the_page_comes(
        self, person: str, request: pytest.FixtureRequest, signed_in: SignedIn, shared: SharedVideo
    ) -> None:
        page = opening(signed_in(request.getfixturevalue(person)), shared)
        assert "You have opened this video. Its owner sees that you did, now." in page.text
        event = shared.custody.get(kind=CustodyEvent.Kind.VIEWED)
        assert event.shown == {"name": WHO_OPENS[person], "agency": "Northgate Police"}
        assert f"Opened by {WHO_OPENS[person]}" in page.text

    def test_is_in_the_agencys_own_log_too(self, client: Client, shared: SharedVideo) -> None:
        opening(client, shared)
        assert AgencyAct.objects.filter(kind=AgencyAct.Kind.VIDEO_VIEWED, about="26-0412").count() == 1

    def test_each_time_anew(self, client: Client, shared: SharedVideo) -> None:
        opening(client, shared)
        opening(client, shared)
        assert kinds(shared) == ["shared", "viewed", "viewed"]

    def test_plays_the_cut_and_any_part_of_it(self, client: Client, shared: SharedVideo) -> None:
        src = player(opening(client, shared))
        whole = bytes_of(client.get(src))
        assert streams.numbers(whole) == list(range(15, 45))
        part = client.get(src, headers={"Range": "bytes=500-999"})
        assert (part.status_code, bytes_of(part)) == (206, whole[500:1000])
        beyond = client.get(src, headers={"Range": f"bytes={len(whole)}-"})
        assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")
        assert "no-store" in part["Cache-Control"]

    def test_maps_the_area_that_was_drawn_and_nothing_of_the_camera(
        self, client: Client, opened: VideoRequest, shared: SharedVideo, clip: Clip
    ) -> None:
        page = opening(client, shared)
        text = page.source.split('type="application/json">', 1)[1].split("</script>", 1)[0]
        assert json.loads(text)["geometry"] == json.loads(json.dumps(places.outline(opened.ranges)))
        assert "Taken somewhere in the area that was drawn. Where in it was not shared." in page.text
        for hidden in (clip.camera.name, clip.ref, clip.camera.ref, "Olive", "olive@", shared.share_ref):
            assert hidden not in page.source

    def test_shows_what_the_owner_added_and_kept_back(
        self, client: Client, olive: Account, olives_ask: Ask, clip: Clip, signed_in: SignedIn
    ) -> None:
        give(signed_in(olive), olives_ask, clip, phone="555 0100", note="Ring <b>twice</b>.")
        tasks.run_due(10)
        page = opening(client, SharedVideo.objects.get())
        assert "Telephone number 555 0100" in page.text and "Ring &lt;b&gt;twice&lt;/b&gt;." in page.source
        kept_back = page.text.split("Kept back", 1)[1]
        assert "the owner's name" in kept_back and "the sound" in kept_back

    def test_the_agency_can_keep_the_receipt(self, client: Client, shared: SharedVideo) -> None:
        page = opening(client, shared)
        address = next(a for a in page.addresses if a.endswith("receipt.json"))
        said = receipts.check(json.loads(client.get(address).content), keys.evidence_key().verifier)
        assert said["video"]["sha256"] == shared.sha256


class TestWhatIsThereNoMore:
    def test_is_said_in_the_words_for_everything_that_does_not_exist_to_who_is_signed_in(
        self, client: Client, shared: SharedVideo, olive: Account
    ) -> None:
        actions.withdraw(account=olive, share_ref=shared.share_ref)
        gone = client.get(f"/portal/shared/{shared.ref}/")
        never = client.get("/portal/shared/nosuchvideonosuchvideo/")
        assert gone.status_code == never.status_code == 404
        assert Page(gone).text == Page(never).text
        assert "It may also have been taken back or removed" in Page(gone).text
        assert "sign in first" not in Page(gone).text

    def test_asks_who_is_not_signed_in_to_sign_in(self) -> None:
        assert "sign in first" in Page(Client().get("/no-such-page/")).text


class TestThePass:
    def test_without_one_there_is_no_video(self, client: Client, shared: SharedVideo) -> None:
        address = player(opening(client, shared)).partition("?")[0]
        for query in ("", "?pass=", "?pass=nonsense", "?pass=" + "x" * 400):
            assert client.get(address + query).status_code == 404

    def test_it_is_of_one_officer(
        self, client: Client, shared: SharedVideo, signed_in: SignedIn, ada: Account, sam: Account
    ) -> None:
        src = player(opening(client, shared))
        for other in (ada, sam):
            assert signed_in(other).get(src).status_code == 404

    def test_it_is_of_one_video(
        self,
        client: Client,
        shared: SharedVideo,
        signed_in: SignedIn,
        olive: Account,
        olives_ask: Ask,
        clip: Clip,
    ) -> None:
        src = player(opening(client, shared))
        actions.withdraw(account=olive, share_ref=shared.share_ref)
        give(signed_in(olive), olives_ask, clip)
        tasks.run_due(10)
        other = SharedVideo.objects.get(withdrawn_at__isnull=True)
        assert client.get(src.replace(shared.ref, other.ref)).status_code == 404

    def test_it_ends(self, client: Client, shared: SharedVideo, clock: source.SeededSource) -> None:
        src = player(opening(client, shared))
        clock.advance(timedelta(minutes=10, seconds=2))
        response = client.get(src)
        assert (response.status_code, str(len(bytes_of(response)))) == (200, response["Content-Length"])
        clock.advance(timedelta(seconds=1))
        assert client.get(src).status_code == 404

    def test_it_ends_with_the_share(self, client: Client, shared: SharedVideo, olive: Account) -> None:
        src = player(opening(client, shared))
        actions.withdraw(account=olive, share_ref=shared.share_ref)
        assert client.get(src).status_code == 404
        assert client.get(f"/portal/shared/{shared.ref}/").status_code == 404

    @pytest.mark.parametrize("how", ["deactivated", "suspended", "made an auditor"])
    def test_it_ends_with_the_officers_powers(
        self, client: Client, shared: SharedVideo, omar: Account, northgate: Agency, how: str
    ) -> None:
        src = player(opening(client, shared))
        officers = Officer.objects.filter(account=omar)
        if how == "deactivated":
            officers.update(active=False)
        elif how == "suspended":
            Agency.objects.filter(pk=northgate.pk).update(suspended_at=source.now())
        else:
            officers.update(role=Officer.Role.AUDITOR)
        assert client.get(src).status_code == 404


class TestThePackage:
    @pytest.fixture
    def package(self, client: Client, opened: VideoRequest, shared: SharedVideo) -> Any:
        response = asked_page(client, opened).form("/package/").send(client)
        assert response.status_code == 200
        return response

    def test_is_refused_once_the_agency_is_suspended(
        self, client: Client, opened: VideoRequest, shared: SharedVideo, otto: Account
    ) -> None:
        form = asked_page(client, opened).form("/package/")
        agencies.suspend(operator=otto, slug="northgate-police", reason="Asked for video of a rally.")
        assert form.send(client).status_code == 404
        opened.refresh_from_db()
        assert opened.state == "closed"

    def test_comes_with_its_name_and_its_length(self, package: Any, opened: VideoRequest) -> None:
        assert package["Content-Disposition"] == f'attachment; filename="goodfences-{opened.ref}.zip"'
        assert package["Content-Type"] == "application/zip"
        assert len(bytes_of(package)) == int(package["Content-Length"])
        assert package["Cache-Control"] == "private, no-store"

    def test_holds_the_very_receipt_that_owner_and_agency_keep(
        self,
        package: Any,
        client: Client,
        olive: Account,
        olives_ask: Ask,
        shared: SharedVideo,
        signed_in: SignedIn,
    ) -> None:
        hers = signed_in(olive).get(f"/requests/{olives_ask.ref}/receipts/{shared.ref}.json").content
        theirs = client.get(f"/portal/shared/{shared.ref}/receipt.json").content
        with zipfile.ZipFile(io.BytesIO(bytes_of(package))) as archive:
            (name,) = [name for name in archive.namelist() if "/receipts/" in name]
            assert hers == theirs == archive.read(name)

    def test_holds_by_itself(self, package: Any, tmp_path: Path) -> None:
        path = tmp_path / "package.zip"
        path.write_bytes(bytes_of(package))
        report = verify_package(path, ledger_keys.public_key())
        assert report.holds, report.broken
        assert report.trusted

    def test_holds_the_cut_and_nothing_else_of_the_clip(self, package: Any) -> None:
        with zipfile.ZipFile(io.BytesIO(bytes_of(package))) as archive:
            (video,) = [name for name in archive.namelist() if "/data/" in name]
            assert streams.numbers(archive.read(video)) == list(range(15, 45))

    def test_is_written_down_before_its_first_byte(
        self, package: Any, shared: SharedVideo, client: Client, opened: VideoRequest
    ) -> None:
        assert kinds(shared) == ["shared", "downloaded"]
        shared.refresh_from_db()
        assert shared.downloaded_at is not None
        assert "not yet" not in asked_page(client, opened).text
        assert AgencyAct.objects.filter(kind=AgencyAct.Kind.VIDEO_DOWNLOADED).count() == 1

    def test_holds_its_own_download_in_the_custody_log(self, package: Any, shared: SharedVideo) -> None:
        with zipfile.ZipFile(io.BytesIO(bytes_of(package))) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(f"custody/{shared.ref}.txt")]
            assert "downloaded by Officer 4411, Northgate Police" in archive.read(name).decode()

    def test_can_be_of_one_video_of_several(
        self,
        client: Client,
        signed_in: SignedIn,
        olive: Account,
        olives_ask: Ask,
        clip: Clip,
        olives_device: Device,
        door_camera: Any,
    ) -> None:
        other = keep(olives_device, door_camera, olives_ask.video_request, after=timedelta(minutes=9))
        give(signed_in(olive), olives_ask, clip, other)
        tasks.run_due(10)
        one, two = SharedVideo.objects.order_by("starts_at")
        response = opening(client, one).form("/package/").send(client)
        with zipfile.ZipFile(io.BytesIO(bytes_of(response))) as archive:
            assert len([name for name in archive.namelist() if "/data/" in name]) == 1
        assert kinds(one) == ["shared", "viewed", "downloaded"]
        assert kinds(two) == ["shared"]

    def test_of_nothing_is_said_in_words(self, client: Client, opened: VideoRequest) -> None:
        token = Page(client.get("/portal/requests/new/")).forms[-1].values["csrfmiddlewaretoken"][0]
        response = client.post(f"/portal/requests/{opened.ref}/package/", {"csrfmiddlewaretoken": token}, follow=True)
        assert "Nothing was shared for this request" in Page(response).text

    def test_waits_for_the_ledger_and_leaves_the_owners_undo(
        self, client: Client, opened: VideoRequest, shared: SharedVideo
    ) -> None:
        SignedCheckpoint.objects.all().delete()
        response = asked_page(client, opened).form("/package/").send(client)
        assert "nothing was downloaded" in Page(response).text
        shared.refresh_from_db()
        assert (shared.downloaded_at, kinds(shared)) == (None, ["shared"])

    def test_isnt_fetched_by_a_link(self, client: Client, opened: VideoRequest, shared: SharedVideo) -> None:
        assert "Download the evidence package" in Page(client.get(f"/portal/requests/{opened.ref}/package/")).text
        assert kinds(shared) == ["shared"]


class TestTheAuditor:
    @pytest.fixture
    def client(self, signed_in: SignedIn, audrey: Account) -> Client:
        return signed_in(audrey)

    def test_reads_who_opened_it_and_opens_nothing(
        self, client: Client, shared: SharedVideo, signed_in: SignedIn, omar: Account
    ) -> None:
        opening(signed_in(omar), shared)
        page = opening(client, shared)
        assert "Opened by Officer 4411" in page.text
        assert "Your role reads who opened it and doesn’t open it." in page.text
        assert not page.all("video") and not [form for form in page.forms if "package" in form.action]
        assert kinds(shared) == ["shared", "viewed"]

    def test_downloads_nothing(
        self, client: Client, client_of: SignedIn, audrey: Account, shared: SharedVideo
    ) -> None:
        asked = shared.video_request
        assert not [form for form in asked_page(client, asked).forms if "package" in form.action]
        assert client_of(audrey).post(f"/portal/requests/{asked.ref}/package/").status_code == 404
        assert kinds(shared) == ["shared"]


@pytest.mark.parametrize("person", ["sam", "olive", "hugo", "nadia", "stranger", "max", "otto"])
def test_nobody_else_finds_any_of_it(
    person: str, request: pytest.FixtureRequest, client: Client, client_of: SignedIn, shared: SharedVideo
) -> None:
    page = opening(client, shared)
    before = kinds(shared)
    theirs = client_of(request.getfixturevalue(person))
    package = f"/portal/requests/{shared.video_request.ref}/package/"
    for address in [
        f"/portal/shared/{shared.ref}/",
        *(a for a in page.addresses if a.startswith(f"/portal/shared/{shared.ref}")),
    ]:
        assert theirs.get(address).status_code == 404, address
    assert theirs.post(package).status_code == 404
    assert theirs.post(f"{package}?video={shared.ref}").status_code == 404
    assert kinds(shared) == before


def test_whoever_isnt_signed_in_is_sent_to_sign_in(shared: SharedVideo) -> None:
    for address in ("", "video.mp4", "receipt.json"):
        answer = Client().get(f"/portal/shared/{shared.ref}/{address}")
        assert answer["Location"].startswith("/accounts/login/")


def _without_tokens(page: Page) -> str:
    """The page's source but for the tokens of its forms, which differ each time."""
    for element in page.all("input", name="csrfmiddlewaretoken"):
        page.source = page.source.replace(element["value"], "")
    return page.source
