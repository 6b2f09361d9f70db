"""The page on which an agency's admin sets its provider, tries it, turns it on, and says how much it counts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.agencies.models import Officer
from goodfences.errors import Refused, refuse
from goodfences.officers import providers, saml_metadata
from goodfences.officers.models import Provider
from goodfences.web.forms import add_problems, warn
from goodfences.web.portal.guard import admin_by_any_way, shown_again
from goodfences.web.portal.provider import oidc
from goodfences.web.portal.provider.forms import OidcForm, RulesForm, SamlForm
from goodfences.web.portal.provider.way import Away, Wrong
from goodfences.web.portal.views.provider import TRY, leave

INVALID = 422


@require_http_methods(["GET", "POST"])
@never_cache
@admin_by_any_way
@shown_again
def provider(request: HttpRequest, acting: Officer) -> HttpResponse:
    """What is set, and the forms that change it."""
    act = request.POST.get("act", "")
    forms = {"oidc": OidcForm, "saml": SamlForm}
    posted = {name: request.POST if name == act else None for name in forms}
    held = providers.of(acting.agency)
    shown = {name: form(posted[name], initial=_initial(held, name)) for name, form in forms.items()}
    if request.method == "POST" and (act not in forms or _set(shown[act], acting, act)):
        if act not in forms:
            _change(request, acting, act)
        return redirect("portal:provider")
    slug = acting.agency.slug
    context = {
        "agency": acting.agency,
        "held": held,
        "secret_kept": held is not None and bool(held.sealed_secret),
        "rules": RulesForm(initial={name: getattr(held, name, False) for name in RulesForm.base_fields}),
        "back": f"{settings.SITE_URL}{reverse('portal:provider_back', args=[slug])}",
        "acs": f"{settings.SITE_URL}{reverse('portal:provider_saml', args=[slug])}",
        "entity": f"{settings.SITE_URL}{reverse('portal:provider_metadata', args=[slug])}",
        **shown,
    }
    wrong = any(form.errors for form in shown.values())
    return render(request, "portal/provider.html", context, status=INVALID if wrong else 200)


@require_GET
@never_cache
@admin_by_any_way
def trial(request: HttpRequest, acting: Officer) -> HttpResponse:
    """An admin tries it before it is on."""
    held = providers.by_slug(acting.agency.slug)
    return leave(request, held, {"why": TRY, "next": reverse("portal:provider"), "who": request.user.pk})


def _set(form: Any, acting: Officer, kind: str) -> bool:
    if not form.is_valid():
        return False
    given = form.cleaned_data
    try:
        if kind == "oidc":
            issuer = _issuer(given["issuer"].strip())
            providers.set_oidc(acting=acting, **{**given, "issuer": issuer, "client_id": given["client_id"].strip()})
        else:
            pasted = given["metadata"].strip()
            url = "" if pasted else given["metadata_url"].strip()
            entity = saml_metadata.fetch(url) if url else saml_metadata.read(pasted)
            providers.set_saml(acting=acting, entity=entity, metadata_url=url)
    except Refused as refused:
        add_problems(form, refused)
        return False
    return True


def _issuer(typed: str) -> str:
    """As the issuer itself writes it. Raises Refused."""
    try:
        return oidc.issuer_of(typed)
    except Away:
        message = _("No OpenID provider answers at this address.")
        raise refuse("provider.away", "issuer", message, value=typed[:200]) from None
    except Wrong as error:
        raise refuse("provider.issuer", "issuer", str(error), value=typed[:200]) from None


def _change(request: HttpRequest, acting: Officer, act: str) -> None:
    try:
        if act in ("on", "off"):
            providers.turn(acting=acting, on=act == "on")
        elif act == "rules":
            rules = {name: bool(request.POST.get(name)) for name in RulesForm.base_fields}
            providers.rule(acting=acting, required=rules["required"], counts_factor=rules["counts_factor"])
        elif act == "end":
            providers.end(acting=acting)
    except Refused as refused:
        warn(request, refused)


def _initial(held: Provider | None, name: str) -> dict[str, Any]:
    if held is None or held.kind != name:
        return {}
    return {field: getattr(held, field) for field in ("issuer", "client_id", "vouches", "metadata_url")}


urls = [
    path("officers/sign-in/", provider, name="provider"),
    path("officers/sign-in/try/", trial, name="provider_try"),
]
