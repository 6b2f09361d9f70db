"""An officer's own request, held for the length of an act."""

from __future__ import annotations

from goodfences.agencies.models import Officer
from goodfences.errors import Refused, refuse
from goodfences.video_requests import portal
from goodfences.video_requests.models.request import VideoRequest

State = VideoRequest.State


def own_request(officer: Officer, ref: str) -> VideoRequest:
    """The request, locked. Raises NotFound as portal.request does.

    NO KEY UPDATE: rows of the fan-out that point at the request neither wait for this nor delay it (P2).
    """
    return hold(portal.request(officer, ref))


def hold(request: VideoRequest) -> VideoRequest:
    """The same request, read anew and locked until the open transaction ends."""
    return (
        VideoRequest.objects.select_for_update(of=("self",), no_key=True)
        .select_related("agency", "requester", "approver")
        .get(pk=request.pk)
    )


def not_in_state(request: VideoRequest, to: str, wanted: VideoRequest.State) -> Refused:
    """The refusal of an act that comes too early or too late."""
    label = VideoRequest.State(request.state).label.lower()
    message = f"You can {to} a request that is {wanted.label.lower()}; this one is {label}. Nothing was changed."
    return refuse("request.state", "state", message, limit=wanted.label.lower(), value=label)
