"""`goodfences manage adoptcheckpoint FILE`: after the file of the last signed checkpoint was lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from goodfences.ledger import actions
from goodfences_record.notes import BadNote


class Command(BaseCommand):
    help = "Remember FILE, the newest signed checkpoint that anyone holds, so that this machine may sign again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            checkpoint = actions.adopt_checkpoint(options["file"].read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, BadNote, actions.WouldFork) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"This machine now remembers {checkpoint.size} entries as signed.")
