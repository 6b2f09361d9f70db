"""What pages read of whether it helped: a function of the agency's own rows (P2)."""

from __future__ import annotations

from collections.abc import Iterable

from goodfences.video_requests import received
from goodfences.video_requests.models.outcome import Outcome
from goodfences.video_requests.models.request import VideoRequest


def of_request(request: VideoRequest) -> Outcome | None:
    """What the agency said; None until it did."""
    return Outcome.objects.filter(video_request=request).exclude(answer="").select_related("officer").first()


def answers(request_ids: Iterable[int]) -> dict[int, str]:
    """What was said about each of these requests, of those about which something was."""
    said = Outcome.objects.filter(video_request_id__in=list(request_ids)).exclude(answer="")
    return dict(said.values_list("video_request_id", "answer"))


def can_be_said(request: VideoRequest) -> bool:
    """Whether the agency owes its word: the request has ended, brought video, and nothing was said yet."""
    if request.opened_at is None or request.ended_at is None or of_request(request) is not None:
        return False
    return received.videos(request.pk) > 0
