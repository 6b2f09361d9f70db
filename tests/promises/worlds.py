"""Whole worlds for promise P2: a shared part that an agency may know, and a hidden part that it may not.

`World(shared, hidden)` is a town in the test's database. The agencies' acts, and the videos that owners share, come
from the number `shared` alone; who else lives there, has a camera, was asked, answered or stayed silent comes
from `hidden`. Hidden acts happen before, between and after the shared ones, through the same acts that pages and
worker call. Two worlds with one `shared` must look the same to every officer.

Shared and hidden acts draw from two sources with one clock. One source would do, but for this: an owner who takes a
share back in time has drawn a reference of the kind that officers see, which with real chance tells nothing,
while a counted stream would move on. `World.hidden_kinds` holds what hidden acts drew, so that a test can see that it
is only that.

Where the hidden part of two worlds is the same up to a step, they are lived through once up to there: `build` keeps
the world at that step, and another may `branch` off. That is a shortcut alone: lived from the beginning, a world
that `turns` at a step is the same.
"""

from __future__ import annotations

import copy
import io
import random
import shutil
import sqlite3
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from itertools import count
from operator import methodcaller
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock

from django.conf import settings
from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection

from goodfences import places, source
from goodfences.agencies import actions as agencies
from goodfences.agencies.checks import AgencyParticulars, OfficerParticulars
from goodfences.agencies.models import Officer
from goodfences.alerts import portal as warnings
from goodfences.alerts.models import AgencyWarning
from goodfences.appeals import actions as appeals
from goodfences.appeals import handing
from goodfences.appeals import portal as appeals_portal
from goodfences.appeals import tasks as handed_in
from goodfences.appeals.models import Appeal, HandIn
from goodfences.auditing import actions as auditing
from goodfences.auditing import tasks as auditing_tasks
from goodfences.evidence import credentials, layout, portal
from goodfences.evidence.after import answering, handing_on, holding
from goodfences.evidence.after import asking as after
from goodfences.evidence.after import queries as after_share
from goodfences.evidence.models import Share, SharedVideo
from goodfences.evidence.owner import actions as owner
from goodfences.evidence.owner import afterwards, letters, preparing, telling
from goodfences.evidence.owner.choosing import Choice
from goodfences.feed import portal as neighborhood
from goodfences.feed.models import Post
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account
from goodfences.video_requests import actions as requests
from goodfences.video_requests.fields import RequestFields
from goodfences.video_requests.models import VideoRequest
from tests import persons, story
from tests.agencies.conftest import AGREEMENT
from tests.alerts.words import particulars as warning_particulars
from tests.appeals.conftest import GIVEN
from tests.appeals.conftest import fields as appeal_fields
from tests.conftest import NOON
from tests.promises import hidden_acts

Step = Callable[[Any], Any]
BEGINNING = ("_publish", "_admit", "_crew", "_rookie", "_tell")
ENDING = ("_warn", "_appeal", "_hand_in", "_watch", "_tell_more", "_call_off")
AREA = places.area_from_circle(*persons.OLIVES_PLACE, story.RADIUS_M)
ROOKIE = "rookie@northgate.example"
CREW = [
    ("omar", "northgate", "requester", "Officer", "4411"),
    ("ada", "northgate", "approver", "Sergeant", "3102"),
    ("audrey", "northgate", "auditor", "Auditor", "9001"),
    ("sam", "harbor", "requester", "Deputy", "77"),
]
ADMINS = {"northgate": ("aggie", "police", "1001"), "harbor": ("hank", "sheriff", "1")}
LIVES = {
    "draft": ["draft"],
    "submitted": ["submit"],
    "rejected": ["submit", "reject"],
    "silent": ["submit", "approve"],
    "shared": ["submit", "approve", "give", "view", "wonder", "give", "hear"],
    "downloaded": ["submit", "approve", "give", "download", "wonder", "close", "judge"],
    "withdrawn": ["submit", "approve", "withdraw"],
    "harbor": ["submit", "approve", "give", "regret", "reply"],
}


