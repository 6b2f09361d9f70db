"""What an agency may do in the feed: post in its own name, reply under its own posts, say how it ended, take it down.

It has no reading account (P1, P2): of the neighborhood it sees its own posts, and what neighbors said to it under
them, by numbers in place of names. It doesn't learn where a neighbor lives, who thanked, follows or was told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.agencies import access, log
from goodfences.agencies.models import AgencyAct, Officer
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.feed import cells, events, guarding, texts, words
from goodfences.feed.models import IS_SEEN, Comment, FeedEvent, Kind, Post, Standing
from goodfences.visible import one_line

Role = Officer.Role
Act = AgencyAct.Kind

WRITERS = (Role.APPROVER, Role.ADMIN)
"""Whoever speaks to a town in the agency's name also answers for its requests."""
KINDS = (Kind.HAZARD, Kind.CRIME, Kind.LOST_FOUND, Kind.MISSING_PET, Kind.QUESTION, Kind.HELPED)
"""Not `unknown_visitor`: an agency that looks for a person makes a request, under the policy."""
A_DAY = 10
SHOWN = 100
CONTEST_LENGTH = 1000
LANGUAGE = "en"


@dataclass(frozen=True)
class Said:
    """A comment under a post of the agency's. `voice` is the neighbor's number there; 0 is the agency."""

    ref: str
    voice: int
    by: str
    text: str
    written_at: datetime
    is_own: bool


def may_write(officer: Officer) -> bool:
    """Whether the officer's role posts and replies."""
    return officer.role in WRITERS


def posts_of(officer: Officer) -> list[Post]:
    """The agency's own posts, the newest first; removed ones, too."""
    return list(_own(officer).order_by("-written_at", "-ref")[:SHOWN])


def post(officer: Officer, ref: str) -> Post:
    """One of the agency's own posts. Raises NotFound for any other."""
    found = _own(officer).filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def said_under(officer: Officer, ref: str) -> list[Said]:
    """What was said under one of the agency's own posts, in the order in which it was written."""
    found = post(officer, ref).comments.filter(IS_SEEN)
    return [
        Said(one.ref, one.voice, one.officer_label, one.text, one.written_at, one.agency_id is not None)
        for one in found.order_by("written_at", "pk")[:SHOWN]
    ]


def write_post(*, officer: Officer, kind: str, title: str, text: str) -> Post:
    """Post in the agency's name, for all around its place; public at once. Raises NotFound, Refused."""
    acting = _writer(officer)
    title, text = one_line(title), texts.tidy(text)
    problems = texts.post_problems(kind, title, text, None)
    if kind in Kind.values and kind not in KINDS:
        problems.append(Problem("feed.kind", "kind", _("Choose what it is about.")))
    if problems:
        raise Refused(*problems)
    _guard(kind, (("title", title), ("text", text)))
    with transaction.atomic():
        agency = access.lock_agency(acting.agency_id)
        now = source.now()
        if Post.objects.filter(agency=agency, written_at__gt=now - timedelta(days=1)).count() >= A_DAY:
            message = _("At most %(max)d posts a day. Say more under a post that is there.") % {"max": A_DAY}
            raise refuse("feed.agency_a_day", "title", message, limit=str(A_DAY))
        # All of the wide cell around its place hears it: an agency's town is wider than a neighbor's corner.
        cell = cells.area_of(agency.place_cell)
        written = Post.objects.create(
            # Of a stream of its own: what neighbors write never moves what an officer sees.
            ref=source.new_ref("agency_post"),
            agency=agency,
            officer_label=acting.shown_as[:90],
            kind=kind,
            title=title,
            text=text,
            language=LANGUAGE,
            cell=cell,
            area_cell=cell,
            written_at=now,
            told_at=now,
        )
        words.index(written)
        log.record(Act.POST_WRITTEN, agency=agency, officer=acting, about=title)
        events.record(written, FeedEvent.What.POST)
    return written


