"""Everything that changes oversight: bodies are named, their people come and go, they find things and suspend."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from goodfences.agencies import actions as agencies
from goodfences.agencies import queries
from goodfences.agencies.access import require_operator
from goodfences.agencies.models import Agency
from goodfences.errors import NotFound, Problem, Refused
from goodfences.ledger import actions as ledger
from goodfences.oversight import access
from goodfences.oversight.models import Body, Finding, Seat
from goodfences.policy import in_force, published_problems
from goodfences.visible import length_problems

TITLE, TEXT = (3, 120), (20, 5000)


@transaction.atomic
def name_body(*, operator: Any, slug: str, name: str, person: str, email: str) -> Body:
    """The operator names a body for an agency, or adds a person to it. Raises Refused, NotFound."""
    require_operator(operator)
    agency = queries.agency(slug)
    problems = length_problems(name, "name", 3, 80, lines=False)
    problems += length_problems(person, "person", 2, 80, lines=False)
    try:
        validate_email(email.strip())
    except ValidationError:
        problems.append(Problem("oversight.email", "email", "Write an email address.", value=email))
    if problems:
        raise Refused(*problems)
    return oversee(agency=agency, name=name, person=person, email=email)


def oversee(*, agency: Agency, name: str, person: str, email: str) -> Body:
    """Have a body oversee an agency, in the caller's transaction, which has checked that both want it.

    A body of this name that the agency has already stays, and gets the person. Of another agency's body of the same
    name nothing is known here: whoever applies could otherwise put somebody into it; but one whose own person has
    this address is the same.
    """
    name, email = name.strip(), email.strip().lower()
    body = Body.objects.filter(agencies=agency, name=name).first()
    if body is None:
        body = Body.objects.filter(name=name, seats__email=email, seats__active=True).first()
    if body is None:
        body = Body.objects.create(name=name)
    if not body.agencies.filter(pk=agency.pk).exists():
        body.agencies.add(agency)
        facts = {"agency": agency.slug, "name": agency.name, "body": name}
        ledger.append(kind="agency.overseen", subject=f"agency:{agency.ref}", body=facts)
        ledger.sign_after_commit()
    if not body.seats.filter(email=email, active=True).exists():
        account = _account_for(email, person.strip(), agency.time_zone)
        Seat.objects.create(body=body, account_id=account, email=email, name=person.strip())
    return body


@transaction.atomic
def end_seat(*, operator: Any, ref: str) -> Seat:
    """Nobody signs in by this seat any more. Twice is once. Raises NotFound."""
    require_operator(operator)
    seat = Seat.objects.select_related("body").filter(ref=ref).first()
    if seat is None:
        raise NotFound
    seat.active = False
    seat.save(update_fields=["active"])
    return seat


@transaction.atomic
def find(*, acting: Seat, slug: str, title: str, text: str) -> Finding:
    """Publish a finding about an agency that the body oversees, for good. Raises Refused, NotFound."""
    seat = access.seat_of(acting.account_id)
    agency = access.agency(seat, slug)
    title, text = title.strip(), text.strip().replace("\r\n", "\n")
    problems = [
        *length_problems(title, "title", *TITLE, lines=False),
        *length_problems(text, "text", *TEXT),
        *published_problems(title, "title", in_force()),
        *published_problems(text, "text", in_force()),
    ]
    if problems:
        raise Refused(*problems)
    finding = Finding(body=seat.body, agency=agency, title=title, text=text)
    facts = {
        "agency": agency.slug,
        "name": agency.name,
        "body": seat.body.name,
        "finding": finding.ref,
        "title": title,
        "text": text,
    }
    entry = ledger.append(kind="agency.finding", subject=f"agency:{agency.ref}", body=facts)
    finding.ledger_index = entry.index
    finding.save()
    ledger.sign_after_commit()
    return finding


@transaction.atomic
def suspend(*, acting: Seat, slug: str, reason: str) -> Agency:
    """Suspend an agency that the body oversees, at once and in public. Raises Refused, NotFound."""
    seat = access.seat_of(acting.account_id)
    agency = access.agency(seat, slug)
    return agencies.suspend_by_oversight(slug=agency.slug, reason=reason, body=seat.body.name)


def _account_for(email: str, name: str, time_zone: str) -> int | None:
    accounts = get_user_model().objects
    try:
        with transaction.atomic():
            return int(accounts.create_user(email, None, name=name, kind="overseer", time_zone=time_zone).pk)
    except IntegrityError:
        taken = Seat.objects.filter(active=True, account__isnull=False).values("account_id")
        free = accounts.filter(email=email, kind="overseer").exclude(pk__in=taken)
        return free.values_list("pk", flat=True).first()
