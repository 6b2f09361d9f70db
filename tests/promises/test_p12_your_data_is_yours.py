"""P12: your data is yours. Take everything along; leave nothing behind."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from goodfences import places, source
from goodfences.alerts import spreading, taking, wishes
from goodfences.cameras import actions as cameras
from goodfences.cameras import rights, zones
from goodfences.cameras.models import Camera, Device
from goodfences.clips import actions as clips
from goodfences.clips import marks
from goodfences.clips import tasks as checks
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.evidence import portal, receipts, tasks
from goodfences.evidence.after import asking as asking_owner
from goodfences.evidence.after import handing_on, holding
from goodfences.evidence.models import DeletionRequest, Reuse, ReuseDecline, Share, SharedVideo
from goodfences.evidence.owner import actions, afterwards, wanting
from goodfences.evidence.owner.choosing import Choice
from goodfences.evidence.owner.sweeping import LATE
from goodfences.feed import actions as feeding
from goodfences.feed import media as post_media
from goodfences.feed.models import Post, PostMedia, Thanks
from goodfences.health import actions as health
from goodfences.health import silences
from goodfences.health.telling import CameraTold, DayBytes, Gap, Told
from goodfences.joining import access as applications
from goodfences.joining import actions as joining
from goodfences.ledger import actions as signing
from goodfences.ledger import keys as ledger_keys
from goodfences.ledger.models import LedgerEntry
from goodfences.legal_demands import actions as legal_demands
from goodfences.legal_demands import telling as telling_of_demands
from goodfences.links import actions as links
from goodfences.links.models import Link, Opening
from goodfences.mail import links as letter_links
from goodfences.mail import outbox, settling
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.mail.outbox import NewMessage
from goodfences.moderation import actions as moderation
from goodfences.moderation.models import Review
from goodfences.neighbor_requests import access as neighbor_access
from goodfences.neighbor_requests import actions as neighbors
from goodfences.neighbor_requests import asks as neighbor_asks
from goodfences.neighbor_requests import leaving as neighbor_leaving
from goodfences.neighbor_requests import matching as neighbor_matching
from goodfences.neighbor_requests import shares as neighbor_shares
from goodfences.neighbor_requests.models import NeighborAsk, NeighborShare
from goodfences.people import actions as people
from goodfences.people import addresses, browsers, erasure, export, registry, setting_up
from goodfences.people import tasks as exporting
from goodfences.people.archive import asking
from goodfences.people.models import Account, Archive, EmailChange, Household, Invitation, SettingUp
from goodfences.people.registry import Part
from goodfences.push import actions as notifying
from goodfences.push.models import Note, Subscription, Wish
from goodfences.redaction import actions as redaction
from goodfences.redaction import previewing
from goodfences.vault import blobs
from goodfences.vault.models import SealedKey
from goodfences.video_requests import asks
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest
from goodfences_record import offline
from goodfences_record.notes import SigningKey, VerifierKey
from tests.alerts import words as warnings
from tests.clips import streams
from tests.joining import keys as agency_keys
from tests.joining.conftest import given as springfield
from tests.ledger.logs import fetch
from tests.legal_demands.conftest import particulars as demand_particulars
from tests.neighbor_requests.conftest import draft as neighbors_draft
from tests.neighbor_requests.conftest import known_for_long
from tests.persons import NADIAS_PLACE, make_account, make_home, officer
from tests.promises import belongings
from tests.push.service import url64
from tests.video_requests.conftest import draft, opened, policy_published, submitted, unsigned
from tests.web.sharing import clip, olives_ask, vault

__all__ = ["clip", "draft", "olives_ask", "opened", "policy_published", "submitted", "unsigned", "vault"]

pytestmark = pytest.mark.django_db(transaction=True)

THREE = (("Nestor", "resident"), ("Mara", "moderator"), ("Mo", "moderator"))
NEVER_KEPT = {"account.EmailConfirmation": "a code in a mail carries its own proof; no row is made"}

WITHOUT = {
    "people.Archive.progress": "the worker's own notes",
    "people.Archive.attempts": "the worker's own count",
    "people.Archive.due_at": "the worker's own clock",
    "people.ArchivePart.number": "how the archive lies in the vault",
    "people.ArchivePart.blob": "where a sealed part of it lies",
    "people.ArchivePart.size": "how the archive lies in the vault",
    "people.ArchivePart.files": "what is in the archive, which says so itself",
    "neighbor_requests.NeighborMatching.below_floor": "would tell an asker who lives around (P2)",
    "neighbor_requests.NeighborMatching.finished_at": "the worker's own clock",
    "neighbor_requests.NeighborMatching.cleared_at": "the worker's own clock",
    "neighbor_requests.NeighborShare.letter": "under which its emails are kept",
    "neighbor_requests.NeighborWatch.visit": "a digest of nothing that is hers",
    "links.Link.digest": "a secret's digest",
    "links.Link.passphrase": "a secret, and only its hash",
    "links.Opening.visit": "a digest of nothing that is hers",
    "people.Browser.digest": "a secret's digest",
    "people.Browser.session_key": "a secret",
    "mfa.Authenticator.data": "what checks a key, and secrets; its name is in it",
    "people.Account.password": "a secret, and only its hash",
    "people.Account.is_active": "who exports is active",
    "cameras.Device.token_digest": "a secret's digest",
    "cameras.PairingCode.code_digest": "a secret's digest",
    "clips.Clip.blob": "where the sealed file lies; the clip itself is on its page",
    "clips.Clip.poster_blob": "where the sealed still lies",
    "clips.Clip.stills_blob": "where the sealed small stills lie",
    "clips.Clip.words": "note and label once more, as search reads them",
    "clips.Clip.check_after": "the worker's own clock",
    "clips.Clip.check_failures": "the worker's own count",
    "clips.Upload.parts": "where sealed parts lie",
    "redaction.Copy.blob": "where the sealed copy lies",
    "push.Subscription.endpoint": "a capability: whoever has it may send there; its host is told",
    "push.Subscription.p256dh": "the browser's own key",
    "push.Subscription.auth": "a secret",
    "push.Note.once": "made of what is told besides",
    "push.Note.attempts": "the worker's own count",
    "push.Note.error": "the worker's own word",
    "feed.Post.once": "a form's own number, against sending twice",
    "feed.Post.contested_at": "an agency's, which has no archive",
    "feed.Post.contest": "an agency's, which has no archive",
    "feed.PostMedia.blob": "where the sealed picture lies; the picture itself is in the archive",
    "feed.Comment.once": "a form's own number, against sending twice",
    "feed.Word.area_cell": "the post's, once more",
    "feed.Word.word": "the post's words, once more, as search reads them",
    "feed.FeedEvent.number": "what live pages count by; gone within a day",
    "feed.FeedEvent.what": "what live pages were told of the post; gone within a day",
    "feed.FeedEvent.cell": "the post's, once more",
    "feed.FeedEvent.at": "what live pages were told of the post; gone within a day",
    "alerts.Matter.told_through": "how far the telling has come, by the numbers of rows",
    "moderation.Review.urgency": "how the moderators' queue is ordered",
    "moderation.Review.voices": "how the moderators' queue is ordered",
    "moderation.Review.claimed_at": "whether a moderator is at it",
    "moderation.Report.voice": "the moderators' own count",
    "evidence.Share.due_at": "the worker's own clock",
    "evidence.Share.attempts": "the worker's own count",
    "evidence.SharedVideo.blob": "where the agency's sealed copy lies",
}
"""What an export leaves out, and why. Everything else of a person's rows has to be in it."""


