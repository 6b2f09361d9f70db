"""What the people of a household put on a clip: a star, a note, a word for what it shows; and that it is saved."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

from django.db import transaction

from goodfences import source
from goodfences.clips import access
from goodfences.clips.models import FILES, Clip
from goodfences.clips.words import LABEL_LENGTH, words_of
from goodfences.errors import NotFound, Refused
from goodfences.people.models import Account
from goodfences.vault import blobs
from goodfences.vault.errors import BlobMissing
from goodfences.vault.keeping import delete_all
from goodfences.visible import one_line, text_problems

NOTE_LENGTH = 280
STAYS = timedelta(days=7)
"""How long a clip stays at least that isn't saved any more: it was taken back on purpose, and yet."""

SAVED = "clips/saved"
"""Saved clips lie in no day's folder, which goes whole."""

_STEP = 1024 * 1024


def star(*, account: Account, ref: str, on: bool) -> None:
    """Put a star on a clip, for the whole household, or take it away."""
    clip = access.clip_to_mark(account, ref)
    _change(clip, starred_at=(clip.starred_at or source.now()) if on else None)


def note(*, account: Account, ref: str, note: str, label: str) -> None:
    """Keep a note of one line and a word for what the clip shows; empty ones are taken away.

    Its household alone reads them. Raises `Refused` with every problem.
    """
    clip = access.clip_to_mark(account, ref)
    note, label = one_line(note), one_line(label)
    problems = [*text_problems(note, "note", NOTE_LENGTH), *text_problems(label, "label", LABEL_LENGTH)]
    if problems:
        raise Refused(*problems)
    _change(clip, note=note, label=label, words=words_of(label, note))


def save(*, account: Account, ref: str, on: bool) -> None:
    """Keep a clip beyond its day, until it is deleted or no longer saved; it goes on counting in the home's room.

    A clip that is no longer saved stays for a week at least.
    """
    clip = access.clip_to_mark(account, ref)
    if on and clip.saved_at is None:
        _file_as_saved(clip)
    elif not on and clip.saved_at is not None:
        stays = (source.now() + STAYS).date()
        _change(clip, saved_at=None, expires_on=max(clip.expires_on, stays))


def _file_as_saved(clip: Clip) -> None:
    """Copy the sealed files out of the folder of its day, then let the copies take their place."""
    names = {field: getattr(clip, field) for field in FILES if getattr(clip, field)}
    copies = {field: f"{SAVED}/{source.new_ref('blob')}.age" for field in names}
    try:
        for field, name in names.items():
            _copy(name, copies[field])
        _change(clip, saved_at=source.now(), **copies)
    except BlobMissing as error:  # it ended meanwhile
        delete_all(copies.values())
        raise NotFound from error
    except BaseException:
        delete_all(copies.values())
        raise
    delete_all(names.values())


def _copy(name: str, copy: str) -> None:
    with closing(blobs.store().open(name)) as reader, blobs.store().create(copy) as writer:
        while piece := reader.read(_STEP):
            writer.write(piece)
        writer.commit()


@transaction.atomic
def _change(clip: Clip, **fields: object) -> None:
    """Write to a clip that is as it was read: neither ended nor filed elsewhere meanwhile. Raises NotFound."""
    same = Clip.objects.filter(pk=clip.pk, state=Clip.State.STORED, blob=clip.blob)
    if not same.update(**fields):
        raise NotFound
