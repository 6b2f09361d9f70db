"""What an owner covered in a clip, on its way to the agency: what leaves, and what is said of it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from goodfences.cameras import zones
from goodfences.clips.models import Clip
from goodfences.evidence import opening, portal, tasks
from goodfences.evidence.models import Share, SharedVideo
from goodfences.evidence.owner import choosing
from goodfences.evidence.owner.choosing import Choice
from goodfences.evidence.verify import verify_package
from goodfences.ledger import keys as ledger_keys
from goodfences.people.models import Account
from goodfences.redaction import actions, previewing
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from tests.clips import streams
from tests.evidence.conftest import keep_clip
from tests.persons import officer

pytestmark = pytest.mark.django_db
Sharing = Callable[..., Share]
BOX = {"kind": "face", "starts_ms": 0, "ends_ms": 5000, "still": True, "anchors": [[0, 0, 5000, 9000, 4000]]}


@pytest.fixture
def covered(olive: Account, clip: Clip) -> Clip:
    """Olive covered a face in it, and her camera has a zone."""
    zones.replace(account=olive, camera_ref=clip.camera.ref, areas=[[[0, 5000], [2000, 5000], [2000, 10_000]]])
    actions.save(account=olive, clip_ref=clip.ref, starts_ms=0, ends_ms=5000, audio=False, marks=[BOX])
    return clip


@pytest.fixture
def given(covered: Clip, share_it: Sharing) -> SharedVideo:
    share_it(covered)
    tasks.run_due(10)
    return SharedVideo.objects.get()


def test_what_leaves_is_covered_and_encoded_anew(given: SharedVideo) -> None:
    content = b"".join(opening.chunks(given))
    assert streams.numbers(content) == list(range(15, 45))
    with av.open(io.BytesIO(content)) as video:
        pictures = [frame.to_ndarray(format="gray").astype(int) for frame in video.decode(video=0)]
    assert all(np.ptp(picture[100:150, :250]) < 12 for picture in pictures)


def test_the_agency_learns_how_much_is_covered_and_nothing_of_where(given: SharedVideo) -> None:
    assert {name: given.facts[name] for name in ("boxes", "areas", "reencoded")} == {
        "boxes": 1,
        "areas": 1,
        "reencoded": True,
    }
    told = json.dumps([given.facts, given.receipt])
    assert "anchors" not in told and "9000" not in told and "lost" not in told


def test_the_receipt_and_the_verifier_say_so_and_name_the_original(
    given: SharedVideo, covered: Clip, omar: Account, tmp_path: Path
) -> None:
    content = given.receipt["receipt"]
    assert content["video"]["covered"] == {"boxes": 1, "areas": 1}
    assert content["cut_from"]["sha256"] == covered.sha256 != given.sha256
    assert content["given"][0].endswith("with one box and one privacy zone of the camera covered")
    assert "what was covered: its pixels were replaced before the picture was encoded" in content["not_given"]
    package = portal.download(officer=officer(omar), request_ref=given.video_request.ref)
    path = tmp_path / "package.zip"
    path.write_bytes(b"".join(package.chunks()))
    report = verify_package(path, public_key=ledger_keys.public_key())
    assert report.holds
    assert any(found.words.endswith("one privacy zone of the camera covered.") for found in report.findings)


def test_what_is_drawn_after_the_decision_changes_nothing_of_it(
    covered: Clip, share_it: Sharing, olive: Account, olives_ask: Ask
) -> None:
    planned = choosing.planned(olives_ask, [Choice(covered.ref, 1000, 3000)])[0]
    shown = previewing.preview(olive.pk, planned.plan)
    share_it(covered, seen_sha256=shown.sha256)
    actions.save(account=olive, clip_ref=covered.ref, starts_ms=0, ends_ms=5000, audio=False, marks=[])
    tasks.run_due(10)
    assert SharedVideo.objects.get().sha256 == shown.sha256


def test_where_it_is_covered_no_group_of_pictures_reaches_out_of_the_window(
    olive: Account, street_camera: Any, opened: VideoRequest, olives_ask: Ask
) -> None:
    clip = keep_clip(street_camera, opened, after=timedelta(seconds=-2.5))
    choice = Choice(clip.ref, 2000, 5000)
    assert choosing.planned(olives_ask, [choice])[0].plan.cut.starts_ms == 2000
    actions.save(account=olive, clip_ref=clip.ref, starts_ms=0, ends_ms=5000, audio=False, marks=[BOX])
    assert choosing.planned(olives_ask, [choice])[0].plan.cut.starts_ms == 2500
