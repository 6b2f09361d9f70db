"""`goodfences bench fanout`: how fast does an opened request become mail, beside a bare smtplib loop?

The real path: a request is opened, a real worker process matches, asks, writes the outbox and sends over
SMTP with its journal. The other side sends equal messages over one connection and does nothing else.
Both end in the same sink, and a side is done once the sink took its last message.
"""

from __future__ import annotations

import argparse
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from goodfences.bench import neighborhood
from goodfences.bench.instance import migrate, throwaway
from goodfences.bench.measure import by_turns
from goodfences.bench.runner import CannotMeasure, Outcome, Row, progress, register
from goodfences.bench.sink import HOST, Sink, SinkStalled, sink

# The policy allows five open requests an agency: one a round, one for the phases, one to warm up.
_MOST_ROUNDS = 3
_WARM_UP_HOMES = 40
_A_BATCH_OF_MAIL = 200


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--owners", type=int, default=2000, help="to ask in each area (default 2,000)")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, _MOST_ROUNDS + 1), help="default 3")
    parser.add_argument("--connections", type=int, default=0, help="SMTP connections (default: the instance's)")


@register("fanout", help="send mail from opened requests, beside a bare smtplib loop", arguments=_arguments)
def run(options: argparse.Namespace) -> Outcome:
    """`vs_smtplib`: messages a second of the worker, from the opened request to the sink, over the bare loop's."""
    with sink() as server:
        os.environ.update(GOODFENCES_SMTP_HOST=HOST, GOODFENCES_SMTP_PORT=str(server.port))
        if options.connections:
            os.environ["GOODFENCES_SMTP_CONNECTIONS"] = str(options.connections)
        with throwaway():
            try:
                return _measure(server, options.owners, options.rounds)
            except SinkStalled as stalled:
                raise CannotMeasure(str(stalled)) from stalled


def _measure(server: Sink, owners: int, rounds: int) -> Outcome:
    migrate()
    waiting, opens = _fill(owners, rounds)
    phases, payloads = _phases(server, waiting.pop(0), opens, owners)
    with _worker():
        _ask(server, waiting.pop(0), opens, _WARM_UP_HOMES)
        took = by_turns(
            {
                "ours": lambda number: _ask(server, waiting[number], opens, owners),
                "theirs": lambda _: _bare_loop(server, payloads),
            },
            range(rounds),
        )
        if not server.quiet_for(1.0):
            raise CannotMeasure("More messages arrived than there are owners.")
    names = {"ours": "from the opened request to the sink", "theirs": "bare smtplib loop, one connection"}
    rows = [_row(names[side], owners * rounds, sum(took[side])) for side in names]
    return Outcome([*rows, *phases], {"vs_smtplib": sum(took["theirs"]) / sum(took["ours"])})


def _row(side: str, messages: int, seconds: float) -> Row:
    return {
        "side": side,
        "messages": messages,
        "seconds": round(seconds, 3),
        "messages_a_second": round(messages / seconds, 1),
    }


def _fill(owners: int, rounds: int) -> tuple[list[Any], Any]:
    """A submitted request for the phases, one to warm up and one a round, and the officer who opens them."""
    from goodfences.video_requests.publication import publish_policy

    publish_policy()
    asks, opens = neighborhood.admit_agency()
    for number in range(rounds + 2):
        neighborhood.settle(number, _WARM_UP_HOMES if number == 1 else owners)
    progress(f"{rounds + 1} areas of {owners:,} homes stand")
    return [neighborhood.submit(number, asks) for number in range(rounds + 2)], opens


def _ask(server: Sink, request: Any, opens: Any, owners: int) -> None:
    """Open a request and wait until every owner's message arrived."""
    from goodfences.video_requests import actions

    expected = server.arrived + owners
    actions.approve(officer=opens, ref=request.ref)
    server.wait_for(expected)


def _bare_loop(server: Sink, payloads: list[tuple[str, str, bytes]]) -> None:
    expected = server.arrived + len(payloads)
    with smtplib.SMTP(HOST, server.port, local_hostname="bench.example") as client:
        for sender, to, payload in payloads:
            client.sendmail(sender, [to], payload)
    server.wait_for(expected)


def _phases(server: Sink, request: Any, opens: Any, owners: int) -> tuple[list[Row], list[tuple[str, str, bytes]]]:
    """What each part of the path takes by itself, one after another in this process; and the messages' bytes."""
    from goodfences.mail import tasks as mail
    from goodfences.video_requests import actions, matching

    opened = actions.approve(officer=opens, ref=request.ref)
    seconds = {}
    began = time.perf_counter()
    found = _match(opened)
    seconds["matching by itself"] = time.perf_counter() - began
    began = time.perf_counter()
    asked = matching.fan_out(opened.pk)
    seconds["fan-out by itself, matching included"] = time.perf_counter() - began
    if (found, asked) != (owners, owners):
        raise CannotMeasure(f"Of {owners:,} owners {found:,} were found and {asked:,} asked.")
    payloads = _payloads()
    expected = server.arrived + owners
    began = time.perf_counter()
    while mail.run_due(_A_BATCH_OF_MAIL):
        pass
    seconds["sending by itself"] = time.perf_counter() - began
    server.wait_for(expected)
    mail.hang_up()
    return [_row(phase, owners, took) for phase, took in seconds.items()], payloads


def _match(request: Any) -> int:
    """How many owners a request concerns, found as the fan-out finds them."""
    from goodfences.cameras.queries import matching_cameras
    from goodfences.clips.queries import cameras_with_clips
    from goodfences.people.queries import owners_of
    from goodfences.video_requests.matching import BATCH

    found = after = 0
    homes = sorted({one.household_id for one in matching_cameras(request.ranges)})
    for through in [*homes[BATCH - 1 : -1 : BATCH], homes[-1]]:
        matches = matching_cameras(request.ranges, after_household=after, through=through)
        with_clips = cameras_with_clips([one.camera_id for one in matches], request.starts_at, request.ends_at)
        found += len(owners_of({one.household_id for one in matches if one.camera_id in with_clips}))
        after = through
    return found


def _payloads() -> list[tuple[str, str, bytes]]:
    """Sender, recipient and bytes of every message that waits."""
    from goodfences.mail.models import OutboxMessage
    from goodfences.mail.rendering import Renderer, envelope_sender

    renderer = Renderer()
    rows = OutboxMessage.objects.filter(state="waiting").prefetch_related("common")
    return [(envelope_sender(row.ref), row.to, renderer.render(row)) for row in rows]


@contextmanager
def _worker() -> Iterator[None]:
    """The instance's own worker, all its duties at work."""
    with subprocess.Popen([sys.executable, "-m", "goodfences.cli", "worker"]) as process:
        try:
            yield
        finally:
            process.terminate()
