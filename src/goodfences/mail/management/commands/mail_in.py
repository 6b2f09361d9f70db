"""`goodfences manage mail_in`: what a mail server pipes returned messages into."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from goodfences.mail.actions import record_bounce


class Command(BaseCommand):
    help = "Take one returned message on standard input. Always ends well: a mail server would return it again."

    def handle(self, *args: Any, **options: Any) -> None:
        ours = record_bounce(sys.stdin.buffer.read(1 << 20))
        self.stdout.write("Recorded." if ours else "Not a report about a message of ours; nothing was changed.")