@pytest.fixture
def life(
    olive: Account,
    hugo: Account,
    olives_home: Household,
    olives_device: Device,
    door_camera: Camera,
    clip: Clip,
    olives_ask: Ask,
    opened: VideoRequest,
    omar: Account,
    ada: Account,
    nadia: Account,
    clock: source.SeededSource,
) -> belongings.Owned:
    """Olive has done everything that one can do, each at a minute of its own: her rows by table."""
    Account.objects.filter(pk=olive.pk).update(name="Oliveira Quist", last_login=source.now())
    Household.objects.filter(pk=olives_home.pk).update(name="Quistholm")
    olive.refresh_from_db()

    def step() -> None:
        clock.advance(timedelta(minutes=1, seconds=1))

    step()
    people.invite_member(account=olive, email="paul@example.org")
    step()
    people.choose_hours(
        account=olive,
        quiet_from=time(21, 41),
        quiet_until=time(6, 43),
        digest_at=time(17, 47),
        away_from=date(2027, 7, 3),
        away_until=date(2027, 7, 19),
    )
    keys = {"p256dh": url64(b"\4" + bytes(64)), "auth": url64(bytes(16))}
    push = Subscription.objects.create(
        account=olive, endpoint="https://push.example/olive", name="Attic phone", **keys
    )
    step()
    notifying.choose(account=olive, wishes=["request", f"person:{door_camera.ref}"])
    Wish.objects.update(created_at=source.now())
    Note.objects.create(
        once="request:life",
        subscription=push,
        about="request",
        subject=olives_ask.ref,
        happened_at=source.now() - timedelta(seconds=19),
        due_at=source.now() + timedelta(days=1, seconds=3),
        not_after=source.now() + timedelta(days=3, seconds=5),
    )
    step()
    SettingUp.objects.create(account=olive, passed=["attic-step"])
    setting_up.finish(account=olive)
    Ask.objects.filter(pk=olives_ask.pk).update(
        digest="dGhlIGRpZ2VzdCBvZiBoZ", digest_due_at=source.now(), remind_at=source.now() + timedelta(days=1)
    )
    step()
    code = cameras.start_pairing(account=olive)
    step()
    cameras.pair(code, "Attic box", decision_key=str(SigningKey.new("attic").verifier))
    step()
    asks.mute(owner_id=olive.pk, agency_id=opened.agency_id)
    step()
    unfinished(olives_device, door_camera)
    step()
    health.keep(device=olives_device, told=healthy(door_camera))
    silences.choose(account=olive, is_on=True, grace_minutes=10)
    clock.advance(timedelta(minutes=11, seconds=7))
    silences.begin_due(10)
    step()
    health.keep(device=olives_device, told=healthy(door_camera))
    silences.end_due(10)
    clock.advance(timedelta(minutes=2))
    health.keep(device=olives_device, told=healthy(door_camera))
    silences.end_due(10)
    step()
    with transaction.atomic():
        send = {"template": "invitation", "context": {"household": "Quistholm"}, "language": "en", "time_zone": "UTC"}
        outbox.queue_many([NewMessage(once="test:olive", to=olive.email, **send)])
    asks.mark_opened(account=olive, ask_ref=olives_ask.ref)
    step()
    begins = opened.starts_at + timedelta(minutes=3, seconds=17)
    span = {"starts_at": begins, "ends_at": begins + timedelta(seconds=43)}
    wanted = wanting.want(account=olive, ask_ref=olives_ask.ref, camera_ref=clip.camera.ref, **span)
    step()
    wanting.answer(device=olives_device, wanted_ref=wanted.ref, why="gone")
    step()
    marks.star(account=olive, ref=clip.ref, on=True)
    marks.note(account=olive, ref=clip.ref, note="Quillon's gray wagon", label="wagonette")
    step()
    rights.allow(account=olive, member_ref=hugo.memberships.get().ref, rights={clip.camera.ref: rights.ALL})
    step()
    zones.replace(account=olive, camera_ref=door_camera.ref, areas=[[[11, 13], [1_907, 17], [1_801, 2_203]]])
    step()
    box = {"kind": "drawn", "starts_ms": 17, "ends_ms": 1_901, "anchors": [[211, 307, 401, 1_009, 1_103]]}
    covered = redaction.save(
        account=olive, clip_ref=clip.ref, starts_ms=103, ends_ms=1_907, audio=False, marks=[box | {"still": True}]
    )
    step()
    redaction.make(plan=covered)
    step()
    told = {"phone": "+358 555 0177"}
    actions.share(
        account=olive, ask_ref=olives_ask.ref, cuts=[Choice(clip.ref, 0, 2000)], told=told, decision="Signed."
    )
    step()
    tasks.run_due(10)
    step()
    portal.view(officer=officer(omar), video_ref=SharedVideo.objects.get().ref)
    step()
    afterwards_with(SharedVideo.objects.get(), olive, omar, ada, step)
    yard = cameras.add_camera(account=olive, name="Yardling", looks_at="yard", may_be_asked=False)
    erasure.erase_part(account=olive, part=Part(camera=yard.ref, camera_name=yard.name))
    step()
    shown = previewing.preview(olive.pk, links.plan_for(clip))
    linked = {"seen_sha256": shown.sha256, "days": 7, "passphrase": "violet kettle"}
    link, _token = links.make(account=olive, clip_ref=clip.ref, **linked)
    step()
    Opening.objects.create(link=link, visit="v" * 64, at=source.now())
    Link.objects.update(ended_at=source.now() + timedelta(seconds=5))
    step()
    browsers.signed_in(account=olive, token="t" * 43, agent="Firefox/1 Linux", session_key="")
    step()
    addresses.ask(account=olive, new_email="quist@new.example")
    EmailChange.objects.update(old_said_yes_at=source.now() + timedelta(seconds=3), new_said_yes_at=source.now())
    Authenticator.objects.create(user=olive, type="webauthn", data={"name": "Quist key"}, last_used_at=source.now())
    step()
    browsers.glance(
        staff=Account.objects.create_user("otto@example.org", kind="operator"), address=olive.email, what="mail-sent"
    )
    step()
    telling(olive, step)
    step()
    moderated(olive, step)
    asked_and_asking(olive, nadia, clip, step)
    step()
    alerted(olive)
    step()
    demanded(olive)
    step()
    commented(olive)
    step()
    asking.ask(account=olive)
    while exporting.run_archives(1):
        pass
    step()
    return belongings.of(olive, olives_home)


