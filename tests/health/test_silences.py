"""One mail when a hub or camera falls silent, one note when it is back, over a real mail server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from goodfences import source
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.errors import NotFound, Refused
from goodfences.health import actions, letters, silences, tasks
from goodfences.health.models import Silence
from goodfences.mail import links
from goodfences.mail.models import OutboxMessage
from goodfences.mail.sending import Sender
from goodfences.people import erasure
from goodfences.people.models import Account, Household
from tests.health.words import lost, told, well
from tests.mail.conftest import sender, server, state
from tests.mail.servers import Kept
from tests.mail.test_ask_email import Page, html_of, text_of, words

__all__ = ["sender", "server", "state"]

pytestmark = pytest.mark.django_db

Live = Callable[..., None]


@pytest.fixture
def live(olives_device: Device, street_camera: Camera, door_camera: Camera, clock: source.SeededSource) -> Live:
    """`live(40, street=False)`: so many minutes in which the hub tells each or every second, and the worker works."""

    def pass_(minutes: int, *, hub: bool = True, street: bool = True, door: bool = True, worker: bool = True) -> None:
        for step in [1, *[2] * ((minutes - 1) // 2), *[1] * ((minutes - 1) % 2)]:
            clock.advance(timedelta(minutes=step))
            for camera, is_there in ((street_camera, street), (door_camera, door)):
                if is_there:
                    seen[camera.pk] = source.now()
            if hub:
                both = [replace(well(c), gaps=[], last_frame_at=seen[c.pk]) for c in (street_camera, door_camera)]
                actions.keep(device=olives_device, told=told(*both))
            while worker and tasks.run_due(10):
                pass

    seen = {street_camera.pk: source.now(), door_camera.pk: source.now()}
    pass_(1)
    return pass_


@pytest.fixture
def arrived(server: Kept, sender: Sender) -> Callable[[], list[EmailMessage]]:
    """What the mail server has, oldest first, once the outbox has sent."""

    def read() -> list[EmailMessage]:
        sender.run(50)
        return sorted(server.messages, key=lambda message: str(message["Date"]))

    return read


def subjects(messages: list[EmailMessage]) -> list[str]:
    return [str(message["Subject"]) for message in messages]


def test_a_camera_that_gives_no_picture_is_told_once_and_its_return_too(
    live: Live, arrived: Callable[[], list[EmailMessage]]
) -> None:
    live(30, street=False)
    assert arrived() == []
    live(100, street=False)
    assert subjects(arrived()) == ["Street: silent since 2:01 pm"]
    live(2)
    assert len(arrived()) == 1
    live(60)
    assert subjects(arrived()) == ["Street: silent since 2:01 pm", "Street: back"]
    [_, back] = arrived()
    assert "from Tuesday, November 24, 2:01 pm to Tuesday, November 24, 4:12 pm." in text_of(back)


def test_it_goes_to_the_owner_alone_and_can_be_stopped(
    live: Live, arrived: Callable[[], list[EmailMessage]], hugo: Account, settings: Any
) -> None:
    settings.SECURE = True
    live(40, street=False)
    [message] = arrived()
    assert message["To"] == "olive@example.org"
    assert message["List-Unsubscribe"].startswith(f"<{settings.SITE_URL}/e/silence/")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize("language", ["en", "es"])
def test_both_twins_say_the_same_word_for_word(
    live: Live, arrived: Callable[[], list[EmailMessage]], language: str, olive: Account
) -> None:
    Account.objects.filter(pk=olive.pk).update(language=language)
    live(40, street=False)
    live(40, hub=False)
    live(5)
    assert len(arrived()) == 3
    for message in arrived():
        assert words(Page(html_of(message)).text) == words(text_of(message))


def test_a_hub_that_is_not_heard_is_one_mail_for_all_its_cameras_and_may_go_on_at_home(
    live: Live, arrived: Callable[[], list[EmailMessage]]
) -> None:
    live(60, hub=False, street=False, door=False)
    [message] = arrived()
    assert message["Subject"] == "Hub: silent since 2:01 pm"
    assert "It may go on recording at home: Street, Front door." in text_of(message)
    live(5)
    assert subjects(arrived())[1:] == ["Hub: back"]


def test_cameras_that_fall_silent_together_are_told_together(
    live: Live, arrived: Callable[[], list[EmailMessage]]
) -> None:
    live(40, street=False, door=False)
    assert subjects(arrived()) == ["Street, Front door: silent since 2:01 pm"]


def test_what_is_back_for_a_moment_is_not_back(live: Live, arrived: Callable[[], list[EmailMessage]]) -> None:
    live(40, street=False)
    live(1)
    live(30, street=False)
    assert len(arrived()) == 1
    assert Silence.objects.get().seen_again_at is None


def test_a_folder_may_be_quiet(
    live: Live, arrived: Callable[[], list[EmailMessage]], olives_device: Device, street_camera: Camera, clock: Any
) -> None:
    for _ in range(60):
        clock.advance(timedelta(minutes=1))
        actions.keep(device=olives_device, told=told(replace(lost(street_camera), is_steady=False)))
        tasks.run_due(10)
    assert arrived() == []


def test_one_that_never_gave_a_picture_is_not_told(
    arrived: Callable[[], list[EmailMessage]], olives_device: Device, street_camera: Camera, clock: Any
) -> None:
    for _ in range(60):
        clock.advance(timedelta(minutes=1))
        actions.keep(device=olives_device, told=told(replace(lost(street_camera), last_frame_at=None)))
        tasks.run_due(10)
    assert arrived() == []


def test_a_day_has_four_such_mails_at_most(live: Live, arrived: Callable[[], list[EmailMessage]]) -> None:
    for _ in range(7):
        live(35, street=False)
        live(5)
    assert subjects(arrived()).count("Street: back") == 4
    assert len(arrived()) == 8 and Silence.objects.count() == 7


class TestChoosing:
    def test_after_how_long(self, live: Live, arrived: Callable[[], list[EmailMessage]], olive: Account) -> None:
        silences.choose(account=olive, is_on=True, grace_minutes=60)
        live(60, street=False)
        assert arrived() == []
        live(2, street=False)
        assert len(arrived()) == 1

    def test_never(self, live: Live, arrived: Callable[[], list[EmailMessage]], olive: Account) -> None:
        silences.choose(account=olive, is_on=False, grace_minutes=30)
        live(60, street=False)
        live(60, hub=False)
        assert arrived() == [] and not Silence.objects.exists()

    def test_switched_off_there_is_no_note_of_a_return_either(
        self, live: Live, arrived: Callable[[], list[EmailMessage]], olives_home: Household
    ) -> None:
        live(40, street=False)
        silences.switch(household_ref=olives_home.ref, is_on=False)
        live(20)
        assert len(arrived()) == 1 and Silence.objects.get().over_at is not None

    @pytest.mark.parametrize("minutes", [0, -1, 5, 31, 10**9])
    def test_other_times_are_refused(self, olive: Account, minutes: int) -> None:
        with pytest.raises(Refused) as refused:
            silences.choose(account=olive, is_on=True, grace_minutes=minutes)
        assert refused.value.problems[0].field == "grace_minutes"

    @pytest.mark.parametrize("person", ["hugo", "omar", "otto", "max"])
    def test_nobody_but_the_owner_chooses(self, person: str, request: pytest.FixtureRequest) -> None:
        with pytest.raises(NotFound):
            silences.choose(account=request.getfixturevalue(person), is_on=False, grace_minutes=30)

    def test_a_link_of_a_household_that_is_gone(self) -> None:
        with pytest.raises(NotFound):
            silences.switch(household_ref="A" * 22, is_on=False)


class TestWhatIsGone:
    def test_a_disconnected_hub_is_not_missed(
        self, live: Live, arrived: Callable[[], list[EmailMessage]], olive: Account, olives_device: Device
    ) -> None:
        live(40, street=False)
        cameras.revoke_device(account=olive, ref=olives_device.ref)
        live(60, hub=False)
        assert len(arrived()) == 1 and Silence.objects.get().over_at is not None

    def test_nor_is_a_removed_camera(
        self, live: Live, arrived: Callable[[], list[EmailMessage]], olive: Account, street_camera: Camera
    ) -> None:
        live(40, street=False)
        cameras.remove_camera(account=olive, ref=street_camera.ref)
        live(5, hub=False)
        assert len(arrived()) == 1 and Silence.objects.get().over_at is not None

    def test_nor_one_that_the_hub_no_longer_has(
        self, live: Live, arrived: Callable[[], list[EmailMessage]], olives_device: Device
    ) -> None:
        live(40, street=False)
        actions.keep(device=olives_device, told=told())
        tasks.run_due(10)
        assert len(arrived()) == 1 and Silence.objects.get().over_at is not None

    def test_who_left_gets_no_mail(
        self, live: Live, arrived: Callable[[], list[EmailMessage]], olive: Account
    ) -> None:
        live(40, street=False)
        erasure.erase(account=olive)
        assert [letter["Subject"] for letter in arrived()] == ["Your account was deleted"]
        assert not Silence.objects.exists()

    def test_silences_go_when_clips_do(
        self, live: Live, arrived: Callable[[], list[EmailMessage]], clock: source.SeededSource
    ) -> None:
        live(40, street=False)
        live(5)
        clock.advance(timedelta(days=31))
        tasks.run_retention(10)
        assert not Silence.objects.exists()


def test_the_worker_does_one_thing_once(live: Live) -> None:
    live(31, street=False, worker=False)
    assert tasks.run_due(10) == 1
    assert tasks.run_due(10) == 0
    assert OutboxMessage.objects.count() == 1


def test_a_mail_that_cant_be_written_leaves_no_silence(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    live(31, street=False, worker=False)

    def fail(*_: Any) -> bool:
        raise OSError

    with monkeypatch.context() as broken, pytest.raises(OSError):
        broken.setattr(letters, "tell", fail)
        tasks.run_due(10)
    assert not Silence.objects.exists()
    tasks.run_due(10)
    assert OutboxMessage.objects.count() == 1


def test_the_link_is_good_for_its_household_alone(olives_home: Household, strangers_home: Household) -> None:
    token = links.sign(letters.STOP, olives_home.ref)
    assert links.read(letters.STOP, token) == olives_home.ref
    with pytest.raises(NotFound):
        links.read(letters.STOP, token.replace(olives_home.ref, strangers_home.ref))
