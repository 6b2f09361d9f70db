"""Modules run as programs, each in a fork of one process that has loaded Django and the module.

A test that waits for a row asks for it dozens of times, and each would load a thousand modules anew. Nothing of the
instance is touched before the fork: each program reads files and database for itself, as one that was just started.
"""

from __future__ import annotations

import importlib
import json
import os
import runpy
import subprocess
import sys
import traceback
import warnings
import weakref
from dataclasses import dataclass
from typing import IO


@dataclass(frozen=True)
class Done:
    """What became of a program."""

    status: int
    printed: str
    complaints: str


class Forks:
    """Programs in one environment. `run` them, then `close`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._source: subprocess.Popen[str] | None = None

    def run(self, module: str, *arguments: str) -> Done:
        if self._source is None:
            self._source = subprocess.Popen(
                [sys.executable, "-m", __name__],
                env={**os.environ, **self._environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            weakref.finalize(self, _end, self._source)
        assert self._source.stdin is not None
        assert self._source.stdout is not None
        print(json.dumps([module, arguments]), file=self._source.stdin, flush=True)
        return Done(*json.loads(self._source.stdout.readline()))

    def close(self) -> None:
        if self._source is not None:
            _end(self._source)
            self._source = None


def _end(source: subprocess.Popen[str]) -> None:
    source.kill()
    source.communicate()


def main(asked: IO[str]) -> None:
    import django

    from goodfences import loading

    with loading.for_good():
        django.setup()
    for line in asked:
        module, arguments = json.loads(line)
        importlib.import_module(module)
        written = [os.memfd_create(name) for name in ("out", "err")]
        if (fork := os.fork()) == 0:
            _become(module, arguments, written)
        _, status = os.waitpid(fork, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), *map(_read, written)]), flush=True)


def _read(written: int) -> str:
    with os.fdopen(written, "rb") as file:
        file.seek(0)
        return file.read().decode()


def _become(module: str, arguments: list[str], written: list[int]) -> None:
    for number, file in enumerate(written, 1):
        os.dup2(file, number)
    sys.argv = [module, *arguments]
    warnings.filterwarnings("ignore", message=".*found in sys.modules", category=RuntimeWarning)
    status = 1
    try:
        runpy.run_module(module, run_name="__main__")
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
    except BaseException:  # noqa: BLE001 - whatever ends a program is told to who started it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main(sys.stdin)
