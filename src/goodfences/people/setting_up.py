"""A newcomer's way from signing up to the first clip. Which steps there are, pages know; here is what was passed."""

from __future__ import annotations

from django.db import transaction

from goodfences import source
from goodfences.people import access
from goodfences.people.models import Account, SettingUp


def under_way(account: Account) -> SettingUp | None:
    """Where the person is; None for who has finished, and for who never began: a member of another's household."""
    return SettingUp.objects.filter(account_id=account.pk, finished_at__isnull=True).first()


def begin(account: Account) -> None:
    """The person has a household of their own since this transaction."""
    SettingUp.objects.get_or_create(account=account)


@transaction.atomic
def pass_step(*, account: Account, step: str) -> None:
    """The person answered a step or skipped it. Twice is once."""
    access.hold(account)
    found = under_way(account)
    if found is not None and step not in found.passed:
        found.passed = [*found.passed, step]
        found.save(update_fields=["passed"])


def finish(*, account: Account) -> None:
    """Nothing is left to do, or the person wants to hear no more of it."""
    SettingUp.objects.filter(account=account, finished_at__isnull=True).update(finished_at=source.now())
