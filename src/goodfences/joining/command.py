"""`goodfences verify agreement FILE`: say in words who signed what, offline."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from goodfences.joining import signed
from goodfences.joining.signed import BadAgreement


def main(argv: Sequence[str]) -> int:
    """0 where both signatures hold, 1 where one doesn't, 2 where there is nothing to check."""
    parser = argparse.ArgumentParser(
        prog="goodfences verify agreement",
        description="Check offline that an agency and an instance both signed an agreement, and print it.",
    )
    parser.add_argument("file", type=Path, help="the agreement as it was downloaded")
    parser.add_argument("--key", required=True, help="the instance's public ledger key, as it publishes it")
    options = parser.parse_args(argv)
    try:
        raw = options.file.read_bytes()
    except OSError as error:
        sys.stderr.write(f"{options.file} can't be read: {error.strerror or error}.\n")
        return 2
    try:
        found = signed.check(json.loads(raw), ledger_key=options.key.strip())
    except (ValueError, RecursionError) as error:
        words = str(error) if isinstance(error, BadAgreement) else "It isn't an agreement."
        sys.stdout.write(f"BROKEN  {words}\n\nThis agreement can't be relied on.\n")
        return 1
    sys.stdout.write(
        f"holds   The agency signed it, with the SSH key {found.agency_key}.\n"
        f"        Whose key that is, the file can't prove: the agency can publish this fingerprint.\n"
        f"holds   The instance whose key you gave signed the same, with {found.instance_key}.\n"
        f"        What both signed:\n\n{found.statement}"
    )
    return 0
