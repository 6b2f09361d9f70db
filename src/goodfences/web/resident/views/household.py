"""The people who share an owner's cameras, and where they live."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences import places
from goodfences.cameras import queries as cameras
from goodfences.cameras import rights
from goodfences.cameras.rights import Rights
from goodfences.errors import Refused
from goodfences.people import access, actions, queries
from goodfences.people.models import Account, Household
from goodfences.web.forms import attempt
from goodfences.web.resident.forms import HouseholdForm, InvitationForm, PlaceForm
from goodfences.web.resident.guard import resident, settled
from goodfences.web.resident.pages import INVALID, confirm, show

RIGHTS = ("watch", "mark", "download", "delete")


def _page(
    request: HttpRequest,
    account: Account,
    household: Household,
    *,
    invite: InvitationForm | None = None,
    rename: HouseholdForm | None = None,
) -> HttpResponse:
    owner = access.is_owner(account, household)
    context = {
        "household": household,
        "owner": owner,
        "members": queries.members_of(household),
        "invitations": queries.invitations_into(household) if owner else [],
        "invite": invite or InvitationForm(),
        "rename": rename or HouseholdForm(initial={"household_name": household.name}),
        "account": account,
        "mine": {} if owner else rights.watched(account, household),
    }
    return show(request, account, "household.html", context, INVALID if invite or rename else 200)


@require_GET
@settled
def household(request: HttpRequest, account: Account, home: Household) -> HttpResponse:
    return _page(request, account, home)


@require_POST
@settled
def rename(request: HttpRequest, account: Account, home: Household) -> HttpResponse:
    form = HouseholdForm(request.POST)
    if attempt(form, actions.rename_household, account=account):
        messages.success(request, _("The name was changed."))
        return redirect("resident:household")
    return _page(request, account, home, rename=form)


@require_http_methods(["GET", "POST"])
@settled
def move(request: HttpRequest, account: Account, home: Household) -> HttpResponse:
    """Another place for the household that the reader owns."""
    access.owned_home(account)
    form = PlaceForm(request.POST or None, initial={"cell": places.cell_to_hex(home.cell)})
    kept = {"household_name": home.name, "language": account.language, "time_zone": account.time_zone}
    if request.method == "POST" and attempt(form, actions.settle, account=account, **kept):
        messages.success(request, _("Your household and its cameras were moved."))
        return redirect("resident:household")
    return show(request, account, "move.html", {"form": form}, INVALID if form.errors else 200)


@require_POST
@settled
def invite(request: HttpRequest, account: Account, home: Household) -> HttpResponse:
    form = InvitationForm(request.POST)
    if attempt(form, actions.invite_member, account=account):
        email = form.cleaned_data["email"].strip()
        messages.success(request, _("%(email)s gets an email with a link, good for 14 days.") % {"email": email})
        return redirect("resident:household")
    return _page(request, account, home, invite=form)


@require_POST
@settled
def withdraw(request: HttpRequest, account: Account, home: Household, ref: str) -> HttpResponse:
    actions.withdraw_invitation(account=account, ref=ref)
    messages.success(request, _("The invitation was taken back. Its link works no more."))
    return redirect("resident:household")


@require_http_methods(["GET", "POST"])
@settled
def remove(request: HttpRequest, account: Account, home: Household, ref: str) -> HttpResponse:
    """The owner removes a member, or a member leaves."""
    member = access.member(account, ref)
    leaving = member.account_id == account.pk
    back, problem = reverse("resident:household"), ""
    if request.method == "POST":
        try:
            actions.remove_member(account=account, ref=ref)
            messages.success(request, _("You left the household.") if leaving else _("They are no longer in it."))
            return redirect("resident:welcome" if leaving else "resident:household")
        except Refused as refused:
            problem = refused.problems[0].message
    if leaving:
        title, button = _("Leave this household?"), _("Leave the household")
        words = [_("You no longer see its cameras and clips. To come back, you need a new invitation.")]
    else:
        who = member.account.name or member.account.email
        title, button = _("Remove %(who)s?") % {"who": who}, _("Remove from the household")
        words = [_("They no longer see your cameras and clips. Their own account stays.")]
    status = INVALID if problem else 200
    return confirm(
        request, account, title=title, words=words, button=button, back=back, status=status, problem=problem
    )


@require_http_methods(["GET", "POST"])
@settled
def member_rights(request: HttpRequest, account: Account, home: Household, ref: str) -> HttpResponse:
    """What a member may do with each camera's clips."""
    member = rights.changeable_member(account, ref)
    in_use = cameras.cameras_of(home)
    if request.method == "POST":
        said = {
            camera.ref: Rights(**{right: f"{camera.ref}-{right}" in request.POST for right in RIGHTS})
            for camera in in_use
        }
        rights.allow(account=account, member_ref=ref, rights=said)
        messages.success(request, _("Saved. It counts from their next page on."))
        return redirect("resident:household")
    now = rights.of_member(member, in_use)
    context = {"who": member.account.name or member.account.email, "lines": [(each, now[each.pk]) for each in in_use]}
    return show(request, account, "member_rights.html", context)


@require_http_methods(["GET", "POST"])
@resident
def join(request: HttpRequest, account: Account, ref: str) -> HttpResponse:
    """Where the link of an invitation leads, once its reader signed in with the invited address."""
    invitation = access.received_invitation(account, ref)
    problem = ""
    if request.method == "POST" and "decline" in request.POST:
        actions.decline_invitation(account=account, ref=ref)
        messages.success(request, _("You didn't join. Nobody was told."))
        return redirect("resident:welcome")
    if request.method == "POST":
        try:
            actions.accept_invitation(account=account, ref=ref)
            messages.success(request, _("Welcome to the household."))
            return redirect("resident:today")
        except Refused as refused:
            problem = refused.problems[0].message
    owner = queries.members_of(invitation.household)[0].account
    context = {"invitation": invitation, "owner": owner, "problem": problem}
    return show(request, account, "join.html", context, INVALID if problem else 200)


urls = [
    path("household/", household, name="household"),
    path("household/rename/", rename, name="rename_household"),
    path("household/place/", move, name="move"),
    path("household/invite/", invite, name="invite"),
    path("household/invitations/<str:ref>/withdraw/", withdraw, name="withdraw_invitation"),
    path("household/members/<str:ref>/remove/", remove, name="remove_member"),
    path("household/members/<str:ref>/rights/", member_rights, name="member_rights"),
    path("household/join/<str:ref>/", join, name="join"),
]
