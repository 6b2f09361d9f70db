"""P5: every agency act is public, before it works."""

from __future__ import annotations

import pytest

from goodfences.errors import Refused
from goodfences.ledger import queries as ledger
from goodfences.people.models import Account
from goodfences.video_requests import actions as requests
from goodfences.video_requests import matching
from goodfences.video_requests.models import Ask, VideoRequest
from tests import persons, story

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_can_be_asked_before_the_policy_is_public(omar: Account) -> None:
    officer = persons.officer(omar)
    draft = requests.save_draft(officer=officer, fields=story.fields())
    with pytest.raises(Refused):
        requests.submit(officer=officer, ref=draft.ref)


def test_a_request_and_its_entry_stand_or_fall_together(
    omar: Account, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.publish()
    request = story.submit(omar)

    def broken(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("goodfences.ledger.actions.append", broken)
    with pytest.raises(OSError, match="disk"):
        requests.approve(officer=persons.officer(ada), ref=request.ref)
    assert VideoRequest.objects.get().state == VideoRequest.State.SUBMITTED


def test_nobody_is_asked_while_the_entry_is_unsigned(
    omar: Account, ada: Account, olive: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.publish()
    story.neighbors_with_cameras(12)
    monkeypatch.setattr("goodfences.ledger.actions.sign_checkpoint", lambda: None)
    request = story.open_request(omar, ada)
    assert request.ledger_index is not None
    assert not ledger.is_signed(request.ledger_index)
    matching.fan_out(request.pk)
    assert not Ask.objects.exists()