def afterwards_with(
    video: SharedVideo, olive: Account, omar: Account, ada: Account, step: Callable[[], None]
) -> None:
    """All that agency and owner can do about a shared video, told to her, at minutes of their own."""
    first, second = officer(omar), officer(ada)
    holding.hold(officer=second, video_ref=video.ref, ground="Pending quarrel, section 17.", until=date(2026, 12, 3))
    step()
    holding.lift(officer=second, video_ref=video.ref)
    handing_on.hand_on(officer=second, video_ref=video.ref, to="court", name="County court", why="For the hearing.")
    step()
    asking_owner.ask(officer=first, video_ref=video.ref, text="Did the gray wagon stop at the corner?")
    other = {"case_number": "26-0777", "reason": "The same wagon may have hit a second cyclist two streets away."}
    reuse = asking_owner.propose_reuse(officer=first, video_ref=video.ref, **other)
    step()
    asking_owner.open_reuse(officer=second, video_ref=video.ref, reuse_ref=reuse.ref)
    signing.sign_checkpoint()
    step()
    tasks.run_due(10)
    step()
    afterwards.answer_question(account=olive, video_ref=video.ref, text="For the blink of an eye.")
    step()
    afterwards.allow(account=olive, reuse_ref=reuse.ref)
    ReuseDecline.objects.create(reuse=reuse, at=source.now() - timedelta(seconds=41))
    step()
    DeletionRequest.objects.create(
        video=video,
        due_at=source.now() + timedelta(days=13, seconds=1),
        overdue_at=source.now() + timedelta(seconds=3),
        answer="kept",
        why="It waits for the hearing.",
        law="Evidence Code 1417",
        answered_at=source.now() + timedelta(seconds=5),
        officer=second,
        ledger_index=4_001,
        told_at=source.now() + timedelta(seconds=7),
    )
    SharedVideo.objects.filter(pk=video.pk).update(deletion_receipt={"kept": "one of these days"})
    step()