def reply(*, officer: Officer, ref: str, text: str) -> Comment:
    """Say something under one of the agency's own posts. Raises NotFound, Refused."""
    acting = _writer(officer)
    text = texts.tidy(text)
    if problems := texts.comment_problems(text):
        raise Refused(*problems)
    about = post(acting, ref)
    _guard(about.kind, (("text", text),))
    with transaction.atomic():
        held = _held(acting, ref)
        written = Comment.objects.create(
            ref=source.new_ref("agency_comment"),
            post=held,
            agency_id=acting.agency_id,
            officer_label=acting.shown_as[:90],
            text=text,
            language=LANGUAGE,
            written_at=source.now(),
        )
        log.record(Act.POST_REPLIED, agency=acting.agency, officer=acting, about=held.title)
        events.record(held, FeedEvent.What.COMMENT, written)
    return written


def resolve(*, officer: Officer, ref: str, outcome: str) -> Post:
    """Say how it ended; it stands on top of the feed again. Raises NotFound, Refused."""
    acting = _writer(officer)
    outcome = one_line(outcome)
    if problems := texts.outcome_problems(outcome):
        raise Refused(*problems)
    _guard(post(acting, ref).kind, (("outcome", outcome),))
    with transaction.atomic():
        held = _held(acting, ref)
        if held.outcome == outcome:
            return held
        now = source.now()
        if not held.is_resolved:
            held.told_at = now
        held.state, held.outcome, held.resolved_at = Post.State.RESOLVED, outcome, now
        held.save(update_fields=["state", "outcome", "resolved_at", "told_at"])
        words.index(held)
        log.record(Act.POST_RESOLVED, agency=acting.agency, officer=acting, about=held.title)
        events.record(held, FeedEvent.What.RESOLVED)
    return held


def may_contest(officer: Officer, post: Post) -> bool:
    """Whether the officer can say that the post's removal was wrong: once."""
    return may_write(officer) and post.standing == Standing.REMOVED and post.contested_at is None


def contest(*, officer: Officer, ref: str, text: str) -> Post:
    """Say why a ruling on a post is wrong: moderators who had no part in it look again. Raises NotFound, Refused."""
    acting = _writer(officer)
    text = texts.tidy(text)
    if problems := texts.comment_problems(text, most=CONTEST_LENGTH):
        raise Refused(*problems)
    with transaction.atomic():
        held = _own(acting).select_for_update(of=("self",), no_key=True).filter(ref=ref).first()
        if held is None:
            raise NotFound
        if not may_contest(acting, held):
            raise refuse("feed.contested", "text", _("Nobody removed it, or you have said so already."))
        held.contested_at, held.contest = source.now(), text
        held.save(update_fields=["contested_at", "contest"])
        log.record(Act.POST_CONTESTED, agency=acting.agency, officer=acting, about=held.title)
    return held


def take_down(*, officer: Officer, ref: str) -> None:
    """Out of everybody's sight, the agency's too. Its log keeps that it was there. Raises NotFound."""
    acting = _writer(officer)
    with transaction.atomic():
        held = _held(acting, ref)
        held.deleted_at = source.now()
        held.save(update_fields=["deleted_at"])
        log.record(Act.POST_TAKEN_DOWN, agency=acting.agency, officer=acting, about=held.title)
        events.record(held, FeedEvent.What.GONE)


def _writer(officer: Officer) -> Officer:
    acting = access.still_acting(officer)
    if not may_write(acting):
        raise NotFound
    return acting


def _own(officer: Officer) -> QuerySet[Post]:
    return Post.objects.filter(agency_id=officer.agency_id, deleted_at__isnull=True).select_related("agency")


def _held(officer: Officer, ref: str) -> Post:
    """To change it: what is removed, or held while moderators decide, stays as it is."""
    own = _own(officer).filter(standing=Standing.PUBLISHED)
    found = own.select_for_update(of=("self",), no_key=True).filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def _guard(kind: str, said: tuple[tuple[str, str], ...]) -> None:
    """The rules are the same for everyone; where a neighbor's words wait for a reviewer, an agency's are refused."""
    if guarding.standing_of(guarding.Words(kind, LANGUAGE, said)) != Standing.PUBLISHED:
        message = _("These words need a reviewer first. Say what happened, and leave out who somebody seems to be.")
        raise refuse("feed.guarded", said[-1][0], message)
