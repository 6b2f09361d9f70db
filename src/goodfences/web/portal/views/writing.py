"""Writing a request: the map, the fields, and every rule while one writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from goodfences import source
from goodfences.agencies.models import Officer
from goodfences.agencies.queries import policy_for
from goodfences.errors import NotFound, Problem, Refused
from goodfences.video_requests import actions, portal, reasons
from goodfences.video_requests.models.request import VideoRequest
from goodfences.web.forms import add_problems
from goodfences.web.portal import helping
from goodfences.web.portal.fields import PATTERN
from goodfences.web.portal.forms import RequestForm
from goodfences.web.portal.guard import officer

INVALID = 422
MOMENTS = ("starts_at", "ends_at")
AREA, RADIUS = "area", "area_radius_m"
WORDS_USED = "words-used"


@require_http_methods(["GET", "POST"])
@officer
def new(request: HttpRequest, acting: Officer) -> HttpResponse:
    if not portal.may_ask(acting):
        raise NotFound
    begun = _begun(request, acting)
    saved = portal.requests_of(acting).filter(ref=begun).first() if begun else None
    if saved is not None and not portal.powers(acting, saved).edit:
        return redirect("portal:request", saved.ref)
    return _write(request, acting, saved, begun)


@require_http_methods(["GET", "POST"])
@officer
def edit(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    saved = portal.request(acting, ref)
    if not portal.powers(acting, saved).edit:
        return redirect("portal:request", ref)
    return _write(request, acting, saved)


@require_POST
@officer
def check(request: HttpRequest, acting: Officer) -> HttpResponse:
    """The rules that the form as it stands would break, as a piece of its page; with `words` those to begin with."""
    ref = request.POST.get("ref", "")
    saved = portal.request(acting, ref) if ref else None
    form = RequestForm(request.POST, acting=acting, saved=saved)
    if "words" in request.GET:
        action = reverse("portal:edit", args=[ref]) if saved else reverse("portal:new")
        return render(request, "portal/_beginnings.html", _to_begin_with(form) | {"action": action})
    return render(request, "portal/_rules.html", _verdict(form, acting, _problems(form, acting, saved)))


def _begun(request: HttpRequest, acting: Officer) -> str:
    """The reference that this form brought along for its draft, so that sending it again makes no second one."""
    try:
        return _signer(acting).unsign(request.POST.get("begun", ""))
    except BadSignature:
        return ""


def _signer(acting: Officer) -> Signer:
    return Signer(salt=f"portal.begun.{acting.ref}")


def _write(request: HttpRequest, acting: Officer, saved: VideoRequest | None, begun: str = "") -> HttpResponse:
    if request.method == "GET":
        return _show(request, acting, RequestForm(acting=acting, saved=saved), saved)
    if "use" in request.POST or "check" in request.POST:
        form = RequestForm(with_choice(request.POST), acting=acting, saved=saved)
        shown = _show(request, acting, form, saved, extra=_verdict(form, acting, _problems(form, acting, saved)))
        # The page asks for the verdict anew once the words stand in it: one that is under way knows them not.
        return trigger_client_event(shown, WORDS_USED, after="settle") if "use" in request.POST else shown
    form = RequestForm(request.POST, acting=acting, saved=saved)
    submits = "submit" in request.POST
    if not form.is_valid() or (saved is None and form.given().is_empty):
        if submits:
            _add_unless_wrong(form, _problems(form, acting, saved))
        elif form.is_valid():
            form.add_error(None, _("There is nothing to keep yet: fill in a field first."))
        return _refused(request, acting, form, saved, submits=submits)
    kept = False
    try:
        saved = actions.save_draft(officer=acting, fields=form.given(), ref=saved.ref if saved else "", begun=begun)
        kept = True
        if not submits:
            messages.success(request, _("The draft was saved. Nobody but you sees it."))
            return redirect("portal:edit", saved.ref)
        actions.submit(officer=acting, ref=saved.ref)
    except Refused as refused:
        add_problems(form, refused)
        return _refused(request, acting, form, saved, submits=submits, kept=kept)
    messages.success(request, _("Submitted. A second officer of your agency opens it or rejects it."))
    return redirect("portal:request", saved.ref)


def _refused(
    request: HttpRequest,
    acting: Officer,
    form: RequestForm,
    saved: VideoRequest | None,
    *,
    submits: bool,
    kept: bool = False,
) -> HttpResponse:
    """The form again, with what is wrong, and with the truth about what became of it."""
    title = ""
    if kept:
        title = _("It was not submitted. It is kept as a draft. Please look at this:")
    elif submits:
        title = _("It was not submitted, and nothing of it was saved. Please look at this:")
    return _show(request, acting, form, saved, extra={"refused_title": title}, status=INVALID)


def with_choice(data: QueryDict) -> QueryDict:
    """The posted form with what a button of the page offers: `use` is `ends_at=2026-11-24T22:00:00+02:00`,
    `area_radius_m=640`, `area={"type": "Polygon", ...}`, or `reason=theft.0.en`, words to begin with."""
    changed = data.copy()
    field, _separator, text = changed.get("use", "").partition("=")
    if field in MOMENTS:
        try:
            changed[field] = timezone.localtime(datetime.fromisoformat(text)).strftime(PATTERN)
        except ValueError:
            return changed
    elif field == RADIUS and text.isdecimal():
        changed[RADIUS] = text
    elif field == AREA:
        changed[AREA] = text
    elif field == "reason" and (begun := reasons.beginning(text)):
        changed["reason"] = "\n\n".join(part for part in (changed.get("reason", "").strip(), begun.text) if part)
    return changed


def _problems(form: RequestForm, acting: Officer, saved: VideoRequest | None) -> list[Problem]:
    form.is_valid()
    found = actions.check(officer=acting, fields=form.given(), ref=saved.ref if saved else "")
    unreadable = [problem for problem in form.problems() if problem.field != "area"]
    wrong = {problem.field for problem in unreadable}
    return unreadable + [problem for problem in found if problem.field not in wrong]


def _add_unless_wrong(form: RequestForm, problems: list[Problem]) -> None:
    """Put what the policy says beside the fields that could be read."""
    add_problems(form, Refused(*[problem for problem in problems if problem.field not in form.errors]))


def _verdict(form: RequestForm, acting: Officer, problems: list[Problem]) -> dict[str, Any]:
    """Size and length so far, and the broken rules, apart from what simply hasn't been filled in yet."""
    given, policy = form.given(), policy_for(acting.agency)
    empty = {name for name in form.fields if not any(_values(form, name))}
    left_out = empty - set(form.OPTIONAL) | ({"urgent_reason"} & empty if given.urgent else set())
    told = [problem for problem in problems if problem.field not in left_out]
    return {
        "checked": True,
        "so_far": helping.so_far(given, policy),
        "broken": [(form[p.field].label if p.field in form.fields else "", p) for p in told],
        "missing": [form[name].label for name in form.fields if name in left_out],
        "moments": MOMENTS,
        "radius": helping.radius_that_fits(told, given, form[AREA].data["radius"]),
        "inside": helping.part_inside(given, acting.agency.area, policy),
    }