def telling(olive: Account, step: Callable[[], None]) -> None:
    """All that one can tell one's neighbors, changed, and how it ended."""
    post = feeding.write_post(
        account=olive,
        kind="missing_pet",
        title="Quimby the cat",
        text="Gray, shy.",
        language="en",
        happened_at=source.now() - timedelta(hours=7),
        once="q" * 22,
    )
    step()
    changed = {"kind": "missing_pet", "title": "Quimby, a gray cat", "text": "Shy, answers to Quill."}
    feeding.edit_post(account=olive, ref=post.ref, **changed)
    step()
    said = feeding.write_comment(
        account=olive, ref=post.ref, text="Seen near the mill?", language="en", once="m" * 22
    )
    step()
    feeding.edit_comment(account=olive, ref=said.ref, text="Seen near the old mill?")
    step()
    feeding.save(account=olive, ref=post.ref)
    key, blob = post_media.sealed(b"Quimby")
    key.save()
    sizes = {"size": 31_007, "width": 1_203, "height": 901, "areas": [[[17, 19], [23, 29], [31, 37]]]}
    digest, added_at = hashlib.sha256(b"Quimby").hexdigest(), source.now() - timedelta(hours=2)
    PostMedia.objects.create(post=post, kind="picture", key=key, blob=blob, sha256=digest, added_at=added_at, **sizes)
    Thanks.objects.create(account=olive, post=post, at=source.now() - timedelta(seconds=9))
    feeding.resolve_post(account=olive, ref=post.ref, outcome="back home by herself")
    step()
    feeding.delete_comment(account=olive, ref=said.ref)
    feeding.delete_post(account=olive, ref=post.ref)


def demanded(olive: Account) -> None:
    """A demand of an authority about her, of which she was told."""
    one, other = (Account.objects.create_user(f"{name}@staff.example", kind="operator") for name in ("one", "other"))
    made = legal_demands.enter(
        operator=one, particulars=demand_particulars(subjects=(olive.email,)), document=b"%PDF-1.7 about her"
    )
    legal_demands.confirm(operator=other, ref=made.ref)
    telling_of_demands.tell_due(10)


def commented(olive: Account) -> None:
    """What she said about an announced agreement, and the operator hid."""
    otto = Account.objects.create_user("otto@staff.example", kind="operator")
    made = joining.apply(given=springfield(), peer="192.0.2.1")
    joining.prove_by_mail(token=letter_links.sign(applications.PROOF, made.ref))
    joining.sign(application=made, signature=agency_keys.signature(made.statement.encode()))
    joining.announce(operator=otto, ref=made.ref)
    said = joining.remark(account=olive, application_ref=made.ref, text="Thirty days are long for a quarry.")
    joining.hide(operator=otto, ref=said.ref, reason="It repeats what another one said.")


def alerted(olive: Account) -> None:
    """A choice of her own, and a warning that reached her."""
    wishes.choose(
        account=olive,
        way="weekly",
        kinds=["missing_pet", "hazard"],
        agencies=True,
        radius_km=10,
        warnings="all",
        extreme_at_any_hour=False,
        warnings_by_mail=True,
    )
    taking.take(origin=warnings.weather(), data=warnings.warning(severity="Minor"))
    spreading.spread_due(10)


