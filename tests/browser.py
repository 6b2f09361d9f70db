"""A real browser: Chromium from PATH, else the one that an npm package carries."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CARRIED = ROOT / "tests" / "e2e" / "chromium"
UNPACKED = ROOT / "build" / "chromium"
READY = "() => [...document.querySelectorAll('[data-island]')].every(e => e.dataset.islandState === 'ready')"
"""Whether all of a page's islands are there."""
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--headless=new",
]


def chromium() -> tuple[str, dict[str, str]]:
    """The program and the environment to start it in."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found, dict(os.environ)
    program = UNPACKED / "chromium"
    UNPACKED.mkdir(parents=True, exist_ok=True)
    with FileLock(UNPACKED / ".lock"):
        if not program.exists():
            _unpack()
    libraries = UNPACKED / "al2023" / "lib"
    return str(program), {**os.environ, "LD_LIBRARY_PATH": str(libraries), "FONTCONFIG_FILE": str(_fonts())}


def _fonts() -> Path:
    """A font configuration that finds the carried font. The package's own looks in other folders, and a Chromium
    that finds no font at all ends at the first page that waits for a web font."""
    config = UNPACKED / "fonts.conf"
    config.write_text(
        f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{UNPACKED / "fonts"}</dir>
  <cachedir>{UNPACKED / "fonts-cache"}</cachedir>
</fontconfig>
"""
    )
    return config


def _unpack() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    from build_frontend import install, npm_command

    install(CARRIED)
    npm, environment = npm_command()
    node = shutil.which("node", path=environment["PATH"]) or npm[0]
    subprocess.run([node, "unpack.mjs", str(UNPACKED)], cwd=CARRIED, env=environment, check=True, capture_output=True)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser, closed at the end."""
    program, environment = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS, env=environment)
        try:
            yield browser
        finally:
            browser.close()
