"""The operator names who oversees an agency, and takes their sign-in away again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from goodfences.agencies import queries
from goodfences.oversight import actions, public
from goodfences.web.forms import attempt
from goodfences.web.staff.forms import BodyForm
from goodfences.web.staff.guard import operator

INVALID = 422


@require_http_methods(["GET", "POST"])
@operator
def oversight(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.agency(slug)
    form = BodyForm(request.POST or None)
    if request.method == "POST" and attempt(form, actions.name_body, operator=request.user, slug=slug):
        messages.success(request, _("They can sign in by a code sent to their address."))
        return redirect("staff:oversight", slug)
    bodies = public.bodies(found).prefetch_related("seats")
    context = {"agency": found, "form": form, "bodies": bodies}
    return render(request, "staff/oversight.html", context, status=INVALID if form.errors else 200)


@require_POST
@operator
def end_seat(request: HttpRequest, slug: str, ref: str) -> HttpResponse:
    actions.end_seat(operator=request.user, ref=ref)
    messages.success(request, _("They can’t sign in any more."))
    return redirect("staff:oversight", slug)


urls = [
    path("agencies/<slug:slug>/oversight/", oversight, name="oversight"),
    path("agencies/<slug:slug>/oversight/<str:ref>/end/", end_seat, name="end_seat"),
]
