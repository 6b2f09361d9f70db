"""RFC 8291's own example, and what can't be encrypted."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec

from goodfences.push.encrypting import PADDED, encrypt
from tests.push.service import Browser, raw64, url64

# RFC 8291, appendix A.
MESSAGE = b"When I grow up, I want to be a watermelon"
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw64(text), "big"), ec.SECP256R1())


def test_the_example_of_the_rfc_byte_by_byte() -> None:
    made = encrypt(MESSAGE, p256dh=P256DH, auth=AUTH, own=key(SENDER), salt=raw64(SALT), padded=0)
    assert url64(made) == BODY


def test_its_receiver_opens_it_and_nobody_else() -> None:
    assert Browser(key(RECEIVER), raw64(AUTH)).opened(raw64(BODY)) == MESSAGE
    with pytest.raises(InvalidTag):
        Browser(secret=raw64(AUTH)).opened(raw64(BODY))


def test_every_message_has_one_length_and_a_key_of_its_own() -> None:
    browser = Browser()
    made = [encrypt(message, **browser.keys) for message in (b"", b"a", MESSAGE, MESSAGE)]
    assert {len(body) for body in made} == {16 + 4 + 1 + 65 + PADDED + 16}
    assert [browser.opened(body) for body in made] == [b"", b"a", MESSAGE, MESSAGE]
    assert len({body[:86] for body in made}) == 4


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", AUTH),
        (P256DH, ""),
        (P256DH[:-2], AUTH),
        (url64(b"\4" + bytes(64)), AUTH),
        ("§" * 87, AUTH),
        (P256DH, "!"),
    ],
)
def test_what_is_no_key_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(ValueError):
        encrypt(MESSAGE, p256dh=p256dh, auth=auth)


def test_what_doesnt_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="4079"):
        encrypt(bytes(4080), p256dh=P256DH, auth=AUTH)
