"""The worker reads each submitted request once with every detector, and each time that shared video was opened.

No officer's act waits for it.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from goodfences import source
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.auditing.detectors import Asked, Detector, Watched, detectors, furthest_back
from goodfences.auditing.models import Flag, OwnNeighborhood, Screening, ViewsRead
from goodfences.video_requests.fields import area_of
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State
_A_MINUTE = timedelta(minutes=1)
_RECENT = timedelta(days=30)
"""A worker that stood still for longer than that leaves what came before to the log."""


def screen_due(limit: int) -> int:
    """Read at most `limit` requests that were submitted since they were last read. Returns how many."""
    due = list(_due().order_by("submitted_at").values_list("pk", flat=True)[:limit])
    for request_id in due:
        _screen(request_id)
    return len(due)


def _due() -> QuerySet[VideoRequest]:
    read = Screening.objects.filter(video_request_id=OuterRef("pk"), submitted_at=OuterRef("submitted_at"))
    recent = VideoRequest.objects.filter(submitted_at__gt=source.now() - _RECENT)
    return recent.exclude(state=State.DRAFT).filter(~Exists(read))


@transaction.atomic
def _screen(request_id: int) -> None:
    request = VideoRequest.objects.select_related("requester", "agency").get(pk=request_id)
    if request.submitted_at is None:
        return
    asked = _asked(request)
    earlier = [_asked(one) for one in _earlier(request)]
    named = OwnNeighborhood.objects.filter(officer_id=request.requester_id).first()
    for detector in detectors():
        words = detector.look(asked, earlier, named.cell if named else None)
        if words:
            _raise(detector, request, request.requester, words)
    Screening.objects.update_or_create(video_request=request, defaults={"submitted_at": request.submitted_at})


def watch_due(limit: int) -> int:
    """Read the next `limit` times at most that an officer opened shared video. Returns how many."""
    # What was written this minute waits, so that whatever was begun before is there, too.
    now, kept = source.now(), ViewsRead.objects.order_by("pk").first()
    since = kept.until if kept else now - _RECENT
    views = _views().filter(at__gt=since, at__lte=now - _A_MINUTE)
    due = list(views.select_related("officer").order_by("at", "pk")[:limit])
    if len(due) == limit:  # those of one moment are read together, as the next turn begins after it
        due += list(views.filter(at=due[-1].at).exclude(pk__in=[act.pk for act in due]).select_related("officer"))
    if not due:
        return 0
    with transaction.atomic():
        for act in due:
            _watch(act)
        ViewsRead.objects.update_or_create(pk=kept.pk if kept else 1, defaults={"until": due[-1].at})
    return len(due)


def _views() -> QuerySet[AgencyAct]:
    return AgencyAct.objects.filter(kind=AgencyAct.Kind.VIDEO_VIEWED)


def _watch(act: AgencyAct) -> None:
    request = VideoRequest.objects.select_related("agency").filter(ref=act.ref, agency_id=act.agency_id).first()
    if request is None or act.officer is None:
        return
    zone = ZoneInfo(request.time_zone)
    same = _views().filter(ref=act.ref, agency_id=act.agency_id, officer=act.officer)
    earlier = same.filter(at__gt=act.at - furthest_back(of_views=True), at__lt=act.at).values_list("at", flat=True)
    watched = Watched(
        at=act.at.astimezone(zone),
        earlier=[at.astimezone(zone) for at in earlier],
        had_to_do=act.officer_id in (request.requester_id, request.approver_id),
        ended_at=request.ended_at,
    )
    for detector in detectors():
        words = detector.look_at_view(watched)
        if words:
            _raise(detector, request, act.officer, words)


def _raise(detector: Detector, request: VideoRequest, officer: Officer, words: str) -> None:
    said = {"agency": request.agency, "case_number": request.case_number, "words": words[:300]}
    Flag.objects.get_or_create(detector=detector.name, video_request=request, officer=officer, defaults=said)


def _earlier(request: VideoRequest) -> QuerySet[VideoRequest]:
    assert request.submitted_at is not None
    own = VideoRequest.objects.filter(agency_id=request.agency_id).exclude(pk=request.pk)
    since = request.submitted_at - furthest_back()
    return own.filter(submitted_at__gt=since, submitted_at__lte=request.submitted_at).select_related("requester")


def _asked(request: VideoRequest) -> Asked:
    assert request.submitted_at is not None
    area = area_of(request)
    return Asked(
        ref=request.ref,
        officer=request.requester.ref,
        case_number=request.case_number,
        case_key=request.case_key,
        incident_type=request.incident_type,
        ranges=area.ranges,
        square_miles=area.square_miles,
        submitted_at=request.submitted_at.astimezone(ZoneInfo(request.time_zone)),
    )
