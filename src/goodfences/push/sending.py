"""From notes to push services: claim, encrypt, sign, post, settle (RFC 8030).

A note that was sent twice, because a worker died in between, shows once: browsers replace what has the same tag, and
push services what has the same topic.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache

import urllib3
from django.db import transaction
from django.db.models import F
from urllib3.exceptions import HTTPError

from goodfences import outward, source
from goodfences.neighbor_requests import queries as neighbors
from goodfences.push import encrypting, endpoints, hooks, vapid, words
from goodfences.push.models import About, Note, Subscription
from goodfences.video_requests import queries as requests
from goodfences.work.taking import take

logger = logging.getLogger("goodfences.push")

State = Note.State
LANES = 4
CLAIM = timedelta(minutes=2)
"""A note that a worker took is another's again after so long: longer than a post can take."""
KEPT = timedelta(days=2)
GIVE_UP = 20
"""A browser whose messages were refused so often in a row is dropped."""
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
_LONGEST_TTL = 28 * 86_400
_MOST_ANSWER = 16_384


class What(Enum):
    """What a push service said."""

    TAKEN = "taken"
    GONE = "gone"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True)
class Answer:
    what: What
    error: str = ""
    wait: timedelta | None = None


def send_due(limit: int) -> int:
    """Send at most `limit` notes whose time has come. Returns how many were dealt with."""
    now = source.now()
    notes = _claim(limit, now)
    if not notes:
        return 0
    fresh = [note for note in notes if note.not_after > now and _is_news(note, now)]
    with ThreadPoolExecutor(LANES) as lanes:
        answers = list(lanes.map(_post, fresh, [_request(note, now) for note in fresh]))
    for note, answer in zip(fresh, answers, strict=True):
        _settle(note, answer, now)
    stale = [note.pk for note in notes if note not in fresh]
    Note.objects.filter(pk__in=stale).update(state=State.FAILED, error="It was of no use any more.")
    return len(notes)


def forget_old(limit: int) -> int:
    """Forget notes that are two days old and don't wait. Returns how many."""
    old = Note.objects.filter(created_at__lt=source.now() - KEPT).exclude(state=State.WAITING)
    found = list(old.values_list("pk", flat=True)[:limit])
    return Note.objects.filter(pk__in=found).delete()[0] if found else 0


def _is_news(note: Note, now: datetime) -> bool:
    """A request that was answered, muted or closed while its note waited for the morning is none.

    Nor is there any to a browser in which its reader was signed out meanwhile.
    """
    browser = note.subscription.browser
    if browser is not None and not browser.session_key:
        return False
    if note.about == About.REQUEST:
        return requests.still_asks(note.subject, now)
    if note.about == About.NEIGHBOR:
        return neighbors.still_asks(note.subject)
    return hooks.is_news(note.about, note.subject, now)


def _claim(limit: int, now: datetime) -> list[Note]:
    """Take notes so that another worker finds them not due; a dead worker's become due again."""
    due = Note.objects.filter(state=State.WAITING, due_at__lte=now).select_related(
        "subscription__account", "subscription__browser"
    )
    taken = take(due.order_by("due_at", "pk"), limit, {"due_at": now + CLAIM, "attempts": F("attempts") + 1})
    for note in taken:
        note.attempts += 1
    return taken


@dataclass(frozen=True)
class _Request:
    url: str
    body: bytes
    headers: dict[str, str]


def _request(note: Note, now: datetime) -> _Request:
    browser = note.subscription
    message = words.payload(note, browser.account.language)
    headers = {
        "Authorization": vapid.authorization(browser.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(min(int((note.not_after - now).total_seconds()), _LONGEST_TTL)),
        "Topic": note.ref,
        "Urgency": "high" if note.about in (About.DOORBELL, About.WARNING, About.OVER) else "normal",
    }
    return _Request(browser.endpoint, encrypting.encrypt(message, p256dh=browser.p256dh, auth=browser.auth), headers)


def _post(note: Note, request: _Request) -> Answer:
    """One POST; no database in here, since it runs in a lane."""
    if not endpoints.is_fine(request.url):
        return Answer(What.GONE, "Its address is no push service's.")
    try:
        response = _pool().request(
            "POST", request.url, body=request.body, headers=request.headers, redirect=False, preload_content=False
        )
        with suppress(outward.TooMuch, outward.TooSlow):  # its status said it all; the line isn't used again
            outward.read(response, _MOST_ANSWER)
    except (HTTPError, OSError) as error:
        return Answer(What.LATER, type(error).__name__)
    if response.status in (200, 201, 202, 204):
        return Answer(What.TAKEN)
    if response.status in (404, 410):
        return Answer(What.GONE, str(response.status))
    if response.status == 429 or response.status >= 500:
        return Answer(What.LATER, str(response.status), _asked_wait(response.headers.get("Retry-After", "")))
    return Answer(What.REFUSED, str(response.status))


def _asked_wait(raw: str) -> timedelta | None:
    return timedelta(seconds=min(int(raw), 86_400)) if raw.isascii() and raw.isdigit() and len(raw) < 9 else None


@transaction.atomic
def _settle(note: Note, answer: Answer, now: datetime) -> None:
    rows, browser = Note.objects.filter(pk=note.pk), Subscription.objects.filter(pk=note.subscription_id)
    if answer.what is What.TAKEN:
        rows.update(state=State.SENT, error="")
        browser.update(told_at=now, failures=0)
    elif answer.what is What.GONE:
        browser.delete()
    elif answer.what is What.REFUSED:
        rows.update(state=State.FAILED, error=answer.error)
        browser.update(failures=F("failures") + 1)
        browser.filter(failures__gte=GIVE_UP).delete()
    else:
        wait = answer.wait or min(_FIRST_WAIT * 2 ** min(note.attempts - 1, 10), _LONGEST_WAIT)
        rows.update(due_at=now + wait, error=answer.error)


@cache
def _pool() -> urllib3.PoolManager:
    return endpoints.pool()
