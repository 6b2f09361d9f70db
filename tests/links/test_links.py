"""A link to one clip, from its owner's page to whoever has it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.cameras import zones
from goodfences.cameras.models import Camera, Device
from goodfences.clips import retention, trash
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.links import access, actions, tasks
from goodfences.links.models import Link, Opening
from goodfences.people import erasure
from goodfences.people.models import Account
from goodfences.people.registry import Part
from goodfences.redaction import previewing
from goodfences.redaction import tasks as redaction
from goodfences.redaction.models import Copy
from goodfences.source import SeededSource
from goodfences.vault.models import SealedKey
from tests import ingest
from tests.clips import streams
from tests.pages import Page, bytes_of
from tests.promises.belongings import everything_kept

ClientOf = Callable[[Account], Client]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def vault(settings: Any, tmp_path: Path, clock: SeededSource, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BLOBS = str(tmp_path / "blobs")
    settings.KEYS = tmp_path / "keys"
    monkeypatch.setattr(previewing, "_kept", previewing._Kept())


@pytest.fixture
def clip(olives_device: Device, street_camera: Camera) -> Clip:
    Camera.objects.filter(pk=street_camera.pk).update(name="Elm Road 12")
    data = streams.clip(audio=True)
    return ingest.checked(olives_device, street_camera, data, duration_ms=5000)


def _told(response: Any) -> dict[str, str]:
    """The headers of an answer, without those that tell when it was given and what a cache goes by."""
    return {name: value for name, value in response.headers.items() if name not in ("Vary", "Expires")}


def make(account: Account, clip: Clip, *, days: int = 7, passphrase: str = "") -> tuple[Link, str]:
    shown = previewing.preview(account.pk, actions.plan_for(clip))
    return actions.make(
        account=account, clip_ref=clip.ref, seen_sha256=shown.sha256, days=days, passphrase=passphrase
    )


def opened(token: str, client: Client | None = None) -> Any:
    return (client or Client()).get(f"/v/{token}/")


def video_of(page: Any, client: Client | None = None) -> bytes:
    src = Page(page).all("video")[0]["src"]
    return bytes_of((client or Client()).get(src))


class TestFromPageToPage:
    def test_the_owner_sees_the_very_file_makes_a_link_and_a_neighbor_opens_it(
        self, olive: Account, clip: Clip, client_of: ClientOf
    ) -> None:
        owner = client_of(olive)
        address = f"/home/clips/{clip.ref}/link/"
        assert address in owner.get(f"/home/clips/{clip.ref}/").content.decode()
        page = Page(owner.get(address))
        shown = bytes_of(owner.get(page.all("video")[0]["src"]))
        sha = next(field["value"] for field in page.all("input") if field.get("name") == "seen_sha256")
        made = owner.post(address, {"days": "7", "passphrase": "", "seen_sha256": sha})
        found = re.search(r"/v/([\w-]{43})/", made.content.decode())
        assert found and "no-store" in made["Cache-Control"]
        neighbor = opened(found[1])
        assert neighbor.status_code == 200 and video_of(neighbor) == shown
        listed = owner.get("/home/links/").content.decode()
        assert "opened once:" in listed and found[1] not in listed
        owner.post(f"/home/links/{Link.objects.get().ref}/end/")
        assert opened(found[1]).status_code == 404

    def test_what_wasnt_shown_doesnt_leave(self, olive: Account, clip: Clip, client_of: ClientOf) -> None:
        form = {"days": "7", "passphrase": "", "seen_sha256": "0" * 64}
        response = client_of(olive).post(f"/home/clips/{clip.ref}/link/", form)
        assert response.status_code == 422 and not Link.objects.exists() and not Copy.objects.exists()

    @pytest.mark.parametrize("person", ["hugo", "stranger", "nadia", "omar", "otto"])
    def test_only_the_owner_makes_or_ends_one(
        self, person: str, olive: Account, clip: Clip, client_of: ClientOf, request: pytest.FixtureRequest
    ) -> None:
        link, token = make(olive, clip)
        client = client_of(request.getfixturevalue(person))
        form = {"days": "7", "passphrase": "", "seen_sha256": "x"}
        assert client.get(f"/home/clips/{clip.ref}/link/").status_code == 404
        assert client.post(f"/home/clips/{clip.ref}/link/", form).status_code == 404
        assert client.post(f"/home/links/{link.ref}/end/").status_code == 404
        assert opened(token).status_code == 200


class TestThePage:
    def test_it_says_no_place_no_name_and_no_camera(self, olive: Account, clip: Clip) -> None:
        _link, token = make(olive, clip)
        page = opened(token)
        text = page.content.decode()
        told = [clip.camera.name, olive.name, olive.email, "Oak house", str(clip.camera.cell), clip.ref, clip.sha256]
        assert not [trace for trace in told if trace in text]
        assert not re.search(rb"Elm Road|Olive|Oak house", video_of(page))

    def test_no_script_no_cookie_no_index_no_referrer(self, olive: Account, clip: Clip) -> None:
        _link, token = make(olive, clip)
        page = opened(token)
        assert "script" not in page.content.decode().replace("runs no script", "") and not page.cookies
        policy = page["Content-Security-Policy"]
        assert (
            policy.startswith("default-src 'none'")
            and "script-src 'none'" in policy
            and "connect-src 'none'" in policy
        )
        assert (page["Referrer-Policy"], page["X-Robots-Tag"].split(",")[0]) == ("no-referrer", "noindex")
        assert "no-store" in page["Cache-Control"] and 'content="noindex' in page.content.decode()

    def test_an_officer_gets_what_anyone_gets(
        self, olive: Account, clip: Clip, omar: Account, client_of: ClientOf
    ) -> None:
        _link, token = make(olive, clip)
        anyone, officer = opened(token), opened(token, client_of(omar))
        visit = re.compile(rb"/v/[\w-]+/[^\"]+\.mp4")
        assert visit.sub(b"", anyone.content) == visit.sub(b"", officer.content)
        assert _told(anyone) == _told(officer)

    def test_sound_is_left_out_and_privacy_zones_are_covered(self, olive: Account, clip: Clip) -> None:
        zones.replace(account=olive, camera_ref=clip.camera.ref, areas=[[[0, 0], [5000, 0], [5000, 5000], [0, 5000]]])
        link, _token = make(olive, clip)
        assert link.copy is not None
        assert (link.copy.facts["audio"], link.copy.facts["areas"]) == (False, 1)

    def test_it_is_read_by_ranges(self, olive: Account, clip: Clip) -> None:
        _link, token = make(olive, clip)
        page = opened(token)
        src = Page(page).all("video")[0]["src"]
        part = Client().get(src, headers={"Range": "bytes=4-7"})
        assert (part.status_code, bytes_of(part)) == (206, b"ftyp")
        assert part["Cache-Control"] == "private, no-store" and part["Referrer-Policy"] == "no-referrer"


class TestPassphrase:
    def test_it_is_asked_for_first(self, olive: Account, clip: Clip) -> None:
        link, token = make(olive, clip, passphrase="violet kettle")
        page = opened(token)
        assert not Page(page).all("video") and not page.cookies
        wrong = Client().post(f"/v/{token}/", {"passphrase": "violet"})
        assert wrong.status_code == 422 and not Page(wrong).all("video")
        right = Client(enforce_csrf_checks=True).post(f"/v/{token}/", {"passphrase": "violet kettle"})
        assert right.status_code == 200 and video_of(right)[4:8] == b"ftyp" and not right.cookies
        link.refresh_from_db()
        assert "violet" not in link.passphrase

    def test_guessing_ends_and_doesnt_hold_up_others(self, olive: Account, clip: Clip) -> None:
        _link, token = make(olive, clip, passphrase="violet kettle")
        guesser = Client(REMOTE_ADDR="198.51.100.7")
        texts = [Page(guesser.post(f"/v/{token}/", {"passphrase": f"guess {n}"})).text for n in range(11)]
        assert "isn’t the passphrase" in texts[9] and "too often" in texts[10]
        held = guesser.post(f"/v/{token}/", {"passphrase": "violet kettle"})
        assert held.status_code == 422
        assert Client().post(f"/v/{token}/", {"passphrase": "violet kettle"}).status_code == 200

    @pytest.mark.parametrize("passphrase", ["short", "x" * 129])
    def test_one_that_is_too_short_or_long_is_refused(self, passphrase: str, olive: Account, clip: Clip) -> None:
        with pytest.raises(Refused):
            make(olive, clip, passphrase=passphrase)
        assert not Copy.objects.exists()


class TestItsEnd:
    def gone(self, link: Link, key: SealedKey, token: str, src: str) -> None:
        assert opened(token).status_code == Client().get(src).status_code == 404
        assert b"Ask whoever gave it" in opened(token).content == opened("never-a-link").content
        assert SealedKey.objects.get(pk=key.pk).sealed_identity is None
        assert not Copy.objects.exists()

    @pytest.mark.parametrize("how", ["revoked", "expired", "clip deleted", "camera erased", "account erased"])
    def test_its_key_is_destroyed_and_an_open_page_stops(
        self, how: str, olive: Account, clip: Clip, clock: SeededSource
    ) -> None:
        link, token = make(olive, clip, days=1)
        assert link.copy is not None
        key, src = link.copy.key, Page(opened(token)).all("video")[0]["src"]
        if how == "revoked":
            actions.revoke(account=olive, ref=link.ref)
        elif how == "expired":
            clock.advance(timedelta(days=1))
            assert opened(token).status_code == 404
            tasks.run_due(10)
        elif how == "clip deleted":
            retention.delete(account=olive, ref=clip.ref)
            assert opened(token).status_code == 404
            redaction.run_due(10)
        elif how == "camera erased":
            part = Part(camera=clip.camera.ref, camera_name=clip.camera.name)
            assert erasure.counts(olive, part)["links"] == 1
            erasure.erase_part(account=olive, part=part)
        else:
            erasure.erase(account=olive)
        self.gone(link, key, token, src)
        clock.advance(timedelta(days=31))
        tasks.run_due(10)
        clock.advance(timedelta(days=31))
        tasks.run_due(10)
        assert not Link.objects.exists()

    def test_a_clip_in_the_trash_isnt_shown_and_comes_back_with_it(self, olive: Account, clip: Clip) -> None:
        _link, token = make(olive, clip)
        trash.delete(account=olive, ref=clip.ref)
        assert opened(token).status_code == 404
        trash.undo(account=olive, ref=clip.ref)
        assert opened(token).status_code == 200

    def test_a_visit_is_good_for_its_own_link_and_for_two_hours(
        self, olive: Account, clip: Clip, clock: SeededSource
    ) -> None:
        (link, token), (_other, other_token) = make(olive, clip), make(olive, clip)
        pass_ = access.visit(link).pass_
        with pytest.raises(NotFound):
            access.open_video(other_token, pass_)
        access.open_video(token, pass_).close()
        clock.advance(access.VISIT_LASTS + timedelta(seconds=1))
        with pytest.raises(NotFound):
            access.open_video(token, pass_)


class TestCounting:
    def test_looking_at_the_page_alone_isnt_opening_and_ranges_count_once(self, olive: Account, clip: Clip) -> None:
        link, token = make(olive, clip)
        pages = [opened(token), opened(token)]
        assert not Opening.objects.exists()
        for _ in range(3):
            video_of(pages[0])
        video_of(pages[1])
        assert link.openings.count() == 2

    def test_nothing_is_kept_of_who(self, olive: Account, clip: Clip, clock: SeededSource) -> None:
        link, token = make(olive, clip)
        client = Client(REMOTE_ADDR="203.0.113.77", HTTP_USER_AGENT="Peculiar/9")
        video_of(opened(token, client), client)
        opening = link.openings.get()
        assert {field.name for field in Opening._meta.concrete_fields} == {"id", "link", "visit", "at"}
        assert opening.at == source.now() and len(opening.visit) == 64


def test_the_token_is_kept_nowhere(olive: Account, clip: Clip, caplog: pytest.LogCaptureFixture) -> None:
    link, token = make(olive, clip)
    video_of(opened(token))
    opened(token + "x")
    assert link.digest == hashlib.sha256(token.encode()).hexdigest()
    assert not [table for table, row in everything_kept() if token in row]
    assert token not in caplog.text


def test_there_is_an_end_to_their_number(olive: Account, clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST", 1)
    make(olive, clip)
    with pytest.raises(Refused):
        make(olive, clip)
