"""Sealed to the agency's own key: the server can't open what it stored, and the agency can."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from django.test import Client
from django.urls import reverse

from goodfences.agencies.models import AgencyAct
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.evidence import agency_keys, claims, command, opening, portal, tasks
from goodfences.evidence.models import OwnKey, Share, SharedVideo
from goodfences.evidence.verify import verify_package
from goodfences.people.models import Account
from goodfences.vault import blobs, keys
from goodfences.vault.models import SealedKey
from goodfences.video_requests.models.request import VideoRequest
from tests.evidence import packages, real_bagit
from tests.persons import officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


def set_key(aggie: Account, identity: pyrage.x25519.Identity) -> OwnKey:
    """As an admin does: open the word with the key, and bring it back."""
    asked = agency_keys.challenge(officer=officer(aggie), recipient=str(identity.to_public()))
    word = pyrage.decrypt(asked.sealed.encode(), [identity]).decode()
    return agency_keys.confirm(officer=officer(aggie), token=asked.token, word=word)


@pytest.fixture
def sealed(
    aggie: Account, identity: pyrage.x25519.Identity, clip: Clip, share_it: Callable[..., Share]
) -> SharedVideo:
    """Olive's video, shared after Northgate set its key."""
    set_key(aggie, identity)
    share_it(clip)
    tasks.run_due(10)
    return SharedVideo.objects.get()


@pytest.fixture
def package(sealed: SharedVideo, opened: VideoRequest, omar: Account, tmp_path: Path) -> Path:
    path = tmp_path / "package.zip"
    path.write_bytes(b"".join(portal.download(officer=officer(omar), request_ref=opened.ref).chunks()))
    return path


def test_no_key_that_the_server_holds_opens_it_and_the_agencys_does(
    sealed: SharedVideo, identity: pyrage.x25519.Identity
) -> None:
    with blobs.store().open(sealed.blob) as raw:
        stored = raw.read()
    for held in SealedKey.objects.all():
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(stored, [keys.identity(held)])
    assert hashlib.sha256(pyrage.decrypt(stored, [identity])).hexdigest() == sealed.sha256


def test_nothing_plays(sealed: SharedVideo, omar: Account) -> None:
    with pytest.raises(NotFound):
        opening.open_video(sealed)
    with pytest.raises(NotFound):
        portal.view(officer=officer(omar), video_ref=sealed.ref)


