"""The steps of setting up, and how far a person has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from goodfences.cameras import queries as cameras
from goodfences.clips.models import Clip
from goodfences.people import access, setting_up
from goodfences.people.models import Account, Household, SettingUp
from goodfences.web import navigation

PASSKEYS = "mfa_add_webauthn"


@dataclass(frozen=True)
class Step:
    """One page of the way; `is_done(household)` is its fact, where it has one."""

    name: str
    title: str | Promise
    is_done: Callable[[Household], bool] = lambda _household: False


def _has_cameras(household: Household) -> bool:
    return household.cameras.filter(removed_at__isnull=True).exists()


def has_video(household: Household) -> bool:
    has_device = bool(cameras.devices_of(household))
    return has_device or Clip.objects.filter(camera__household=household).exists()


STEPS = (
    Step("place", _("Your place"), lambda _household: True),
    Step("household", _("Who lives with you")),
    Step("camera", _("Your first camera"), _has_cameras),
    Step("video", _("Your first clip"), has_video),
    Step("asked", _("Whether you may be asked")),
    Step("passkey", _("Sign in with a touch")),
)


def steps() -> list[Step]:
    """Without passkeys where this instance has none."""
    return [step for step in STEPS if step.name != "passkey" or navigation.address(PASSKEYS)]


def is_done(step: Step, household: Household, found: SettingUp) -> bool:
    return step.name in found.passed or step.is_done(household)


def left_of(account: Account) -> dict[str, Any] | None:
    """For the line on other pages that leads back here: the next step and how many are done; None for most people."""
    found = setting_up.under_way(account)
    household = access.household_of(account) if found is not None else None
    if found is None or household is None or not access.is_owner(account, household):
        return None
    all_steps = steps()
    left = [each for each in all_steps if not is_done(each, household, found)]
    return {"next": left[0] if left else None, "done": len(all_steps) - len(left), "of": len(all_steps)}
