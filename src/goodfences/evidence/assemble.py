"""Puts a package together out of plain values. Knows no database and no Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goodfences import bag
from goodfences.bag import Digests
from goodfences.evidence import chain, container, layout, readme, signing
from goodfences.evidence.container import Entry, entry_of
from goodfences_record.notes import SigningKey


@dataclass(frozen=True)
class PackedVideo:
    """One video of a package: its bytes come from `chunks`, everything about them is known before."""

    ref: str
    starts_at: datetime
    digests: Digests
    crc: int
    chunks: Callable[[], Iterable[bytes]]
    receipt: Mapping[str, Any]
    custody: Mapping[str, Any]

    @property
    def file(self) -> str:
        return layout.video_file(self.ref, self.starts_at)


@dataclass(frozen=True)
class Contents:
    """What goes into a package. `request` and `proof` as in request.json and ledger-proof.json."""

    request: Mapping[str, Any]
    proof: Mapping[str, Any]
    videos: Sequence[PackedVideo]
    evidence_key: SigningKey
    ledger_key: str
    voucher: str
    made_at: datetime
    instance: str
    address: str


@dataclass(frozen=True)
class Package:
    """A finished package: its file name, its exact size in bytes, and its bytes piece by piece."""

    file_name: str
    entries: Sequence[Entry]
    made_at: datetime

    @property
    def size(self) -> int:
        return container.total_size(self.entries)

    def chunks(self) -> Iterator[bytes]:
        return container.stream(self.entries, self.made_at)


def assemble(contents: Contents) -> Package:
    """The package of `contents`; the same contents always give the same bytes. Raises container.TooLarge."""
    base = f"goodfences-{contents.request['ref']}"
    payload = {video.file: video.digests for video in contents.videos}
    tags = _tags(contents)
    tags |= {name: bag.manifest(payload, algorithm) for algorithm, name in layout.MANIFESTS.items()}
    listed = {name: Digests.of([content]) for name, content in tags.items()}
    top = {name: bag.manifest(listed, algorithm) for algorithm, name in layout.TAG_MANIFESTS.items()}
    signature = signing.sign_note(layout.signed_text(top), contents.evidence_key)
    entries = [entry_of(f"{base}/{name}", content) for name, content in (tags | top).items()]
    entries.append(entry_of(f"{base}/{layout.SIGNATURE}", signature.encode()))
    entries += [Entry(f"{base}/{v.file}", v.digests.size, v.crc, v.chunks) for v in contents.videos]
    package = Package(f"{base}.zip", sorted(entries, key=lambda entry: entry.name), contents.made_at)
    container.total_size(package.entries)
    return package


def _tags(contents: Contents) -> dict[str, bytes]:
    """Every file but the videos, the manifests and the signature."""
    keys = {
        "format": layout.KEYS_FORMAT,
        "evidence_key": str(contents.evidence_key.verifier),
        "ledger_key": contents.ledger_key,
        "voucher": contents.voucher,
    }
    tags = {
        layout.BAGIT: bag.BAGIT,
        layout.INFO: _info(contents),
        layout.REQUEST: layout.as_json(contents.request),
        layout.PROOF: layout.as_json(contents.proof),
        layout.KEYS: layout.as_json(keys),
        layout.README: readme.text(
            request=contents.request,
            receipts=[video.receipt["receipt"] for video in contents.videos],
            made_at=layout.moment(contents.made_at),
            instance=contents.instance,
            address=contents.address,
        ),
    }
    for video in contents.videos:
        to_check, to_read = layout.custody_files(video.ref)
        tags[layout.receipt_file(video.ref)] = layout.as_json(video.receipt)
        tags[to_check] = layout.as_json(video.custody)
        tags[to_read] = chain.in_words(video.custody).encode()
    return tags


def _info(contents: Contents) -> bytes:
    octets = sum(video.digests.size for video in contents.videos)
    return bag.info(
        {
            "Source-Organization": contents.instance,
            "External-Description": f"Video shared with {contents.request['agency']}",
            "External-Identifier": contents.request["ref"],
            "Bagging-Date": contents.made_at.date().isoformat(),
            "Made-At": layout.moment(contents.made_at),
            "Payload-Oxum": f"{octets}.{len(contents.videos)}",
        }
    )
