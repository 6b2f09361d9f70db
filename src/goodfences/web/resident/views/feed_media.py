"""Pictures and videos of one's own post: taken in, looked at, covered, shown, taken away; and their bytes."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from goodfences.cameras import rights
from goodfences.clips import access as clips
from goodfences.clips import refusals, timeline
from goodfences.clips.cutting import CutError
from goodfences.clips.sandbox import Interrupted
from goodfences.clips.timeline import Wanted
from goodfences.errors import NotFound, Problem, Refused
from goodfences.feed import access, media
from goodfences.feed.models import Post, PostMedia
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.redaction import previewing
from goodfences.web import media as footage
from goodfences.web import ranges
from goodfences.web.forms import add_problems
from goodfences.web.resident.feed_forms import PictureForm
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show
from goodfences.web.resident.views.zones import posted_areas

CLIPS_SHOWN = 12


class InMemory(MemoryFileUploadHandler):
    """Holds a picture in memory, never in a temporary file; stops one that is larger than may be."""

    def handle_raw_input(self, *given: Any, **more: Any) -> None:
        self.activated = True
        content_length: int = given[2]
        if content_length > media.MOST_BYTES + 65_536:
            raise StopUpload(connection_reset=True)


@csrf_exempt
def add_picture(request: HttpRequest, ref: str) -> HttpResponseBase:
    """Where the file is held is decided before anything of it is read."""
    request.upload_handlers = [InMemory(request)]
    return _add_picture(request, ref)


@require_http_methods(["GET", "POST"])
@csrf_protect
@settled
def _add_picture(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    post = access.own_post(account, ref)
    form = PictureForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            taken = media.add_picture(account=account, ref=ref, data=form.cleaned_data["picture"].read())
            return redirect("resident:feed_media", taken.ref)
        except Refused as refused:
            add_problems(form, refused)
    return show(
        request, account, "feed/add_picture.html", {"form": form, "post": post}, INVALID if form.errors else 200
    )


@require_http_methods(["GET", "POST"])
@settled
def picture(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """What is covered in a picture, to begin with the faces that were found; then it is shown."""
    found = media.own(account, ref)
    if found.kind != PostMedia.Kind.PICTURE or found.is_shown:
        raise NotFound
    areas: Any = found.areas
    problems: tuple[Problem, ...] = ()
    if request.method == "POST":
        areas = posted_areas(request.POST)
        try:
            media.show_picture(account=account, ref=ref, areas=areas)
            messages.success(request, _("The picture is on your post. What you covered is destroyed."))
            return redirect("resident:feed_post", found.post.ref)
        except Refused as refused:
            areas, problems = areas if isinstance(areas, list) else [], refused.problems
    context = {
        "media": found,
        "post": found.post,
        "areas": areas,
        "areas_json": json.dumps(areas),
        "problems": problems,
        "found": len(found.areas),
    }
    return show(request, account, "feed/picture.html", context, INVALID if problems else 200)


@require_safe
@settled
def picture_file(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    content = media.read(media.shown(account, ref))
    return HttpResponse(content, content_type="image/jpeg", headers=ranges.FOOTAGE)


@require_safe
@settled
def video_file(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponseBase:
    return ranges.play(request, media.open_video(media.shown(account, ref)))


@require_POST
@settled
def remove(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    post = media.remove(account=account, ref=ref)
    messages.success(request, _("Taken away, and its key destroyed."))
    return redirect("resident:feed_post", post.ref)


@require_http_methods(["GET", "POST"])
@never_cache
@settled
def add_video(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """`?clip=REF` shows what would be shown of it; posted with its hash it goes on the post."""
    post = access.own_post(account, ref)
    people.owned_home(account)
    asked = request.POST if request.method == "POST" else request.GET
    clip_ref = asked.get("clip", "")
    if not clip_ref:
        return _choose(request, account, household, post)
    clip = clips.clip_to_download(account, clip_ref)
    context: dict[str, Any] = {"post": post, "clip": clip}
    try:
        if request.method == "POST":
            seen = request.POST.get("seen_sha256", "")[:64]
            media.add_video(account=account, ref=ref, clip_ref=clip_ref, seen_sha256=seen or "none")
            messages.success(request, _("The video is on your post, as long as you keep the clip."))
            return redirect("resident:feed_post", ref)
        made = previewing.preview(account.pk, media.plan_for(account, clip_ref))
    except Refused as refused:
        return show(request, account, "feed/add_video.html", {**context, "problems": refused.problems}, INVALID)
    except (CutError, Interrupted) as error:
        problems = (Problem("cut.failed", "", refusals.in_words(str(error))),)
        return show(request, account, "feed/add_video.html", {**context, "problems": problems}, INVALID)
    url = f"{reverse('resident:feed_video_preview', args=[ref])}?clip={clip_ref}&{made.sha256[:12]}"
    return show(request, account, "feed/add_video.html", {**context, "made": made, "url": url})


@require_GET
@never_cache
@settled
def video_preview(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponseBase:
    access.own_post(account, ref)
    try:
        made = previewing.preview(account.pk, media.plan_for(account, request.GET.get("clip", "")))
    except (Refused, CutError) as error:
        raise NotFound from error
    return ranges.play(request, ranges.Held(made.content))


def _choose(request: HttpRequest, account: Account, household: Household, post: Post) -> HttpResponse:
    may = [camera.pk for camera, right in rights.watched(account, household).items() if right.download]
    newest = timeline.newest(Wanted(may), CLIPS_SHOWN)
    shown = [{"clip": clip, "poster_url": footage.poster_url(clip, account)} for clip in newest]
    return show(request, account, "feed/choose_video.html", {"post": post, "shown": shown})


urls = [
    path("neighbors/media/<str:ref>/", picture, name="feed_media"),
    path("neighbors/media/<str:ref>/picture.jpg", picture_file, name="feed_media_picture"),
    path("neighbors/media/<str:ref>/video.mp4", video_file, name="feed_media_video"),
    path("neighbors/media/<str:ref>/remove/", remove, name="feed_media_remove"),
    path("neighbors/<str:ref>/picture/", add_picture, name="feed_add_picture"),
    path("neighbors/<str:ref>/video/", add_video, name="feed_add_video"),
    path("neighbors/<str:ref>/video/preview/", video_preview, name="feed_video_preview"),
]
