"""Anybody hands in a video, it is checked, and the agency opens it; nobody learns who it was."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from goodfences.appeals import actions, checking, consent, handing, portal, tasks
from goodfences.appeals.models import Appeal, HandIn
from goodfences.errors import NotFound, Refused
from goodfences.evidence import keys as evidence_keys
from goodfences.evidence import layout, receipts, signing
from goodfences.evidence.signing import read_key
from goodfences.evidence.verify import verify_package
from goodfences.ledger import keys as ledger_keys
from goodfences.people.limits import TooOften
from goodfences.people.models import Account
from goodfences.source import SeededSource
from goodfences.vault import blobs
from goodfences.web.api import tus
from tests.appeals.conftest import EICAR, GIVEN, Clamd
from tests.clips import streams
from tests.evidence.real_bagit import Bag
from tests.evidence.test_mutations import files_of, listed_anew
from tests.pages import Page, bytes_of
from tests.persons import officer
from tests.promises.belongings import everything_kept

ClientOf = Callable[[Account], Client]
pytestmark = pytest.mark.django_db(transaction=True)
PLACE = "+60.1712+024.9450/"


def film(**more: Any) -> bytes:
    return streams.clip(30, audio=True, notes={"location": PLACE, "comment": "Olive's phone"}, **more)


def give(appeal: Appeal, data: bytes, given: handing.Given = GIVEN, peer: str = "203.0.113.7") -> str:
    _, token = handing.hand_in(appeal_ref=appeal.ref, size=len(data), given=given, body=io.BytesIO(data), peer=peer)
    return token


def kept(appeal: Appeal, data: bytes | None = None, given: handing.Given = GIVEN) -> str:
    token = give(appeal, data or film(), given)
    tasks.run_due(10)
    assert handing.by_token(token).state == "kept"
    return token


def signed_anew(files: dict[str, bytes]) -> dict[str, bytes]:
    found = listed_anew(files)
    top = {name: found[name] for name in layout.TAG_MANIFESTS.values()}
    note = signing.sign_note(layout.signed_text(top), evidence_keys.evidence_key())
    return found | {layout.SIGNATURE: note.encode()}


def nothing_is_left() -> bool:
    store = blobs.store()
    return not [*store.blobs(handing.FOLDER), *store.blobs("handed-in")]


def test_from_the_form_to_the_officers_package(
    appeal: Appeal, omar: Account, client_of: ClientOf, tmp_path: Any
) -> None:
    anybody, data = Client(enforce_csrf_checks=True, REMOTE_ADDR="203.0.113.99"), film()
    page = Page(anybody.get(f"/appeals/{appeal.ref}/hand-in/"))
    form = next(form for form in page.forms if "agreed" in form.boxes)
    sent = form.filled("Hand it in", agreed=True, note="From the bridge, my clock is right.")
    video = SimpleUploadedFile("IMG_0001.MOV", data, "video/quicktime")
    answer = anybody.post(f"/appeals/{appeal.ref}/hand-in/", {**sent, "video": video}, follow=True)
    here = answer.request["PATH_INFO"]
    assert "being checked" in Page(answer).text
    assert list(portal.videos_of(officer(omar), appeal.ref)) == []
    tasks.run_due(10)
    assert "Your video is with the agency" in Page(anybody.get(here)).text

    browser = client_of(omar)
    mine = portal.videos_of(officer(omar), appeal.ref).get()
    watched = Page(browser.get(f"/portal/appeals/handed-in/{mine.ref}/"))
    assert "From the bridge" in watched.text
    src = next(each for each in watched.addresses if ".mp4" in each)
    clean = bytes_of(browser.get(src))
    assert b"60.1712" not in clean
    assert b"Olive" not in clean
    assert mine.facts["has_audio"] is False
    assert mine.original == {
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "sha512": hashlib.sha512(data).hexdigest(),
    }
    seen = Page(anybody.get(here)).text
    assert f"Opened by {officer(omar).shown_as}" in seen
    assert "Downloaded by" not in seen

    answer = browser.post(f"/portal/appeals/{appeal.ref}/package/?video={mine.ref}")
    (tmp_path / "a.zip").write_bytes(bytes_of(answer))
    zipfile.ZipFile(tmp_path / "a.zip").extractall(tmp_path / "bag")
    (folder,) = (tmp_path / "bag").iterdir()
    Bag(str(folder)).validate()
    report = verify_package(tmp_path / "a.zip", ledger_keys.public_key())
    assert report.holds, report.broken
    assert [claim.name for claim, _ in report.by_claim] == [
        "whole", "signed", "appealed", "handed_in", "as_handed_in", "custody",
    ]  # fmt: skip
    assert (folder / "data" / f"{mine.ref}.mp4").read_bytes() == clean
    receipt = json.loads((folder / "receipts" / f"{mine.ref}.json").read_text())
    told = receipts.check_alone(receipt, read_key(ledger_keys.public_key()), form=consent.FORMAT)
    assert told["as_kept"]["sha256"] == hashlib.sha256(clean).hexdigest()
    assert f"Downloaded by {officer(omar).shown_as}" in Page(anybody.get(here)).text
    assert "203.0.113" not in str(list(everything_kept()))


def test_whatever_is_changed_in_a_package_is_found(appeal: Appeal, omar: Account, tmp_path: Any) -> None:
    kept(appeal)
    kept(appeal, film(gop=5))
    package = b"".join(portal.download(officer=officer(omar), appeal_ref=appeal.ref).chunks())
    files = files_of(package)
    key, there = ledger_keys.public_key(), tmp_path / "bag"

    def holds(changed: dict[str, bytes]) -> bool:
        shutil.rmtree(there, ignore_errors=True)
        for name, raw in changed.items():
            (there / name).parent.mkdir(parents=True, exist_ok=True)
            (there / name).write_bytes(raw)
        return verify_package(there, key).holds

    assert holds(files)
    pairs = [sorted(name for name in files if name.startswith(folder)) for folder in ("receipts/", "data/")]
    swapped = [files | {one: files[two], two: files[one]} for one, two in pairs]
    lost = [{name: raw for name, raw in files.items() if name != each} for each in files]
    flipped = [files | {each: raw[:9] + bytes([raw[9] ^ 1]) + raw[10:]} for each, raw in files.items()]
    added = [files | {name: b"{}"} for name in ("data/x.mp4", "custody/x.json", "receipts/x.json", "request.json")]
    for changed in [*swapped, *lost, *flipped, *added]:
        assert not holds(changed)
        anew = listed_anew(changed)
        assert anew == files or not holds(anew), "A changed manifest, listed anew, is the original again."
    said = verify_package(there, key)
    assert said.broken
    # What a forger with the instance's evidence key could do is caught by what the parts say of each other.
    for changed in swapped:
        assert not holds(signed_anew(changed))


def test_by_tus_in_pieces_signed_in_or_not(appeal: Appeal, olive: Account, client_of: ClientOf) -> None:
    browser, data = client_of(olive), film()
    begun = browser.post(f"/appeals/{appeal.ref}/hand-in/announce/", {"agreed": "on", "size": len(data)}).json()
    name = base64.b64encode(begun["clip"].encode()).decode()
    tus = {"HTTP_TUS_RESUMABLE": "1.0.0"}
    made = browser.post(
        "/handed-in/sends/", HTTP_UPLOAD_METADATA=f"clip {name}", HTTP_UPLOAD_LENGTH=str(len(data)), **tus
    )
    assert made.status_code == 201
    where, half = made["Location"], len(data) // 2
    kind = "application/offset+octet-stream"
    sent = browser.patch(where, data[:half], kind, HTTP_UPLOAD_OFFSET="0", **tus)
    assert (sent.status_code, sent["Upload-Offset"]) == (204, str(half))
    assert browser.post(f"/handed-in/{begun['clip']}/finish/").status_code == 422
    assert browser.patch(where, data[:half], kind, HTTP_UPLOAD_OFFSET="0", **tus).status_code == 409
    assert browser.head(where, **tus)["Upload-Offset"] == str(half)
    assert browser.patch(where, data[half:], kind, HTTP_UPLOAD_OFFSET=str(half), **tus).status_code == 204
    assert browser.post(f"/handed-in/{begun['clip']}/finish/").json() == {"day": begun["day"]}
    tasks.run_due(10)
    held = handing.by_token(begun["clip"])
    assert held.state == "kept"
    assert held.told == {}
    rows = [text for table, text in everything_kept() if table.startswith("appeals_")]
    assert rows
    assert not any(olive.email in text or begun["clip"] in text for text in rows)


def test_a_virus_is_found_by_the_scanner_and_nothing_is_kept(
    appeal: Appeal, clamd: Clamd, client: Client, omar: Account
) -> None:
    # A video by every other look at it: the scanner alone can tell.
    data = film() + (len(EICAR) + 8).to_bytes(4, "big") + b"free" + EICAR
    token = give(appeal, data)
    tasks.run_due(10)
    held = handing.by_token(token)
    assert clamd.looked_at == len(data)
    assert held.state == "refused"
    assert "Hand in another copy" in Page(client.get(f"/handed-in/{token}/")).text
    assert nothing_is_left()
    assert (held.told, held.original, held.key) == ({}, {}, None)
    assert list(portal.videos_of(officer(omar), appeal.ref)) == []
    clean = kept(appeal)
    assert handing.by_token(clean).facts["scanned"] == "clamd"


def test_nothing_passes_while_the_scanner_is_silent(appeal: Appeal, settings: Any, clock: SeededSource) -> None:
    settings.CLAMD = "/nowhere/clamd.ctl"
    token = give(appeal, film())
    for _ in range(12):
        tasks.run_due(10)
        assert handing.by_token(token).state in ("received", "refused")
        clock.advance(timedelta(hours=3))
    held = handing.by_token(token)
    assert held.state == "refused"
    assert "later" in held.refusal
    assert nothing_is_left()


def test_what_was_claimed_by_a_clock_that_was_ahead_is_checked_once_it_is_right(
    appeal: Appeal, clock: SeededSource
) -> None:
    give(appeal, film())
    clock.advance(timedelta(hours=25))
    assert checking._claim()
    clock.advance(timedelta(hours=-25))
    assert checking._claim()


def test_what_is_no_video_is_refused_with_what_to_do(appeal: Appeal, client: Client) -> None:
    token = give(appeal, b"#!/bin/sh\necho hello\n")
    tasks.run_due(10)
    assert "Send MP4, MOV or Matroska." in Page(client.get(f"/handed-in/{token}/")).text
    assert nothing_is_left()


def test_it_can_be_taken_back_until_it_is_downloaded(appeal: Appeal, omar: Account, client: Client) -> None:
    first, second = kept(appeal, given=handing.Given(True, True, {"name": "Olive Oak"})), kept(appeal, film(gop=5))
    assert handing.by_token(first).facts["has_audio"] is True
    page = Page(client.get(f"/handed-in/{first}/"))
    next(form for form in page.forms if form.action.endswith("take-back/")).send(client)
    assert handing.by_token(first).state == "withdrawn"
    assert not any("Olive Oak" in text for table, text in everything_kept() if table.startswith("appeals_"))
    assert portal.videos_of(officer(omar), appeal.ref).count() == 1
    portal.download(officer=officer(omar), appeal_ref=appeal.ref)
    with pytest.raises(Refused):
        handing.withdraw(token=second)
    assert len(list(blobs.store().blobs("handed-in"))) == 1


def test_a_flood_is_stopped_and_the_size_is_limited(appeal: Appeal, settings: Any, client: Client) -> None:
    settings.CLIP_MAX_BYTES = 5000
    with pytest.raises(Refused) as refused:
        give(appeal, b"x" * 5001)
    assert refused.value.problems[0].rule == "hand_in.size"
    for _ in range(handing.AN_HOUR):
        handing.begin(appeal_ref=appeal.ref, size=10, given=GIVEN, peer="203.0.113.7")
    with pytest.raises(TooOften):
        handing.begin(appeal_ref=appeal.ref, size=10, given=GIVEN, peer="203.0.113.7")
    handing.begin(appeal_ref=appeal.ref, size=10, given=GIVEN, peer="203.0.113.8")


def test_there_is_an_end_to_what_one_appeal_takes(appeal: Appeal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "MOST_BYTES", 100)
    handing.begin(appeal_ref=appeal.ref, size=60, given=GIVEN, peer="a")
    with pytest.raises(Refused) as refused:
        handing.begin(appeal_ref=appeal.ref, size=60, given=GIVEN, peer="b")
    assert refused.value.problems[0].rule == "hand_in.room"


def test_nothing_is_handed_in_without_agreeing_or_after_the_end(appeal: Appeal, ada: Account) -> None:
    with pytest.raises(Refused) as refused:
        give(appeal, film(), handing.Given(False, False, {"email": "nonsense"}))
    assert {problem.field for problem in refused.value.problems} == {"agreed", "email"}
    actions.close(officer=officer(ada), ref=appeal.ref)
    with pytest.raises(NotFound):
        give(appeal, film())


def test_an_upload_that_stands_still_is_dropped_and_no_file_stays_behind(appeal: Appeal, clock: SeededSource) -> None:
    begun, token = handing.begin(appeal_ref=appeal.ref, size=100, given=GIVEN, peer="a")
    handing.receive(token=token, offset=0, body=io.BytesIO(b"half"), length=4)
    clock.advance(handing.LASTS + timedelta(minutes=1))
    assert tasks.run_retention(10) == 1
    assert nothing_is_left()
    assert HandIn.objects.get(pk=begun.pk).state == "refused"


def test_another_agency_and_an_auditor_open_nothing(
    appeal: Appeal, sam: Account, audrey: Account, omar: Account, client_of: ClientOf
) -> None:
    kept(appeal)
    video = portal.videos_of(officer(omar), appeal.ref).get()
    _, pass_ = portal.view(officer=officer(omar), video_ref=video.ref)
    assert client_of(sam).get(f"/portal/appeals/handed-in/{video.ref}/").status_code == 404
    auditor = client_of(audrey)
    assert "Opened by" in Page(auditor.get(f"/portal/appeals/handed-in/{video.ref}/")).text
    assert auditor.get(f"/portal/appeals/handed-in/{video.ref}/video.mp4?pass={pass_}").status_code == 404
    assert auditor.post(f"/portal/appeals/{appeal.ref}/package/").status_code == 404
    assert video.custody.count() == 2


def test_whoever_hands_in_slowly_leaves_homes_their_room(settings: Any) -> None:
    settings.UPLOADS_AT_ONCE = 4
    with tus.receiving_from_anybody:
        with pytest.raises(tus.NoRoom), tus.receiving_from_anybody:
            pass
        with tus.receiving, tus.receiving, tus.receiving:
            pass
