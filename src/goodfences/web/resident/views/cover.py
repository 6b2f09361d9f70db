"""Cutting a clip and covering what is in it: the editor, what would leave, and a copy to download."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.cameras import zones
from goodfences.clips import access, cutting, refusals
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.errors import NotFound, Problem, Refused
from goodfences.neighbor_requests import access as neighbors
from goodfences.neighbor_requests.models import NeighborAsk
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.redaction import actions, plans, previewing, suggesting
from goodfences.redaction.making import Made
from goodfences.redaction.plans import Plan
from goodfences.redaction.search import Suggestion
from goodfences.video_requests import access as requests
from goodfences.video_requests.models.ask import Ask
from goodfences.web import media, moments, ranges, showing
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show


@require_http_methods(["GET", "POST"])
@never_cache
@settled
def cover(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """The editor. What is posted is saved; the next page shows what would leave, or the ask that it was for."""
    clip = access.clip_to_mark(account, ref)
    ask = _ask(request, account)
    if request.method == "GET":
        return _found(request, account, clip, ask) if "found" in request.GET else _editor(request, account, clip, ask)
    try:
        actions.save(account=account, clip_ref=ref, **_posted(clip, request.POST))
    except Refused as refused:
        return _editor(request, account, clip, ask, refused.problems)
    if "find" in request.POST:
        query = {"found": 1} | ({"ask": ask.ref} if ask else {})
        return redirect(f"{reverse('resident:clip_cover', args=[ref])}?{urlencode(query)}#found")
    if ask is not None:
        messages.success(request, _("Saved. What is covered in this clip is covered in what you share of it."))
        return redirect(f"{_page_of(ask)}#clip-{ref}")
    return redirect("resident:clip_cover_check", ref)


@require_GET
@never_cache
@settled
def check(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """Shows, to play, the very file that would leave."""
    clip = access.clip_to_mark(account, ref)
    if plans.saved(clip) is None:
        return redirect("resident:clip_cover", ref)
    try:
        made = previewing.soon(account.pk, _saved_plan(clip))
    except (Refused, CutError) as error:
        return _editor(request, account, clip, None, _problems(error))
    if made is None:
        return waiting(request, account, _("Your copy is being made"), reverse("resident:clip_cover", args=[ref]))
    context = {
        "clip": clip,
        "title": _title(clip),
        "made": made,
        "lost": moments.lost_in(made.facts),
        "length_ms": made.facts["ends_ms"] - made.facts["starts_ms"],
        "url": f"{reverse('resident:clip_cover_preview', args=[ref])}?{made.sha256[:12]}",
        "may": access.rights_to(account, clip),
        "owner": people.is_owner(account, household),
    }
    return show(request, account, "cover_check.html", context)


@require_GET
@never_cache
@settled
def preview(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponseBase:
    return ranges.play(request, ranges.Held(_made(account, access.clip_to_mark(account, ref)).content))


@require_POST
@settled
def download(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """The file that was shown, and no other."""
    clip = access.clip_to_download(account, ref)
    made = _made(account, clip)
    if request.POST.get("sha256") != made.sha256:
        messages.warning(request, _("Somebody changed it meanwhile. Look at it again before you download it."))
        return redirect("resident:clip_cover_check", ref)
    headers = {**ranges.FOOTAGE, "Content-Disposition": f'attachment; filename="{_file_name(clip, made)}"'}
    return HttpResponse(made.content, content_type="video/mp4", headers=headers)


def waiting(request: HttpRequest, account: Account, title: str, back: str) -> HttpResponse:
    """Something is being made of a clip; the page asks again by itself, with a script and without one."""
    return show(request, account, "waiting.html", {"title": title, "back": back})


def _found(request: HttpRequest, account: Account, clip: Clip, ask: Ask | NeighborAsk | None) -> HttpResponse:
    """The editor with what the program found in the saved part."""
    draft = plans.saved(clip)
    if draft is None:
        return redirect("resident:clip_cover", clip.ref)
    try:
        found = suggesting.soon(account.pk, clip, draft.starts_ms, draft.ends_ms)
    except CutError as error:
        return _editor(request, account, clip, ask, _problems(error))
    if found is None:
        back = reverse("resident:clip_cover", args=[clip.ref])
        return waiting(request, account, _("Looking for faces and people"), back)
    return _editor(request, account, clip, ask, found=found)


def _made(account: Account, clip: Clip) -> Made:
    try:
        if plans.saved(clip) is None:
            raise NotFound
        return previewing.preview(account.pk, _saved_plan(clip))
    except (Refused, CutError) as error:
        raise NotFound from error


def _saved_plan(clip: Clip) -> Plan:
    draft = plans.saved(clip)
    assert draft is not None
    return plans.plan(clip, draft.starts_ms, draft.ends_ms, exact=True, audio=draft.audio)


def _ask(request: HttpRequest, account: Account) -> Ask | NeighborAsk | None:
    """The ask that the clip is covered for, if it is for one: an agency's or a neighbor's."""
    ref = request.POST.get("ask") or request.GET.get("ask")
    if not ref:
        return None
    return neighbors.find_ask(account, ref) or requests.ask(account, ref)


def _page_of(ask: Ask | NeighborAsk) -> str:
    return reverse("resident:ask" if isinstance(ask, Ask) else "resident:neighbor_ask", args=[ask.ref])


def _posted(clip: Clip, data: QueryDict) -> dict[str, Any]:
    """What the editor posts. Raises Refused for times and boxes that can't be read."""
    problems = []
    found: dict[str, Any] = {"audio": "audio" in data}
    whole = plans.duration_ms(clip)
    for name, otherwise in (("starts", 0), ("ends", whole)):
        text = data.get(name, "")
        at = moments.read(text) if text.strip() else otherwise
        if at is None:
            message = _("“%(text)s” is no time in the clip. Write minutes and seconds, such as 0:07.3.")
            problems.append(Problem("cut.moment", name, message % {"text": text[:20]}, value=text))
        found[f"{name}_ms"] = at
    if problems:
        raise Refused(*problems)
    try:
        marks = json.loads(data.get("marks") or "[]")
    except (ValueError, RecursionError):
        marks = None
    try:
        accepted = [json.loads(one) for one in data.getlist("accept")]
    except (ValueError, RecursionError):
        accepted = [None]
    if isinstance(marks, list):
        gone = set(data.getlist("remove"))
        marks = [mark for number, mark in enumerate(marks) if str(number) not in gone] + accepted
    return found | {"marks": marks}


