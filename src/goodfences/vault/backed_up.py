"""When this instance was backed up last, and that no file is deleted while a backup takes the database's moment.

Both stand in a row of the database, which every machine sees. The hold ends by itself where the backup that renews it
dies, and by the database's clock, so that no machine's own can end it early.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import DatabaseError, connections
from django.db.models.functions import Now

from goodfences import source
from goodfences.vault.errors import HoldLapsed
from goodfences.vault.models import BackedUp

WHOLE, RECENT = "whole", "recent"
"""A backup, and what is written down between two."""

LASTS = timedelta(minutes=10)
RENEWED_SECONDS = 60.0

logger = logging.getLogger(__name__)


def last(kind: str) -> BackedUp | None:
    """What is known of the last ones; None where there never was any."""
    return BackedUp.objects.filter(kind=kind).first()


def made(kind: str) -> None:
    """One was made, and is durable."""
    BackedUp.objects.update_or_create(kind=kind, defaults={"made_at": source.now()})


def failed(kind: str, error: BaseException) -> None:
    """One was tried in vain. Only the kind of error is kept: its words may hold names and places."""
    defaults = {"failed_at": source.now(), "trouble": type(error).__name__[:40]}
    BackedUp.objects.update_or_create(kind=kind, defaults=defaults)


def holds() -> bool:
    """Whether no file may be deleted now. So it is where nobody can tell: what stays is swept later."""
    try:
        return BackedUp.objects.filter(deleting_nothing_until__gt=Now()).exists()
    except DatabaseError as error:
        logger.warning("Whether a backup is being made can't be told: %s", type(error).__name__)
        return True


@contextmanager
def deleting_nothing() -> Iterator[None]:
    """While this is open no process of any machine deletes a sealed file that a row has named.

    Raises HoldLapsed when it ends, where it couldn't be renewed in time: then something may have been deleted.
    """
    hold = _Hold()
    hold.renew()
    over = threading.Event()
    keeper = threading.Thread(target=hold.keep, args=(over,), daemon=True)
    keeper.start()
    try:
        yield
        if hold.lapsed():
            raise HoldLapsed("Files may have been deleted meanwhile: the database couldn't be told to wait for it.")
    finally:
        over.set()
        keeper.join()
        BackedUp.objects.filter(kind=WHOLE).update(deleting_nothing_until=None)


class _Hold:
    def __init__(self) -> None:
        self._until = 0.0

    def renew(self) -> None:
        asked_at = time.monotonic()
        BackedUp.objects.update_or_create(kind=WHOLE, defaults={"deleting_nothing_until": Now() + LASTS})
        # Counted from before the question, and so never beyond what the row says.
        self._until = asked_at + LASTS.total_seconds()

    def lapsed(self) -> bool:
        return time.monotonic() >= self._until

    def keep(self, over: threading.Event) -> None:
        """Renew it until it is over. A database that is away for a while is asked again."""
        while not over.wait(RENEWED_SECONDS):
            try:
                self.renew()
            except DatabaseError as error:
                logger.warning("The hold on deleting wasn't renewed: %s", type(error).__name__)
            finally:
                connections.close_all()
