"""Our own reader of age files agrees with pyrage, and refuses every file that isn't as it was sealed."""

from __future__ import annotations

import io
import os
from itertools import pairwise

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfences.vault.errors import Tampered, WrongKey
from goodfences.vault.header import secret_of
from goodfences.vault.seek import CHUNK, SeekableReader

ME = pyrage.x25519.Identity.generate()
OTHER = pyrage.x25519.Identity.generate()
SIZES = [0, 1, 15, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17, 40 * CHUNK + 1]


def sealed(plain: bytes, *people: pyrage.x25519.Identity) -> bytes:
    return pyrage.encrypt(plain, [person.to_public() for person in people or (ME,)])


def reader(file: bytes, identity: pyrage.x25519.Identity = ME) -> SeekableReader:
    return SeekableReader(io.BytesIO(file), identity)


@pytest.mark.parametrize("size", SIZES)
def test_it_reads_what_pyrage_sealed(size: int) -> None:
    plain = os.urandom(size)
    opened = reader(sealed(plain))
    assert opened.size == size
    assert opened.readall() == plain


def test_it_opens_a_file_that_is_sealed_to_several() -> None:
    file = sealed(b"for two", OTHER, ME)
    assert reader(file, ME).readall() == reader(file, OTHER).readall() == b"for two"


PLAIN = os.urandom(3 * CHUNK + 1000)
FILE = sealed(PLAIN)


@given(start=st.integers(0, len(PLAIN) + 10), length=st.integers(0, len(PLAIN) + 10))
def test_any_range_is_the_range_of_the_plain_file(start: int, length: int) -> None:
    assert reader(FILE).read_range(start, length) == PLAIN[start : start + length]


def test_a_range_touches_only_its_own_chunks_and_the_last() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            Counting.taken += len(data)
            return data

    file = sealed(os.urandom(100 * CHUNK))
    opened = SeekableReader(Counting(file), ME)
    Counting.taken = 0
    opened.read_range(50 * CHUNK + 10, 100)
    assert Counting.taken == CHUNK + 16


def test_it_reads_like_a_file() -> None:
    opened = io.BufferedReader(reader(FILE))
    assert opened.seek(-10, io.SEEK_END) == len(PLAIN) - 10
    assert opened.read() == PLAIN[-10:]
    assert opened.seek(5) == 5
    assert opened.read(7) == PLAIN[5:12]
    assert opened.seek(3, io.SEEK_CUR) == 15
    assert opened.readable() and opened.seekable()
    with pytest.raises(ValueError, match="before the start"):
        reader(FILE).seek(-1)


def test_reading_past_the_end_gives_nothing() -> None:
    opened = reader(FILE)
    opened.seek(len(PLAIN) + 5)
    assert opened.read() == b""
    assert opened.tell() == len(PLAIN) + 5


def test_closing_it_closes_the_sealed_file() -> None:
    raw = io.BytesIO(FILE)
    opened = SeekableReader(raw, ME)
    opened.close()
    opened.close()
    assert raw.closed


@pytest.mark.parametrize("start, length", [(-1, 1), (0, -1)])
def test_a_negative_range_is_an_error(start: int, length: int) -> None:
    with pytest.raises(ValueError, match="range"):
        reader(FILE).read_range(start, length)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongKey):
        reader(FILE, OTHER)


def test_one_flipped_bit_anywhere_is_refused() -> None:
    plain = os.urandom(300)
    file = sealed(plain)
    for position in range(len(file)):
        broken = bytearray(file)
        broken[position] ^= 1
        try:
            result = reader(bytes(broken)).readall()
        except (Tampered, WrongKey):
            continue
        pytest.fail(f"byte {position} of {len(file)} can be changed unseen: {result == plain}")


def test_a_flipped_bit_in_any_chunk_is_refused_when_that_chunk_is_read() -> None:
    start = len(FILE) - len(PLAIN) - 4 * 16
    for chunk in range(4):
        broken = bytearray(FILE)
        broken[start + chunk * (CHUNK + 16) + 3] ^= 0x80
        with pytest.raises(Tampered):
            reader(bytes(broken)).readall()


