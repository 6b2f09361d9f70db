"""`python -m goodfences.bench.faulty.jumping COMMAND …`: `goodfences COMMAND …` with a clock that can jump.

`goodfences.bench.faulty.jumping:application` is its pages.

It goes wrong by as many seconds as the file says that GOODFENCES_BENCH_CLOCK names.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from goodfences import source


class JumpingSource(source.SystemSource):
    """The system's, whose clock somebody set wrong."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def now(self) -> datetime:
        wrong = 0.0
        with suppress(OSError, ValueError):
            wrong = float(self._file.read_text())
        return super().now() + timedelta(seconds=wrong)


_jumping = source.using(JumpingSource(Path(os.environ["GOODFENCES_BENCH_CLOCK"])))
_jumping.__enter__()

if __name__ == "__main__":
    from goodfences import cli

    cli.main()
else:
    from goodfences.wsgi import application  # noqa: F401 - what granian serves
