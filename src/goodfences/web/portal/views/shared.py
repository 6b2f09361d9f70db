"""Shared video as its agency's officers see it: the list on a request's page, the player, the package.

Every page here is a function of what was shared (P2). Opening and downloading are written into the custody log
before a byte of video leaves, and the owner sees it at once (P10).
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences import places
from goodfences.agencies.models import Officer
from goodfences.errors import NotFound, Refused
from goodfences.evidence import layout, portal
from goodfences.video_requests import portal as requests
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web import ranges
from goodfences.web.forms import warn
from goodfences.web.portal.guard import officer, shown_again

TOLD = {
    "name": _("The owner’s name"),
    "email": _("Email address"),
    "phone": _("Telephone number"),
    "address": _("Address"),
    "note": _("A note from the owner"),
}
"""What an owner may have added, field by field, in the order in which it is shown."""


def shared_context(acting: Officer, asked: VideoRequest) -> dict[str, Any]:
    """What `portal/shared_videos.html` needs on a request's page."""
    return {"shared_videos": list(portal.videos_of(acting, asked.ref)), "may_open": portal.may_open(acting)}


@require_GET
@never_cache
@officer
def watch(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Opens a video: each time that this page is fetched is one event of its custody. Auditors read the log alone."""
    found = portal.video(acting, ref)
    context: dict[str, Any] = {"video": found, "may_open": portal.may_open(acting) and found.destroyed_at is None}
    if context["may_open"] and found.own_key_id is None:
        viewing = portal.view(officer=acting, video_ref=ref)
        src = reverse("portal:shared_video_file", args=[ref])
        context |= {"video": viewing.video, "src": f"{src}?pass={viewing.pass_}"}
    video = context["video"]
    context |= {
        "agency": acting.agency,
        "asked": video.video_request,
        "custody": portal.custody_of(video),
        "receipt": video.receipt["receipt"],
        "told": [(label, video.told[field]) for field, label in TOLD.items() if field in video.told],
        "map": _area(video.video_request),
    }
    return render(request, "portal/shared_video.html", context)


def _area(asked: VideoRequest) -> dict[str, Any]:
    """The area as the officer drew it, as GeoJSON: all that an agency has of the place of a shared video."""
    return {"type": "Feature", "properties": {"kind": "area"}, "geometry": places.outline(asked.ranges)}


@require_GET
@never_cache
@officer
def play(request: HttpRequest, acting: Officer, ref: str) -> HttpResponseBase:
    """The bytes for the player of an opened page."""
    reader = portal.play(officer=acting, video_ref=ref, pass_=request.GET.get("pass", ""))
    return ranges.play(request, reader)


@require_GET
@never_cache
@officer
def receipt(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """The signed consent receipt of a video."""
    video = portal.video(acting, ref)
    headers = {"Content-Disposition": f'attachment; filename="receipt-{video.ref}.json"'}
    return HttpResponse(layout.as_json(video.receipt), content_type="application/json", headers=headers)


@require_http_methods(["GET", "POST"])
@officer
@shown_again
def download(request: HttpRequest, acting: Officer, ref: str) -> HttpResponseBase:
    """The evidence package of a request: of everything shared for it, or with `?video=` of that one.

    What is downloaded leaves this instance for good, so that the officer first shows anew who they are. That leads
    back here, where GET shows the button once more.
    """
    video_ref = request.GET.get("video", "")
    if request.method == "GET":
        return _ask_to_download(request, acting, ref, video_ref)
    try:
        package = portal.download(officer=acting, request_ref=ref, video_ref=video_ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("portal:request", ref)
    headers = {
        "Content-Disposition": f'attachment; filename="{package.file_name}"',
        "Content-Length": str(package.size),
        **ranges.FOOTAGE,
    }
    return StreamingHttpResponse(package.chunks(), content_type="application/zip", headers=headers)


@never_cache
def _ask_to_download(request: HttpRequest, acting: Officer, ref: str, video_ref: str) -> HttpResponse:
    found = portal.videos_of(acting, ref)
    count = found.filter(ref=video_ref).count() if video_ref else found.count()
    if not count or not portal.may_open(acting):
        raise NotFound
    asked = requests.request(acting, ref)
    return render(request, "portal/package.html", {"agency": acting.agency, "asked": asked, "count": count})


urls = [
    path("requests/<str:ref>/package/", download, name="package"),
    path("shared/<str:ref>/", watch, name="shared_video"),
    path("shared/<str:ref>/video.mp4", play, name="shared_video_file"),
    path("shared/<str:ref>/receipt.json", receipt, name="shared_video_receipt"),
]
