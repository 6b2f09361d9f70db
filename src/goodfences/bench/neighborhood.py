"""Neighborhoods to ask: homes around one place, each with an owner, a camera and a clip in the window."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from goodfences import source

RADIUS_M = 600
_ZONE = "America/New_York"
_REASON = "We look for a light van with a broken right headlamp that left the corner after it hit a cyclist."


def admit_agency() -> tuple[Any, Any]:
    """An agency as an operator admits one; its two officers, the one who asks and the one who opens."""
    from goodfences import places
    from goodfences.agencies import actions as agencies
    from goodfences.agencies.checks import AgencyParticulars, OfficerParticulars
    from goodfences.agencies.models import Officer
    from goodfences.people.models import Account

    def officer(name: str, role: str, badge: str) -> OfficerParticulars:
        email = f"{name}@northgate.example"
        return OfficerParticulars(email=email, name=name, role=role, title="Officer", badge=badge, contact=email)

    operator = Account.objects.create_user("otto@bench.example", kind=Account.Kind.OPERATOR)
    agency = agencies.admit(
        operator=operator,
        particulars=AgencyParticulars(
            name="Northgate Police",
            kind="police",
            jurisdiction="Northgate",
            contact_email="requests@northgate.example",
            website="",
            time_zone=_ZONE,
            place_cell=places.coarse(places.cell_at(*place(0))),
        ),
        agreement_text="We ask for recorded video only, for one case at a time. " * 4,
        signed_by="The chief",
        admin=officer("aggie", "admin", "1001"),
        stricter={},
    )
    admin = Officer.objects.get(agency=agency, role=Officer.Role.ADMIN)
    asks = agencies.add_officer(acting=admin, particulars=officer("omar", "requester", "4411"))
    opens = agencies.add_officer(acting=admin, particulars=officer("ada", "approver", "3102"))
    return asks, opens


def place(number: int) -> tuple[float, float]:
    """Where neighborhood `number` is, in degrees: far enough from the others that no area meets two."""
    return 40.0 + 0.1 * number, -75.0


def settle(number: int, homes: int) -> None:
    """Fill neighborhood `number`. In bulk: filling isn't what is measured."""
    import h3.api.basic_int as h3i

    from goodfences.cameras.models import Camera
    from goodfences.clips.models import Clip
    from goodfences.people.models import Account, Household, Membership
    from goodfences.places import RES

    cells = sorted(h3i.grid_disk(h3i.latlng_to_cell(*place(number), RES), 8))
    names = [f"owner{number}.{home}@homes.example" for home in range(homes)]
    owners = Account.objects.bulk_create(
        Account(email=name, language="es" if home % 11 == 5 else "en", time_zone=_ZONE)
        for home, name in enumerate(names)
    )
    households = Household.objects.bulk_create(
        Household(name="Home", cell=cells[home % len(cells)]) for home in range(homes)
    )
    Membership.objects.bulk_create(
        Membership(household=household, account=owner, role=Membership.Role.OWNER)
        for household, owner in zip(households, owners, strict=True)
    )
    cameras = Camera.objects.bulk_create(
        Camera(household=household, name="Street", looks_at="street", cell=household.cell, may_be_asked=True)
        for household in households
    )
    starts_at = source.now() - timedelta(hours=1)
    Clip.objects.bulk_create(
        Clip(
            camera=camera,
            state=Clip.State.STORED,
            kind=Clip.Kind.MOTION,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(seconds=30),
            announced_size=1,
            announced_sha256=f"{camera.pk:064x}",
            expires_on=(starts_at + timedelta(days=30)).date(),
            stored_at=starts_at,
            checked_at=starts_at,
        )
        for camera in cameras
    )


def submit(number: int, officer: Any) -> Any:
    """A request to neighborhood `number` that waits for a second officer."""
    from goodfences import places
    from goodfences.video_requests import actions
    from goodfences.video_requests.fields import RequestFields

    ends_at = source.now() - timedelta(minutes=5)
    fields = RequestFields(
        case_number=f"NG-2026-{number}",
        incident_type="hit_and_run",
        reason=_REASON,
        contact="+1 555 0144",
        place_name="Mill Street",
        area=places.area_from_circle(*place(number), RADIUS_M),
        starts_at=ends_at - timedelta(hours=2),
        ends_at=ends_at,
    )
    draft = actions.save_draft(officer=officer, fields=fields)
    return actions.submit(officer=officer, ref=draft.ref)
