"""The agency's public appeals for video, and what anybody handed in for them.

Opening and downloading are written into the custody log before a byte of video leaves; whoever handed it in sees it
at once by their link (P10).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import places
from goodfences.agencies.models import Officer
from goodfences.agencies.queries import policy_for
from goodfences.appeals import actions, holding, portal
from goodfences.appeals.rules import AppealFields
from goodfences.errors import NotFound, Refused
from goodfences.evidence import layout
from goodfences.ledger import queries as ledger
from goodfences.web import ranges
from goodfences.web.fields import CellField
from goodfences.web.forms import add_problems, attempt, attempt_or_warn, warn
from goodfences.web.portal.after_forms import HoldForm
from goodfences.web.portal.fields import LocalTimeField
from goodfences.web.portal.forms import RejectForm
from goodfences.web.portal.guard import officer, shown_again

INVALID = 422
TOLD = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("Email address"),
    "phone": gettext_lazy("Telephone number"),
    "note": gettext_lazy("What they say of it"),
}
"""What whoever handed it in may have added, in the order in which it is shown."""


class AppealForm(forms.Form):
    """The act and the policy judge; this form only reads."""

    use_required_attribute = False

    title = forms.CharField(
        label=gettext_lazy("Title"), help_text=gettext_lazy("What happened and where, in a few words.")
    )
    words = forms.CharField(
        label=gettext_lazy("What happened, and what a video could show"),
        help_text=gettext_lazy("Everybody reads this. Don’t name anybody, and don’t describe anyone by race alone."),
        widget=forms.Textarea,
    )
    why_public = forms.CharField(
        label=gettext_lazy("Why owners aren’t asked one by one"),
        help_text=gettext_lazy(
            "Such as: it happened among many people, and whoever filmed it may live anywhere. Published."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    place_name = forms.CharField(
        label=gettext_lazy("Name of the place"),
        help_text=gettext_lazy(
            "The neighborhood or street, as people there call it. It is published, so no house number."
        ),
    )
    place = CellField(
        label=gettext_lazy("Around where"),
        of="agency",
        help_text=gettext_lazy("Only the part of town is kept and published."),
    )
    reach = forms.TypedChoiceField(
        label=gettext_lazy("How much of the town"),
        coerce=int,
        choices=[
            (0, gettext_lazy("that part alone")),
            (1, gettext_lazy("it and the parts around it")),
            (2, gettext_lazy("two rings around it")),
        ],
        initial=0,
    )
    starts_at = LocalTimeField(label=gettext_lazy("Window begins"))
    ends_at = LocalTimeField(label=gettext_lazy("Window ends"), later=True)
    incident_type = forms.ChoiceField(label=gettext_lazy("Type of incident"))
    case_number = forms.CharField(
        label=gettext_lazy("Case number"),
        help_text=gettext_lazy("Not published; the ledger commits to it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, acting: Officer) -> None:
        super().__init__(data)
        kinds = self.fields["incident_type"]
        assert isinstance(kinds, forms.ChoiceField)
        kinds.choices = [("", _("Choose")), *policy_for(acting.agency).incident_types.items()]

    def given(self) -> AppealFields:
        values = dict(self.cleaned_data)
        cells = places.coarse_around(values.pop("place"), values.pop("reach"))
        return AppealFields(**values, place_cells=cells)


@require_GET
@officer
def appeals(request: HttpRequest, acting: Officer) -> HttpResponse:
    found = list(portal.appeals_of(acting))
    context = {
        "agency": acting.agency,
        "appeals": found,
        "waiting": [one for one in found if portal.powers(acting, one).decide],
        "may_write": portal.may_write(acting),
        "labels": policy_for(acting.agency).incident_types,
    }
    return render(request, "portal/appeals.html", context)


@require_http_methods(["GET", "POST"])
@officer
def new(request: HttpRequest, acting: Officer) -> HttpResponse:
    if not portal.may_write(acting):
        raise NotFound
    form = AppealForm(request.POST or None, acting=acting)
    if request.method == "POST" and form.is_valid():
        try:
            written = actions.submit(officer=acting, fields=form.given())
            messages.success(request, _("It waits for a second officer. Nothing is public yet."))
            return redirect("portal:appeal", written.ref)
        except Refused as refused:
            add_problems(form, refused)
    context = {"agency": acting.agency, "form": form}
    return render(request, "portal/appeal_new.html", context, status=INVALID if form.errors else 200)


@require_GET
@officer
def appeal(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _page(request, acting, ref)


@require_POST
@officer
def approve(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _act(request, acting, ref, "approve", _("Opened. It is public, and anybody can hand in video."))


@require_POST
@officer
def reject(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    portal.appeal(acting, ref)
    form = RejectForm(request.POST)
    try:
        reason = form.cleaned_data["rejection_reason"] if form.is_valid() else ""
        actions.reject(officer=acting, ref=ref, reason=reason)
    except Refused as refused:
        form.errors.pop("rejection_reason", None)
        add_problems(form, refused)
        return _page(request, acting, ref, form, INVALID)
    messages.success(request, _("Rejected. The appeal and your reason are on the public record."))
    return redirect("portal:appeal", ref)


@require_POST
@officer
def close(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    return _act(request, acting, ref, "close", _("Closed. Nothing more can be handed in."))


@require_POST
@officer
def take_back(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    try:
        actions.take_back(officer=acting, ref=ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("portal:appeal", ref)
    messages.success(request, _("You took it back. Nothing of it was published."))
    return redirect("portal:appeals")


@require_http_methods(["GET", "POST"])
@officer
@shown_again
def download(request: HttpRequest, acting: Officer, ref: str) -> HttpResponseBase:
    """One package of everything that was handed in, or with `?video=` of that one; asked anew who they are before.

    That leads back here, where GET shows the button once more.
    """
    video_ref = request.GET.get("video", "")
    if request.method == "GET":
        return _ask_to_download(request, acting, ref, video_ref)
    try:
        package = portal.download(officer=acting, appeal_ref=ref, video_ref=video_ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("portal:appeal", ref)
    headers = {
        "Content-Disposition": f'attachment; filename="{package.file_name}"',
        "Content-Length": str(package.size),
        **ranges.FOOTAGE,
    }
    return StreamingHttpResponse(package.chunks(), content_type="application/zip", headers=headers)


@require_GET
@never_cache
@officer
def watch(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Opens a video: each time that this page is fetched is one event of its custody. Auditors read the log alone."""
    return _watch(request, acting, ref)


