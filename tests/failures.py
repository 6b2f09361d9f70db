"""A pytest plugin that leaves the names of the tests that failed in the file FAILED_TESTS: scripts/run_tests.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    failed = [report for kind in ("failed", "error") for report in terminalreporter.stats.get(kind, [])]
    names = dict.fromkeys(report.nodeid for report in failed)
    Path(os.environ["FAILED_TESTS"]).write_text("".join(f"{name}\n" for name in names))
