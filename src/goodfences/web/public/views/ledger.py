"""The ledger as people read it: its entries, one entry with its proof, and how to check it all."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from goodfences.errors import NotFound
from goodfences.ledger import keys, proofs, queries
from goodfences.ledger.models import LedgerEntry
from goodfences.ledger.witnesses import configured
from goodfences.web.public.open_data import MINUTE, for_everyone
from goodfences_record import merkle

PAGE = 50


@require_safe
def entries(request: HttpRequest) -> HttpResponse:
    """The newest entries first. `before` is the index to go on from."""
    before = request.GET.get("before", "")
    found = queries.entries().reverse()
    if before.isascii() and before.isdecimal() and len(before) < 19:
        found = found.filter(index__lt=int(before))
    shown = list(found[: PAGE + 1])
    return render(
        request,
        "public/entries.html",
        {
            "entries": shown[:PAGE],
            "older": shown[PAGE - 1].index if len(shown) > PAGE else None,
            "newest": bool(before),
            "checkpoint": queries.latest_checkpoint(),
            "witnessed": witnessed(),
        },
    )


@require_safe
def entry_page(request: HttpRequest, index: int) -> HttpResponse:
    entry = _entry(index)
    context: dict[str, Any] = {"entry": entry, "leaf": bytes(entry.leaf).decode(), "newest": queries.newest_index()}
    context["leaf_hash"] = merkle.leaf_hash(bytes(entry.leaf)).hex()
    try:
        context["bundle"] = proofs.bundle(index)
        context["hashes"] = len(context["bundle"]["proof"]["path"])
        context |= _checkpoint()
    except proofs.NotSigned:
        context["bundle"] = None
    return render(request, "public/entry.html", context)


@require_safe
def bundle(request: HttpRequest, index: int) -> HttpResponseBase:
    """All that it takes to prove the entry to anyone, offline."""
    _entry(index)
    try:
        content = json.dumps(proofs.bundle(index), ensure_ascii=False, indent=1)
    except proofs.NotSigned as error:
        raise Http404(str(error)) from error
    response = HttpResponse(f"{content}\n", content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="ledger-entry-{index}.json"'
    return for_everyone(response, seconds=MINUTE)


@require_safe
def how_to_verify(request: HttpRequest) -> HttpResponse:
    """`entry` is the number of an entry that the reader came from."""
    entry = request.GET.get("entry", "")
    return render(
        request,
        "public/verify.html",
        {
            "entry": entry if entry.isascii() and entry.isdecimal() and len(entry) < 16 else "",
            "ledger_address": reverse("public:checkpoint").removesuffix("checkpoint"),
            "site": settings.SITE_URL,
            "key": keys.public_key(),
            "witnessed": witnessed(),
            **_checkpoint(),
        },
    )


def witnessed() -> dict[str, Any]:
    """How many of the witnesses saw the newest checkpoint, who they are, and who won't cosign."""
    latest, cosigned = queries.latest_checkpoint(), queries.newest_cosigned()
    seen = [] if latest is None else queries.cosignatures(latest)
    return {
        "named": len(configured()),
        "seen": seen,
        "count": len(seen),
        "behind": None if latest is None or cosigned is None or cosigned.size == latest.size else cosigned,
        "refusals": queries.refusals(),
    }


def _checkpoint() -> dict[str, Any]:
    latest = queries.latest_checkpoint()
    return {"checkpoint": latest, "note": "" if latest is None else queries.cosigned_note(latest)}


def _entry(index: int) -> LedgerEntry:
    try:
        return queries.entry(index)
    except NotFound as error:
        raise Http404(str(error)) from error
