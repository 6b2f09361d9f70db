"""Notifications: of what, in which browsers, and in what words; and the day's text for a phone without a network."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import source
from goodfences.alerts import public as official
from goodfences.cameras import rights
from goodfences.cameras.models import Camera
from goodfences.clips import access as clips
from goodfences.clips import timeline
from goodfences.clips.timeline import Wanted
from goodfences.errors import NotFound, Refused
from goodfences.feed import access as posts
from goodfences.people import access as people
from goodfences.people.browsers import here
from goodfences.people.models import Account, Household
from goodfences.push import access, actions, queries, vapid
from goodfences.push.models import About, Note
from goodfences.web import showing
from goodfences.web.browsers import token_of
from goodfences.web.resident.days import read_day
from goodfences.web.resident.guard import resident, settled
from goodfences.web.resident.pages import INVALID, show
from goodfences.web.warnings import shown

SESSION = "push_subscription"
"""The reference of the browser that this sign-in subscribed: signing out ends it."""
TEXT_OF_DAY = 200


@require_http_methods(["GET", "POST"])
@resident
def notifications(request: HttpRequest, account: Account) -> HttpResponse:
    if request.method == "POST":
        try:
            actions.choose(account=account, wishes=request.POST.getlist("wish"))
            messages.success(request, _("Saved."))
            return redirect("resident:notifications")
        except Refused as refused:
            return _page(request, account, refused)
    return _page(request, account)


def _page(request: HttpRequest, account: Account, refused: Refused | None = None) -> HttpResponse:
    household = people.household_of(account)
    watched = rights.watched(account, household) if household is not None else {}
    browsers = queries.browsers_of(account)
    context = {
        "problems": refused.problems if refused else (),
        "wishes": queries.wishes_of(account),
        "cameras": [camera for camera in watched if camera.removed_at is None],
        "owner": household is not None and people.is_owner(account, household),
        "kinds": [(About.PERSON, _("A person")), (About.DOORBELL, _("The doorbell")), (About.MOTION, _("Movement"))],
        "browsers": browsers,
        "known": " ".join(_short(browser.endpoint) for browser in browsers),
        "key": vapid.public_key(),
    }
    return show(request, account, "notifications.html", context, INVALID if refused else 200)


@require_POST
@resident
def subscribe(request: HttpRequest, account: Account) -> HttpResponse:
    """The island's, with what the browser gave: 201, or `{problems}` in words."""
    told = {name: request.POST.get(name, "") for name in ("endpoint", "p256dh", "auth", "name")}
    try:
        browser = actions.subscribe(account=account, browser=here(account, token_of(request)), **told)
    except Refused as refused:
        return JsonResponse({"problems": [problem.message for problem in refused.problems]}, status=INVALID)
    request.session[SESSION] = browser.ref
    messages.success(request, _("You are notified in this browser from now on."))
    return JsonResponse({}, status=201)


@require_POST
@resident
def unsubscribe(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    actions.unsubscribe(account=account, ref=ref)
    messages.success(request, _("That browser is notified no more."))
    return redirect("resident:notifications")


@require_GET
@resident
def note(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """For the app's worker in a browser that is signed in: which camera, and when."""
    found = access.note(account, ref)
    title, body = _told(account, found)
    return JsonResponse({"title": title, "body": body})


def _told(account: Account, found: Note) -> tuple[str, str]:
    if found.about in actions.OF_CLIPS:
        clip = clips.clip(account, found.subject)
        kinds = {
            About.PERSON: _("a person"),
            About.DOORBELL: _("somebody rang"),
            About.MOTION: _("something moved"),
        }
        return f"{clip.camera.name}: {kinds[About(found.about)]}", showing.moment(clip.starts_at)
    if found.about in (About.WARNING, About.OVER):
        warning = shown(official.warning(found.subject))
        return warning.headline, warning.instruction or warning.description
    if found.about == About.POST:
        post = posts.post(account, found.subject)
        return post.title, f"{post.get_kind_display()}, {showing.moment(post.written_at)}"
    raise NotFound


@require_GET
@settled
def day_text(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """Today in words, for the app to open without a network: when, which camera, what kind. No picture, no link."""
    day = read_day("")
    cameras: dict[int, Camera] = {camera.pk: camera for camera in rights.watched(account, household)}
    wanted = Wanted(cameras=list(cameras))
    found = timeline.of_day(wanted, day.starts_at, day.ends_at, TEXT_OF_DAY, None)
    context: dict[str, Any] = {
        "day": day,
        "clips": found,
        "now": source.now(),
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "resident/day_text.html", context)


def forget_browser(sender: object, request: HttpRequest | None, **_more: object) -> None:
    """Who signs out wants nothing of the home in this browser any more: neither notifications nor what it keeps."""
    if request is None:
        return
    request.signed_out = True  # type: ignore[attr-defined]
    ref = request.session.get(SESSION)
    if ref:
        actions.forget(ref=ref)


def listen() -> None:
    user_logged_out.connect(forget_browser, dispatch_uid="goodfences.push")


def _short(endpoint: str) -> str:
    """As the island makes it: a part of a hash, since the address itself is a secret."""
    return hashlib.sha256(endpoint.encode()).hexdigest()[:16]


urls = [
    path("settings/notifications/", notifications, name="notifications"),
    path("settings/notifications/browsers/", subscribe, name="push_subscribe"),
    path("settings/notifications/browsers/<str:ref>/remove/", unsubscribe, name="push_unsubscribe"),
    path("settings/notifications/notes/<str:ref>.json", note, name="push_note"),
    path("home/text/", day_text, name="day_text"),
]
