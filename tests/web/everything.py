"""One instance in which everything exists, and for each route the way to what is Olive's or Northgate's.

`build()` makes it through the acts that pages call, on real video. `arguments()` gives the values of a route's
parameters, `posted()` what is sent to it.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.db import transaction

from goodfences import source
from goodfences.agencies import actions as agencies
from goodfences.alerts import own, sources, wishes
from goodfences.alerts import portal as warning
from goodfences.alerts.models import AgencyWarning, AlertWish, OfficialWarning, WarningSource
from goodfences.appeals import actions as appealing
from goodfences.appeals import handing
from goodfences.appeals import portal as appeals
from goodfences.appeals import tasks as handed_in
from goodfences.appeals.models import Appeal as PublicAppeal
from goodfences.appeals.models import HandIn
from goodfences.auditing.models import Flag
from goodfences.cameras import actions as cameras
from goodfences.cameras.models import Camera, Device
from goodfences.clips import actions as clips
from goodfences.clips import playback, trash
from goodfences.clips import tasks as checks
from goodfences.clips.models import Clip, Upload
from goodfences.evidence import portal
from goodfences.evidence import tasks as preparing
from goodfences.evidence.after import asking as asking_owner
from goodfences.evidence.after import handing_on, holding
from goodfences.evidence.models import Reuse, SharedVideo, WantedPart
from goodfences.evidence.owner import actions as owner
from goodfences.evidence.owner import letters as after_letters
from goodfences.evidence.owner import telling, wanting
from goodfences.evidence.owner.choosing import Choice
from goodfences.feed import actions as feeding
from goodfences.feed import media as post_media
from goodfences.feed import portal as neighborhood
from goodfences.feed.models import Comment, Post, PostMedia
from goodfences.health import actions as health
from goodfences.health import letters as silence_letters
from goodfences.joining import access as applications
from goodfences.joining import actions as joining
from goodfences.joining.models import Application, Remark
from goodfences.ledger import actions as signing
from goodfences.ledger import queries as ledger
from goodfences.legal_demands import actions as legal_demands
from goodfences.legal_demands import tasks as demand_tasks
from goodfences.legal_demands.models import LegalDemand
from goodfences.links import access as visits
from goodfences.links import actions as links_given
from goodfences.links.models import Link
from goodfences.mail import links, outbox
from goodfences.mail.models import OutboxMessage
from goodfences.moderation import actions as moderation
from goodfences.moderation.models import Appeal, Block, Review
from goodfences.neighbor_requests import access as neighbors
from goodfences.neighbor_requests import actions as neighbor_actions
from goodfences.neighbor_requests import letters as neighbor_letters
from goodfences.neighbor_requests import shares as neighbor_shares
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest, NeighborVideo
from goodfences.officers.models import Provider
from goodfences.people import actions as people
from goodfences.people import addresses, browsers, erasure, setting_up
from goodfences.people import tasks as archives
from goodfences.people.archive import asking
from goodfences.people.models import Account, Archive, Browser, EmailChange, Erasure, Invitation, Membership
from goodfences.people.registry import Part
from goodfences.places import cell_to_hex
from goodfences.push import actions as push
from goodfences.push import telling as pushing
from goodfences.push.models import Subscription
from goodfences.redaction import actions as redaction
from goodfences.redaction import previewing
from goodfences.video_requests import actions as requests
from goodfences.video_requests import asks, letters
from goodfences.video_requests.models import Ask, VideoRequest
from tests import story
from tests.alerts.words import particulars
from tests.appeals.conftest import GIVEN
from tests.appeals.conftest import fields as appeal_fields
from tests.footage import make_video
from tests.health.words import lost, told, well
from tests.joining import keys as agency_keys
from tests.joining.conftest import given as springfield
from tests.legal_demands.conftest import PDF
from tests.legal_demands.conftest import particulars as demand_particulars
from tests.mail.requests import ask_for
from tests.neighbor_requests.conftest import draft as neighbors_draft
from tests.neighbor_requests.conftest import known_for_long
from tests.persons import officer
from tests.push import service

Persons = dict[str, Account]
PROVIDER = "https://idp.example/sso"
"""Where Northgate's officers sign in."""
PIXELS = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7"
    "gYKBTmCNl4x9lnN+gXz/wAALCAAQABABAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF"
    "BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW"
    "V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi"
    "4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEBAAA/AGUUUV//2Q=="
)
"""A JPEG of 16 by 16 gray pixels."""


