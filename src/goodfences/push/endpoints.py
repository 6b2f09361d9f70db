"""Where a message may go: to a push service on the internet, never into our own network (`outward`).

The address comes from the person's browser, and so from anyone who can post a form.
"""

from __future__ import annotations

import urllib3
from django.conf import settings

from goodfences import outward


def is_fine(endpoint: str) -> bool:
    """Whether this may be a push service's address: https, a public name, nothing of a sign-in in it."""
    return outward.is_fine(endpoint, anywhere=settings.PUSH_ANYWHERE)


def pool() -> urllib3.PoolManager:
    """Opens connections to push services alone; follows no redirect and repeats nothing."""
    return outward.pool(lambda: settings.PUSH_ANYWHERE)
