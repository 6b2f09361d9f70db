"""A resident's own request to their neighbors: asked, seen, closed, thanked for. And the list of both sides."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from goodfences import source
from goodfences.errors import Refused
from goodfences.neighbor_requests import access, actions, check, letters, queries, rules
from goodfences.neighbor_requests.models import NeighborAsk, NeighborRequest, NeighborVideo
from goodfences.people.models import Account, Household
from goodfences.web import ranges
from goodfences.web.forms import add_problems
from goodfences.web.resident.guard import resident, settled
from goodfences.web.resident.neighbor_forms import NewForm
from goodfences.web.resident.pages import INVALID, show


@require_GET
@settled
def index(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """What neighbors ask this owner, and what this resident asked neighbors."""
    asked = list(queries.asks_of(account))
    waiting = {ask.pk for ask in queries.undecided(account)}
    context = {
        "waiting": [_listed(ask, account) for ask in asked if ask.pk in waiting],
        "past": [_listed(ask, account) for ask in asked if ask.pk not in waiting],
        "mine": [_of_mine(one) for one in queries.requests_of(account)],
        "is_muted": queries.is_muted(account),
    }
    return show(request, account, "neighbor_index.html", context)


@require_http_methods(["GET", "POST"])
@settled
def new(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """The form. What its rules refuse is said all at once; what was sent is answered alike, whoever lives there."""
    form = NewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = actions.ask(account=account, draft=form.draft())
            messages.success(request, _("Sent. Whoever has something to share can do so now; you get an email then."))
            return redirect("resident:neighbor_request", asked.ref)
        except Refused as refused:
            add_problems(form, refused)
    limits = rules.in_force()
    context = {
        "form": form,
        "limits": limits,
        "left": max(0, limits.requests_max - check.asked_lately(account, household)),
        "from": check.may_ask_from(account, household),
        "is_early": check.may_ask_from(account, household) > source.now(),
        "hours": limits.window_max_minutes // 60,
    }
    return show(request, account, "neighbor_new.html", context, INVALID if form.errors else 200)


@require_GET
@never_cache
@resident
def mine(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """One's own request: what was asked, and what was shared for it. A function of these alone (P2)."""
    return _mine(request, account, access.request(account, ref))


@require_POST
@resident
def close(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    actions.close(account=account, ref=ref)
    messages.success(request, _("Closed. Nobody can share for it any more; what was shared stays until its day."))
    return redirect("resident:neighbor_request", ref)


@require_safe
@never_cache
@resident
def video(request: HttpRequest, account: Account, ref: str) -> HttpResponseBase:
    """What the player fetches: to watch, never to keep."""
    return ranges.play(request, access.open_video(account, ref, request.GET.get("pass", "")))


@require_POST
@resident
def thank(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """One word of thanks, passed on by us."""
    about = access.video(account, ref).share.ask.request
    words = request.POST.get("thanks", "")
    try:
        actions.thank(account=account, video_ref=ref, words=words)
    except Refused as refused:
        problems = {ref: [problem.message for problem in refused.problems]}
        return _mine(request, account, about, problems=problems, words={ref: words}, status=INVALID)
    messages.success(request, _("Passed on. Your neighbor doesn’t learn your address, nor you theirs."))
    return redirect("resident:neighbor_request", about.ref)


def _mine(
    request: HttpRequest,
    account: Account,
    found: NeighborRequest,
    *,
    problems: dict[str, list[str]] | None = None,
    words: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    videos = queries.videos_for(found)
    context = _of_mine(found) | {
        "found": found,
        "gifts": [
            _gift(given, problems or {}, words or {}) for _share, given in groupby(videos, lambda v: v.share_id)
        ],
        "days": rules.in_force().open_days,
    }
    return show(request, account, "neighbor_request.html", context, status)


def _gift(videos: Iterable[NeighborVideo], problems: dict[str, list[str]], words: dict[str, str]) -> dict[str, Any]:
    """What one neighbor shared."""
    given = list(videos)
    first = given[0]
    return {
        "share": first.share,
        "ref": first.ref,
        "problems": problems.get(first.ref, []),
        "words": words.get(first.ref, ""),
        "videos": [{"video": one, "url": _url(one), "facts": one.copy.facts if one.copy else {}} for one in given],
    }


def _url(video: NeighborVideo) -> str:
    return f"{reverse('resident:neighbor_video', args=[video.ref])}?pass={access.visit(video)}"


def _of_mine(found: NeighborRequest) -> dict[str, Any]:
    return {"one": found, "is_open": found.takes_answers(source.now()), "number": len(queries.videos_for(found))}


def _listed(ask: NeighborAsk, account: Account) -> dict[str, Any]:
    share = queries.share_of(ask)
    return {"ask": ask, "what": letters.in_words(ask.request, account.language), "share": share}


urls = [
    path("requests/neighbors/", index, name="neighbor_requests"),
    path("requests/neighbors/new/", new, name="neighbor_new"),
    path("requests/neighbors/mine/<str:ref>/", mine, name="neighbor_request"),
    path("requests/neighbors/mine/<str:ref>/close/", close, name="neighbor_close"),
    path("requests/neighbors/videos/<str:ref>.mp4", video, name="neighbor_video"),
    path("requests/neighbors/videos/<str:ref>/thank/", thank, name="neighbor_thank"),
]
