"""A file that a form sends is held in memory and never on a disk, where it would lie unsealed (P7)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload

FORM_MAX_BYTES = 64 * 1024**2
"""What a form without JavaScript may send. It is held in memory: nothing may lie unsealed on a disk (P7)."""


class InMemory(MemoryFileUploadHandler):
    """Holds a form's file in memory, never in a temporary file; stops one that is larger than may be."""

    def handle_raw_input(self, *given: Any, **more: Any) -> None:
        self.activated = True
        content_length: int = given[2]
        if content_length > min(FORM_MAX_BYTES, settings.CLIP_MAX_BYTES) + 65_536:
            raise StopUpload(connection_reset=True)
