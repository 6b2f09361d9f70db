"""Handing in a video for a public appeal, for anybody: the form, its upload, and the page behind the receipt's link.

Whether somebody is signed in makes no difference, and isn't looked at. With JavaScript the island sends the file by
tus, which goes on after a lost connection; without, one form sends it whole.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from goodfences.appeals import consent, handing, holding, public
from goodfences.appeals.models import HandIn
from goodfences.clips import refusals
from goodfences.errors import NotFound, Refused
from goodfences.web.api import tus
from goodfences.web.forms import add_problems, warn
from goodfences.web.in_memory import FORM_MAX_BYTES, InMemory
from goodfences.web.peers import peer_of

INVALID = 422
# The address is the secret: it goes to no other site, into no index and into no cache. With `no-referrer` a browser
# would send the form that takes it back from an unknown origin, which is refused.
SECRET = {"Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet"}


class HandInForm(forms.Form):
    """The island posts `size` in place of the file."""

    use_required_attribute = False

    video = forms.FileField(
        label=gettext_lazy("The video"),
        help_text=gettext_lazy("MP4, MOV or Matroska. Its place and other data about it are removed."),
        widget=forms.FileInput(attrs={"accept": "video/*,.mkv"}),
    )
    sound = forms.BooleanField(label=gettext_lazy("Give the sound, too"), required=False)
    agreed = forms.BooleanField(label=gettext_lazy("I agree to what stands above"), required=False)
    name = forms.CharField(label=gettext_lazy("Your name"), required=False)
    email = forms.CharField(
        label=gettext_lazy("Your email address"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = forms.CharField(label=gettext_lazy("Your telephone number"), required=False)
    note = forms.CharField(
        label=gettext_lazy("What the agency should know"),
        help_text=gettext_lazy("Such as where and when you took it, and whether its clock is right."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    size = forms.IntegerField(required=False, min_value=0, max_value=2**50)

    def __init__(self, *args: Any, need_file: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["video"].required = need_file
        if need_file:
            del self.fields["size"]

    def given(self) -> handing.Given:
        told = {field: self.cleaned_data.get(field, "") for field in consent.TOLD}
        return handing.Given(agreed=self.cleaned_data["agreed"], sound=self.cleaned_data["sound"], told=told)


@csrf_exempt
def hand_in(request: HttpRequest, ref: str) -> HttpResponseBase:
    """The page, and where its form goes. Where the file is held is decided before anything of it is read."""
    request.upload_handlers = [InMemory(request)]
    return _hand_in(request, ref)


@require_http_methods(["GET", "POST"])
@csrf_protect
def _hand_in(request: HttpRequest, ref: str) -> HttpResponse:
    appeal = public.appeal(ref)
    if not public.takes_video(appeal):
        return redirect("public:video_appeal", ref)
    form = HandInForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        video = form.cleaned_data["video"]
        try:
            _made, token = handing.hand_in(
                appeal_ref=ref, size=video.size, given=form.given(), body=video.file, peer=peer_of(request)
            )
            return redirect("handed_in", token)
        except Refused as refused:
            add_problems(form, refused)
    context = {
        "appeal": appeal,
        "form": form,
        "words": consent.words(),
        "most": settings.CLIP_MAX_BYTES,
        "most_here": FORM_MAX_BYTES,
    }
    return render(request, "hand_in/form.html", context, status=INVALID if form.errors else 200)


@require_POST
def announce(request: HttpRequest, ref: str) -> HttpResponse:
    """The island says what it will send, and gets a token: `{clip}`; or `{problems}` in words."""
    form = HandInForm(request.POST, need_file=False)
    try:
        if not form.is_valid():
            return _problems([str(errors[0]) for errors in form.errors.values()])
        size = form.cleaned_data["size"] or 0
        _made, token = handing.begin(appeal_ref=ref, size=size, given=form.given(), peer=peer_of(request))
    except Refused as refused:
        return _problems([problem.message for problem in refused.problems])
    return JsonResponse({"clip": token, "is_there": False, "day": reverse("handed_in", args=[token])})


@require_POST
def finish(request: HttpRequest, token: str) -> HttpResponse:
    """All bytes are there: `{day}`, the page of the receipt; or `{problems}`."""
    try:
        handing.finished(token=token)
    except Refused as refused:
        return _problems([problem.message for problem in refused.problems])
    return JsonResponse({"day": reverse("handed_in", args=[token])})


def sends(request: HttpRequest) -> HttpResponse:
    """tus: where the upload of what was announced begins."""
    return tus.serve(request, lambda _request: None, speaks=TUS)


def send(request: HttpRequest, token: str) -> HttpResponse:
    """tus: how far it is, and more of it."""
    return tus.serve(request, lambda _request: None, token, speaks=TUS)


def _secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    @never_cache
    def headed(request: HttpRequest, token: str) -> HttpResponse:
        response = view(request, token)
        for name, value in SECRET.items():
            response.headers[name] = value
        return response

    return headed


@require_safe
@_secret
def handed_in(request: HttpRequest, token: str) -> HttpResponse:
    """What became of it, who saw it, and the way to take it back."""
    held = handing.by_token(token)
    context = {
        "held": held,
        "appeal": held.appeal,
        "token": token,
        "why": refusals.in_words(held.refusal),
        "seen": handing.seen(held),
        "may_withdraw": handing.may_withdraw(held),
        "hold": holding.in_force(held),
        "address": settings.SITE_URL + reverse("handed_in", args=[token]),
        "words": consent.words(),
    }
    return render(request, "hand_in/handed_in.html", context)


@require_POST
@_secret
def take_back(request: HttpRequest, token: str) -> HttpResponse:
    try:
        handing.withdraw(token=token)
        messages.success(request, _("It is deleted. The agency never downloaded it."))
    except Refused as refused:
        warn(request, refused)
    return redirect("handed_in", token)


@require_safe
@_secret
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The signed receipt, once it was checked. It doesn't hold the link."""
    held = handing.by_token(token)
    return _as_file(held.receipt, f"receipt-{held.ref}")


