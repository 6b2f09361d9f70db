"""A shared video after the share, as its owner sees it: who has it, until when, and what the owner is asked.

Looking at these pages tells nobody anything, and leaving them without an answer is an answer too (P2, P4).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import source
from goodfences.errors import NotFound, Refused
from goodfences.evidence import layout
from goodfences.evidence.after.queries import After
from goodfences.evidence.models.after import Reuse
from goodfences.evidence.models.share import Share
from goodfences.evidence.owner import access as shares
from goodfences.evidence.owner import afterwards, letters
from goodfences.mail import links
from goodfences.people.models import Account
from goodfences.video_requests import access
from goodfences.video_requests import letters as ask_letters
from goodfences.web import showing
from goodfences.web.forms import attempt, warn
from goodfences.web.resident import pages
from goodfences.web.resident.guard import resident
from goodfences.web.resident.holding import for_the_holder_of
from goodfences.web.resident.pages import INVALID, show


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        help_text=gettext_lazy("Your words go to the agency as they stand here, and nothing else of you."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@require_GET
@never_cache
@resident
def video(request: HttpRequest, account: Account, ref: str, video_ref: str) -> HttpResponse:
    """Everything that became of one video."""
    return _page(request, account, ref, video_ref, AnswerForm())


@require_POST
@resident
def answer(request: HttpRequest, account: Account, ref: str, video_ref: str) -> HttpResponse:
    """The answer to the one question."""
    _of_ask(account, ref, video_ref)
    form = AnswerForm(request.POST)
    if attempt(form, afterwards.answer_question, account=account, video_ref=video_ref):
        messages.success(request, _("Your answer was passed on."))
        return redirect("resident:ask_video", ref, video_ref)
    return _page(request, account, ref, video_ref, form, INVALID)


@require_POST
@resident
def another_case(request: HttpRequest, account: Account, ref: str, video_ref: str) -> HttpResponse:
    """`act` is `allow`, `decline` or `undo`, about the `reuse` that is named."""
    found = _of_ask(account, ref, video_ref)
    reuse_ref = request.POST.get("reuse", "")
    if reuse_ref not in [reuse.ref for reuse in found.reuses]:
        raise NotFound
    try:
        _do(request.POST.get("act", ""), account, reuse_ref)
    except Refused as refused:
        warn(request, refused)
    return redirect("resident:ask_video", ref, video_ref)


@require_http_methods(["GET", "POST"])
@resident
def ask_deletion(request: HttpRequest, account: Account, ref: str, video_ref: str) -> HttpResponse:
    """Says what will happen, then does it."""
    found = _of_ask(account, ref, video_ref)
    back = reverse("resident:ask_video", args=[ref, video_ref])
    if request.method == "POST":
        try:
            asked = afterwards.ask_deletion(account=account, video_ref=video_ref)
            day = showing.moment(asked.due_at)
            messages.success(request, _("You asked for its deletion. An answer is due by %(day)s.") % {"day": day})
        except Refused as refused:
            warn(request, refused)
        return redirect(back)
    if found.video.downloaded_at is None or found.deletion is not None:
        return redirect(back)
    agency = access.ask(account, ref).video_request.agency.name
    words = [
        _("%(agency)s has to answer: that every copy is deleted, or that it keeps it, why, and by which law."),
        _("They see which video it is, and not who you are. The answer is public, without anything about you."),
    ]
    return pages.confirm(
        request,
        account,
        title=_("Ask %(agency)s to delete it?") % {"agency": agency},
        words=[sentence % {"agency": agency} for sentence in words],
        button=_("Ask them to delete it"),
        back=back,
    )


@require_GET
@never_cache
@resident
def deletion_receipt(request: HttpRequest, account: Account, ref: str, video_ref: str) -> HttpResponse:
    """The signed proof that the copy kept here was destroyed."""
    found = _of_ask(account, ref, video_ref).video
    if not found.deletion_receipt:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="deleted-{found.ref}.json"'}
    return HttpResponse(layout.as_json(found.deletion_receipt), content_type="application/json", headers=headers)


def _reader(found: tuple[Reuse, Share]) -> Account:
    ask = found[1].ask
    assert ask is not None
    return ask.owner


@require_http_methods(["GET", "HEAD", "POST"])
@for_the_holder_of(letters.NOT_FOR_THIS, afterwards.reuse_of_link, _reader)
def not_for_this(request: HttpRequest, found: tuple[Reuse, Share], token: str) -> HttpResponse:
    """Behind the email's link: GET decides nothing, one button says no; to the agency it is silence (P4)."""
    reuse, share = found
    ask = share.ask
    assert ask is not None
    status, refused = 200, None
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act not in ("decline", "undo"):
            return HttpResponseBadRequest("Unknown act.", content_type="text/plain")
        try:
            _do(act, ask.owner, reuse.ref)
            return redirect("resident:email_reuse", token)
        except Refused as error:
            status, refused = 409, error
    context = {
        "reuse": reuse,
        "agency": ask.video_request.agency,
        "asked": ask.video_request,
        "declined": afterwards.is_declined(reuse),
        "open": reuse.takes_answers(source.now()),
        "refused": refused,
        "page": letters.page_of(ask, reuse.video),
        "stop": links.sign(ask_letters.STOP, ask.ref),
    }
    return render(request, "resident/email_reuse.html", context, status=status)


def _do(act: str, account: Account, reuse_ref: str) -> None:
    if act == "allow":
        afterwards.allow(account=account, reuse_ref=reuse_ref)
    elif act == "decline":
        afterwards.decline(reuse_ref=reuse_ref)
    elif act == "undo":
        afterwards.undo_decline(reuse_ref=reuse_ref)


def _of_ask(account: Account, ref: str, video_ref: str) -> After:
    """What became of the video, which the owner shared for this very ask. Raises NotFound."""
    ask = access.ask(account, ref)
    found = afterwards.of_video(account, video_ref)
    if shares.share(account, found.video.share_ref).ask_id != ask.pk:
        raise NotFound
    return found


def _page(
    request: HttpRequest, account: Account, ref: str, video_ref: str, form: AnswerForm, status: int = 200
) -> HttpResponse:
    found = _of_ask(account, ref, video_ref)
    ask = access.ask(account, ref)
    context: dict[str, Any] = {
        "ask": ask,
        "asked": ask.video_request,
        "agency": ask.video_request.agency,
        "video": found.video,
        "after": found,
        "reuses": [(reuse, afterwards.is_declined(reuse), reuse.takes_answers(found.now)) for reuse in found.reuses],
        "custody": found.video.custody.order_by("sequence"),
        "form": form,
    }
    return show(request, account, "ask_video.html", context, status)


urls = [
    path("requests/<str:ref>/videos/<str:video_ref>/", video, name="ask_video"),
    path("requests/<str:ref>/videos/<str:video_ref>/answer/", answer, name="ask_video_answer"),
    path("requests/<str:ref>/videos/<str:video_ref>/another-case/", another_case, name="ask_video_reuse"),
    path("requests/<str:ref>/videos/<str:video_ref>/delete/", ask_deletion, name="ask_video_delete"),
    path("requests/<str:ref>/videos/<str:video_ref>/deleted.json", deletion_receipt, name="ask_video_deleted"),
]
email_urls = [path("e/another-case/<str:token>/", not_for_this, name="email_reuse")]
