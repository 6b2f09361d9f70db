"""Handing in a video, with an account or without: what the page with the form and its upload call.

Nothing of who does it is kept: no account, no address of the network. What they chose to add stands with the video,
and a token that only they have leads to it. Each request's bytes are sealed before they touch the disk (P7), and
count once their part is durable and its row is committed (P8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from goodfences import source
from goodfences.appeals import consent, public
from goodfences.appeals.models import Appeal, HandIn, HandInEvent
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.people import limits
from goodfences.vault import blobs, keys, parts
from goodfences.vault.keeping import delete_all
from goodfences.vault.sealing import Reader
from goodfences.vault.seek import SeekableReader
from goodfences.visible import text_problems

State = HandIn.State
FOLDER = "hand-ins"
LASTS = timedelta(hours=24)
"""An upload that gets no byte for so long is dropped."""
AN_HOUR = 10
"""Hand-ins begun from one address of the network."""
OF_ALL_AN_HOUR = 300
"""Begun for one appeal, by everybody."""
MOST = 1000
MOST_BYTES = 100 * 1024**3
"""Of one appeal, of what is there or on its way: nobody can fill the disk."""
STOOD_STILL = gettext_noop("Nothing more of it came for a day, so nothing of it was kept. Hand it in again.")
_STEP = 1024 * 1024
_NONE = "There is no such video."


@dataclass(frozen=True)
class Given:
    """What the form says besides the video. `told` has some of `consent.TOLD`, each by choice."""

    agreed: bool
    sound: bool
    told: Mapping[str, str]


def begin(*, appeal_ref: str, size: int, given: Given, peer: str) -> tuple[HandIn, str]:
    """Begin to hand in a video of `size` bytes: its row, and its token, which is kept nowhere.

    `peer` counts against floods and isn't kept. Raises NotFound where nothing can be handed in, limits.TooOften,
    Refused.
    """
    appeal = public.appeal(appeal_ref)
    if not public.takes_video(appeal):
        raise NotFound("Nothing can be handed in for this appeal.")
    if problems := [*_given_problems(given), *_size_problems(size)]:
        raise Refused(*problems)
    hour = timedelta(hours=1)
    limits.count_from("hand-in", peer, of=appeal.ref, limit=AN_HOUR, period=hour, field="video")
    limits.count("hand-in", appeal.ref, limit=OF_ALL_AN_HOUR, period=hour, field="video")
    token = source.new_token("hand_in")
    with transaction.atomic():
        _need_room(appeal, size)
        made = HandIn.objects.create(
            appeal=appeal,
            digest=source.token_digest(token),
            consent=consent.VERSION,
            sound=given.sound,
            told={field: text.strip() for field, text in given.told.items() if text.strip()},
            key=keys.new_key("hand_in"),
            size=size,
            expires_at=source.now() + LASTS,
        )
    return made, token


def by_token(token: str) -> HandIn:
    """What a token leads to. Raises NotFound."""
    found = HandIn.objects.select_related("appeal__agency", "key").filter(digest=source.token_digest(token)).first()
    if found is None:
        raise NotFound(_NONE)
    return found


def receive(*, token: str, offset: int, body: Reader, length: int) -> HandIn:
    """Take `length` bytes from `body`, which go at `offset`; fewer where the connection is cut.

    The last byte also makes it received. Raises NotFound, and Refused for another offset, too many bytes, or where
    it takes no more.
    """
    held = by_token(token)
    if held.state != State.RECEIVING or not held.appeal.takes_video(source.now()):
        raise refuse("upload.state", "upload", "This takes no more bytes.")
    parts.check_place(received=held.received, size=held.size, offset=offset, length=length)
    assert held.key is not None
    left, cut = length, False
    while left and not cut:
        part = parts.Part(body, left)
        sealed = parts.seal(FOLDER, part, keys.recipient(held.key))
        if sealed is not None:
            _claim(held, sealed)
        left, cut = left - part.taken, part.cut
    return held


def hand_in(*, appeal_ref: str, size: int, given: Given, body: Reader, peer: str) -> tuple[HandIn, str]:
    """`begin` and `receive` in one, for a form that sends the file whole."""
    _made, token = begin(appeal_ref=appeal_ref, size=size, given=given, peer=peer)
    return receive(token=token, offset=0, body=body, length=size), token


def finished(*, token: str) -> HandIn:
    """It, once all of its bytes are here. Raises NotFound, Refused."""
    held = by_token(token)
    if held.state == State.RECEIVING:
        message = _("Not all of it came yet. Send the same file again: it goes on where it stopped.")
        raise refuse("hand_in.incomplete", "video", message, limit=str(held.size), value=str(held.received))
    return held


def may_withdraw(held: HandIn) -> bool:
    """Whether its link can still take it back."""
    there = held.state in (State.RECEIVING, State.RECEIVED, State.KEPT) and held.destroyed_at is None
    return there and held.downloaded_at is None


@transaction.atomic
def withdraw(*, token: str) -> HandIn:
    """Take it back: what was handed in is deleted, and what was told. Twice is once.

    Raises NotFound, and Refused once the agency has downloaded it.
    """
    by_token(token)
    held = HandIn.objects.select_for_update(no_key=True).get(digest=source.token_digest(token))
    if held.state == State.WITHDRAWN:
        return held
    if not may_withdraw(held):
        raise refuse("hand_in.late", "video", _("It can’t be taken back any more."))
    end(held, State.WITHDRAWN)
    return held


def end(held: HandIn, state: HandIn.State, *, refusal: str = "") -> None:
    """Leave nothing of it but that it was there, in the caller's transaction, which holds its row."""
    names = [part["blob"] for part in held.parts] + ([held.blob] if held.blob else [])
    key_id = held.key_id
    held.state, held.refusal, held.ended_at = state, refusal[:300], source.now()
    held.parts, held.blob, held.key, held.told, held.receipt, held.original = [], "", None, {}, {}, {}
    held.save()
    if key_id is not None:
        keys.destroy_many([key_id])
    transaction.on_commit(lambda: delete_all(names))