@require_safe
@_secret
def deletion_receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The signed proof that the agency's copy was destroyed."""
    held = handing.by_token(token)
    return _as_file(held.deletion_receipt, f"deleted-{held.ref}")


def _as_file(receipt: dict[str, Any], name: str) -> HttpResponse:
    if not receipt:
        raise NotFound("There is no receipt.")
    text = json.dumps(receipt, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return HttpResponse(text, content_type="application/json", headers=headers)


def _create(request: HttpRequest, _nobody: None) -> HttpResponse:
    """The upload of what the metadata names (`clip`)."""
    token = tus.metadata(request.headers.get("Upload-Metadata", "")).get("clip", "")
    response = HttpResponse(status=201, headers=_state(handing.by_token(token)))
    response.headers["Location"] = reverse("hand_in_send", args=[token])
    return response


def _offset(_request: HttpRequest, _nobody: None, token: str) -> HttpResponse:
    held = handing.by_token(token)
    return HttpResponse(status=200, headers={**_state(held), "Upload-Length": str(held.size)})


def _go_on(request: HttpRequest, _nobody: None, token: str) -> HttpResponse:
    if request.content_type != tus.BYTES:
        return HttpResponse(status=415)
    offset, length = tus.number(request, "Upload-Offset"), tus.number(request, "Content-Length")
    with tus.receiving_from_anybody, tus.receiving:
        held = handing.receive(token=token, offset=offset, body=request, length=length)
    return HttpResponse(status=204, headers=_state(held))


def _state(held: HandIn) -> dict[str, str]:
    return {"Upload-Offset": str(held.received)}


def _problems(problems: list[str]) -> JsonResponse:
    return JsonResponse({"problems": problems}, status=INVALID)


TUS = tus.Speaks(new={"POST": _create}, one={"HEAD": _offset, "PATCH": _go_on})

urlpatterns = [
    path("appeals/<str:ref>/hand-in/", hand_in, name="hand_in"),
    path("appeals/<str:ref>/hand-in/announce/", announce, name="hand_in_announce"),
    path("handed-in/sends/", sends, name="hand_in_sends"),
    path("handed-in/sends/<str:token>/", send, name="hand_in_send"),
    path("handed-in/<str:token>/", handed_in, name="handed_in"),
    path("handed-in/<str:token>/finish/", finish, name="hand_in_finish"),
    path("handed-in/<str:token>/take-back/", take_back, name="hand_in_take_back"),
    path("handed-in/<str:token>/receipt.json", receipt, name="hand_in_receipt"),
    path("handed-in/<str:token>/deleted.json", deletion_receipt, name="hand_in_deletion_receipt"),
]
