"""After the case the agency says whether it helped: once, in public, and reminded once. Who shared is thanked."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from goodfences import source
from goodfences.agencies import access
from goodfences.agencies.log import record
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.errors import NotFound, refuse
from goodfences.ledger import actions as ledger
from goodfences.mail import outbox
from goodfences.video_requests import entries, outcomes, portal
from goodfences.video_requests.actions.locked import own_request
from goodfences.video_requests.models.outcome import Outcome
from goodfences.video_requests.models.request import VideoRequest

REMIND_AFTER = timedelta(days=14)
REMINDER = "helped_reminder"


@transaction.atomic
def say_whether_it_helped(*, officer: Officer, ref: str, helped: bool) -> Outcome:
    """The agency's word on a request that has ended and for which it received video. Published, and final.

    Raises Refused where it said so before or there is nothing to say it of, NotFound.
    """
    officer = access.acting(officer)
    request = own_request(officer, ref)
    if not portal.may_ask(officer):
        raise NotFound("Your role says nothing of this.")
    if not outcomes.can_be_said(request):
        message = "Whether it helped is said once, of a request that has ended and for which you received video."
        raise refuse("outcome.once", "helped", message)
    answer = Outcome.Answer.HELPED if helped else Outcome.Answer.NOT
    record(
        AgencyAct.Kind.REQUEST_HELPED,
        agency=officer.agency,
        officer=officer,
        about=request.case_number,
        ref=request.ref,
    )
    entry = ledger.append(
        kind="request.helped",
        subject=entries.subject(request),
        body=entries.helped(request, helped=helped, officer=officer),
    )
    ledger.sign_after_commit()
    said = {"answer": answer, "said_at": source.now(), "officer": officer, "ledger_index": entry.index}
    outcome, _made = Outcome.objects.update_or_create(video_request=request, defaults=said)
    return outcome


def remind_due(limit: int) -> int:
    """Remind whoever made a request that ended a while ago, once. Returns how many requests were looked at."""
    ended = VideoRequest.objects.filter(
        opened_at__isnull=False, ended_at__lte=source.now() - REMIND_AFTER, outcome__isnull=True
    )
    due = list(ended.select_related("agency", "requester__account").order_by("ended_at", "pk")[:limit])
    for request in due:
        _remind(request)
    return len(due)


@transaction.atomic
def _remind(request: VideoRequest) -> None:
    """A row says that it was looked at, also of a request that brought no video: of that nothing is written."""
    _outcome, made = Outcome.objects.get_or_create(video_request=request, defaults={"reminded_at": source.now()})
    if made and outcomes.can_be_said(request):
        write_reminder(request)


def write_reminder(request: VideoRequest) -> None:
    """To whoever made the request, or to the agency's own address where they can't sign in any more."""
    officer = request.requester
    account = officer.account
    to = account.email if account is not None and officer.active else request.agency.contact_email
    outbox.queue(
        once=f"helped-reminder:{request.ref}",
        to=to,
        template=REMINDER,
        context={
            "agency": request.agency.name,
            "case_number": request.case_number,
            "place": request.place_name,
            "page": settings.SITE_URL + reverse("portal:helped", args=[request.ref]),
        },
        language="en",
        time_zone=request.agency.time_zone,
    )
