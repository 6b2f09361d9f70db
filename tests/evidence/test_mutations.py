"""Random mutations of a package: each is found, and the original always passes.

`MUTATIONS` many (60 where it isn't set; `make mutations`), from the seed in `SEED`. Half of them are those
of a vandal or a bad disk, who changes bytes; the other half those of a forger, who also makes every hash and every
header fit again and swaps parts with those of another genuine package of the same instance.
"""

from __future__ import annotations

import io
import json
import os
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from goodfences import bag
from goodfences.bag import Digests
from goodfences.evidence import container, layout
from goodfences.evidence.stamps import Server
from goodfences.evidence.verify import verify_package
from tests.evidence import packages, tsa
from tests.evidence.packages import PUBLIC_KEY

MUTATIONS = int(os.environ.get("MUTATIONS", "60"))
SEED = os.environ.get("SEED", "1")
BASE = f"goodfences-{packages.REQUEST['ref']}"
Files = dict[str, bytes]


def files_of(package: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    """A zip in the one form that a package has."""
    entries = [container.entry_of(f"{BASE}/{name}", raw) for name, raw in sorted(files.items())]
    return b"".join(container.stream(entries, packages.NOON))


def listed_anew(files: Files) -> Files:
    """Every manifest fits again; the signature can't be made to."""
    unlisted = layout.UNLISTED | layout.STAMPED | set(layout.MANIFESTS.values())
    payload = {name: Digests.of([raw]) for name, raw in files.items() if name.startswith("data/")}
    found = dict(files)
    for algorithm, name in layout.MANIFESTS.items():
        found[name] = bag.manifest(payload, algorithm)
    tags = {
        name: Digests.of([raw])
        for name, raw in found.items()
        if not name.startswith("data/") and name not in unlisted - set(layout.MANIFESTS.values())
    }
    return found | {name: bag.manifest(tags, algorithm) for algorithm, name in layout.TAG_MANIFESTS.items()}


class Vandal:
    """One genuine package, another of the same instance, and chance."""

    def __init__(self, package: bytes, other: bytes, chance: random.Random) -> None:
        self._package, self._chance = package, chance
        self.files, self._other = files_of(package), files_of(other)
        self._swaps = sorted(name for name in self.files if self.files[name] != self._other.get(name))

    def one(self) -> tuple[str, bytes]:
        """The name of a mutation, and the package after it."""
        ways: dict[str, Callable[[], bytes]] = {
            "byte": self._byte,
            "run": self._run,
            "cut": lambda: self._package[: self._chance.randrange(len(self._package))],
            "insert": self._insert,
            "file": lambda: zipped(self._changed()),
            "file, listed anew": lambda: zipped(listed_anew(self._changed())),
            "lost": lambda: zipped(self._lost()),
            "lost, listed anew": lambda: zipped(listed_anew(self._lost())),
            "added": lambda: zipped(listed_anew(self._added())),
            "swapped": lambda: zipped(self._swapped()),
            "swapped, listed anew": lambda: zipped(listed_anew(self._swapped())),
            "key": lambda: zipped(listed_anew(self._json_key())),
            "two changed places": self._exchanged,
        }
        while True:
            name = self._chance.choice(sorted(ways))
            mutated = ways[name]()
            if mutated != self._package:  # a changed manifest, listed anew, is the original again
                return name, mutated

    def _at(self) -> int:
        return self._chance.randrange(len(self._package))

    def _byte(self) -> bytes:
        at = self._at()
        wrong = self._package[at] ^ self._chance.randrange(1, 256)
        return self._package[:at] + bytes([wrong]) + self._package[at + 1 :]

    def _run(self) -> bytes:
        at, count = self._at(), self._chance.randrange(1, 5000)
        held = self._package[at : at + count]
        return self._package[:at] + bytes(byte ^ 0x55 for byte in held) + self._package[at + count :]

    def _insert(self) -> bytes:
        at = self._chance.choice([0, len(self._package), self._at()])
        return self._package[:at] + self._chance.randbytes(self._chance.randrange(1, 99)) + self._package[at:]

    def _name(self) -> str:
        return self._chance.choice(sorted(self.files))

    def _changed(self) -> Files:
        name = self._name()
        raw = bytearray(self.files[name])
        raw[self._chance.randrange(len(raw))] ^= self._chance.randrange(1, 256)
        return self.files | {name: bytes(raw)}

    def _lost(self) -> Files:
        lost = self._name()
        return {name: raw for name, raw in self.files.items() if name != lost}

    def _added(self) -> Files:
        folder = self._chance.choice(["", "data/", "receipts/", "custody/", "credentials/", "opened/"])
        name = self._chance.choice(["note.txt", "more.mp4", "MOREMOREMOREMOREMORE01.json", "X.c2pa"])
        return self.files | {folder + name: self._chance.randbytes(20)}

    def _swapped(self) -> Files:
        name = self._chance.choice(self._swaps)
        theirs = self._other.get(name) or self._chance.choice(list(self._other.values()))
        return self.files | {name: theirs}

    def _json_key(self) -> Files:
        """A value of a JSON file, somewhere in it."""
        name = self._chance.choice(sorted(name for name in self.files if name.endswith(("json", "jsonld"))))
        value = json.loads(self.files[name])
        places = list(_places(value))
        holder, key = self._chance.choice(places)
        holder[key] = self._chance.choice([None, 7, "", "2026-11-25T12:00:00.000Z", [], {}, holder[key], "0" * 64])
        made = layout.as_json(value)
        return self.files | {name: made if made != self.files[name] else made + b"\n"}

    def _exchanged(self) -> bytes:
        one, two = self._chance.sample(sorted(self.files), 2)
        return zipped(listed_anew(self.files | {one: self.files[two], two: self.files[one]}))


def _places(value: object) -> Iterator[tuple[dict | list, str | int]]:
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from _places(value[key])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[bytes, bytes]]:
    """Two packages of two shares for one request, with time stamps."""
    with tsa.running(tmp_path_factory.mktemp("mutations") / "tsa") as running:
        server = Server(running.url, running.authority.read_bytes())
        one = packages.made(packages.video(), stamper=server)
        clip = packages.VIDEO + b"\0\0\0\x0cfreemore"
        two = packages.made(
            packages.video("VIDEOVIDEOVIDEOVIDEO01", clip, shared_at="2026-11-24T13:00:00.000Z"), stamper=server
        )
        yield one, two


