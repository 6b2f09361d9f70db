"""The page on which a reader chooses a language. The choice itself is Django's own `set_language`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """A page of its own, so that no other page needs a form, a token and a cookie just for this."""
    back = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        back = "/"
    return render(request, "language.html", {"back": back})
