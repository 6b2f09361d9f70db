"""The main job's steps as tests take them, each through the act that a page calls."""

from __future__ import annotations

from datetime import datetime, timedelta

from goodfences import places, source
from goodfences.cameras.models import Camera
from goodfences.clips.models import Clip
from goodfences.ledger import actions as ledger
from goodfences.people.models import Account, Household, Membership
from goodfences.places import Area
from goodfences.video_requests import actions as requests
from goodfences.video_requests import matching
from goodfences.video_requests.fields import RequestFields
from goodfences.video_requests.models import Ask, VideoRequest
from goodfences.video_requests.publication import publish_policy
from tests import persons

REASON = "A cyclist was hit at the corner and the driver left. We look for a light van with a broken right headlamp."
RADIUS_M = 450


def around_olive() -> Area:
    """About a quarter of a square mile around Olive's home."""
    return places.area_from_circle(*persons.OLIVES_PLACE, RADIUS_M)


def publish() -> None:
    """The policy in force stands in the ledger, and its checkpoint is signed."""
    publish_policy()
    ledger.sign_checkpoint()


def fields(*, case: str = "NG-2026-11873", area: Area | None = None, hours: float = 2.0) -> RequestFields:
    """A request that breaks no rule: the last `hours` until five minutes ago."""
    ends_at = source.now() - timedelta(minutes=5)
    return RequestFields(
        case_number=case,
        incident_type="hit_and_run",
        reason=REASON,
        contact="+358 9 555 0144",
        place_name="Mill Street",
        area=area or around_olive(),
        starts_at=ends_at - timedelta(hours=hours),
        ends_at=ends_at,
    )


def submit(officer: Account, given: RequestFields | None = None) -> VideoRequest:
    """A draft that was submitted and waits for a second officer."""
    requester = persons.officer(officer)
    draft = requests.save_draft(officer=requester, fields=given or fields())
    return requests.submit(officer=requester, ref=draft.ref)


def open_request(officer: Account, approver: Account, given: RequestFields | None = None) -> VideoRequest:
    """A request that a second officer opened, public and signed."""
    request = requests.approve(officer=persons.officer(approver), ref=submit(officer, given).ref)
    ledger.sign_checkpoint()
    return request


def neighbors_with_cameras(count: int, place: tuple[float, float] = persons.OLIVES_PLACE) -> list[Household]:
    """Homes around `place` with one askable street camera each, so that an area reaches the floor of homes."""
    homes = []
    for number in range(count):
        owner = persons.make_account(f"Home{number}")
        home = Household.objects.create(
            cell=persons.cell((place[0] + 0.0004 * (number % 4), place[1] + 0.0008 * (number // 4)))
        )
        Membership.objects.create(household=home, account=owner, role=Membership.Role.OWNER)
        persons.make_camera(home, "Street", "street", may_be_asked=True)
        homes.append(home)
    return homes


def index_clip(camera: Camera, *, starts_at: datetime, seconds: int = 20) -> Clip:
    """A row of a checked clip, for tests of who is asked: there is no file behind it."""
    return Clip.objects.create(
        camera=camera,
        state=Clip.State.STORED,
        kind=Clip.Kind.MOTION,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=seconds),
        announced_size=1,
        announced_sha256=source.random_bytes("test.clip", 32).hex(),
        expires_on=(starts_at + timedelta(days=30)).date(),
        stored_at=starts_at,
        checked_at=starts_at,
    )


def ask_everyone(request: VideoRequest) -> list[Ask]:
    """The worker's part: match, ask, and send the mail; the asks in order."""
    matching.fan_out(request.pk)
    return list(Ask.objects.filter(video_request=request).order_by("pk"))
