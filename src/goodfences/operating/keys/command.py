"""`goodfences keys list`, `rotate` and `secret` (docs/operating.md, “Keys”)."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from goodfences import boxes
from goodfences.ledger import durable
from goodfences.operating.backups.belongings import BEFORE, SECRET
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


_SECRETS = {
    SECRET: "signs sessions and links, seals app codes and providers' secrets; `goodfences keys secret --new`",
    BEFORE: "those before it: know addresses that bounced, and links of old emails",
}


def main(arguments: Sequence[str]) -> int:
    """Run the command. Exit status: 0 done, 1 not."""
    parser = argparse.ArgumentParser(prog="goodfences keys", description="Keys of this instance.")
    what = "list them; a new master key; or seal anew what an earlier secret_key sealed"
    parser.add_argument("what", choices=["list", "rotate", "secret"], help=what)
    parser.add_argument("--new", action="store_true", help="with secret: make another secret_key first")
    options = parser.parse_args(arguments)
    if options.new and options.what != "secret":
        parser.error("--new goes with secret")
    if options.what == "secret":
        return _new_secret() if options.new else _seal_anew()
    return _list() if options.what == "list" else _rotate()


def _list() -> int:
    found = [*(Path(settings.STATE) / name for name in _SECRETS), *sorted(Path(settings.KEYS).glob("*"))]
    for path in found:
        if path.is_file():
            made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            print(f"{path.name:<26} {made:%Y-%m-%d}  {(_SECRETS | _WHAT).get(path.name, '')}")
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


def _new_secret() -> int:
    """The old one is written down first: whatever is cut off here, nothing that it sealed is lost."""
    if "GOODFENCES_SECRET_KEY" in os.environ:
        print(
            "GOODFENCES_SECRET_KEY is set. Put it into GOODFENCES_SECRET_KEY_BEFORE, and in its place another "
            "(python3 -c 'import secrets; print(secrets.token_urlsafe(50))'). Restart, and `goodfences keys secret`.",
            file=sys.stderr,
        )
        return 1
    state, before = Path(settings.STATE), [settings.SECRET_KEY, *settings.SECRETS_BEFORE]
    durable.replace(state / BEFORE, "\n".join([*dict.fromkeys(before), ""]).encode())
    durable.replace(state / SECRET, secrets.token_urlsafe(50).encode())
    print("There is a new secret_key. Restart serve, live and worker, then run `goodfences keys secret`.")
    return 0


def _seal_anew() -> int:
    print(f"{sum(seal_anew() for seal_anew in boxes.kept)} secrets were sealed anew. Make a backup now.")
    return 0


def _say(done: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{done} sealed anew")
