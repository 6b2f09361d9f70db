"""How much room a household's clips take up: a running total, changed in the transaction that changes a clip.

Clips that are announced count with what they will have, checked ones with what was kept, and ended ones not at all.
On PostgreSQL whoever changes both locks the clip first and the total after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db import connections, router
from django.db.models import F

from goodfences.clips.models import Clip, Room
from goodfences.people.models import Account, Household

_BATCH = 500
"""Households that one statement names: databases limit how many parameters it has."""
_GIVE_BACK = """UPDATE clips_room SET taken = taken - freed.column2
    FROM (VALUES %s) AS freed WHERE household_id = freed.column1"""


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
    # In order: two who give back to the same households never wait for each other.
    households = sorted(freed.items())
    for start in range(0, len(households), _BATCH):
        _give_back_some(households[start : start + _BATCH])


def _give_back_some(households: list[tuple[int, int]]) -> None:
    """One statement: a day's end is of a thousand households at a time."""
    held = Room.objects.select_for_update().filter(household_id__in=[household_id for household_id, _ in households])
    list(held.order_by("household_id").values_list("household_id"))
    values = ", ".join(["(%s, %s)"] * len(households))
    with connections[router.db_for_write(Room)].cursor() as cursor:
        cursor.execute(_GIVE_BACK % values, [value for each in households for value in each])


def taken(household_id: int) -> int:
    """What the household's clips take up, those announced and still to come included, in bytes."""
    return Room.objects.filter(household_id=household_id).values_list("taken", flat=True).first() or 0


def tell(_account: Account, household: Household | None) -> dict[str, int]:
    """What is kept of it about a household (people.registry.on_export)."""
    return {} if household is None else {"taken": taken(household.pk)}
