"""`goodfences bench NAME`: measure against a peer or a limit, and print both sides.

A bench is a module `goodfences/bench/NAME.py` whose function `run(options) -> Outcome` is marked with
`@register`. Nothing else has to know of it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import goodfences.bench
from goodfences.bench import machine
from goodfences.bench.table import as_text

Run = Callable[[argparse.Namespace], "Outcome"]
Arguments = Callable[[argparse.ArgumentParser], None]
Row = dict[str, Any]


class CannotMeasure(Exception):
    """This machine lacks something without which the bench says nothing; the message names it."""


@dataclass
class Outcome:
    """What a bench found. `rows` hold both sides of every ratio; what wasn't measured is a row that says so."""

    rows: list[Row]
    ratios: dict[str, float] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    name: str
    help: str
    run: Run
    arguments: Arguments | None


_benches: dict[str, Bench] = {}


def register(name: str, *, help: str, arguments: Arguments | None = None) -> Callable[[Run], Run]:
    """Make a function the bench `name`. `arguments` adds the bench's own options to its parser."""

    def keep(run: Run) -> Run:
        _benches[name] = Bench(name, help, run, arguments)
        return run

    return keep


def benches() -> dict[str, Bench]:
    """All benches, by name. Imports their modules, which must therefore import nothing costly at the top."""
    for module in pkgutil.iter_modules(goodfences.bench.__path__):
        importlib.import_module(f"goodfences.bench.{module.name}")
    return dict(sorted(_benches.items()))


def main(argv: Sequence[str]) -> int:
    """Run the bench that `argv` names and print it; 0 if it was measured, 2 if it can't be on this machine."""
    if list(argv[:1]) == ["all"]:
        return _all(argv[1:])
    options = _parser().parse_args(argv)
    bench: Bench = options.bench
    try:
        outcome = bench.run(options)
    except CannotMeasure as reason:
        sys.stderr.write(f"bench {bench.name}: {reason}\n")
        return 2
    result = {
        "bench": bench.name,
        "machine": {**machine.facts(), **outcome.machine},
        "rows": outcome.rows,
        "ratios": {name: round(ratio, 4) for name, ratio in outcome.ratios.items()},
    }
    sys.stdout.write(json.dumps(result, default=str) + "\n" if options.json else as_text(result))
    return 0


def _all(options: Sequence[str]) -> int:
    """Every bench with its defaults, each in a process of its own: one process has one set of settings."""
    command = [sys.executable, "-m", "goodfences.cli", "bench"]
    return max(subprocess.call([*command, name, *options]) for name in benches())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goodfences bench",
        description="Measure against a peer or a limit; both sides run in the same call. `all` runs every bench.",
    )
    names = parser.add_subparsers(title="benches", required=True, metavar="NAME")
    for bench in benches().values():
        one = names.add_parser(bench.name, help=bench.help, description=bench.help)
        one.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
        one.set_defaults(bench=bench)
        if bench.arguments:
            bench.arguments(one)
    return parser


def progress(message: str) -> None:
    """Say on standard error what takes long; standard output holds the result alone."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()
