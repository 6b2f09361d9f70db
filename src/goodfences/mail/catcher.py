"""A small mail server that delivers to nobody: it keeps every message in a Maildir folder, to be looked at.

`python -m goodfences.mail.catcher PORT FOLDER`; for the demo and for trying things out. Needs no Django.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, Envelope, Session

HOST = "127.0.0.1"
NO_ROOM = "452 4.3.1 There is no room for it here now. Send it again later."
"""RFC 5321, 4.2.2, and RFC 3463, 3.4: by aiosmtpd's own answer, 500, the message would be refused for good."""


class _Kept(Mailbox):
    """Messages go into a folder; one that the disk has no room for comes again."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        try:
            return await super().handle_DATA(server, session, envelope)
        except OSError:
            return NO_ROOM


@contextmanager
def catching(folder: Path, port: int) -> Iterator[None]:
    """Take mail on `port` of this machine alone, until the block ends. An accepted message is on disk."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    controller = Controller(_Kept(folder), hostname=HOST, port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def main(argv: Sequence[str]) -> int:
    """Catch mail until SIGTERM or SIGINT. `argv`: the port and the folder."""
    port, folder = int(argv[0]), Path(argv[1])
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with catching(folder, port):
        ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
