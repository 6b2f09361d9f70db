"""`goodfences warnings`: what an operator does about official warnings at the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from goodfences.alerts import geocodes, sources
from goodfences.errors import Refused


def main(argv: Sequence[str]) -> int:
    """Returns 0, or 1 where something was refused, with every reason on standard error."""
    options = _parser().parse_args(list(argv))
    try:
        return int(options.act(options))
    except Refused as refused:
        for problem in refused.problems:
            print(problem.message, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{options.file}: {error.strerror}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goodfences warnings", description="Official warnings (CAP 1.2).")
    acts = parser.add_subparsers(required=True, metavar="ACT")
    take = acts.add_parser(
        "import", help="take one CAP file, of a source registered under Warnings in the staff pages"
    )
    take.add_argument("file", help="the file; - reads standard input")
    take.add_argument("--source", required=True, help="the name of its source")
    take.set_defaults(act=_import)
    codes = acts.add_parser("geocodes", help="give codes such as SAME or UGC a shape, from GeoJSON")
    codes.add_argument("file", help='features with the properties "name" (of the list) and "value"')
    codes.set_defaults(act=_geocodes)
    return parser


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _import(options: argparse.Namespace) -> int:
    taken = sources.import_file(name=options.source, data=_read(options.file))
    if taken is None:
        print("This message was taken before. Nothing was changed.")
    else:
        cells = f"{len(taken.cells)} coarse cells" if taken.cells else "no place that can be drawn"
        print(f"{taken.kind} {taken.identifier} of {taken.sender}: {taken.severity}, {cells}.")
    return 0


def _geocodes(options: argparse.Namespace) -> int:
    try:
        geojson = json.loads(_read(options.file))
    except ValueError:
        print(f"{options.file}: this is no JSON.", file=sys.stderr)
        return 1
    print(f"{geocodes.give_shapes(geojson)} codes have a shape now.")
    return 0