def test_the_package_holds_the_sealed_video_and_all_else(
    package: Path, sealed: SharedVideo, identity: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    with zipfile.ZipFile(package) as archive:
        archive.extractall(tmp_path / "unpacked")
    (folder,) = (tmp_path / "unpacked").iterdir()
    real_bagit.Bag(str(folder)).validate()
    (video,) = (folder / "data").iterdir()
    assert video.name.endswith(".mp4.age")
    assert "age -d -i KEY.txt" in (folder / "README.txt").read_text()
    assert hashlib.sha256(pyrage.decrypt(video.read_bytes(), [identity])).hexdigest() == sealed.sha256
    assert [event.kind for event in sealed.custody.order_by("sequence")] == ["shared", "downloaded"]


def test_the_verifier_says_what_it_can_not_see_and_sees_it_with_the_key(
    package: Path, identity: pyrage.x25519.Identity, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main([str(package)]) == 0
    told = capsys.readouterr().out
    assert claims.BY_NAME[claims.SEALED].proves not in told
    assert "that can be seen without the agency's key holds" in told
    keyfile = tmp_path / "key.txt"
    keyfile.write_text(f"# created: now\n{identity}\n")
    assert command.main([str(package), "--identity", str(keyfile)]) == 0
    told = capsys.readouterr().out
    assert claims.BY_NAME[claims.SEALED].proves in told
    assert "bit for bit" in told
    assert "content credentials of data/" in told


def test_a_changed_sealed_video_is_found_and_another_key_says_so(package: Path, sealed: SharedVideo) -> None:
    data = package.read_bytes()
    for part in packages.parts(data):
        if part.name.endswith(".age"):
            package.write_bytes(packages.flipped(data, (part.start + part.end) // 2))
            assert not verify_package(package).holds
    package.write_bytes(data)
    other = verify_package(package, identity=pyrage.x25519.Identity.generate())
    assert "sealed to another key" in "\n".join(finding.words for finding in other.broken)


class TestSetting:
    def test_needs_the_word_that_only_the_keys_holder_reads(
        self, aggie: Account, identity: pyrage.x25519.Identity
    ) -> None:
        asked = agency_keys.challenge(officer=officer(aggie), recipient=str(identity.to_public()))
        for word in ("", "0" * 16):
            with pytest.raises(Refused):
                agency_keys.confirm(officer=officer(aggie), token=asked.token, word=word)
        assert not OwnKey.objects.exists()

    @pytest.mark.parametrize("text", ["", "age1abc", "AGE-SECRET-KEY-1ABC", "age1yubikey1qwerty", "ssh-ed25519 AAAA"])
    def test_needs_a_recipient(self, aggie: Account, text: str) -> None:
        with pytest.raises(Refused):
            agency_keys.challenge(officer=officer(aggie), recipient=text)

    def test_is_the_admins_alone(self, omar: Account, ada: Account, identity: pyrage.x25519.Identity) -> None:
        for account in (omar, ada):
            with pytest.raises(NotFound):
                agency_keys.challenge(officer=officer(account), recipient=str(identity.to_public()))
            with pytest.raises(NotFound):
                agency_keys.end(officer=officer(account))

    def test_stands_in_the_log_and_ends_the_key_before_it(
        self, aggie: Account, identity: pyrage.x25519.Identity
    ) -> None:
        first = set_key(aggie, identity)
        set_key(aggie, pyrage.x25519.Identity.generate())
        agency_keys.end(officer=officer(aggie))
        agency_keys.end(officer=officer(aggie))
        first.refresh_from_db()
        assert first.ended_at
        kinds = AgencyAct.objects.filter(kind__startswith="key.").order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["key.set", "key.ended", "key.set", "key.ended"]

    def test_leaves_what_was_shared_before_as_it_was(
        self, ready: SharedVideo, aggie: Account, omar: Account, identity: pyrage.x25519.Identity
    ) -> None:
        set_key(aggie, identity)
        portal.view(officer=officer(omar), video_ref=ready.ref)
        with opening.open_video(ready) as reader:
            assert hashlib.sha256(reader.readall()).hexdigest() == ready.sha256


def test_an_admin_sets_the_key_on_the_page(
    client: Client, aggie: Account, omar: Account, identity: pyrage.x25519.Identity
) -> None:
    from tests.persons import sign_in

    sign_in(client, aggie)
    page = client.post(reverse("portal:key"), {"recipient": str(identity.to_public())}).content.decode()
    armored = re.search(r"-----BEGIN AGE.*?END AGE ENCRYPTED FILE-----", page, re.DOTALL)
    assert armored
    word = pyrage.decrypt(io.BytesIO(armored[0].encode()).read(), [identity]).decode()
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    wrong = client.post(reverse("portal:key_word"), {"token": token[1], "word": "no", "sealed": armored[0]})
    assert wrong.status_code == 422
    assert client.post(reverse("portal:key_word"), {"token": token[1], "word": word}).status_code == 302
    assert str(identity.to_public()) in client.get(reverse("portal:key")).content.decode()


def test_its_page_offers_the_package_and_plays_nothing(client: Client, sealed: SharedVideo, omar: Account) -> None:
    from tests.persons import sign_in

    sign_in(client, omar)
    page = client.get(reverse("portal:shared_video", args=[sealed.ref])).content.decode()
    assert "<video" not in page
    assert "age -d -i" in page
    assert "Download the evidence package" in page
    assert [event.kind for event in sealed.custody.all()] == ["shared"]