def _editor(
    request: HttpRequest,
    account: Account,
    clip: Clip,
    ask: Ask | NeighborAsk | None,
    problems: tuple[Problem, ...] = (),
    found: list[Suggestion] | None = None,
) -> HttpResponse:
    draft = plans.saved(clip)
    whole = plans.duration_ms(clip)
    longest = min(whole, cutting.EXACT_MAX_MS)
    context = {
        "clip": clip,
        "title": _title(clip),
        "ask": ask,
        "ask_url": _page_of(ask) if ask else "",
        "src": media.clip_url(clip, account),
        "duration_ms": whole,
        "exact_max_ms": cutting.EXACT_MAX_MS,
        "starts_ms": draft.starts_ms if draft else 0,
        "ends_ms": draft.ends_ms if draft else longest,
        "audio": draft.audio if draft else False,
        "marks": draft.marks if draft else [],
        "zones_number": len(zones.areas_of(clip.camera_id)),
        "problems": problems,
        "found": None if found is None else [_shown(one) for one in found],
    }
    if problems and request.method == "POST":  # refused: what was typed and drawn stays
        context |= {"audio": "audio" in request.POST, "marks": _drawn(request.POST, context["marks"])}
        for name in ("starts", "ends"):
            context[f"{name}_ms"] = moments.read(request.POST.get(name, "")) or context[f"{name}_ms"]
    context["marks_json"] = json.dumps(context["marks"])
    return show(request, account, "cover.html", context, INVALID if problems else 200)


def _shown(one: Suggestion) -> dict[str, Any]:
    """A suggestion on the page. Its still is part of the page and of nothing else: it lies nowhere unsealed."""
    still = f"data:image/jpeg;base64,{base64.b64encode(one.still).decode()}"
    return {"mark": json.dumps(one.mark.as_data()), "kind": one.mark.kind.value, "at_ms": one.at_ms, "still": still}


def _drawn(data: QueryDict, otherwise: list[Any]) -> list[Any]:
    try:
        found = json.loads(data.get("marks") or "[]")
    except (ValueError, RecursionError):
        return otherwise
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else otherwise


def _problems(error: Refused | CutError) -> tuple[Problem, ...]:
    if isinstance(error, Refused):
        return error.problems
    return (Problem("cut.failed", "marks", refusals.in_words(str(error))),)


def _title(clip: Clip) -> str:
    return f"{clip.camera.name}, {showing.clock(clip.starts_at)}"


def _file_name(clip: Clip, made: Made) -> str:
    at = timezone.localtime(clip.starts_at + timedelta(milliseconds=made.facts["starts_ms"]))
    return f"{slugify(clip.camera.name) or 'clip'}-{at:%Y-%m-%d-%H-%M-%S}-copy.mp4"


urls = [
    path("home/clips/<str:ref>/cover/", cover, name="clip_cover"),
    path("home/clips/<str:ref>/cover/check/", check, name="clip_cover_check"),
    path("home/clips/<str:ref>/cover/preview/", preview, name="clip_cover_preview"),
    path("home/clips/<str:ref>/cover/download/", download, name="clip_cover_download"),
]
