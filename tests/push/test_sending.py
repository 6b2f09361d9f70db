"""What a push service gets, when, and what becomes of it; as a service of our own receives it over HTTP."""

from __future__ import annotations

import json
from datetime import time, timedelta
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras.models import Camera, Device
from goodfences.clips.models import Clip
from goodfences.health import actions as health
from goodfences.health import silences
from goodfences.people import actions as people
from goodfences.people import browsers
from goodfences.people import models as signed_in_browsers
from goodfences.people.models import Account
from goodfences.push import actions, sending, tasks, telling, vapid
from goodfences.push.models import Note, Subscription
from goodfences.source import SeededSource
from goodfences.video_requests import asks
from goodfences.video_requests import hooks as requests
from tests import ingest
from tests.clips import streams
from tests.health.words import told, well
from tests.mail.requests import ask_for, open_request
from tests.push.service import Browser, Service

NOTHING: dict[str, Any] = dict.fromkeys(("quiet_from", "quiet_until", "digest_at", "away_from", "away_until"))


def person_at(camera: Camera, device: Device, *, ago: timedelta = timedelta(minutes=1)) -> Clip:
    """A real clip, uploaded and checked as any other."""
    data = streams.clip(notes={"comment": f"{ago} {Clip.objects.count()}"})
    return ingest.checked(device, camera, data, starts_at=source.now() - ago, duration_ms=5000, kind="person")


def read(browser: Browser, service: Service) -> list[dict[str, Any]]:
    return [json.loads(browser.opened(came.body)) for came in service.came]


class TestAnEvent:
    @pytest.fixture(autouse=True)
    def wished(self, browser: Browser, olive: Account, street_camera: Camera) -> None:
        actions.choose(account=olive, wishes=[f"person:{street_camera.ref}", "request", "silence"])

    def test_that_she_wished_for_reaches_her_browser_once(
        self, browser: Browser, service: Service, street_camera: Camera, olives_device: Device
    ) -> None:
        clip = person_at(street_camera, olives_device)
        assert tasks.run_due(10) == 1 and tasks.run_due(10) == 0
        [came] = service.came
        assert came.path == "/olives"
        assert came.headers["Content-Encoding"] == "aes128gcm" and came.headers["TTL"] == "3600"
        [message] = read(browser, service)
        note = Note.objects.get()
        assert message == {
            "note": note.ref,
            "tag": f"person-{clip.ref}",
            "title": "A person came by",
            "body": "Open it to see which camera.",
            "url": f"/home/clips/{clip.ref}/",
        }
        assert (came.headers["Topic"], note.state) == (note.ref, "sent")

    def test_is_signed_for_that_service_alone(
        self, service: Service, street_camera: Camera, olives_device: Device
    ) -> None:
        person_at(street_camera, olives_device)
        tasks.run_due(10)
        claims = service.came[0].claims(vapid.public_key())
        assert claims["aud"] == service.url and claims["sub"] == "mailto:hello@goodfences.example"
        assert 0 < claims["exp"] - source.now().timestamp() <= 86_400

    def test_holds_no_picture_no_place_and_no_name(
        self, browser: Browser, service: Service, street_camera: Camera, olives_device: Device, olive: Account
    ) -> None:
        Camera.objects.filter(pk=street_camera.pk).update(name="Oak Street 7")
        person_at(street_camera, olives_device)
        tasks.run_due(10)
        text = json.dumps(read(browser, service))
        home = olive.households.get()
        assert not [
            trace for trace in ("Oak", olive.email, str(home.cell), home.name, "jpeg", "data:") if trace in text
        ]
        assert len(text) < 1000

    def test_of_another_kind_or_camera_isnt_told(
        self, service: Service, street_camera: Camera, door_camera: Camera, olives_device: Device
    ) -> None:
        person_at(door_camera, olives_device)
        ingest.checked(
            olives_device, street_camera, streams.clip(), starts_at=source.now(), duration_ms=5000, kind="motion"
        )
        assert tasks.run_due(10) == 0

    def test_that_is_old_by_the_time_it_comes_is_no_news(self, street_camera: Camera, olives_device: Device) -> None:
        person_at(street_camera, olives_device, ago=timedelta(hours=2))
        assert not Note.objects.exists()

    def test_in_quiet_hours_isnt_told_and_on_days_away_it_is(
        self, street_camera: Camera, olives_device: Device, olive: Account
    ) -> None:
        people.choose_hours(account=olive, **{**NOTHING, "quiet_from": time(13), "quiet_until": time(15)})
        person_at(street_camera, olives_device)
        assert not Note.objects.exists()
        today = source.now().date()
        people.choose_hours(account=olive, **{**NOTHING, "away_from": today, "away_until": today})
        person_at(street_camera, olives_device)
        assert Note.objects.count() == 1

    def test_of_a_camera_that_a_member_may_no_longer_watch_isnt_told(
        self, street_camera: Camera, olives_device: Device, hugo: Account, service: Service
    ) -> None:
        from goodfences.cameras.models import CameraRights
        from goodfences.people.models import Membership

        actions.subscribe(account=hugo, endpoint=f"{service.url}/hugos", name="", **Browser().keys)
        actions.choose(account=hugo, wishes=[f"person:{street_camera.ref}"])
        person_at(street_camera, olives_device)
        assert Note.objects.filter(subscription__account=hugo).count() == 1
        may = dict.fromkeys(("may_watch", "may_mark", "may_download", "may_delete"), False)
        CameraRights.objects.create(membership=Membership.objects.get(account=hugo), camera=street_camera, **may)
        person_at(street_camera, olives_device)
        assert Note.objects.filter(subscription__account=hugo).count() == 1

    def test_a_hub_that_fell_silent_is_told(
        self,
        browser: Browser,
        service: Service,
        street_camera: Camera,
        olives_device: Device,
        clock: SeededSource,
    ) -> None:
        health.keep(device=olives_device, told=told(well(street_camera)))
        clock.advance(timedelta(minutes=40))
        silences.begin_due(10)
        silences.begin_due(10)
        tasks.run_due(10)
        [message] = read(browser, service)
        assert (message["title"], message["url"]) == ("A hub or camera is silent", "/cameras/")


