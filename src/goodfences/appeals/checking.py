"""Checks what was handed in before anybody can see it, and seals a clean copy to the agency.

The order: hashes of the file as it came, the virus scanner where one is set, then the same process without rights
that decodes every clip, which writes a new file without metadata. What fails leaves nothing but the reason.
"""

from __future__ import annotations

import hashlib
import logging
import zlib
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_noop as _

from goodfences import source
from goodfences.appeals import consent, custody, scanning
from goodfences.appeals.handing import end, open_parts
from goodfences.appeals.models import HandIn, HandInEvent
from goodfences.clips import sandbox
from goodfences.evidence.owner import sealing, terms
from goodfences.vault import keys
from goodfences.vault.errors import VaultError
from goodfences.vault.keeping import delete_all
from goodfences.work.taking import take, worn_off

logger = logging.getLogger(__name__)

State = HandIn.State
FOLDER = "handed-in"
MEMORY_MB = 512
MAX_FAILURES = 8
INFECTED = _("The virus scanner found something in this file, so nothing of it was kept. Hand in another copy.")
NOT_CHECKED = _("This file couldn’t be checked, so nothing of it was kept. Hand it in again later.")
_MEGABYTE = 1024 * 1024


def check_next() -> bool:
    """Check what waits longest; False where nothing waits. Several workers may do this side by side."""
    held = _claim()
    if held is None:
        return False
    try:
        original = _hashes(held)
        if name := scanning.found_in(open_parts(held)):
            logger.warning("hand-in %s: the scanner found %s", held.ref, name)
            _refuse(held, INFECTED)
            return True
        facts, video = _examined(held)
    except sandbox.Unfit as error:
        _refuse(held, str(error))
    except (sandbox.Interrupted, scanning.NoAnswer, VaultError) as error:
        _put_off(held, error)
    else:
        _keep(held, original, facts, video)
    return True


def _claim() -> HandIn | None:
    now = source.now()
    waiting = HandIn.objects.filter(state=State.RECEIVED)
    claim = timedelta(seconds=2 * _cpu_seconds() + scanning.SECONDS + 10)
    due = waiting.filter(worn_off("check_after", now, max(claim, timedelta(minutes=2**MAX_FAILURES))))
    waits = due.select_related("appeal__agency", "key").order_by("created_at", "pk")
    return next(iter(take(waits, 1, {"check_after": now + claim})), None)


def _hashes(held: HandIn) -> dict[str, Any]:
    one, two = hashlib.sha256(), hashlib.sha512()
    for piece in open_parts(held):
        one.update(piece)
        two.update(piece)
    return {"size": held.size, "sha256": one.hexdigest(), "sha512": two.hexdigest()}


def _examined(held: HandIn) -> tuple[dict[str, Any], bytes]:
    facts, (video, _poster, _stills) = sandbox.run(
        "examine",
        {"announced_ms": None, "max_ms": settings.CLIP_MAX_SECONDS * 1000, "sound": held.sound},
        sandbox.Payload(held.size, open_parts(held)),
        memory_mb=MEMORY_MB + 4 * (held.size // _MEGABYTE),
        cpu_s=_cpu_seconds(),
        wall_s=2 * _cpu_seconds(),
        max_output=2 * held.size + 16 * _MEGABYTE,
    )
    return facts, video


def _cpu_seconds() -> int:
    """Nobody said how long it is, so as much as the longest may take."""
    return 60 + int(settings.CLIP_MAX_SECONDS) // 10


def _keep(held: HandIn, original: dict[str, Any], facts: dict[str, Any], video: bytes) -> None:
    """Seal the clean copy to the agency's key, then let it take the place of what was uploaded."""
    key = sealing.agency_key(held.appeal.agency)
    name = f"{FOLDER}/{source.now().date()}/{source.new_ref('blob')}.age"
    sealing.store(name, [video], key)
    more = {"sha512": hashlib.sha512(video).hexdigest(), "crc32": zlib.crc32(video), "scanned": scanning.scanner()}
    try:
        kept = _replace(held, name, original, facts | more, video)
    except BaseException:
        delete_all([name])
        raise
    if not kept:  # taken back while it was checked
        delete_all([name])


@transaction.atomic
def _replace(held: HandIn, name: str, original: dict[str, Any], facts: dict[str, Any], video: bytes) -> bool:
    row = HandIn.objects.select_for_update(no_key=True).filter(pk=held.pk, state=State.RECEIVED).first()
    if row is None:
        return False
    row.appeal = held.appeal
    parts, key_id = [part["blob"] for part in row.parts], row.key_id
    now = source.now()
    row.state, row.kept_at, row.key, row.parts = State.KEPT, now, None, []
    row.keep_until = now + timedelta(days=terms.days_kept(held.appeal.agency))
    row.blob, row.facts, row.original = name, facts, original
    row.kept_size, row.kept_sha256 = len(video), hashlib.sha256(video).hexdigest()
    row.receipt = consent.receipt(row)
    row.save()
    custody.record(row, HandInEvent.Kind.HANDED_IN)
    assert key_id is not None
    keys.destroy_many([key_id])
    transaction.on_commit(lambda: delete_all(parts))
    return True


@transaction.atomic
def _refuse(held: HandIn, reason: str) -> None:
    row = HandIn.objects.select_for_update(no_key=True).filter(pk=held.pk, state=State.RECEIVED).first()
    if row is not None:
        end(row, State.REFUSED, refusal=reason)


def _put_off(held: HandIn, error: Exception) -> None:
    """Try again later what may not be the file's fault; give up after MAX_FAILURES, some hours later."""
    logger.warning("hand-in %s: check put off: %s", held.ref, error)
    if held.check_failures + 1 >= MAX_FAILURES:
        _refuse(held, NOT_CHECKED)
        return
    later = source.now() + timedelta(minutes=2**held.check_failures)
    HandIn.objects.filter(pk=held.pk).update(check_failures=F("check_failures") + 1, check_after=later)
