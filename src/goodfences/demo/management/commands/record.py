"""`goodfences manage record`: the demo town's cameras upload what they saw in the last hours."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from goodfences.demo import recording


class Command(BaseCommand):
    help = "Upload the demo town's video through the device API, so that there is some around now."

    def handle(self, *args: Any, **options: Any) -> None:
        recording.record()
