"""Every email about a video after its share, written by the functions that the worker calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.evidence.models import DeletionRequest, HandOn, LegalHold, Question, Reuse, SharedVideo
from goodfences.evidence.owner import letters
from goodfences.mail import outbox
from goodfences.video_requests import thanking
from goodfences.video_requests.actions import outcomes
from goodfences.video_requests.models import Ask, Outcome

WROTE = "See www.example.com about the light van."
"""A mail program would make a link of it, so that it stays on the page."""


def writers(ask: Ask) -> dict[str, Callable[[], Any]]:
    """By the name of what it tells; each writes one email. Nothing but the email is written."""
    request = ask.video_request
    officer, now = request.requester, source.now()
    video = SharedVideo(ref="v-" * 11, video_request=request, starts_at=now, ends_at=now)
    given = {"video": video, "officer": officer}
    later = now + timedelta(days=3)
    return {
        "handed on": lambda: letters.handed_on(ask, HandOn(pk=1, to="defense", name="Elm street", why="", **given)),
        "held": lambda: letters.held(ask, LegalHold(pk=1, ground="", ends_at=later, **given)),
        "kept": lambda: letters.answered(ask, DeletionRequest(answer="kept", **given)),
        "deleted": lambda: letters.answered(ask, DeletionRequest(answer="deleted", **given)),
        "destroyed": lambda: letters._news(ask, video, "destroyed", {"destroyed": True}),
        "question": lambda: letters.question(ask, Question(text=WROTE, **given)),
        "reuse": lambda: letters.reuse(ask, Reuse(case_number="NG-2026-9", reason=WROTE, expires_at=later, **given)),
        "deletion asked": lambda: letters.deletion_asked(DeletionRequest(video=video, due_at=later)),
        "reminder": lambda: outcomes.write_reminder(request),
        "helped": lambda: _thank(ask, "helped"),
        "not helped": lambda: _thank(ask, "not"),
    }


ONE_OF_EACH = ("handed on", "question", "reuse", "deletion asked", "reminder", "helped")
"""One of each template."""


def write(ask: Ask, names: tuple[str, ...] = ONE_OF_EACH) -> None:
    with transaction.atomic():
        for name in names:
            writers(ask)[name]()


def _thank(ask: Ask, answer: str) -> None:
    outbox.queue_many([thanking.message(Outcome(video_request=ask.video_request, answer=answer), ask)])
