"""How much room a household's clips take up: a running total, changed in the transaction that changes a clip.

Clips that are announced count with what they will have, checked ones with what was kept, and ended ones not at all.
On PostgreSQL whoever changes both locks the clip first and the total after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import F

from goodfences.clips.models import Clip, Room
from goodfences.people.models import Account, Household


def take(household_id: int, count: int, *, at_most: int) -> bool:
    """Count `count` bytes more, unless the household then had more than `at_most`; says whether they fit.

    Two that fit one by one can't go beyond it together: one statement reads, compares and writes.
    """
    fitting = Room.objects.filter(household_id=household_id, taken__lte=at_most - count)
    if fitting.update(taken=F("taken") + count):
        return True
    Room.objects.get_or_create(household_id=household_id)  # its first clip
    return bool(fitting.update(taken=F("taken") + count))


def give_back(household_id: int, count: int) -> None:
    """Count `count` bytes fewer."""
    Room.objects.filter(household_id=household_id).update(taken=F("taken") - count)


def give_back_all(clips: Iterable[Clip]) -> None:
    """Count nothing more for these clips, which the caller holds and is about to end. Loaded with their cameras."""
    freed = Counter[int]()
    for clip in clips:
        freed[clip.camera.household_id] += clip.taken
    for household_id, count in sorted(freed.items()):
        give_back(household_id, count)


def taken(household_id: int) -> int:
    """What the household's clips take up, those announced and still to come included, in bytes."""
    return Room.objects.filter(household_id=household_id).values_list("taken", flat=True).first() or 0


def tell(_account: Account, household: Household | None) -> dict[str, int]:
    """What is kept of it about a household (people.registry.on_export)."""
    return {} if household is None else {"taken": taken(household.pk)}
