"""What an owner may ask their own hub for, and what a hub may answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound, Refused
from goodfences.evidence.models import WantedPart
from goodfences.evidence.owner import at_home, wanting
from goodfences.people.models import Account
from goodfences.video_requests import asks
from goodfences.video_requests.models.ask import Ask

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def want(olive: Account, ask: Ask, camera: Camera, begins: timedelta = SECOND, lasts: timedelta = 60 * SECOND) -> Any:
    starts_at = ask.video_request.starts_at + begins
    span = {"starts_at": starts_at, "ends_at": starts_at + lasts}
    return wanting.want(account=olive, ask_ref=ask.ref, camera_ref=camera.ref, **span)


def rules(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [problem.rule for problem in refused.value.problems]


def test_the_hub_of_the_home_is_told(
    olive: Account, olives_ask: Ask, street_camera: Camera, olives_device: Device, strangers_device: Device
) -> None:
    wanted = want(olive, olives_ask, street_camera)
    assert wanting.is_waiting_at(olives_device)
    assert not wanting.is_waiting_at(strangers_device)
    assert [part.ref for part in at_home.waiting(olives_device, since=0)[0][0].wanted] == [wanted.ref]


@pytest.mark.parametrize(
    ("begins", "lasts", "rule"),
    [
        (-SECOND, 60 * SECOND, "wanted.window"),
        (timedelta(hours=30), 60 * SECOND, "wanted.window"),
        (SECOND, timedelta(), "wanted.order"),
        (SECOND, timedelta(minutes=10, seconds=1), "wanted.length"),
    ],
)
def test_what_is_no_part_of_the_window_is_refused(
    olive: Account, olives_ask: Ask, street_camera: Camera, begins: timedelta, lasts: timedelta, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        want(olive, olives_ask, street_camera, begins, lasts)
    assert rules(refused) == [rule]


def test_only_cameras_that_the_request_is_about(olive: Account, olives_ask: Ask, indoors_camera: Camera) -> None:
    with pytest.raises(Refused) as refused:
        want(olive, olives_ask, indoors_camera)
    assert rules(refused) == ["wanted.camera"]


def test_nobody_else_asks_her_hub(hugo: Account, stranger: Account, olives_ask: Ask, street_camera: Camera) -> None:
    for person in (hugo, stranger):
        with pytest.raises(NotFound):
            want(person, olives_ask, street_camera)


def test_a_hub_is_not_asked_for_everything_at_once(olive: Account, olives_ask: Ask, street_camera: Camera) -> None:
    for number in range(wanting.MOST_WAITING):
        want(olive, olives_ask, street_camera, number * 60 * SECOND)
    with pytest.raises(Refused) as refused:
        want(olive, olives_ask, street_camera)
    assert rules(refused) == ["wanted.many"]


def test_an_answered_ask_wants_nothing_more(olive: Account, olives_ask: Ask, street_camera: Camera) -> None:
    asks.decline(ask_ref=olives_ask.ref)
    with pytest.raises(Refused) as refused:
        want(olive, olives_ask, street_camera)
    assert rules(refused) == ["wanted.ask"]


def test_the_first_answer_of_the_hub_stands(
    olive: Account, olives_ask: Ask, street_camera: Camera, olives_device: Device, strangers_device: Device
) -> None:
    wanted = want(olive, olives_ask, street_camera)
    with pytest.raises(NotFound):
        wanting.answer(device=strangers_device, wanted_ref=wanted.ref, why="")
    with pytest.raises(Refused):
        wanting.answer(device=olives_device, wanted_ref=wanted.ref, why="No.")
    wanting.answer(device=olives_device, wanted_ref=wanted.ref, why="not_from_away")
    again = wanting.answer(device=olives_device, wanted_ref=wanted.ref, why="")
    assert (again.state, again.why) == (WantedPart.State.REFUSED, WantedPart.Why.NOT_FROM_AWAY)
    assert not wanting.is_waiting_at(olives_device)