def _to_begin_with(form: RequestForm) -> dict[str, Any]:
    """Words to begin a reason with, for the type of incident that is chosen."""
    chosen = str(form["incident_type"].value() or "")
    return {"beginnings": reasons.beginnings(chosen)}


def _values(form: RequestForm, name: str) -> list[str]:
    value = form[name].data
    return list(value.values()) if isinstance(value, dict) else [str(value or "").strip()]


def _show(
    request: HttpRequest,
    acting: Officer,
    form: RequestForm,
    saved: VideoRequest | None,
    *,
    extra: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    action = reverse("portal:edit", args=[saved.ref]) if saved else reverse("portal:new")
    policy = policy_for(acting.agency)
    context = {"officer": acting, "agency": acting.agency, "form": form, "saved": saved, "action": action}
    if saved is None:
        context["begun"] = request.POST.get("begun") or _signer(acting).sign(source.new_ref("video_request"))
    limits = [
        rule for rule in policy.rules if rule.limit and rule.name not in ("homes.min", "asks.max", "asks.period")
    ]
    context |= {"limits": limits, **_to_begin_with(form), **(extra or {})}
    return render(request, "portal/write.html", context, status=status)


urls = [
    path("requests/new/", new, name="new"),
    path("requests/check/", check, name="check"),
    path("requests/<str:ref>/edit/", edit, name="edit"),
]
