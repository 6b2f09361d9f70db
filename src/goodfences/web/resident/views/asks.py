"""The owner's asks: the list, the letter, what would be shared, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import source
from goodfences.cameras.models import Held
from goodfences.clips.cutting import CutError
from goodfences.errors import NotFound, Problem, Refused
from goodfences.evidence import layout
from goodfences.evidence.owner import access as shares
from goodfences.evidence.owner import actions, choosing, queries, wanting
from goodfences.neighbor_requests import queries as neighbors
from goodfences.people import queries as people
from goodfences.people.models import Account
from goodfences.redaction import previewing
from goodfences.video_requests import access, asks, digests
from goodfences.video_requests import queries as requests
from goodfences.video_requests.models.ask import Ask
from goodfences.web import ranges, showing
from goodfences.web.forms import add_problems, warn
from goodfences.web.resident import ask_forms, ask_pages
from goodfences.web.resident.ask_forms import ToldForm, WantForm
from goodfences.web.resident.guard import resident
from goodfences.web.resident.pages import INVALID, show
from goodfences.web.resident.views.cover import waiting


@require_GET
@resident
def index(request: HttpRequest, account: Account) -> HttpResponse:
    """Asks that wait first, then what became of the others."""
    waiting, past = ask_pages.listed(account)
    context = {
        "waiting": waiting,
        "past": past,
        "is_away": people.hours_of(account).is_away(source.now()),
        "all_muted": requests.all_muted(account.pk),
        "neighbors_waiting": neighbors.undecided(account).count(),
    }
    return show(request, account, "ask_list.html", context)


@require_GET
@never_cache
@resident
def ask(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """The letter with the clips to choose from, or what became of the ask."""
    found = access.ask(account, ref)
    found.state = asks.mark_opened(account=account, ask_ref=ref).state
    if ask_pages.is_waiting(found):
        chosen = ask_forms.kept(request, ref)
        return _choose(request, account, found, ToldForm(chosen), chosen)
    return show(request, account, "ask_done.html", {**ask_pages.letter(found), **ask_pages.given(found)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@resident
def check(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """Shows, in words and to play, exactly what would leave. Nothing leaves here.

    What was chosen is posted, kept for this sign-in, and shown by an address that can be opened again.
    """
    found = access.ask(account, ref)
    if request.method == "POST":
        ask_forms.keep(request, ref, ToldForm.base_fields)
        if covered := request.POST.get("cover"):
            return redirect(f"{reverse('resident:clip_cover', args=[covered])}?{urlencode({'ask': ref})}")
        return redirect("resident:ask_check", ref)
    chosen = ask_forms.kept(request, ref)
    if chosen is None or not ask_pages.is_waiting(found):
        return redirect("resident:ask", ref)
    told_form = ToldForm(chosen)
    told_form.is_valid()
    offered = ask_forms.offered(choosing.asked(found), account, chosen)
    try:
        along = partial(choosing.told, told_form.cleaned_data)
        planned, told = ask_forms.checked(choosing.asked(found), (one for one in offered if one.chosen), along)
        made = previewing.all_soon(account.pk, [cut.plan for cut in planned])
    except (Refused, CutError) as error:
        return _choose(request, account, found, told_form, chosen, ask_forms.problems_of(error))
    if made is None:
        return waiting(request, account, _("What would be shared is being made"), reverse("resident:ask", args=[ref]))
    leaving = [ask_forms.leaving(account, cut, _preview_url(found, cut.clip.ref)) for cut in planned]
    context = {"leaving": leaving, "number": len(leaving), "told": told, "told_form": told_form}
    return show(request, account, "ask_check.html", ask_pages.letter(found) | context)


@require_POST
@resident
def share(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """The decision. The answer comes once it is durable."""
    told_form = ToldForm(request.POST)
    told_form.is_valid()
    try:
        actions.share(
            account=account, ask_ref=ref, cuts=ask_forms.confirmed(request.POST), told=told_form.cleaned_data
        )
    except Refused as refused:
        return _choose(request, account, access.ask(account, ref), told_form, request.POST, refused.problems)
    ask_forms.forget(request)
    return redirect("resident:ask", ref)


@require_POST
@resident
def want(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """Ask the own hub for a part of the home buffer, to look at it here."""
    found = access.ask(account, ref)
    form = WantForm(wanting.held_for(found), request.POST)
    try:
        if form.is_valid():
            data = form.cleaned_data
            wanting.want(
                account=account,
                ask_ref=ref,
                camera_ref=data["camera"],
                starts_at=data["starts_at"],
                ends_at=data["ends_at"],
            )
            return redirect(f"{reverse('resident:ask', args=[ref])}#home")
    except Refused as refused:
        add_problems(form, refused)
    return _choose(request, account, found, ToldForm(ask_forms.kept(request, ref)), None, want_form=form)


@require_POST
@resident
def decline(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    ask_forms.forget(request)
    return _act(request, access.ask(account, ref), asks.decline)


@require_POST
@resident
def remind(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """One email about it, tomorrow: the only one that comes after the first, and only because its owner asks."""
    try:
        at = digests.remind_once(ask=access.ask(account, ref), account=account)
        messages.success(request, _("You get one email about it, %(when)s.") % {"when": showing.moment(at)})
    except Refused as refused:
        warn(request, refused)
    return redirect("resident:ask", ref)


@require_POST
@resident
def undo_decline(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    return _act(request, access.ask(account, ref), asks.undo_decline)


@require_POST
@resident
def mute(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """`whom` is `agency` or `all`; `act` is `mute` or `unmute`."""
    found = access.ask(account, ref)
    agency_id = None if request.POST.get("whom") == "all" else found.video_request.agency_id
    act = asks.unmute if request.POST.get("act") == "unmute" else asks.mute
    act(owner_id=account.pk, agency_id=agency_id)
    whom = _("any agency") if agency_id is None else found.video_request.agency.name
    text = (
        _("You will hear from %(whom)s again.") if act is asks.unmute else _("You won’t be asked by %(whom)s again.")
    )
    messages.success(request, text % {"whom": whom})
    return redirect("resident:ask", ref)


@require_POST
@resident
def take_back(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """Undo a share, until it was downloaded."""
    found = access.ask(account, ref)
    given = ask_pages.given(found)["share"]
    if given is None:
        raise NotFound
    try:
        actions.withdraw(account=account, share_ref=given.ref)
        agency = found.video_request.agency.name
        messages.success(request, _("You took it back. %(agency)s finds nothing any more.") % {"agency": agency})
    except Refused as refused:
        warn(request, refused)
    return redirect("resident:ask", ref)


@require_GET
@never_cache
@resident
def preview(request: HttpRequest, account: Account, ref: str, clip_ref: str) -> HttpResponseBase:
    """The video as it would leave: `starts_ms`, `ends_ms`, `exact` and `audio` as on the page that shows it."""
    found = access.ask(account, ref)
    try:
        choice = ask_forms.played(clip_ref, request.GET.dict())
        made = previewing.preview(account.pk, choosing.planned(found, [choice])[0].plan)
    except (KeyError, ValueError, Refused, CutError) as error:
        raise NotFound from error
    return ranges.play(request, ranges.Held(made.content))


@require_GET
@resident
def receipt(request: HttpRequest, account: Account, ref: str, video_ref: str) -> HttpResponse:
    """The signed consent receipt of one video, to keep. Taken back, it has none any more."""
    access.ask(account, ref)
    video = shares.shared_video(account, video_ref)
    if video.withdrawn_at is not None:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="receipt-{video.ref}.json"'}
    return HttpResponse(layout.as_json(video.receipt), content_type="application/json", headers=headers)


def _choose(
    request: HttpRequest,
    account: Account,
    found: Ask,
    told_form: ToldForm,
    data: QueryDict | None,
    problems: tuple[Problem, ...] = (),
    want_form: WantForm | None = None,
) -> HttpResponse:
    offered = ask_forms.offered(choosing.asked(found), account, data, problems)
    general = ask_forms.put_beside(told_form, offered, problems)
    context = {**ask_pages.letter(found), "offered": offered, "told_form": told_form, "problems": problems}
    context["general_problems"] = general
    context["share"] = queries.share_of(found)
    context |= ask_pages.at_home(found)
    context["reminder_at"] = digests.reminder_at(found, account)
    context["want_form"] = want_form or _proposed(found, context["held"])
    return show(request, account, "ask.html", context, INVALID if problems or want_form else 200)


def _proposed(found: Ask, held: Sequence[Held]) -> WantForm | None:
    """The first two minutes of what is at home; None where nothing is."""
    if not held:
        return None
    begins, ends = wanting.inside(held[0], found.video_request)
    initial = {"camera": held[0].camera.ref, "starts_at": begins, "ends_at": min(ends, begins + timedelta(minutes=2))}
    return WantForm(held, initial=initial)


def _preview_url(found: Ask, clip_ref: str) -> str:
    return reverse("resident:ask_preview", args=[found.ref, clip_ref])


def _act(request: HttpRequest, found: Ask, act: object) -> HttpResponse:
    try:
        act(ask_ref=found.ref)  # type: ignore[operator]
    except Refused as refused:
        warn(request, refused)
    return redirect("resident:ask", found.ref)


urls = [
    path("requests/", index, name="asks"),
    path("requests/<str:ref>/", ask, name="ask"),
    path("requests/<str:ref>/check/", check, name="ask_check"),
    path("requests/<str:ref>/share/", share, name="ask_share"),
    path("requests/<str:ref>/want/", want, name="ask_want"),
    path("requests/<str:ref>/decline/", decline, name="ask_decline"),
    path("requests/<str:ref>/remind/", remind, name="ask_remind"),
    path("requests/<str:ref>/undo/", undo_decline, name="ask_undo_decline"),
    path("requests/<str:ref>/take-back/", take_back, name="ask_take_back"),
    path("requests/<str:ref>/mute/", mute, name="ask_mute"),
    path("requests/<str:ref>/preview/<str:clip_ref>.mp4", preview, name="ask_preview"),
    path("requests/<str:ref>/receipts/<str:video_ref>.json", receipt, name="ask_receipt"),
]
