"""Those who shared are thanked, and told what the agency said: whether it helped. One email each."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from goodfences import source
from goodfences.ledger import queries as ledger
from goodfences.mail import outbox
from goodfences.people import queries as people
from goodfences.video_requests import letters
from goodfences.video_requests.models.ask import Ask
from goodfences.video_requests.models.outcome import Outcome

TEMPLATE = "request_helped"


def thank_due(limit: int) -> int:
    """For at most `limit` requests, once the public record has the agency's word. Returns how many."""
    due = Outcome.objects.filter(thanked_at__isnull=True, ledger_index__lt=ledger.signed_size())
    chosen = list(due.order_by("ledger_index").values_list("pk", flat=True)[:limit])
    for pk in chosen:
        _thank(pk)
    return len(chosen)


@transaction.atomic
def _thank(pk: int) -> None:
    outcome = Outcome.objects.select_for_update(of=("self",)).select_related("video_request__agency").get(pk=pk)
    if outcome.thanked_at is not None:
        return
    asks = Ask.objects.filter(video_request_id=outcome.pk, state=Ask.State.SHARED, owner__is_active=True)
    outbox.queue_many([message(outcome, ask) for ask in asks.select_related("owner").order_by("pk")])
    outcome.thanked_at = source.now()
    outcome.save(update_fields=["thanked_at"])


def message(outcome: Outcome, ask: Ask) -> outbox.NewMessage:
    """What one of those who shared is told."""
    request, owner = outcome.video_request, ask.owner
    context = {
        "agency": request.agency.name,
        "place": request.place_name,
        "incident": letters.incident(request, owner.language),
        "case_number": request.case_number,
        "helped": outcome.answer == Outcome.Answer.HELPED,
        "page": settings.SITE_URL + reverse("resident:ask", args=[ask.ref]),
        "record": settings.SITE_URL + reverse("public:request", args=[request.ref]),
    }
    return outbox.NewMessage(
        once=f"helped:{request.ref}:{owner.pk}",
        to=owner.email,
        template=TEMPLATE,
        context=context,
        language=owner.language,
        time_zone=owner.time_zone,
        not_before=people.hours_of(owner).free_from(source.now()),
    )
