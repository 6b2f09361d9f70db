"""Whole worlds for promise P2: a shared part that an agency may know, and a hidden part that it may not.

`World(shared, hidden)` is a town in the test's database. The agencies' acts, and the videos that owners share, come
from the number `shared` alone; who else lives there, has a camera, was asked, answered or stayed silent comes
from `hidden`. Hidden acts happen before, between and after the shared ones, through the same acts that pages and
worker call. Two worlds with one `shared` must look the same to every officer.

Shared and hidden acts draw from two sources with one clock. One source would do, but for this: an owner who takes a
share back in time has drawn a reference of the kind that officers see, which with real chance tells nothing,
while a counted stream would move on. `World.hidden_kinds` holds what hidden acts drew, so that a test can see that it
is only that.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest import mock

from django.conf import settings
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

    def random_bytes(self, kind: str, count: int) -> bytes:
        self.kinds.add(kind)
        return super().random_bytes(kind, count)


@dataclass
class World:
    """`build()` once; `step`s of it are the shared acts. `officers` by name; `requests` and `videos` as officers know
    them; `residents` is the hidden part (see hidden_acts)."""

    shared: int
    hidden: int
    folder: Path
    officers: dict[str, Account] = field(default_factory=dict)
    requests: dict[str, VideoRequest] = field(default_factory=dict)
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

    def build(self) -> World:
        """Empty the database and live through the whole story."""
        empty_database(random.Random(f"rows {self.hidden}"))
        settings.BLOBS = str(self.folder / f"blobs-{self.shared}-{self.hidden}")
        settings.LEDGER_STATE = self.folder / f"ledger-{self.shared}-{self.hidden}"
        with mock.patch.object(credentials, "sign", credentials_drawn_once):
            self._live()
        return self

    def _live(self) -> None:
        self.residents.live()
        for step in self._story():
            with source.using(self.clock):
                step()
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

    def _story(self) -> list[Callable[[], Any]]:
        """Every shared act in its order: the lives of four requests, each in the others' midst."""
        steps: list[Callable[[], Any]] = [story.publish, self._admit, self._crew, self._rookie, self._tell]
        others = self.plan.sample(sorted(LIVES.keys() - {"shared"}), 3)
        waiting = {name: list(LIVES[name]) for name in ["shared", *others]}
        while waiting:
            name = self.plan.choice(sorted(waiting))
            act = waiting[name].pop(0)
            steps.append(lambda name=name, act=act: getattr(self, f"_{act}")(name))
            if not waiting[name]:
                del waiting[name]
        return [*steps, self._warn, self._appeal, self._hand_in, self._watch, self._tell_more, self._call_off]

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


_sign = credentials.sign
_drawn: dict[tuple[bytes, ...], bytes] = {}


def credentials_drawn_once(video: BytesIO, receipt: Any, key: Any, chain: bytes) -> bytes:
    """Real credentials, whose salts the C2PA library draws by itself: of one share, once for all worlds.

    What they are made of is what they are remembered by: anything hidden in it would make others.
    """
    made_of = (video.getvalue(), layout.as_json(receipt), str(key).encode(), chain)
    if made_of not in _drawn:
        _drawn[made_of] = _sign(video, receipt, key, chain)
    return _drawn[made_of]


def _particulars(name: str, agency: str, role: str, title: str, badge: str) -> OfficerParticulars:
    email = f"{name}@{agency}.example"
    return OfficerParticulars(email=email, name=name.title(), role=role, title=title, badge=badge, contact=email)


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
