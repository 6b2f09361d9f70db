"""`goodfences witness URL`: look after a log from any machine. Needs no database and no instance."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from goodfences.ledger import reading
from goodfences.ledger.witness import polling
from goodfences.ledger.witness.folder import Folder
from goodfences.ledger.witness.server import serve
from goodfences_record.notes import BadNote, VerifierKey
from goodfences_record.offline import Broken
from goodfences_record.witnessing import Witness

HOLDS, BROKEN, UNCHECKED = 0, 1, 2


@dataclass(frozen=True)
class Log:
    url: str
    key: VerifierKey


def main(arguments: Sequence[str]) -> int:
    """Run the command. With --once its exit status: 0 all holds, 1 a log contradicts itself, 2 couldn't be read."""
    options = _parser().parse_args(arguments)
    folder = Folder(options.folder)
    try:
        key = folder.key(options.name)
        with httpx.Client(timeout=reading.TIMEOUT_SECONDS) as client:
            logs = [_log(folder, client, url, options.key) for url in options.urls]
            witness = Witness(key, {log.key.name: log.key for log in logs}, folder, time.time)
            print(f"This witness is {key.verifier}")
            _listen(witness, options.listen)
            return _watch(witness, logs, client, options.every, options.once)
    except (BadNote, reading.Unreachable) as error:
        print(f"  not checked    {error}")
        return UNCHECKED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goodfences witness",
        description="Look after a public ledger: remember what it signed, and cosign it while it only grows.",
    )
    parser.add_argument("urls", nargs="+", metavar="URL", help="the address of an instance, or of its ledger")
    parser.add_argument("--folder", type=Path, default=Path("witness"), help="its memory and key (default ./witness)")
    parser.add_argument("--name", help="what the witness is called for good, as example.org/witness")
    parser.add_argument("--key", help="the log's public key, from somewhere other than the instance (for one URL)")
    parser.add_argument("--listen", metavar="HOST:PORT", help="also take checkpoints that logs submit")
    parser.add_argument("--every", type=float, default=60.0, help="seconds from one look to the next (default 60)")
    parser.add_argument("--once", action="store_true", help="look once, and end")
    return parser


def _log(folder: Folder, client: httpx.Client, url: str, given: str | None) -> Log:
    """A log to look after. The first time its key is what is given, or what the instance shows."""
    prefix = reading.ledger_address(url)
    key = folder.log_key(prefix, given)
    if key is None:
        shown = reading.fetch(client, f"{prefix}/key").decode("utf-8", "replace").strip()
        key = folder.log_key(prefix, shown)
        assert key is not None
        print(f"  not checked    The key of {prefix} came from the same address. Compare it with one from elsewhere:")
        print(f"                 {key}")
    return Log(prefix, key)


def _listen(witness: Witness, address: str | None) -> None:
    if address is None:
        return
    host, _, port = address.rpartition(":")
    server = serve(witness, host.strip("[]") or "127.0.0.1", int(port))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"Taking checkpoints at http://{host or '127.0.0.1'}:{server.server_address[1]}/add-checkpoint")


def _watch(witness: Witness, logs: list[Log], client: httpx.Client, every: float, once: bool) -> int:
    said: dict[str, str] = {}
    while True:
        worst = HOLDS
        for log in logs:
            status, line = _look(witness, log, lambda path, log=log: reading.fetch(client, f"{log.url}/{path}"))  # type: ignore[misc]
            worst = max(worst, status, key=(HOLDS, UNCHECKED, BROKEN).index)
            if said.get(log.url) != line:
                print(line, flush=True)
            said[log.url] = line
        if once:
            return worst
        time.sleep(every)


def _look(witness: Witness, log: Log, fetch: Callable[[str], bytes]) -> tuple[int, str]:
    try:
        return HOLDS, f"  holds          {log.key.name}: {polling.look(witness, log.key, fetch)}"
    except Broken as error:
        return BROKEN, f"  does not hold  {log.key.name}: {error}"
    except reading.Unreachable as error:
        return UNCHECKED, f"  not checked    {log.key.name}: {error}"
