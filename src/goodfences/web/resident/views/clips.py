"""One clip: to watch, to mark, to download, to delete and to take back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from goodfences.clips import access, marks, playback, retention, timeline, trash
from goodfences.clips.models import Clip
from goodfences.clips.words import drift_in_words, label_shown
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web import media, ranges, showing
from goodfences.web.forms import attempt
from goodfences.web.resident.forms import NoteForm
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show


@require_GET
@settled
def clip(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    return _page(request, account, access.clip(account, ref))


def _page(request: HttpRequest, account: Account, found: Clip, form: NoteForm | None = None) -> HttpResponse:
    context = {
        "clip": found,
        "title": _title(found),
        "src": media.clip_url(found, account),
        "poster": media.poster_url(found, account),
        "day_url": _day_url(found),
        "before": timeline.before(found),
        "after": timeline.after(found),
        "may": access.rights_to(account, found),
        "owner": people.is_owner(account, found.camera.household),
        "form": form or NoteForm(initial={"note": found.note, "label": label_shown(found.label)}),
        "drift": drift_in_words(found.camera_drift_ms),
        "undo_minutes": trash.UNDO_FOR.seconds // 60,
    }
    return show(request, account, "clip.html", context, INVALID if form else 200)


@require_POST
@settled
def star(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    marks.star(account=account, ref=ref, on="on" in request.POST)
    return redirect("resident:clip", ref)


@require_POST
@settled
def save(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    on = "on" in request.POST
    marks.save(account=account, ref=ref, on=on)
    if on:
        messages.success(request, _("Saved. It stays until somebody deletes it, and counts in your room."))
    else:
        messages.success(request, _("No longer saved. It stays for a week at least."))
    return redirect("resident:clip", ref)


@require_POST
@settled
def note(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    found = access.clip_to_mark(account, ref)
    form = NoteForm(request.POST)
    if attempt(form, marks.note, account=account, ref=ref):
        messages.success(request, _("The note was kept."))
        return redirect("resident:clip", ref)
    return _page(request, account, found, form)


@require_safe
@settled
def download(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponseBase:
    """The file as it is kept, bit for bit; its hash is the one on its page."""
    found = access.clip_to_download(account, ref)
    response = ranges.play(request, playback.open_clip(found))
    response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(found)}"'
    return response


@require_POST
@settled
def delete(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    # What can be undone needs no question first; where it was, the day's page says how to take it back.
    return redirect(_day_url(trash.delete(account=account, ref=ref)))


@require_POST
@settled
def undo(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    found = trash.undo(account=account, ref=ref)
    messages.success(request, _("%(clip)s is back.") % {"clip": _title(found)})
    return redirect("resident:clip", ref)


@require_POST
@settled
def end(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """Not to wait until a deleted clip can't be taken back any more."""
    back = _day_url(access.deleted_clip(account, ref))
    retention.delete_for_good(account=account, ref=ref)
    messages.success(request, _("Gone for good. Its key is destroyed: no copy can be opened again."))
    return redirect(back)


def _title(found: Clip) -> str:
    return f"{found.camera.name}, {showing.clock(found.starts_at)}"


def _day_url(found: Clip) -> str:
    return f"{reverse('resident:today')}?day={timezone.localdate(found.starts_at).isoformat()}"


def _file_name(found: Clip) -> str:
    """`street-2026-11-24-14-10-05.mp4`, in the reader's zone."""
    at = timezone.localtime(found.starts_at)
    return f"{slugify(found.camera.name) or 'clip'}-{at:%Y-%m-%d-%H-%M-%S}.mp4"


urls = [
    path("home/clips/<str:ref>/", clip, name="clip"),
    path("home/clips/<str:ref>/star/", star, name="clip_star"),
    path("home/clips/<str:ref>/save/", save, name="clip_save"),
    path("home/clips/<str:ref>/note/", note, name="clip_note"),
    path("home/clips/<str:ref>/download/", download, name="clip_download"),
    path("home/clips/<str:ref>/delete/", delete, name="delete_clip"),
    path("home/clips/<str:ref>/undo/", undo, name="deleted_clip_undo"),
    path("home/clips/<str:ref>/end/", end, name="deleted_clip_end"),
]
