"""Short-lived passes: what a page hands its player or its download, signed by the instance and kept nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core import signing

from goodfences import source
from goodfences.errors import NotFound


def give(salt: str, *says: Any, lasts: timedelta) -> str:
    """A pass that says these JSON values. One kind of pass has one `salt`, and is none of another kind."""
    until = source.now() + lasts
    return signing.Signer(salt=salt).sign_object([*says, until.timestamp()])


def read(salt: str, pass_: str) -> list[Any]:
    """What a pass says. Raises NotFound for one that this instance never gave for `salt`, and for one too old."""
    says: list[Any]
    try:
        *says, until = signing.Signer(salt=salt).unsign_object(pass_)
    except signing.BadSignature as error:
        raise NotFound from error
    if source.now().timestamp() > until:
        raise NotFound
    return says