def test_a_file_cut_short_anywhere_is_refused_at_once() -> None:
    file = sealed(os.urandom(300))
    for length in range(len(file)):
        with pytest.raises((Tampered, WrongKey)):
            reader(file[:length])


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_file_cut_at_a_chunk_is_refused_at_once(kept: int) -> None:
    start = len(FILE) - len(PLAIN) - 4 * 16
    for cut in (0, 1, 16, 17):
        with pytest.raises(Tampered):
            reader(FILE[: start + kept * (CHUNK + 16) + cut])


def test_a_file_with_something_added_is_refused() -> None:
    for more in (b"x", b"x" * 16, b"x" * 17, b"x" * (CHUNK + 16)):
        with pytest.raises(Tampered):
            reader(FILE + more)


def test_chunks_in_another_order_are_refused() -> None:
    start = len(FILE) - len(PLAIN) - 4 * 16
    step = CHUNK + 16
    chunks = [FILE[start + n * step : start + (n + 1) * step] for n in range(4)]
    for left, right in pairwise(range(4)):
        swapped = list(chunks)
        swapped[left], swapped[right] = swapped[right], swapped[left]
        with pytest.raises(Tampered):
            reader(FILE[:start] + b"".join(swapped)).readall()
    with pytest.raises(Tampered):
        reader(FILE[:start] + chunks[0] + chunks[0] + chunks[2] + chunks[3]).readall()
    with pytest.raises(Tampered):
        reader(FILE[:start] + chunks[0] + chunks[2] + chunks[3]).readall()


def test_an_empty_last_chunk_is_refused() -> None:
    file = sealed(b"")
    with pytest.raises(Tampered):
        reader(sealed(os.urandom(CHUNK)) + file[-16:])


HEADER, _, PAYLOAD = sealed(b"hello").partition(b"\n--- ")
SHARE = HEADER.split(b"\n")[1]


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"not an age file\n",
        b"age-encryption.org/v2\n",
        b"age-encryption.org/v1\n",
        b"age-encryption.org/v1\n--- abc\n",
        b"age-encryption.org/v1\nnonsense\n",
        b"age-encryption.org/v1\n-> \n\n--- abc\n",
        b"age-encryption.org/v1\n-> X25519  a\n\n--- abc\n",
        b"age-encryption.org/v1\n-> X25519\n\n--- AAAA\n" + bytes(40),
        b"age-encryption.org/v1\n-> X25519 AAAA\n" + b"A" * 43 + b"\n--- AAAA\n" + bytes(40),
        b"age-encryption.org/v1\n-> grease\n" + b"A" * 65 + b"\n--- AAAA\n",
        b"age-encryption.org/v1\n-> grease\nAAAA=\n--- AAAA\n",
        b"age-encryption.org/v1\n-> grease\nAB\n--- AAAA\n",
        b"age-encryption.org/v1\n-> grease\n*\n--- AAAA\n",
        b"age-encryption.org/v1\n-> X25519 " + b"A" * 43 + b"\n" + b"A" * 43 + b"\n--- AAAA\n" + bytes(40),
        b"age-encryption.org/v1\n" + b"-> grease\n\n" * 10_000,
    ],
)
def test_a_malformed_header_is_refused(file: bytes) -> None:
    with pytest.raises(Tampered):
        reader(file)


def test_a_stanza_without_share_of_32_bytes_is_refused() -> None:
    with pytest.raises(Tampered, match="X25519"):
        reader(HEADER.replace(SHARE, b"-> X25519 AAAA") + b"\n--- " + PAYLOAD)


def test_foreign_stanzas_are_skipped() -> None:
    ssh = pyrage.ssh.Recipient.from_str(
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN"
    )
    file = pyrage.encrypt(b"hello", [ssh, ME.to_public()])
    assert b"ssh-ed25519" in file
    assert reader(file).readall() == b"hello"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "age1",
        str(ME).swapcase()[:5] + str(ME)[5:],
        str(ME)[:-1] + ("Q" if str(ME)[-1] != "Q" else "P"),
        str(ME)[:-1] + "b",
        str(ME.to_public()),
        "nothing here",
        "a12uel5l",
    ],
    ids=["empty", "one", "prefix", "mixed_case", "sum", "letter", "recipient", "words", "no_data"],
)
def test_what_is_no_identity_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        secret_of(text)
