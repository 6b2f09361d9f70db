"""What a post may say: every rule, and a box to try a sentence in. Nothing that is tried is kept."""

from __future__ import annotations

import tomllib
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from goodfences import guardrails
from goodfences.guardrails import lexicon, model

LONGEST = 1000


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """A sentence to try comes by POST, so that it stands in no address and no log."""
    language = (get_language() or "en")[:2]
    rules = guardrails.in_force()
    tried = request.POST.get("text", "")[:LONGEST].strip()
    shown = [{"rule": rule, "said": rule.in_language(language)} for rule in rules.rules]
    found = _found(tried, language) if tried else []
    context = {
        "rules": shown,
        "version": rules.version,
        "hash": rules.hash,
        "minutes": rules.cool_off_minutes,
        "acts": rules.act_names(language).values(),
        "longest": LONGEST,
        "tried": tried,
        "found": found,
        "count": len(found),
    }
    return render(request, "public/guardrails.html", context)


@require_safe
def as_json(request: HttpRequest) -> JsonResponse:
    """Every rule and every word that it looks for."""
    raw = {file.name: tomllib.loads(file.read_text(encoding="utf-8")) for file in (model.FILE, *lexicon.files())}
    return JsonResponse({"hash": guardrails.in_force().hash, **raw}, json_dumps_params={"ensure_ascii": False})


def _found(text: str, language: str) -> list[dict[str, Any]]:
    stops = guardrails.check(text, kind="crime", language=language)
    return [
        {"stop": stop, "before": text[: stop.start], "words": text[stop.start : stop.end], "after": text[stop.end :]}
        for stop in stops
    ]