def seen(held: HandIn) -> list[HandInEvent]:
    """Who opened or downloaded it, and when, for whoever handed it in (P10)."""
    return list(held.custody.exclude(kind=HandInEvent.Kind.HANDED_IN).order_by("sequence"))


def open_parts(held: HandIn) -> Iterator[bytes]:
    """The plain bytes as they came, in steps of at most a megabyte."""
    assert held.key is not None
    identity = keys.identity(held.key)
    for part in held.parts:
        with SeekableReader(blobs.store().open(part["blob"]), identity) as reader:
            while piece := reader.read(_STEP):
                yield piece


def _claim(held: HandIn, part: dict[str, Any]) -> None:
    """Name the part in the row, if nobody else moved its offset meanwhile."""
    before = held.received
    after, named = before + part["size"], [*held.parts, part]
    state = State.RECEIVED if after == held.size else State.RECEIVING
    news = {"received": after, "parts": named, "state": state, "expires_at": source.now() + LASTS}
    if not HandIn.objects.filter(pk=held.pk, received=before, state=State.RECEIVING).update(**news):
        delete_all([part["blob"]])
        raise parts.overtaken()
    for name, value in news.items():
        setattr(held, name, value)


def _given_problems(given: Given) -> list[Problem]:
    problems = []
    if not given.agreed:
        problems.append(Problem("hand_in.agreed", "agreed", _("It can’t be handed in unless you agree.")))
    for field, text in given.told.items():
        problems += text_problems(text.strip(), field, consent.TOLD_LENGTH[field], lines=field == "note")
    if email := given.told.get("email", "").strip():
        try:
            validate_email(email)
        except ValidationError:
            problems.append(Problem("hand_in.email", "email", _("Write an address such as name@example.org.")))
    return problems


def _size_problems(size: int) -> list[Problem]:
    most = settings.CLIP_MAX_BYTES
    if size <= 0:
        return [Problem("hand_in.empty", "video", _("This file is empty. Choose another one."))]
    if size > most:
        message = _("A video has at most %(most)d MB. Make it shorter, or smaller, and hand it in again.")
        return [
            Problem("hand_in.size", "video", message % {"most": most // 1024**2}, limit=str(most), value=str(size))
        ]
    return []


def _need_room(appeal: Appeal, size: int) -> None:
    there = [State.RECEIVING, State.RECEIVED, State.KEPT]
    going = HandIn.objects.filter(appeal=appeal, state__in=there, destroyed_at__isnull=True)
    taken = going.aggregate(bytes=Sum("size"))["bytes"] or 0
    if going.count() >= MOST or taken + size > MOST_BYTES:
        message = _("So much was handed in that there is no room for more. Write to the agency at %(email)s.")
        raise refuse("hand_in.room", "video", message % {"email": appeal.agency.contact_email})
