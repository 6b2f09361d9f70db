"""`goodfences keys list` and `goodfences keys rotate` (docs/operating.md, “Keys”)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from goodfences.vault import keys, rotation
from goodfences.vault.errors import VaultError
from goodfences.vault.models import SealedKey

_WHAT = {
    keys.MASTER: "opens every other key of what is sealed; `goodfences keys rotate`",
    keys.PREVIOUS: "the master key before; gone within the hour",
    "ledger.key": "signs the ledger; for as long as the ledger lives",
    "evidence.key": "signs receipts and packages; for good",
    "evidence-certificates.pem": "the certificate of content credentials",
    "agreements.key": "signs agreements; for good",
    "vapid.pem": "tells browsers' push services who sends",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command. Exit status: 0 done, 1 not."""
    parser = argparse.ArgumentParser(prog="goodfences keys", description="Keys of this instance.")
    parser.add_argument("what", choices=["list", "rotate"], help="list them; or a new master key")
    options = parser.parse_args(arguments)
    return _list() if options.what == "list" else _rotate()


def _list() -> int:
    found = [Path(settings.STATE) / "secret_key", *sorted(Path(settings.KEYS).glob("*"))]
    for path in found:
        if path.is_file():
            made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            what = _WHAT.get(
                path.name, "signs sessions and links, seals app codes" if path.name == "secret_key" else ""
            )
            print(f"{path.name:<26} {made:%Y-%m-%d}  {what}")
    there = SealedKey.objects.filter(destroyed_at__isnull=True).count()
    print(f"{there} keys of clips, copies and agencies are sealed to the master key.")
    return 0


def _rotate() -> int:
    began = not rotation.under_way()
    try:
        done = rotation.rotate(_say)
    except (VaultError, OSError) as error:
        print(f"It was stopped, and nothing is lost: {error} Run it again.", file=sys.stderr)
        return 1
    print(f"{'There is a new master key. ' if began else ''}{done} keys were sealed to it.")
    if rotation.under_way():
        minutes = int(rotation.GRACE.total_seconds() // 60)
        print(f"The worker deletes the old one in {minutes} minutes. Make a backup now: older ones need the old key.")
    return 0


def _say(done: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{done} sealed anew")
