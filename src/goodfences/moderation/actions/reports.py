"""Saying that a post or comment breaks a rule."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Count, F
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import Problem, Refused, refuse
from goodfences.feed import access as feed
from goodfences.feed.models import Comment, Post
from goodfences.moderation import limits, rules
from goodfences.moderation.models import Outcome, Report, Review, Ruling, Tally, Thing
from goodfences.people.models import Account
from goodfences.visible import one_line, text_problems

NOTE_LENGTH = 500
LOOKED_BACK = timedelta(days=90)
"""For how long accounts are remembered to have reported the same author together."""


def report(*, account: Account, rule: str, note: str = "", post_ref: str = "", comment_ref: str = "") -> Report:
    """Report something that the account can read, once. A second time gives the first report.

    Raises NotFound, Refused. What was looked at under that rule, and hasn't changed since, isn't opened again: the
    report is answered by that ruling at once.
    """
    thing = feed.comment(account, comment_ref) if comment_ref else feed.post(account, post_ref)
    before = Report.objects.filter(reporter=account, **_of(thing, "review__")).order_by("at").first()
    if before is not None:
        return before
    note = one_line(note)
    if problems := _problems(account, thing, rule, note):
        raise Refused(*problems)
    limits.check(account, "report")
    with transaction.atomic():
        settled = _settled(thing, rule)
        review = settled or _open(thing, rules.in_force().rule(rule).urgency)
        made, is_new = Report.objects.get_or_create(
            review=review,
            reporter=account,
            defaults={
                "rule": rule,
                "note": note,
                "voice": _voice(review, account),
                "at": source.now(),
                "answered_at": source.now() if settled else None,
            },
        )
        if is_new:
            _count(made, review, rule)
    return made


def _problems(account: Account, thing: Post | Comment, rule: str, note: str) -> list[Problem]:
    if thing.author_id == account.pk:
        raise refuse("report.own", "", _("That is yours: you can change or delete it."))
    found = []
    if rule not in rules.in_force().rules:
        found.append(Problem("report.rule", "rule", _("Choose which rule it breaks.")))
    return found + text_problems(note, "note", NOTE_LENGTH)


def _of(thing: Post | Comment, path: str = "") -> dict[str, int]:
    return {f"{path}{'post' if isinstance(thing, Post) else 'comment'}_id": thing.pk}


def _settled(thing: Post | Comment, rule: str) -> Review | None:
    """The review that looked at just these words under this rule, and let them stand."""
    looked = Review.objects.filter(**_of(thing), state=Review.State.DECIDED)
    looked = looked.filter(decided_at__gte=thing.changed_at or thing.written_at, reports__rule=rule)
    kept = looked.filter(
        rulings__state=Ruling.State.IN_FORCE, rulings__outcome__in=(Outcome.KEPT, Outcome.NOTED, Outcome.WARNED)
    )
    return kept.order_by("-decided_at").first()


def _open(thing: Post | Comment, urgency: int) -> Review:
    """The thing's open review, held; a new one where there is none."""
    is_post = isinstance(thing, Post)
    found, _new = Review.objects.select_for_update(no_key=True).get_or_create(
        **_of(thing),
        state__in=(Review.State.OPEN, Review.State.SECOND),
        defaults={
            "thing": Thing.POST if is_post else Thing.COMMENT,
            "about": thing.kind if isinstance(thing, Post) else thing.post.kind,
            "author_id": thing.author_id,
            "why": Review.Why.REPORTED,
            "urgency": urgency,
            "state": Review.State.OPEN,
            "opened_at": source.now(),
        },
    )
    return found


def _voice(review: Review, account: Account) -> str:
    """What reports of one will have in common: all new accounts, a household, and those who report together."""
    if limits.is_new(account):
        return "new"
    others = review.reports.exclude(voice="new")
    home = others.filter(reporter__memberships__household__memberships__account=account)
    if (one := home.values_list("voice", flat=True).first()) is not None:
        return one
    mine = Report.objects.filter(
        reporter=account, review__author=review.author_id, at__gt=source.now() - LOOKED_BACK
    ).values("review")
    if review.author_id is None:
        mine = mine.none()
    allies = (
        Report.objects.filter(review__in=mine)
        .exclude(reporter=account)
        .values("reporter")
        .annotate(times=Count("pk"))
        .filter(times__gte=rules.in_force().together)
        .values("reporter")
    )
    found = others.filter(reporter__in=allies).values_list("voice", flat=True).first()
    return found if found is not None else f"account {account.pk}"


def _count(made: Report, review: Review, rule: str) -> None:
    month = made.at.date().replace(day=1)
    Tally.objects.get_or_create(month=month, rule=rule)
    Tally.objects.filter(month=month, rule=rule).update(reports=F("reports") + 1)
    if review.state == Review.State.DECIDED:
        return
    if not review.reports.exclude(pk=made.pk).filter(voice=made.voice).exists():
        review.voices += 1
    review.urgency = min(review.urgency, rules.in_force().rule(rule).urgency)
    review.save(update_fields=["voices", "urgency"])
