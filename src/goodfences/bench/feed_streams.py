"""Thousands of open pages that listen to one process of `goodfences live`: what each costs, and how soon it hears."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from goodfences.bench.measure import milliseconds
from goodfences.bench.runner import CannotMeasure, Row, progress

POSTS = 5
_AT_ONCE = 50
_HOST = "127.0.0.1"
_WAIT_SECONDS = 60.0


def measure(reader: Any, streams: int) -> list[Row]:
    """One row: all of them around one reader's home, so that each post goes to every one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < streams + 200:
        return [{"page": "streams", "streams": streams, "not_measured": f"only {most} files may be open"}]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with _live() as (port, process):
        return [asyncio.run(_measure(reader, streams, port, process))]


@contextmanager
def _live() -> Iterator[tuple[int, psutil.Process]]:
    from goodfences import cli

    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port = probe.getsockname()[1]
    program = subprocess.Popen(cli.live_command(_HOST, port), env={**os.environ, "GOODFENCES_HOSTS": _HOST})
    try:
        yield port, _worker(program, port)
    finally:
        program.terminate()
        program.wait(20)


def _worker(program: subprocess.Popen[bytes], port: int) -> psutil.Process:
    """The process that holds the streams, once it answers."""
    ends = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < ends:
        try:
            socket.create_connection((_HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
            continue
        # granian's own process starts one worker, and beside it what tidies up after it.
        return max(psutil.Process(program.pid).children(), key=lambda child: child.memory_info().rss)
    raise CannotMeasure("goodfences live didn't start.")


async def _measure(reader: Any, streams: int, port: int, process: psutil.Process) -> Row:
    cookie = await asyncio.to_thread(reader.cookie)
    for warm in await _open(5, port, cookie):  # what the program needs for its first ones isn't theirs
        warm[1].close()
    before, began = process.memory_info().rss, time.monotonic()
    opened = await _open(streams, port, cookie)
    took = time.monotonic() - began
    progress(f"{streams:,} streams after {took:.0f} s")
    memory = process.memory_info().rss - before
    cpu = sum(process.cpu_times()[:2])
    heard: list[float] = []
    for number in range(POSTS):
        waiting = [asyncio.create_task(_hear(lines)) for lines, _ in opened]
        written = await asyncio.to_thread(_write, reader, f"Heard of {number}")
        heard += [at - written for at in await asyncio.wait_for(asyncio.gather(*waiting), _WAIT_SECONDS)]
    spent = sum(process.cpu_times()[:2]) - cpu
    for _, line in opened:
        line.close()
    return {
        "page": "streams",
        "streams": streams,
        "opened_a_second": round(streams / took),
        "kb_a_stream": round(memory / streams / 1000, 1),
        "posts": POSTS,
        "processor_ms_a_post": round(spent * 1000 / POSTS),
        **milliseconds(heard),
    }


async def _open(streams: int, port: int, cookie: str) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    few = asyncio.Semaphore(_AT_ONCE)

    async def one() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with few:
            lines, line = await asyncio.open_connection(_HOST, port, limit=16_384)
            asked = f"GET /neighbors/live/?radius=25 HTTP/1.1\r\nHost: {_HOST}:{port}\r\nCookie: {cookie}\r\n\r\n"
            line.write(asked.encode())
            answer = await lines.readuntil(b"\r\n\r\n")
            if b" 200 " not in answer[:20]:
                raise CannotMeasure(f"A stream was answered {answer[:40]!r}.")
            await lines.readuntil(b"event: here")
            return lines, line

    return list(await asyncio.gather(*(one() for _ in range(streams))))


async def _hear(lines: asyncio.StreamReader) -> float:
    """When the next change arrived, whatever of the time between was silence."""
    await lines.readuntil(b"event: change")
    return time.time()


def _write(reader: Any, title: str) -> float:
    """A post as a page writes it; when it was committed."""
    from goodfences.feed import actions
    from goodfences.people.models import Account

    account = Account.objects.get(pk=reader.account_id)
    actions.write_post(account=account, kind="question", title=title, text="", language="en")
    return time.time()
