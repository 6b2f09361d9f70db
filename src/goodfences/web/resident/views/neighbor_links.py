"""The pages behind the links of the email about a neighbor's request (goodfences.web.resident.holding)."""

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
from goodfences.neighbor_requests import access, asks, letters, queries
from goodfences.neighbor_requests.models import NeighborAsk
from goodfences.web.resident.holding import for_the_holder_of, sign_in


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(letters.DECLINE, access.ask_of_link)
def decline(request: HttpRequest, ask: NeighborAsk, token: str) -> HttpResponse:
    """GET shows the request in brief and one button; POST does what its `act` says, and may be repeated."""
    if request.method != "POST":
        return _page(request, "resident/email_neighbor_decline.html", ask)
    act = request.POST.get("act", "")
    try:
        if act == "decline":
            asks.decline(ref=ask.ref)
        elif act == "undo":
            asks.undo_decline(ref=ask.ref)
        elif not _switched(ask, act):
            return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
    except Refused as refused:
        return _page(request, "resident/email_neighbor_decline.html", ask, status=409, refused=refused)
    return redirect("resident:email_neighbor_decline", token)


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(letters.STOP, access.ask_of_link)
def stop(request: HttpRequest, ask: NeighborAsk, token: str) -> HttpResponse:
    """GET shows one button. POST switches; a mail program's one-click POST (RFC 8058) switches off."""
    if request.method != "POST":
        return _page(request, "resident/email_neighbor_stop.html", ask)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        asks.mute(owner_id=ask.owner_id)
        return HttpResponse("You won't get such emails any more.\n", content_type="text/plain")
    if not _switched(ask, request.POST.get("act", "")):
        return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
    return redirect("resident:email_neighbor_stop", token)


@require_safe
@never_cache
def look(request: HttpRequest, token: str) -> HttpResponse:
    """Lead to the ask, past the sign-in: it shows the owner's own clips, so a link alone doesn't open it."""
    ref = links.read(letters.LOOK, token)
    if not request.user.is_authenticated:
        return sign_in(request, access.ask_of_link(ref).owner)
    return redirect("resident:neighbor_ask", access.ask(request.user, ref).ref)


def _switched(ask: NeighborAsk, act: str) -> bool:
    """Do one of the two acts on the wish not to be asked. Whether `act` is one of them."""
    acts = {"mute": asks.mute, "unmute": asks.unmute}
    if act not in acts:
        return False
    acts[act](owner_id=ask.owner_id)
    return True


def _page(
    request: HttpRequest, template: str, ask: NeighborAsk, *, status: int = 200, refused: Refused | None = None
) -> HttpResponse:
    context = {
        "ask": ask,
        "asked": ask.request,
        "what": letters.in_words(ask.request, translation.get_language() or ""),
        "look": links.sign(letters.LOOK, ask.ref),
        "open": ask.request.takes_answers(source.now()),
        "is_muted": queries.is_muted(ask.owner),
        "refused": refused,
    }
    return render(request, template, context, status=status)


urls = [
    path("e/neighbor/stop/<str:token>/", stop, name="email_neighbor_stop"),
    path("e/neighbor/look/<str:token>/", look, name="email_neighbor_look"),
    path("e/neighbor/<str:token>/", decline, name="email_neighbor_decline"),
]
