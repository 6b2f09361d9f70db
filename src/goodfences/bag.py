"""BagIt 1.0 (RFC 8493): the manifests of evidence packages and of archives. Knows no database and no Django."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHMS = {"sha256": 64, "sha512": 128}
_LABEL = re.compile(r"[A-Z][A-Za-z0-9-]*")


class BadBag(ValueError):
    """A part of the bag that isn't in its one form. Says which and why."""


@dataclass(frozen=True)
class Digests:
    """The hashes of one file, in lower-case hexadecimal."""

    size: int
    sha256: str
    sha512: str

    @classmethod
    def of(cls, chunks: Iterable[bytes]) -> Digests:
        size, one, two = 0, hashlib.sha256(), hashlib.sha512()
        for chunk in chunks:
            size += len(chunk)
            one.update(chunk)
            two.update(chunk)
        return cls(size, one.hexdigest(), two.hexdigest())

    def get(self, algorithm: str) -> str:
        return self.sha256 if algorithm == "sha256" else self.sha512


def manifest(files: Mapping[str, Digests], algorithm: str) -> bytes:
    """A manifest of `files`, sorted by path."""
    return "".join(f"{files[path].get(algorithm)}  {path}\n" for path in sorted(files)).encode("ascii")


def read_manifest(raw: bytes, algorithm: str) -> dict[str, str]:
    """Path to hash. Raises BadBag where a line isn't exactly as `manifest` writes it."""
    try:
        lines = raw.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise BadBag(f"There is a byte that isn't ASCII at {error.start}.") from error
    if lines.pop() != "":
        raise BadBag("Its last line is cut off.")
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        digest, gap, path = line.partition("  ")
        if not gap or not path or not re.fullmatch(rf"[0-9a-f]{{{ALGORITHMS[algorithm]}}}", digest):
            raise BadBag(f"Line {number} isn't a hash, two spaces and a path.")
        if found and path <= next(reversed(found)):
            raise BadBag(f"Line {number} is out of order or there twice.")
        found[path] = digest
    return found


def info(fields: Mapping[str, str]) -> bytes:
    """bag-info.txt of these fields, in their order."""
    return "".join(f"{label}: {_one_line(value)}\n" for label, value in fields.items()).encode()


def read_info(raw: bytes) -> dict[str, str]:
    """Raises BadBag unless each line is `Label: value` and no label comes twice."""
    found: dict[str, str] = {}
    try:
        lines = raw.decode().splitlines()
    except UnicodeDecodeError as error:
        raise BadBag("It isn't UTF-8 text.") from error
    for number, line in enumerate(lines, start=1):
        label, colon, value = line.partition(": ")
        if not colon or not _LABEL.fullmatch(label) or label in found:
            raise BadBag(f"Line {number} isn't a label, a colon and a value.")
        found[label] = value
    return found


def _one_line(value: str) -> str:
    return " ".join(value.split())
