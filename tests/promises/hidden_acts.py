"""What residents, the worker and the mail do and no agency may notice: chosen at random, through the real acts."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from typing import Any

import h3
from django.db.models import Q
from django.test import Client

from goodfences import places, source
from goodfences.alerts import tasks as alerts
from goodfences.alerts import wishes
from goodfences.appeals import handing
from goodfences.appeals import tasks as handed_in
from goodfences.appeals.models import Appeal
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.clips import marks, retention, trash
from goodfences.clips.models import Clip, Upload
from goodfences.errors import NotFound, Refused
from goodfences.evidence.models import Reuse, Share, SharedVideo
from goodfences.evidence.owner import actions as owner
from goodfences.evidence.owner import afterwards, preparing, sweeping, telling
from goodfences.evidence.owner import letters as after_letters
from goodfences.evidence.owner.choosing import Choice
from goodfences.feed import actions as feed
from goodfences.feed.models import Post
from goodfences.health import actions as health
from goodfences.health import silences
from goodfences.mail import actions as mail
from goodfences.mail import links
from goodfences.mail.models import OutboxMessage
from goodfences.people import actions as people
from goodfences.people import erasure
from goodfences.people.models import Account, Household
from goodfences.places import Area
from goodfences.push import actions as push
from goodfences.redaction import actions as redaction
from goodfences.vault import blobs, keys, sealing
from goodfences.video_requests import asks, clearing, digests, matching, thanking
from goodfences.video_requests.models import Ask, VideoRequest
from tests import persons
from tests.clips import streams
from tests.health import words
from tests.push import service

VARIANTS: list[dict[str, Any]] = [{}, {"audio": True}, {"bframes": 3}]
UNDECIDED = [Ask.State.WAITING, Ask.State.SENT, Ask.State.OPENED]


@dataclass(frozen=True)
class Footage:
    """What a shared video shows and an agency may know: which recording, when, and which way the camera looks."""

    number: int
    variant: int
    looks_at: str
    starts_at: datetime

    @property
    def audio(self) -> bool:
        return bool(VARIANTS[self.variant].get("audio"))


@cache
def recorded(variant: int) -> bytes:
    """A real clip of five seconds with a key frame each second, made once."""
    return streams.clip(**VARIANTS[variant])


class Residents:
    """Everyone who is no officer. `live()` is a while of their lives."""

    def __init__(self, chance: random.Random, own: source.Source, area: Area) -> None:
        self.own = own
        self.named = 0
        middle = h3.latlng_to_cell(*persons.OLIVES_PLACE, places.RES)
        self.around = [int(cell, 16) for cell in sorted(h3.grid_disk(middle, 16))]
        self.inside = [cell for cell in self.around if places.contains(area.ranges, cell)]
        self.begin_anew(chance)

    def begin_anew(self, chance: random.Random) -> None:
        """Another chance decides from now on, also how much goes on."""
        self.chance = chance
        self.busy = chance.choice([0, 1, 1, 2, 3])

    def live(self) -> None:
        """Some hidden acts; in some worlds none at all."""
        with source.using(self.own):
            for _ in range(self.chance.randint(0, 2 * self.busy)):
                with suppress(Refused, NotFound):
                    self.chance.choice(ACTS)(self)

    def owner_with(self, request: VideoRequest, shown: list[Footage]) -> tuple[Ask, list[Clip]]:
        """An owner who was asked and holds clips of `shown`: somebody new, or one who shared elsewhere before."""
        with source.using(self.own):
            gone = Ask.objects.filter(video_request=request).values("owner_id")
            old = Account.objects.filter(name="Sharer").exclude(pk__in=gone).order_by("pk")
            if not old or self.chance.random() < 0.5:
                account = self.account("Sharer")
                persons.make_home(account, persons.OLIVES_PLACE)
            else:
                account = self.chance.choice(list(old))
            home = account.households.get()
            if not home.cameras.exists():
                Household.objects.filter(pk=home.pk).update(cell=self.chance.choice(self.inside))
                home.refresh_from_db()
            clips = [self._keep(home, footage) for footage in shown]
            ask, _ = Ask.objects.get_or_create(video_request=request, owner=account, household=home)
            return ask, clips

    def account(self, name: str) -> Account:
        """A new resident; the address is one that no other has."""
        self.named += 1
        account = persons.make_account(f"{name}-{self.chance.randrange(10**6)}-{self.named}")
        Account.objects.filter(pk=account.pk).update(name=name, language=self.chance.choice(["en", "es"]))
        account.refresh_from_db()
        return account

    def newcomer(self) -> None:
        """A resident with up to three cameras, somewhere in the town, who has recorded something or nothing."""
        home = persons.make_home(
            self.account("Neighbor"), persons.OLIVES_PLACE, self.chance.choice(["", "Oak house"])
        )
        Household.objects.filter(pk=home.pk).update(cell=self.chance.choice(self.around))
        home.refresh_from_db()
        for _ in range(self.chance.randint(0, 3)):
            looks = self.chance.choice(Camera.LooksAt.values)
            asked = looks != "indoors" and self.chance.random() < 0.8
            camera = persons.make_camera(home, "Camera", looks, may_be_asked=asked)
            for _ in range(self.chance.randint(0, 2)):
                self._index(camera)

    def crowd(self) -> None:
        """So many homes that the policy's floor is reached, or nearly."""
        for _ in range(self.chance.randint(6, 12)):
            home = persons.make_home(self.account("Neighbor"), persons.OLIVES_PLACE)
            camera = persons.make_camera(home, "Street", "street", may_be_asked=True)
            self._index(camera)

    def member(self) -> None:
        home = self._one(Household.objects.all())
        if home is not None:
            boss = home.members.get(memberships__role="owner")
            people.invite_member(account=boss, email=f"guest{self.chance.randrange(10**6)}@example.org")

    def squatter(self) -> None:
        """A resident whose address an agency will give as an officer's, or gave."""
        if not Account.objects.filter(email="rookie@northgate.example").exists():
            Account.objects.create_user("rookie@northgate.example", None, name="Rita")

    def upload(self) -> None:
        """A clip that was announced, part of whose bytes came."""
        camera = self._one(Camera.objects.filter(removed_at=None))
        if camera is not None:
            clip = self._index(camera, state=Clip.State.ANNOUNCED)
            device, until = self._hub(camera.household), source.now() + timedelta(hours=9)
            Upload.objects.create(clip=clip, device=device, received=self.chance.randrange(100), expires_at=until)

    def tell(self) -> None:
        """A hub tells how its cameras do and which hours it still holds; others have fallen silent, or are back."""
        camera = self._one(Camera.objects.filter(removed_at=None))
        if camera is not None:
            seen = self.chance.choice([words.well, words.lost])(camera)
            health.keep(device=self._hub(camera.household), told=words.told(seen))
        silences.begin_due(100)
        silences.end_due(100)

    def ask(self) -> None:
        """The worker matches, when it comes to it."""
        for request_id in (one for agency in matching.in_turn() for one in agency):
            matching.fan_out(request_id, batch=self.chance.choice([5, 200, 200]))

    def clear(self) -> None:
        clearing.clear_ended(100)
        sweeping.sweep(100)

    def post(self) -> None:
        """Mail goes out, comes back, or stays."""
        for message in OutboxMessage.objects.filter(state="waiting", template="ask"):
            fate = self.chance.choice(["stays", "sent", "sent", "uncertain", "bounced", "dead"])
            if fate == "stays":
                continue
            state = "uncertain" if fate == "uncertain" else "sent"
            OutboxMessage.objects.filter(pk=message.pk).update(state=state, sent_at=source.now())
            asks.mark_sent([message.once])
            if fate in ("bounced", "dead"):
                mail.record_report(ref=message.ref, permanent=True, dead=fate == "dead", reason="550 5.1.1 unknown")

    def answer(self) -> None:
        """Owners open, decline, think again, mute, or do nothing."""
        for ask in Ask.objects.filter(state__in=[*UNDECIDED, Ask.State.DECLINED]).exclude(owner__name="Sharer"):
            act = self.chance.choice(["nothing", "open", "decline", "undo", "mute", "mute all"])
            with suppress(Refused):
                if act == "open":
                    asks.mark_opened(account=ask.owner, ask_ref=ask.ref)
                elif act == "decline":
                    asks.decline(ask_ref=ask.ref)
                elif act == "undo":
                    asks.undo_decline(ask_ref=ask.ref)
                elif act != "nothing":
                    asks.mute(owner_id=ask.owner_id, agency_id=None if act == "mute all" else self._agency(ask))

    def choose_hours(self) -> None:
        """Somebody wants to be left alone at night, for days, or to get one email a day; or asks to be reminded."""
        person = self._one(Account.objects.filter(kind="resident"))
        if person is None:
            return
        night = self.chance.choice([(None, None), (time(22), time(7)), (time(0), time(23, 59))])
        today = source.now().date()
        days = self.chance.choice([(None, None), (today, today + timedelta(days=self.chance.randint(0, 9)))])
        people.choose_hours(
            account=person,
            quiet_from=night[0],
            quiet_until=night[1],
            digest_at=self.chance.choice([None, time(self.chance.randrange(24))]),
            away_from=days[0],
            away_until=days[1],
        )
        digests.write_due(100)
        for ask in Ask.objects.filter(owner=person, state__in=UNDECIDED):
            digests.remind_once(ask=ask, account=person)

    def be_notified(self) -> None:
        """Somebody is notified in a browser of requests and of what a camera sees."""
        person = self._one(Account.objects.filter(kind="resident"))
        if person is None:
            return
        endpoint = f"https://push.example.org/{self.chance.randrange(10**9)}"
        push.subscribe(account=person, endpoint=endpoint, name="Phone", **service.Browser().keys)
        push.choose(account=person, wishes=["request", "silence"])

    def talk(self) -> None:
        """Neighbors write to each other, choose alerts, and thank for, follow and keep what an agency posted."""
        person = self._one(Account.objects.filter(kind="resident", households__isnull=False, is_active=True))
        if person is None:
            return
        wishes.choose(
            account=person,
            way=self.chance.choice(["daily", "push"]),
            kinds=["hazard"],
            agencies=True,
            radius_km=25,
            warnings=self.chance.choice(["none", "all"]),
            extreme_at_any_hour=True,
            warnings_by_mail=True,
        )
        told = feed.write_post(account=person, kind="hazard", title="Ice here too", text="", language="en")
        for post in Post.objects.all():
            with suppress(NotFound):
                self.chance.choice([feed.thank, feed.follow, feed.save])(account=person, ref=post.ref)
        if self.chance.random() < 0.5:
            feed.write_comment(account=person, ref=told.ref, text="It thawed.", language="en")
        alerts.run_due(50)

    def almost_share(self) -> None:
        """A share that never reaches the agency: it waits, fails, or is taken back before anyone looked."""
        request = self._one(VideoRequest.objects.filter(state="open"))
        if request is None:
            return
        home = persons.make_home(self.account("Neighbor"), persons.OLIVES_PLACE)
        footage = Footage(self.chance.randrange(10**6, 10**9), 0, "street", request.starts_at + timedelta(minutes=3))
        clip = self._keep(home, footage)
        person = home.members.get()
        ask = Ask.objects.create(video_request=request, owner=person, household=home)
        share = owner.share(account=person, ask_ref=ask.ref, cuts=[Choice(clip.ref, 0, 2000)], told={})
        fate = self.chance.choice(["waits", "fails", "taken back at once", "taken back", "leaves"])
        if fate == "fails":
            retention.delete(account=person, ref=clip.ref)
        if fate in ("fails", "taken back", "leaves"):
            preparing.prepare(share)
        if fate.startswith("taken back"):
            owner.withdraw(account=person, share_ref=share.ref)
        if fate == "leaves":
            erasure.erase(account=person)

    def begin_to_hand_in(self) -> None:
        """Somebody begins to hand in a video, hands in what is none, or takes theirs back before it was checked."""
        appeal = self._one(Appeal.objects.filter(state="open"))
        if appeal is None:
            return
        data = b"no video at all"
        given = handing.Given(agreed=True, sound=False, told={"name": "Hidden"})
        with suppress(NotFound):
            peer = str(self.chance.randrange(10**9))
            _, token = handing.begin(appeal_ref=appeal.ref, size=len(data), given=given, peer=peer)
            fate = self.chance.choice(["begun", "refused", "taken back"])
            if fate != "begun":
                handing.receive(token=token, offset=0, body=io.BytesIO(data), length=len(data))
            if fate == "refused":
                handed_in.run_due(4)
            if fate == "taken back":
                handing.withdraw(token=token)

    def ignore(self) -> None:
        """The worker brings what agencies ask of owners who shared; they say no, think again, or leave it."""
        telling.tell_due(100)
        for reuse in Reuse.objects.filter(told_at__isnull=False, allowed_at=None, video__withdrawn_at=None):
            with suppress(Refused):
                self.chance.choice([afterwards.decline, afterwards.undo_decline, self._look])(reuse_ref=reuse.ref)
        thanking.thank_due(100)

    def _look(self, *, reuse_ref: str) -> None:
        ask = after_letters.ask_of(Reuse.objects.select_related("video").get(ref=reuse_ref).video)
        if ask is not None:
            Client().get(f"/e/another-case/{links.sign(after_letters.NOT_FOR_THIS, reuse_ref)}/")

    def leave(self) -> None:
        """Somebody leaves for good; of those who shared, one of whom an agency has downloaded everything."""
        kept = SharedVideo.objects.filter(downloaded_at=None, withdrawn_at=None).values("share_ref")
        needed = Share.objects.filter(Q(ref__in=kept) | Q(state="preparing"), ask__isnull=False).values("ask__owner")
        person = self._one(Account.objects.filter(kind="resident", households__isnull=False).exclude(pk__in=needed))
        if person is not None:
            erasure.erase(account=person)

    def forget_clip(self) -> None:
        """An owner deletes a clip, be it one that was shared; or deletes it and thinks again."""
        clip, boss = self._some_clip()
        fate = self.chance.choice(["at once", "in minutes", "taken back"])
        if clip is None or boss is None:
            return
        if fate == "at once":
            retention.delete(account=boss, ref=clip.ref)
            return
        trash.delete(account=boss, ref=clip.ref)
        if fate == "taken back":
            trash.undo(account=boss, ref=clip.ref)

    def mark_clip(self) -> None:
        """An owner stars, notes or saves a clip, be it one that was shared."""
        clip, boss = self._some_clip()
        if clip is not None and boss is not None:
            marks.star(account=boss, ref=clip.ref, on=self.chance.random() < 0.7)
            marks.note(account=boss, ref=clip.ref, note="The gray wagon", label=self.chance.choice(["", "wagon"]))

    def cover_clip(self) -> None:
        """An owner draws boxes in a clip, be it one that was shared."""
        clip, boss = self._some_clip()
        if clip is None or boss is None or "duration_ms" not in clip.facts:
            return
        whole = int(clip.facts["duration_ms"])
        anchor = [0, self.chance.randint(0, 5000), self.chance.randint(0, 5000), 2000, 2000]
        box = {"kind": "drawn", "starts_ms": 0, "ends_ms": whole, "still": True, "anchors": [anchor]}
        redaction.save(account=boss, clip_ref=clip.ref, starts_ms=0, ends_ms=whole, audio=False, marks=[box])

    def _some_clip(self) -> tuple[Clip | None, Account | None]:
        clip = self._one(Clip.objects.filter(state="stored", checked_at__isnull=False))
        return clip, clip.camera.household.members.get(memberships__role="owner") if clip is not None else None

    def remove_camera(self) -> None:
        camera = self._one(Camera.objects.filter(removed_at=None))
        if camera is not None:
            boss = camera.household.members.get(memberships__role="owner")
            cameras.remove_camera(account=boss, ref=camera.ref)

    def staff(self) -> None:
        self.named += 1
        persons.make_account(f"Max{self.named}", Account.Kind.MODERATOR)

    def _hub(self, home: Household) -> Device:
        digest = _sha256(f"token {self.chance.random()}")
        return Device.objects.get_or_create(household=home, name="Hub", defaults={"token_digest": digest})[0]

    def _agency(self, ask: Ask) -> int:
        return ask.video_request.agency_id

    def _one(self, found: Any) -> Any:
        rows = list(found.order_by("pk"))
        return self.chance.choice(rows) if rows else None

    def _index(self, camera: Camera, **changes: Any) -> Clip:
        """The row of a clip, recorded at about the time that requests ask about."""
        starts_at = source.now() - timedelta(minutes=self.chance.randint(1, 300))
        state = self.chance.choice(["stored", "stored", "stored", "deleted", "expired"])
        given = {
            "camera": camera,
            "state": state,
            "kind": self.chance.choice(Clip.Kind.values),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(seconds=20),
            "announced_size": 1,
            "announced_sha256": _sha256(str(self.chance.random())),
            "expires_on": (starts_at + timedelta(days=30)).date(),
            "checked_at": starts_at if state == "stored" and self.chance.random() < 0.9 else None,
        }
        return Clip.objects.create(**{**given, **changes})

    def _keep(self, home: Household, footage: Footage) -> Clip:
        """A real clip of a camera of this home, sealed in the vault."""
        camera = persons.make_camera(home, "Mine", footage.looks_at, may_be_asked=True)
        data, key = recorded(footage.variant), keys.new_key("clip")
        name = f"clips/{source.new_ref('blob')}.age"
        with blobs.store().create(name) as writer:
            sealing.seal_stream(io.BytesIO(data), writer, [keys.recipient(key)])
            writer.commit()
        facts = {"duration_ms": 5000, "keyframes_ms": [0, 1000, 2000, 3000, 4000], "has_audio": footage.audio}
        return Clip.objects.create(
            camera=camera,
            state=Clip.State.STORED,
            kind=self.chance.choice(Clip.Kind.values),
            starts_at=footage.starts_at,
            ends_at=footage.starts_at + timedelta(seconds=5),
            announced_size=len(data),
            announced_sha256=f"{footage.number:064x}",
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            blob=name,
            key=key,
            facts=facts,
            expires_on=(footage.starts_at + timedelta(days=30)).date(),
            checked_at=footage.starts_at,
        )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


ACTS: list[Callable[[Residents], None]] = [
    Residents.newcomer,
    Residents.newcomer,
    Residents.crowd,
    Residents.member,
    Residents.squatter,
    Residents.upload,
    Residents.tell,
    Residents.ask,
    Residents.ask,
    Residents.post,
    Residents.answer,
    Residents.answer,
    Residents.choose_hours,
    Residents.choose_hours,
    Residents.be_notified,
    Residents.be_notified,
    Residents.talk,
    Residents.talk,
    Residents.almost_share,
    Residents.begin_to_hand_in,
    Residents.ignore,
    Residents.ignore,
    Residents.leave,
    Residents.forget_clip,
    Residents.mark_clip,
    Residents.cover_clip,
    Residents.remove_camera,
    Residents.clear,
    Residents.staff,
]
