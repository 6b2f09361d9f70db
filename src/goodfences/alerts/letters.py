"""The email of a warning, and the digest of posts. Their words are in templates/mail/; the outbox sends them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from goodfences.alerts import public, wishes
from goodfences.alerts.models import AlertWish, OfficialWarning, Severity
from goodfences.feed.models import Post
from goodfences.mail import links, outbox
from goodfences.mail.models import CommonPart, OutboxMessage
from goodfences.mail.quoting import quoted
from goodfences.people.models import Account
from goodfences.push.models import About
from goodfences.push.words import PATHS
from goodfences.visible import one_line

WARNING, OVER, DIGEST = "official_warning", "warning_over", "post_digest"
LANGUAGES = ("en", "es")
Addressed = tuple[Account, AlertWish, datetime]
"""To whom, with what they chose, and from when on it may come."""
_TEXT = 1500


def common_key(warning: OfficialWarning) -> str:
    """Under which the outbox keeps what all emails of a warning share."""
    return f"warning:{warning.ref}"


def once(warning: OfficialWarning, account_id: int) -> str:
    """The outbox's key of the email by which somebody is warned."""
    return f"warning:{warning.ref}:{account_id}"


def withdraw(warning: OfficialWarning) -> int:
    """Drop the emails of a warning that still wait; returns how many, in the caller's transaction."""
    if warning.ended_at is None:
        return 0
    return outbox.cancel(common_key=common_key(warning), reason="The warning has ended.")


def warn(warning: OfficialWarning, readers: Iterable[Addressed]) -> int:
    """Write one email a reader, each to go at its moment, in the caller's transaction; returns how many are new."""
    urgent = warning.severity == Severity.EXTREME
    key = "warning:" + warning.ref
    return _write_all(readers, key, WARNING, _common(warning), urgent, warning.expires_at)


def say_over(
    ending: OfficialWarning, earlier: Sequence[OfficialWarning], readers: Iterable[Addressed], *, not_after: datetime
) -> int:
    """Write one email a reader that what they were warned of, the last of `earlier`, is over; as `warn` does."""
    urgent = any(one.severity == Severity.EXTREME for one in earlier)
    key = f"warning-over:{ending.ref}"
    return _write_all(readers, key, OVER, _common_of_end(ending, earlier[0], key), urgent, not_after)


def _write_all(
    readers: Iterable[Addressed], key: str, template: str, part: CommonPart, urgent: bool, not_after: datetime
) -> int:
    return outbox.queue_many(
        outbox.NewMessage(
            once=f"{key}:{account.pk}",
            to=account.email,
            template=template,
            context={"wish": wish.ref},
            language=account.language,
            time_zone=account.time_zone,
            common=part,
            priority=OutboxMessage.Priority.URGENT if urgent else OutboxMessage.Priority.NORMAL,
            not_before=due_at,
            not_after=not_after,
        )
        for account, wish, due_at in readers
    )


def digest(*, account: Account, wish: AlertWish, ref: str, posts: Sequence[Post], more: int) -> bool:
    """Write the one email about these posts, in the caller's transaction. `more` is how many it doesn't list."""
    stop = _address("resident:email_posts").replace("{token}", links.sign(wishes.STOP_POSTS, wish.ref))
    return outbox.queue(
        once=f"post-digest:{ref}",
        to=account.email,
        template=DIGEST,
        context={
            "posts": [_line(post) for post in posts],
            "number": len(posts) + more,
            "more": more,
            "is_weekly": wish.way == AlertWish.Way.WEEKLY,
            "emergency_number": settings.EMERGENCY_NUMBER,
            "all": settings.SITE_URL + reverse("resident:alerts"),
            "stop": stop,
        },
        language=account.language,
        time_zone=account.time_zone,
        headers=unsubscribe(stop),
    )


def unsubscribe(stop: str) -> dict[str, str]:
    """The headers by which a mail program stops such emails (RFC 2369, RFC 8058)."""
    headers = {"List-Unsubscribe": f"<{stop}>"}
    if settings.SECURE:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058: over https alone
    return headers


def _line(post: Post) -> dict[str, Any]:
    return {
        "kind": post.kind,
        "title": quoted(post.title),
        "agency": post.agency.name if post.agency else "",
        "outcome": quoted(post.outcome),
        "written_at": post.written_at.isoformat(),
        "link": settings.SITE_URL + PATHS[About.POST].format(post.ref),
    }


def _common(warning: OfficialWarning) -> CommonPart:
    words = {language: _words(warning, language) for language in LANGUAGES}
    return outbox.common_part(
        key=common_key(warning),
        context={
            "by": warning.agency.name if warning.agency else warning.origin.name,
            "severity": warning.severity,
            "expires_at": warning.expires_at.isoformat(),
            "emergency_number": settings.EMERGENCY_NUMBER,
            "look": settings.SITE_URL + reverse("public:warning", args=[warning.ref]),
            **words["en"],
            "words": words,
        },
        links={"stop": (wishes.STOP_WARNINGS, _address("resident:email_warnings"), "wish")},
        headers=unsubscribe("{stop}"),
    )


def _common_of_end(ending: OfficialWarning, ended: OfficialWarning, key: str) -> CommonPart:
    words = {language: _words_of_end(ending, ended, language) for language in LANGUAGES}
    return outbox.common_part(
        key=key,
        context={
            "by": ending.agency.name if ending.agency else ending.origin.name,
            "called_off": ending.kind == OfficialWarning.Kind.CANCEL,
            "not_shown": ending.origin_id != ended.origin_id,
            "emergency_number": settings.EMERGENCY_NUMBER,
            "look": settings.SITE_URL + reverse("public:warning", args=[ending.ref]),
            **words["en"],
            "words": words,
        },
        links={"stop": (wishes.STOP_WARNINGS, _address("resident:email_warnings"), "wish")},
        headers=unsubscribe("{stop}"),
    )


def _words_of_end(ending: OfficialWarning, ended: OfficialWarning, language: str) -> dict[str, str]:
    """Under the headline of what is over; what its end says of why and what to do."""
    return {**_words(ending, language), "headline": _words(ended, language)["headline"]}


def _words(warning: OfficialWarning, language: str) -> dict[str, str]:
    said = public.said(warning, language)
    return {
        "headline": _short(said.get("headline") or said.get("event", ""), 160),
        "instruction": _short(said.get("instruction", ""), _TEXT),
        "description": _short(said.get("description", ""), _TEXT),
        "where": _short("; ".join(said.get("areas", [])), 300),
    }


def _short(text: str, most: int) -> str:
    text = one_line(text)
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _address(page: str) -> str:
    return settings.SITE_URL + reverse(page, args=["TOKEN"]).replace("TOKEN", "{token}")
