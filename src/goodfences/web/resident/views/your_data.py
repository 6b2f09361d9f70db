"""Taking everything along (P12)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from goodfences.errors import Refused
from goodfences.people import access, export
from goodfences.people.archive import asking
from goodfences.people.models import Account, Archive
from goodfences.web import ranges
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import show


@require_GET
@resident
def your_data(request: HttpRequest, account: Account) -> HttpResponse:
    """What can be taken along and what can be erased; how far the archive is."""
    archive = asking.of(account)
    household = access.household_of(account)
    ready = archive is not None and archive.state == Archive.State.READY
    context = {
        "archive": archive,
        "left_out": len(archive.left_out) if archive else 0,
        "download": reverse("resident:archive", args=[asking.pass_for(archive, account)])
        if archive and ready
        else "",
        "owner": household is not None and access.is_owner(account, household),
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


urls = [
    path("settings/data/", your_data, name="your_data"),
    path("settings/data/archive/", ask, name="ask_archive"),
    path("settings/data/archive/discard/", discard, name="discard_archive"),
    path("settings/data/archive/<str:token>", download, name="archive"),
    path("settings/export/", in_words, name="export"),
]
