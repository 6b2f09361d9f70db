"""How one signs in, of every kind of account: browsers, passkeys, and another address."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.errors import NotFound, Refused
from goodfences.people import addresses, browsers
from goodfences.people.models import Account
from goodfences.web.forms import add_problems
from goodfences.web.media import account_of
from goodfences.web.signing_in_forms import NewAddressForm

INVALID = 422


@require_GET
@login_required
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """In which browsers the account is signed in, by which keys it can be, and what the staff did with it."""
    account = account_of(request)
    keys = Authenticator.objects.filter(user=account)
    context = {
        "account": account,
        "browsers": account.browsers.order_by("-last_seen_at", "-pk"),
        "here": request.session.session_key,
        "passkeys": keys.filter(type=Authenticator.Type.WEBAUTHN).count(),
        "app": keys.filter(type=Authenticator.Type.TOTP).exists(),
        "change": addresses.pending(account),
        "glances": account.glances.order_by("-at", "-pk")[:100],
    }
    return render(request, "account/signing_in.html", context)


@require_POST
@login_required
def end(request: HttpRequest, ref: str) -> HttpResponse:
    browsers.end(account=account_of(request), ref=ref)
    messages.success(request, _("It is signed out."))
    return redirect("signing_in")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    browsers.end_all(account=account_of(request), but_session=request.session.session_key or "")
    messages.success(request, _("You are signed in here alone."))
    return redirect("signing_in")


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator] # allauth has no types
@never_cache
def new_address(request: HttpRequest) -> HttpResponse:
    """Asks for another address; both have to say yes. An officer has the one that the agency invited."""
    account = account_of(request)
    if account.kind == Account.Kind.OFFICER:
        raise NotFound
    form = NewAddressForm(request.POST or None, email=account.email)
    if request.method == "POST" and form.is_valid():
        try:
            addresses.ask(account=account, new_email=form.cleaned_data["email"])
        except Refused as refused:
            add_problems(form, refused)
        else:
            return redirect("new_address")
    context = {"form": form, "account": account, "change": addresses.pending(account)}
    return render(request, "account/new_address.html", context, status=INVALID if form.errors else 200)


@require_POST
@login_required
def take_back_address(request: HttpRequest) -> HttpResponse:
    addresses.take_back(account=account_of(request))
    messages.success(request, _("Your address stays as it is."))
    return redirect("new_address")


@require_http_methods(["GET", "POST"])
@never_cache
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in either of the two emails opens, signed in or not: a page with buttons that decide."""
    change, side = addresses.of_link(token)
    context = {"change": change, "side": side}
    if request.method == "GET":
        return render(request, "account/address_link.html", context)
    if request.POST.get("act") == "stop":
        addresses.stop(token=token)
        logout(request)
        return render(request, "account/address_done.html", {**context, "stopped": True})
    done = addresses.say_yes(token=token)
    return render(request, "account/address_done.html", {**context, "done": done})


urlpatterns = [
    path("accounts/signing-in/", overview, name="signing_in"),
    path("accounts/signing-in/others/end/", end_others, name="end_other_browsers"),
    path("accounts/signing-in/<str:ref>/end/", end, name="end_browser"),
    # In the place of allauth's own, which asks the new address alone.
    path("accounts/email/", new_address, name="new_address"),
    path("accounts/email/take-back/", take_back_address, name="take_back_address"),
    path("address/<str:token>/", answer, name="address_link"),
]
