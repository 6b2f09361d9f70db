"""The pages behind the links of the ask email: look, "not this time", and stop (goodfences.web.resident.holding)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from goodfences import source
from goodfences.errors import Refused
from goodfences.mail import links
from goodfences.video_requests import access, asks, letters, queries
from goodfences.video_requests.models import Ask
from goodfences.web.resident.holding import for_the_holder_of, sign_in


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(letters.DECLINE, access.ask_of_link)
def decline(request: HttpRequest, ask: Ask, token: str) -> HttpResponse:
    """GET shows the request in brief and one button; POST does what its `act` says, and may be repeated."""
    if request.method != "POST":
        return _page(request, "resident/email_decline.html", ask)
    act = request.POST.get("act", "")
    try:
        if act == "decline":
            asks.decline(ask_ref=ask.ref)
        elif act == "undo":
            asks.undo_decline(ask_ref=ask.ref)
        elif not _changed_mutes(ask, act):
            return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
    except Refused as refused:
        return _page(
            request,
            "resident/email_decline.html",
            ask,
            status=409,
            refused=refused,
            look=links.sign(letters.LOOK, ask.ref),
        )
    return redirect("resident:email_decline", token)


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(letters.STOP, access.ask_of_link)
def stop(request: HttpRequest, ask: Ask, token: str) -> HttpResponse:
    """GET shows the choices. POST mutes or unmutes; a mail program's one-click POST (RFC 8058) mutes all."""
    if request.method != "POST":
        return _page(request, "resident/email_stop.html", ask)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        asks.mute(owner_id=ask.owner_id, agency_id=None)
        return HttpResponse("You won't get such emails any more.\n", content_type="text/plain")
    if not _changed_mutes(ask, request.POST.get("act", "")):
        return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
    return redirect("resident:email_stop", token)


@require_safe
@never_cache
def look(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to the ask, past the sign-in: an ask shows the owner's own clips, so a link alone doesn't open it."""
    ask_ref = links.read(letters.LOOK, token)
    if not request.user.is_authenticated:
        return sign_in(request, access.ask_of_link(ask_ref).owner)
    return redirect("resident:ask", access.ask(request.user, ask_ref).ref)


def _changed_mutes(ask: Ask, act: str) -> bool:
    """Do one of the four acts on mutes. Whether `act` is one of them."""
    change, _, whom = act.partition("-")
    acts = {"mute": asks.mute, "unmute": asks.unmute}
    agencies = {"agency": ask.video_request.agency_id, "all": None}
    if change not in acts or whom not in agencies:
        return False
    acts[change](owner_id=ask.owner_id, agency_id=agencies[whom])
    return True


def _page(request: HttpRequest, template: str, ask: Ask, *, status: int = 200, **more: object) -> HttpResponse:
    muted = {mute.agency_id for mute in queries.mutes_of(ask.owner_id)}
    context = {
        "ask": ask,
        "video_request": ask.video_request,
        "agency": ask.video_request.agency,
        "incident": letters.incident(ask.video_request, translation.get_language() or ""),
        "ledger_url": letters.ledger_url(ask.video_request),
        "look": links.sign(letters.LOOK, ask.ref),
        "open": ask.video_request.takes_answers(source.now()),
        "agency_muted": ask.video_request.agency_id in muted,
        "all_muted": None in muted,
        **more,
    }
    return render(request, template, context, status=status)


urls = [
    path("e/stop/<str:token>/", stop, name="email_stop"),
    path("e/look/<str:token>/", look, name="email_look"),
    path("e/<str:token>/", decline, name="email_decline"),
]