@dataclass(frozen=True)
class Everything:
    """What there is. Olive's unless it says otherwise."""

    persons: Persons
    devices: dict[str, Device]
    camera: Camera
    clip: Clip
    deleted: Clip
    """Which can still be taken back."""
    upload: Upload
    member: Membership
    """Hugo's membership of her household."""
    invitation: Invitation
    """Nadia's, into Olive's household."""
    ask: Ask
    """About `request`; she hasn't answered."""
    answered: Ask
    """About `answered.video_request`; she shared `video` for it, and Omar opened it."""
    link: tuple[Link, str]
    """Hers, to `clip`, and its token."""
    browser: Browser
    """In which she is signed in."""
    change: EmailChange
    """Of her address; nobody has answered."""
    erasure: Erasure
    """Of an hour of hers long ago."""
    archive: Archive
    """With everything of hers."""
    neighbor_ask: NeighborAsk
    """Nadia asks; she hasn't answered."""
    neighbor_given: NeighborAsk
    """Nadia asked before, and she shared."""
    neighbor_video: NeighborVideo
    """What the stranger shared for her own request."""
    wanted: WantedPart
    """What she wants to see of it from home."""
    declined: Ask
    """The stranger's, about `request`."""
    strangers_clip: Clip
    video: SharedVideo
    reuse: Reuse
    """Omar asks for `video` for another case, and a question about it; she hasn't answered either."""
    request: VideoRequest
    """Omar's, which Ada opened."""
    submitted: VideoRequest
    """Omar's; it waits for a second officer."""
    draft: VideoRequest
    """Omar's own."""
    notified: Subscription
    """A browser in which she is notified, with a note about `clip`."""
    said: Comment
    """Hers, on a post of hers."""
    reported: Review
    """Of a post of hers that Nadia reported; Max is at it."""
    ruled: Appeal
    """Hers, against the removal of another post of hers."""
    unseen: Block
    """That she isn't shown the stranger's posts for a while."""
    pictures: tuple[PostMedia, PostMedia]
    """Of that post: one that she has still to look at, and one that is shown."""
    filmed: PostMedia
    """A video of that post."""
    appeal: PublicAppeal
    """Omar's, which Ada opened."""
    unopened: PublicAppeal
    """Omar's; it waits for a second officer."""
    handed: tuple[HandIn, str]
    """For that appeal, checked, and the token of its link."""
    sending: tuple[HandIn, str]
    """Of which nothing has arrived yet."""
    demand: LegalDemand
    """About her; Otto entered it, and nobody has confirmed it."""
    public_demand: LegalDemand
    """About nobody here, confirmed and published."""
    message: OutboxMessage
    """Of which nobody knows whether it was sent."""
    warning: OfficialWarning
    """This instance's own, around Olive's place."""
    agencys_warning: AgencyWarning
    """Omar's, which Ada issued."""
    unissued: AgencyWarning
    """Omar's; it waits for a second officer."""
    post: Post
    """Northgate's own."""
    waiting: Application
    """Springfield's, which waits for the operator."""
    notice: Application
    """Another of Springfield's, which is announced."""
    remark: Remark
    """Hers, about that one."""
    begun: Application
    """One that isn't signed yet."""
    flag: Flag
    """At `request`; no auditor has looked at it."""
    wish: AlertWish
    """What she chose about alerts."""
    warns: WarningSource
    """Who else warns here."""

    @cached_property
    def known(self) -> dict[str, dict[str, Any]]:
        """What stands in addresses, by the beginning of a route's name. The clock stands still: links hold."""
        return {**_public(self), **_residents(self), **_officers(self), **_others(self)}