class TestARequest:
    @pytest.fixture(autouse=True)
    def wished(self, browser: Browser, olive: Account) -> None:
        actions.choose(account=olive, wishes=["request"])

    def test_is_told_in_her_language(self, browser: Browser, service: Service, olive: Account, omar: Account) -> None:
        Account.objects.filter(pk=olive.pk).update(language="es")
        ask = ask_for(open_request(omar), olive)
        requests.tell_asked([ask])
        requests.tell_asked([ask])
        tasks.run_due(10)
        [message] = read(browser, service)
        assert message["title"] == "Le piden video" and message["url"] == f"/requests/{ask.ref}/"
        assert "Northgate" not in json.dumps(message) and "Elm" not in json.dumps(message)

    def test_waits_for_the_end_of_quiet_hours(
        self, service: Service, olive: Account, omar: Account, clock: SeededSource
    ) -> None:
        people.choose_hours(account=olive, **{**NOTHING, "quiet_from": time(13), "quiet_until": time(20)})
        requests.tell_asked([ask_for(open_request(omar), olive)])
        assert tasks.run_due(10) == 0
        clock.advance(timedelta(hours=6))
        assert tasks.run_due(10) == 1 and len(service.came) == 1

    @pytest.mark.parametrize("act", ["decline", "mute"])
    def test_that_she_answered_or_muted_meanwhile_isnt_told(
        self, act: str, service: Service, olive: Account, omar: Account, clock: SeededSource
    ) -> None:
        people.choose_hours(account=olive, **{**NOTHING, "quiet_from": time(13), "quiet_until": time(20)})
        ask = ask_for(open_request(omar), olive)
        requests.tell_asked([ask])
        if act == "decline":
            asks.decline(ask_ref=ask.ref)
        else:
            asks.mute(owner_id=olive.pk, agency_id=None)
        clock.advance(timedelta(hours=6))
        tasks.run_due(10)
        assert service.came == [] and Note.objects.get().state == "failed"