def moderated(olive: Account, step: Callable[[], None]) -> None:
    """What a moderator ruled on a post of hers, her appeal, her report, and whom she isn't shown."""
    neighbor, *staff = (make_account(name, kind) for name, kind in THREE)
    make_home(neighbor, NADIAS_PLACE)
    told = {"kind": "question", "text": "Asphalt or tin.", "language": "en"}
    post = feeding.write_post(account=olive, title="Which roof lasts, quillwort?", **told)
    theirs = feeding.write_post(account=neighbor, title="Cheap roofs", **told)
    step()
    Post.objects.filter(pk=post.pk).update(standing="held")
    moderation.open_due(10)
    review = Review.objects.get(post=post)
    step()
    moderation.claim(moderator=staff[0], ref=review.ref)
    why = {"rule": "profile", "reasons": "It tells of no act at all, Quiteria finds."}
    ruling = moderation.rule(moderator=staff[0], ref=review.ref, outcome="removed", **why)
    step()
    appeal = moderation.appeal(account=olive, ref=ruling.ref, text="It asks about Quimby.")
    step()
    moderation.decide(moderator=staff[1], ref=appeal.ref, overturn=True, reasons="It does tell of one, in full.")
    step()
    moderation.report(account=olive, post_ref=theirs.ref, rule="spam", note="Quite the third time.")
    step()
    moderation.mute(account=olive, post_ref=theirs.ref)


