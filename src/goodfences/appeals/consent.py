"""What whoever hands in a video agrees to, and the receipt of it.

The words are kept by their version: when they change, the version does, and old receipts keep theirs.
"""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from goodfences.appeals.models import HandIn
from goodfences.evidence import keys, layout, receipts

VERSION = "2026-11"
WORDS = (
    _("I took this video myself, or whoever did lets me hand it in."),
    _("The agency named here may watch it, keep it, and use it for this case."),
    _("A court, the defense and other parties to the case may come to see it."),
    _("I can take it back until the agency first downloads it, and not after that."),
)
TOLD = ("name", "email", "phone", "note")
TOLD_LENGTH = {"name": 80, "email": 200, "phone": 40, "note": 1000}
FORMAT = receipts.HAND_IN_FORMAT


def words() -> list[str]:
    """In the language in force."""
    return [gettext(word) for word in WORDS]


def receipt(hand_in: HandIn) -> dict[str, Any]:
    """The signed receipt of a video that is kept. It tells of its sender what they chose to add, and nothing else."""
    appeal = hand_in.appeal
    assert hand_in.kept_at is not None
    with translation.override("en"):
        agreed = words()
    content = {
        "hand_in": hand_in.ref,
        "appeal": appeal.ref,
        "appeal_entry": appeal.ledger_index,
        "agency": appeal.agency.name,
        "kept_at": layout.moment(hand_in.kept_at),
        "consent": {"version": hand_in.consent, "words": agreed},
        "told": dict(hand_in.told),
        "sound": hand_in.sound,
        "as_handed_in": dict(hand_in.original),
        "as_kept": {
            "size": hand_in.kept_size,
            "sha256": hand_in.kept_sha256,
            "sha512": hand_in.facts["sha512"],
        },
        "scanned_by": hand_in.facts["scanned"],
    }
    return receipts.sign(content, keys.evidence_key(), keys.voucher(), form=FORMAT)
