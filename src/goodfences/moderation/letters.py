"""What authors, reporters and agencies are told by mail. Never the words of what a ruling is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.feed import standing
from goodfences.mail import outbox
from goodfences.mail.outbox import NewMessage
from goodfences.moderation import rules
from goodfences.moderation.models import TURNED_DOWN, Appeal, Measure, Outcome, Review, Ruling, Thing
from goodfences.moderation.things import Thing as Looked
from goodfences.people import queries as people
from goodfences.people.models import Account

TEMPLATE = "moderation"
_PLAIN = "en"


def tell_ruling(ruling: Ruling, review: Review, thing: Looked, measure: Measure | None) -> None:
    """Its author, in every case but one: what was kept without a word. And each reporter, once."""
    messages = []
    author = review.author
    if author is not None and (ruling.outcome != Outcome.KEPT or thing.standing != "published"):
        messages.append(
            _message(author, f"ruling:{_key(ruling)}", _to_author(author, ruling, thing, measure), ruling)
        )
    reporters = Account.objects.filter(pk__in=review.reports.values("reporter"), is_active=True)
    messages += [
        _message(each, f"ruling:{_key(ruling)}:{each.pk}", _to_reporter(each, ruling, review), ruling)
        for each in reporters
    ]
    outbox.queue_many([*messages, *_to_agency(ruling, review, thing)])


def tell_appeal(appeal: Appeal, ruling: Ruling, thing: Looked | None) -> None:
    """Whoever appealed, and the author where it is a reporter's appeal that succeeded."""
    to = appeal.account
    with translation.override(to.language):
        lines = [
            _("Another moderator looked at the ruling that you appealed against."),
            _("It was wrong, and is overturned.")
            if appeal.outcome == Appeal.Outcome.OVERTURNED
            else _("It stands. This is the last word on it here."),
        ]
        if appeal.outcome == Appeal.Outcome.OVERTURNED and appeal.side == Appeal.Side.AUTHOR:
            lines.append(_("Your neighbors see it again, as new, and nothing follows from it for you."))
        elif appeal.outcome == Appeal.Outcome.OVERTURNED:
            lines.append(_("It is looked at once more, by somebody who had no part in this."))
        lines.append(_("Why: %(reasons)s") % {"reasons": appeal.reasons})
        subject = _("Your appeal was answered")
    outbox.queue_many([_message(to, f"appeal:{_key(ruling)}:{to.pk}", (subject, lines), ruling)])


def _message(to: Account, once: str, said: tuple[str, Sequence[str]], ruling: Ruling) -> NewMessage:
    subject, lines = said
    look = settings.SITE_URL + reverse("resident:ruling", args=[ruling.ref])
    return NewMessage(
        once=once,
        to=to.email,
        template=TEMPLATE,
        context={"subject_line": subject, "lines": list(lines), "look": look},
        language=to.language,
        time_zone=to.time_zone,
        not_before=people.hours_of(to).free_from(source.now()),
    )


def _to_author(to: Account, ruling: Ruling, thing: Looked, measure: Measure | None) -> tuple[str, list[str]]:
    with translation.override(to.language):
        lines = [_AUTHOR[Outcome(ruling.outcome)](thing), *_rule(ruling)]
        if ruling.second_id is not None:
            lines.append(_("Two moderators agreed on it."))
        if measure is not None:
            lines.append(in_words(measure))
        if ruling.outcome != Outcome.KEPT:
            lines.append(
                _("If you think that this is wrong, you can appeal within %(days)d days: somebody else looks at it.")
                % {"days": rules.in_force().appeal.days}
            )
        return _("A moderator looked at what you wrote"), lines


def _to_agency(ruling: Ruling, review: Review, thing: Looked) -> list[NewMessage]:
    """One message to the agency whose words they were, where it is told at all; with the public ruling's address."""
    stays_as_it_was = ruling.outcome == Outcome.KEPT and thing.standing == "published"
    if not thing.agency or ruling.public is None or stays_as_it_was:
        return []
    agency = standing.agency_of(post=review.post_id, comment=review.comment_id)
    if agency is None:
        return []
    with translation.override(_PLAIN):
        lines = [_AUTHOR[Outcome(ruling.outcome)](thing), *_rule(ruling)]
        if ruling.outcome == Outcome.REMOVED:
            lines.append(_("If you think that this is wrong, say so on the post’s page in your portal: others look."))
        subject = _("A moderator looked at what you wrote")
    return [
        NewMessage(
            once=f"ruling:{_key(ruling)}:agency",
            to=agency.contact_email,
            template=TEMPLATE,
            context={
                "subject_line": subject,
                "lines": lines,
                "look": settings.SITE_URL + reverse("public:ruling", args=[ruling.public.ref]),
            },
            language=_PLAIN,
            time_zone=agency.time_zone,
        )
    ]


def _to_reporter(to: Account, ruling: Ruling, review: Review) -> tuple[str, list[str]]:
    with translation.override(to.language):
        what = _("a post") if review.thing == Thing.POST else _("a comment")
        lines = [_("You reported %(what)s. A moderator has looked at it.") % {"what": what}]
        lines.append(str(Outcome(ruling.outcome).label) + ".")
        lines += _rule(ruling)
        if ruling.outcome in TURNED_DOWN:
            lines.append(
                _("If you think that this is wrong, you can appeal within %(days)d days: somebody else looks at it.")
                % {"days": rules.in_force().appeal.days}
            )
        lines.append(_("Its author isn’t told who reported it."))
        return _("Your report was answered"), lines


def in_words(measure: Measure) -> str:
    """What a rung means for whoever stands on it, in the language in force."""
    if measure.ends_at is None:
        return _(
            "You can’t post, comment or report here any more. You can still read, appeal, and take your data along."
        )
    if measure.ends_at <= measure.begins_at:
        return _("This is a warning. If it happens again within a year, you can’t write here for a day.")
    hours = round((measure.ends_at - measure.begins_at).total_seconds() / 3600)
    words = _(
        "For %(hours)d hours you can’t post, comment or report. You can still read, appeal, and take your data along."
    )
    return words % {"hours": hours}


def _rule(ruling: Ruling) -> list[str]:
    rule = rules.in_force().rule(ruling.rule)
    return [
        _("The rule: %(title)s. %(says)s") % {"title": rule.title, "says": rule.says},
        _("Why: %(reasons)s") % {"reasons": ruling.reasons},
    ]


def _key(ruling: Ruling) -> str:
    return ruling.public.ref if ruling.public else ruling.ref


def _named(thing: Looked) -> str:
    return _("your post “%(title)s”") % {"title": thing.title} if thing.title else _("your comment")


_AUTHOR: dict[Outcome, Callable[[Looked], str]] = {
    Outcome.KEPT: lambda thing: _("A moderator looked at %(what)s. Your neighbors see it.") % {"what": _named(thing)},
    Outcome.NOTED: lambda thing: (
        _("A moderator looked at %(what)s. It stays, with a note.") % {"what": _named(thing)}
    ),
    Outcome.EDIT: lambda thing: _("A moderator asks you to change %(what)s.") % {"what": _named(thing)},
    Outcome.WARNED: lambda thing: (
        _("A moderator looked at %(what)s. It stays, and you are warned.") % {"what": _named(thing)}
    ),
    Outcome.REMOVED: lambda thing: (
        _("A moderator removed %(what)s. You still have its words, on your own pages.") % {"what": _named(thing)}
    ),
}