def unfinished(device: Device, camera: Camera) -> None:
    """An upload that stopped half way."""
    data = streams.clip(30)
    begun, _new = clips.announce(
        device=device,
        camera_ref=camera.ref,
        starts_at=source.now() - timedelta(hours=1),
        duration_ms=2000,
        kind="motion",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    upload = clips.begin_upload(device=device, clip_ref=begun.ref, length=len(data))
    half = len(data) // 2
    clips.receive(device=device, upload_ref=upload.ref, offset=0, body=io.BytesIO(data[:half]), length=half)


def asked_and_asking(olive: Account, nadia: Account, clip: Clip, step: Callable[[], None]) -> None:
    """Olive asks her neighbors; Nadia asks her, and she shares, is thanked, moves and has enough."""
    known_for_long(olive, nadia)
    window = {"starts_at": clip.starts_at - timedelta(minutes=23), "ends_at": clip.ends_at + timedelta(minutes=29)}
    mine = neighbors.ask(account=olive, draft=neighbors_draft(name="Olly Quist", **window))
    neighbor_matching.fan_out(mine.pk)
    step()
    neighbors.close(account=olive, ref=mine.ref)
    step()
    asked = neighbors.ask(account=nadia, draft=neighbors_draft(**window))
    ask = NeighborAsk.objects.create(request=asked, owner=olive, household=olive.households.get())
    step()
    NeighborAsk.objects.update(sent_at=source.now(), digest="cXVpc3QncyBkYXlzIG1h", digest_due_at=ask.created_at)
    step()
    neighbor_asks.mark_opened(account=olive, ref=ask.ref)
    neighbor_asks.report(account=olive, ref=ask.ref, why="Quince and quarrel")
    step()
    given = neighbor_shares.share(
        account=olive, ask_ref=ask.ref, cuts=[Choice(clip.ref, 0, 2000)], note="A quiet word"
    )
    step()
    video = given.videos.get()
    neighbor_access.open_video(
        nadia, video.ref, neighbor_access.visit(neighbor_access.video(nadia, video.ref))
    ).close()
    step()
    neighbors.thank(account=nadia, video_ref=video.ref, words="Thanks a quarter million")
    NeighborShare.objects.update(ended_at=source.now() + timedelta(seconds=11), end="gone")
    step()
    neighbor_asks.mute(owner_id=olive.pk)
    step()
    neighbor_leaving.moved(olive.households.get())
    step()


def healthy(camera: Camera) -> Told:
    """All that a hub can tell."""
    now = source.now()
    seen = CameraTold(
        camera=camera.ref,
        is_steady=True,
        last_frame_at=now - timedelta(seconds=4),
        gaps=[Gap(now - timedelta(hours=5), now - timedelta(hours=4), "camera")],
        held=[(now - timedelta(days=3), now - timedelta(seconds=7))],
        days=[DayBytes(now.date(), 81_003, 4_019)],
        clips_waiting=17,
    )
    return Told("0.0.9", now, [seen])


def exported(account: Account) -> dict[str, Any]:
    """As the file that Olive's browser saves holds it."""
    account.refresh_from_db()
    return json.loads(json.dumps(export.everything(account=account), cls=DjangoJSONEncoder))


def undescribed(schema: Any, where: str = "") -> list[str]:
    """Every field that the schema names and doesn't describe."""
    if not isinstance(schema, dict):
        return []
    found = [where] if where and not (schema.get("description") or "items" in schema) else []
    for name, inner in schema.get("properties", {}).items():
        found += undescribed(inner, f"{where}.{name}")
    return found + undescribed(schema.get("items"), f"{where}[]")


class TestTakingAlong:
    def test_every_kind_of_row_is_in_her_life(self, life: belongings.Owned) -> None:
        """A new table that leads to a person fails here until this life has a row of it."""
        lacking = {model._meta.label for model, rows in life.items() if not rows} - set(NEVER_KEPT)
        assert not lacking

    def test_the_export_holds_every_value_of_every_row(self, life: belongings.Owned, olive: Account) -> None:
        assert belongings.untold(life, export.everything(account=olive), WITHOUT) == []

    @pytest.mark.parametrize(
        "room",
        [
            "neighbor_requests",
            "neighbors_asked",
            "alerts",
            "asks",
            "cameras",
            "clips",
            "devices",
            "feed",
            "health",
            "held",
            "mutes",
            "pairings",
            "rights",
            "shares",
        ],
    )
    def test_a_table_that_nobody_exports_is_noticed(
        self, room: str, life: belongings.Owned, olive: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delitem(registry.exports, room)
        assert belongings.untold(life, export.everything(account=olive), WITHOUT)

    def test_nothing_is_left_out_that_is_not_there(self) -> None:
        known = {
            f"{model._meta.label}.{field.name}"
            for model in belongings.belonging_tables()
            for field in model._meta.concrete_fields
        }
        assert set(WITHOUT) <= known
        assert set(NEVER_KEPT) <= {model._meta.label for model in belongings.belonging_tables()}

    def test_it_keeps_to_the_published_schema_which_describes_every_field(
        self, life: belongings.Owned, olive: Account
    ) -> None:
        schema = export.schema()
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(exported(olive))
        assert set(registry.exports) == set(registry.schemas)
        assert undescribed(schema) == []

    def test_the_archive_holds_clips_receipts_and_public_entries_byte_for_byte(
        self, life: belongings.Owned, olive: Account, clip: Clip, opened: VideoRequest, tmp_path: Path
    ) -> None:
        archive = asking.ArchiveReader(Archive.objects.get(account=olive))
        with zipfile.ZipFile(io.BytesIO(archive.read_range(0, archive.size))) as file:
            file.extractall(tmp_path)
        data = next(tmp_path.glob("goodfences-*/data"))
        taken = next(data.glob(f"clips/*/*-{clip.ref}.mp4")).read_bytes()
        assert hashlib.sha256(taken).hexdigest() == clip.sha256
        assert [path.read_bytes() for path in (data / "feed").iterdir()] == [b"Quimby"]
        receipt = json.loads((data / f"receipts/{SharedVideo.objects.get().ref}.json").read_text())
        assert (
            receipts.check_alone(receipt, VerifierKey.parse(ledger_keys.public_key()))["request"]["ref"] == opened.ref
        )
        entry = json.loads((data / f"ledger/{opened.ledger_index}.json").read_text())
        offline.verify_bundle(entry, public_key=ledger_keys.public_key())
        assert {path.name for path in data.iterdir()} == {
            "clips", "feed", "receipts", "ledger", "export.json", "export.schema.json",
        }  # fmt: skip

    def test_it_holds_no_secret_and_nothing_of_her_neighbors(
        self, life: belongings.Owned, olive: Account, hugo: Account, stranger: Account
    ) -> None:
        text = json.dumps(exported(olive))
        secrets = [olive.password, *Device.objects.values_list("token_digest", flat=True)]
        secrets += [hugo.email, stranger.email, stranger.households.get().ref]
        assert not [secret for secret in secrets if secret in text]

    def test_hers_alone(self, life: belongings.Owned, hugo: Account, nadia: Account) -> None:
        for other in (hugo, nadia):
            text = json.dumps(exported(other))
            assert "+358 555 0177" not in text and Share.objects.get().ref not in text


HISTORY = {
    "people_erasure": "the receipt that it was erased",
    "evidence_share": "by which clip a share was made, without the clip",
}
"""Where a camera that was erased is still named, and as what."""


def refs_of(model: Any, rows: set[Any]) -> list[str]:
    if not any(field.name == "ref" for field in model._meta.concrete_fields):
        return []
    return list(model._default_manager.filter(pk__in=rows).values_list("ref", flat=True))


def mailed() -> None:
    """All that waits is sent."""
    OutboxMessage.objects.filter(state="waiting").update(state="claimed", claimed_by="a worker/1")
    rows = list(OutboxMessage.objects.filter(state="claimed"))
    settling.settle([settling.Settled(row, settling.What.SENT) for row in rows], source.now())


@pytest.mark.usefixtures("seen_before")
class TestLeavingNothing:
    @pytest.fixture
    def traces(self, life: belongings.Owned, olive: Account, olives_home: Household) -> dict[str, str]:
        """What must be nowhere afterwards: her names and places, and the reference of every row of hers."""
        where = olives_home.cell
        found = {
            "her address": olive.email,
            "her name": olive.name,
            "her household's name": "Quistholm",
            "what she told": "+358 555 0177",
            "whom she invited": "paul@example.org",
            "what she noted": "Quillon",
            "what she noted, as search reads it": "quillon",
            "what she called it": "wagonette",
            "her cell": str(where),
            "her cell, in letters": places.cell_to_hex(where),
            "where she wanted mail": "quist@new.example",
            "her key": "Quist key",
            "what she erased": "Yardling",
        }
        for model, rows in life.items():
            # A video, and an agency's question about one, name nobody; an invitation's reference keeps its email
            # from being sent twice.
            if model in (SharedVideo, Reuse, Invitation) or not any(
                field.name == "ref" for field in model._meta.concrete_fields
            ):
                continue
            for pk, ref in model._default_manager.filter(pk__in=rows).values_list("pk", "ref"):
                found[f"{model._meta.label} {pk}"] = ref
        return found

    @staticmethod
    def leave(olive: Account, clock: source.SeededSource) -> None:
        for path in Path(settings.BLOBS).rglob("*"):  # a file's age is by the real clock
            os.utime(path, (clock.now().timestamp(),) * 2)
        erasure.erase(account=olive)
        mailed()
        for wait in (LATE, timedelta(hours=2), timedelta(days=2)):
            clock.advance(wait)
            tasks.run_due(50)
            while checks.run_retention(50):
                pass

    @staticmethod
    def left(traces: dict[str, str]) -> set[str]:
        kept = list(belongings.everything_kept())
        return {f"{what} in {table}" for what, trace in traces.items() for table, row in kept if trace in row}

    def test_every_trace_is_there_before(self, traces: dict[str, str]) -> None:
        there = {found.rpartition(" in ")[0] for found in self.left(traces)}
        assert there == set(traces) - {"her cell, in letters"}

    def test_no_table_holds_a_trace_of_her(
        self, traces: dict[str, str], olive: Account, clock: source.SeededSource
    ) -> None:
        self.leave(olive, clock)
        assert self.left(traces) == set()

    def test_no_sealed_file_of_hers_is_left(
        self, traces: dict[str, str], olive: Account, clock: source.SeededSource
    ) -> None:
        assert list(blobs.store().blobs("clips"))
        self.leave(olive, clock)
        left = {
            folder: [blob.name for blob in blobs.store().blobs(folder)]
            for folder in ("archives", "clips", "shared", "uploads")
        }
        assert left == {"archives": [], "clips": [], "shared": [], "uploads": []}

    def test_what_an_agency_downloaded_stays_as_was_said_and_names_her_only_as_she_did(
        self,
        traces: dict[str, str],
        olive: Account,
        omar: Account,
        opened: VideoRequest,
        clock: source.SeededSource,
    ) -> None:
        portal.download(officer=officer(omar), request_ref=opened.ref)
        self.leave(olive, clock)
        told, share = traces.pop("what she told"), next(what for what in traces if what.startswith("evidence.Share"))
        traces.pop(share)
        assert self.left(traces) == set()
        video = SharedVideo.objects.get()
        assert video.told == {"phone": told}
        assert list(portal.videos_of(officer(omar), opened.ref)) == [video]

    def test_the_ledger_still_holds(self, life: belongings.Owned, olive: Account, clock: source.SeededSource) -> None:
        before = fetch("checkpoint").decode()
        self.leave(olive, clock)
        report = offline.verify_log(fetch, public_key=ledger_keys.public_key(), remembered=before)
        assert report.checkpoint.size > 1

    def test_her_household_and_her_neighbors_stay_as_they_are(
        self,
        life: belongings.Owned,
        olive: Account,
        hugo: Account,
        stranger: Account,
        clock: source.SeededSource,
    ) -> None:
        before = json.dumps({k: v for k, v in exported(stranger).items() if k != "exported_at"})
        self.leave(olive, clock)
        assert json.dumps({k: v for k, v in exported(stranger).items() if k != "exported_at"}) == before
        assert exported(hugo)["household"] is None

    def test_the_ledger_never_commits_to_anything_of_a_resident(
        self, life: belongings.Owned, olive: Account, opened: VideoRequest, clock: source.SeededSource
    ) -> None:
        """So that no salt has to be dropped: every entry is of an act of the instance or of an agency."""
        assert {entry.kind.partition(".")[0] for entry in LedgerEntry.objects.all()} <= {
            "policy",
            "agency",
            "request",
            "legal_demand",
        }
        text = json.dumps([[e.subject, e.body] for e in LedgerEntry.objects.all()], default=str)
        hers = [ref for model, rows in life.items() for ref in refs_of(model, rows)]
        assert hers and not [trace for trace in (*hers, olive.email, "Quist") if trace in text]
        before = LedgerEntry.objects.count()
        self.leave(olive, clock)
        assert LedgerEntry.objects.count() == before

    def test_the_signed_receipt_is_the_last_mail_and_leads_nowhere(
        self, life: belongings.Owned, olive: Account, omar: Account, opened: VideoRequest, clock: source.SeededSource
    ) -> None:
        portal.download(officer=officer(omar), request_ref=opened.ref)
        address, left_with = olive.email, erasure.stays_outside(olive, Part())
        receipt = erasure.erase(account=olive)
        key = VerifierKey.parse(ledger_keys.public_key())
        content = receipts.check_alone(receipt, key, form=receipts.ERASURE_FORMAT)
        assert content["what"] == {"kind": "account"} and content["counts"]["clips"] == 2
        assert [one["case_number"] for one in content["stays"]] == [opened.case_number]
        assert [one.agency for one in left_with] == [opened.agency.name]
        message = OutboxMessage.objects.get(template="erasure_receipt", state="waiting")
        assert message.to == address and json.loads(message.context["receipt"]) == receipt
        assert not Suppression.objects.exists() and message.to_digest == ""


class TestErasingACamera:
    """A camera goes with every clip, mark, copy and word of it; the household stays."""

    @pytest.fixture
    def part(self, life: belongings.Owned, clip: Clip) -> Part:
        return Part(camera=clip.camera.ref, camera_name=clip.camera.name)

    @staticmethod
    def traces(life: belongings.Owned, clip: Clip) -> set[str]:
        hers = {model: rows for model, rows in life.items() if model in (Camera, Clip)}
        cameras_own = {
            Camera: {clip.camera_id},
            Clip: {one.pk for one in Clip.objects.filter(camera=clip.camera)},
        }
        assert all(rows <= hers[model] for model, rows in cameras_own.items())
        return {ref for model, rows in cameras_own.items() for ref in refs_of(model, rows)} | {
            clip.sha256, clip.announced_sha256, "Quillon", "wagonette",
        }  # fmt: skip

    def erase(self, olive: Account, part: Part, clock: source.SeededSource) -> dict[str, Any]:
        receipt = erasure.erase_part(account=olive, part=part).receipt
        mailed()
        for wait in (LATE, timedelta(hours=2)):
            clock.advance(wait)
            tasks.run_due(50)
        return receipts.check_alone(
            receipt, VerifierKey.parse(ledger_keys.public_key()), form=receipts.ERASURE_FORMAT
        )

    def test_no_trace_of_it_is_left(
        self, life: belongings.Owned, olive: Account, clip: Clip, part: Part, clock: source.SeededSource
    ) -> None:
        traces, key = self.traces(life, clip), clip.key_id
        self.erase(olive, part, clock)
        kept = [(table, row) for table, row in belongings.everything_kept() if table not in HISTORY]
        assert {(table, trace) for table, row in kept for trace in traces if trace in row} == set()
        assert SealedKey.objects.get(pk=key).sealed_identity is None
        assert not Camera.objects.filter(ref=part.camera).exists() and Camera.objects.count() > 1
        left = [blob.name for folder in ("clips", "copies", "archives") for blob in blobs.store().blobs(folder)]
        assert [name for name in left if clip.blob == name or name.startswith(("copies/", "archives/"))] == []

    def test_what_was_shared_of_it_is_taken_back_and_said(
        self, life: belongings.Owned, olive: Account, part: Part, omar: Account, opened: VideoRequest,
        clock: source.SeededSource,
    ) -> None:  # fmt: skip
        content = self.erase(olive, part, clock)
        assert (content["counts"]["shared_videos_taken_back"], content["stays"]) == (1, [])
        assert list(portal.videos_of(officer(omar), opened.ref)) == []

    def test_what_an_agency_downloaded_is_named_and_stays(
        self, life: belongings.Owned, olive: Account, part: Part, omar: Account, opened: VideoRequest,
        clock: source.SeededSource,
    ) -> None:  # fmt: skip
        portal.download(officer=officer(omar), request_ref=opened.ref)
        content = self.erase(olive, part, clock)
        (stays,) = content["stays"]
        assert (stays["agency"], stays["request"]) == (opened.agency.name, opened.ref)
        assert [video.sha256 for video in portal.videos_of(officer(omar), opened.ref)] == [stays["sha256"]]

    def test_it_is_her_own_or_nobodys(
        self, life: belongings.Owned, hugo: Account, stranger: Account, part: Part
    ) -> None:
        for other in (hugo, stranger):
            with pytest.raises(NotFound):
                erasure.erase_part(account=other, part=part)
        assert Camera.objects.filter(ref=part.camera).exists() and SealedKey.objects.filter(purpose="clip").exists()
