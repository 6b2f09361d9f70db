"""Which files a package has, and what they are called. Knows no database and no Django."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

README = "README.txt"
REQUEST = "request.json"
PROOF = "ledger-proof.json"
KEYS = "keys.json"
INFO = "bag-info.txt"
BAGIT = "bagit.txt"
SIGNATURE = "signature.txt"
MANIFESTS = {"sha256": "manifest-sha256.txt", "sha512": "manifest-sha512.txt"}
TAG_MANIFESTS = {"sha256": "tagmanifest-sha256.txt", "sha512": "tagmanifest-sha512.txt"}
UNLISTED = {*TAG_MANIFESTS.values(), SIGNATURE}
"""What no manifest can list: the tag manifests, and the signature over them."""

KEYS_FORMAT = "goodfences-package-keys/1"
PACKAGE_FORMAT = "goodfences-evidence-package/1"


def video_file(ref: str, starts_at: datetime) -> str:
    """The path of a video: its start in UTC first, so that a folder of them is in order."""
    return f"data/{starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{ref}.mp4"


def receipt_file(ref: str) -> str:
    return f"receipts/{ref}.json"


def custody_files(ref: str) -> tuple[str, str]:
    """The custody log to check, and the one to read."""
    return f"custody/{ref}.json", f"custody/{ref}.txt"


def as_json(value: Any) -> bytes:
    """JSON as packages write it: readable, sorted, one line break at the end."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def moment(at: datetime) -> str:
    """RFC 3339 in UTC to the millisecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def read_moment(text: str) -> datetime:
    """The moment that `moment` wrote. Raises ValueError for another spelling or a year that no zip holds."""
    at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if moment(at) != text or not 1980 <= at.year <= 2107:
        raise ValueError(f"{text!r} isn't a moment as packages write it.")
    return at


def signed_text(tag_manifests: dict[str, bytes]) -> str:
    """What the package's signature is over: the tag manifests, which hold everything else."""
    digests = "".join(f"{hashlib.sha256(tag_manifests[name]).hexdigest()} {name}\n" for name in sorted(tag_manifests))
    return f"{PACKAGE_FORMAT}\n{digests}"
