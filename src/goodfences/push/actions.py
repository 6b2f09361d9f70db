"""What a person decides about notifications."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences.cameras import queries as cameras
from goodfences.cameras import rights
from goodfences.errors import Problem, Refused
from goodfences.people import access as people
from goodfences.people.models import Account, Browser
from goodfences.push import access, encrypting, endpoints
from goodfences.push.models import About, Subscription, Wish
from goodfences.visible import hidden_problems

MAX_BROWSERS = 10
NAME_LENGTH = 60
OF_CLIPS = (About.MOTION, About.PERSON, About.DOORBELL)


@transaction.atomic
def subscribe(
    *, account: Account, endpoint: str, p256dh: str, auth: str, name: str, browser: Browser | None = None
) -> Subscription:
    """Notify the person in this browser, too. The same browser again is the same row, now this person's.

    `browser` is where they are signed in: once they sign out there, from wherever, it is told nothing more.

    Raises Refused for an address that is no push service's and for keys that aren't a subscription's.
    """
    people.hold(account)
    if problems := _problems(account, endpoint, p256dh, auth, name):
        raise Refused(*problems)
    Subscription.objects.filter(endpoint=endpoint).exclude(account=account).delete()
    keys = {"p256dh": p256dh, "auth": auth, "name": name.strip()[:NAME_LENGTH]}
    told = {"account": account, "browser": browser, "failures": 0, **keys}
    found, _new = Subscription.objects.update_or_create(endpoint=endpoint, defaults=told)
    return found


@transaction.atomic
def unsubscribe(*, account: Account, ref: str) -> None:
    """Send nothing more to this browser, and drop what waits."""
    access.subscription(account, ref).delete()


def forget(*, ref: str) -> None:
    """A browser signed out: nothing more is sent to it."""
    Subscription.objects.filter(ref=ref).delete()


@transaction.atomic
def choose(*, account: Account, wishes: Collection[str]) -> None:
    """What the person is notified of: `request`, `silence`, or `person:REF` with the reference of a camera.

    What isn't named isn't told. Raises Refused for a camera that isn't theirs to watch.
    """
    people.hold(account)
    wanted = [_wish(account, wish) for wish in sorted(set(wishes))]
    Wish.objects.filter(account=account).delete()
    Wish.objects.bulk_create(wanted)


def _wish(account: Account, wish: str) -> Wish:
    about, _colon, ref = wish.partition(":")
    if not ref and about in (About.REQUEST, About.SILENCE):
        return Wish(account=account, about=about)
    household = people.household_of(account)
    for camera in cameras.cameras_of(household) if household is not None and about in OF_CLIPS else ():
        if camera.ref == ref and rights.of(account, camera).watch:
            return Wish(account=account, about=about, camera=camera)
    raise Refused(Problem("push.wish", "wishes", _("Choose from the list; a camera may be gone meanwhile.")))


def _problems(account: Account, endpoint: str, p256dh: str, auth: str, name: str) -> list[Problem]:
    problems = hidden_problems(name.strip()[:NAME_LENGTH], "name")
    if not endpoints.is_fine(endpoint):
        message = _("This browser’s push service can’t be used. Nothing was changed.")
        problems.append(Problem("push.endpoint", "endpoint", message))
    try:
        encrypting.keys(p256dh, auth)
    except ValueError:
        message = _("This browser’s keys can’t be read. Nothing was changed.")
        problems.append(Problem("push.keys", "p256dh", message))
    if Subscription.objects.filter(account=account).exclude(endpoint=endpoint).count() >= MAX_BROWSERS:
        message = _("At most %(max)d browsers are notified. Take one away first.") % {"max": MAX_BROWSERS}
        problems.append(Problem("push.max", "endpoint", message, limit=str(MAX_BROWSERS)))
    return problems