def _watch(
    request: HttpRequest, acting: Officer, ref: str, form: HoldForm | None = None, status: int = 200
) -> HttpResponse:
    video, src = portal.video(acting, ref), ""
    if portal.may_write(acting) and video.destroyed_at is None and form is None:
        video, pass_ = portal.view(officer=acting, video_ref=ref)
        src = f"{reverse('portal:handed_in_file', args=[ref])}?pass={pass_}"
    context = {
        "agency": acting.agency,
        "appeal": video.appeal,
        "video": video,
        "src": src,
        "custody": portal.custody_of(video),
        "told": [(label, video.told[field]) for field, label in TOLD.items() if field in video.told],
        "hold": holding.in_force(video),
        "hold_form": form or HoldForm(auto_id="hold_%s"),
        "may_hold": acting.role in portal.APPROVERS and video.destroyed_at is None,
        "may_open": portal.may_write(acting),
    }
    return render(request, "portal/handed_in.html", context, status=status)


@require_POST
@never_cache
@officer
def hold(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """Refused, the page comes back without the player: it opens no video that nobody asked to see again."""
    portal.video(acting, ref)
    if acting.role not in portal.APPROVERS:
        raise NotFound
    form = HoldForm(request.POST, auto_id="hold_%s")
    if attempt(form, holding.hold, officer=acting, video_ref=ref):
        messages.success(request, _("It is on hold. The public record has it, and whoever handed it in sees it."))
        return redirect("portal:handed_in", ref)
    return _watch(request, acting, ref, form, INVALID)


@require_POST
@officer
def lift(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    portal.video(acting, ref)
    done = _("The hold is lifted.")
    attempt_or_warn(request, done, holding.lift, officer=acting, video_ref=ref)
    return redirect("portal:handed_in", ref)


@require_GET
@never_cache
@officer
def deletion_receipt(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """The signed proof that the sealed copy was destroyed."""
    video = portal.video(acting, ref)
    return _receipt(video.deletion_receipt, f"deleted-{video.ref}")


@require_GET
@never_cache
@officer
def play(request: HttpRequest, acting: Officer, ref: str) -> HttpResponseBase:
    """The bytes for the player of an opened page."""
    return ranges.play(request, portal.play(officer=acting, video_ref=ref, pass_=request.GET.get("pass", "")))


@require_GET
@never_cache
@officer
def receipt(request: HttpRequest, acting: Officer, ref: str) -> HttpResponse:
    """The signed receipt of a video."""
    video = portal.video(acting, ref)
    return _receipt(video.receipt, f"receipt-{video.ref}")


def _receipt(receipt: dict[str, Any], name: str) -> HttpResponse:
    if not receipt:
        raise NotFound
    headers = {"Content-Disposition": f'attachment; filename="{name}.json"'}
    return HttpResponse(layout.as_json(receipt), content_type="application/json", headers=headers)


@never_cache
def _ask_to_download(request: HttpRequest, acting: Officer, ref: str, video_ref: str) -> HttpResponse:
    found = portal.videos_of(acting, ref).filter(destroyed_at__isnull=True)
    count = found.filter(ref=video_ref).count() if video_ref else found.count()
    if not count or not portal.may_write(acting):
        raise NotFound
    context = {"agency": acting.agency, "appeal": portal.appeal(acting, ref), "count": count}
    return render(request, "portal/appeal_package.html", context)


def _act(request: HttpRequest, acting: Officer, ref: str, name: str, said: str) -> HttpResponse:
    try:
        {"approve": actions.approve, "close": actions.close}[name](officer=acting, ref=ref)
    except Refused as refused:
        warn(request, refused)
        return redirect("portal:appeal", ref)
    messages.success(request, said)
    return redirect("portal:appeal", ref)


def _page(
    request: HttpRequest, acting: Officer, ref: str, reject: RejectForm | None = None, status: int = 200
) -> HttpResponse:
    found = portal.appeal(acting, ref)
    index = found.ledger_index
    videos = list(portal.videos_of(acting, ref)) if found.opened_at else None
    context = {
        "agency": acting.agency,
        "officer": acting,
        "appeal": found,
        "powers": portal.powers(acting, found),
        "may_open": portal.may_write(acting),
        "label": policy_for(acting.agency).incident_types.get(found.incident_type, found.incident_type),
        "signed": index is not None and ledger.is_signed(index),
        "videos": videos,
        "may_download": any(video.destroyed_at is None for video in videos or []),
        "reject": reject or RejectForm(),
        "area": places.coarse_place(found.place_cells),
    }
    return render(request, "portal/appeal.html", context, status=status)


urls = [
    path("appeals/", appeals, name="appeals"),
    path("appeals/new/", new, name="new_appeal"),
    path("appeals/<str:ref>/", appeal, name="appeal"),
    path("appeals/<str:ref>/approve/", approve, name="approve_appeal"),
    path("appeals/<str:ref>/reject/", reject, name="reject_appeal"),
    path("appeals/<str:ref>/close/", close, name="close_appeal"),
    path("appeals/<str:ref>/take-back/", take_back, name="take_back_appeal"),
    path("appeals/<str:ref>/package/", download, name="appeal_package"),
    path("appeals/handed-in/<str:ref>/", watch, name="handed_in"),
    path("appeals/handed-in/<str:ref>/video.mp4", play, name="handed_in_file"),
    path("appeals/handed-in/<str:ref>/receipt.json", receipt, name="handed_in_receipt"),
    path("appeals/handed-in/<str:ref>/deleted.json", deletion_receipt, name="handed_in_deletion_receipt"),
    path("appeals/handed-in/<str:ref>/hold/", hold, name="handed_in_hold"),
    path("appeals/handed-in/<str:ref>/lift/", lift, name="handed_in_lift"),
]
