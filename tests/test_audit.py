"""`make audit` finds what its lists know."""

from __future__ import annotations

from scripts import audit


def test_a_weakness_is_found_by_version_and_said_with_its_lock() -> None:
    known = {"django": [{"id": "pyup.io-1", "specs": ["<2.2.24", ">=3.0,<3.1.12"], "advisory": "A way in."}]}
    pieces = [("django", "3.1.11", "runtime.txt"), ("django", "3.1.12", "dev.txt"), ("other", "1", "dev.txt")]
    assert audit.matching(pieces, known) == ["django 3.1.11 (runtime.txt): pyup.io-1 A way in."]


def test_every_package_of_every_lock_is_looked_at() -> None:
    looked = {(name, lock) for name, _version, lock in audit.locked()}
    assert {
        ("django", "runtime.txt"),
        ("python3-saml", "runtime.txt"),
        ("av", "hub.txt"),
        ("pytest", "dev.txt"),
    } <= looked
