"""A day of clips, by camera, in the reader's zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from goodfences import source
from goodfences.cameras import rights
from goodfences.cameras.models import Camera
from goodfences.clips import timeline, trash
from goodfences.clips.models import Clip
from goodfences.clips.timeline import Slot, Wanted
from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.web.resident import days
from goodfences.web.resident.strips import SLOTS, Strip
from tests.persons import make_account, make_home

ClientOf = Callable[[Account], Client]
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def make_clip(camera: Camera, starts_at: datetime = NOON, **fields: Any) -> Clip:
    """A clip of 18 seconds that was checked, unless `fields` say otherwise."""
    facts = {
        "state": Clip.State.STORED,
        "checked_at": starts_at,
        "kind": Clip.Kind.MOTION,
        "announced_size": 1,
        "announced_sha256": f"{Clip.objects.count():064}",
        "ends_at": starts_at + timedelta(seconds=18),
        "expires_on": starts_at.date() + timedelta(days=30),
    }
    return Clip.objects.create(camera=camera, starts_at=starts_at, **{**facts, **fields})


@pytest.fixture(autouse=True)
def still(clock: source.SeededSource) -> source.SeededSource:
    return clock


def page(client: Client, day: str = "") -> str:
    response = client.get("/home/", {"day": day} if day else {})
    assert response.status_code == 200
    return response.content.decode()


def test_olive_sees_todays_clips_the_newest_first_in_her_own_zone(
    olive: Account, street_camera: Camera, door_camera: Camera, client_of: ClientOf
) -> None:
    make_clip(street_camera)
    make_clip(door_camera, NOON - timedelta(hours=1), kind="doorbell")
    html = page(client_of(olive))
    clips = html[html.index('<ul class="clips') :]
    assert clips.index("2:00 pm") < clips.index("Street") < clips.index("1:00 pm") < clips.index("Front door")
    assert "the doorbell" in clips
    assert "Nothing moved in front of: Hall." in html


def test_a_clip_belongs_to_the_day_on_which_it_began_for_the_reader(
    olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    # 22:30 UTC on the 23rd is half past midnight on the 24th in Helsinki.
    clip = make_clip(street_camera, datetime(2026, 11, 23, 22, 30, tzinfo=UTC))
    client = client_of(olive)
    assert clip.ref in page(client) and clip.ref not in page(client, "2026-11-23")


def test_another_day_is_chosen(olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
    clip = make_clip(street_camera, NOON - timedelta(days=2))
    client = client_of(olive)
    assert clip.ref not in page(client)
    html = page(client, "2026-11-22")
    assert clip.ref in html and "?day=2026-11-21" in html and "?day=2026-11-23" in html


@pytest.mark.parametrize("day", ["2026-11-25", "yesterday", "2026-02-30", "0001-01-01", "1999-12-31"])
def test_there_is_no_page_of_the_future_or_of_no_date(day: str, olive: Account, client_of: ClientOf) -> None:
    assert client_of(olive).get("/home/", {"day": day}).status_code == 404


def test_hugo_sees_them_too(hugo: Account, street_camera: Camera, client_of: ClientOf) -> None:
    assert make_clip(street_camera).ref in page(client_of(hugo))


@pytest.mark.parametrize("person", ["stranger", "nadia"])
def test_a_neighbor_sees_none_of_them(
    person: str, request: pytest.FixtureRequest, street_camera: Camera, client_of: ClientOf
) -> None:
    assert make_clip(street_camera).ref not in page(client_of(request.getfixturevalue(person)))


def test_a_clip_that_isnt_checked_yet_says_so(olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
    make_clip(street_camera, checked_at=None)
    assert "Being checked." in page(client_of(olive))


def test_a_refused_clip_says_why(olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
    make_clip(street_camera, state="deleted", checked_at=None, refusal="It is not a video that we can open.")
    assert "Not kept: It is not a video that we can open." in page(client_of(olive))


def test_deleted_expired_and_announced_clips_are_gone(
    olive: Account, street_camera: Camera, client_of: ClientOf
) -> None:
    for state in ("deleted", "expired", "announced"):
        make_clip(street_camera, state=state)
    assert "Nothing moved in front of your cameras today." in page(client_of(olive))


def test_an_empty_day_leads_to_the_newest_clip(
    olive: Account, olives_device: Any, street_camera: Camera, client_of: ClientOf
) -> None:
    make_clip(street_camera, NOON - timedelta(days=3))
    assert 'href="?day=2026-11-21"' in page(client_of(olive))


def test_clips_of_a_removed_camera_stay(olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
    clip = make_clip(street_camera)
    Camera.objects.filter(pk=street_camera.pk).update(removed_at=NOON, may_be_asked=False)
    html = page(client_of(olive))
    assert clip.ref in html and "removed" in html


def test_someone_without_a_camera_is_told_how_to_begin(nadia: Account, client_of: ClientOf) -> None:
    assert "No camera yet" in page(client_of(nadia)) and "/cameras/add/" in page(client_of(nadia))


def test_a_day_lasts_25_hours_where_clocks_go_back(olive: Account) -> None:
    with timezone.override("Europe/Helsinki"):
        day = days.read_day("2026-10-25")
        assert day.ends_at.astimezone(UTC) - day.starts_at.astimezone(UTC) == timedelta(hours=25)
        assert days.read_day("").after is None
    with pytest.raises(NotFound):
        days.read_day("no")


def test_the_day_page_takes_as_many_queries_with_many_clips(
    olive: Account, street_camera: Camera, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    for minute in range(30):
        make_clip(street_camera, NOON - timedelta(minutes=minute))
    client = client_of(olive)
    with django_assert_max_num_queries(19):
        page(client)


def test_a_newcomer_without_cameras_who_is_a_member(db: None, client_of: ClientOf) -> None:
    owner, member = make_account("Paula"), make_account("Pia")
    home = make_home(owner, (60.17, 24.94))
    home.memberships.create(account=member, role="member")
    assert "has added none" in page(client_of(member))


def refs(client: Client, **asked: str) -> list[str]:
    """The clips that the page lists, in order."""
    response = client.get("/home/", asked)
    assert response.status_code == 200
    return re.findall(r'id="clip-([\w-]+)"', response.content.decode())


class TestNarrowing:
    @pytest.fixture
    def made(self, street_camera: Camera, door_camera: Camera) -> dict[str, Clip]:
        """By what they are; the oldest first, a minute apart."""
        of = {
            "street": (street_camera, {}),
            "van": (street_camera, {"label": "van", "words": " van"}),
            "noted": (street_camera, {"note": "The gray wagon", "words": " the gray wagon"}),
            "person": (door_camera, {"kind": "person"}),
            "starred": (door_camera, {"starred_at": NOON}),
            "saved": (door_camera, {"saved_at": NOON}),
        }
        return {
            name: make_clip(camera, NOON - timedelta(hours=1) + timedelta(minutes=at), **fields)
            for at, (name, (camera, fields)) in enumerate(of.items())
        }

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, ["saved", "starred", "person", "noted", "van", "street"]),
            ({"kind": "person"}, ["person"]),
            ({"label": "van"}, ["van"]),
            ({"only": "starred"}, ["starred"]),
            ({"only": "saved"}, ["saved"]),
            ({"q": "GRAY wag"}, ["noted"]),
            ({"q": "agon"}, []),
            ({"q": "gray van"}, []),
            ({"q": "street van"}, ["van"]),
            ({"q": "front"}, ["saved", "starred", "person"]),
            ({"q": "front person"}, ["person"]),
            ({"q": "street wagon", "kind": "motion"}, ["noted"]),
            ({"q": "%"}, ["saved", "starred", "person", "noted", "van", "street"]),
            ({"kind": "nonsense", "label": "nonsense", "only": "nonsense", "camera": "nonsense"}, 6),
        ],
    )
    def test_by_what_it_is(
        self, asked: dict[str, str], found: Any, made: dict[str, Clip], olive: Account, client_of: ClientOf
    ) -> None:
        names = {clip.ref: name for name, clip in made.items()}
        listed = [names[ref] for ref in refs(client_of(olive), **asked)]
        assert (len(listed) if isinstance(found, int) else listed) == found

    def test_what_a_hub_saw_reads_and_is_found_in_the_readers_language(
        self, olive: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        car = make_clip(street_camera, NOON - timedelta(hours=1), label="vehicle", words=" vehicle")
        person = make_clip(street_camera, NOON - timedelta(hours=2), kind="person", label="person", words=" person")
        client = client_of(olive)
        assert "motion · vehicle<" in client.get("/home/").content.decode()
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
        html = unescape(client.get("/home/").content.decode())
        assert "movimiento · vehículo<" in html and '<option value="vehicle">vehículo</option>' in html
        assert "<small>una persona</small>" in html
        assert refs(client, q="vehiculo") == refs(client, label="vehicle") == [car.ref]
        assert refs(client, q="persona") == refs(client, label="person") == [person.ref]
        page = f"/home/clips/{car.ref}/"
        assert 'value="vehículo"' in unescape(client.get(page).content.decode())
        client.post(f"{page}note/", {"note": "El cartero", "label": "Vehículo"})
        car.refresh_from_db()
        assert (car.label, car.words) == ("vehicle", " vehicle el cartero")

    def test_by_camera(
        self, made: dict[str, Clip], olive: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        client = client_of(olive)
        assert refs(client, camera=street_camera.ref) == [made[name].ref for name in ("noted", "van", "street")]
        html = client.get("/home/", {"camera": street_camera.ref}).content.decode()
        assert html.count('class="lane"') == 1

    def test_the_next_day_is_narrowed_alike(self, olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
        asked = {"day": "2026-11-22", "camera": street_camera.ref, "kind": "person", "label": "x", "day2": "<"}
        html = unescape(client_of(olive).get("/home/", asked).content.decode())
        for day in ("2026-11-21", "2026-11-23"):
            assert f'href="?day={day}&camera={street_camera.ref}&kind=person"' in html
        assert f'<input type="hidden" name="camera" value="{street_camera.ref}">' in html

    def test_words_are_found_on_any_day_and_filters_on_the_days_own(
        self, olive: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        old = make_clip(street_camera, NOON - timedelta(days=9), words=" gray wagon", kind="person")
        client = client_of(olive)
        assert refs(client, q="wagon") == [old.ref] and refs(client, kind="person") == []
        assert refs(client, kind="person", day="2026-11-15") == [old.ref]

    def test_hugo_finds_nothing_of_a_camera_that_is_hidden_from_him(
        self, made: dict[str, Clip], olive: Account, hugo: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        member = hugo.memberships.get().ref
        rights.allow(account=olive, member_ref=member, rights={street_camera.ref: rights.NONE})
        client = client_of(hugo)
        for asked in ({"q": "wagon"}, {"q": "van"}, {"camera": street_camera.ref, "q": "street"}, {"label": "van"}):
            found = refs(client, **asked)
            assert not {made[name].ref for name in ("street", "van", "noted")} & set(found), asked
        html = client.get("/home/").content.decode()
        assert "Street" not in html and ">van<" not in html

    @pytest.mark.parametrize("person", ["stranger", "nadia"])
    def test_no_neighbor_finds_any(
        self, person: str, made: dict[str, Clip], request: pytest.FixtureRequest, client_of: ClientOf
    ) -> None:
        client = client_of(request.getfixturevalue(person))
        assert refs(client, q="wagon") == refs(client, only="starred") == refs(client, label="van") == []


@pytest.mark.parametrize("asked", [{}, {"q": "street"}])
def test_earlier_clips_are_a_link_further(
    asked: dict[str, str], olive: Account, street_camera: Camera, door_camera: Camera, client_of: ClientOf
) -> None:
    made = [make_clip(street_camera, NOON - timedelta(minutes=minute)) for minute in range(60)]
    make_clip(door_camera, NOON - timedelta(days=1))
    client, seen, url = client_of(olive), [], "/home/?" + urlencode(asked)
    while url:
        html = client.get(url).content.decode()
        seen += re.findall(r'id="clip-([\w-]+)"', html)
        more = re.search(r'href="([^"]+)" rel="next">Earlier', html)
        url = unescape(more[1]) if more else ""
    assert seen == [clip.ref for clip in made]
    assert client.get("/home/", {"before": "2026-99-99T00:00:00Z"}).status_code == 200


def test_a_strip_is_as_long_with_many_clips(olive: Account, street_camera: Camera) -> None:
    begins = NOON.replace(hour=0)
    ends = begins + timedelta(days=1)
    make_clip(street_camera, begins, ends_at=begins + timedelta(seconds=5))
    make_clip(street_camera, begins + timedelta(minutes=8), ends_at=begins + timedelta(minutes=12))
    make_clip(street_camera, ends - timedelta(seconds=10), ends_at=ends + timedelta(minutes=3))
    slots = timeline.slots(Wanted([street_camera.pk]), begins, ends, SLOTS)[street_camera.pk]
    one = Strip(street_camera, begins, ends, slots)
    assert (one.path, one.label) == ("M0 0h3v1h-3zM287 0h1v1h-1z", "Street: 3 clips")
    full = [Slot(at, at, 60) for at in range(SLOTS)]
    assert Strip(street_camera, begins, ends, full).path == "M0 0h288v1h-288z"


def test_a_strip_of_25_hours_is_cut_as_any_other(olive: Account, street_camera: Camera) -> None:
    with timezone.override("Europe/Helsinki"):
        day = days.read_day("2026-10-25")
    at = day.ends_at.astimezone(UTC) - timedelta(minutes=1)
    make_clip(street_camera, at)
    slots = timeline.slots(Wanted([street_camera.pk]), day.starts_at, day.ends_at, SLOTS)
    assert slots == {street_camera.pk: [Slot(287, 287, 1)]}


def test_many_deleted_clips_unfold(olive: Account, street_camera: Camera, client_of: ClientOf) -> None:
    for minute in range(5):
        clip = make_clip(street_camera, NOON - timedelta(minutes=minute))
        trash.delete(account=olive, ref=clip.ref)
    html = page(client_of(olive))
    assert html.count("/undo/") == 5 and html.index("2 more") < html.index("/undo/", html.index("2 more"))
