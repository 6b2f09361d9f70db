"""The first page of the demo town: who can try what, and a sign-in of one click."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.demo import codes, hub
from goodfences.demo import progress as footage_progress
from goodfences.demo.cast import BY_KEY, PEOPLE
from goodfences.demo.launcher import LOOPBACK, NAME
from goodfences.people.models import Account
from goodfences.web import within

# A second lock beside DemoConfig's: this module can't even be imported outside demo mode.
if not settings.DEMO:
    raise ImproperlyConfigured("goodfences.demo.views signs people in without a code; it runs in demo mode only.")


@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """Who came by figures goes on by the town's name, to which sign-ins and passkeys belong, and emails lead."""
    came, town = urlsplit(f"//{request.get_host()}"), urlsplit(settings.SITE_URL)
    if (came.hostname, town.hostname) == (LOOPBACK, NAME):
        port = f":{came.port}" if came.port else ""
        return redirect(f"{town.scheme}://{NAME}{port}{request.get_full_path()}")
    return render(
        request, "demo/guide.html", {"people": PEOPLE, "footage": footage_progress.read(), "hub_page": hub.page()}
    )


@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/_progress.html", {"footage": footage_progress.read()})


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, key: str) -> HttpResponse:
    """Become a person of the town, and go on to `next` where that is a page of this town. GET shows the button.

    An officer's telephone is at hand: its app's code is as good as typed, here and for the next minutes' downloads.
    """
    person = BY_KEY.get(key)
    account = person and get_user_model().objects.filter(email=person.email).first()
    if not person or not account:
        raise Http404
    if request.method == "GET":
        return render(request, "demo/sign_in.html", {"person": person})
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    if account.kind == Account.Kind.OFFICER:
        app = codes.app_of(account)
        record_authentication(request, account, "mfa", id=app.pk, type=app.type, reauthenticated=True)
    return redirect(within.path(request.GET.get("next", ""), otherwise=person.start))


@require_GET
@never_cache
def telephones(request: HttpRequest) -> HttpResponse:
    """What the officers' apps show."""
    return render(request, "demo/codes.html", {"codes": codes.shown()})
