"""The only way to a link: for its owner, and for whoever has it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import check_password
from django.db import transaction

from goodfences import passes, source
from goodfences.clips.models import Clip
from goodfences.errors import NotFound
from goodfences.links.models import Link, Opening
from goodfences.people import limits
from goodfences.people.models import Account
from goodfences.redaction import actions as redaction
from goodfences.vault.seek import SeekableReader

VISIT_LASTS = timedelta(hours=2)
TRIES, TRIES_OF_ALL = 10, 100
"""At the passphrase of one link within ten minutes: from one network address, and from all together."""
_SALT = "goodfences.links.visit"


@dataclass(frozen=True)
class Visit:
    """What the page gives its player: good for one link, for VISIT_LASTS."""

    pass_: str


def own(account: Account, ref: str) -> Link:
    """A link that the account made."""
    found = Link.objects.select_related("copy__key", "copy__clip").filter(account=account, ref=ref).first()
    if found is None:
        raise NotFound
    return found


def link_of(token: str) -> Link:
    """The link behind a token, while it is good and its clip is still there. The same NotFound for all else."""
    # Alone: for a token that nobody has, no other table is asked.
    found = Link.objects.filter(digest=source.token_digest(token)).first()
    if found is None:
        raise NotFound
    if found.ended_at is not None:
        raise NotFound
    if found.expires_at <= source.now():
        raise NotFound
    if found.copy is None:
        raise NotFound
    if found.copy.clip.state != Clip.State.STORED:
        raise NotFound
    return found


def visit(link: Link) -> Visit:
    """A pass for the player of somebody who may look: no passphrase is asked for, or it was right."""
    return Visit(passes.give(_SALT, link.ref, source.new_ref("visit"), lasts=VISIT_LASTS))


def said_right(link: Link, passphrase: str, *, peer: str) -> bool:
    """Whether the passphrase is the one. Raises limits.TooOften."""
    period = timedelta(minutes=10)
    limits.count_from("link-passphrase", peer, of=link.ref, limit=TRIES, period=period, field="passphrase")
    limits.count("link-passphrase", link.ref, limit=TRIES_OF_ALL, period=period, field="passphrase")
    return check_password(passphrase, link.passphrase)


def open_video(token: str, pass_: str) -> SeekableReader:
    """The copy's plain bytes for a visit, which counts once. The caller closes it."""
    link = link_of(token)
    ref, nonce = passes.read(_SALT, pass_)
    if ref != link.ref:
        raise NotFound
    assert link.copy is not None
    reader = redaction.open_copy(link.copy)
    with transaction.atomic():
        Opening.objects.get_or_create(link=link, visit=source.token_digest(nonce), defaults={"at": source.now()})
    return reader
