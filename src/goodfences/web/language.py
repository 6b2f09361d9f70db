"""The page on which a reader chooses a language. The choice itself is Django's own `set_language`."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from goodfences.web import within


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """A page of its own, so that no other page needs a form, a token and a cookie just for this."""
    back = within.path(request.GET.get("next", ""), otherwise="/")
    return render(request, "language.html", {"back": back})