def build(persons: Persons, devices: dict[str, Device]) -> Everything:
    """Everything, with `persons` by their names and `devices` of Olive and the stranger. The clock stands still."""
    story.publish()
    camera = Camera.objects.get(household=devices["olive"].household, looks_at="street")
    clip = upload(devices["olive"], camera, source.now() - timedelta(minutes=10), seed=1)
    redaction.save(account=persons["olive"], clip_ref=clip.ref, starts_ms=0, ends_ms=1000, audio=False, marks=[])
    shared = upload(devices["olive"], camera, source.now() - timedelta(minutes=8), seed=2)
    thrown = story.index_clip(camera, starts_at=source.now() - timedelta(minutes=6))
    strangers = Camera.objects.get(household=devices["stranger"].household)
    request = story.open_request(persons["omar"], persons["ada"], story.fields(case="NG-2026-1"))
    answered, video = share(persons, shared)
    declined = asked(request, persons["stranger"])
    asks.decline(ask_ref=declined.ref)
    asks.mute(owner_id=persons["olive"].pk, agency_id=officer(persons["sam"]).agency_id)
    cameras.start_pairing(account=persons["olive"])
    cameras.uploader_by_hand(account=persons["olive"])
    setting_up.begin(persons["olive"])
    door = Camera.objects.get(household=devices["olive"].household, looks_at="door")
    health.keep(device=devices["olive"], told=told(well(camera), lost(door)))
    ask = asked(request, persons["olive"])
    given, taken = neighborly(persons, devices, clip)
    appeal = appealing.approve(officer=officer(persons["ada"]), ref=appealed(persons, case="26-0977").ref)
    signing.sign_checkpoint()
    provided(persons)
    said, link = told_neighbors(persons["olive"]), linked(persons["olive"], clip)
    notice, remark = announced_agreement(persons)
    made = Everything(
        neighbor_ask=neighbors_ask(persons["nadia"], persons["olive"]),
        neighbor_given=given,
        neighbor_video=taken,
        link=link,
        browser=browsers.signed_in(
            account=persons["olive"], token="t" * 43, agent="Firefox/1 Linux", session_key="s"
        ),
        change=addresses.ask(account=persons["olive"], new_email="new@example.org"),
        erasure=erased(persons["olive"]),
        archive=archived(persons["olive"]),
        wanted=wanting.want(account=persons["olive"], ask_ref=ask.ref, camera_ref=camera.ref, **part_of(request)),
        persons=persons,
        devices=devices,
        camera=camera,
        clip=clip,
        deleted=trash.delete(account=persons["olive"], ref=thrown.ref),
        upload=begun(devices["olive"], camera),
        member=Membership.objects.get(account=persons["hugo"]),
        invitation=people.invite_member(account=persons["olive"], email=persons["nadia"].email),
        ask=ask,
        answered=answered,
        declined=declined,
        strangers_clip=story.index_clip(strangers, starts_at=source.now() - timedelta(minutes=9)),
        video=video,
        reuse=asked_after(persons, video),
        request=request,
        submitted=story.submit(persons["omar"], story.fields(case="NG-2026-3")),
        draft=requests.save_draft(officer=officer(persons["omar"]), fields=story.fields(case="NG-2026-4")),
        notified=notified(persons["olive"], clip),
        reported=reported(persons),
        ruled=ruled_on(persons),
        unseen=moderation.mute(account=persons["olive"], post_ref=told_neighbors(persons["stranger"]).post.ref),
        said=said,
        pictures=(pictured(said.post, is_shown=False), pictured(said.post, is_shown=True)),
        filmed=PostMedia.objects.create(post=said.post, kind="video", copy=link[0].copy, is_shown=True),
        appeal=appeal,
        unopened=appealed(persons, case="26-0978"),
        handed=handed(appeal, whole=True),
        sending=handed(appeal, whole=False),
        demand=demanded(),
        public_demand=published_demand(),
        message=uncertain(),
        warning=warned(persons["otto"]),
        agencys_warning=warning.issue(officer=officer(persons["ada"]), ref=written(persons).ref),
        unissued=written(persons),
        flag=Flag.objects.create(
            agency=officer(persons["omar"]).agency,
            officer=officer(persons["omar"]),
            video_request=request,
            case_number=request.case_number,
            detector="odd_hour",
            words="It was submitted at 02:10, about an area of 0.03 square miles.",
        ),
        post=neighborhood.write_post(
            officer=officer(persons["ada"]), kind="hazard", title="Mill Street", text=story.REASON
        ),
        begun=joining.apply(given=springfield(), peer="192.0.2.1"),
        waiting=signed_agreement(),
        notice=notice,
        remark=remark,
        wish=AlertWish.objects.create(account=persons["olive"], way="daily"),
        warns=sources.register(operator=persons["otto"], name="Weather", kind="file", senders=["a@example.org"]),
    )
    signing.sign_checkpoint()
    return made


def provided(persons: Persons) -> None:
    """Northgate's provider, which nobody has to come by. Where it is needs no answer from there."""
    where = {"issuer": "https://idp.example/entity", "sso_url": PROVIDER, "certificates": ["MIIB"]}
    agency = officer(persons["aggie"]).agency
    Provider.objects.create(agency=agency, kind="saml", tried_at=source.now(), on_since=source.now(), **where)


def signed_agreement() -> Application:
    """An agency applied, proved its domain and signed."""
    made = joining.apply(given=springfield(), peer="192.0.2.1")
    joining.prove_by_mail(token=links.sign(applications.PROOF, made.ref))
    return joining.sign(application=made, signature=agency_keys.signature(made.statement.encode()))


def announced_agreement(persons: Persons) -> tuple[Application, Remark]:
    """One that the operator announced, and about which Olive said something."""
    made = joining.announce(operator=persons["otto"], ref=signed_agreement().ref)
    return made, joining.remark(account=persons["olive"], application_ref=made.ref, text="Thirty days is long.")


def warned(operator: Account) -> OfficialWarning:
    """A warning in two languages that holds for an hour."""
    return own.issue(operator=operator, particulars=particulars())


def written(persons: Persons) -> AgencyWarning:
    """Omar's warning in two languages, which waits for a second officer."""
    return warning.submit(officer=officer(persons["omar"]), given=particulars())


def appealed(persons: Persons, *, case: str) -> PublicAppeal:
    """Omar's public appeal, which waits for a second officer."""
    return appealing.submit(officer=officer(persons["omar"]), fields=appeal_fields(case_number=case))


def handed(appeal: PublicAppeal, *, whole: bool) -> tuple[HandIn, str]:
    """A video that somebody handed in; or the beginning of one."""
    data = make_video(seconds=2, seed=4)
    given = {"appeal_ref": appeal.ref, "size": len(data), "given": GIVEN, "peer": "203.0.113.7"}
    if not whole:
        return handing.begin(**given)
    made, token = handing.hand_in(body=io.BytesIO(data), **given)
    while handed_in.run_due(4):
        pass
    made.refresh_from_db()
    assert made.blob, made.refusal
    return made, token


def demanded(*, of: tuple[str, ...] = ("olive@example.org",)) -> LegalDemand:
    """A demand that Otto's colleague entered."""
    other, _ = Account.objects.get_or_create(email="ofelia@example.org", defaults={"kind": "operator"})
    return legal_demands.enter(operator=other, particulars=demand_particulars(subjects=of), document=PDF)


