"""What a witness answers, by C2SP tlog-witness."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from goodfences_record import cosignatures, merkle, notes
from goodfences_record.tilepaths import TILE_WIDTH
from goodfences_record.tilereading import BadTile, TileReader
from goodfences_record.witnessing import Submission, Witness

LOG = notes.SigningKey.new("example.org/ledger")
KEY = notes.SigningKey.new("witness.example/w1", notes.COSIGNER)
AT = 1_800_000_000


class Place:
    def __init__(self) -> None:
        self.note: str | None = None
        self.accused: list[str] = []

    def keep(self, note: str) -> None:
        self.note = note

    def accuse(self, note: str) -> None:
        self.accused.append(note)


class Memory:
    def __init__(self) -> None:
        self.places: dict[str, Place] = {}

    @contextmanager
    def holding(self, origin: str) -> Iterator[Place]:
        yield self.places.setdefault(origin, Place())


class Grown:
    """A log of numbered leaves, at any of its sizes, with its tiles."""

    def __init__(self, count: int, word: str = "x") -> None:
        running = merkle.RunningTree()
        leaves = [merkle.leaf_hash(f"{word} {number}".encode()) for number in range(count)]
        self.nodes = {node: value for leaf in leaves for node, value in running.append(leaf)}

    def root(self, size: int) -> bytes:
        return merkle.hash_of((0, size), self.nodes.__getitem__)

    def note(self, size: int, key: notes.SigningKey = LOG) -> str:
        return notes.sign(notes.Checkpoint(LOG.name, size, self.root(size)).text(), key)

    def proof(self, old: int, new: int) -> list[bytes]:
        return [merkle.hash_of(span, self.nodes.__getitem__) for span in merkle.consistency_spans(old, new)]

    def tile(self, path: str) -> bytes:
        _, level, number = path.split("/", 2)
        number, _, width = number.partition(".p/")
        first = int(number) * TILE_WIDTH
        return b"".join(self.nodes[8 * int(level), first + at] for at in range(int(width or TILE_WIDTH)))


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def witness(memory: Memory) -> Witness:
    return Witness(KEY, {LOG.name: LOG.verifier}, memory, lambda: AT + 0.9)


LOG_OF_300 = Grown(300)


def submit(witness: Witness, old: int, new: int, log: Grown = LOG_OF_300) -> tuple[int, str]:
    proof = log.proof(old, new) if 0 < old < new else []
    answer = witness.add_checkpoint(Submission(old, proof, log.note(new)).body())
    return answer.status, answer.body


def test_a_log_that_only_grows_is_cosigned_and_remembered(witness: Witness, memory: Memory) -> None:
    for old, new in [(0, 3), (3, 7), (7, 7), (7, 256), (256, 300)]:
        status, line = submit(witness, old, new)
        assert status == 200
        text, (signature,) = notes.split(f"{notes.split(LOG_OF_300.note(new))[0]}\n{line}")
        assert cosignatures.cosigned_at(text, signature, KEY.verifier) == AT
    remembered = memory.places[LOG.name].note
    assert remembered is not None
    assert notes.open_checkpoint(remembered, LOG.verifier).size == 300
    assert KEY.verifier in cosignatures.witnesses_of(remembered, [KEY.verifier])


def test_a_wrong_old_size_is_told_the_right_one(witness: Witness) -> None:
    submit(witness, 0, 7)
    for old, new in [(0, 9), (3, 9), (8, 9), (0, 3)]:
        answer = witness.add_checkpoint(Submission(old, [], LOG_OF_300.note(new)).body())
        assert (answer.status, answer.body, answer.content_type) == (409, "7\n", "text/x.tlog.size")


def test_a_fork_of_the_same_size_is_refused_and_kept_as_evidence(witness: Witness, memory: Memory) -> None:
    submit(witness, 0, 7)
    fork = Grown(9, "another story")
    assert submit(witness, 7, 7, fork) == (409, "7\n")
    assert memory.places[LOG.name].accused == [fork.note(7)]
    assert submit(witness, 7, 9, fork)[0] == 422
    assert submit(witness, 7, 9)[0] == 200


def test_a_log_that_went_back_is_refused(witness: Witness) -> None:
    submit(witness, 0, 7)
    assert submit(witness, 5, 5) == (409, "7\n")
    assert submit(witness, 0, 5) == (409, "7\n")


def test_a_first_checkpoint_takes_no_proof(witness: Witness) -> None:
    answer = witness.add_checkpoint(Submission(0, [b"x" * 32], LOG_OF_300.note(3)).body())
    assert answer.status == 422


def test_what_the_specification_wants_for_each_mistake(witness: Witness) -> None:
    note = LOG_OF_300.note(3)
    other = notes.SigningKey.new("other.example")
    unknown = notes.sign(notes.Checkpoint("other.example", 3, b"0" * 32).text(), other)
    forged = LOG_OF_300.note(3, notes.SigningKey.new(LOG.name))
    short = notes.sign(f"{LOG.name}\n3\n", LOG)
    for body, status in [
        ("", 400),
        (note, 400),
        (f"old 03\n\n{note}", 400),
        (f"old -1\n\n{note}", 400),
        (f"old 4\n\n{note}", 400),
        (f"old 0\nnot base64\n\n{note}", 400),
        (f"old 0\nAAAA\n\n{note}", 400),
        ("old 1\n" + f"{notes.b64(b'0' * 32)}\n" * 64 + f"\n{note}", 400),
        (f"old 0\n\n{short}", 400),
        (f"old 0\n\n{unknown}", 404),
        (f"old 0\n\n{forged}", 403),
        (f"old 0\n\n{note}", 200),
    ]:
        assert witness.add_checkpoint(body).status == status, body[:60]


def test_a_call_that_another_witness_publishes_in_its_tests(memory: Memory) -> None:
    """litewitness's `add-checkpoint` of a Sigsum log: its key, its origin, its signature, and two signers' lines."""
    origin = "sigsum.org/v1/tree/985ea163f5af026723561354f51f2ebcdcf2af809ce254ccfb64aa9aadd80f90"
    public = bytes.fromhex("52c05edad1bf5feffa81354faae59a655d9a9a1a793ed2f62c39c26c0be2aecd")
    witness = Witness(KEY, {origin: notes.VerifierKey(origin, public)}, memory, lambda: AT)
    body = (
        f"old 0\n\n{origin}\n1\nKgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— {origin} "
        "7BKT0gOfNZ1J0So9unY3BZtm2YkPIoNYM/dce0Z2avJDs8dxN6ts9bOSwwrVrbjm6P9K3ZxpK6jJngOG6YvGGzV/lwo=\n"
    )
    assert witness.add_checkpoint(body).status == 200
    assert witness.add_checkpoint(body).status == 409


def test_proofs_are_made_of_tiles_alone() -> None:
    log = Grown(70_000)
    for size in (1, 255, 256, 257, 300, 65_536, 70_000):
        reader = TileReader(log.tile, size)
        assert reader.root() == log.root(size)
        for old in {1, size // 3 + 1, size}:
            assert merkle.consistency_holds(old, log.root(old), size, log.root(size), reader.consistency(old))
        for index in {0, size // 2, size - 1}:
            leaf = log.nodes[0, index]
            assert merkle.inclusion_holds(leaf, index, size, reader.inclusion(index), log.root(size))


def test_a_tile_of_another_length_is_not_read() -> None:
    with pytest.raises(BadTile, match="holds 31 bytes, not 96"):
        TileReader(lambda _path: b"x" * 31, 3).root()
