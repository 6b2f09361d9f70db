"""Packages made of plain values, with a real log of one entry, for tests that need no database."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from goodfences.bag import Digests
from goodfences.evidence import chain, credentials, layout, receipts, signing
from goodfences.evidence.assemble import Contents, PackedVideo, assemble
from goodfences_record import canonical, merkle, notes
from goodfences_record.notes import Checkpoint, SigningKey, b64
from goodfences_record.offline import FORMAT

LEDGER_KEY = SigningKey.new("goodfences.example/ledger")
EVIDENCE_KEY = SigningKey.new("goodfences.example/ledger/evidence")
PUBLIC_KEY = str(LEDGER_KEY.verifier)
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DETAILS = {"request": "REQUESTREQUESTREQUESTR", "case_number": "NG-2026-11873", "reason": "A cyclist was hit."}
PUBLIC = {
    "agency_name": "Northgate Police",
    "incident_type": "traffic",
    "details_sha256": hashlib.sha256(canonical.canonical(DETAILS)).hexdigest(),
}
REQUEST: dict[str, Any] = {
    "ref": "REQUESTREQUESTREQUESTR",
    "agency": "Northgate Police",
    "case_number": "NG-2026-11873",
    "ledger": "goodfences.example/ledger",
    "ledger_index": 0,
    "public": PUBLIC,
    "details": DETAILS,
}
VIDEO = Path("frontend/public/sample.mp4").read_bytes()
CERTIFICATES = credentials.certificates(EVIDENCE_KEY, "Goodfences of Northgate")


def bundle(request: dict[str, Any] | None = None, kind: str = "request.opened") -> dict[str, Any]:
    """The proof of a log whose only entry is `request`."""
    request = request or REQUEST
    body, subject, salt = request["public"], f"request:{request['ref']}", b"\7" * 32
    leaf = canonical.leaf_bytes(kind=kind, at=NOON, commitment=canonical.commitment(salt, subject, body))
    checkpoint = Checkpoint(LEDGER_KEY.name, 1, merkle.leaf_hash(leaf))
    entry = {"index": 0, "kind": kind, "at": canonical.timestamp(NOON), "subject": subject, "body": body}
    return {
        "format": FORMAT,
        "entry": entry,
        "salt": salt.hex(),
        "leaf": b64(leaf),
        "proof": {"size": 1, "path": []},
        "checkpoint": notes.sign(checkpoint.text(), LEDGER_KEY),
    }


def custody(ref: str, sha256: str, kinds: tuple[str, ...] = ("shared", "viewed", "downloaded")) -> dict[str, Any]:
    """A custody log with one event of each of `kinds`."""
    events: list[dict[str, Any]] = []
    before = chain.start(ref, sha256)
    for number, kind in enumerate(kinds, start=1):
        officer = None if kind == "shared" else {"name": "Officer 4411", "agency": "Northgate Police"}
        event = {"sequence": number, "kind": kind, "at": layout.moment(NOON), "officer": officer, "details": {}}
        event["previous_hash"] = before
        before = event["hash"] = chain.link(event | {"hash": ""})
        events.append(event)
    return chain.log_of(ref, sha256, events)


def video(ref: str = "VIDEOVIDEOVIDEOVIDEO01", content: bytes = VIDEO, **changes: Any) -> PackedVideo:
    """A video with its receipt and custody log; `changes` go into the receipt's content before it is signed."""
    digests = Digests.of([content])
    receipt: dict[str, Any] = {
        "request": {key: REQUEST[key] for key in ("ref", "agency", "case_number", "ledger_index")},
        "video": {
            "ref": ref,
            "file": layout.video_file(ref, NOON),
            "sha256": digests.sha256,
            "sha512": digests.sha512,
            "size": digests.size,
            "starts_at": layout.moment(NOON),
            "ends_at": layout.moment(NOON),
            "reencoded": False,
            "audio": False,
        },
        "cut_from": {"sha256": "00" * 32},
        "shared_at": layout.moment(NOON),
    }
    signed = receipts.sign(receipt | changes, EVIDENCE_KEY, signing.vouch(EVIDENCE_KEY.verifier, LEDGER_KEY))
    return PackedVideo(
        ref=ref,
        starts_at=NOON,
        digests=digests,
        crc=zlib.crc32(content),
        chunks=lambda: [content],
        receipt=signed,
        custody=custody(ref, digests.sha256),
        credentials=_credentials(content, signed),
    )


def _credentials(content: bytes, signed: dict[str, Any]) -> bytes:
    """None for what no C2PA reader takes for a video: tests of all else may do without one."""
    if content[4:8] != b"ftyp":
        return b""
    return credentials.sign(io.BytesIO(content), signed, EVIDENCE_KEY, CERTIFICATES)


def contents(*videos: PackedVideo, **changes: Any) -> Contents:
    """What a package of `videos` (one where none is given) is made of."""
    values: dict[str, Any] = {
        "request": REQUEST,
        "proof": bundle(),
        "videos": videos or (video(),),
        "evidence_key": EVIDENCE_KEY,
        "ledger_key": PUBLIC_KEY,
        "voucher": signing.vouch(EVIDENCE_KEY.verifier, LEDGER_KEY),
        "made_at": NOON,
        "instance": "Goodfences of Northgate",
        "address": "https://goodfences.example/record/",
        "certificates": CERTIFICATES,
    }
    return Contents(**(values | changes))


def made(*videos: PackedVideo, **changes: Any) -> bytes:
    """The bytes of a package."""
    return b"".join(assemble(contents(*videos, **changes)).chunks())


@dataclass(frozen=True)
class Part:
    """The bytes of a zip from `start` to before `end`: a file's content, its header, or the directory."""

    name: str
    start: int
    end: int
    is_content: bool = False

    def is_named(self, at: int, said: str) -> bool:
        """Whether a check said that byte `at` of this part was changed."""
        words = f"zip doesn't hold: Byte {at} of the zip, in {self.name}, isn't what it should be."
        words = f"{self.name} isn't as it was packed" if self.is_content else words
        return any(line.startswith(words) for line in said.splitlines())


def parts(package: bytes) -> Iterator[Part]:
    """Every byte of a package is in one of them; found by Python's own zip reader."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        for file in archive.infolist():
            name = file.filename.partition("/")[2]
            content = file.header_offset + zipfile.sizeFileHeader + len(file.filename)
            yield Part(f"the header of {name}", file.header_offset, content)
            yield Part(name, content, content + file.file_size, is_content=True)
        yield Part("the directory at its end", archive.start_dir, len(package))


def flipped(data: bytes, at: int) -> bytes:
    """`data` with one bit of byte `at` changed."""
    return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]
