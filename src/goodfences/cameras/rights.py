"""What the people of a household may do with each camera's clips. The owner decides; the owner may do everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from goodfences import source
from goodfences.cameras.models import Camera, CameraRights
from goodfences.errors import NotFound
from goodfences.people import access as people
from goodfences.people.models import Account, Household, Membership


@dataclass(frozen=True)
class Rights:
    """`mark` is to star, to note and to save. None of them is without `watch`."""

    watch: bool = False
    mark: bool = False
    download: bool = False
    delete: bool = False


NONE = Rights()
DEFAULT = Rights(watch=True)
"""Of a member, until the owner decides."""
ALL = Rights(watch=True, mark=True, download=True, delete=True)


def of(account: Account, camera: Camera) -> Rights:
    """What `account` may do with the clips of one camera; nothing with those of another household."""
    membership = Membership.objects.filter(account_id=account.pk, household_id=camera.household_id).first()
    if membership is None:
        return NONE
    if membership.role == Membership.Role.OWNER:
        return ALL
    row = CameraRights.objects.filter(membership=membership, camera=camera).first()
    return DEFAULT if row is None else _read(row)


def in_home(account: Account, household: Household, cameras: Iterable[Camera]) -> dict[int, Rights]:
    """`of` for several cameras of `account`'s household, by their ids."""
    membership = Membership.objects.filter(account_id=account.pk, household_id=household.pk).first()
    if membership is None:
        return {}
    if membership.role == Membership.Role.OWNER:
        return {camera.pk: ALL for camera in cameras}
    return of_member(membership, cameras)


def of_member(membership: Membership, cameras: Iterable[Camera]) -> dict[int, Rights]:
    """What a member may do, by the cameras' ids."""
    rows = {row.camera_id: _read(row) for row in CameraRights.objects.filter(membership=membership)}
    return {camera.pk: rows.get(camera.pk, DEFAULT) for camera in cameras}


def watched(account: Account, household: Household) -> dict[Camera, Rights]:
    """The cameras of the household that `account` may watch, removed ones included, in the order they were added."""
    cameras = list(household.cameras.order_by("created_at", "pk"))
    rights = in_home(account, household, cameras)
    return {camera: rights[camera.pk] for camera in cameras if camera.pk in rights and rights[camera.pk].watch}


def changeable_member(account: Account, ref: str) -> Membership:
    """A member of the household that `account` owns. The owner's own rights can't be changed."""
    people.owned_home(account)
    membership = people.member(account, ref)
    if membership.role == Membership.Role.OWNER:
        raise NotFound
    return membership


@transaction.atomic
def allow(*, account: Account, member_ref: str, rights: Mapping[str, Rights]) -> None:
    """The owner says what a member may do, by the cameras' references; a camera that isn't named stays as it is.

    Whoever may not watch a camera may do nothing with it, whatever else is said. Raises NotFound for anyone but
    the owner, for the owner's own membership, and for a camera of another household.
    """
    household = people.held_home(account)
    membership = changeable_member(account, member_ref)
    cameras = {camera.ref: camera for camera in household.cameras.filter(ref__in=rights)}
    if len(cameras) != len(rights):
        raise NotFound
    for ref, said in rights.items():
        given = said if said.watch else NONE
        CameraRights.objects.update_or_create(
            membership=membership,
            camera=cameras[ref],
            defaults={
                "may_watch": given.watch,
                "may_mark": given.mark,
                "may_download": given.download,
                "may_delete": given.delete,
                "changed_at": source.now(),
            },
        )


def export(account: Account, household: Household | None) -> list[dict[str, Any]]:
    """The owner's choices about the household's members; a member's export says what was chosen about them."""
    whose = {"membership__account": account} if household is None else {"camera__household": household}
    rows = CameraRights.objects.select_related("membership", "camera").filter(**whose)
    return [
        {
            "member": row.membership.ref,
            "camera": row.camera.ref,
            "may_watch": row.may_watch,
            "may_mark": row.may_mark,
            "may_download": row.may_download,
            "may_delete": row.may_delete,
            "changed_at": row.changed_at,
        }
        for row in rows.order_by("pk")
    ]


def _read(row: CameraRights) -> Rights:
    return Rights(row.may_watch, row.may_mark, row.may_download, row.may_delete)