def published_demand() -> LegalDemand:
    """One that was confirmed by another operator, and is public."""
    made = demanded(of=())
    legal_demands.confirm(operator=Account.objects.get(email="otto@example.org"), ref=made.ref)
    demand_tasks.run_due(10)
    signing.sign_checkpoint()
    made.refresh_from_db()
    return made


def told_neighbors(person: Account) -> Comment:
    """A post about her street, changed once, and a comment of her own."""
    post = feeding.write_post(
        account=person, kind="hazard", title="A branch hangs low", text="Walk around it.", language="en"
    )
    feeding.edit_post(account=person, ref=post.ref, kind="hazard", title="A branch hangs low", text="Mind your head.")
    return feeding.write_comment(account=person, ref=post.ref, text="The city knows.", language="en")


def reported(persons: Persons) -> Review:
    """A post that somebody reported, claimed by a moderator."""
    post = told_neighbors(persons["olive"]).post
    made = moderation.report(account=persons["nadia"], post_ref=post.ref, rule="place", note="It tells where.")
    return moderation.claim(moderator=persons["max"], ref=made.review.ref)


def ruled_on(persons: Persons) -> Appeal:
    """An appeal of the author's against a removal, which waits."""
    fields = {
        "kind": "question",
        "title": "Whose ladder is it?",
        "text": "It stands at the corner.",
        "language": "en",
    }
    post = feeding.write_post(account=persons["olive"], **fields)
    made = moderation.report(account=persons["nadia"], post_ref=post.ref, rule="profile")
    moderation.claim(moderator=persons["max"], ref=made.review.ref)
    why = "It tells of nothing that anybody did."
    given = {"outcome": "removed", "rule": "profile", "reasons": why}
    ruling = moderation.rule(moderator=persons["max"], ref=made.review.ref, **given)
    return moderation.appeal(account=persons["olive"], ref=ruling.ref, text="He took my bike.")


def neighbors_ask(asker: Account, owner: Account) -> NeighborAsk:
    """A request of the last hour, put to one owner."""
    now = source.now()
    draft = neighbors_draft(starts_at=now - timedelta(hours=1), ends_at=now)
    request = neighbor_actions.ask(account=asker, draft=draft)
    return NeighborAsk.objects.create(request=request, owner=owner, household=owner.households.get(), state="sent")


def neighborly(persons: Persons, devices: dict[str, Device], clip: Clip) -> tuple[NeighborAsk, NeighborVideo]:
    """Olive shared a second with Nadia; the stranger shared one with Olive, who lived closer when she asked."""
    known_for_long(persons["nadia"], persons["olive"])
    given = neighbors_ask(persons["nadia"], persons["olive"])
    neighbor_shares.share(account=persons["olive"], ask_ref=given.ref, cuts=[Choice(clip.ref, 0, 1000)])
    taken = neighbors_ask(persons["olive"], persons["stranger"])
    camera = Camera.objects.get(household=devices["stranger"].household)
    Camera.objects.filter(pk=camera.pk).update(may_be_asked=True)
    NeighborRequest.objects.filter(pk=taken.request_id).update(cell=camera.cell)
    film = upload(devices["stranger"], camera, source.now() - timedelta(minutes=7), seed=3)
    share = neighbor_shares.share(account=persons["stranger"], ask_ref=taken.ref, cuts=[Choice(film.ref, 0, 1000)])
    return given, share.videos.get()


def pictured(post: Post, *, is_shown: bool) -> PostMedia:
    """As the room seals it, without the process that looks at what people send."""
    key, blob = post_media.sealed(base64.b64decode(PIXELS))
    key.save()
    sizes = {"width": 16, "height": 16, "size": len(PIXELS)}
    return PostMedia.objects.create(post=post, kind="picture", key=key, blob=blob, is_shown=is_shown, **sizes)


def linked(person: Account, clip: Clip) -> tuple[Link, str]:
    """A link to all of the clip."""
    shown = previewing.preview(person.pk, links_given.plan_for(clip))
    return links_given.make(account=person, clip_ref=clip.ref, seen_sha256=shown.sha256, days=7, passphrase="")


def erased(person: Account) -> Erasure:
    """The receipt of an hour in which there was nothing."""
    ago = source.now() - timedelta(days=30)
    return erasure.erase_part(account=person, part=Part(starts_at=ago, ends_at=ago + timedelta(hours=1)))


def archived(person: Account) -> Archive:
    """A finished archive of theirs."""
    asking.ask(account=person)
    while archives.run_archives(1):
        pass
    return Archive.objects.get(account=person)


def part_of(request: VideoRequest) -> dict[str, datetime]:
    """A minute of its window."""
    return {"starts_at": request.starts_at, "ends_at": request.starts_at + timedelta(minutes=1)}


def upload(device: Device, camera: Camera, starts_at: Any, *, seed: int) -> Clip:
    """A clip of two seconds, uploaded and checked as any other."""
    data = make_video(seconds=2, seed=seed)
    clip = announced(device, camera, starts_at, data)
    to = clips.begin_upload(device=device, clip_ref=clip.ref, length=len(data))
    clips.receive(device=device, upload_ref=to.ref, offset=0, body=io.BytesIO(data), length=len(data))
    clips.finish(device=device, clip_ref=clip.ref)
    while checks.run_due(4):
        pass
    clip.refresh_from_db()
    assert clip.checked_at, clip.refusal
    return clip


