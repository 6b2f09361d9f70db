"""How the story tells itself: one line a step, where to look at it, and patience with the town's programs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.urls import reverse

T = TypeVar("T")


class StoryBroke(RuntimeError):
    """A step did not happen; says which."""


def say(step: str, words: str, path: str, who: str = "") -> None:
    """Print a step and where to look at it, as `who` of the town where that page is somebody's."""
    if who:
        path = f"{reverse('demo:sign_in', args=[who])}?next={path}"
    print(f"\n  {step}\n    {words}\n    Look: {settings.SITE_URL}{path}", flush=True)


def wait(what: str, look: Callable[[], T | None], seconds: float = 120) -> T:
    """What `look` answers, once it does. Raises StoryBroke."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise StoryBroke(f"{what} did not happen within {seconds:.0f} seconds.")
