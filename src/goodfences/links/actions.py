"""Making a link, ending one."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.clips import access as clips
from goodfences.clips.models import Clip
from goodfences.errors import Problem, Refused, refuse
from goodfences.links import access
from goodfences.links.models import Link
from goodfences.people import access as people
from goodfences.people.models import Account
from goodfences.redaction import actions as redaction
from goodfences.redaction import plans
from goodfences.redaction.plans import Plan

DAYS = (1, 7, 30)
USUAL_DAYS = 7
MOST = 50
SHORTEST, LONGEST = 6, 128
KEPT_AFTER = timedelta(days=30)
"""How long the page still shows a link that has ended."""


def plan_for(clip: Clip) -> Plan:
    """What a link to this clip shows: the part that was last cut and covered, or all of it without sound.

    Raises Refused where that can't be made, such as an hour of a camera with privacy zones.
    """
    return plans.usual(clip)


def make(*, account: Account, clip_ref: str, seen_sha256: str, days: int, passphrase: str) -> tuple[Link, str]:
    """A link to what `plan_for` says, if that is what was shown; and its token, which is kept nowhere.

    Raises NotFound for whoever doesn't own the household, Refused, cutting.CutError, sandbox.Interrupted.
    """
    household = people.owned_home(account)
    clip = clips.clip_to_download(account, clip_ref)
    problems = _problems(days, passphrase)
    live = Link.objects.filter(account=account, ended_at__isnull=True, expires_at__gt=source.now()).count()
    if live >= MOST:
        problems.append(Problem("links.max", "days", _("You have %(max)d links. End one first.") % {"max": MOST}))
    if problems:
        raise Refused(*problems)
    copy = redaction.make(plan=plan_for(clip), seen_sha256=seen_sha256)
    token = source.new_token("link")
    now = source.now()
    with transaction.atomic():
        if people.owned_home(account) != household:
            raise refuse("links.household", "days", _("Your household changed meanwhile. Nothing was shared."))
        link = Link.objects.create(
            account=account,
            copy=copy,
            digest=source.token_digest(token),
            passphrase=make_password(passphrase) if passphrase else "",
            starts_at=copy.starts_at,
            ends_at=copy.ends_at,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
    return link, token


@transaction.atomic
def revoke(*, account: Account, ref: str) -> None:
    """End a link at once and for good: the key of its copy is destroyed. Twice is once. Raises NotFound."""
    end([access.own(account, ref)])


def end(links: list[Link]) -> None:
    """Destroy the copies of these links, in the caller's transaction."""
    copies = [link.copy for link in links if link.copy is not None]
    Link.objects.filter(pk__in=[link.pk for link in links], ended_at__isnull=True).update(ended_at=source.now())
    redaction.discard(copies)


@transaction.atomic
def end_due(limit: int) -> int:
    """End at most `limit` links that ran out or whose copy is gone, and forget those of long ago."""
    now = source.now()
    open_ = Link.objects.filter(ended_at__isnull=True).select_related("copy")
    due = [*open_.filter(expires_at__lte=now)[:limit], *open_.filter(copy__isnull=True)[:limit]]
    end(due)
    forgotten, _ = Link.objects.filter(ended_at__lt=now - KEPT_AFTER).delete()
    return len(due) + forgotten


def _problems(days: int, passphrase: str) -> list[Problem]:
    found = []
    if days not in DAYS:
        found.append(Problem("links.days", "days", _("Choose how long it works."), value=str(days)))
    if passphrase and not SHORTEST <= len(passphrase) <= LONGEST:
        message = _("A passphrase has %(min)d to %(max)d characters. This has %(length)d.")
        numbers = {"min": SHORTEST, "max": LONGEST, "length": len(passphrase)}
        found.append(Problem("links.passphrase", "passphrase", message % numbers, limit=str(SHORTEST)))
    return found
