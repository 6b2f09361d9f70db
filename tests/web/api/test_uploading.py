"""Uploads by tus 1.0.0 with a client that nobody here wrote, cut and resumed, and what is refused on the way."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tusclient.exceptions import TusCommunicationError

from goodfences import source
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.clips import room, tasks
from goodfences.clips.models import Clip, Upload
from goodfences.people.models import Account
from goodfences.vault.models import SealedKey
from tests import persons
from tests.footage import make_video
from tests.hubs import BYTES, TUS, Hub, Recording, found_in, metadata, pieces_of, recorded
from tests.instance import wait_until
from tests.web.api.conftest import problem

Files = Callable[[], list[Path]]
VIDEO = make_video(seconds=2)


@pytest.fixture
def recording(street_camera: Camera) -> Recording:
    return recorded(street_camera, VIDEO)


def nothing_of_it(files: Files) -> None:
    """No byte of any upload is left, and no key that could open one."""
    assert not Upload.objects.exists()
    assert not SealedKey.objects.filter(destroyed_at__isnull=True).exists()
    assert files() == []


def cut_off(hub: Hub, where: str, data: bytes, sent: int) -> None:
    """Promise all of `data` in one PATCH, send `sent` bytes of it and hang up."""
    address = urlsplit(where)
    assert address.hostname is not None
    headers = {
        "Host": address.netloc,
        "Authorization": hub.http.headers["Authorization"],
        "Upload-Offset": "0",
        "Content-Length": str(len(data)),
        **TUS,
        **BYTES,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((address.hostname, address.port)) as line:
        line.sendall(f"PATCH {address.path} HTTP/1.1\r\n{head}\r\n".encode() + data[:sent])


def test_the_server_says_what_it_can_do(hub: Hub) -> None:
    told = hub.http.options("/uploads/")
    assert (told.status_code, told.headers["Tus-Version"], told.headers["Tus-Max-Size"]) == (
        204,
        "1.0.0",
        "536870912",
    )
    assert set(told.headers["Tus-Extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "termination",
        "checksum",
        "expiration",
    }
    assert set(told.headers["Tus-Checksum-Algorithm"].split(",")) == {"sha1", "sha256"}


@pytest.mark.parametrize("piece", [1000, 2**20], ids=["in pieces", "in one piece"])
def test_a_clip_comes_in_is_checked_and_can_be_watched(hub: Hub, recording: Recording, piece: int) -> None:
    ref = hub.send(recording, piece=piece)
    told = hub.show(ref)
    assert (told["state"], told["received"], told["checked"]) == ("stored", len(VIDEO), False)
    assert tasks.run_due(1) == 1
    told = hub.show(ref)
    assert (told["state"], told["checked"], told["refusal"]) == ("stored", True, "")


def test_after_a_cut_it_goes_on_where_it_stopped(hub: Hub, recording: Recording, files: Files) -> None:
    where = hub.begun(recording)
    cut_off(hub, where, VIDEO, sent=3000)
    wait_until(lambda: hub.offset(where) == 3000, "what came before the cut is kept", seconds=10)
    sent: list[int] = []
    ref = Clip.objects.get().ref
    uploader = hub.uploader(ref, VIDEO, piece=2000)
    uploader.set_url(where)
    uploader.offset = uploader.get_offset()
    while uploader.offset < len(VIDEO):
        sent.append(uploader.offset)
        uploader.upload_chunk()
    assert sent[0] == 3000
    assert hub.finish(ref).json()["state"] == "stored"
    assert tasks.run_due(1) == 1
    assert hub.show(ref)["checked"] is True
    assert len(files()) == 3  # the clip, its poster and its stills


def test_a_cut_upload_lies_sealed(hub: Hub, recording: Recording, tmp_path: Path, files: Files) -> None:
    where = hub.begun(recording)
    cut_off(hub, where, VIDEO, sent=len(VIDEO) - 500)
    wait_until(lambda: hub.offset(where), "what came before the cut is kept", seconds=10)
    assert len(files()) == 1
    assert found_in(tmp_path, pieces_of(VIDEO)) == []


def test_creating_it_again_answers_with_the_one_under_way(hub: Hub, recording: Recording) -> None:
    where = hub.begun(recording)
    hub.patch(where, VIDEO[:100], 0)
    again = hub.begin(hub.announced(recording), len(VIDEO))
    assert (again.status_code, again.headers["Location"], again.headers["Upload-Offset"]) == (201, where, "100")


def test_behind_a_proxy_the_bytes_are_led_to_the_secure_address(
    hub: Hub, recording: Recording, settings: Any
) -> None:
    settings.SECURE = True
    where = urlsplit(hub.begun(recording))
    assert (where.scheme, where.netloc) == ("https", urlsplit(str(hub.http.base_url)).netloc)


def test_the_first_bytes_may_come_with_its_creation(hub: Hub, recording: Recording) -> None:
    made = hub.begin_with(hub.announced(recording), len(VIDEO), VIDEO[:700], filename="door.mp4")
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "700")
    assert hub.offset(made.headers["Location"]) == 700


def test_a_file_that_comes_in_one_call_is_stored_with_its_answer(hub: Hub, recording: Recording) -> None:
    made = hub.begin_with(hub.announced(recording), len(VIDEO), VIDEO)
    assert (made.status_code, made.headers["Clip-State"]) == (201, "stored")
    assert Clip.objects.get().state == Clip.State.STORED
    assert tasks.run_due(1) == 1


def test_a_clip_is_announced_and_stored_in_one_call(hub: Hub, recording: Recording, files: Files) -> None:
    made = hub.bring(recording)
    clip = Clip.objects.get()
    assert (made.status_code, made.headers["Clip-State"], made.headers["Clip"]) == (201, "stored", clip.ref)
    assert (clip.state, room.taken(clip.camera.household_id)) == (Clip.State.STORED, len(VIDEO))
    assert tasks.run_due(1) == 1
    again = hub.bring(recording)
    told = {name: again.headers[name] for name in ("Clip", "Clip-State", "Upload-Offset")}
    assert told == {"Clip": clip.ref, "Clip-State": "stored", "Upload-Offset": str(len(VIDEO))}
    assert (Clip.objects.count(), Upload.objects.count(), len(files())) == (1, 0, 3)


def test_what_came_of_a_clip_announced_so_is_kept(hub: Hub, recording: Recording) -> None:
    made = hub.bring(recording, VIDEO[:700])
    assert (made.headers["Clip-State"], hub.offset(made.headers["Location"])) == ("announced", 700)
    assert hub.bring(recording).headers["Upload-Offset"] == "700"  # as it stands; what came again counts for nothing
    hub.patch(made.headers["Location"], VIDEO[700:], 700)
    assert hub.finish(made.headers["Clip"]).json()["state"] == "stored"


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        ({"kind": "party"}, 422, "kind"),
        ({"duration_ms": "long"}, 422, "duration_ms"),
        ({"starts_at": "noon"}, 422, "starts_at"),
        ({"size": 600 * 2**20}, 422, "size"),
        ({"sha256": "x"}, 422, "sha256"),
        ({"sha256": "0" * 64}, 201, ""),
    ],
)
def test_what_is_announced_with_bytes_is_checked_as_ever(
    hub: Hub, recording: Recording, files: Files, wrong: dict[str, Any], status: int, field: str
) -> None:
    answer = hub.bring(recording, **wrong)
    if field:
        problem(answer, status, field)
        assert not Clip.objects.exists() and not files()
    else:  # what comes isn't what was announced: `finish` says so
        assert (answer.status_code, answer.headers["Clip-State"]) == (status, "announced")
        problem(hub.finish(answer.headers["Clip"]), 422, "sha256")


def test_a_full_home_is_told_before_anything_is_kept(
    hub: Hub, recording: Recording, files: Files, settings: Any
) -> None:
    settings.QUOTA_BYTES = len(VIDEO) - 1
    problem(hub.bring(recording), 413, "size")
    assert not Clip.objects.exists() and not files()


def test_a_file_that_comes_in_several_calls_has_to_be_finished(hub: Hub, recording: Recording) -> None:
    where = hub.begun(recording)
    assert hub.patch(where, VIDEO[:100], 0).headers["Clip-State"] == "announced"
    assert hub.patch(where, VIDEO[100:], 100).headers["Clip-State"] == "announced"
    assert hub.finish(Clip.objects.get().ref).json()["state"] == "stored"


def test_the_same_clip_twice_is_one_clip(hub: Hub, recording: Recording, files: Files) -> None:
    first = hub.send(recording)
    again = hub.announce(recording)
    assert (again.status_code, again.json()["ref"], again.json()["state"]) == (200, first, "stored")
    problem(hub.begin(first, len(VIDEO)), 409, "clip")
    assert hub.finish(first).json()["state"] == "stored"
    assert (Clip.objects.count(), len(files())) == (1, 1)


def test_every_piece_may_bring_its_checksum(hub: Hub, recording: Recording) -> None:
    ref = hub.announced(recording)
    hub.uploader(ref, VIDEO, piece=3000, checksum=True).upload()
    assert hub.finish(ref).json()["state"] == "stored"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_wrong_checksum_keeps_nothing_of_the_piece(
    hub: Hub, recording: Recording, files: Files, algorithm: str
) -> None:
    where = hub.begun(recording)
    digest = base64.b64encode(hashlib.new(algorithm, b"something else").digest()).decode()
    answer = hub.patch(where, VIDEO[:1000], 0, **{"Upload-Checksum": f"{algorithm} {digest}"})
    problem(answer, 460, "Upload-Checksum")
    assert hub.offset(where) == 0
    assert files() == []


@pytest.mark.parametrize("checksum", ["md5 AAAA", "sha256", "sha256 ???", "sha256 AAAA BBBB", "é"])
def test_a_checksum_that_cant_be_checked_is_refused(
    hub: Hub, recording: Recording, files: Files, checksum: str
) -> None:
    where = hub.begun(recording)
    answer = hub.http.patch(
        where,
        content=VIDEO[:1000],
        headers={**TUS, **BYTES, "Upload-Offset": "0", "Upload-Checksum": checksum.encode()},  # type: ignore[dict-item]
    )
    assert answer.status_code in (422, 460)
    assert answer.json()["errors"][0]["field"] == "Upload-Checksum"
    assert (hub.offset(where), files()) == (0, [])


def test_another_file_than_announced_leaves_nothing_and_may_come_again(
    hub: Hub, recording: Recording, files: Files
) -> None:
    other = make_video(seconds=2, seed=5)
    ref = hub.announced(replace(recording, data=other), sha256=recording.body()["sha256"])
    hub.uploader(ref, other).upload()
    found = problem(hub.finish(ref), 422, "sha256", limit=str(recording.body()["sha256"]))
    assert found["value"] == hashlib.sha256(other).hexdigest()
    nothing_of_it(files)
    assert (hub.show(ref)["state"], hub.show(ref)["received"]) == ("announced", 0)
    assert hub.begin(ref, len(other)).status_code == 201


def test_finishing_too_early_says_what_is_missing(hub: Hub, recording: Recording) -> None:
    ref = hub.announced(recording)
    problem(hub.finish(ref), 409, "clip", limit=str(len(VIDEO)))
    where = hub.begin(ref, len(VIDEO)).headers["Location"]
    hub.patch(where, VIDEO[:10], 0)
    found = problem(hub.finish(ref), 409, "clip", limit=str(len(VIDEO)))
    assert found["value"] == "10"


def test_more_bytes_than_announced_are_refused_unread(hub: Hub, recording: Recording, files: Files) -> None:
    where = hub.begun(recording)
    problem(hub.patch(where, VIDEO + b"more", 0), 422, "Content-Length", limit=str(len(VIDEO)))
    assert (hub.offset(where), files()) == (0, [])


def test_another_size_than_announced_begins_nothing(hub: Hub, recording: Recording, files: Files) -> None:
    answer = hub.begin(hub.announced(recording), len(VIDEO) + 1)
    problem(answer, 422, "Upload-Length", limit=str(len(VIDEO)))
    nothing_of_it(files)


@pytest.mark.parametrize("offset", [1, 10**14])
def test_another_offset_than_reached_is_a_conflict(hub: Hub, recording: Recording, files: Files, offset: int) -> None:
    where = hub.begun(recording)
    problem(hub.patch(where, VIDEO[:100], offset), 409, "Upload-Offset", limit="0")
    assert files() == []


@pytest.mark.parametrize(
    "given",
    ["", "clip", "clip !!!", "clip //79", "name YQ==", ",,,", "clip YQ==,clip", "clip " + "QUFB" * 10_000],
    ids=["missing", "no value", "no Base64", "no UTF-8", "no clip", "commas", "half", "endless"],
)
def test_bad_metadata_is_a_problem_and_begins_nothing(
    hub: Hub, recording: Recording, files: Files, given: str
) -> None:
    hub.announced(recording)
    answer = hub.http.post("/uploads/", headers={**TUS, "Upload-Length": "10", "Upload-Metadata": given})
    assert answer.status_code in (404, 422), answer.text
    if answer.status_code == 422:
        problem(answer, 422, "Upload-Metadata")
    nothing_of_it(files)


@pytest.mark.parametrize("length", ["", "-1", "1e3", "٣", "9" * 30, "0x10"])
def test_a_length_that_is_no_number_is_a_problem(hub: Hub, recording: Recording, files: Files, length: str) -> None:
    ref = hub.announced(recording)
    headers: dict[str, Any] = {**TUS, "Upload-Metadata": metadata(clip=ref), "Upload-Length": length.encode()}
    problem(hub.http.post("/uploads/", headers=headers), 422, "Upload-Length")
    nothing_of_it(files)


@pytest.mark.parametrize(
    ("missing", "status", "field"),
    [("Upload-Offset", 422, "Upload-Offset"), ("Content-Type", 415, "Content-Type"), ("Tus-Resumable", 412, "")],
)
def test_a_missing_header_is_named(
    hub: Hub, recording: Recording, files: Files, missing: str, status: int, field: str
) -> None:
    where = hub.begun(recording)
    answer = hub.patch(where, VIDEO[:100], 0, **{missing: ""})
    if field:
        problem(answer, status, field)
    else:
        assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
        assert "Tus-Resumable: 1.0.0" in answer.json()["detail"]
    assert files() == []


def test_dropping_an_upload_leaves_nothing(hub: Hub, recording: Recording, files: Files) -> None:
    where = hub.begun(recording)
    hub.patch(where, VIDEO[:1000], 0)
    assert hub.http.delete(where, headers=TUS).status_code == 204
    nothing_of_it(files)
    assert hub.http.head(where, headers=TUS).status_code == 404
    assert hub.begin(hub.announced(recording), len(VIDEO)).headers["Upload-Offset"] == "0"


def test_another_homes_upload_looks_like_none_at_all(hub: Hub, strangers_hub: Hub, recording: Recording) -> None:
    where = hub.begun(recording)
    hub.patch(where, VIDEO[:100], 0)
    answers = [
        strangers_hub.http.head(where, headers=TUS),
        strangers_hub.patch(where, VIDEO[100:200], 100),
        strangers_hub.http.delete(where, headers=TUS),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert hub.offset(where) == 100


def test_a_token_that_is_revoked_half_way_sends_nothing_more(
    hub: Hub, olive: Account, olives_device: Device, recording: Recording
) -> None:
    where = hub.begun(recording)
    hub.patch(where, VIDEO[:100], 0)
    cameras.revoke_device(account=olive, ref=olives_device.ref)
    assert hub.patch(where, VIDEO[100:], 100).status_code == 401
    assert hub.finish(Clip.objects.get().ref).status_code == 401
    assert Upload.objects.get().received == 100
    with pytest.raises(TusCommunicationError, match="401"):
        hub.uploader(Clip.objects.get().ref, VIDEO).upload()


def test_a_camera_that_is_removed_half_way_takes_nothing_more(
    hub: Hub, olive: Account, street_camera: Camera, recording: Recording
) -> None:
    where = hub.begun(recording)
    cameras.remove_camera(account=olive, ref=street_camera.ref)
    assert hub.patch(where, VIDEO, 0).status_code == 404
    assert hub.begin(Clip.objects.get().ref, len(VIDEO)).status_code == 404


def test_an_upload_that_nobody_goes_on_with_is_dropped(
    hub: Hub, street_camera: Camera, files: Files, clock: source.SeededSource
) -> None:
    where = hub.begun(recorded(street_camera, VIDEO, starts_at=source.now()))
    hub.patch(where, VIDEO[:1000], 0)
    clock.advance(timedelta(hours=25))
    assert tasks.run_retention(10) == 1
    nothing_of_it(files)


def test_a_device_without_its_token_in_the_address_of_an_upload_is_nobody(
    live_server: Any, hub: Hub, recording: Recording
) -> None:
    where = hub.begun(recording)
    stranger = Hub(live_server.url, persons.OLIVES_TOKEN[:-1])
    assert stranger.patch(where, VIDEO, 0).status_code == 401
    stranger.close()


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_other_methods_are_not_allowed(hub: Hub, recording: Recording, method: str) -> None:
    answer = hub.http.request(method, hub.begun(recording), headers=TUS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, HEAD, PATCH, DELETE")


def test_a_client_that_knows_no_patch_may_say_so_in_a_header(hub: Hub, recording: Recording) -> None:
    where = hub.begun(recording)
    headers = {**TUS, **BYTES, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert hub.http.post(where, content=VIDEO, headers=headers).headers["Upload-Offset"] == str(len(VIDEO))
