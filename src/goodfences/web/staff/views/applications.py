"""Applications that agencies have signed: the operator announces or refuses them, and takes comments away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.errors import Refused
from goodfences.joining import access, actions, public, queries
from goodfences.web.forms import add_problems, warn
from goodfences.web.staff.forms import SuspendForm
from goodfences.web.staff.guard import operator

INVALID = 422


@require_GET
@operator
def applications(request: HttpRequest) -> HttpResponse:
    context = {"waiting": queries.waiting(), "announced": queries.announced()}
    return render(request, "staff/applications.html", context)


@require_GET
@operator
def application(request: HttpRequest, ref: str) -> HttpResponse:
    found = access.for_operator(request.user, ref)
    context = {"application": found, "given": found.particulars, "remarks": public.remarks(found)}
    return render(request, "staff/application.html", context)


@require_POST
@operator
def announce(request: HttpRequest, ref: str) -> HttpResponse:
    try:
        actions.announce(operator=request.user, ref=ref)
        messages.success(request, _("It is announced."))
    except Refused as refused:
        warn(request, refused)
    return redirect("staff:application", ref)


@require_http_methods(["GET", "POST"])
@operator
def refuse_application(request: HttpRequest, ref: str) -> HttpResponse:
    found = access.for_operator(request.user, ref)
    return _with_reason(request, actions.refuse_application, ref, {"application": found})


@require_http_methods(["GET", "POST"])
@operator
def hide_remark(request: HttpRequest, ref: str) -> HttpResponse:
    found = access.remark_for_operator(request.user, ref)
    return _with_reason(request, actions.hide, ref, {"application": found.application, "remark": found})


def _with_reason(request: HttpRequest, act: Callable[..., Any], ref: str, context: dict[str, Any]) -> HttpResponse:
    form = SuspendForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(operator=request.user, ref=ref, reason=form.cleaned_data["reason"])
        except Refused as refused:
            add_problems(form, refused)
        else:
            return redirect("staff:application", context["application"].ref)
    context |= {"form": form}
    return render(request, "staff/application_reason.html", context, status=INVALID if form.errors else 200)


urls = [
    path("applications/", applications, name="applications"),
    path("applications/<str:ref>/", application, name="application"),
    path("applications/<str:ref>/announce/", announce, name="announce"),
    path("applications/<str:ref>/refuse/", refuse_application, name="refuse_application"),
    path("remarks/<str:ref>/hide/", hide_remark, name="hide_remark"),
]
