"""Cameras and the devices that upload for them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

import goodfences
from goodfences import source
from goodfences.cameras import access, actions, queries, rights
from goodfences.cameras.models import Camera
from goodfences.errors import Refused
from goodfences.health import queries as health
from goodfences.health import silences
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.web.forms import attempt
from goodfences.web.resident.forms import CameraForm, OfflineMailForm
from goodfences.web.resident.guard import settled
from goodfences.web.resident.missing import hatched
from goodfences.web.resident.pages import INVALID, confirm, show


@dataclass
class CameraLine:
    """A camera as its line on the page shows it."""

    state: health.CameraState

    @property
    def camera(self) -> Camera:
        return self.state.camera

    @property
    def strip(self) -> list[dict[str, Any]]:
        """What its hub holds at home, and what is missing; nothing where the line would be empty."""
        held = [{"starts_at": span.starts_at, "ends_at": span.ends_at} for span in self.state.held]
        return [*held, *hatched(self.state.missing)]


def _page(
    request: HttpRequest, account: Account, household: Household, offline_mail: OfflineMailForm | None = None
) -> HttpResponse:
    owner = people.is_owner(account, household)
    in_use = [camera for camera in rights.watched(account, household) if camera.removed_at is None]
    context = {
        "lines": [CameraLine(state) for state in health.states_of(household, in_use)],
        "yesterday": source.now() - timedelta(days=1),
        "now": source.now(),
        "devices": _devices(household) if owner else [],
        "newest": goodfences.__version__,
        "offline_mail": offline_mail or OfflineMailForm(initial=asdict(silences.choice_of(household))),
        "owner": owner,
    }
    return show(request, account, "cameras.html", context, INVALID if offline_mail else 200)


@require_GET
@settled
def cameras(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """The household's cameras and devices, and how they do. Members see them; the owner changes them."""
    return _page(request, account, household)


@require_POST
@settled
def offline_mail(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    people.owned_home(account)
    form = OfflineMailForm(request.POST)
    if attempt(form, silences.choose, account=account):
        messages.success(request, _("Saved."))
        return redirect("resident:cameras")
    return _page(request, account, household, form)


def _devices(household: Household) -> list[dict[str, Any]]:
    hubs = health.hubs_of(household)
    return [
        {
            "device": device,
            "hub": hub,
            "outdated": hub is not None and health.outdated(hub),
            "clock_off": timedelta(seconds=abs(hub.clock_off_s) if hub else 0),
        }
        for device in queries.devices_of(household)
        for hub in [hubs.get(device.pk)]
    ]


@require_http_methods(["GET", "POST"])
@settled
def add(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    people.owned_home(account)
    form = CameraForm(request.POST or None)
    if request.method == "POST" and attempt(form, actions.add_camera, account=account):
        name = form.cleaned_data["name"].strip()
        messages.success(request, _("%(name)s was added. Pair a device to fill it with clips.") % {"name": name})
        return redirect("resident:cameras")
    return show(request, account, "camera_form.html", {"form": form}, INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@settled
def change(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    camera = access.own_camera(account, ref)
    initial = {"name": camera.name, "looks_at": camera.looks_at, "may_be_asked": camera.may_be_asked}
    form = CameraForm(request.POST or None, initial=initial)
    if request.method == "POST" and attempt(form, actions.change_camera, account=account, ref=ref):
        messages.success(request, _("%(name)s was changed.") % {"name": form.cleaned_data["name"].strip()})
        return redirect("resident:cameras")
    context = {"form": form, "camera": camera}
    return show(request, account, "camera_form.html", context, INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@settled
def remove(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    camera = access.own_camera(account, ref)
    if request.method == "POST":
        actions.remove_camera(account=account, ref=ref)
        messages.success(request, _("%(name)s was removed.") % {"name": camera.name})
        return redirect("resident:cameras")
    words = [
        _("Nothing more is recorded for it, and nobody is asked about it again."),
        _("Clips that it recorded stay on your day pages until they expire or you delete them."),
    ]
    title = _("Remove %(name)s?") % {"name": camera.name}
    back = reverse("resident:camera", args=[ref])
    return confirm(request, account, title=title, words=words, button=_("Remove this camera"), back=back)


@require_http_methods(["GET", "POST"])
@settled
def pair(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """Shows a fresh code after the button; the page learns by polling `pairing` that a device used it."""
    people.owned_home(account)
    context = {"site_url": settings.SITE_URL}
    if request.method == "GET":
        return show(request, account, "pair.html", context)
    try:
        code = actions.start_pairing(account=account)
    except Refused as refused:
        return show(request, account, "pair.html", {**context, "problems": refused.problems}, INVALID)
    shown = {"code": f"{code[:4]}-{code[4:]}", "pairing": queries.latest_pairing(household)}
    return show(request, account, "pair.html", {**context, **shown})


@require_GET
@settled
def pairing(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """204 while the newest code waits (the page stays as it is), then what became of it."""
    people.owned_home(account)
    latest = queries.latest_pairing(household)
    if latest is not None and queries.is_waiting(latest):
        return HttpResponse(status=204)
    return render(request, "resident/_pairing_done.html", {"pairing": latest})


@require_http_methods(["GET", "POST"])
@settled
def revoke(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    device = access.own_device(account, ref)
    if request.method == "POST":
        actions.revoke_device(account=account, ref=ref)
        messages.success(request, _("%(name)s was disconnected.") % {"name": device.name})
        return redirect("resident:cameras")
    words = [
        _("It can upload nothing more, from this moment on. What it uploaded stays."),
        _("To use it again, pair it anew."),
    ]
    title = _("Disconnect %(name)s?") % {"name": device.name}
    back = reverse("resident:cameras")
    return confirm(request, account, title=title, words=words, button=_("Disconnect this device"), back=back)


urls = [
    path("cameras/", cameras, name="cameras"),
    path("cameras/add/", add, name="add_camera"),
    path("cameras/offline-mail/", offline_mail, name="offline_mail"),
    path("cameras/pair/", pair, name="pair"),
    path("cameras/pair/state/", pairing, name="pairing"),
    path("cameras/devices/<str:ref>/disconnect/", revoke, name="revoke_device"),
    path("cameras/<str:ref>/", change, name="camera"),
    path("cameras/<str:ref>/remove/", remove, name="remove_camera"),
]
