"""Cosignatures by C2SP tlog-cosignature, against what its own examples and other implementations publish."""

from __future__ import annotations

import pytest

from goodfences_record import cosignatures, notes

# The example of C2SP tlog-cosignature. It publishes no key, so that the frame alone can be compared.
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
# A witness of the public network, as transparency-dev's tests name it.
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
KEY = notes.SigningKey.new("witness.example/w1", notes.COSIGNER)
TEXT = notes.Checkpoint("example.org/ledger", 3, bytes(range(32))).text()


def test_the_example_of_the_specification_is_read_as_it_says() -> None:
    text, (log, witness) = notes.split(EXAMPLE)
    assert (log.name, witness.name) == ("example.com/behind-the-sofa", "witness.example.com/w1")
    assert int.from_bytes(witness.raw[:8]) == 1679315147
    assert len(witness.raw) == 72
    assert f"{text}\n{log.line()}{witness.line()}" == EXAMPLE
    assert cosignatures._message(text, 1679315147) == (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )


def test_the_key_of_a_public_witness_is_read() -> None:
    key = cosignatures.witness_key(REMORA)
    assert (key.name, key.key_id.hex(), str(key)) == ("remora.n621.de", "da77ade7", REMORA)


def test_a_logs_key_is_no_witnesses_key_and_the_other_way_round() -> None:
    with pytest.raises(notes.BadNote, match="isn't an Ed25519 key of a witness"):
        cosignatures.witness_key(str(notes.SigningKey.new("example.org/ledger").verifier))
    with pytest.raises(notes.BadNote, match="isn't an Ed25519 key"):
        notes.VerifierKey.parse(REMORA)


def test_a_witness_key_comes_back_from_its_file() -> None:
    assert notes.SigningKey.parse(str(KEY), notes.COSIGNER).verifier == KEY.verifier
    with pytest.raises(notes.BadNote):
        notes.SigningKey.parse(str(KEY))


def test_a_cosignature_says_who_saw_it_and_when() -> None:
    note = f"{TEXT}\n{cosignatures.cosign(TEXT, KEY, 1_800_000_000).line()}"
    other = notes.SigningKey.new("witness.example/w2", notes.COSIGNER).verifier
    assert cosignatures.witnesses_of(note, [KEY.verifier, other]) == {KEY.verifier: 1_800_000_000}


def test_another_time_another_text_and_a_plain_signature_are_found_out() -> None:
    signed = cosignatures.cosign(TEXT, KEY, 1_800_000_000)
    later = notes.Signature(signed.name, signed.key_id, (1_900_000_000).to_bytes(8) + signed.raw[8:])
    endless = notes.Signature(signed.name, signed.key_id, b"\xff" * 8 + signed.raw[8:])
    plain = notes.Signature(signed.name, signed.key_id, KEY.private.sign(TEXT.encode()))
    for signature in (later, endless, plain):
        with pytest.raises(notes.BadNote):
            cosignatures.witnesses_of(f"{TEXT}\n{signature.line()}", [KEY.verifier])
    with pytest.raises(notes.BadNote, match="doesn't belong to this checkpoint"):
        cosignatures.cosigned_at(TEXT.replace("\n3\n", "\n4\n"), signed, KEY.verifier)


def test_extension_lines_are_cosigned_too() -> None:
    extended = f"{TEXT}something more\n"
    signed = cosignatures.cosign(extended, KEY, 5)
    assert cosignatures.cosigned_at(extended, signed, KEY.verifier) == 5
    with pytest.raises(notes.BadNote):
        cosignatures.cosigned_at(TEXT, signed, KEY.verifier)