class WatchedSource(source.SeededSource):
    """A seeded source that knows which streams were drawn from."""

    def __init__(self, seed: int, start: datetime) -> None:
        super().__init__(seed, start)
        self.kinds: set[str] = set()

    def begin_anew(self, seed: int) -> None:
        """Another stream of each kind, and the same clock."""
        self._seed = seed

    def random_bytes(self, kind: str, count: int) -> bytes:
        self.kinds.add(kind)
        return super().random_bytes(kind, count)


@dataclass
class World:
    """`build()` lives through it; `steps` are the shared acts. `officers` by name; `requests` and `videos` as
    officers know them; `residents` is the hidden part (see hidden_acts). Before a step of `turns` another number
    takes over what is hidden."""

    shared: int
    hidden: int
    folder: Path
    turns: dict[int, int] = field(default_factory=dict)
    officers: dict[str, Account] = field(default_factory=dict)
    requests: dict[str, VideoRequest] = field(default_factory=dict)
    kept: dict[int, Kept] = field(default_factory=dict, init=False)
    at: int = field(default=-1, init=False)
    steps: list[Step] = field(init=False)
    post: Post = field(init=False)
    appeal: Appeal = field(init=False)
    warning: AgencyWarning = field(init=False)
    handed: HandIn = field(init=False)

    def __post_init__(self) -> None:
        self.clock = WatchedSource(self.shared, NOON)
        self.own = WatchedSource(10**6 + self.hidden, NOON)
        self.plan = random.Random(f"shared {self.shared}")
        self.residents = hidden_acts.Residents(random.Random(f"hidden {self.hidden}"), self.own, AREA)
        self.gifts = 0
        self.steps = self._story()

    def build(self, keep: Collection[int] = ()) -> World:
        """Live through the whole story, or the rest of it. Before each step of `keep` the world is kept; the number
        of steps stands for the moment after the last."""
        if self.at < 0:
            self._begin()
        with mock.patch.object(credentials, "sign", credentials_drawn_once):
            for at in range(self.at, len(self.steps) + 1):
                self.at = at
                if at in keep and connection.vendor == "sqlite":
                    self.kept[at] = Kept(self)
                if at in self.turns:
                    self._turn(self.turns[at])
                if at < len(self.steps):
                    self._live(self.steps[at])
        return self

    def again(self, at: int) -> World:
        """This world as it was before that step, in the database; `build()` goes on with it."""
        if at in self.kept:
            return self.kept[at].again()
        return replace(self, officers={}, requests={})

    def branch(self, at: int, hidden: int) -> World:
        """As `again`, and another number decides from there on what is hidden."""
        world = self.again(at)
        world.turns = {step: number for step, number in self.turns.items() if step < at} | {at: hidden}
        return world

    def move_in(self, before: Path | None = None) -> None:
        """What is in the database is this world's. Its files are those of this folder."""
        self.home = self.folder / f"{self.shared}-{self.hidden}-{next(_homes)}"
        if before is None:
            self.home.mkdir(parents=True)
        else:
            shutil.copytree(before, self.home)
        settings.BLOBS, settings.LEDGER_STATE = str(self.home / "blobs"), self.home / "ledger"
        cache.clear()

    def _begin(self) -> None:
        empty_database(random.Random(f"rows {self.hidden}"))
        self.move_in()
        self.residents.live()
        self.at = 0

    def _turn(self, hidden: int) -> None:
        skip_numbers(random.Random(f"rows {hidden}"))
        self.own.begin_anew(10**6 + hidden)
        self.residents.begin_anew(random.Random(f"hidden {hidden}"))
        self.residents.live()

    def _live(self, step: Step) -> None:
        with source.using(self.clock):
            step(self)
        self.residents.live()
        self.pass_time(timedelta(minutes=self.plan.randint(1, 20)))

    def pass_time(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.own.advance(by)

    @property
    def hidden_kinds(self) -> set[str]:
        """The streams that hidden acts drew from."""
        return self.own.kinds

    @property
    def videos(self) -> list[SharedVideo]:
        """Every video that an agency has."""
        return list(SharedVideo.objects.filter(withdrawn_at__isnull=True).order_by("shared_at", "ref"))

    def officer(self, name: str) -> Officer:
        return persons.officer(self.officers[name])

    def _story(self) -> list[Step]:
        """Every shared act in its order: the lives of four requests, each in the others' midst."""
        steps: list[Step] = [*map(methodcaller, BEGINNING)]
        others = self.plan.sample(sorted(LIVES.keys() - {"shared"}), 3)
        waiting = {name: list(LIVES[name]) for name in ["shared", *others]}
        while waiting:
            name = self.plan.choice(sorted(waiting))
            steps.append(methodcaller(f"_{waiting[name].pop(0)}", name))
            if not waiting[name]:
                del waiting[name]
        return [*steps, *map(methodcaller, ENDING)]

    def _publish(self) -> None:
        story.publish()

    def _admit(self) -> None:
        operator = persons.make_account("Otto", Account.Kind.OPERATOR)
        for agency, (name, kind, badge) in ADMINS.items():
            particulars = AgencyParticulars(
                name=agency.title() + " Agency",
                kind=kind,
                jurisdiction="The town",
                contact_email=f"requests@{agency}.example",
                website="",
                time_zone=persons.TOWN_ZONE,
                place_cell=persons.cell(persons.TOWN, 8),
            )
            agencies.admit(
                operator=operator,
                particulars=particulars,
                agreement_text=AGREEMENT,
                signed_by="The chief",
                admin=_particulars(name, agency, "admin", "Captain", badge),
            )
            self.officers[name] = Account.objects.get(email=f"{name}@{agency}.example")

    def _crew(self) -> None:
        for name, agency, role, title, badge in CREW:
            admin = self.officer(ADMINS[agency][0])
            agencies.add_officer(acting=admin, particulars=_particulars(name, agency, role, title, badge))
            self.officers[name] = Account.objects.get(email=f"{name}@{agency}.example")
        auditing.name_neighborhood(officer=self.officer("omar"), cell=persons.cell(persons.OLIVES_PLACE))

    def _rookie(self) -> None:
        """An officer whose address may belong to a resident already."""
        agencies.add_officer(
            acting=self.officer("aggie"), particulars=_particulars("rookie", "northgate", "requester", "Officer", "5")
        )

    def _tell(self) -> None:
        """An agency tells the neighborhood something; residents may read, thank, follow and save it as they like."""
        said = {"kind": "hazard", "title": "Ice on the bridge", "text": "Sand is on its way."}
        self.post = neighborhood.write_post(officer=self.officer("ada"), **said)

    def _tell_more(self) -> None:
        neighborhood.reply(officer=self.officer("aggie"), ref=self.post.ref, text="It was sanded at noon.")
        neighborhood.resolve(officer=self.officer("ada"), ref=self.post.ref, outcome="sanded")
        auditing_tasks.run_due(100)

    def _warn(self) -> None:
        """One warning that waits, and one that is issued: whom it reaches is hidden."""
        for _ in range(2):
            self.warning = warnings.submit(officer=self.officer("omar"), given=warning_particulars())
        warnings.issue(officer=self.officer("ada"), ref=self.warning.ref)

    def _call_off(self) -> None:
        warnings.call_off(officer=self.officer("ada"), ref=self.warning.ref, why="The leak is closed.")

    def _appeal(self) -> None:
        """A public appeal, which anybody may answer."""
        written = appeals.submit(officer=self.officer("omar"), fields=appeal_fields())
        self.appeal = appeals.approve(officer=self.officer("ada"), ref=written.ref)
        ledger.sign_checkpoint()

    def _hand_in(self) -> None:
        """What somebody hands in is the agency's from then on; who it was is hidden from everybody."""
        data = hidden_acts.recorded(0)
        given = {"appeal_ref": self.appeal.ref, "size": len(data), "peer": str(self.plan.random()), "given": GIVEN}
        handing.hand_in(body=io.BytesIO(data), **given)
        handed_in.run_due(4)

    def _watch(self) -> None:
        self.handed = HandIn.objects.get(state="kept")
        appeals_portal.view(officer=self.officer("omar"), video_ref=self.handed.ref)

    def _requester(self, name: str) -> Officer:
        return self.officer("sam" if name == "harbor" else "omar")

    def _approver(self, name: str) -> Officer:
        return self.officer("hank" if name == "harbor" else "ada")

    def _draft(self, name: str) -> None:
        ends_at = source.now() - timedelta(minutes=5)
        fields = RequestFields(
            case_number=f"NG-{self.plan.randint(1000, 9999)}-{len(self.requests)}",
            incident_type="hit_and_run",
            reason=story.REASON,
            contact="+358 9 555 0144",
            place_name="Mill Street",
            area=AREA,
            starts_at=ends_at - timedelta(hours=2),
            ends_at=ends_at,
        )
        self.requests[name] = requests.save_draft(officer=self._requester(name), fields=fields)

    def _submit(self, name: str) -> None:
        self._draft(name)
        self.requests[name] = requests.submit(officer=self._requester(name), ref=self.requests[name].ref)

    def _approve(self, name: str) -> None:
        self.requests[name] = requests.approve(officer=self._approver(name), ref=self.requests[name].ref)

    def _reject(self, name: str) -> None:
        why = "No incident is named, so nobody should be asked."
        requests.reject(officer=self._approver(name), ref=self.requests[name].ref, reason=why)

    def _withdraw(self, name: str) -> None:
        requests.withdraw(officer=self._requester(name), ref=self.requests[name].ref)

    def _close(self, name: str) -> None:
        requests.close(officer=self._requester(name), ref=self.requests[name].ref)

    def _give(self, name: str) -> None:
        """Somebody shares one or two videos with the agency; who it is, is hidden."""
        request = self.requests[name]
        shown = [self._footage(request) for _ in range(self.plan.randint(1, 2))]
        ask, clips = self.residents.owner_with(request, shown)
        spans = [self.plan.choice([(0, 2000), (1000, 3000), (2000, 4000)]) for _ in clips]
        cuts = [Choice(clip.ref, *span, audio=shown[0].audio) for clip, span in zip(clips, spans, strict=True)]
        told = {"name": "A neighbor"} if self.plan.random() < 0.3 else {}
        share = owner.share(account=ask.owner, ask_ref=ask.ref, cuts=cuts, told=told)
        preparing.prepare(share)
        share.refresh_from_db()
        assert share.state == Share.State.READY, share.failure

    def _footage(self, request: VideoRequest) -> hidden_acts.Footage:
        self.gifts += 1
        return hidden_acts.Footage(
            number=self.gifts,
            variant=self.plan.randrange(len(hidden_acts.VARIANTS)),
            looks_at=self.plan.choice(["street", "door", "yard"]),
            starts_at=request.starts_at + timedelta(minutes=self.plan.randint(1, 100)),
        )

    def _view(self, name: str) -> None:
        for video in portal.videos_of(self._requester(name), self.requests[name].ref):
            portal.view(officer=self._requester(name), video_ref=video.ref)

    def _download(self, name: str) -> None:
        portal.download(officer=self._requester(name), request_ref=self.requests[name].ref)

    def _wonder(self, name: str) -> None:
        """A question to each owner, another case for each video, and one of them put on hold and handed on."""
        asking, approving = self._requester(name), self._approver(name)
        for number, video in enumerate(portal.videos_of(asking, self.requests[name].ref)):
            after.ask(officer=asking, video_ref=video.ref, text="Did the rider stop before the corner?")
            other = {"case_number": f"NG-77-{number}-{name}", "reason": story.REASON}
            reuse = after.propose_reuse(officer=asking, video_ref=video.ref, **other)
            after.open_reuse(officer=approving, video_ref=video.ref, reuse_ref=reuse.ref)
        why = {"name": "Public defender", "why": "The defense asked for it in discovery."}
        handing_on.hand_on(officer=approving, video_ref=video.ref, to="defense", **why)
        until = source.now().date() + timedelta(days=9)
        holding.hold(officer=approving, video_ref=video.ref, ground="The trial is pending.", until=until)

    def _hear(self, name: str) -> None:
        """One owner answers, in words and about the other case; the others say nothing that anybody hears."""
        with source.using(self.own):
            telling.tell_due(100)
        video = portal.videos_of(self._requester(name), self.requests[name].ref)[0]
        ask = letters.ask_of(video)
        assert ask is not None
        afterwards.answer_question(account=ask.owner, video_ref=video.ref, text="For a second.")
        (reuse,) = after_share.of_video(video).reuses
        afterwards.allow(account=ask.owner, reuse_ref=reuse.ref)

    def _regret(self, name: str) -> None:
        """The officers download, and one owner asks at once that it be deleted."""
        self._download(name)
        video = portal.videos_of(self._requester(name), self.requests[name].ref)[0]
        ask = letters.ask_of(video)
        assert ask is not None
        afterwards.ask_deletion(account=ask.owner, video_ref=video.ref)

    def _reply(self, name: str) -> None:
        video = portal.videos_of(self._requester(name), self.requests[name].ref)[0]
        said = {"answer": "kept", "why": "The trial begins in March.", "law": "Evidence Code 412"}
        answering.answer(officer=self._approver(name), video_ref=video.ref, **said)

    def _judge(self, name: str) -> None:
        requests.say_whether_it_helped(officer=self._requester(name), ref=self.requests[name].ref, helped=True)


class Kept:
    """A world as it was: its rows, its files and what is known of it. On SQLite alone."""

    def __init__(self, world: World) -> None:
        self.files = world.folder / f"kept-{next(_homes)}"
        shutil.copytree(world.home, self.files)
        self.rows = sqlite3.connect(":memory:")
        connection.connection.backup(self.rows)
        self.known = copy.deepcopy({name: value for name, value in vars(world).items() if name != "kept"})
        self.kind = type(world)

    def again(self) -> World:
        """The same world once more."""
        self.rows.backup(connection.connection)
        world = self.kind.__new__(self.kind)
        vars(world).update(copy.deepcopy(self.known), kept={})
        world.move_in(self.files)
        return world


_homes = count()
_sign = credentials.sign
_drawn: dict[tuple[bytes, ...], bytes] = {}


def credentials_drawn_once(video: BinaryIO, receipt: Any, key: Any, chain: bytes) -> bytes:
    """Real credentials, whose salts the C2PA library draws by itself: of one share, once for all worlds.

    What they are made of is what they are remembered by: anything hidden in it would make others.
    """
    data = video.read()
    made_of = (data, layout.as_json(receipt), str(key).encode(), chain)
    if made_of not in _drawn:
        _drawn[made_of] = _sign(BytesIO(data), receipt, key, chain)
    return _drawn[made_of]


def _particulars(name: str, agency: str, role: str, title: str, badge: str) -> OfficerParticulars:
    email = f"{name}@{agency}.example"
    return OfficerParticulars(email=email, name=name.title(), role=role, title=title, badge=badge, contact=email)


def skip_numbers(chance: random.Random) -> None:
    """Each table goes on further up with the numbers of its rows: as if there had been others."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_sequence ORDER BY name")
            rows = [(chance.randrange(1000), name) for (name,) in cursor.fetchall()]
            cursor.executemany("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", rows)
            return
        for sequence in connection.introspection.sequence_list():
            name, skipped = f'"{sequence["name"]}"', chance.randrange(1000)
            cursor.execute("SELECT setval(%s, nextval(%s) + %s)", [name, name, skipped])


def empty_database(chance: random.Random) -> None:
    """No rows, and each table numbers its next row anew from anywhere: as if others had been there before."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name != "django_migrations"]
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables))
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence")
            rows = [(name, chance.randrange(10**6)) for name in tables]
            cursor.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", rows)
            return
        for sequence in connection.introspection.sequence_list():
            start = chance.randrange(1, 10**6)
            cursor.execute(f'ALTER SEQUENCE "{sequence["name"]}" RESTART WITH {start}')
