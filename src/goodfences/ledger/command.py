"""`goodfences verify ledger URL` and `goodfences verify entry FILE`: check a public ledger, or one entry that was
downloaded from it, from any machine. Needs no database; the latter needs no network either."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from goodfences.ledger import durable
from goodfences.ledger.reading import TIMEOUT_SECONDS, Unreachable, fetch, ledger_address
from goodfences_record import cosignatures
from goodfences_record.notes import BadNote, VerifierKey
from goodfences_record.offline import Broken, Proven, verify_bundle, verify_log

HOLDS, BROKEN, UNCHECKED = 0, 1, 2
Say = Callable[[str], None]


@dataclass(frozen=True)
class _Memory:
    """What was seen of a log last time."""

    public_key: str
    checkpoint: str


def main(arguments: Sequence[str]) -> int:
    """Run the command. Its exit status: 0 it holds, 1 something doesn't hold, 2 it could not be checked."""
    parser = argparse.ArgumentParser(
        prog="goodfences verify ledger", description="Check a public ledger, and that it only grew since last time."
    )
    parser.add_argument("url", help="the address of the instance, or of its ledger")
    parser.add_argument("--key", help="the log's public key, from somewhere other than the instance")
    parser.add_argument("--state", type=Path, help="the file that remembers what was seen last time")
    parser.add_argument(
        "--witness",
        action="append",
        metavar="KEY",
        help="the key of a witness that must have seen it; repeat for more",
    )
    options = parser.parse_args(arguments)
    state = options.state or default_state(options.url)
    return verify_ledger(options.url, state, key=options.key, witnesses=options.witness)


def main_entry(arguments: Sequence[str]) -> int:
    """Run the command for one entry. Exit status as of `main`."""
    parser = argparse.ArgumentParser(
        prog="goodfences verify entry",
        description="Check an entry's file, as its page offers it: that the signed ledger has it, word for word.",
    )
    parser.add_argument("file", type=Path, help="the bundle.json of an entry")
    parser.add_argument("--key", required=True, help="the log's public key, as the instance publishes it")
    options = parser.parse_args(arguments)
    return verify_entry(options.file, key=options.key)


def verify_entry(file: Path, *, key: str, say: Say | None = None) -> int:
    """Say in words whether the entry in `file` is in the log of `key`. Answers as `verify_ledger`."""
    say = say or _print
    try:
        raw = file.read_bytes()
    except OSError as error:
        say(f"  not checked    {file} can't be read: {error.strerror or error}.")
        return UNCHECKED
    try:
        proven = verify_bundle(_parsed(raw), public_key=key, erased_ok=True)
    except Broken as error:
        say(f"  does not hold  {error}")
        say("This entry can't be relied on.")
        return BROKEN
    for line in _told(proven):
        say(line)
    return HOLDS


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Broken("It isn't a file that an entry's page offers: it can't be read as JSON.") from error


def _told(proven: Proven) -> Iterator[str]:
    checkpoint = proven.checkpoint
    yield f"  holds          The checkpoint over {checkpoint.size:,} entries is signed by {checkpoint.origin}."
    yield f"  holds          Entry {proven.index} is in that log: {proven.kind} of {proven.subject}, {proven.at}."
    if proven.body is None:
        yield "  not checked    What it said was erased by law; that it was written is proven all the same."
        return
    yield "  holds          It says this, word for word:"
    yield from (f"    {line}" for line in json.dumps(proven.body, indent=1, ensure_ascii=False).splitlines())


