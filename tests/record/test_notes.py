"""Signed notes and checkpoints by C2SP."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfences_record import notes

# The example of Go's sumdb/note package, from which the C2SP format comes.
PETER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
NOTE = f"{TEXT}\n— PeterNeumann {SIGNATURE}\n"

KEY = notes.SigningKey.new("example.org/ledger")
CHECKPOINT = notes.Checkpoint("example.org/ledger", 20852163, bytes(range(32)))


def opened(note: str) -> notes.Checkpoint:
    return notes.open_checkpoint(note, KEY.verifier)


def signed(text: str) -> str:
    return notes.sign(text, KEY)


def test_a_note_is_signed_as_the_published_example_is() -> None:
    key = notes.SigningKey.parse(PETER)
    assert str(key) == PETER
    assert str(key.verifier) == PETER_PUBLIC
    assert notes.sign(TEXT, key) == NOTE
    assert notes.open_note(NOTE, notes.VerifierKey.parse(PETER_PUBLIC)) == TEXT


def test_a_checkpoint_comes_back_from_its_note() -> None:
    note = signed(CHECKPOINT.text())
    assert note.startswith("example.org/ledger\n20852163\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n— ")
    assert opened(note) == CHECKPOINT


def test_signatures_of_others_are_passed_over() -> None:
    witness = notes.sign(CHECKPOINT.text(), notes.SigningKey.new("witness.example")).rpartition("\n\n")[2]
    older = notes.sign(CHECKPOINT.text(), notes.SigningKey.new(KEY.name)).rpartition("\n\n")[2]
    assert opened(signed(CHECKPOINT.text()) + witness + older) == CHECKPOINT


def test_extension_lines_are_allowed() -> None:
    assert opened(signed(CHECKPOINT.text() + "something more\n")) == CHECKPOINT


@given(st.data())
def test_a_note_with_any_character_changed_is_not_trusted(data: st.DataObject) -> None:
    note = signed(CHECKPOINT.text())
    place = data.draw(st.integers(0, len(note) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != note[place]))
    with pytest.raises(notes.BadNote):
        opened(note[:place] + other + note[place + 1 :])


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("", "isn't a signed note"),
        ("x\n1\ny\n", "isn't a signed note"),
        (CHECKPOINT.text() + "\n— example.org/ledger AAAA", "isn't a signed note"),
        (CHECKPOINT.text() + "\n", "isn't a signed note"),
        (CHECKPOINT.text() + "\nexample.org/ledger AAAA\n", "a line among its signatures"),
        (CHECKPOINT.text() + "\n- example.org/ledger AAAA\n", "a line among its signatures"),
        (CHECKPOINT.text() + "\n— example.org/ledger A\n", "not base64"),
        (CHECKPOINT.text() + "\n— example.org/ledger é\n", "not base64"),
        (CHECKPOINT.text() + "\n— example.org/ledger AB==\n", "as base64 should be"),
        (CHECKPOINT.text() + "\n— other.example AAAAAAAA\n", "isn't signed by example.org/ledger"),
        ("x" * 20_000, "longer than 16384"),
        (signed(CHECKPOINT.text()) + "\r\n", "control character"),
        (signed("other.example\n1\nAAAA\n"), "is of the log 'other.example'"),
        (signed("example.org/ledger\n1\n"), "lacks a line"),
        (signed("example.org/ledger\n\n1\nAAAA\n"), "lacks a line"),
        (signed("example.org/ledger\n01\nAAAA\n"), "'01', not a number"),
        (signed("example.org/ledger\n1\n!\n"), "root is not base64"),
        (signed("example.org/ledger\n1\nAAAA\n"), "root has 3 bytes, not 32"),
    ],
    ids=lambda given: given if len(given) < 40 and "\n" not in given else "note",  # signatures differ by process
)
def test_a_bad_checkpoint_says_why(note: str, words: str) -> None:
    with pytest.raises(notes.BadNote, match=words):
        opened(note)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "form name"),
        ("name+hash", "form name"),
        ("na me+c74f20a3+AAAA", "form name"),
        ("name+c74f20a3+!", "not base64"),
        ("name+c74f20a3+AAAA", "isn't an Ed25519 key"),
        (PETER_PUBLIC.replace("+AR", "+Ah"), "isn't an Ed25519 key"),
        (PETER_PUBLIC.replace("Peter", "Paul"), "short hash"),
    ],
)
def test_a_bad_public_key_says_why(text: str, words: str) -> None:
    with pytest.raises(notes.BadNote, match=words):
        notes.VerifierKey.parse(text)


@pytest.mark.parametrize("text", ["", PETER_PUBLIC, "PRIVATE+KEY+name+hash", PETER.replace("Peter", "Paul")])
def test_a_bad_signing_key_says_why_without_showing_it(text: str) -> None:
    with pytest.raises(notes.BadNote, match="The signing key") as caught:
        notes.SigningKey.parse(text)
    assert "AYEKFALV" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "two words", "one+two", "line\nbreak"])
def test_a_log_has_a_name_that_notes_allow(name: str) -> None:
    with pytest.raises(notes.BadNote, match="leave out spaces and plus signs"):
        notes.SigningKey.new(name)
