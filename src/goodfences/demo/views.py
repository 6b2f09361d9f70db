"""The first page of the demo town: who can try what, and a sign-in of one click."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from goodfences.demo import hub
from goodfences.demo import progress as footage_progress
from goodfences.demo.cast import BY_KEY, PEOPLE

# A second lock beside DemoConfig's: this module can't even be imported outside demo mode.
if not settings.DEMO:
    raise ImproperlyConfigured("goodfences.demo.views signs people in without a code; it runs in demo mode only.")


@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    return render(
        request, "demo/guide.html", {"people": PEOPLE, "footage": footage_progress.read(), "hub_page": hub.page()}
    )


@require_GET
def progress(request: HttpRequest) -> HttpResponse:
    return render(request, "demo/_progress.html", {"footage": footage_progress.read()})


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest, key: str) -> HttpResponse:
    """Become a person of the town, and go on to `next` where that is a page of this town. GET shows the button."""
    person = BY_KEY.get(key)
    account = person and get_user_model().objects.filter(email=person.email).first()
    if not person or not account:
        raise Http404
    onward = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        onward = person.start
    if request.method == "GET":
        return render(request, "demo/sign_in.html", {"person": person})
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(onward)
