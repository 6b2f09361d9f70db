"""P2 for who asks their neighbors: what isn't shared changes no byte of what they see, whoever lives around them.

Each world lives through the same shared acts of Nadia's (in some, of Olive's too) and hidden acts of its own, by
the acts that pages and worker call. Two sources with one clock, as in `worlds`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goodfences import source
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.mail.models import OutboxMessage
from goodfences.neighbor_requests import asks, shares, tasks
from goodfences.neighbor_requests.models import NeighborAsk, NeighborMatching, NeighborRequest, NeighborShare
from goodfences.people import export
from goodfences.people.models import Account
from goodfences.redaction import previewing
from goodfences.redaction.choosing import Choice
from goodfences.web.resident.views import neighbor_requests as pages
from tests import ingest, persons
from tests.clips import streams
from tests.conftest import NOON
from tests.neighbor_requests.conftest import REASON, add_homes
from tests.pages import Page, bytes_of
from tests.promises import seen
from tests.promises.seen import Question
from tests.promises.worlds import WatchedSource, empty_database

pytestmark = pytest.mark.django_db(transaction=True)

Seen = dict[str, Any]
LISTS = (
    "resident:neighbor_requests",
    "resident:neighbor_new",
    "resident:asks",
    "resident:messages",
    "resident:settings",
)


class World:
    """`homes` others around Nadia, who do what `hidden` says; Olive has a clip, and `shares` or doesn't."""

    def __init__(self, settings: Any, folder: Path, *, number: int, homes: int, shares: bool = False) -> None:
        self.clock, self.own = WatchedSource(1, NOON), WatchedSource(1000 + number, NOON)
        self.chance = random.Random(number)
        self.shares = shares
        empty_database(random.Random(f"rows {number}"))
        settings.BLOBS = str(folder / f"blobs-{number}")
        with source.using(self.clock):
            self.nadia = persons.make_account("Nadia")
            persons.make_home(self.nadia, persons.NADIAS_PLACE)
            self.client = persons.signed_in(self.nadia)
            Account.objects.update(last_login=None)  # by the machine's clock
        self.pass_time(timedelta(days=20))
        with source.using(self.clock if shares else self.own):
            self.olive = persons.make_account("Olive")
            home = persons.make_home(self.olive, persons.OLIVES_PLACE)
            camera = persons.make_camera(home, "Street", "street", may_be_asked=True)
            device = persons.make_device(home, "Hub", persons.OLIVES_TOKEN)
            self.clip = a_clip(device, camera)
        with source.using(self.own):
            add_homes(homes, self.nadia)

    def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.own.advance(by)

    def live(self) -> Seen:
        """The whole story, looked at after each act."""
        found: Seen = {}
        with source.using(self.clock):
            found["asked with queries"] = self.ask()
        for act in (self.nothing, self.hidden, self.share, self.watch, self.hidden, self.close, self.hidden):
            act()
            self.pass_time(timedelta(minutes=20))
            found |= {f"{act.__name__} {len(found)}: {key}": answer for key, answer in self.look().items()}
        self.pass_time(timedelta(days=4))
        self.hidden()
        return found | {f"afterwards: {key}": answer for key, answer in self.look().items()}

    def nothing(self) -> None:
        """The worker hasn't come yet."""

    def ask(self) -> int:
        form = {"kind": "car_hit", "reason": REASON, "name": "", "is_own": "on"}
        form |= {"starts_at": "2026-12-14T09:00", "ends_at": "2026-12-14T12:00"}
        with CaptureQueriesContext(connection) as captured:
            answer = self.client.post("/requests/neighbors/new/", form)
        assert answer.status_code == 302, Page(answer).text
        self.request = NeighborRequest.objects.get()
        return len(captured)

    def hidden(self) -> None:
        """The worker asks and writes; some owners look, decline, report, want no more; Olive changes her mind."""
        with source.using(self.own):
            while tasks.run_due(10):
                pass
            for ask in list(NeighborAsk.objects.exclude(owner=self.olive).order_by("pk")):
                act = self.chance.choice([self.opens, self.declines, self.reports, self.mutes, self.stays_silent])
                act(ask)
            if not self.shares:
                self.shares_and_takes_back()

    def opens(self, ask: NeighborAsk) -> None:
        asks.mark_opened(account=ask.owner, ref=ask.ref)

    def declines(self, ask: NeighborAsk) -> None:
        if ask.state in asks.UNDECIDED and ask.request.takes_answers(source.now()):
            asks.decline(ref=ask.ref)

    def reports(self, ask: NeighborAsk) -> None:
        asks.report(account=ask.owner, ref=ask.ref, why="It isn't about a car.")

    def mutes(self, ask: NeighborAsk) -> None:
        asks.mute(owner_id=ask.owner_id)

    def stays_silent(self, ask: NeighborAsk) -> None:
        pass

    def shares_and_takes_back(self) -> None:
        ask = NeighborAsk.objects.filter(owner=self.olive).first()
        if ask is not None and ask.request.takes_answers(source.now()):
            given = shares.share(account=self.olive, ask_ref=ask.ref, cuts=[Choice(self.clip.ref, 0, 2000)])
            shares.take_back(account=self.olive, ref=given.ref)

    def share(self) -> None:
        if self.shares:
            with source.using(self.clock):
                ask = NeighborAsk.objects.get(owner=self.olive)
                shares.share(account=self.olive, ask_ref=ask.ref, cuts=[Choice(self.clip.ref, 0, 2000)], days=3)

    def watch(self) -> None:
        if self.shares:
            with source.using(self.clock):
                page = Page(self.client.get(f"/requests/neighbors/mine/{self.request.ref}/"))
                page.form("/thank/").send(self.client, changes={"thanks": "Thank you, that helps."})

    def close(self) -> None:
        with source.using(self.clock):
            self.client.post(f"/requests/neighbors/mine/{self.request.ref}/close/")

    def look(self) -> Seen:
        """Everything that Nadia can read, and what came to her by mail."""
        with source.using(self.clock):
            questions = [Question(name, name, {}) for name in LISTS]
            questions.append(Question("resident:neighbor_request", "mine", {"ref": self.request.ref}))
            found: Seen = {one.key: seen.ask(self.client, one) for one in questions}
            for video in Page(found["mine"].body.decode()).all("video"):
                found[f"video {len(found)}"] = bytes_of(self.client.get(video["src"]))
            kept = export.everything(account=Account.objects.get(pk=self.nadia.pk))
            found["export"] = json.dumps(kept, cls=DjangoJSONEncoder)
            mail = OutboxMessage.objects.filter(to=self.nadia.email).exclude(state="failed")
            found["mail"] = [(one.once, one.context, one.due_at) for one in mail.order_by("due_at", "once")]
        return found


