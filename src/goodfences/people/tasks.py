"""What the worker does for this room."""

from __future__ import annotations

from django.contrib.sessions.models import Session

from goodfences import source
from goodfences.people import addresses, browsers, erased, limits, remembered
from goodfences.people.archive import asking, making
from goodfences.people.models import Invitation


def run_due(limit: int) -> int:
    """Forget counts of tries, invitations and sign-ins whose time is over, and folders of archives that are no more.

    Returns how many rows and folders went.
    """
    del limit  # three statements, however many rows
    now = source.now()
    invitations, _ = Invitation.objects.filter(expires_at__lte=now).delete()
    sessions, _ = Session.objects.filter(expire_date__lte=now).delete()
    swept = asking.sweep() + browsers.forget_old() + addresses.forget_old() + erased.forget_old()
    return limits.forget_old() + remembered.forget_old() + invitations + sessions + swept


def run_archives(limit: int) -> int:
    """Make at most `limit` parts of archives; where there is none to make, destroy those whose time is over."""
    done = 0
    while done < limit and making.make_next():
        done += 1
    return done or asking.expire(limit)
