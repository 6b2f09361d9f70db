"""What follows for whoever breaks a rule that counts: one rung more each time, with an end, and with appeal."""

from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import refuse
from goodfences.moderation import rules
from goodfences.moderation.models import Measure, Ruling, lasting
from goodfences.people.models import Account


def climb(account_id: int, ruling: Ruling) -> Measure:
    """The next rung for the author of what a ruling was about, in the caller's transaction."""
    data, now = rules.in_force(), source.now()
    counted = Measure.objects.filter(
        account_id=account_id, lifted_at__isnull=True, begins_at__gt=now - data.counts_for
    ).count()
    rung = min(counted, len(data.rungs) - 1)
    hours = data.rungs[rung]
    return Measure.objects.create(
        account_id=account_id,
        ruling=ruling,
        rule=ruling.rule,
        reasons=ruling.reasons,
        rung=rung,
        begins_at=now,
        ends_at=None if hours < 0 else now + timedelta(hours=hours),
    )


def lift(ruling: Ruling) -> None:
    """End what followed from a ruling that was overturned; it counts no more."""
    Measure.objects.filter(ruling=ruling, lifted_at__isnull=True).update(lifted_at=source.now())


def in_force(account: Account) -> Measure | None:
    """What keeps the account from writing now: the measure that lasts longest."""
    found = Measure.objects.select_related("ruling").filter(lasting(), account=account, lifted_at__isnull=True)
    return max(found, key=lambda each: (each.ends_at is None, each.ends_at or each.begins_at), default=None)


def refuse_if_out(account: Account) -> None:
    """Raise Refused with the rule, the reasons and the end, where the account may not write now."""
    measure = in_force(account)
    if measure is None:
        return
    given = {"rule": rules.in_force().rule(measure.rule).title, "reasons": measure.reasons}
    if measure.ends_at is None:
        words = _("You can’t write here any more. A moderator ruled: %(rule)s. %(reasons)s")
    else:
        words = _("You can’t write here until %(until)s. A moderator ruled: %(rule)s. %(reasons)s")
        given["until"] = measure.ends_at.strftime("%Y-%m-%d %H:%M UTC")
    words += " " + _("You can read, appeal, take your data along, and leave.")
    raise refuse("ladder", "", words % given)