def test_each_mutation_is_found_and_the_original_always_passes(made: tuple[bytes, bytes], tmp_path: Path) -> None:
    package, other = made
    vandal = Vandal(package, other, random.Random(SEED))
    counted: Counter[str] = Counter()
    path = tmp_path / "package.zip"
    for number in range(MUTATIONS):
        name, mutated = vandal.one()
        path.write_bytes(mutated)
        assert not verify_package(path, PUBLIC_KEY).holds, f"mutation {number} of seed {SEED} ({name}) isn't found"
        counted[name] += 1
        if number % 20 == 0:
            path.write_bytes(package)
            assert verify_package(path, PUBLIC_KEY).holds
    print(dict(counted))


def test_the_same_by_folder(made: tuple[bytes, bytes], tmp_path: Path) -> None:
    """Unpacked there is no zip whose form could tell: files and signatures alone must find it."""
    package, other = made
    vandal = Vandal(package, other, random.Random(f"folder {SEED}"))
    ways = [vandal._changed, vandal._lost, vandal._added, vandal._swapped, vandal._json_key]
    chance = random.Random(SEED)
    for number in range(MUTATIONS // 2):
        way = chance.choice(ways)
        files = way()
        if chance.random() < 0.5:
            files = listed_anew(files)
        if files == vandal.files:  # a changed manifest, listed anew, is the original again
            continue
        folder = tmp_path / f"{number}" / BASE
        for name, raw in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(raw)
        assert not verify_package(folder, PUBLIC_KEY).holds, f"mutation {number} of seed {SEED} ({way.__name__})"
