"""An agency applies, proves its domain and signs. Whoever has the application's link acts for it; none signs in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.agencies import queries as agencies
from goodfences.errors import Refused
from goodfences.joining import access, actions, dns
from goodfences.joining.models import Application
from goodfences.joining.signed import NAMESPACE
from goodfences.web.forms import warn
from goodfences.web.joining.forms import SAID_ANEW, ApplyForm, RenewForm, SignatureForm, add_problems
from goodfences.web.peers import peer_of

INVALID = 422


@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    initial = {"time_zone": timezone.get_current_timezone_name(), "reuse": "case", "retention_days": 30}
    return _taken(request, ApplyForm(request.POST or None, initial=initial), {})


@require_http_methods(["GET", "POST"])
def renew(request: HttpRequest, slug: str) -> HttpResponse:
    """A new agreement of an agency that is here, or was."""
    agency = agencies.agency(slug)
    initial = {name: getattr(agency, name) for name in SAID_ANEW if name != "area"}
    before = agencies.agreements(agency).first()
    if before is not None:
        initial |= {"agreement_text": before.text, "signed_by": before.signed_by}
    return _taken(request, RenewForm(request.POST or None, initial=initial), {"agency": agency})


def _taken(request: HttpRequest, form: RenewForm, context: dict[str, Any]) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        renews = context["agency"].slug if context else ""
        try:
            made = actions.apply(given=form.applied(), peer=peer_of(request), renews=renews)
        except Refused as refused:
            add_problems(form, refused)
        else:
            return redirect("joining:application", access.own_link(made))
    context |= {"form": form, "days": settings.NOTICE_DAYS}
    return render(request, "joining/apply.html", context, status=INVALID if form.errors else 200)


@require_http_methods(["GET", "POST"])
@never_cache
def application(request: HttpRequest, token: str) -> HttpResponse:
    """What comes next, for whoever has the link."""
    found = access.by_own_link(token)
    act = request.POST.get("act", "")
    form = SignatureForm(request.POST or None, request.FILES or None) if act == "sign" else SignatureForm()
    if request.method == "POST" and _done(request, found, act, form):
        return redirect("joining:application", token)
    found.refresh_from_db()
    context = {
        "application": found,
        "token": token,
        "form": form,
        "record": dns.record_of(found.particulars["domain"]),
        "namespace": NAMESPACE,
        "days": settings.NOTICE_DAYS,
    }
    return render(request, "joining/application.html", context, status=INVALID if request.method == "POST" else 200)


def _done(request: HttpRequest, found: Application, act: str, form: SignatureForm) -> bool:
    acts: dict[str, tuple[Callable[[], Any], str]] = {
        "dns": (lambda: actions.prove_by_dns(application=found), _("Your domain is proven.")),
        "mail": (lambda: actions.ask_by_mail(application=found), _("The mail is on its way.")),
        "withdraw": (lambda: actions.withdraw(application=found), _("The application is withdrawn.")),
        "sign": (lambda: actions.sign(application=found, signature=form.given()), _("Your signature holds.")),
    }
    if act not in acts or (act == "sign" and not form.is_valid()):
        return False
    do, words = acts[act]
    try:
        do()
    except Refused as refused:
        if act == "sign":
            add_problems(form, refused)
        else:
            warn(request, refused)
        return False
    messages.success(request, words)
    return True


@require_GET
@never_cache
def statement(request: HttpRequest, token: str) -> HttpResponse:
    """What is signed, to the byte."""
    found = access.by_own_link(token)
    answer = HttpResponse(found.statement.encode(), content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="agreement.txt"'
    return answer


@require_http_methods(["GET", "POST"])
@never_cache
def prove(request: HttpRequest, token: str) -> HttpResponse:
    """What the mail to the published contact opens: a button, because mail scanners open links."""
    found, done = access.by_proof_link(token), False
    if request.method == "POST":
        try:
            actions.prove_by_mail(token=token)
            done = True
        except Refused as refused:
            warn(request, refused)
    return render(request, "joining/prove.html", {"application": found, "done": done})