def announced(device: Device, camera: Camera, starts_at: Any, data: bytes) -> Clip:
    clip, _ = clips.announce(
        device=device,
        camera_ref=camera.ref,
        starts_at=starts_at,
        duration_ms=2000,
        kind="person",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    return clip


def begun(device: Device, camera: Camera) -> Upload:
    """An upload of which nothing has arrived yet."""
    clip = announced(device, camera, source.now() - timedelta(minutes=2), b"not there yet")
    return clips.begin_upload(device=device, clip_ref=clip.ref, length=clip.announced_size)


def asked(request: VideoRequest, person: Account) -> Ask:
    """The person's ask, its email sent."""
    ask = ask_for(request, person)
    Ask.objects.filter(pk=ask.pk).update(state=Ask.State.SENT, sent_at=source.now())
    ask.refresh_from_db()
    return ask


def share(persons: Persons, clip: Clip) -> tuple[Ask, SharedVideo]:
    """Olive's answer to a request of its own: a second of the clip, which Omar has opened."""
    request = story.open_request(persons["omar"], persons["ada"], story.fields(case="NG-2026-2"))
    ask = asked(request, persons["olive"])
    owner.share(account=persons["olive"], ask_ref=ask.ref, cuts=[Choice(clip.ref, 0, 1000)], told={})
    while preparing.run_due(4):
        pass
    ask.refresh_from_db()
    video = SharedVideo.objects.get(video_request=request)
    portal.view(officer=officer(persons["omar"]), video_ref=video.ref)
    return ask, video


def asked_after(persons: Persons, video: SharedVideo) -> Reuse:
    """The video was handed on and put on hold; its owner is asked a question, and about another case."""
    omar, ada = officer(persons["omar"]), officer(persons["ada"])
    why = {"name": "Public defender", "why": "For discovery in this case."}
    handing_on.hand_on(officer=ada, video_ref=video.ref, to="defense", **why)
    holding.hold(officer=ada, video_ref=video.ref, ground="The trial is pending.", until=source.now().date())
    asking_owner.ask(officer=omar, video_ref=video.ref, text=story.REASON)
    other = {"case_number": "NG-2026-9", "reason": story.REASON}
    reuse = asking_owner.propose_reuse(officer=omar, video_ref=video.ref, **other)
    asking_owner.open_reuse(officer=ada, video_ref=video.ref, reuse_ref=reuse.ref)
    signing.sign_checkpoint()
    telling.tell_due(10)
    return Reuse.objects.get()


def notified(person: Account, clip: Clip) -> Subscription:
    """A browser of the person's, which was told of the clip."""
    keys = service.Browser().keys
    browser = push.subscribe(account=person, endpoint="https://push.example/x", name="Firefox, Android", **keys)
    push.choose(account=person, wishes=[f"{clip.kind}:{clip.camera.ref}", "request"])
    pushing.tell_of_clip(clip)
    return browser


def uncertain() -> OutboxMessage:
    with transaction.atomic():
        outbox.queue(
            once="note:1",
            to="olive@example.org",
            template="ready-made",
            context={"subject": "A note", "text": "Hello.", "html": ""},
            language="en",
            time_zone="UTC",
        )
    OutboxMessage.objects.filter(once="note:1").update(state=OutboxMessage.State.UNCERTAIN)
    return OutboxMessage.objects.get(once="note:1")


TUS = {"Tus-Resumable": "1.0.0"}


def arguments(made: Everything, route: str, names: Iterable[str]) -> dict[str, Any]:
    """A value for each of the parameters that the address of `route` has."""
    fitting = max((beginning for beginning in made.known if route.startswith(beginning)), key=len, default="")
    given = made.known.get(fitting, {})
    missing = set(names) - set(given)
    assert not missing, f"say in tests/web/everything.py what {missing} of {route} are"
    return {name: given[name] for name in names}


def _public(made: Everything) -> dict[str, dict[str, Any]]:
    """By the beginning of a route's name, as the three below; the longest that fits counts."""
    return {
        "public:request": {"ref": made.request.ref},
        "public:agency": {"slug": officer(made.persons["omar"]).agency.slug},
        "public:entry": {
            "index": made.request.ledger_index,
            "number": "000",
            "width": str(ledger.signed_size()),
        },
        "public:bundle": {"index": made.request.ledger_index},
        "public:data": {"name": "requests"},
        "public:place_feed": {"cell": cell_to_hex(made.request.place_cells[0])},
        "public:agency_post": {"ref": made.post.ref},
        "public:notice": {"ref": made.notice.ref},
        "oversight:": {"slug": officer(made.persons["omar"]).agency.slug},
        "joining:": {"token": applications.own_link(made.begun)},
        "joining:renew": {"slug": officer(made.persons["omar"]).agency.slug},
        "joining:prove": {"token": links.sign(applications.PROOF, made.begun.ref)},
        "public:video_appeal": {"ref": made.appeal.ref},
        "hand_in": {"ref": made.appeal.ref, "token": made.sending[1]},
        "hand_in_take_back": {"token": made.handed[1]},
        "hand_in_receipt": {"token": made.handed[1]},
        "hand_in_deletion_receipt": {"token": made.handed[1]},
        "handed_in": {"token": made.handed[1]},
        "public:legal_demand": {"ref": made.public_demand.ref},
        "public:warning": {"ref": made.warning.ref},
        "public:ruling": {"ref": made.ruled.ruling.public.ref},
        "public:tile": {"level": "0", "number": "000", "width": str(ledger.signed_size())},
    }


def _residents(made: Everything) -> dict[str, dict[str, Any]]:
    return {
        "resident:remark": {"ref": made.notice.ref},
        "resident:report": {"ref": made.said.post.ref},
        "resident:report_comment": {"ref": made.said.ref},
        "resident:hide": {"ref": made.said.post.ref},
        "resident:hide_comment": {"ref": made.said.ref},
        "resident:unhide": {"ref": made.unseen.ref},
        "resident:ruling": {"ref": made.ruled.ruling.ref},
        "resident:feed": {"ref": made.said.post.ref},
        "resident:feed_media": {"ref": made.pictures[0].ref},
        "resident:feed_media_picture": {"ref": made.pictures[1].ref},
        "resident:feed_media_video": {"ref": made.filmed.ref},
        "resident:feed_edit_comment": {"ref": made.said.ref},
        "resident:feed_delete_comment": {"ref": made.said.ref},
        "resident:feed_undelete_comment": {"ref": made.said.ref},
        "resident:clip": {"ref": made.clip.ref},
        "resident:delete_clip": {"ref": made.clip.ref},
        "resident:deleted_clip": {"ref": made.deleted.ref},
        "resident:camera": {"ref": made.camera.ref},
        "resident:remove_camera": {"ref": made.camera.ref},
        "resident:revoke_device": {"ref": made.devices["olive"].ref},
        "resident:withdraw_invitation": {"ref": made.invitation.ref},
        "resident:join": {"ref": made.invitation.ref},
        "resident:remove_member": {"ref": made.member.ref},
        "resident:member_rights": {"ref": made.member.ref},
        "resident:end_link": {"ref": made.link[0].ref},
        "resident:clip_link": {"ref": made.clip.ref},
        "resident:erase_camera": {"ref": made.camera.ref},
        "resident:erasure_receipt": {"ref": made.erasure.ref},
        "resident:archive": {"token": asking.pass_for(made.archive, made.persons["olive"])},
        "resident:ask": {"ref": made.ask.ref, "clip_ref": made.clip.ref},
        "resident:ask_take_back": {"ref": made.answered.ref},
        "resident:ask_receipt": {"ref": made.answered.ref, "video_ref": made.video.ref},
        "resident:ask_video": {"ref": made.answered.ref, "video_ref": made.video.ref},
        "resident:email_reuse": {"token": links.sign(after_letters.NOT_FOR_THIS, made.reuse.ref)},
        "resident:neighbor_": {"ref": made.neighbor_ask.ref, "clip_ref": made.clip.ref},
        "resident:neighbor_take_back": {"ref": made.neighbor_given.ref},
        "resident:neighbor_receipt": {"ref": made.neighbor_given.ref},
        "resident:neighbor_request": {"ref": made.neighbor_video.share.ask.request.ref},
        "resident:neighbor_close": {"ref": made.neighbor_video.share.ask.request.ref},
        "resident:neighbor_video": {"ref": made.neighbor_video.ref},
        "resident:neighbor_thank": {"ref": made.neighbor_video.ref},
        "resident:email_neighbor_stop": {"token": links.sign(neighbor_letters.STOP, made.neighbor_ask.ref)},
        "resident:email_neighbor_look": {"token": links.sign(neighbor_letters.LOOK, made.neighbor_ask.ref)},
        "resident:email_neighbor_decline": {"token": links.sign(neighbor_letters.DECLINE, made.neighbor_ask.ref)},
        "resident:push_unsubscribe": {"ref": made.notified.ref},
        "resident:push_note": {"ref": made.notified.notes.get().ref},
        "resident:start_step": {"name": "household"},
        "resident:upload_finish": {"ref": made.upload.clip.ref},
        "resident:send": {"ref": made.upload.ref},
        "resident:unmute": {"slug": officer(made.persons["sam"]).agency.slug},
        "scim": {"path": "Users"},
        "portal:invitation": {"token": agencies.invitation_of(officer(made.persons["omar"]))},
        "resident:email_stop": {"token": links.sign(letters.STOP, made.ask.ref)},
        "resident:email_look": {"token": links.sign(letters.LOOK, made.ask.ref)},
        "resident:email_silence": {"token": links.sign(silence_letters.STOP, made.camera.household.ref)},
        "resident:email_posts": {"token": links.sign(wishes.STOP_POSTS, made.wish.ref)},
        "resident:email_warnings": {"token": links.sign(wishes.STOP_WARNINGS, made.wish.ref)},
        "resident:email_decline": {"token": links.sign(letters.DECLINE, made.ask.ref)},
        "media_": {"token": playback.pass_for(made.clip, made.persons["olive"])},
    }


def _officers(made: Everything) -> dict[str, dict[str, Any]]:
    return {
        "portal:": {"ref": made.request.ref},
        "portal:post": {"ref": made.post.ref},
        "portal:reply": {"ref": made.post.ref},
        "portal:resolve_post": {"ref": made.post.ref},
        "portal:contest_post": {"ref": made.post.ref},
        "portal:take_down_post": {"ref": made.post.ref},
        "portal:appeal": {"ref": made.appeal.ref},
        "portal:close_appeal": {"ref": made.appeal.ref},
        "portal:approve_appeal": {"ref": made.unopened.ref},
        "portal:reject_appeal": {"ref": made.unopened.ref},
        "portal:take_back_appeal": {"ref": made.unopened.ref},
        "portal:handed_in": {"ref": made.handed[0].ref},
        "portal:warning": {"ref": made.agencys_warning.ref},
        "portal:update_warning": {"ref": made.agencys_warning.ref},
        "portal:call_off_warning": {"ref": made.agencys_warning.ref},
        "portal:issue_warning": {"ref": made.unissued.ref},
        "portal:discard_warning": {"ref": made.unissued.ref},
        "portal:edit": {"ref": made.draft.ref},
        "portal:discard": {"ref": made.draft.ref},
        "portal:restore": {"ref": made.draft.ref},
        "portal:review": {"ref": made.flag.ref},
        "portal:approve": {"ref": made.submitted.ref},
        "portal:take_back": {"ref": made.submitted.ref},
        "portal:reject": {"ref": made.submitted.ref},
        "portal:package": {"ref": made.video.video_request.ref},
        "portal:provider": {"slug": officer(made.persons["aggie"]).agency.slug},
        "portal:shared_": {"ref": made.video.ref},
        "portal:officer": {"ref": officer(made.persons["audrey"]).ref},
    }


def _others(made: Everything) -> dict[str, dict[str, Any]]:
    olive = made.persons["olive"]
    return {
        "staff:": {"slug": officer(made.persons["omar"]).agency.slug},
        "staff:demand": {"ref": made.demand.ref},
        "staff:confirm_demand": {"ref": made.demand.ref},
        "staff:discard_demand": {"ref": made.demand.ref},
        "staff:review": {"ref": made.reported.ref},
        "staff:application": {"ref": made.waiting.ref},
        "staff:announce": {"ref": made.waiting.ref},
        "staff:refuse_application": {"ref": made.notice.ref},
        "staff:hide_remark": {"ref": made.remark.ref},
        "staff:end_seat": {"slug": officer(made.persons["omar"]).agency.slug, "ref": made.waiting.ref},
        "staff:claim": {"ref": made.reported.ref},
        "staff:rule": {"ref": made.reported.ref},
        "staff:second": {"ref": made.reported.ref},
        "staff:appeal": {"ref": made.ruled.ref},
        "staff:neighbor_": {"ref": made.neighbor_ask.request.ref},
        "staff:stop_warning_source": {"ref": made.warns.ref},
        "staff:call_off_warning": {"ref": made.warning.ref},
        "staff:settle_mail": {"ref": made.message.ref, "how": "sent"},
        "api:": {"ref": made.upload.clip.ref},
        "api:upload": {"ref": made.upload.ref},
        "api:ask_share": {"ref": made.ask.ref},
        "api:ask_decline": {"ref": made.ask.ref},
        "api:wanted": {"ref": made.wanted.ref},
        "link": {"token": made.link[1], "visit": visits.visit(made.link[0]).pass_},
        "end_browser": {"ref": made.browser.ref},
        "mfa_": {"pk": 1},
        "address_link": {"token": links.sign(addresses.PURPOSE, f"{made.change.ref}.old")},
        "account_reset_password_from_key": {
            "uidb36": user_pk_to_url_str(olive),
            "key": default_token_generator.make_token(olive),
        },
    }


def query(made: Everything, route: str) -> str:
    """What follows the `?` of a GET, where the page is nothing without it."""
    if route == "portal:shared_video_file":
        # Opened by Omar a moment ago: his pass is good for him alone.
        viewing = portal.view(officer=officer(made.persons["omar"]), video_ref=made.video.ref)
        return f"?pass={viewing.pass_}"
    if route == "portal:handed_in_file":
        _video, pass_ = appeals.view(officer=officer(made.persons["omar"]), video_ref=made.handed[0].ref)
        return f"?pass={pass_}"
    if route == "resident:neighbor_video":
        return f"?pass={neighbors.visit(made.neighbor_video)}"
    return {
        "resident:ask_preview": "?starts_ms=0&ends_ms=1000",
        "resident:neighbor_preview": "?starts_ms=0&ends_ms=1000",
        "resident:moment": f"?clip={made.clip.ref}",
        "resident:feed_video_preview": f"?clip={made.clip.ref}",
    }.get(route, "")


def headers(made: Everything, route: str, method: str) -> dict[str, str]:
    """What an upload's calls carry."""
    if route in ("api:uploads", "resident:sends"):
        ref = base64.b64encode(made.upload.clip.ref.encode()).decode()
        return {**TUS, "Upload-Metadata": f"clip {ref}", "Upload-Length": str(made.upload.clip.announced_size)}
    if route == "hand_in_sends":
        token = base64.b64encode(made.sending[1].encode()).decode()
        return {**TUS, "Upload-Metadata": f"clip {token}", "Upload-Length": str(made.sending[0].size)}
    return {**TUS, "Upload-Offset": "0"} if route in ("api:upload", "resident:send", "hand_in_send") else {}


def posted(made: Everything, route: str, method: str) -> dict[str, Any]:
    """What is sent along, as a client's `data` and `content_type`.

    It is good enough that only who sends it decides what becomes of it. Often it is the form's token and no more.
    """
    if route in ("api:upload", "resident:send", "hand_in_send") and method == "PATCH":
        return {"data": b"not", "content_type": "application/offset+octet-stream"}
    if (route, method) == ("api:health", "PUT"):
        return {"data": _document(made, route), "content_type": "application/json"}
    if method != "POST" or route in ("api:uploads", "resident:sends", "hand_in_sends"):
        return {}
    if route.startswith("api:"):
        return {"data": _document(made, route), "content_type": "application/json"}
    return {"data": {"csrfmiddlewaretoken": "x" * 64, **_form(made, route)}}


def _document(made: Everything, route: str) -> dict[str, Any]:
    return {
        "api:pair": {"code": "BCDF-GHJK", "name": "Another hub"},
        "api:clips": {
            "camera": made.camera.ref,
            "starts_at": source.now().isoformat(),
            "duration_ms": 2000,
            "kind": "motion",
            "size": 5,
            "sha256": "0" * 64,
        },
        "api:ask_share": {"decision": "Share it all."},
        "api:ask_decline": {"decision": "Not this time."},
        "api:health": {
            "version": "0.1.0",
            "sent_at": source.now().isoformat(),
            "cameras": [
                {"camera": made.camera.ref, "steady": True, "gaps": [], "held": [], "days": [], "clips_waiting": 0}
            ],
        },
    }.get(route, {})


def _form(made: Everything, route: str) -> dict[str, Any]:
    return {
        "resident:feed_new": {"kind": "thanks", "title": "Thank you for the ladder"},
        "resident:feed_edit": {"kind": "hazard", "title": "The branch is gone"},
        "resident:feed_resolve": {"outcome": "cut off"},
        "resident:feed_comment": {"text": "It fell last night."},
        "resident:feed_edit_comment": {"text": "The city came."},
        "resident:feed_media": {"areas": "nonsense"},
        "resident:feed_mark": {"what": "save", "on": "1"},
        "resident:add_camera": {"name": "Yard", "looks_at": "yard"},
        "resident:camera": {"name": "Yard", "looks_at": "yard"},
        "resident:invite": {"email": "new@example.org"},
        "resident:start_step": {"email": "new@example.org"},
        "resident:upload_announce": {"camera": made.camera.ref, "starts_at": "2026-11-24T11:30:00Z"},
        "resident:messages": {"how_often": "daily", "digest_at": "18:00"},
        "resident:mute": {"agency": officer(made.persons["sam"]).agency.slug},
        "resident:ask_want": {
            "camera": made.camera.ref,
            **{name: f"{at:%Y-%m-%dT%H:%M:%S}" for name, at in part_of(made.request).items()},
        },
        "resident:ask_share": {"cut": f"{made.clip.ref}.0.1000.0.0."},
        "resident:ask_check": {f"{made.clip.ref}-chosen": "on"},
        "resident:erase_span": {"starts_at": "2020-01-01T10:00", "ends_at": "2020-01-01T11:00"},
        "resident:delete_account": {"email": made.persons["olive"].email},
        "resident:email_decline": {"act": "decline"},
        "resident:email_neighbor_decline": {"act": "decline"},
        "resident:email_neighbor_stop": {"act": "mute"},
        "resident:email_posts": {"act": "stop"},
        "resident:email_warnings": {"act": "stop"},
        "resident:email_silence": {"act": "stop"},
        "resident:offline_mail": {"is_on": "on", "grace_minutes": "60"},
        "resident:email_stop": {"act": "mute-all"},
        "resident:email_reuse": {"act": "decline"},
        "resident:ask_video_answer": {"text": "He stopped for a second."},
        "resident:ask_video_reuse": {"act": "decline", "reuse": made.reuse.ref},
        "portal:review": {"finding": "fine", "words": "The report was filed an hour before."},
        "portal:reject": {"rejection_reason": "The place is wrong; please draw it again."},
        "portal:reject_appeal": {"rejection_reason": "Owners along the street can be asked."},
        "portal:call_off_warning": {"why": "The leak is closed."},
        "hand_in_announce": {"agreed": "on", "size": "5000"},
        "portal:officer": {"role": "requester"},
        "staff:neighbor_stop": {"why": "It is about who visits a neighbor."},
        "portal:helped": {"helped": "yes"},
        "portal:shared_open_reuse": {"reuse": made.reuse.ref},
        "staff:suspend": {"reason": "It kept video longer than it had agreed to."},
        "staff:terminate": {"reason": "It kept video longer than it had agreed to."},
        "set_language": {"language": "es", "next": "/"},
    }.get(route, {})
