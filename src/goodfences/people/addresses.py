"""Changing the address that one signs in with. Both say yes; the old one can stop it, without signing in."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from goodfences import source
from goodfences.errors import NotFound, Refused
from goodfences.mail import links, outbox
from goodfences.people import access, browsers, checks, limits
from goodfences.people.models import Account, EmailChange

LASTS = timedelta(days=3)
PURPOSE = "email-change"
A_DAY = 5

Side = Literal["old", "new"]


def ask(*, account: Account, new_email: str) -> EmailChange:
    """Write to both addresses. An address that has an account gets nothing, and nobody learns which it was.

    Raises Refused (field `email`) for what is no address or the same one, limits.TooOften.
    """
    email = new_email.strip().lower()
    if problems := checks.email_problems(email):
        raise Refused(*problems)
    limits.count("email-change", str(account.pk), limit=A_DAY, period=timedelta(days=1), field="email")
    return _begin(account, email)


@transaction.atomic
def _begin(account: Account, email: str) -> EmailChange:
    access.hold(account)
    EmailChange.objects.filter(account=account).delete()
    now = source.now()
    change = EmailChange.objects.create(account=account, new_email=email, created_at=now, expires_at=now + LASTS)
    _write(change, "old", account.email)
    if not Account.objects.filter(email=email).exists():
        _write(change, "new", email)
    return change


def of_link(token: str) -> tuple[EmailChange, Side]:
    """The change behind a link, and at which address it was read. Raises NotFound once it is over."""
    ref, side = links.read(PURPOSE, token, LASTS).split(".")
    change = EmailChange.objects.select_related("account").filter(ref=ref).first()
    if change is None:
        raise NotFound
    if change.expires_at <= source.now():
        raise NotFound
    return change, "old" if side == "old" else "new"


@transaction.atomic
def say_yes(*, token: str) -> bool:
    """One of the two says yes. Returns whether the address has changed by it."""
    change, side = of_link(token)
    access.hold(change.account)
    change = EmailChange.objects.select_for_update(no_key=True).select_related("account").get(pk=change.pk)
    setattr(change, f"{side}_said_yes_at", source.now())
    change.save(update_fields=[f"{side}_said_yes_at"])
    if change.old_said_yes_at is None or change.new_said_yes_at is None:
        return False
    return _change(change)


def _change(change: EmailChange) -> bool:
    account, email = change.account, change.new_email
    change.delete()
    if Account.objects.filter(email=email).exists():
        raise NotFound  # somebody made an account of it meanwhile
    EmailAddress.objects.filter(user=account).delete()
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    account.email = email
    account.save(update_fields=["email"])
    return True


@transaction.atomic
def stop(*, token: str) -> None:
    """The old address says no: nothing changes, and whoever is signed in is signed out everywhere.

    Raises NotFound for a link that the new address got: it can only say yes, or nothing.
    """
    change, side = of_link(token)
    if side != "old":
        raise NotFound
    browsers.end_all(account=change.account)
    change.delete()


@transaction.atomic
def take_back(*, account: Account) -> None:
    """The person thought again."""
    EmailChange.objects.filter(account=account).delete()


def pending(account: Account) -> EmailChange | None:
    return EmailChange.objects.filter(account=account, expires_at__gt=source.now()).first()


def forget_old() -> int:
    return EmailChange.objects.filter(expires_at__lte=source.now()).delete()[0]


def _write(change: EmailChange, side: Side, to: str) -> None:
    account = change.account
    outbox.queue(
        once=f"email-change:{change.pk}:{side}",
        to=to,
        template=f"email_change_{side}",
        context={
            "new_email": change.new_email,
            "link": f"{settings.SITE_URL}/address/{links.sign(PURPOSE, f'{change.ref}.{side}')}/",
            "expires_at": change.expires_at.isoformat(),
            "instance_name": settings.INSTANCE_NAME,
        },
        language=account.language,
        time_zone=account.time_zone,
        not_after=change.expires_at,
    )
