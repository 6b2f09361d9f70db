"""What the time line plays: the clip at a moment, and the ones beside it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goodfences import source
from goodfences.cameras import rights
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.people.models import Account
from tests.web.resident.test_today import NOON, make_clip

ClientOf = Callable[[Account], Client]


@pytest.fixture(autouse=True)
def still(clock: source.SeededSource) -> source.SeededSource:
    return clock


@pytest.fixture
def made(street_camera: Camera, door_camera: Camera) -> list[Clip]:
    """Three of the street, ten minutes apart, the second a person; and one of the door."""
    kinds = ["motion", "person", "motion"]
    of = [
        make_clip(street_camera, NOON - timedelta(minutes=60 - 10 * at), kind=kind) for at, kind in enumerate(kinds)
    ]
    return [*of, make_clip(door_camera, NOON - timedelta(minutes=55))]


def told(client: Client, **asked: Any) -> Any:
    response = client.get("/home/moment/", asked)
    assert response.status_code == 200 and "no-store" in response["Cache-Control"]
    return response.json()["clip"]


@pytest.mark.parametrize(("minutes", "number"), [(60, 0), (59.8, 0), (54, 1), (56, 0), (-100, 2), (3000, 0)], ids=str)
def test_the_clip_nearest_to_the_moment(
    minutes: float, number: int, made: list[Clip], olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    at = (NOON - timedelta(minutes=minutes)).isoformat()
    assert told(client_of(olive), camera=street_camera.ref, at=at)["ref"] == made[number].ref


def test_it_says_all_that_a_player_needs(
    made: list[Clip], olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    Clip.objects.filter(pk=made[1].pk).update(label="van")
    clip = told(client_of(olive), clip=made[1].ref)
    assert (clip["title"], clip["about"], clip["camera"]) == ("Street, 1:10 pm", "a person · van", street_camera.ref)
    assert clip["page"] == f"/home/clips/{made[1].ref}/" and clip["src"].startswith("/media/clips/")
    assert clip["ends"] - clip["starts"] == 18_000 and clip["starts"] == made[1].starts_at.timestamp() * 1000


def test_from_clip_to_clip_of_one_camera(made: list[Clip], olive: Account, client_of: ClientOf) -> None:
    client = client_of(olive)
    assert told(client, clip=made[0].ref, go="later")["ref"] == made[1].ref
    assert told(client, clip=made[1].ref, go="earlier")["ref"] == made[0].ref
    assert told(client, clip=made[0].ref, go="earlier") is None


def test_what_the_page_leaves_out_is_left_out_here(
    made: list[Clip], olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    asked = {"camera": street_camera.ref, "at": NOON.isoformat()}
    assert told(client_of(olive), **asked, kind="person")["ref"] == made[1].ref
    assert told(client_of(olive), **asked, kind="doorbell") is None
    assert told(client_of(olive), **asked, label="van") is None


def test_a_camera_that_is_hidden_from_hugo_plays_nothing_for_him(
    made: list[Clip], olive: Account, hugo: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    client = client_of(hugo)
    assert told(client, clip=made[0].ref)["ref"] == made[0].ref
    rights.allow(account=olive, member_ref=hugo.memberships.get().ref, rights={street_camera.ref: rights.NONE})
    for asked in (
        {"clip": made[0].ref},
        {"clip": made[0].ref, "go": "later"},
        {"camera": street_camera.ref, "at": NOON.isoformat()},
    ):
        assert client.get("/home/moment/", asked).status_code == 404


@pytest.mark.parametrize("person", ["stranger", "nadia", "omar", "max", "otto"])
def test_nor_does_it_for_anyone_else(
    person: str, made: list[Clip], street_camera: Camera, request: pytest.FixtureRequest, client_of: ClientOf
) -> None:
    client = client_of(request.getfixturevalue(person))
    for asked in ({"clip": made[0].ref}, {"camera": street_camera.ref, "at": NOON.isoformat()}):
        assert client.get("/home/moment/", asked).status_code == 404


@pytest.mark.parametrize("asked", [{}, {"camera": "REF"}, {"camera": "REF", "at": "noon"}, {"clip": "nonsense"}])
def test_there_is_nothing_at_no_moment(
    asked: dict[str, str], olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    asked = {name: value.replace("REF", street_camera.ref) for name, value in asked.items()}
    assert client_of(olive).get("/home/moment/", asked).status_code == 404
