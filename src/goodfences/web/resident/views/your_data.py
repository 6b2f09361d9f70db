"""Taking everything along, and erasing a camera or a span of time (P12). The account's end is in `account`."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from goodfences.cameras import access as cameras
from goodfences.cameras import queries
from goodfences.errors import Refused
from goodfences.people import access, erasure, export
from goodfences.people.archive import asking
from goodfences.people.models import Account, Archive
from goodfences.people.registry import Part
from goodfences.web import ranges, showing
from goodfences.web.forms import add_problems
from goodfences.web.resident.forms import SpanForm
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import INVALID, show


@require_GET
@resident
def your_data(request: HttpRequest, account: Account) -> HttpResponse:
    """What can be taken along and what can be erased; how far the archive is."""
    archive = asking.of(account)
    household = access.household_of(account)
    owner = household is not None and access.is_owner(account, household)
    ready = archive is not None and archive.state == Archive.State.READY
    context = {
        "archive": archive,
        "left_out": len(archive.left_out) if archive else 0,
        "download": reverse("resident:archive", args=[asking.pass_for(archive, account)])
        if archive and ready
        else "",
        "owner": owner,
        "cameras": queries.all_cameras_of(household) if household is not None and owner else [],
        "erasures": account.erasures.order_by("-created_at", "-pk"),
    }
    return show(request, account, "your_data.html", context)


@require_POST
@resident
def ask(request: HttpRequest, account: Account) -> HttpResponse:
    try:
        asking.ask(account=account)
    except Refused as refused:
        messages.warning(request, refused.problems[0].message)
    return redirect("resident:your_data")


@require_POST
@resident
def discard(request: HttpRequest, account: Account) -> HttpResponse:
    asking.discard(account=account)
    messages.success(request, _("The archive was deleted."))
    return redirect("resident:your_data")


@require_safe
@resident
def download(request: HttpRequest, account: Account, token: str) -> HttpResponseBase:
    """The archive, whole or from where a download was cut off."""
    archive = asking.archive_of_pass(token, account)
    name = f"goodfences-{archive.created_at:%Y-%m-%d}.zip"
    return ranges.download(request, asking.ArchiveReader(archive), name, "application/zip", tag=archive.ref)


@require_GET
@resident
def in_words(request: HttpRequest, account: Account) -> HttpResponse:
    """Everything but the files, as one JSON file, at once."""
    told = export.everything(account=account)
    response = JsonResponse(told, json_dumps_params={"indent": 2, "ensure_ascii": False})
    day = timezone.localdate().isoformat()
    response["Content-Disposition"] = f'attachment; filename="goodfences-{day}.json"'
    return response


@require_http_methods(["GET", "POST"])
@resident
def erase_camera(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """Says what goes and what stays with an agency, then erases the camera with all of its clips."""
    camera = cameras.kept_camera(account, ref)
    part = Part(camera=camera.ref, camera_name=camera.name)
    if request.method == "POST":
        return _erased(request, account, part)
    title = _("Erase “%(camera)s” and its clips?") % {"camera": camera.name}
    return _sure(request, account, part, title=title)


@require_http_methods(["GET", "POST"])
@resident
def erase_span(request: HttpRequest, account: Account) -> HttpResponse:
    """A form for the span; then what goes and what stays; then it is done."""
    household = access.owned_home(account)
    form = SpanForm(request.POST or None, cameras=queries.all_cameras_of(household))
    if request.method == "POST" and form.is_valid():
        part = form.part()
        try:
            erasure.check(part)
        except Refused as refused:
            add_problems(form, refused)
        else:
            if "sure" in request.POST:
                return _erased(request, account, part)
            assert part.starts_at and part.ends_at
            title = _("Erase %(window)s?") % {"window": showing.window(part.starts_at, part.ends_at)}
            return _sure(request, account, part, title=title, form=form)
    return show(request, account, "erase_span.html", {"form": form}, INVALID if form.errors else 200)


def _sure(
    request: HttpRequest, account: Account, part: Part, *, title: str, form: SpanForm | None = None
) -> HttpResponse:
    counts = erasure.counts(account, part)
    context = {
        "title": title,
        "counts": counts,
        "stays": erasure.stays_outside(account, part),
        "kept": {name: form[name].value() or "" for name in form.fields} if form else {},
        "part": part,
    }
    return show(request, account, "erase.html", context)


def _erased(request: HttpRequest, account: Account, part: Part) -> HttpResponse:
    erasure.erase_part(account=account, part=part)
    messages.success(request, _("It was erased. The receipt is below, and in an email to you."))
    return redirect("resident:your_data")


@require_GET
@resident
def receipt(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """The signed receipt of an erasure, to keep."""
    return receipt_file(erasure.erasure_of(account, ref).receipt)


def receipt_file(content: dict[str, Any]) -> HttpResponse:
    response = HttpResponse(erasure.written(content), content_type="application/json")
    day = content["receipt"]["erased_at"][:10]
    response["Content-Disposition"] = f'attachment; filename="goodfences-erased-{day}.json"'
    return response


urls = [
    path("settings/data/erase/camera/<str:ref>/", erase_camera, name="erase_camera"),
    path("settings/data/erase/span/", erase_span, name="erase_span"),
    path("settings/data/erasures/<str:ref>.json", receipt, name="erasure_receipt"),
    path("settings/data/", your_data, name="your_data"),
    path("settings/data/archive/", ask, name="ask_archive"),
    path("settings/data/archive/discard/", discard, name="discard_archive"),
    path("settings/data/archive/<str:token>", download, name="archive"),
    path("settings/export/", in_words, name="export"),
]
