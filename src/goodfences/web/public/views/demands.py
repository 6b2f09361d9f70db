"""Legal demands in public: how many there are, in bands, and each one once nothing forbids it any more."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from goodfences.ledger import queries as ledger
from goodfences.legal_demands import public
from goodfences.web.public import atom


@require_safe
def demands(request: HttpRequest) -> HttpResponse:
    found = [{"demand": one, "kind": public.KINDS[one.kind]} for one in public.demands()]
    return render(request, "public/legal_demands.html", {"years": public.years(), "demands": found})


@require_safe
def demand(request: HttpRequest, ref: str) -> HttpResponse:
    found = public.demand(ref)
    assert found.ledger_index is not None
    context = {
        "demand": found,
        "kind": public.KINDS[found.kind],
        "outcome": public.OUTCOMES[found.outcome],
        "signed": ledger.is_signed(found.ledger_index),
        "counted_in": (ledger.entry(found.ledger_index).body or {}).get("counted_in"),
    }
    return render(request, "public/legal_demand.html", context)


@require_safe
def feed(request: HttpRequest) -> HttpResponseBase:
    """Atom (RFC 4287)."""
    title = _("%(name)s: legal demands") % {"name": settings.INSTANCE_NAME}
    made = atom.feed(title, page="public:legal_demands", own="public:legal_demands_feed")
    for one in public.demands():
        made.add_item(
            title=f"{one.authority}: {public.KINDS[one.kind]}",
            link=atom.absolute("public:legal_demand", one.ref),
            description=f"{one.scope}\n\n{one.handed_over}",
            unique_id=atom.absolute("public:legal_demand", one.ref),
            pubdate=one.published_at,
            updateddate=one.published_at,
        )
    return atom.answer(made)