def verify_ledger(
    url: str,
    state: Path | None,
    *,
    key: str | None = None,
    witnesses: Sequence[str] | None = None,
    say: Say | None = None,
) -> int:
    """Read the ledger at `url` and say in words what holds and what doesn't.

    `state` is the file that remembers key and checkpoint from one time to the next, None to remember nothing.
    `key` is a C2SP verifier key; without it the key of last time is used, and the first time the one that
    the instance shows. `witnesses` are keys of witnesses, each of which must have cosigned the checkpoint; without
    them, those that the instance shows are looked for, and none is missed.
    Answers 0 where everything holds, 1 where something doesn't, 2 where it couldn't be checked.
    """
    say = say or _print
    prefix = ledger_address(url)
    say(f"Reading the ledger at {prefix}")
    try:
        memory = None if state is None else _recall(state)
        with httpx.Client(timeout=TIMEOUT_SECONDS) as client:
            read = partial(_below, client, prefix)
            note = _verify(read, memory, state, key, say)
            missing = _witnessed(read, note, witnesses, say)
    except Broken as error:
        say(f"  does not hold  {error}")
        say("This ledger can't be relied on. Nothing after that point was checked.")
        return BROKEN
    except Unreachable as error:
        say(f"  not checked    {error}")
        return UNCHECKED
    if missing:
        say("What was checked holds, but witnesses that were asked for haven't seen this checkpoint.")
        return UNCHECKED
    say("Everything that was checked holds.")
    return HOLDS


def default_state(url: str) -> Path:
    """Where this person's machine remembers the log at `url`."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    name = "".join(letter if letter.isalnum() or letter in ".-" else "_" for letter in ledger_address(url))
    return home / "goodfences" / f"{name}.json"


def _verify(
    fetch: Callable[[str], bytes], memory: _Memory | None, state: Path | None, key: str | None, say: Say
) -> str:
    """Answers the note of the checkpoint that was found to hold."""
    shown = fetch("key").decode("utf-8", "replace").strip()
    known = key or (memory.public_key if memory else None)
    if known is not None and shown != known.strip():
        raise Broken(f"The log shows the key {shown}, not the one that was expected: {known}.")
    # A checkpoint that another key signed was remembered of another log: a given key doesn't make it this one's.
    remembered = memory.checkpoint if memory else None
    report = verify_log(
        fetch, public_key=shown, remembered=remembered, tell=lambda sentence: say(f"  holds          {sentence}")
    )
    if known is None:
        say("  not checked    Whether the key is the right one: it came from the same address. Compare it with one")
        say(f"                 from elsewhere, or give it with --key: {shown}")
    if state is not None:
        _remember(state, _Memory(shown, report.note))
        say(f"Remembered in {state}, so that next time this ledger must begin with these entries.")
    return report.note


def _witnessed(fetch: Callable[[str], bytes], note: str, given: Sequence[str] | None, say: Say) -> list[VerifierKey]:
    """Say who saw this checkpoint, and answer the given witnesses that haven't."""
    try:
        keys = [cosignatures.witness_key(key) for key in (_shown_witnesses(fetch) if given is None else given)]
        seen = cosignatures.witnesses_of(note, keys)
    except BadNote as error:
        raise Broken(str(error)) from error
    for witness, at in seen.items():
        when = datetime.fromtimestamp(at, UTC)
        say(f"  holds          {witness.name} saw this checkpoint, {when:%Y-%m-%d %H:%M:%S} UTC.")
    missing = [witness for witness in keys if witness not in seen]
    for witness in missing:
        say(f"  not checked    {witness.name} has not cosigned this checkpoint, or not yet.")
    if given is None and keys:
        say("  not checked    Whether these witnesses are independent: their keys came from the same address. Give")
        say("                 those that you trust with --witness KEY.")
    elif not keys:
        say("  not checked    Whether others see the same log: it shows no witness.")
    return [] if given is None else missing


def _shown_witnesses(fetch: Callable[[str], bytes]) -> list[str]:
    try:
        return fetch("witnesses").decode("utf-8", "replace").split("\n")[:-1]
    except Broken:
        return []


def _below(client: httpx.Client, prefix: str, path: str) -> bytes:
    return fetch(client, f"{prefix}/{path}")


def _recall(state: Path) -> _Memory | None:
    try:
        raw = json.loads(state.read_text(encoding="utf-8"))
        return _Memory(public_key=str(raw["public_key"]), checkpoint=str(raw["checkpoint"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unreachable(
            f"{state} should remember what was seen last time, and can't be read. Put it back, or remove it "
            "to begin anew."
        ) from error


def _remember(state: Path, memory: _Memory) -> None:
    content = {"public_key": memory.public_key, "checkpoint": memory.checkpoint}
    durable.replace(state, json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n")


def _print(line: str) -> None:
    print(line)
