"""Puts a package together out of plain values. Knows no database and no Django."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from goodfences import bag
from goodfences.bag import Digests
from goodfences.evidence import case, chain, container, layout, pages, readme, signing
from goodfences.evidence.container import Entry, entry_of
from goodfences_record.notes import SigningKey

_STAMP_BYTES = 2**16
"""Room that is kept for a time stamp, and for the note beside it: more than any server's is long."""


@dataclass(frozen=True)
class PackedVideo:
    """One video of a package: its bytes come from `chunks`, everything about them is known before.

    Where it is `sealed` to the agency's own key, bytes, digests and checksum are those of the sealed file.
    """

    ref: str
    starts_at: datetime
    digests: Digests
    crc: int
    chunks: Callable[[], Iterable[bytes]]
    receipt: Mapping[str, Any]
    custody: Mapping[str, Any]
    credentials: bytes = b""
    sealed: bool = False

    @property
    def file(self) -> str:
        file = layout.video_file(self.ref, self.starts_at)
        return layout.sealed_file(file) if self.sealed else file


class Stamper(Protocol):
    """A time-stamp server, and the root certificate (PEM) that its answers hold under."""

    authority: bytes

    def stamp(self, content: bytes, /) -> bytes: ...


@dataclass(frozen=True)
class Contents:
    """What goes into a package. `request` and `proof` as in request.json and ledger-proof.json.

    `certificates` are those that the videos' content credentials are signed under. A `stamper` sees the signature and
    answers with a time stamp, or raises.
    """

    request: Mapping[str, Any]
    proof: Mapping[str, Any]
    videos: Sequence[PackedVideo]
    evidence_key: SigningKey
    ledger_key: str
    voucher: str
    made_at: datetime
    instance: str
    address: str
    certificates: bytes = b""
    stamper: Stamper | None = None


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
    """The package of `contents`; but for a time stamp, the same contents always give the same bytes.

    Raises container.TooLarge, and what the stamper raises.
    """
    return prepare(contents).finish()


@dataclass(frozen=True)
class Prepared:
    """A package but for its time stamp: `files` by their path in the bag, without the videos."""

    contents: Contents
    files: Mapping[str, bytes]

    def finish(self) -> Package:
        """The package. Raises what the stamper raises, and container.TooLarge."""
        base = f"goodfences-{self.contents.request['ref']}"
        files = {**self.files, **_stamped(self.contents, self.files[layout.SIGNATURE])}
        entries = [entry_of(f"{base}/{name}", content) for name, content in files.items()]
        entries += [Entry(f"{base}/{v.file}", v.digests.size, v.crc, v.chunks) for v in self.contents.videos]
        package = Package(f"{base}.zip", sorted(entries, key=lambda entry: entry.name), self.contents.made_at)
        container.total_size(package.entries)
        return package


def prepare(contents: Contents) -> Prepared:
    """All of the package that no other machine is asked for, and signed. Raises container.TooLarge."""
    base = f"goodfences-{contents.request['ref']}"
    payload = {video.file: video.digests for video in contents.videos}
    tags = _tags(contents)
    tags |= {name: bag.manifest(payload, algorithm) for algorithm, name in layout.MANIFESTS.items()}
    listed = {name: Digests.of([content]) for name, content in tags.items()}
    top = {name: bag.manifest(listed, algorithm) for algorithm, name in layout.TAG_MANIFESTS.items()}
    top[layout.SIGNATURE] = signing.sign_note(layout.signed_text(top), contents.evidence_key).encode()
    files = tags | top
    sizes = [Entry(f"{base}/{name}", len(content), 0, list) for name, content in files.items()]
    stamps = [Entry(f"{base}/{name}", _STAMP_BYTES, 0, list) for name in layout.STAMPED if contents.stamper]
    videos = [Entry(f"{base}/{v.file}", v.digests.size, v.crc, v.chunks) for v in contents.videos]
    container.total_size([*sizes, *stamps, *videos])
    return Prepared(contents, files)


def _stamped(contents: Contents, signature: bytes) -> dict[str, bytes]:
    """The time stamp over `signature`, and the note that ties its bytes to the package."""
    if contents.stamper is None:
        return {}
    stamp = contents.stamper.stamp(signature)
    note = signing.sign_note(layout.stamped_text(signature, stamp), contents.evidence_key)
    return {layout.STAMP: stamp, layout.STAMP_NOTE: note.encode()}


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
        **_to_read(contents),
    }
    if contents.stamper is not None:
        tags[layout.STAMP_AUTHORITY] = contents.stamper.authority
    for video in contents.videos:
        to_check, to_read = layout.custody_files(video.ref)
        tags[layout.receipt_file(video.ref)] = layout.as_json(video.receipt)
        tags[to_check] = layout.as_json(video.custody)
        tags[to_read] = chain.in_words(video.custody).encode()
        if video.credentials:
            tags[layout.credentials_file(video.ref)] = video.credentials
            tags[layout.CERTIFICATES] = contents.certificates
    return tags


def _to_read(contents: Contents) -> dict[str, bytes]:
    """What says the same as the signed parts, for people and for case systems."""
    receipts = [video.receipt["receipt"] for video in contents.videos]
    logs = [video.custody for video in contents.videos]
    common: dict[str, Any] = {"request": contents.request, "receipts": receipts}
    about: dict[str, Any] = {"made_at": layout.moment(contents.made_at)}
    about |= {"instance": contents.instance, "address": contents.address}
    return {
        layout.README: readme.text(**common, **about, sealed=any(video.sealed for video in contents.videos)),
        layout.REPORT: pages.report(**common, **about, logs=logs),
        layout.VIEWER: pages.viewer(
            **common, sealed={video.ref: video.file for video in contents.videos if video.sealed}
        ),
        layout.CASE: layout.as_json(case.document(contents.request, receipts, logs, contents.instance)),
    }


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
            **({layout.STAMP_LABEL: layout.STAMP} if contents.stamper else {}),
        }
    )
