"""How cameras and hubs do, on their owner's pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Browser

import goodfences
from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.health import actions, letters, silences
from goodfences.health.telling import CameraTold
from goodfences.mail import links
from goodfences.people.models import Account, Household
from tests.health.words import lost, told, well
from tests.pages import Page
from tests.web.resident.test_today import make_clip
from tests.windows import Visit, axe, browser

__all__ = ["browser"]

ClientOf = Callable[[Account], Client]
Tell = Callable[..., None]


@pytest.fixture(autouse=True)
def still(clock: source.SeededSource) -> None:
    """At noon in UTC it is 2 pm for Olive."""


@pytest.fixture
def tell(olives_device: Device) -> Tell:
    def say(*cameras: CameraTold, **how: Any) -> None:
        actions.keep(device=olives_device, told=told(*cameras, **how))

    return say


def text(client: Client, path: str) -> str:
    return Page(client.get(path)).text


class TestCameras:
    def test_before_a_hub_told_anything(self, olive: Account, client_of: ClientOf) -> None:
        assert text(client_of(olive), "/cameras/").count("No hub has told of it yet.") == 3

    def test_a_camera_that_records(
        self, tell: Tell, olive: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(well(street_camera))
        page = text(client_of(olive), "/cameras/")
        assert "recording Last picture a moment ago." in page
        assert "1 h 12 min, in 2 gaps" in page
        assert "back to Saturday, November 21, 2:00 pm, with gaps" in page
        assert "3.4 GB recorded, 64.8 MB uploaded; 2 clips wait" in page

    def test_what_is_missing_is_hatched_in_its_day(
        self, tell: Tell, olive: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(well(street_camera))
        html = client_of(olive).get("/cameras/").content.decode()
        assert html.count('<rect class="gap"') == 2
        assert "Nothing was recorded from 9:00 am to 10:00 am: the camera was away." in html

    def test_one_that_stopped(self, tell: Tell, olive: Account, door_camera: Camera, client_of: ClientOf) -> None:
        tell(lost(door_camera))
        page = text(client_of(olive), "/cameras/")
        assert "no picture No picture since Tuesday, November 24, 12:00 pm." in page
        assert "2 h, in 1 gap" in page and "no continuous video" in page

    def test_one_that_never_gave_a_picture(
        self, tell: Tell, olive: Account, door_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(replace(lost(door_camera), last_frame_at=None, gaps=[]))
        assert "It has given no picture yet." in text(client_of(olive), "/cameras/")

    def test_a_folder_is_not_called_lost(
        self, tell: Tell, olive: Account, door_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(replace(lost(door_camera), is_steady=False, gaps=[]))
        page = text(client_of(olive), "/cameras/")
        assert "The newest picture is from Tuesday, November 24, 12:00 pm." in page and "no picture" not in page

    def test_a_hub_that_fell_silent_may_go_on_at_home(
        self, tell: Tell, olive: Account, street_camera: Camera, client_of: ClientOf, clock: source.SeededSource
    ) -> None:
        tell(well(street_camera))
        clock.advance(timedelta(minutes=10))
        page = text(client_of(olive), "/cameras/")
        assert "hub not heard Nothing heard from Hub since Tuesday, November 24, 2:00 pm." in page
        assert "It may go on recording at home." in page and "Last picture" not in page

    def test_hugo_sees_how_they_do_too_and_no_version(
        self, tell: Tell, hugo: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(well(street_camera))
        page = text(client_of(hugo), "/cameras/")
        assert "Last picture a moment ago." in page and "version" not in page

    def test_nobody_elses_page_says_a_word(
        self, tell: Tell, stranger: Account, strangers_device: Device, street_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(well(street_camera))
        page = text(client_of(stranger), "/cameras/")
        assert "No hub has told of it yet." in page and "Last picture" not in page and "version" not in page

    def test_a_newer_version_is_announced(self, tell: Tell, olive: Account, client_of: ClientOf) -> None:
        tell(version="0.0.9")
        page = text(client_of(olive), "/cameras/")
        assert "version 0.0.9" in page and f"A newer version is out: {goodfences.__version__}." in page

    @pytest.mark.parametrize("version", [goodfences.__version__, "99.0"])
    def test_and_only_a_newer_one(self, version: str, tell: Tell, olive: Account, client_of: ClientOf) -> None:
        tell(version=version)
        page = text(client_of(olive), "/cameras/")
        assert f"version {version}" in page and "A newer version" not in page

    def test_a_wrong_clock_is_named(
        self, tell: Tell, olive: Account, olives_device: Device, client_of: ClientOf
    ) -> None:
        behind = replace(told(), sent_at=source.now() - timedelta(hours=3, minutes=5))
        actions.keep(device=olives_device, told=behind)
        assert "Its clock is 3 h 5 min off." in text(client_of(olive), "/cameras/")


class TestToday:
    def test_a_missing_hour_is_not_a_quiet_one(
        self, tell: Tell, olive: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(well(street_camera))
        page = text(client_of(olive), "/home/")
        assert "Nothing was recorded from 9:00 am to 10:00 am: the camera was away." in page
        assert "Nothing was recorded from 12:30 pm to 12:42 pm: the hub was off." in page
        assert "Nothing moved in front of: Front door, Hall." in page
        assert "Nothing moved in front of your cameras today." not in page

    def test_nor_is_one_of_another_day(
        self, tell: Tell, olive: Account, street_camera: Camera, client_of: ClientOf, clock: source.SeededSource
    ) -> None:
        tell(well(street_camera))
        clock.advance(timedelta(days=3))
        tell(replace(well(street_camera), gaps=[]))
        assert "9:00 am to 10:00 am" in text(client_of(olive), "/home/?day=2026-11-24")
        assert "9:00 am to 10:00 am" not in text(client_of(olive), "/home/?day=2026-11-26")

    def test_what_goes_on_is_said_to(
        self, tell: Tell, olive: Account, door_camera: Camera, client_of: ClientOf
    ) -> None:
        tell(lost(door_camera))
        page = text(client_of(olive), "/home/")
        assert "Nothing has been recorded since 12:00 pm: the camera is away." in page

    def test_clips_and_gaps_stand_in_one_time_line(
        self, tell: Tell, olive: Account, street_camera: Camera, client_of: ClientOf
    ) -> None:
        make_clip(street_camera, source.now() - timedelta(hours=3))
        tell(well(street_camera))
        html = client_of(olive).get("/home/").content.decode()
        assert html.count('<rect class="gap"') == 2 and html.count('<rect class="home"') == 3
        words = "hatched where nothing was recorded, underlined where your hub at home still holds video"
        assert f'aria-label="Street: 1 clip, {words}"' in html and 'd="M132 0h1v1h-1z"' in html

    def test_a_hub_that_is_not_heard_makes_no_quiet_hour(
        self, tell: Tell, olive: Account, street_camera: Camera, client_of: ClientOf, clock: source.SeededSource
    ) -> None:
        tell(replace(well(street_camera), gaps=[]))
        clock.advance(timedelta(hours=1))
        assert "Since 2:00 pm the hub hasn’t been heard." in text(client_of(olive), "/home/")


class TestMailOfASilence:
    def test_olive_chooses_after_how_long(self, olive: Account, client_of: ClientOf, olives_home: Household) -> None:
        client = client_of(olive)
        page = Page(client.get("/cameras/"))
        [form] = [form for form in page.forms if form.action == "/cameras/offline-mail/"]
        answer = form.send(client, changes={"grace_minutes": "120", "is_on": True})
        assert "Saved." in Page(answer).text
        assert silences.choice_of(olives_home) == silences.Choice(is_on=True, grace_minutes=120)

    def test_or_that_she_wants_none(self, olive: Account, client_of: ClientOf, olives_home: Household) -> None:
        client_of(olive).post("/cameras/offline-mail/", {"grace_minutes": "30"})
        assert not silences.choice_of(olives_home).is_on

    @pytest.mark.parametrize("minutes", ["31", "", "soon", "-1"])
    def test_another_time_is_refused(
        self, minutes: str, olive: Account, client_of: ClientOf, olives_home: Household
    ) -> None:
        answer = client_of(olive).post("/cameras/offline-mail/", {"grace_minutes": minutes, "is_on": "on"})
        assert answer.status_code == 422
        assert silences.choice_of(olives_home) == silences.Choice(is_on=True, grace_minutes=30)

    def test_hugo_neither_sees_nor_sends_it(self, hugo: Account, client_of: ClientOf, olives_home: Household) -> None:
        client = client_of(hugo)
        assert "If one falls silent" not in text(client, "/cameras/")
        assert client.post("/cameras/offline-mail/", {"grace_minutes": "60"}).status_code == 404
        assert silences.choice_of(olives_home).is_on

    @pytest.fixture
    def link(self, olives_home: Household) -> str:
        return f"/e/silence/{links.sign(letters.STOP, olives_home.ref)}/"

    def test_the_link_decides_nothing_by_being_fetched(
        self, link: str, client: Client, olives_home: Household
    ) -> None:
        for fetch in (client.get, client.head):
            assert fetch(link).status_code == 200
        assert silences.choice_of(olives_home).is_on

    def test_its_button_does_without_a_sign_in_and_can_be_undone(
        self, link: str, client: Client, olives_home: Household
    ) -> None:
        [form] = Page(client.get(link)).forms[-1:]
        page = Page(form.send(client))
        assert "You won’t get such emails any more" in page.text and not silences.choice_of(olives_home).is_on
        [form] = page.forms[-1:]
        form.send(client)
        assert silences.choice_of(olives_home).is_on

    def test_a_mail_programs_one_click_stops_them(self, link: str, olives_home: Household) -> None:
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert not silences.choice_of(olives_home).is_on

    def test_anything_else_is_not_done(self, link: str, client: Client, olives_home: Household) -> None:
        assert client.post(link, {"act": "delete"}).status_code == 400
        assert silences.choice_of(olives_home).is_on

    @pytest.mark.parametrize("change", [lambda link: link[:-3] + "/", lambda link: link.replace("silence", "stop")])
    def test_a_forged_one_opens_nothing(self, change: Callable[[str], str], link: str, client: Client) -> None:
        assert client.get(change(link)).status_code == 404

    def test_a_link_of_an_ask_opens_it_neither(self, client: Client, olives_home: Household) -> None:
        token = links.sign("ask.stop", olives_home.ref)
        assert client.get(f"/e/silence/{token}/").status_code == 404


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")])
def test_the_pages_are_whole(
    language: str,
    width: int,
    scheme: str,
    tell: Tell,
    olive: Account,
    olives_home: Household,
    street_camera: Camera,
    door_camera: Camera,
    client_of: ClientOf,
    live_server: Any,
    browser: Browser,
    tmp_path: Path,
) -> None:
    tell(well(street_camera), lost(door_camera))
    Account.objects.filter(pk=olive.pk).update(language=language)
    cookie = client_of(olive).cookies[site.SESSION_COOKIE_NAME].value
    viewport = {"width": width, "height": 900}
    visit = Visit(browser, live_server.url, viewport=viewport, color_scheme=scheme)
    visit.context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    stop = f"/e/silence/{links.sign(letters.STOP, olives_home.ref)}/"
    for name, path in {"cameras": "/cameras/", "home": "/home/", "stop": stop}.items():
        visit.page.goto(live_server.url + path)
        assert axe(visit.page) == []
        assert visit.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        visit.page.screenshot(path=tmp_path / f"{name}-{language}-{width}-{scheme}.png", full_page=True)
    assert visit.complaints == [] and visit.strangers == []
    visit.context.close()
