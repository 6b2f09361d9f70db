"""`goodfences verify PACKAGE` and `goodfences verify receipt FILE`: say in words what holds, offline."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from goodfences.evidence import after_receipts, receipts, signing
from goodfences.evidence.findings import Report, lines
from goodfences.evidence.signing import BadSignature
from goodfences.evidence.verify import verify_package

ERASURE, NEIGHBOR = receipts.ERASURE_FORMAT, receipts.NEIGHBOR_FORMAT
AFTER = {
    after_receipts.DELETION_FORMAT: after_receipts.told_deletion,
    after_receipts.REUSE_FORMAT: after_receipts.told_reuse,
    after_receipts.HAND_IN_DELETION_FORMAT: after_receipts.told_hand_in_deletion,
    receipts.HAND_IN_FORMAT: after_receipts.told_handed_in,
}


def main(argv: Sequence[str]) -> int:
    """0 where everything holds, 1 where something doesn't, 2 where there is nothing to check."""
    options = _parser().parse_args(argv)
    try:
        authority = options.tsa_ca and options.tsa_ca.read_bytes()
        identity = options.identity and _identity(options.identity.read_text())
        report = verify_package(options.package, options.key, authority, identity)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"{options.package} can't be read: {error.strerror or error}.\n")
        return 2
    sys.stdout.write(_as_json(report) if options.json else "\n".join(lines(report)) + "\n")
    return 0 if report.holds else 1


def _identity(text: str) -> Any:
    """The identity in a file of age-keygen's. Raises ValueError."""
    import pyrage

    for line in text.splitlines():
        if line.startswith("AGE-SECRET-KEY-1"):
            try:
                return pyrage.x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError as error:
                raise ValueError(f"The key can't be read: {error}") from error
    raise ValueError("The file of --identity holds no line AGE-SECRET-KEY-1…")


def main_receipt(argv: Sequence[str]) -> int:
    """The same for one receipt: of consent, as owner and agency download it, of what came after, or of erasure."""
    parser = argparse.ArgumentParser(
        prog="goodfences verify receipt",
        description="Check a receipt of consent, deletion or erasure offline, and say what it says.",
    )
    parser.add_argument("file", type=Path, help="the receipt as it was downloaded")
    parser.add_argument("--key", required=True, help="the instance's public ledger key, as it publishes it")
    options = parser.parse_args(argv)
    try:
        raw = options.file.read_bytes()
    except OSError as error:
        sys.stderr.write(f"{options.file} can't be read: {error.strerror or error}.\n")
        return 2
    try:
        receipt = json.loads(raw)
        key = signing.read_key(options.key.strip())
        if receipt["format"] == ERASURE:
            told = list(_erased(receipts.check_alone(receipt, key, form=ERASURE)))
        elif receipt["format"] in AFTER:
            form = receipt["format"]
            told = list(AFTER[form](receipts.check_alone(receipt, key, form=form)))
        elif receipt["format"] == NEIGHBOR:
            told = list(_told_neighbor(receipts.check_alone(receipt, key, form=NEIGHBOR)))
        else:
            told = list(_told(receipts.check_alone(receipt, key)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        words = str(error) if isinstance(error, BadSignature) else "It isn't a receipt."
        sys.stdout.write(f"BROKEN  {words}\n\nThis receipt can't be relied on.\n")
        return 1
    sys.stdout.write("\n".join(told) + "\n")
    return 0


def _told(content: Mapping[str, Any]) -> Iterator[str]:
    """What a receipt that holds says."""
    video, request = content["video"], content["request"]
    yield f"holds   It was signed for the instance whose key you gave, {content['shared_at']}."
    yield f"        Given to {request['agency']} for case {request['case_number']}:"
    yield f"        one video from {video['starts_at']} to {video['ends_at']}"
    yield f"        SHA-256 {video['sha256']}"
    yield f"        The request is entry {request['ledger_index']} of the public ledger."
    yield from (f"        given: {line}" for line in content["given"])
    yield from (f"        not given: {line}" for line in content["not_given"])
    yield from (f"        told: {field}: {value}" for field, value in content["told"].items())
    yield f"        {content['taking_back']}"


def _told_neighbor(content: Mapping[str, Any]) -> Iterator[str]:
    """What a receipt of a share with a neighbor says."""
    yield f"holds   It was signed for the instance whose key you gave, {content['shared_at']}."
    yield f"        Given to {content['to']}, until {content['until']}:"
    for video in content["videos"]:
        yield f"        one video from {video['starts_at']} to {video['ends_at']}"
        yield f"        SHA-256 {video['sha256']}"
    yield from (f"        given: {line}" for line in content["given"])
    yield from (f"        not given: {line}" for line in content["not_given"])
    yield f"        {content['taking_back']}"


def _erased(content: Mapping[str, Any]) -> Iterator[str]:
    """What a receipt of erasure that holds says."""
    what = content["what"]
    yield f"holds   It was signed for the instance whose key you gave, {content['erased_at']}."
    yield f"        Erased: {', '.join(f'{name} {value}' for name, value in sorted(what.items()))}"
    yield from (f"        {name}: {count}" for name, count in sorted(content["counts"].items()))
    yield f"        {content['how']}"
    for one in content["stays"]:
        yield f"        stays with {one['agency']}, case {one['case_number']}, downloaded {one['downloaded_at']}:"
        yield f"        one video from {one['starts_at']} to {one['ends_at']}, SHA-256 {one['sha256']}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="goodfences verify",
        description="Check an evidence package offline, and say in words what holds.",
        epilog="Also: `verify receipt FILE --key KEY`, `verify entry FILE --key KEY`, `verify ledger URL`.",
    )
    parser.add_argument("package", help="the zip as it was downloaded, or the unpacked folder")
    parser.add_argument("--key", help="the instance's public ledger key (name+hash+base64), as it publishes it")
    parser.add_argument(
        "--tsa-ca", type=Path, metavar="FILE", help="the root certificate (PEM) of the time-stamp server"
    )
    opens = "the agency's own key (as age-keygen writes it), to open videos that are sealed to it"
    parser.add_argument("--identity", type=Path, metavar="FILE", help=opens)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _as_json(report: Report) -> str:
    findings = [
        {"part": f.part, "holds": f.holds, "checked": f.checked, "claim": f.claim, "words": f.words}
        for f in report.findings
    ]
    said = [
        {"claim": claim.name, "title": claim.title, "holds": holds, "proves": claim.proves, "not": claim.not_proven}
        for claim, holds in report.by_claim
    ]
    told = {"holds": report.holds, "trusted": report.trusted, "claims": said, "findings": findings}
    return json.dumps(told, indent=2) + "\n"
