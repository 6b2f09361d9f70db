"""A mail server that takes everything and keeps nothing, in a process of its own: the other end of the fanout bench.

`python -m goodfences.bench.sink` prints its port on a line, then one byte for each message that it took.
"""

from __future__ import annotations

import asyncio
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 60.0


class SinkStalled(Exception):
    """For a minute nothing arrived, though more was expected."""


class Sink:
    """The parent's end: counts what arrived."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._pipe = process.stdout.fileno()
        self.port = int(self._line())
        self.arrived = 0

    def wait_for(self, messages: int) -> None:
        """Return once so many messages arrived since the sink began. Raises SinkStalled."""
        while self.arrived < messages:
            self._take(_PATIENCE_SECONDS)

    def quiet_for(self, seconds: float) -> bool:
        """Whether nothing more arrives in that time."""
        before, ends = self.arrived, time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0 and select.select([self._pipe], [], [], left)[0]:
            self._take(0)
        return self.arrived == before

    def _take(self, patience: float) -> None:
        if not select.select([self._pipe], [], [], patience)[0] or not (marks := os.read(self._pipe, 65536)):
            raise SinkStalled(f"The sink took {self.arrived:,} messages, and then no more came.")
        self.arrived += len(marks)

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            if not (byte := os.read(self._pipe, 1)):
                raise SinkStalled("The sink didn't start.")
            line += byte
        return line


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink of one's own, for as long as the block lasts."""
    with subprocess.Popen([sys.executable, "-m", "goodfences.bench.sink"], stdout=subprocess.PIPE) as process:
        try:
            yield Sink(process)
        finally:
            process.terminate()


async def _serve() -> None:
    from aiosmtpd.smtp import SMTP, Envelope, Session

    class Counter:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
            os.write(1, b".")
            return "250 OK"

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Counter(), hostname="sink.example", loop=loop), HOST, 0)
    os.write(1, b"%d\n" % server.sockets[0].getsockname()[1])
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