class TestABrowserThatWasSignedOutElsewhere:
    @pytest.fixture(autouse=True)
    def signed_in(self, olive: Account, service: Service) -> signed_in_browsers.Browser:
        actions.choose(account=olive, wishes=["request"])
        found = self.sign_in(olive)
        keys = Browser().keys
        actions.subscribe(account=olive, endpoint=f"{service.url}/lost", name="Lost phone", browser=found, **keys)
        return found

    def sign_in(self, olive: Account) -> signed_in_browsers.Browser:
        return browsers.signed_in(account=olive, token="t" * 43, agent="Firefox/1 Android", session_key="lost")

    @pytest.mark.parametrize("told_before", [True, False])
    @pytest.mark.parametrize("by", ["another browser", "a new password"])
    def test_is_told_nothing_more(
        self, by: str, told_before: bool, service: Service, olive: Account, omar: Account, signed_in: Any
    ) -> None:
        ask = ask_for(open_request(omar), olive)
        if told_before:
            requests.tell_asked([ask])
        if by == "another browser":
            browsers.end(account=olive, ref=signed_in.ref)
        else:
            browsers.sign_out_others(account=olive, but_sessions=["here"])
        if not told_before:
            requests.tell_asked([ask])
        tasks.run_due(10)
        assert service.came == []

    def test_is_told_again_once_she_signs_in_there(self, service: Service, olive: Account, omar: Account) -> None:
        browsers.sign_out_others(account=olive, but_sessions=["here"])
        self.sign_in(olive)
        requests.tell_asked([ask_for(open_request(omar), olive)])
        tasks.run_due(10)
        assert len(service.came) == 1


class TestWhatTheServiceAnswers:
    @pytest.fixture(autouse=True)
    def note(self, browser: Browser, olive: Account, clock: SeededSource) -> None:
        telling._write([olive], "silence", "home", source.now(), {}, source.now() + timedelta(days=1))

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_browser_that_is_gone_is_forgotten(self, service: Service, status: int) -> None:
        service.answers = [(status, {})]
        tasks.run_due(10)
        assert not Subscription.objects.exists() and not Note.objects.exists()

    @pytest.mark.parametrize(
        ("status", "headers", "seconds"),
        [(503, {}, [30, 60, 120]), (500, {}, [30, 60, 120]), (429, {"Retry-After": "90"}, [90, 90, 90])],
    )
    def test_later_means_later_and_each_time_longer(
        self, service: Service, status: int, headers: dict[str, str], seconds: list[int], clock: SeededSource
    ) -> None:
        for wait in seconds:
            service.answers = [(status, headers)]
            assert tasks.run_due(10) == 1
            assert Note.objects.get().due_at == source.now() + timedelta(seconds=wait)
            assert tasks.run_due(10) == 0
            clock.advance(timedelta(seconds=wait))
        tasks.run_due(10)
        assert Note.objects.get().state == "sent" and Subscription.objects.get().told_at == source.now()

    def test_a_service_that_cant_be_reached_is_tried_again(self, clock: SeededSource) -> None:
        Subscription.objects.update(endpoint="http://127.0.0.1:9/closed")
        tasks.run_due(10)
        note = Note.objects.get()
        assert (note.state, note.attempts) == ("waiting", 1) and note.due_at > source.now()

    def test_a_redirect_is_not_followed(self, service: Service) -> None:
        service.answers = [(307, {"Location": f"{service.url}/inside"})]
        tasks.run_due(10)
        assert [came.path for came in service.came] == ["/olives"] and Note.objects.get().state == "failed"

    def test_what_is_refused_is_not_sent_again_and_in_the_end_the_browser_goes(self, service: Service) -> None:
        service.answers = [(403, {})]
        tasks.run_due(10)
        assert Note.objects.get().state == "failed" and Subscription.objects.get().failures == 1
        Subscription.objects.update(failures=sending.GIVE_UP - 1)
        Note.objects.update(state="waiting", due_at=source.now())
        service.answers = [(403, {})]
        tasks.run_due(10)
        assert not Subscription.objects.exists()

    def test_what_is_of_no_use_any_more_is_dropped(self, service: Service, clock: SeededSource) -> None:
        clock.advance(timedelta(days=2))
        tasks.run_due(10)
        assert service.came == [] and Note.objects.get().state == "failed"
        clock.advance(timedelta(days=1))
        assert tasks.run_retention(10) == 1 and not Note.objects.exists()

    def test_a_worker_that_dies_leaves_it_to_the_next(
        self, service: Service, clock: SeededSource, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(sending, "_settle", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                tasks.run_due(10)
        assert tasks.run_due(10) == 0
        clock.advance(sending.CLAIM)
        assert tasks.run_due(10) == 1
        assert {came.headers["Topic"] for came in service.came} == {Note.objects.get().ref}
