"""`goodfences verify receipt FILE`: what an owner can show of what was given, and what not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from goodfences.clips.models import Clip
from goodfences.evidence import command, keys, layout, receipts, signing, tasks
from goodfences.evidence.models import Share, SharedVideo
from goodfences.ledger import keys as ledger_keys
from goodfences_record.notes import SigningKey
from tests.environment import child_environment

pytestmark = pytest.mark.django_db
WITHOUT = """
import sys
from goodfences import cli
status = cli.main(sys.argv[1:])
assert "django" not in sys.modules
sys.exit(status)
"""


@pytest.fixture
def file(clip: Clip, share_it: Callable[..., Share], tmp_path: Path) -> Path:
    """The receipt of a video with sound, to which Olive added her telephone number."""
    share_it(clip, audio=True, told={"phone": "555 0100"})
    tasks.run_due(10)
    path = tmp_path / "receipt.json"
    path.write_bytes(layout.as_json(SharedVideo.objects.get().receipt))
    return path


@pytest.fixture
def verify(file: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(changed: Any = None, key: str = "") -> tuple[int, str]:
        if changed is not None:
            file.write_text(json.dumps(changed))
        status = command.main_receipt([str(file), "--key", key or ledger_keys.public_key()])
        return status, capsys.readouterr().out

    return run


Verify = Callable[..., tuple[int, str]]


def test_it_says_what_was_given_to_whom(verify: Verify) -> None:
    status, said = verify()
    video = SharedVideo.objects.get()
    assert status == 0
    assert "Given to Northgate Police for case" in said and video.sha256 in said
    assert "given: the sound" in said and "not given: the owner's name" in said and "told: phone: 555 0100" in said
    assert receipts.UNTIL in said


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (("receipt", "told"), {}),
        (("receipt", "shared_at"), "2026-11-25T12:00:00.000Z"),
        (("receipt", "request", "agency"), "Harbor Sheriff"),
        (("receipt", "not_given"), []),
        (("signature",), "AAAA"),
        (("format",), "goodfences-consent-receipt/2"),
        (("voucher",), "goodfences evidence key/1\n"),
        (("voucher",), None),
        (("more",), 1),
    ],
)
def test_nothing_of_it_can_be_changed(verify: Verify, file: Path, part: tuple[str, ...], value: Any) -> None:
    changed = json.loads(file.read_bytes())
    inner = changed
    for name in part[:-1]:
        inner = inner[name]
    inner[part[-1]] = value
    status, said = verify(changed)
    assert status == 1
    assert said.startswith("BROKEN") and "can't be relied on" in said


def test_one_that_somebody_else_signed_does_not_pass(verify: Verify, file: Path) -> None:
    """Whoever forges a receipt can sign it, and vouch for that key; the ledger's key is what they haven't got."""
    content = json.loads(file.read_bytes())["receipt"] | {"told": {}}
    forger, ledger = SigningKey.new(keys.evidence_key().name), SigningKey.new(ledger_keys.origin())
    for voucher in (keys.voucher(), signing.vouch(forger.verifier, ledger)):
        assert verify(receipts.sign(content, forger, voucher))[0] == 1


def test_another_instances_key_does_not_pass(verify: Verify) -> None:
    for key in (str(SigningKey.new(ledger_keys.origin()).verifier), "no key"):
        assert verify(key=key)[0] == 1


@pytest.mark.parametrize("rubbish", [b"", b"[]", b"null", b"{}", b"\xff", b"[" * 100_000])
def test_rubbish_is_no_receipt(verify: Verify, file: Path, rubbish: bytes) -> None:
    file.write_bytes(rubbish)
    status, said = verify()
    assert status == 1
    assert said.startswith("BROKEN")


def test_without_a_file_nothing_is_checked(file: Path) -> None:
    assert command.main_receipt([str(file.with_name("nothing.json")), "--key", ledger_keys.public_key()]) == 2


def test_it_needs_no_django(file: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "verify", "receipt", str(file), "--key", ledger_keys.public_key()],
        env={"PYTHONPATH": child_environment()["PYTHONPATH"]},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
