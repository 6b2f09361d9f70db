"""What neighbors ask an owner: the letter, what would be shared, what was; and the wish not to be asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import source
from goodfences.clips.cutting import CutError
from goodfences.clips.sandbox import Interrupted
from goodfences.errors import NotFound, Problem, Refused
from goodfences.evidence import layout
from goodfences.neighbor_requests import access, asks, letters, queries, rules, shares
from goodfences.neighbor_requests.models import NeighborAsk
from goodfences.people.models import Account
from goodfences.redaction import choosing, previewing
from goodfences.web import ranges, within
from goodfences.web.forms import warn
from goodfences.web.resident import ask_forms
from goodfences.web.resident.guard import resident
from goodfences.web.resident.neighbor_forms import GivenForm
from goodfences.web.resident.pages import INVALID, show
from goodfences.web.resident.views.cover import waiting


@require_GET
@never_cache
@resident
def ask(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """The letter with the clips to choose from, or what became of the ask."""
    found = access.ask(account, ref)
    found.state = asks.mark_opened(account=account, ref=ref).state
    if not _is_waiting(found):
        return show(request, account, "neighbor_done.html", {**_letter(found), **_given(found)})
    chosen = ask_forms.kept(request, ref)
    return _choose(request, account, found, GivenForm(chosen), chosen)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@resident
def ask_check(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """Shows, in words and to play, exactly what the neighbor could watch. Nothing leaves here."""
    found = access.ask(account, ref)
    if request.method == "POST":
        ask_forms.keep(request, ref, GivenForm.base_fields)
        if covered := request.POST.get("cover"):
            return redirect(f"{reverse('resident:clip_cover', args=[covered])}?ask={ref}")
        return redirect("resident:neighbor_check", ref)
    chosen = ask_forms.kept(request, ref)
    if chosen is None or not _is_waiting(found):
        return redirect("resident:neighbor_ask", ref)
    form = GivenForm(chosen)
    form.is_valid()
    offered = ask_forms.offered(shares.asked(found), account, chosen)
    try:
        along = partial(shares.checked, form.cleaned_data.get("note", ""), form.cleaned_data.get("days", 0))
        planned, _told = ask_forms.checked(shares.asked(found), (one for one in offered if one.chosen), along)
        made = previewing.all_soon(account.pk, [cut.plan for cut in planned])
    except (Refused, CutError) as error:
        return _choose(request, account, found, form, chosen, ask_forms.problems_of(error))
    if made is None:
        back = reverse("resident:neighbor_ask", args=[ref])
        return waiting(request, account, _("What would be shared is being made"), back)
    leaving = [ask_forms.leaving(account, cut, _preview_url(found, cut.clip.ref)) for cut in planned]
    context = {"leaving": leaving, "number": len(leaving), "note": form["note"].value(), "form": form}
    context["days"] = dict(form.fields["days"].choices)[form.cleaned_data["days"]]  # type: ignore[attr-defined]
    return show(request, account, "neighbor_check.html", _letter(found) | context)


@require_POST
@resident
def share(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """The decision. The answer comes once it is durable."""
    found, form = access.ask(account, ref), GivenForm(request.POST)
    form.is_valid()
    given = form.cleaned_data
    try:
        cuts = ask_forms.confirmed(request.POST)
        shares.share(account=account, ask_ref=ref, cuts=cuts, note=given.get("note", ""), days=given.get("days", 0))
    except (Refused, CutError, Interrupted) as error:
        return _choose(request, account, found, form, request.POST, ask_forms.problems_of(error))
    ask_forms.forget(request)
    return redirect("resident:neighbor_ask", ref)


@require_POST
@resident
def decline(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    ask_forms.forget(request)
    return _act(request, access.ask(account, ref), asks.decline)


@require_POST
@resident
def undo_decline(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    return _act(request, access.ask(account, ref), asks.undo_decline)


@require_POST
@resident
def take_back(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """End what was shared, at once."""
    given = queries.share_of(access.ask(account, ref))
    if given is None:
        raise NotFound
    shares.take_back(account=account, ref=given.ref)
    messages.success(request, _("It has ended, and its keys are destroyed. Your neighbor finds nothing any more."))
    return redirect("resident:neighbor_ask", ref)


@require_POST
@resident
def report(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """Have a moderator look at the request."""
    try:
        asks.report(account=account, ref=ref, why=request.POST.get("why", ""))
        messages.success(request, _("A moderator will look at it. Whoever asked isn’t told."))
    except Refused as refused:
        warn(request, refused)
    return redirect("resident:neighbor_ask", ref)


@require_GET
@never_cache
@resident
def preview(request: HttpRequest, account: Account, ref: str, clip_ref: str) -> HttpResponseBase:
    """The video as the neighbor would see it."""
    found = access.ask(account, ref)
    try:
        choice = ask_forms.played(clip_ref, request.GET.dict())
        made = previewing.preview(account.pk, choosing.planned(shares.asked(found), [choice])[0].plan)
    except (KeyError, ValueError, Refused, CutError) as error:
        raise NotFound from error
    return ranges.play(request, ranges.Held(made.content))


@require_GET
@resident
def receipt(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """The signed consent receipt of what was shared last, to keep."""
    given = queries.share_of(access.ask(account, ref))
    if given is None:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="receipt-{given.ref}.json"'}
    return HttpResponse(layout.as_json(given.receipt), content_type="application/json", headers=headers)


@require_POST
@resident
def mute(request: HttpRequest, account: Account) -> HttpResponse:
    """`act` is `mute` or `unmute`; `next` a page of ours to come back to."""
    if request.POST.get("act") == "unmute":
        asks.unmute(owner_id=account.pk)
        messages.success(request, _("Neighbors may ask you again. Each time it is your choice."))
    else:
        asks.mute(owner_id=account.pk)
        messages.success(request, _("No neighbor asks you any more. Nobody is told."))
    return redirect(within.path(request.POST.get("next", ""), otherwise=reverse("resident:messages")))


def _choose(
    request: HttpRequest,
    account: Account,
    found: NeighborAsk,
    form: GivenForm,
    data: QueryDict | None,
    problems: tuple[Problem, ...] = (),
) -> HttpResponse:
    offered = ask_forms.offered(shares.asked(found), account, data, problems)
    general = ask_forms.put_beside(form, offered, problems)
    context = {
        **_letter(found),
        "offered": offered,
        "form": form,
        "told_form": form,
        "problems": problems,
        "general_problems": general,
        "share": queries.share_of(found),
    }
    return show(request, account, "neighbor_ask.html", context, INVALID if problems else 200)


def _letter(found: NeighborAsk) -> dict[str, Any]:
    return {
        "ask": found,
        "asked": found.request,
        "what": letters.in_words(found.request, found.owner.language),
        "cameras": choosing.cameras_of(shares.asked(found)),
        "open": found.request.takes_answers(source.now()),
        "is_muted": queries.is_muted(found.owner),
        "limits": rules.in_force(),
    }


def _given(found: NeighborAsk) -> dict[str, Any]:
    """What was shared, and when it was watched."""
    share = queries.share_of(found)
    videos = list(share.videos.select_related("copy").order_by("starts_at", "ref")) if share else []
    live = share is not None and any(access.is_there(video) for video in videos)
    return {
        "share": share,
        "is_live": live,
        "videos": [{"video": one, "facts": shares.facts_of(one)} for one in videos],
        "watches": queries.watches_of(share) if share else [],
    }


def _is_waiting(found: NeighborAsk) -> bool:
    return found.state in asks.UNDECIDED and found.request.takes_answers(source.now())


def _preview_url(found: NeighborAsk, clip_ref: str) -> str:
    return reverse("resident:neighbor_preview", args=[found.ref, clip_ref])


def _act(request: HttpRequest, found: NeighborAsk, act: Callable[..., Any]) -> HttpResponse:
    try:
        act(ref=found.ref)
    except Refused as refused:
        warn(request, refused)
    return redirect("resident:neighbor_ask", found.ref)


urls = [
    path("settings/neighbors/", mute, name="neighbor_mute"),
    path("requests/neighbors/<str:ref>/", ask, name="neighbor_ask"),
    path("requests/neighbors/<str:ref>/check/", ask_check, name="neighbor_check"),
    path("requests/neighbors/<str:ref>/share/", share, name="neighbor_share"),
    path("requests/neighbors/<str:ref>/decline/", decline, name="neighbor_decline"),
    path("requests/neighbors/<str:ref>/undo/", undo_decline, name="neighbor_undo_decline"),
    path("requests/neighbors/<str:ref>/take-back/", take_back, name="neighbor_take_back"),
    path("requests/neighbors/<str:ref>/report/", report, name="neighbor_report"),
    path("requests/neighbors/<str:ref>/preview/<str:clip_ref>.mp4", preview, name="neighbor_preview"),
    path("requests/neighbors/<str:ref>/receipt.json", receipt, name="neighbor_receipt"),
]
