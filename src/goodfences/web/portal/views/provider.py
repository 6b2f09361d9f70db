"""Signing in through the agency's own provider.

A page of ours says where one goes, and a link leads there: a form that is answered with a way out of here would be
stopped by the pages' own policy (web/headers.py).
"""

from __future__ import annotations

import logging
from typing import Any, cast
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.socialaccount.sessions import LoginSession
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goodfences.agencies import access
from goodfences.agencies.models import Officer
from goodfences.errors import NotFound, Refused, refuse
from goodfences.officers import providers
from goodfences.officers.models import Provider
from goodfences.officers.providers import Said
from goodfences.visible import one_line
from goodfences.web import within
from goodfences.web.portal.guard import officer_without_factor
from goodfences.web.portal.provider import arrived, oidc, saml
from goodfences.web.portal.provider.forms import AddressForm
from goodfences.web.portal.provider.way import Away, Wrong, is_fresh, recall

INVALID = 422
_log = logging.getLogger(__name__)
SIGN_IN, TRY, AGAIN = "sign in", "try", "again"


@require_http_methods(["GET", "POST"])
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """By the work address, or the agency's name, to the page that leads on."""
    onward = _onward(request)
    form = AddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = providers.for_address(form.cleaned_data["email"])
        if found is not None:
            return redirect(_with(reverse("portal:provider_door", args=[found.agency.slug]), onward))
        form.add_error("email", _("No agency with this domain signs in this way. Sign in by a code to your address."))
    context = {"form": form, "providers": providers.all_on(), "onward": onward}
    return render(request, "portal/provider_sign_in.html", context, status=INVALID if form.errors else 200)


@require_GET
@never_cache
def door(request: HttpRequest, slug: str) -> HttpResponse:
    """Where one is about to go."""
    provider = _on(slug)
    where = urlsplit(provider.sso_url or provider.issuer).hostname
    way = _with(reverse("portal:provider_go", args=[slug]), _onward(request))
    return render(request, "portal/provider_door.html", {"agency": provider.agency, "where": where, "way": way})


@require_GET
@never_cache
def go(request: HttpRequest, slug: str) -> HttpResponse:
    """On to the provider."""
    return leave(request, _on(slug), {"why": SIGN_IN, "next": _onward(request)})


@require_GET
@never_cache
@officer_without_factor
def again(request: HttpRequest, acting: Officer) -> HttpResponse:
    """On to the provider, which asks them anew."""
    provider = _on(acting.agency.slug)
    return leave(request, provider, {"why": AGAIN, "next": _onward(request), "who": request.user.pk}, again=True)


@require_GET
@never_cache
def back(request: HttpRequest, slug: str) -> HttpResponse:
    """Whoever comes back from an OpenID provider, with a code or an error."""
    provider = providers.by_slug(slug)
    state: dict[str, Any] = {}
    try:
        if provider.kind != Provider.Kind.OIDC:
            raise Wrong("It isn’t an OpenID provider.")
        state = recall(request, provider, request.GET.get("state", ""))
        if "code" not in request.GET:
            raise Wrong(f"It answered {request.GET.get('error', 'nothing')[:60]}.")
        said = oidc.finish(request, provider, state)
    except (Away, Wrong) as error:
        return _failed(request, provider, error, state)
    return _arrive(request, provider, state, said)


@csrf_exempt
@require_POST
@never_cache
def posted(request: HttpRequest, slug: str) -> HttpResponse:
    """A SAML answer. A browser that posts it from elsewhere brings no cookie of ours: it is kept for `done`."""
    provider = providers.by_slug(slug)
    try:
        if provider.kind != Provider.Kind.SAML:
            raise Wrong("It isn’t a SAML provider.")
        answered, said = saml.read(provider, request.POST.get("SAMLResponse", ""))
    except Wrong as error:
        return _failed(request, provider, error, {})
    response = redirect("portal:provider_done", slug=slug)
    kept = LoginSession(request, "saml_answer", "saml-answer")
    kept.store.set_expiry(300)
    fields = {"subject": said.subject, "email": said.email, "factors": said.factors, "at": said.at}
    kept.store.update({"provider": provider.ref, "answered": answered, "said": fields})
    kept.save(response)
    return response


@require_GET
@never_cache
def done(request: HttpRequest, slug: str) -> HttpResponse:
    """The same browser, with its cookies: was it this one that asked?"""
    provider = providers.by_slug(slug)
    kept = LoginSession(request, "saml_answer", "saml-answer")
    found = dict(kept.store.items())
    kept.delete()
    try:
        if found.get("provider") != provider.ref:
            raise Wrong("It sent no answer.")
        state = recall(request, provider, found["answered"])
    except Wrong as error:
        return _failed(request, provider, error, {})
    fields = found["said"]
    return _arrive(request, provider, state, Said(**{**fields, "factors": tuple(fields["factors"])}))


@require_GET
def metadata(request: HttpRequest, slug: str) -> HttpResponse:
    """What a SAML provider is told of us, for every agency that is a partner."""
    agency = access.open_agency(slug)
    return HttpResponse(saml.metadata(agency.slug), content_type="application/samlmetadata+xml")


