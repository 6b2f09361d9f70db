"""`goodfences manage hold_mail`: after a restore from a backup, before the worker starts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from goodfences.mail.actions import hold_waiting


class Command(BaseCommand):
    help = "Hold all mail that waits: after a restore it may have been sent already. /staff/ decides on each message."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{hold_waiting()} held.")
