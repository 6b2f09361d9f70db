"""Both signatures of an agreement, and what `goodfences verify agreement` says of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goodfences import cli
from goodfences.joining import signed as signatures
from goodfences.joining import sshsig
from goodfences.joining.models import Application
from goodfences.joining.signed import BadAgreement
from goodfences.joining.sshsig import BadSshSignature
from goodfences.ledger import keys as ledger_keys
from goodfences_record.notes import SigningKey
from tests.joining import keys

BY_SSH_KEYGEN = Path(__file__).with_name("by_ssh_keygen")
"""`agreement.txt` and what OpenSSH's own `ssh-keygen -Y sign` wrote beside it."""


def test_what_ssh_keygen_wrote_holds() -> None:
    message = (BY_SSH_KEYGEN / "agreement.txt").read_bytes()
    armored = (BY_SSH_KEYGEN / "agreement.txt.sig").read_text()
    fingerprint = (BY_SSH_KEYGEN / "fingerprint").read_text().strip()
    assert sshsig.check(message, armored, namespace="goodfences-agreement") == fingerprint
    assert sshsig.check(message, armored.replace("\n", "\r\n"), namespace="goodfences-agreement") == fingerprint
    with pytest.raises(BadSshSignature):
        sshsig.check(message + b"\n", armored, namespace="goodfences-agreement")


@pytest.mark.parametrize("hashed_by", ["sha256", "sha512"])
def test_both_hashes_of_ssh_are_taken(hashed_by: str) -> None:
    assert sshsig.check(b"x", keys.signature(b"x", hashed_by=hashed_by), namespace="goodfences-agreement")


@pytest.mark.parametrize(
    ("armored", "words"),
    [
        (keys.signature(b"x", namespace="git"), "signed for 'git'"),
        (keys.signature(b"x", hashed_by="sha1"), "other than SHA-256"),
        (keys.signature(b"x", kind=b"ssh-rsa"), "by an Ed25519 key"),
        (keys.signature(b"x", after=b"!"), "after the end"),
        (keys.signature(b"x")[:-40], "the whole signature"),
        (keys.signature(b"x").replace("U1NIU0", "U1NIU1"), "version 1"),
        ("-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----", "ends too early"),
        ("-----BEGIN SSH SIGNATURE-----\n!\n-----END SSH SIGNATURE-----", "in the middle"),
        ("ssh-ed25519 AAAA", "the whole signature"),
    ],
)
def test_what_isnt_such_a_signature_is_refused_in_words(armored: str, words: str) -> None:
    with pytest.raises(BadSshSignature, match=words):
        sshsig.check(b"x", armored, namespace="goodfences-agreement")


def test_both_signatures_hold_offline(announced: Application) -> None:
    found = signatures.check(announced.signed, ledger_key=ledger_keys.public_key())
    assert (found.statement, found.agency_key) == (announced.statement, announced.agency_key)


def test_every_part_that_is_changed_breaks_it(announced: Application) -> None:
    other = SigningKey.new(f"{ledger_keys.origin()}/agreements")
    by_other = signatures.sign(
        announced.statement, announced.signature, key=other, voucher=announced.signed["voucher"]
    )
    ledger_key = ledger_keys.public_key()
    mutations = [
        {"statement": announced.statement.replace("30", "90")},
        {"agency_signature": keys.signature(b"Another text.")},
        {"agency_signature": announced.signature.replace("\n", "\r\n")},
        {"instance_signature": by_other["instance_signature"]},
        {"instance_key": by_other["instance_key"]},
        {"voucher": signatures.vouch(other.verifier, other)},
        {"format": "goodfences-agreement/2"},
        {"more": "x"},
        {"statement": 1},
    ]
    for changed in [*mutations, by_other]:
        with pytest.raises(BadAgreement):
            signatures.check({**announced.signed, **changed}, ledger_key=ledger_key)
    with pytest.raises(BadAgreement):
        signatures.check(announced.signed, ledger_key=str(SigningKey.new("elsewhere").verifier))


def test_the_command_says_who_signed_what(
    announced: Application, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "agreement.json"

    def verify(text: str) -> int:
        file.write_text(text)
        with pytest.raises(SystemExit) as ended:
            cli.main(["verify", "agreement", str(file), "--key", ledger_keys.public_key()])
        return int(str(ended.value.code))

    assert verify(json.dumps(announced.signed)) == 0
    assert announced.agency_key in capsys.readouterr().out
    assert verify(json.dumps({**announced.signed, "statement": "x"})) == 1
    assert verify("not json") == 1
    assert "BROKEN" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        cli.main(["verify", "agreement", str(tmp_path / "none"), "--key", "x"])
    assert ended.value.code == 2
