"""Every change: save what is to be covered, make a sealed copy, discard one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.clips import access as clips
from goodfences.errors import NotFound
from goodfences.people.models import Account
from goodfences.redaction import making, plans, previewing
from goodfences.redaction.models import Copy, Draft
from goodfences.redaction.plans import Plan
from goodfences.vault import blobs, keeping, keys
from goodfences.vault.errors import BlobMissing, KeyDestroyed
from goodfences.vault.seek import SeekableReader

FOLDER = "copies"
"""Sealed copies lie in `copies/`."""


@transaction.atomic
def save(*, account: Account, clip_ref: str, starts_ms: int, ends_ms: int, audio: bool, marks: Any) -> Plan:
    """Keep what is to be covered in a clip, and which part was looked at. `marks` as a page posts them.

    Raises Refused (fields `starts_ms`, `ends_ms`, `exact`, `marks`), NotFound.
    """
    clip = clips.clip_to_mark(account, clip_ref)
    covered = plans.read_marks(clip, marks)
    made = plans.plan(clip, starts_ms, ends_ms, exact=True, audio=audio, marks=covered)
    kept = {
        "starts_ms": starts_ms,
        "ends_ms": ends_ms,
        "audio": audio,
        "marks": [mark.as_data() for mark in covered],
        "changed_at": source.now(),
    }
    Draft.objects.update_or_create(clip=clip, defaults=kept)
    return made


def make(*, plan: Plan, seen_sha256: str = "") -> Copy:
    """A sealed copy of what `plan` says, durable when this returns. The clip itself stays as it is.

    With `seen_sha256`, only what has that hash is kept. Raises CutError, in words for the owner, and
    sandbox.Interrupted where the same may succeed another time.
    """
    made = previewing.made_before(plan) or making.make(plan)
    making.compare_with_seen(made, seen_sha256)
    key = keys.draft_key("copy")
    ref = source.new_ref("copy")
    name = f"{FOLDER}/{ref}.age"
    keeping.keep(name, made.content, key)
    with transaction.atomic():
        key.save()
        return Copy.objects.create(
            ref=ref,
            clip=plan.clip,
            key=key,
            blob=name,
            sha256=made.sha256,
            size=made.hashes.size,
            starts_at=made.starts_at,
            ends_at=made.ends_at,
            facts=made.facts,
            made_at=source.now(),
        )


def open_copy(copy: Copy) -> SeekableReader:
    """The copy's plain bytes, unsealed as they are read; the caller closes it.

    Raises NotFound, vault.errors.Tampered.
    """
    try:
        return SeekableReader(blobs.store().open(copy.blob), keys.identity(copy.key))
    except (KeyDestroyed, BlobMissing) as error:
        raise NotFound from error


@transaction.atomic
def discard(copies: Sequence[Copy]) -> None:
    """End copies for good: their keys are destroyed in this transaction, their files go after it."""
    keys.destroy_many([copy.key_id for copy in copies])
    Copy.objects.filter(pk__in=[copy.pk for copy in copies]).delete()
    names = [copy.blob for copy in copies]
    transaction.on_commit(lambda: keeping.delete_all(names))
