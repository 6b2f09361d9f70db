"""What changed since a page was made, for whom. Pages count by sealed numbers: how much is going on elsewhere is
nobody's business."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.utils.crypto import salted_hmac

from goodfences import source
from goodfences.feed import access, cells
from goodfences.feed.models import FeedEvent
from goodfences.people.models import Account

MOST = 200
"""Beyond that many changes a page is better fetched anew."""
TOO_LONG = timedelta(minutes=5)
"""So is one that was away for longer: less than a deleted post needs to be gone with its events."""


@dataclass(frozen=True)
class Change:
    """One thing that became of a post, or of a comment on it."""

    number: int
    what: str
    post: str
    comment: str
    cell: int


@dataclass(frozen=True)
class Scope:
    """Whose changes a page shows: those of one post, or of all within a radius. Equal for all who live together."""

    place: int
    radius_km: int
    post: str = ""

    def has(self, change: Change) -> bool:
        if self.post:
            return change.post == self.post
        return change.cell in cells.around(self.place, self.radius_km).distances


def scope_of(account: Account, *, radius_km: int, post_ref: str = "") -> Scope:
    """What a page of this reader listens to. Raises NotFound for who has no home or may not read that post."""
    place = access.place_of(account)
    if post_ref:
        access.post(account, post_ref)
    return Scope(place, radius_km, post_ref)


def after(number: int, limit: int = MOST) -> list[Change]:
    """The changes behind a number, in their order."""
    found = FeedEvent.objects.select_related("post", "comment").filter(number__gt=number).order_by("number")[:limit]
    return [
        Change(each.number, each.what, each.post.ref, each.comment.ref if each.comment else "", each.cell)
        for each in found
    ]


def is_too_long_ago(number: int) -> bool:
    """Whether a page that knows nothing behind this number is better fetched anew."""
    behind = FeedEvent.objects.filter(number__gt=number)
    if behind.filter(at__lt=source.now() - TOO_LONG).exists():
        return True
    return behind.order_by("number")[MOST : MOST + 1].exists()


def seal(number: int) -> str:
    """A number as pages know it."""
    return base64.urlsafe_b64encode(_cipher().encrypt(number.to_bytes(8), None)).rstrip(b"=").decode()


def unseal(text: str) -> int | None:
    """What `seal` sealed, or None for anything else."""
    if len(text) != 32:
        return None
    try:
        return int.from_bytes(_cipher().decrypt(base64.urlsafe_b64decode(text), None))
    except (InvalidTag, binascii.Error, ValueError):
        return None


def _cipher() -> AESSIV:
    return _cipher_of(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _cipher_of(secret: str) -> AESSIV:
    return AESSIV(salted_hmac("goodfences.feed.live", "number", secret=secret, algorithm="sha512").digest())
