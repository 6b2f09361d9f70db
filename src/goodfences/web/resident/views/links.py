"""Links that the owner gives somebody: one is made, all of them with when they were opened, one is ended."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.clips import access as clips
from goodfences.clips import refusals
from goodfences.clips.cutting import CutError
from goodfences.clips.models import Clip
from goodfences.clips.sandbox import Interrupted
from goodfences.errors import NotFound, Problem, Refused
from goodfences.links import actions, queries
from goodfences.people import access as people
from goodfences.people.models import Account, Household
from goodfences.redaction import previewing
from goodfences.redaction.making import Made
from goodfences.web import ranges, showing
from goodfences.web.forms import add_problems
from goodfences.web.resident.forms import LinkForm
from goodfences.web.resident.guard import settled
from goodfences.web.resident.pages import INVALID, show


@require_GET
@settled
def all_links(request: HttpRequest, account: Account, household: Household) -> HttpResponse:
    return show(request, account, "links.html", {"links": queries.of(account)})


@require_http_methods(["GET", "POST"])
@never_cache
@settled
def new(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    """Shows what the link would show; makes it; gives it, once."""
    clip = _clip(account, ref)
    form = LinkForm(request.POST or None, initial={"days": actions.USUAL_DAYS})
    try:
        made = previewing.preview(account.pk, actions.plan_for(clip))
        if request.method == "POST" and form.is_valid():
            link, token = actions.make(account=account, clip_ref=ref, **form.cleaned_data)
            url = settings.SITE_URL + reverse("link", args=[token])
            return show(request, account, "link_made.html", {"link": link, "url": url, "clip": clip})
    except Refused as refused:
        if any(problem.field not in form.fields for problem in refused.problems):
            return _cant(request, account, clip, refused.problems)
        add_problems(form, refused)
    except (CutError, Interrupted) as error:
        return _cant(request, account, clip, (Problem("cut.failed", "", refusals.in_words(str(error))),))
    context = {
        "clip": clip,
        "title": _title(clip),
        "made": made,
        "form": form,
        "url": f"{reverse('resident:clip_link_preview', args=[ref])}?{made.sha256[:12]}",
    }
    return show(request, account, "link_new.html", context, INVALID if form.errors else 200)


@require_GET
@never_cache
@settled
def preview(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponseBase:
    return ranges.play(request, ranges.Held(_made(account, _clip(account, ref)).content))


@require_POST
@settled
def end(request: HttpRequest, account: Account, household: Household, ref: str) -> HttpResponse:
    actions.revoke(account=account, ref=ref)
    messages.success(request, _("The link has ended, and the key of its copy is destroyed."))
    return redirect("resident:links")


def _clip(account: Account, ref: str) -> Clip:
    people.owned_home(account)
    return clips.clip_to_download(account, ref)


def _made(account: Account, clip: Clip) -> Made:
    try:
        return previewing.preview(account.pk, actions.plan_for(clip))
    except (Refused, CutError) as error:
        raise NotFound from error


def _cant(request: HttpRequest, account: Account, clip: Clip, problems: tuple[Problem, ...]) -> HttpResponse:
    context = {"clip": clip, "title": _title(clip), "problems": problems}
    return show(request, account, "link_new.html", context, INVALID)


def _title(clip: Clip) -> str:
    return f"{clip.camera.name}, {showing.clock(clip.starts_at)}"


urls = [
    path("home/links/", all_links, name="links"),
    path("home/links/<str:ref>/end/", end, name="end_link"),
    path("home/clips/<str:ref>/link/", new, name="clip_link"),
    path("home/clips/<str:ref>/link/preview/", preview, name="clip_link_preview"),
]
