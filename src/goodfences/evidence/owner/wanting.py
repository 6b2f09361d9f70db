"""An owner who is away asks their own hub for a part of the home buffer, to look at it here.

The hub decides: it sends nothing unless its owner allowed that at home, and checks the request's entry in the public
record by itself. What it brings is a clip like others: the owner's alone, until they share it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.cameras import queries as cameras
from goodfences.cameras.models import Camera, Device, Held
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.evidence.models.wanted import WantedPart
from goodfences.evidence.owner import choosing
from goodfences.people.models import Account
from goodfences.video_requests import access as requests
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.request import VideoRequest

LONGEST = timedelta(minutes=10)
MOST_WAITING = 5

State = WantedPart.State


@transaction.atomic
def want(*, account: Account, ask_ref: str, camera_ref: str, starts_at: datetime, ends_at: datetime) -> WantedPart:
    """Ask the hub for [starts_at, ends_at) of a camera that holds it. Raises Refused with every problem, NotFound."""
    ask = requests.ask(account, ask_ref)
    camera = next((one for one in choosing.cameras_of(ask) if one.ref == camera_ref), None)
    if problems := list(_problems(ask, camera, starts_at, ends_at)):
        raise Refused(*problems)
    assert camera is not None
    return WantedPart.objects.create(ask=ask, camera=camera, starts_at=starts_at, ends_at=ends_at)


@transaction.atomic
def answer(*, device: Device, wanted_ref: str, why: str) -> WantedPart:
    """What the hub did: brought it, or (`why`, one of WantedPart.Why) didn't. Twice is once.

    Raises Refused for a `why` that there isn't, NotFound for another home's.
    """
    found = WantedPart.objects.select_for_update(no_key=True).filter(
        ref=wanted_ref, camera__household_id=device.household_id
    )
    wanted = found.first()
    if wanted is None:
        raise NotFound("There is no such part.")
    if why and why not in WantedPart.Why.values:
        choices = ", ".join(WantedPart.Why.values)
        raise refuse("wanted.why", "why", f"Why is empty or one of {choices}.", limit=choices, value=why[:20])
    if wanted.state == State.WAITING:
        wanted.state = State.REFUSED if why else State.BROUGHT
        wanted.why, wanted.answered_at = why, source.now()
        wanted.save(update_fields=["state", "why", "answered_at"])
    return wanted


def held_for(ask: Ask) -> list[Held]:
    """What hubs still hold of the ask's cameras and window, in order; the camera with each."""
    request = ask.video_request
    of = [camera.pk for camera in choosing.cameras_of(ask)]
    return cameras.held_in(of, request.starts_at, request.ends_at)


def inside(span: Held, request: VideoRequest) -> tuple[datetime, datetime]:
    """The part of what is held that lies in the request's window."""
    return max(span.starts_at, request.starts_at), min(span.ends_at, request.ends_at)


def wanted_of(ask: Ask) -> list[WantedPart]:
    """What the owner asked the hub for, the newest first."""
    return list(WantedPart.objects.filter(ask=ask).select_related("camera").order_by("-created_at", "-pk"))


def waiting_of(asks: list[Ask]) -> dict[int, list[WantedPart]]:
    """What waits for the hub, by the ask's id."""
    found: dict[int, list[WantedPart]] = {}
    waiting = WantedPart.objects.filter(ask__in=asks, state=State.WAITING).select_related("camera")
    for wanted in waiting.order_by("created_at", "pk"):
        found.setdefault(wanted.ask_id, []).append(wanted)
    return found


def is_waiting_at(device: Device) -> bool:
    """Whether an owner waits for this home's hub, so that it looks at once."""
    return WantedPart.objects.filter(
        state=State.WAITING, camera__household_id=device.household_id, ask__video_request__state="open"
    ).exists()


def _problems(ask: Ask, camera: Camera | None, starts_at: datetime, ends_at: datetime) -> Iterator[Problem]:
    request = ask.video_request
    if not request.takes_answers(source.now()) or ask.state in (Ask.State.SHARED, Ask.State.DECLINED):
        yield Problem("wanted.ask", "camera", _("This request was answered already, or has ended."))
        return
    if camera is None:
        yield Problem("wanted.camera", "camera", _("Choose one of your cameras that this request is about."))
    if ends_at <= starts_at:
        yield Problem("wanted.order", "ends_at", _("The end lies before the beginning."))
    elif ends_at - starts_at > LONGEST:
        minutes = str(LONGEST // timedelta(minutes=1))
        message = _("Ask for %(minutes)s minutes at most at a time.") % {"minutes": minutes}
        yield Problem("wanted.length", "ends_at", message, limit=f"{minutes} minutes")
    if starts_at < request.starts_at or ends_at > request.ends_at:
        yield Problem("wanted.window", "starts_at", _("Choose a part of the time that the request is about."))
    if WantedPart.objects.filter(ask=ask, state=State.WAITING).count() >= MOST_WAITING:
        message = _("Your hub has %(number)d parts to bring already. Wait for one of them.")
        message %= {"number": MOST_WAITING}
        yield Problem("wanted.many", "camera", message, limit=str(MOST_WAITING))