def a_clip(device: Any, camera: Camera) -> Clip:
    """Of this morning; the same bytes in each world."""
    return ingest.checked(
        device, camera, streams.clip(), starts_at=source.now() - timedelta(hours=3), duration_ms=5000
    )


@pytest.fixture
def world(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    settings.KEYS = tmp_path / "keys"
    monkeypatch.setattr(previewing, "_kept", previewing._Kept())
    return lambda **how: World(settings, tmp_path, **how)


def same(one: Seen, other: Seen) -> None:
    told = [key for key in one.keys() | other.keys() if one.get(key) != other.get(key)]
    assert not told, f"{told}: {one.get(told[0])} / {other.get(told[0])}"


def test_nobody_around_too_few_and_many_who_say_no_look_the_same(world: Callable[..., World]) -> None:
    first = world(number=1, homes=0)
    alone = first.live()
    assert NeighborMatching.objects.get().below_floor and not NeighborAsk.objects.exists()
    too_few = world(number=2, homes=8).live()
    assert not NeighborAsk.objects.exists()
    many = world(number=3, homes=14).live()
    states = set(NeighborAsk.objects.values_list("state", flat=True))
    assert states >= {"declined", "expired"} and NeighborAsk.objects.exclude(reported_at=None).exists()
    assert set(NeighborShare.objects.values_list("end", flat=True)) == {"taken_back"}
    same(alone, too_few)
    same(alone, many)


def test_what_others_do_besides_the_one_who_shares_looks_the_same(world: Callable[..., World]) -> None:
    one = world(number=4, homes=10, shares=True).live()
    other = world(number=5, homes=17, shares=True).live()
    assert any(key.startswith("watch") and "video" in key and answer for key, answer in one.items())
    same(one, other)


def test_the_comparison_notices_a_leak(world: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> None:
    really = pages._of_mine
    monkeypatch.setattr(pages, "_of_mine", lambda found: really(found) | {"number": NeighborAsk.objects.count()})
    alone, many = world(number=6, homes=0).live(), world(number=7, homes=12).live()
    with pytest.raises(AssertionError, match="resident:neighbor_requests"):
        same(alone, many)
