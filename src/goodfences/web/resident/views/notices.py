"""A resident says something in public about an agreement that is announced."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from goodfences.joining import public
from goodfences.joining.actions import remark as say
from goodfences.people.models import Account
from goodfences.web.forms import attempt
from goodfences.web.resident.forms import RemarkForm
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import INVALID, show


@require_http_methods(["GET", "POST"])
@resident
def remark(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    notice = public.notice(ref)
    form = RemarkForm(request.POST or None)
    if request.method == "POST" and attempt(form, say, account=account, application_ref=ref):
        messages.success(request, _("It is public now. Your name isn’t."))
        return redirect("public:notice", ref)
    return show(request, account, "remark.html", {"notice": notice, "form": form}, INVALID if form.errors else 200)


urls = [path("notices/<str:ref>/comment/", remark, name="remark")]
