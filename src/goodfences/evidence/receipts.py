"""The consent receipt: what was given, what was not, to whom, and until when it can be taken back.

One receipt a video. It says nothing about who gave it beyond what that owner added field by field, and holds
nothing that two videos of one owner have in common. Knows no database and no Django.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goodfences.evidence.signing import BadSignature, check_bytes, sign_bytes, vouched_for
from goodfences_record.canonical import NotCanonical, canonical
from goodfences_record.notes import SigningKey, VerifierKey

FORMAT = "goodfences-consent-receipt/1"
ERASURE_FORMAT = "goodfences-erasure-receipt/1"
NEIGHBOR_FORMAT = "goodfences-neighbor-receipt/1"
HAND_IN_FORMAT = "goodfences-hand-in-receipt/1"
_FIELDS = {"format", "receipt", "signature", "voucher"}
UNTIL = "The owner could take the video back until it was first downloaded."
TOLD_FIELDS = ("name", "email", "phone", "address", "note")
_TOLD_WORDS = {
    "name": "the owner's name",
    "email": "the owner's email address",
    "phone": "the owner's telephone number",
    "address": "the owner's address",
    "note": "a note from the owner",
}
_NEVER = [
    "anything recorded before or after this interval",
    "any other clip or camera of the owner",
    "live video, or any access to a camera",
]
_PLACE = "where in that area the camera stands"


def given(*, audio: bool, reencoded: bool, told: Mapping[str, str], boxes: int = 0, areas: int = 0) -> list[str]:
    """In words, what a share of one video gives."""
    picture = "the picture, encoded anew for the exact second" if reencoded else "the picture, as the camera coded it"
    if boxes or areas:
        picture += f", with {covered(boxes, areas)} covered"
    words = [picture, "that it was taken somewhere in the area of the request", "which way the camera looks"]
    if audio:
        words.append("the sound")
    return words + [_TOLD_WORDS[field] for field in TOLD_FIELDS if told.get(field)]


def covered(boxes: int, areas: int) -> str:
    """`2 boxes and one privacy zone of the camera`: how many there are, never what is under them."""
    zone = "privacy zone"
    counted = [(boxes, "box", "boxes"), (areas, f"{zone} of the camera", f"{zone}s of the camera")]
    return " and ".join(f"one {one}" if count == 1 else f"{count} {many}" for count, one, many in counted if count)


def not_given(*, audio: bool, told: Mapping[str, str], boxes: int = 0, areas: int = 0) -> list[str]:
    """In words, what it keeps back."""
    words = [*_NEVER]
    if boxes or areas:
        words.append("what was covered: its pixels were replaced before the picture was encoded")
    if not told.get("address"):
        words.append(_PLACE)
    if not audio:
        words.append("the sound")
    return words + [_TOLD_WORDS[field] for field in TOLD_FIELDS if field != "note" and not told.get(field)]


def sign(content: Mapping[str, Any], key: SigningKey, voucher: str, *, form: str = FORMAT) -> dict[str, Any]:
    """The signed receipt, ready to be kept and handed out. `voucher` is the ledger key's word for `key`.

    What is signed begins with `form`, so that a receipt of one form is never taken for one of another.
    """
    signature = sign_bytes(_signed(content, form), key)
    return {"format": form, "receipt": dict(content), "signature": signature, "voucher": voucher}


def check(receipt: Mapping[str, Any], key: VerifierKey, *, form: str = FORMAT) -> dict[str, Any]:
    """The content of a receipt that `key` signed. Raises BadSignature."""
    if set(receipt) != _FIELDS or receipt["format"] != form:
        raise BadSignature(f"It isn't a receipt in the form {form}.")
    content, signature = receipt["receipt"], receipt["signature"]
    if not isinstance(content, dict) or not isinstance(signature, str):
        raise BadSignature("The receipt lacks its content or its signature.")
    check_bytes(_signed(content, form), signature, key)
    return content


def check_alone(receipt: Mapping[str, Any], ledger_key: VerifierKey, *, form: str = FORMAT) -> dict[str, Any]:
    """The content of a receipt that comes without its package, by the ledger's public key. Raises BadSignature."""
    voucher = receipt.get("voucher")
    if not isinstance(voucher, str):
        raise BadSignature(f"It isn't a receipt in the form {form}.")
    return check(receipt, vouched_for(voucher, ledger_key), form=form)


def _signed(content: Mapping[str, Any], form: str) -> bytes:
    try:
        return form.encode() + b"\n" + canonical(content)
    except NotCanonical as error:
        raise BadSignature(f"The receipt can't be read: {error}") from error
