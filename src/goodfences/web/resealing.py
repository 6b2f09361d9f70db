"""Secrets of apps' and recovery codes, which allauth keeps, sealed anew after the instance's secret was replaced."""

from __future__ import annotations

from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from goodfences import boxes

PURPOSE = "mfa"


def connect() -> None:
    boxes.kept.append(seal_codes_anew)


def seal_codes_anew() -> int:
    """Returns how many there were. Each by itself: its person may be signing in."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)
    return sum(_seal_anew(pk) for pk in Authenticator.objects.filter(type__in=kinds).values_list("pk", flat=True))


@transaction.atomic
def _seal_anew(pk: int) -> bool:
    one = Authenticator.objects.select_for_update().filter(pk=pk).first()
    before = dict(one.data) if one is not None else {}
    anew = {name: _anew(value) if name in _SEALED else value for name, value in before.items()}
    if one is None or anew == before:
        return False
    one.data = anew
    one.save(update_fields=["data"])
    return True


_SEALED = ("secret", "seed", "migrated_codes")


def _anew(value: Any) -> Any:
    again = partial(boxes.sealed_anew, PURPOSE)
    return [again(each) for each in value] if isinstance(value, list) else again(value)
