"""Official warnings: who may send them here, and those of this instance itself."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.alerts import own, public, reviewing, sources
from goodfences.errors import Refused
from goodfences.web.forms import add_problems
from goodfences.web.staff.forms_of_warnings import SourceForm
from goodfences.web.staff.guard import operator
from goodfences.web.warning_form import WarningForm

INVALID = 422


@require_GET
@operator
def warnings(request: HttpRequest) -> HttpResponse:
    context = {
        "sources": reviewing.sources(),
        "in_force": public.in_force(),
        "tests": len(public.tests_under_way()),
        "geocodes": reviewing.geocodes(),
    }
    return render(request, "staff/warnings.html", context)


@require_http_methods(["GET", "POST"])
@operator
def add_source(request: HttpRequest) -> HttpResponse:
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            added = sources.register(operator=request.user, **form.source())
            messages.success(request, _("Warnings of %(name)s are taken from now on.") % {"name": added.name})
            return redirect("staff:warnings")
        except Refused as refused:
            add_problems(form, refused)
    return render(request, "staff/warning_source.html", {"form": form}, status=INVALID if form.errors else 200)


@require_POST
@operator
def stop_source(request: HttpRequest, ref: str) -> HttpResponse:
    stopped = sources.stop(operator=request.user, ref=ref)
    messages.success(request, _("Nothing more is taken from %(name)s.") % {"name": stopped.name})
    return redirect("staff:warnings")


@require_http_methods(["GET", "POST"])
@operator
def issue(request: HttpRequest) -> HttpResponse:
    form = WarningForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            issued = own.issue(operator=request.user, particulars=form.particulars())
            messages.success(request, _("The warning is public."))
            return redirect("public:warning", issued.ref)
        except Refused as refused:
            add_problems(form, refused)
    return render(request, "staff/warning_issue.html", {"form": form}, status=INVALID if form.errors else 200)


@require_POST
@operator
def call_off(request: HttpRequest, ref: str) -> HttpResponse:
    ended = own.call_off(operator=request.user, ref=ref)
    messages.success(request, _("The warning has ended."))
    return redirect("public:warning", ended.ref)


urls = [
    path("warnings/", warnings, name="warnings"),
    path("warnings/sources/add/", add_source, name="add_warning_source"),
    path("warnings/sources/<str:ref>/stop/", stop_source, name="stop_warning_source"),
    path("warnings/issue/", issue, name="issue_warning"),
    path("warnings/<str:ref>/call-off/", call_off, name="call_off_warning"),
]
