"""Which files a package has, and what they are called. Knows no database and no Django."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

README = "README.txt"
REQUEST = "request.json"
APPEAL = "appeal.json"
"""In its place, in a package of what was handed in for a public appeal."""

PROOF = "ledger-proof.json"
KEYS = "keys.json"
REPORT = "report.html"
VIEWER = "view.html"
CASE = "case.jsonld"
CERTIFICATES = "credentials/certificates.pem"
INFO = "bag-info.txt"
BAGIT = "bagit.txt"
SIGNATURE = "signature.txt"
MANIFESTS = {"sha256": "manifest-sha256.txt", "sha512": "manifest-sha512.txt"}
TAG_MANIFESTS = {"sha256": "tagmanifest-sha256.txt", "sha512": "tagmanifest-sha512.txt"}
STAMP = "timestamp.tsr"
STAMP_NOTE = "timestamp.txt"
STAMP_AUTHORITY = "timestamp-ca.pem"
STAMPED = {STAMP, STAMP_NOTE}
"""What is made after the package's signature, where a time-stamp server saw it; bag-info.txt says whether one did."""

STAMP_LABEL = "Time-Stamp"
UNLISTED = {*TAG_MANIFESTS.values(), SIGNATURE}
"""What no manifest can list: the tag manifests, and the signature over them."""

STAMP_FORMAT = "goodfences-package-stamp/1"
KEYS_FORMAT = "goodfences-package-keys/1"
PACKAGE_FORMAT = "goodfences-evidence-package/1"


def video_file(ref: str, starts_at: datetime) -> str:
    """The path of a video: its start in UTC first, so that a folder of them is in order."""
    return f"data/{starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{ref}.mp4"


def handed_in_file(ref: str) -> str:
    """The path of a video that was handed in: when it was taken, only its sender says."""
    return f"data/{ref}.mp4"


def sealed_file(video_file: str) -> str:
    """Where a video lies that is sealed to the agency's own key."""
    return f"{video_file}.age"


def receipt_file(ref: str) -> str:
    return f"receipts/{ref}.json"


def custody_files(ref: str) -> tuple[str, str]:
    """The custody log to check, and the one to read."""
    return f"custody/{ref}.json", f"custody/{ref}.txt"


def credentials_file(ref: str) -> str:
    """The content credentials of a video, beside it and not in it."""
    return f"credentials/{ref}.c2pa"


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


def stamped_text(signature: bytes, stamp: bytes) -> str:
    """What the note beside a time stamp is over, so that no byte of the stamp is free."""
    pairs = ((SIGNATURE, signature), (STAMP, stamp))
    return f"{STAMP_FORMAT}\n" + "".join(f"{hashlib.sha256(content).hexdigest()} {name}\n" for name, content in pairs)
