"""`goodfences verify PACKAGE`: checks an evidence package offline and says in words what holds."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from goodfences.evidence.verify import Report, lines, verify_package


def main(argv: Sequence[str]) -> int:
    """0 where everything holds, 1 where something doesn't, 2 where there is nothing to check."""
    options = _parser().parse_args(argv)
    try:
        report = verify_package(options.package, options.key)
    except OSError as error:
        sys.stderr.write(f"{options.package} can't be read: {error.strerror or error}.\n")
        return 2
    sys.stdout.write(_as_json(report) if options.json else "\n".join(lines(report)) + "\n")
    return 0 if report.holds else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goodfences verify", description=__doc__)
    parser.add_argument("package", help="the zip as it was downloaded, or the unpacked folder")
    parser.add_argument("--key", help="the instance's public ledger key (name+hash+base64), as it publishes it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _as_json(report: Report) -> str:
    findings = [{"part": f.part, "holds": f.holds, "words": f.words} for f in report.findings]
    return json.dumps({"holds": report.holds, "trusted": report.trusted, "findings": findings}, indent=2) + "\n"
