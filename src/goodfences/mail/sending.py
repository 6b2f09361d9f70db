"""One worker's way from the outbox to the mail server: claim, write down, send, settle.

docs/mail.md says what holds after each kind of accident.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.utils.module_loading import import_string

from goodfences import source
from goodfences.mail import claims, journal, settling
from goodfences.mail.addresses import digests, on_the_wire
from goodfences.mail.models import OutboxMessage, Suppression
from goodfences.mail.rendering import Renderer, envelope_sender
from goodfences.mail.settling import Settled, What
from goodfences.mail.transport import Outcome, Outgoing, Result, Transport, Unreachable

logger = logging.getLogger("goodfences.mail")

# A sign-in code never waits behind an old batch for longer than this.
BATCH_SECONDS = 0.5
_A_LANE_FOR = 8
_LOOK_AFTER = timedelta(minutes=1)
_PAUSE = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(seconds=30)

_WHAT = {
    Outcome.SENT: What.SENT,
    Outcome.LATER: What.LATER,
    Outcome.REFUSED: What.FAILED,
    Outcome.BAD_ADDRESS: What.BAD_ADDRESS,
    Outcome.UNCERTAIN: What.UNCERTAIN,
}


class Sender:
    """Sends what is due. One a process; `run` is called by one thread at a time."""

    def __init__(self, transport: type[Transport] | None = None, lanes: int | None = None) -> None:
        self._folder = Path(settings.STATE)
        self._recover()
        self._journal = journal.Journal(self._folder, source.new_ref("mail-worker"))
        self._batch = 0
        self._unsettled = False
        self._renderer = Renderer()
        make: type[Transport] = transport or import_string(settings.MAIL_TRANSPORT)
        self._transports = [make() for _ in range(lanes or settings.MAIL_CONNECTIONS)]
        self._pool = ThreadPoolExecutor(len(self._transports), thread_name_prefix="mail")
        self._pause = _PAUSE
        self._paused_until: datetime | None = None

    def run(self, limit: int) -> int:
        """Send at most `limit` messages that are due. Returns how many were dealt with.

        0 means that nothing is due, or that the server can't be reached for the moment.
        """
        now = source.now()
        look_again = now >= self._look_again_at
        # Nothing is held now. What is still claimed all the same was forgotten by a database that went on elsewhere.
        if self._unsettled or look_again:
            settling.settle_fates(self._journal.fates())
            self._unsettled = False
        if look_again:
            self._recover()
        if (self._paused_until and now < self._paused_until) or not claims.anything_due(now):
            return 0
        self._batch += 1
        self._unsettled = True
        rows = claims.claim(self._journal.worker, self._batch, limit, now)
        if not rows:  # others have them, or the rate is used up
            self._unsettled = False
            return 0
        settled = self._send(rows, now)
        settling.settle(settled, now)
        self._unsettled = False
        return sum(one.what is not What.RELEASED for one in settled)

    def close(self) -> None:
        """Hang up and leave no journal; for a worker that ends in good order."""
        self._pool.shutdown()
        for transport in self._transports:
            transport.close()
        if not self._unsettled:
            self._journal.close()

    def _send(self, rows: Sequence[OutboxMessage], now: datetime) -> list[Settled]:
        settled = _unwanted(rows)
        decided = {one.row.pk for one in settled}
        queue = deque(row for row in rows if row.pk not in decided)
        if queue:
            self._journal.plan(self._batch, [row.pk for row in queue])
            ends_at = time.monotonic() + BATCH_SECONDS
            lanes = self._transports[: -(-len(queue) // _A_LANE_FOR)]
            for done in self._pool.map(lambda transport: self._lane(transport, queue, ends_at), lanes):
                settled += done
            self._mind_the_line(settled, now)
        return settled + [Settled(row, What.RELEASED) for row in queue]

    def _lane(self, transport: Transport, queue: deque[OutboxMessage], ends_at: float) -> list[Settled]:
        """Send from `queue` over one connection until it is empty, the time is over, or the line is dead."""
        done: list[Settled] = []
        while time.monotonic() < ends_at:
            try:
                row = queue.popleft()
            except IndexError:
                break
            try:
                done.append(self._one(transport, row))
            except Unreachable as error:
                done.append(Settled(row, What.RELEASED, str(error)))
                break
        return done

    def _one(self, transport: Transport, row: OutboxMessage) -> Settled:
        try:
            payload = self._renderer.render(row)
        except Exception as error:  # noqa: BLE001 - one broken template must not stop all mail
            logger.error("Message %s can't be rendered: %s.", row.pk, type(error).__name__)
            return Settled(row, What.FAILED, f"Rendering failed: {type(error).__name__}")
        message = Outgoing(row.pk, envelope_sender(row.ref), on_the_wire(row.to), payload)
        result = transport.send(message, lambda: self._journal.trying(row.pk))
        self._note(row.pk, result)
        return Settled(row, _WHAT[result.outcome], result.error, result.provider_id)

    def _note(self, pk: int, result: Result) -> None:
        if result.outcome is Outcome.SENT:
            self._journal.taken(pk)
        elif result.outcome is not Outcome.UNCERTAIN:
            self._journal.not_taken(pk)

    def _mind_the_line(self, settled: Sequence[Settled], now: datetime) -> None:
        """After a try that reached no server, wait a while; what was claimed keeps its turn and its tries."""
        troubles = [one.error for one in settled if one.what is What.RELEASED]
        if not troubles or any(one.what is What.SENT for one in settled):
            self._pause, self._paused_until = _PAUSE, None
            return
        logger.warning("The mail server can't be reached: %s", troubles[0])
        self._paused_until = now + self._pause
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _recover(self) -> None:
        """Settle what dead workers had claimed."""
        self._look_again_at = source.now() + _LOOK_AFTER
        for fates in journal.of_the_dead(self._folder):
            settling.settle_fates(fates)
        settling.give_up_on_the_lost(self._folder)


def _unwanted(rows: Sequence[OutboxMessage]) -> list[Settled]:
    """Those not to be sent at all: too late for their reader, or to an address that bounced.

    Urgent mail goes out even so: a person has just asked for it, and that is how an address is confirmed anew.
    """
    wary = {row.pk: digests(row.to) for row in rows if row.priority != OutboxMessage.Priority.URGENT}
    known = Suppression.objects.filter(address_digest__in=list(chain(*wary.values())))
    bounced = set(known.values_list("address_digest", flat=True) if wary else ())
    unwanted, settled_now = [], source.settled_now()
    for row in rows:
        if row.not_after and row.not_after < settled_now:
            unwanted.append(Settled(row, What.FAILED, "It was too late to be of use."))
        elif not bounced.isdisjoint(wary.get(row.pk, ())):
            unwanted.append(Settled(row, What.FAILED, "The address bounced before and wasn't confirmed since."))
    return unwanted
