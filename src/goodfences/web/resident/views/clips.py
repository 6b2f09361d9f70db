"""One clip: to watch, and for the owner to delete."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.clips import access, retention, timeline
from goodfences.clips.models import Clip
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web import media, showing
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import confirm, show


@require_GET
@settled
def clip(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    found = access.clip(account, ref)
    context = {
        "clip": found,
        "title": _title(found),
        "src": media.clip_url(found, account),
        "poster": media.poster_url(found, account),
        "day_url": _day_url(found),
        "before": timeline.before(found),
        "after": timeline.after(found),
        "owner": people.is_owner(account, household),
    }
    return show(request, account, "clip.html", context)


@require_http_methods(["GET", "POST"])
@settled
def delete(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    found = access.own_clip(account, ref)
    if request.method == "POST":
        retention.delete(account=account, ref=ref)
        messages.success(request, _("The clip was deleted. Its key is destroyed: no copy can be opened again."))
        return redirect(_day_url(found))
    words = [
        _("The clip goes at once and for good; there is no way back."),
        _("A cut of it that you shared stays with that agency; take the share back under Requests, while you can."),
    ]
    title = _("Delete %(clip)s?") % {"clip": _title(found)}
    back = reverse("resident:clip", args=[ref])
    return confirm(request, account, title=title, words=words, button=_("Delete this clip"), back=back)


def _title(found: Clip) -> str:
    return f"{found.camera.name}, {showing.clock(found.starts_at)}"


def _day_url(found: Clip) -> str:
    return f"{reverse('resident:today')}?day={timezone.localdate(found.starts_at).isoformat()}"


urls = [
    path("home/clips/<str:ref>/", clip, name="clip"),
    path("home/clips/<str:ref>/delete/", delete, name="delete_clip"),
]
