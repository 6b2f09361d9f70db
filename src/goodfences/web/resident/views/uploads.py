"""A video from the owner's own phone or computer becomes a clip of one of their cameras.

With JavaScript the island announces it and sends it by tus, which goes on after a lost connection; without, one form
sends it whole. Both end in the same acts as what devices send, and in the same check.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from goodfences.cameras import access as camera_access
from goodfences.cameras import queries as camera_queries
from goodfences.clips import actions, itself
from goodfences.clips.models import Clip
from goodfences.errors import Problem, Refused
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web.api import tus
from goodfences.web.forms import add_problems
from goodfences.web.in_memory import FORM_MAX_BYTES, InMemory
from goodfences.web.resident.forms import MANUAL, UploadForm
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponseBase:
    """The page, and where its form goes. Where the file is held is decided before anything of it is read."""
    request.upload_handlers = [InMemory(request)]
    return _upload(request)


@require_http_methods(["GET", "POST"])
@csrf_protect
@settled
def _upload(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    people.owned_home(account)
    in_use = camera_queries.cameras_of(household)
    form = UploadForm(in_use, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            clip = _take(account, form.cleaned_data["camera"], form.cleaned_data["video"], form.cleaned_data)
            return _done(request, clip)
        except Refused as refused:
            add_problems(form, Refused(*[_in_words(problem) for problem in refused.problems]))
    context = {"form": form, "cameras": in_use, "most": FORM_MAX_BYTES, "is_shared": "shared" in request.GET}
    return show(request, account, "upload.html", context, INVALID if form.errors else 200)


def _take(account: Account, camera_ref: str, video: UploadedFile[Any], given: dict[str, Any]) -> Clip:
    """The whole file, which lies in memory, announced and received in one transaction."""
    file: Any = video.file
    size = video.size or 0
    told = itself.told(file, size)
    starts_at, problems = given["starts_at"] or told.starts_at, []
    if starts_at is None:
        message = _("The file doesn’t say when it was recorded. Say when it begins.")
        problems.append(Problem("upload.starts_at", "starts_at", message))
    if told.duration_ms is None:
        message = _("This file isn’t a video that we can open. Nothing was stored. Send MP4 or MOV.")
        problems.append(Problem("upload.form", "video", message))
    if problems or starts_at is None or told.duration_ms is None:
        raise Refused(*problems)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return actions.take_by_hand(
        account=account,
        camera_ref=camera_ref,
        starts_at=starts_at,
        duration_ms=told.duration_ms,
        kind=MANUAL,
        size=size,
        sha256=digest,
        body=file,
    )


def _done(request: HttpRequest, clip: Clip) -> HttpResponse:
    messages.success(request, _("Your video is here, sealed. It is being checked; you can watch it in a moment."))
    return redirect(_day_of(clip.starts_at))


def _day_of(starts_at: datetime) -> str:
    return f"{reverse('resident:today')}?day={timezone.localdate(starts_at).isoformat()}"


@require_POST
@settled
def announce(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """The island says what it will send, and gets the name of the clip: `{clip}`; or `{problems}` in words."""
    people.owned_home(account)
    form = UploadForm(camera_queries.cameras_of(household), request.POST, need_file=False)
    try:
        if not form.is_valid():
            raise Refused(*[Problem("form", field, str(errors[0])) for field, errors in form.errors.items()])
        clip, _new = actions.announce_by_hand(
            account=account,
            camera_ref=form.cleaned_data["camera"],
            starts_at=form.cleaned_data["starts_at"],
            duration_ms=form.cleaned_data["duration_ms"],
            kind=MANUAL,
            size=form.cleaned_data["size"],
            sha256=form.cleaned_data["sha256"],
        )
    except Refused as refused:
        return JsonResponse(
            {"problems": [_in_words(problem).message for problem in refused.problems]}, status=INVALID
        )
    is_there = clip.state != Clip.State.ANNOUNCED
    return JsonResponse({"clip": clip.ref, "is_there": is_there, "day": _day_of(clip.starts_at)})


@require_POST
@settled
def finish(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """All bytes are there: `{day}`, the page on which the clip stands; or `{problems}`."""
    try:
        clip = actions.finish(device=camera_access.uploader_by_hand(account), clip_ref=ref)
    except Refused as refused:
        return JsonResponse(
            {"problems": [_in_words(problem).message for problem in refused.problems]}, status=INVALID
        )
    messages.success(request, _("Your video is here, sealed. It is being checked; you can watch it in a moment."))
    return JsonResponse({"day": _day_of(clip.starts_at)})


@settled
def sends(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """tus: where an announced video's upload begins."""
    return tus.serve(request, lambda _request: camera_access.uploader_by_hand(account))


@settled
def send(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """tus: how far it is, and more of it."""
    return tus.serve(request, lambda _request: camera_access.uploader_by_hand(account), ref)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def shared(request: HttpRequest) -> HttpResponse:
    """Where a phone's own “share” leads if the app's worker didn't take the file itself: nothing is read or kept."""
    request.upload_handlers = []
    return redirect(f"{reverse('resident:upload_video')}?shared=again")


def _in_words(problem: Problem) -> Problem:
    """Devices are told in English and by their fields; people in their language, by what they see."""
    said = {
        "clip.duration": _("A clip lasts at most %(minutes)d minutes.")
        % {"minutes": settings.CLIP_MAX_SECONDS // 60},
        "clip.size": _("A clip has at most %(most)d MB. Make it shorter, or smaller, and send it again.")
        % {"most": settings.CLIP_MAX_BYTES // 1024**2},
        "clip.starts_at.future": _("That is in the future. Say when the video begins."),
        "clip.starts_at.old": _("Clips are kept for %(days)d days after they were recorded. This one is older.")
        % {"days": settings.CLIP_KEPT_DAYS},
        "quota": _("Your household has no room for it. Delete clips, or wait until old ones expire."),
        "clip.sha256": _("What came isn’t the file that you chose. Nothing of it was stored. Send it again."),
        "upload.missing": _("Nothing of it came yet. Send it again."),
        "upload.incomplete": _("Not all of it came yet. Send the same file again: it goes on where it stopped."),
    }
    field = {"size": "video", "sha256": "video", "duration_ms": "video"}.get(problem.field, problem.field)
    return Problem(problem.rule, field, said.get(problem.rule, problem.message))


urls = [
    path("home/upload/", upload, name="upload_video"),
    path("home/upload/announce/", announce, name="upload_announce"),
    path("home/upload/shared/", shared, name="upload_shared"),
    path("home/upload/<str:ref>/finish/", finish, name="upload_finish"),
    path("home/sends/", sends, name="sends"),
    path("home/sends/<str:ref>/", send, name="send"),
]
