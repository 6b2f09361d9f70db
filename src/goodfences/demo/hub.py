"""Olive's hub: the real program at home, with a film in a camera's place. Her home has video that never left it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings

from goodfences.cameras import actions as cameras
from goodfences.demo.cast import BY_KEY
from goodfences.demo.processes import StartFailedError, free_port
from goodfences.demo.recording import FOOTAGE
from goodfences.people import access
from goodfences_hub import editing

FILM = FOOTAGE / "whole-street.mp4"


def settle() -> None:
    """Pair the hub with Olive's home at the first start; at every start tell it where the town is now.

    Raises StartFailedError.
    """
    if not _settings().exists():
        code = cameras.start_pairing(account=access.account_of(BY_KEY["olive"].email))
        _do("pair", settings.SITE_URL, code, "--name", "Hub on the shelf")
        _do("add", str(FILM), "--key", "street", "--as", "Street", "--keep-days", "2")
    editing.set_hub(_settings(), server=settings.SITE_URL, page_port=free_port())
    _page().write_text(_do("page"))


def command(*arguments: str) -> list[str]:
    """`goodfences-hub …` for this hub."""
    return [sys.executable, "-m", "goodfences_hub.cli", "--home", str(_home()), *arguments]


def page() -> str:
    """The address of the hub's own pages, with the key that opens them; empty before there is one."""
    return _page().read_text().strip() if _page().exists() else ""


def _do(*arguments: str) -> str:
    done = subprocess.run(command(*arguments), capture_output=True, text=True)
    if done.returncode:
        raise StartFailedError(f"Olive's hub could not be set up.\n{done.stderr[-2000:]}")
    return done.stdout


def _home() -> Path:
    return Path(settings.STATE) / "olives-hub"


def _settings() -> Path:
    return _home() / "hub.toml"


def _page() -> Path:
    return Path(settings.STATE) / "olives-hub-page.txt"
