"""The one door for warrants, subpoenas and emergencies: entered by one operator, confirmed by another."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import source
from goodfences.errors import Refused
from goodfences.legal_demands import actions, public
from goodfences.web.forms import add_problems, warn
from goodfences.web.in_memory import InMemory
from goodfences.web.staff.guard import operator

INVALID = 422


class DemandForm(forms.Form):
    """The act judges; this form only reads."""

    use_required_attribute = False

    document = forms.FileField(
        label=gettext_lazy("The document"),
        help_text=gettext_lazy("As it came: PDF, JPEG or PNG. It is sealed; its hash is published."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/jpeg,image/png"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(public.KINDS.items()))
    authority = forms.CharField(
        label=gettext_lazy("Authority"), help_text=gettext_lazy("Published. No person’s name.")
    )
    reference = forms.CharField(
        label=gettext_lazy("Its number there"), help_text=gettext_lazy("Never published."), max_length=80
    )
    received_on = forms.DateField(
        label=gettext_lazy("Received"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    scope = forms.CharField(
        label=gettext_lazy("What it demands"),
        help_text=gettext_lazy("Published: no name, no house, no case that names somebody."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    subjects = forms.CharField(
        label=gettext_lazy("Whom it is about"),
        help_text=gettext_lazy("Addresses that they sign in with, one a line. They are told."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    outcome = forms.ChoiceField(label=gettext_lazy("What became of it"), choices=list(public.OUTCOMES.items()))
    handed_over = forms.CharField(
        label=gettext_lazy("What was handed over, or why nothing"),
        help_text=gettext_lazy("The least that satisfies it. Published, in the same way."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    secret_until = forms.DateField(
        label=gettext_lazy("Last day of an order of silence"),
        help_text=gettext_lazy("Empty, unless a court ordered it. On the day after it they are told by themselves."),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    secrecy_order = forms.CharField(label=gettext_lazy("That court, and the order’s number"), required=False)

    def particulars(self) -> actions.Particulars:
        values = dict(self.cleaned_data)
        values.pop("document")
        values["subjects"] = values["subjects"].split()
        if (last := values["secret_until"]) is not None:
            # The day is over where the instance is; from here on it is a moment, whatever its zone becomes.
            ends = datetime(last.year, last.month, last.day, tzinfo=timezone.get_default_timezone())
            values["secret_until"] = ends + timedelta(days=1)
        return actions.Particulars(**values)


@require_GET
@operator
def demands(request: HttpRequest) -> HttpResponse:
    found = [{"demand": one, "kind": public.KINDS[one.kind]} for one in actions.demands(request.user)]
    return render(request, "staff/demands.html", {"demands": found, "now": source.now()})


@csrf_exempt
def new(request: HttpRequest) -> HttpResponseBase:
    """Where the document is held is decided before anything of it is read."""
    request.upload_handlers = [InMemory(request)]
    return _new(request)


@require_http_methods(["GET", "POST"])
@csrf_protect
@operator
def _new(request: HttpRequest) -> HttpResponse:
    form = DemandForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            document = form.cleaned_data["document"].read()
            made = actions.enter(operator=request.user, particulars=form.particulars(), document=document)
            messages.success(request, _("It is kept, and waits for another operator."))
            return redirect("staff:demand", made.ref)
        except Refused as refused:
            add_problems(form, refused)
    return render(request, "staff/demand_new.html", {"form": form}, status=INVALID if form.errors else 200)


@require_GET
@operator
def demand(request: HttpRequest, ref: str) -> HttpResponse:
    found = actions.demand(request.user, ref)
    own = found.entered_by == getattr(request.user, "email", "")
    context: dict[str, Any] = {
        "demand": found,
        "kind": public.KINDS[found.kind],
        "outcome": public.OUTCOMES[found.outcome],
        "people": found.subjects.select_related("account").order_by("pk"),
        "own": own,
    }
    return render(request, "staff/demand.html", context)


@require_POST
@operator
def confirm(request: HttpRequest, ref: str) -> HttpResponse:
    try:
        actions.confirm(operator=request.user, ref=ref)
        messages.success(
            request, _("It is counted in public. The people concerned are told when nothing forbids it.")
        )
    except Refused as refused:
        warn(request, refused)
    return redirect("staff:demand", ref)


@require_POST
@operator
def discard(request: HttpRequest, ref: str) -> HttpResponse:
    try:
        actions.discard(operator=request.user, ref=ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("staff:demand", ref)
    messages.success(request, _("It is deleted, with its document."))
    return redirect("staff:demands")


@require_GET
@never_cache
@operator
def document(request: HttpRequest, ref: str) -> HttpResponse:
    """As it came, to keep: a browser never opens it within these pages."""
    found = actions.demand(request.user, ref)
    ending = found.document_type.rpartition("/")[2]
    headers = {"Content-Disposition": f'attachment; filename="demand-{found.ref}.{ending}"'}
    content = actions.document(request.user, ref)
    return HttpResponse(content, content_type=found.document_type, headers=headers)


@require_GET
@operator
def answer(request: HttpRequest, ref: str) -> HttpResponse:
    """To be printed for whoever demands: what there is, what there isn't, and what nobody here can open."""
    found = actions.demand(request.user, ref)
    context = {"demand": found, "outcome": public.OUTCOMES[found.outcome], "instance": settings.INSTANCE_NAME}
    return render(request, "staff/demand_answer.html", context)


urls = [
    path("legal-demands/", demands, name="demands"),
    path("legal-demands/new/", new, name="new_demand"),
    path("legal-demands/<str:ref>/", demand, name="demand"),
    path("legal-demands/<str:ref>/confirm/", confirm, name="confirm_demand"),
    path("legal-demands/<str:ref>/discard/", discard, name="discard_demand"),
    path("legal-demands/<str:ref>/document/", document, name="demand_document"),
    path("legal-demands/<str:ref>/answer/", answer, name="demand_answer"),
]
