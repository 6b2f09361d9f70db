"""What a hub may say for its owner, and what it may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from goodfences.cameras.models import Device
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Refused
from goodfences.evidence import tasks
from goodfences.evidence.models import Share, SharedVideo
from goodfences.evidence.owner import at_home
from goodfences.ledger import keys, proofs
from goodfences.ledger.models import SignedCheckpoint
from goodfences.video_requests import asks
from goodfences.video_requests.models.ask import Ask
from goodfences_record import merkle, notes, offline
from goodfences_record.canonical import canonical
from goodfences_record.notes import SigningKey
from tests.ledger.logs import grow

pytestmark = pytest.mark.django_db
KEY = SigningKey.new("olives-hub")
OTHER = SigningKey.new("olives-hub")


@pytest.fixture
def hub(olives_device: Device) -> Device:
    olives_device.decision_key = str(KEY.verifier)
    olives_device.save()
    return olives_device


def decision(asked: Ask, clip: Clip, **changes: Any) -> dict[str, Any]:
    return {
        "format": at_home.DECISION,
        "act": "share",
        "ask": asked.ref,
        "request": asked.video_request.ref,
        "entry": asked.video_request.ledger_index,
        "cuts": [{"camera": clip.camera.ref, "sha256": clip.announced_sha256, "audio": False}],
        **changes,
    }


def signed(decided: Any, key: SigningKey = KEY) -> str:
    return notes.sign(f"{canonical(decided).decode()}\n", key)


def refusal(asked: Ask, clip: Clip) -> str:
    return signed(decision(asked, clip, act="decline"))


def test_a_hub_reads_what_its_owner_is_asked_with_the_proof(hub: Device, olives_ask: Ask) -> None:
    found, vouched = at_home.waiting(hub, since=0)
    assert [one.ask.ref for one in found] == [olives_ask.ref]
    request = olives_ask.video_request
    proven = offline.verify_bundle(vouched.bundles[request.ledger_index or 0], public_key=keys.public_key())
    assert proven.subject == f"request:{request.ref}"
    assert found[0].details["case_number"] == request.case_number


def test_proofs_go_on_from_the_checkpoint_that_the_hub_saw_last(hub: Device, olives_ask: Ask) -> None:
    old = SignedCheckpoint.objects.order_by("size")[0]
    grow(5)
    _, vouched = at_home.waiting(hub, since=old.size)
    new = notes.open_checkpoint(vouched.checkpoint, notes.VerifierKey.parse(keys.public_key()))
    path = [notes.unb64(part, "part") for part in vouched.consistency]
    assert new.size > old.size
    assert merkle.consistency_holds(old.size, bytes(old.root), new.size, new.root, path)
    assert proofs.vouched([], since=new.size + 5).consistency == []


def test_an_answered_ask_is_not_told_again(hub: Device, olives_ask: Ask) -> None:
    asks.decline(ask_ref=olives_ask.ref)
    assert at_home.waiting(hub, since=0)[0] == []


def test_a_hub_is_told_of_its_own_owners_asks_alone(
    strangers_device: Device, olives_ask: Ask, hub: Device, clip: Clip
) -> None:
    assert at_home.waiting(strangers_device, since=0)[0] == []
    with pytest.raises(NotFound):
        at_home.share(device=strangers_device, ask_ref=olives_ask.ref, note=signed(decision(olives_ask, clip)))
    with pytest.raises(NotFound):
        at_home.decline(device=strangers_device, ask_ref=olives_ask.ref, note=refusal(olives_ask, clip))


def test_what_the_owner_decided_at_home_is_shared_whole(hub: Device, olives_ask: Ask, clip: Clip) -> None:
    note = signed(decision(olives_ask, clip))
    share = at_home.share(device=hub, ask_ref=olives_ask.ref, note=note)
    tasks.run_due(10)
    video = SharedVideo.objects.get()
    assert (video.starts_at, video.ends_at) == (clip.starts_at, clip.ends_at)
    assert video.facts["audio"] is False
    assert Share.objects.get(pk=share.pk).decision == note


def test_the_agency_gets_no_key_that_two_shares_of_one_home_have_in_common(
    hub: Device, olives_ask: Ask, clip: Clip
) -> None:
    at_home.share(device=hub, ask_ref=olives_ask.ref, note=signed(decision(olives_ask, clip)))
    tasks.run_due(10)
    video = SharedVideo.objects.get()
    for field in ("receipt", "facts", "told"):
        assert KEY.verifier.name not in str(getattr(video, field))
        assert notes.b64(KEY.verifier.public) not in str(getattr(video, field))


def test_sent_twice_it_is_one_share(hub: Device, olives_ask: Ask, clip: Clip) -> None:
    note = signed(decision(olives_ask, clip))
    first = at_home.share(device=hub, ask_ref=olives_ask.ref, note=note)
    assert at_home.share(device=hub, ask_ref=olives_ask.ref, note=note) == first


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"format": "goodfences-decision/2"}, "decision.ask"),
        ({"act": "decline"}, "decision.ask"),
        ({"ask": "another"}, "decision.ask"),
        ({"request": "another"}, "decision.ask"),
        ({"entry": 0}, "decision.ask"),
        ({"cuts": {}}, "decision.cuts"),
        ({"cuts": ["all"]}, "decision.cuts"),
        ({"cuts": [{"camera": "x", "sha256": "0" * 64, "audio": 1}]}, "decision.cuts"),
        ({"cuts": [{"camera": "x", "sha256": "0" * 64, "audio": False}]}, "decision.clip"),
        ({"cuts": []}, "share.nothing"),
    ],
)
def test_a_decision_about_something_else_shares_nothing(
    hub: Device, olives_ask: Ask, clip: Clip, changes: dict[str, Any], rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        at_home.share(device=hub, ask_ref=olives_ask.ref, note=signed(decision(olives_ask, clip, **changes)))
    assert [problem.rule for problem in refused.value.problems] == [rule]
    assert not Share.objects.exists()


@pytest.mark.parametrize(
    "note", ["", "Share it all.", signed("Share it all.")], ids=["empty", "unsigned", "no object"]
)
def test_what_is_no_decision_shares_nothing(hub: Device, olives_ask: Ask, note: str) -> None:
    with pytest.raises(Refused):
        at_home.share(device=hub, ask_ref=olives_ask.ref, note=note)


def test_a_token_without_the_hubs_key_decides_nothing(hub: Device, olives_ask: Ask, clip: Clip) -> None:
    forged = signed(decision(olives_ask, clip), OTHER)
    with pytest.raises(Refused) as refused:
        at_home.share(device=hub, ask_ref=olives_ask.ref, note=forged)
    assert refused.value.problems[0].rule == "decision.signature"
    hub.decision_key = ""
    with pytest.raises(Refused):
        at_home.share(device=hub, ask_ref=olives_ask.ref, note=signed(decision(olives_ask, clip)))


def test_a_token_alone_declines_nothing(hub: Device, olives_ask: Ask, clip: Clip) -> None:
    for note in ("", signed(decision(olives_ask, clip)), signed(decision(olives_ask, clip, act="decline"), OTHER)):
        with pytest.raises(Refused):
            at_home.decline(device=hub, ask_ref=olives_ask.ref, note=note)
    olives_ask.refresh_from_db()
    assert olives_ask.state != Ask.State.DECLINED


def test_a_clip_that_is_not_checked_yet_is_not_shared(hub: Device, olives_ask: Ask, clip: Clip) -> None:
    clip.checked_at = None
    clip.save()
    with pytest.raises(Refused, match="wait until it is checked"):
        at_home.share(device=hub, ask_ref=olives_ask.ref, note=signed(decision(olives_ask, clip)))


def test_what_lies_outside_the_window_is_not_shared(hub: Device, olives_ask: Ask, clip: Clip) -> None:
    clip.starts_at -= timedelta(hours=1)
    clip.ends_at -= timedelta(hours=1)
    clip.save()
    with pytest.raises(Refused):
        at_home.share(device=hub, ask_ref=olives_ask.ref, note=signed(decision(olives_ask, clip)))


def test_it_ends_like_every_other_answer(hub: Device, olives_ask: Ask, clip: Clip) -> None:
    declined = at_home.decline(device=hub, ask_ref=olives_ask.ref, note=refusal(olives_ask, clip))
    assert declined.state == Ask.State.DECLINED
    with pytest.raises(Refused):
        at_home.share(device=hub, ask_ref=olives_ask.ref, note=signed(decision(olives_ask, clip)))
