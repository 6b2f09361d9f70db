"""A real Chromium for benches that measure what a person sees."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ("--no-sandbox", "--headless=new", "--disable-background-networking", "--no-first-run")


class NoBrowser(Exception):
    """Nothing to look with; the message says what is missing."""


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--chromium", help=f"the browser's program (default: {', '.join(PROGRAMS)} on PATH)")


@contextmanager
def opened(chromium: str | None) -> Iterator[Any]:
    """Playwright's browser: the program of that name, else one on PATH. Raises NoBrowser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser("no playwright (requirements/dev.txt)") from error
    program = chromium or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowser("no Chromium on PATH, and none named by --chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()
