"""The page's own code proves what ours does: both are held to the same vectors (frontend/tests/ledger.test.ts).

`python -m tests.record.test_in_the_browser` writes the vectors anew.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from goodfences_record import canonical, cosignatures, merkle, notes
from goodfences_record.tilepaths import contents_path, entries_path, tile_path, widths

FILE = Path(__file__).parents[2] / "frontend" / "tests" / "ledger-vectors.json"
SIZES = (1, 3, 256, 300)
LOG = notes.SigningKey("town.example/ledger", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
WITNESS = notes.SigningKey(
    "witness.example/w", Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64))), notes.COSIGNER
)
AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
BODIES: list[dict[str, Any]] = [
    {"place_name": 'Elm “Street” é\u2028\n"quoted" \\ \t\x01', "square_miles": 0.11, "n": 9007199254740991},
    {"z": [1, 2.5, None, True, {"b": 0.0001, "a": -3}], "a": {}, "Ω".encode().hex(): "", "B": 1e14, "ten": 10.0},
]


def vectors() -> dict[str, Any]:
    entries, leaves = [], []
    files: dict[str, str] = {}
    for index in range(max(SIZES)):
        body = BODIES[index] if index < len(BODIES) else None if index == 2 else {"index": index}
        salt = bytes([index % 256]) * canonical.SALT_BYTES
        subject = f"request:{index}"
        commitment = canonical.commitment(salt, subject, body or {})
        leaves.append(canonical.leaf_bytes(kind="request.opened", at=AT, commitment=commitment))
        at = canonical.timestamp(AT)
        entry = {"index": index, "kind": "request.opened", "at": at, "subject": subject, "body": body}
        entries.append(entry | {"salt": "" if body is None else salt.hex()})
    return {
        "key": str(LOG.verifier),
        "witness": str(WITNESS.verifier),
        "logs": [_log(size, leaves, entries, files) for size in SIZES],
        "files": files,
        "inclusion": {
            f"{index}/{size}": merkle.inclusion_spans(index, size) for index, size in [(0, 1), (5, 7), (2, 600)]
        },
        "consistency": {
            f"{old}/{new}": merkle.consistency_spans(old, new) for old, new in [(1, 2), (3, 7), (256, 600)]
        },
        "canonical": [{"value": body, "text": canonical.canonical(body).decode()} for body in BODIES],
    }


def _log(size: int, leaves: list[bytes], entries: list[dict[str, Any]], files: dict[str, str]) -> dict[str, Any]:
    """A log of so many leaves. What a full tile holds is the same in each longer one."""
    running = merkle.RunningTree()
    nodes = {node: value for leaf in leaves[:size] for node, value in running.append(merkle.leaf_hash(leaf))}
    text = notes.Checkpoint(LOG.name, size, running.root()).text()
    for level in (0, 1):
        for number, width in widths(size, level):
            tile = b"".join(nodes[8 * level, number * 256 + at] for at in range(width))
            files[tile_path(level, number, width)] = notes.b64(tile)
    for number, width in widths(size):
        part = slice(number * 256, number * 256 + width)
        files[entries_path(number, width)] = notes.b64(
            b"".join(len(leaf).to_bytes(2) + leaf for leaf in leaves[part])
        )
        files[contents_path(number, width)] = notes.b64(json.dumps(entries[part], ensure_ascii=False).encode())
    note = notes.sign(text, LOG) + cosignatures.cosign(text, WITNESS, 1_800_000_000).line()
    return {"size": size, "root": running.root().hex(), "note": note}


def written() -> str:
    return json.dumps(vectors(), ensure_ascii=True, indent=0) + "\n"


def test_the_vectors_of_the_browser_are_ours() -> None:
    assert FILE.read_text() == written(), "run python -m tests.record.test_in_the_browser"


if __name__ == "__main__":
    FILE.write_text(written())
