"""What an officer's pages read of what became of a video, and which answers their agency owes (P2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from goodfences import source
from goodfences.agencies.models import Officer
from goodfences.evidence.after import holding
from goodfences.evidence.models.after import DeletionRequest, HandOn, LegalHold, Question, Reuse
from goodfences.evidence.models.shared_video import SharedVideo
from goodfences.video_requests import portal as requests
from goodfences.video_requests.models.request import VideoRequest


@dataclass(frozen=True)
class After:
    """All that became of one video so far."""

    video: SharedVideo
    hold: LegalHold | None
    """The one in force."""
    hand_ons: list[HandOn]
    question: Question | None
    reuses: list[Reuse]
    deletion: DeletionRequest | None
    now: datetime

    @property
    def allowed(self) -> list[Reuse]:
        return [reuse for reuse in self.reuses if reuse.allowed_at]


@dataclass(frozen=True)
class Tasks:
    """What waits for the agency's officers."""

    deletions: list[DeletionRequest]
    reuses: list[Reuse]
    """Proposed by a colleague; only who may open them has any."""
    unsaid: list[VideoRequest]
    """Ended, brought video, and nobody has said whether it helped."""
    now: datetime

    @property
    def number(self) -> int:
        return len(self.deletions) + len(self.reuses) + len(self.unsaid)


def of_video(video: SharedVideo) -> After:
    """What became of a video that its agency, or its owner, may see."""
    return After(
        video=video,
        hold=holding.in_force(video),
        hand_ons=list(HandOn.objects.filter(video=video).select_related("officer").order_by("at", "pk")),
        question=Question.objects.filter(video=video).select_related("officer").first(),
        reuses=list(
            Reuse.objects.filter(video=video).select_related("officer", "approver").order_by("proposed_at", "ref")
        ),
        deletion=DeletionRequest.objects.filter(video=video).select_related("officer").first(),
        now=source.now(),
    )


def tasks(officer: Officer) -> Tasks:
    """The agency's unanswered requests to delete, the most urgent first, and proposals that this officer may open."""
    deletions = DeletionRequest.objects.filter(answer="", **_of(officer))
    reuses: QuerySet[Reuse] = Reuse.objects.none()
    if officer.role in requests.APPROVERS:
        reuses = Reuse.objects.filter(opened_at__isnull=True, **_of(officer)).exclude(officer=officer)
    return Tasks(
        deletions=list(deletions.select_related("video__video_request").order_by("due_at", "video__ref")),
        reuses=list(reuses.select_related("video__video_request", "officer").order_by("proposed_at", "ref")),
        unsaid=list(_unsaid(officer).order_by("ended_at", "ref")),
        now=source.now(),
    )


def _unsaid(officer: Officer) -> QuerySet[VideoRequest]:
    brought = SharedVideo.objects.filter(withdrawn_at__isnull=True).values("video_request_id")
    ended = VideoRequest.objects.filter(agency_id=officer.agency_id, opened_at__isnull=False, ended_at__isnull=False)
    return ended.filter(Q(outcome__isnull=True) | Q(outcome__answer=""), pk__in=brought)


def _of(officer: Officer) -> dict[str, object]:
    return {"video__video_request__agency_id": officer.agency_id, "video__withdrawn_at__isnull": True}
