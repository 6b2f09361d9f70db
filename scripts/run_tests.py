"""Run pytest, and then what failed once more, by itself and one after the other.

    python scripts/run_tests.py OPTION ...

Six thousand tests that share two cores with browsers, encoders and servers wait for one another: one of them may miss
a deadline and be right all the same. What fails with nothing beside it is wrong. So is what fails in numbers: more
than FEW aren't tried again. Those that passed the second time are named in the end, since each is a fault, of the
program or of the test, that somebody has to look at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FEW = 5
SOME_FAILED = 1
"""What pytest ends with where tests failed, and nothing else went wrong."""


def main(options: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="goodfences-failed-") as folder:
        failed = Path(folder) / "failed.txt"
        status = _pytest(options, failed)
        names = failed.read_text().splitlines() if failed.exists() else []
        if status != SOME_FAILED or not 0 < len(names) <= FEW:
            return status
        _say("Failed; once more, with nothing beside them:", names)
        again = Path(folder) / "again.txt"
        status = _pytest([*options, "-n", "0", f"@{failed}"], again)
        if status == 0:
            _say("PASSED AT THE SECOND TRY ONLY, which is a fault to look at:", names)
        return status


def _pytest(options: list[str], failed: Path) -> int:
    """Run pytest, and have it write into `failed` which tests did."""
    command = [sys.executable, "-m", "pytest", "-p", "tests.failures", *options]
    return subprocess.run(command, env={**os.environ, "FAILED_TESTS": str(failed)}, check=False).returncode


def _say(what: str, names: list[str]) -> None:
    sys.stdout.write("\n" + "\n  ".join([what, *names]) + "\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
