"""A shared video after the share, and what the agency owes: answers, and a word on whether it helped.

A page here opens no video and holds no picture. All of it is a function of shared material, of the agency's own acts
and of what owners chose to answer (P2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.agencies.models import Officer
from goodfences.errors import NotFound
from goodfences.evidence import layout, portal
from goodfences.evidence.after import answering, asking, handing_on, holding, queries
from goodfences.video_requests import actions, outcomes
from goodfences.video_requests import portal as requests
from goodfences.web.forms import attempt, attempt_or_warn
from goodfences.web.portal.after_forms import DeletionForm, HandOnForm, HoldForm, QuestionForm, ReuseForm
from goodfences.web.portal.guard import officer

INVALID = 422
FORMS: dict[str, type[forms.Form]] = {
    "hold_form": HoldForm,
    "hand_on_form": HandOnForm,
    "question_form": QuestionForm,
    "reuse_form": ReuseForm,
    "deletion_form": DeletionForm,
}
MAY = {
    "hold_form": requests.APPROVERS,
    "hand_on_form": requests.APPROVERS,
    "question_form": requests.WRITERS,
    "reuse_form": requests.WRITERS,
    "deletion_form": requests.APPROVERS,
}
"""Whose role has which of them."""


@require_GET
@officer
def tasks(request: HttpRequest, acting: Officer) -> HttpResponse:
    """What waits for this agency's officers."""
    context = {"agency": acting.agency, "tasks": queries.tasks(acting)}
    return render(request, "portal/tasks.html", context | {"may_ask": requests.may_ask(acting)})


@require_GET
@never_cache
@officer
def after(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _page(request, acting, ref)


@require_POST
@officer
def hold(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    done = _("It is on hold. Its owner is told, and the public record has it.")
    return _act(request, acting, ref, "hold_form", holding.hold, done)


@require_POST
@officer
def lift(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    portal.video(acting, ref)
    done = _("The hold is lifted.")
    attempt_or_warn(request, done, holding.lift, officer=acting, video_ref=ref)
    return redirect("portal:shared_after", ref)


@require_POST
@officer
def hand_on(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    done = _("Recorded, and its owner is told. The next package that you download says so in its custody log.")
    return _act(request, acting, ref, "hand_on_form", handing_on.hand_on, done)


@require_POST
@officer
def ask(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    done = _("Sent through the relay. An answer, if one comes, stands here; nothing else ever will.")
    return _act(request, acting, ref, "question_form", asking.ask, done)


@require_POST
@officer
def propose(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    done = _("Proposed. A second officer opens it, then its owner is asked.")
    return _act(request, acting, ref, "reuse_form", asking.propose_reuse, done)


@require_POST
@officer
def open_reuse(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    portal.video(acting, ref)
    done = _("Opened. It is on the public record, and its owner is asked.")
    attempt_or_warn(
        request, done, asking.open_reuse, officer=acting, video_ref=ref, reuse_ref=request.POST.get("reuse", "")
    )
    return redirect("portal:shared_after", ref)


@require_POST
@officer
def answer(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    done = _("Answered. It is on the public record, and whoever asked is told.")
    return _act(request, acting, ref, "deletion_form", answering.answer, done)


@require_GET
@never_cache
@officer
def deletion_receipt(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """The signed proof that the sealed copy was destroyed."""
    video = portal.video(acting, ref)
    if not video.deletion_receipt:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="deleted-{video.ref}.json"'}
    return HttpResponse(layout.as_json(video.deletion_receipt), content_type="application/json", headers=headers)


@require_http_methods(["GET", "POST"])
@officer
def helped(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Two buttons, one word each."""
    asked = requests.request(acting, ref)
    if request.method == "POST":
        said = request.POST.get("helped", "")
        if said not in ("yes", "no"):
            return redirect("portal:helped", ref)
        done = _("Thank you. It is on the public record, and those who shared are told.")
        attempt_or_warn(request, done, actions.say_whether_it_helped, officer=acting, ref=ref, helped=said == "yes")
        return redirect("portal:request", ref)
    if not requests.may_ask(acting) or not outcomes.can_be_said(asked):
        return redirect("portal:request", ref)
    return render(request, "portal/helped.html", {"agency": acting.agency, "asked": asked})


def _act(
    request: HttpRequest, acting: Officer, ref: str, form_name: str, act: Callable[..., Any], done: str
) -> HttpResponse:
    portal.video(acting, ref)
    if acting.role not in MAY[form_name]:
        raise NotFound
    form = FORMS[form_name](request.POST)
    if attempt(form, act, officer=acting, video_ref=ref):
        messages.success(request, done)
        return redirect("portal:shared_after", ref)
    return _page(request, acting, ref, {form_name: form}, INVALID)


def _page(
    request: HttpRequest, acting: Officer, ref: str, filled: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    video = portal.video(acting, ref)
    # Each form's fields have identifiers of their own: several stand on this page.
    given: dict[str, Any] = {name: form(auto_id=f"{name}_%s") for name, form in FORMS.items()}
    for name, form in (filled or {}).items():
        form.auto_id = f"{name}_%s"
        given[name] = form
    context = {
        "agency": acting.agency,
        "officer": acting,
        "video": video,
        "asked": video.video_request,
        "after": queries.of_video(video),
        "may_ask": requests.may_ask(acting),
        "may_approve": acting.role in requests.APPROVERS,
        "custody": portal.custody_of(video),
    }
    return render(request, "portal/shared_after.html", context | given, status=status)


urls = [
    path("tasks/", tasks, name="tasks"),
    path("requests/<str:ref>/helped/", helped, name="helped"),
    path("shared/<str:ref>/after/", after, name="shared_after"),
    path("shared/<str:ref>/hold/", hold, name="shared_hold"),
    path("shared/<str:ref>/lift/", lift, name="shared_lift"),
    path("shared/<str:ref>/hand-on/", hand_on, name="shared_hand_on"),
    path("shared/<str:ref>/ask/", ask, name="shared_ask"),
    path("shared/<str:ref>/another-case/", propose, name="shared_propose"),
    path("shared/<str:ref>/another-case/open/", open_reuse, name="shared_open_reuse"),
    path("shared/<str:ref>/answer/", answer, name="shared_answer"),
    path("shared/<str:ref>/deleted.json", deletion_receipt, name="shared_deletion_receipt"),
]