def leave(request: HttpRequest, provider: Provider, state: dict[str, Any], *, again: bool = False) -> HttpResponse:
    """Send the browser to the provider; `state` says what for."""
    begin = oidc.begin if provider.kind == Provider.Kind.OIDC else saml.begin
    try:
        return redirect(begin(request, provider, state, again=again))
    except (Away, Wrong) as error:
        return _failed(request, provider, error, state)


def _arrive(request: HttpRequest, provider: Provider, state: dict[str, Any], said: Said) -> HttpResponse:
    """Somebody came back and the answer holds: what they came for decides what it opens."""
    why = state["why"]
    if why != SIGN_IN and request.user.pk != state["who"]:
        return _failed(request, provider, Wrong("Somebody else is signed in here now."), state)
    try:
        if why != TRY and provider.on_since is None:
            raise NotFound
        officer = providers.whom(provider, said)
        if why == TRY:
            return _tried(request, provider, officer)
    except Refused as refused:
        return _refused(request, provider, state, refused)
    if why == AGAIN:
        if officer.account_id != request.user.pk:
            return _failed(request, provider, Wrong("You signed in there as somebody else."), state)
        if not is_fresh(state, said.at):
            return _failed(request, provider, Wrong("It didn’t ask you anew, or doesn’t say when it did."), state)
        arrived.keep(request, officer.account, provider, said, again=True)
        return redirect(state["next"])
    return _let_in(request, provider, officer, state, said)


def _let_in(
    request: HttpRequest, provider: Provider, officer: Officer, state: dict[str, Any], said: Said
) -> HttpResponse:
    if request.user.is_authenticated:
        logout(request)
    account = officer.account
    arrived.keep(request, account, provider, said, again=False)
    if provider.counts_factor and said.has_factor:
        get_adapter().login(request, account)
        return redirect(state["next"])
    # Who has a key here shows it now, as after any other first step; the guard asks the others to set one up.
    return cast("HttpResponse", perform_login(request, Login(user=account, redirect_url=state["next"])))


def _tried(request: HttpRequest, provider: Provider, officer: Officer) -> HttpResponse:
    acting = access.admin_of(request.user.pk)
    if officer.pk != acting.pk:
        message = _("It works, and you came back as %(who)s. Come back as yourself.") % {"who": officer.shown_as}
        raise refuse("provider.other", "email", message)
    providers.tried(acting=acting, provider=provider)
    messages.success(request, _("It works: you came back as yourself."))
    return redirect("portal:provider")


def _refused(request: HttpRequest, provider: Provider, state: dict[str, Any], refused: Refused) -> HttpResponse:
    context = {"agency": provider.agency, "words": [one.message for one in refused.problems], "state": state}
    return render(request, "portal/provider_refused.html", {**context, "again": _retry(provider, state)}, status=403)


def _failed(request: HttpRequest, provider: Provider, error: Exception, state: dict[str, Any]) -> HttpResponse:
    """The provider is away, or its answer isn't believed. Why is for whoever set it up, and for the log."""
    away = isinstance(error, Away)
    words = one_line(str(error))  # some are the provider's own, or whoever came back made them up
    _log.warning("The provider of %s: %s", provider.agency.slug, "it is away" if away else words)
    why = words if not away and state.get("why") in (TRY, AGAIN) else ""
    context = {"agency": provider.agency, "away": away, "why": why, "again": _retry(provider, state)}
    return render(request, "portal/provider_failed.html", context, status=503 if away else 403)


def _retry(provider: Provider, state: dict[str, Any]) -> str:
    """Where one begins once more."""
    if state.get("why") == TRY:
        return reverse("portal:provider")
    return _with(reverse("portal:provider_door", args=[provider.agency.slug]), state.get("next", ""))


def _on(slug: str) -> Provider:
    """The provider, if it is on. Raises NotFound."""
    found = providers.by_slug(slug)
    if found.on_since is None:
        raise NotFound("This agency has no provider of its own.")
    return found


def _onward(request: HttpRequest) -> str:
    given = request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME) or ""
    return within.path(given, otherwise=reverse("portal:requests"))


def _with(url: str, onward: str) -> str:
    plain = not onward or onward == reverse("portal:requests")
    return url if plain else f"{url}?{urlencode({REDIRECT_FIELD_NAME: onward})}"


urls = [
    path("sign-in/", sign_in, name="provider_sign_in"),
    path("sign-in-again/", again, name="provider_again"),
    path("sign-in/<slug:slug>/", door, name="provider_door"),
    path("sign-in/<slug:slug>/go/", go, name="provider_go"),
    path("sign-in/<slug:slug>/back/", back, name="provider_back"),
    path("sign-in/<slug:slug>/saml/", posted, name="provider_saml"),
    path("sign-in/<slug:slug>/saml/done/", done, name="provider_done"),
    path("sign-in/<slug:slug>/saml/metadata/", metadata, name="provider_metadata"),
]
