"""What officers do with a request: open, reject, take back, withdraw, close, discard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goodfences.agencies.models import Officer
from goodfences.errors import NotFound, Refused
from goodfences.video_requests import actions, portal
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.forms import add_problems, warn
from goodfences.web.portal.forms import RejectForm
from goodfences.web.portal.guard import officer
from goodfences.web.portal.views.requests import page

INVALID = 422


@require_POST
@officer
def approve(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    try:
        actions.approve(officer=acting, ref=ref)
    except Refused as refused:
        return _refused(request, acting, ref, refused)
    messages.success(request, _("Opened. It is on the public record, and sent to owners in the area, if any."))
    return redirect("portal:request", ref)


@require_POST
@officer
def reject(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    asked = portal.request(acting, ref)
    form = RejectForm(request.POST)
    try:
        reason = form.cleaned_data["rejection_reason"] if form.is_valid() else ""
        actions.reject(officer=acting, ref=ref, reason=reason)
    except Refused as refused:
        if any(problem.field != "rejection_reason" for problem in refused.problems):
            return _refused(request, acting, ref, refused)
        form.errors.pop("rejection_reason", None)
        add_problems(form, refused)
        return page(request, acting, asked, reject=form, status=INVALID)
    messages.success(request, _("Rejected. The request and your reason are on the public record."))
    return redirect("portal:request", ref)


@require_POST
@officer
def take_back(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    try:
        actions.take_back(officer=acting, ref=ref)
    except Refused as refused:
        return _refused(request, acting, ref, refused)
    messages.success(request, _("You took it back. It is a draft again, which nobody but you sees."))
    return redirect("portal:edit", ref)


@require_http_methods(["GET", "POST"])
@officer
def close(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    words = [
        _("From now on no owner can share anything more for it."),
        _(
            "What was shared with you stays with you. The public record says that it was closed, and how many videos "
            "you received."
        ),
    ]
    question = {"title": _("Close this request?"), "words": words, "button": _("Close the request")}
    return _end(request, acting, ref, actions.close, question, done=_("The request is closed."))


@require_http_methods(["GET", "POST"])
@officer
def withdraw(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    words = [
        _("For a request that should not have been made: a wrong place, a wrong time, a case that fell away."),
        _("No owner can share anything more for it. The public record says that it was withdrawn; it isn’t erased."),
    ]
    question = {"title": _("Withdraw this request?"), "words": words, "button": _("Withdraw the request")}
    return _end(request, acting, ref, actions.withdraw, question, done=_("The request is withdrawn."))


@require_http_methods(["GET", "POST"])
@officer
def discard(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    asked = portal.request(acting, ref)
    if not portal.powers(acting, asked).edit:
        raise NotFound
    if request.method == "POST":
        actions.discard_draft(officer=acting, ref=ref)
        messages.success(request, _("The draft was deleted. Until tomorrow you can undo that, under your drafts."))
        return redirect("portal:requests")
    words = [
        _("It was never submitted, and nobody but you has seen it."),
        _("You can have it back for a day; then it is erased."),
    ]
    question = {"title": _("Delete this draft?"), "words": words, "button": _("Delete the draft")}
    return _ask(request, acting, question, reverse("portal:edit", args=[ref]))


@require_POST
@officer
def restore(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    try:
        restored = actions.restore_draft(officer=acting, ref=ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("portal:requests")
    messages.success(request, _("The draft is back."))
    return redirect("portal:edit", restored.ref)


@require_POST
@officer
def copy(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    try:
        copied = actions.copy(officer=acting, ref=ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("portal:requests")
    messages.success(
        request, _("A new draft, with what the other one says. Look at its time, case number and reason.")
    )
    return redirect("portal:edit", copied.ref)


def _end(
    request: HttpRequest,
    acting: Officer,
    ref: str,
    act: Callable[..., VideoRequest],
    question: dict[str, Any],
    *,
    done: str,
) -> HttpResponse:
    asked = portal.request(acting, ref)
    if request.method == "POST":
        try:
            act(officer=acting, ref=ref)
        except Refused as refused:
            return _refused(request, acting, ref, refused)
        messages.success(request, done)
        return redirect("portal:request", ref)
    if not portal.powers(acting, asked).close:
        return redirect("portal:request", ref)
    return _ask(request, acting, question, reverse("portal:request", args=[ref]))


def _ask(request: HttpRequest, acting: Officer, question: dict[str, Any], back: str) -> HttpResponse:
    return render(request, "portal/confirm.html", {"agency": acting.agency, **question, "back": back})


def _refused(request: HttpRequest, acting: Officer, ref: str, refused: Refused) -> HttpResponse:
    warn(request, refused)
    return page(request, acting, portal.request(acting, ref), status=INVALID)


urls = [
    path("requests/<str:ref>/approve/", approve, name="approve"),
    path("requests/<str:ref>/reject/", reject, name="reject"),
    path("requests/<str:ref>/take-back/", take_back, name="take_back"),
    path("requests/<str:ref>/close/", close, name="close"),
    path("requests/<str:ref>/withdraw/", withdraw, name="withdraw"),
    path("requests/<str:ref>/discard/", discard, name="discard"),
    path("requests/<str:ref>/restore/", restore, name="restore"),
    path("requests/<str:ref>/copy/", copy, name="copy"),
]
