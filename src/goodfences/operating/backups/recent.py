"""What is written down between two backups, every few minutes: little, and the loss of which can't be mended.

The ledger's entries and its newest checkpoint, so that a restored log goes on where it was; who was told of a silent
demand, so that nobody is told twice; and what was deleted for good, so that it doesn't come back.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.ledger import actions as ledger
from goodfences.ledger.models import LedgerEntry
from goodfences.legal_demands import telling
from goodfences.operating.backups import belongings, forgetting, pipes
from goodfences.operating.backups.shelf import Shelf, Unusable, stamp_of
from goodfences.vault.errors import VaultError

MOST = 1 << 30
"""Bytes of what is written down at once: a day of a large instance is a hundredth of it."""
OVERLAP = timedelta(hours=1)
"""An act says when it was before it is committed; none takes this long."""


def write_down(shelf: Shelf, recipients: Sequence[Any]) -> None:
    """What happened since the last time, or since the newest backup; also while another is being made.

    Inside `shelf.naming()`.
    """
    if not shelf.whole():
        raise Unusable(f"There is no backup in {shelf.folder} yet, which this could add to. Make one first.")
    now, last = source.now(), shelf.last()
    content = json.dumps(_since(min(now, last) - OVERLAP)).encode()
    path = shelf.recent / f"{stamp_of(shelf.next(now))}.age"
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    pipes.seal(draft, pipes.Pressed(io.BytesIO(content)), recipients)
    draft.rename(path)


def read(shelf: Shelf, after: datetime, identity: Any) -> list[dict[str, Any]]:
    """Everything that was written down after that time, oldest first. Raises Unusable."""
    found = []
    for path in shelf.recents(after):
        try:
            found.append(json.loads(pipes.in_memory(path, identity, MOST)))
        except (VaultError, gzip.BadGzipFile, EOFError, ValueError, RecursionError) as error:
            raise Unusable(f"{path} can't be read: {error}") from error
    return found


@transaction.atomic
def _since(since: datetime) -> dict[str, Any]:
    return {
        "gone": forgetting.collect(since),
        "entries": [_entry(one) for one in LedgerEntry.objects.filter(at__gte=since).order_by("index")],
        "checkpoint": _checkpoint(),
        "told": telling.marks() | belongings.told(),
    }


def _checkpoint() -> str:
    try:
        return ledger.checkpoint_path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _entry(one: LedgerEntry) -> dict[str, Any]:
    return {
        "index": one.index,
        "kind": one.kind,
        "at": one.at.isoformat(),
        "subject": one.subject,
        "body": one.body,
        "salt": one.salt,
        "leaf": bytes(one.leaf).hex(),
    }
