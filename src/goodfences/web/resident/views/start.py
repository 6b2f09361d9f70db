"""From signing up to the first clip: one step a page, which can be skipped, taken up later, and gone back to.

A step is done when its fact is there (a camera, a clip, a paired device) or when the person answered or skipped it.
So whatever they do on the usual pages counts here, too.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.cameras import actions as cameras
from goodfences.cameras import queries as camera_queries
from goodfences.cameras.models import Camera
from goodfences.errors import NotFound
from goodfences.people import access, actions, setting_up
from goodfences.people import queries as people
from goodfences.people.models import Account, Household, SettingUp
from goodfences.web import navigation
from goodfences.web.forms import attempt
from goodfences.web.resident import way
from goodfences.web.resident.forms import FirstCameraForm, InvitationForm, MayBeAskedForm
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show
from goodfences.web.resident.way import Step


@require_GET
@settled
def start(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """The first step that is left, or today's page, where nothing is."""
    found = setting_up.under_way(account)
    if found is None or not access.is_owner(account, household):
        return redirect("resident:today")
    left = [step for step in way.steps() if not way.is_done(step, household, found)]
    if left:
        return redirect("resident:start_step", left[0].name)
    setting_up.finish(account=account)
    messages.success(request, _("That was all. Everything you chose can be changed in Settings and under Cameras."))
    return redirect("resident:today")


@require_http_methods(["GET", "POST"])
@settled
def step(request: HttpRequest, account: Account, household: Household, name: str) -> HttpResponse:
    """`act=skip` passes any step; what else is posted is the step's own form."""
    access.owned_home(account)
    found = setting_up.under_way(account)
    steps = {each.name: each for each in way.steps()}
    if name not in steps:
        raise NotFound
    if found is None:
        return redirect("resident:today")
    if request.method == "POST" and request.POST.get("act") == "skip":
        setting_up.pass_step(account=account, step=name)
        return redirect("resident:start")
    form = _form(name, request, account, household)
    if request.method == "POST" and form is not None and _do(name, form, account):
        return redirect("resident:start_step", name) if name == "household" else redirect("resident:start")
    context = _around(list(steps.values()), steps[name], household, found) | _about(name, household)
    return show(request, account, "start.html", context | {"form": form}, INVALID if form and form.errors else 200)


@require_POST
@settled
def leave(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    """Hear no more of it."""
    setting_up.finish(account=account)
    return redirect("resident:today")


def _form(name: str, request: HttpRequest, account: Account, household: Household) -> Any:
    data = request.POST if request.method == "POST" else None
    if name == "household":
        return InvitationForm(data)
    if name == "camera":
        return FirstCameraForm(data)
    if name == "asked":
        return MayBeAskedForm(_askable(household), data)
    return None


def _do(name: str, form: Any, account: Account) -> bool:
    """Whether the step's own form was done."""
    if name == "household":
        return attempt(form, actions.invite_member, account=account)
    if name == "camera":
        return attempt(form, cameras.add_camera, account=account)
    return attempt(form, _choose, account=account)


def _choose(*, account: Account, may_be_asked: list[str]) -> None:
    """The cameras whose references are named may be asked about, and no other."""
    for camera in _askable(access.owned_home(account)):
        cameras.change_camera(
            account=account,
            ref=camera.ref,
            name=camera.name,
            looks_at=camera.looks_at,
            may_be_asked=camera.ref in may_be_asked,
        )
    setting_up.pass_step(account=account, step="asked")


def _askable(household: Household) -> list[Camera]:
    in_use = camera_queries.cameras_of(household)
    return [camera for camera in in_use if camera.looks_at != Camera.LooksAt.INDOORS]


def _around(steps: list[Step], here: Step, household: Household, found: SettingUp) -> dict[str, Any]:
    at = steps.index(here)
    return {
        "step": here,
        "number": at + 1,
        "of": len(steps),
        "steps": [
            {"step": each, "is_here": each is here, "is_done": way.is_done(each, household, found)} for each in steps
        ],
        "is_done": way.is_done(here, household, found),
        "back": reverse("resident:start_step", args=[steps[at - 1].name]) if at else "",
    }


def _about(name: str, household: Household) -> dict[str, Any]:
    return {
        "household": household,
        "cameras": camera_queries.cameras_of(household),
        "devices": camera_queries.devices_of(household),
        "invitations": people.invitations_into(household) if name == "household" else [],
        "passkeys": navigation.address(way.PASSKEYS),
        "has_video": way.has_video(household),
    }


urls = [
    path("start/", start, name="start"),
    path("start/leave/", leave, name="start_leave"),
    path("start/<slug:name>/", step, name="start_step"),
]
