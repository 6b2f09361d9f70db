"""What officers are written: invitations, and the quarter's re-check to their admins."""

from __future__ import annotations

from django.conf import settings

from goodfences.agencies.actions import invitation_of
from goodfences.agencies.models import Officer
from goodfences.mail import outbox
from goodfences.officers.models import Recheck


def invite(officer: Officer) -> None:
    """Send the link of the newest invitation. The email is the same whoever else uses the address (P2)."""
    link = f"{settings.SITE_URL}/portal/invitation/{invitation_of(officer)}/"
    _write(
        officer,
        f"invitation:{officer.ref}:{officer.invited}",
        "officer_invited",
        {"shown_as": officer.shown_as if officer.badge else officer.title, "role": officer.role, "link": link},
    )


def begin(recheck: Recheck, *, again: bool) -> None:
    """Tell the agency's admins that the list waits; `again` where it is soon over."""
    admins = recheck.agency.officers.filter(active=True, role=Officer.Role.ADMIN).select_related("account")
    for admin in admins.select_related("agency"):
        _write(
            admin,
            f"recheck:{recheck.pk}:{admin.ref}:{'again' if again else 'begin'}",
            "officer_recheck",
            {
                "again": again,
                "quarter": recheck.quarter,
                "due_at": recheck.due_at.isoformat(),
                "link": f"{settings.SITE_URL}/portal/officers/recheck/",
            },
        )


def _write(officer: Officer, once: str, template: str, context: dict[str, object]) -> None:
    if not officer.address:
        return
    outbox.queue(
        once=once,
        to=officer.address,
        template=template,
        context={"agency": officer.agency.name, "instance_name": settings.INSTANCE_NAME, **context},
        language="en",
        time_zone=officer.agency.time_zone,
    )
