"""Settles the demo town through the same acts that a person's page calls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model

from goodfences import places, source
from goodfences.agencies import actions as agencies
from goodfences.agencies.checks import AgencyParticulars, OfficerParticulars
from goodfences.agencies.models import Agency, Officer
from goodfences.cameras import actions as cameras
from goodfences.demo import moderated, neighborhood, warning
from goodfences.demo.cast import BY_KEY, ZONE
from goodfences.ledger import actions as ledger
from goodfences.people import actions as people
from goodfences.people import setting_up
from goodfences.people.models import Account, Membership

HOMES = 66
NADIAS_CELL = "8b1126d3306cfff"
_HERE = Path(__file__).parent

AGREEMENT = """{name} joins this network on these terms.

1. We ask for recorded video only, for one case at a time, in a drawn area and a time window.
2. A second officer reads and opens every request. Each one is public from the moment it opens.
3. We never ask who declined, and never treat silence as a reason for anything.
4. We keep shared video for the case alone, delete it when the case is closed, and pass it on to nobody outside the \
criminal proceedings of that case.
5. We never use shared video for immigration enforcement, to identify people at a lawful assembly, or in connection \
with reproductive or gender-affirming care.
6. We answer questions about our requests at {contact}.
"""


@dataclass(frozen=True)
class Home:
    """Where a home of the town stands: on a street, near `lat`, `lon` (degrees, WGS84)."""

    street: str
    lat: float
    lon: float


@cache
def homes() -> tuple[Home, ...]:
    """The town's homes, nearest to its center first."""
    data = json.loads((_HERE / "map" / "streets.json").read_text())
    lat, lon = center()
    found = [Home(home["street"], home["lat"], home["lon"]) for home in data["homes"]]
    found.sort(key=lambda home: (home.lat - lat) ** 2 + ((home.lon - lon) / 2) ** 2)
    return tuple(found[:HOMES])


@cache
def center() -> tuple[float, float]:
    """The middle of the town: latitude and longitude in degrees."""
    data = json.loads((_HERE / "map" / "bounds.json").read_text())
    lon, lat = data["center"]
    return lat, lon


def settle() -> None:
    """Fill an empty instance with the town; does nothing where the town stands already."""
    if Agency.objects.exists():
        return
    operator = _staff()
    _agencies(operator)
    for number, home in enumerate(homes()):
        _household(number, home)
    _neighbor()
    neighborhood.tell()
    warning.warn(operator)
    _moderated()
    ledger.sign_checkpoint()


def _account(email: str, name: str, kind: str = Account.Kind.RESIDENT) -> Account:
    account = get_user_model().objects.create_user(email=email, name=name, kind=kind, time_zone=ZONE)
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    return account


def _staff() -> Account:
    _account(BY_KEY["max"].email, "Max", Account.Kind.MODERATOR)
    return _account(BY_KEY["otto"].email, "Otto", Account.Kind.OPERATOR)


def _agencies(operator: Account) -> None:
    lat, lon = center()
    northgate = _admit(operator, "Northgate Police", "police", "Northgate", "requests@northgate.example", (lat, lon))
    harbor, fire = (lat - 0.008, lon + 0.022), (lat + 0.007, lon - 0.012)
    _admit(operator, "Harbor Sheriff", "sheriff", "Harbor County", "video@harbor.example", harbor, 12_000)
    _admit(operator, "Northgate Fire Rescue", "fire", "Northgate", "desk@fire.example", fire)
    admin = Officer.objects.get(agency=northgate, role=Officer.Role.ADMIN)
    for key, role, title, badge in (
        ("omar", "requester", "Officer", "4411"),
        ("ada", "approver", "Sergeant", "3102"),
    ):
        particulars = _officer(BY_KEY[key].email, key.title(), role, title, badge)
        added = agencies.add_officer(acting=admin, particulars=particulars)
        agencies.accept_invitation(token=agencies.invitation_of(added))


def _admit(
    operator: Account,
    name: str,
    kind: str,
    jurisdiction: str,
    contact: str,
    place: tuple[float, float],
    reach_m: float = 4_000,
) -> Agency:
    """An agency that serves all that is `reach_m` around its place."""
    outline = {"type": "Polygon", "coordinates": [places.ring_around(*place, reach_m)]}
    particulars = AgencyParticulars(
        name=name,
        kind=kind,
        jurisdiction=jurisdiction,
        contact_email=contact,
        website="",
        time_zone=ZONE,
        place_cell=places.coarse(places.cell_at(*place)),
        area=places.jurisdiction(outline),
    )
    return agencies.admit(
        operator=operator,
        particulars=particulars,
        agreement_text=AGREEMENT.format(name=name, contact=contact),
        signed_by=f"The chief of {name}",
        admin=_officer(f"admin@{particulars.slug}.example", "The admin", "admin", "Lieutenant", "1001"),
        stricter={},
    )


def _officer(email: str, name: str, role: str, title: str, badge: str) -> OfficerParticulars:
    return OfficerParticulars(email=email, name=name, role=role, title=title, badge=badge, contact="+358 9 555 0144")


def _household(number: int, home: Home) -> None:
    """Home 0 is Olive's. Every home has a street camera, and two of three a door camera too."""
    owner = _account(BY_KEY["olive"].email if number == 0 else f"home{number:02}@town.example", "")
    people.settle(
        account=owner,
        cell=places.cell_at(home.lat, home.lon),
        household_name=home.street,
        language="es" if number % 11 == 5 else "en",
        time_zone=ZONE,
    )
    people.change_settings(
        account=owner, name="Olive" if number == 0 else f"Home {number}", language=owner.language, time_zone=ZONE
    )
    cameras.add_camera(account=owner, name="Street", looks_at="street", may_be_asked=True)
    if number % 3 != 1:
        cameras.add_camera(account=owner, name="Front door", looks_at="door", may_be_asked=True)
    setting_up.finish(account=owner)


def _moderated() -> None:
    """So that Max has something to rule on: a report, and an appeal against Mo's ruling."""
    addresses = [BY_KEY["olive"].email, *(f"home{number:02}@town.example" for number in range(1, 8))]
    homes = [Account.objects.get(email=address) for address in addresses]
    moderated.tell(homes, _account("mo@goodfences.example", "Mo", Account.Kind.MODERATOR))


def _neighbor() -> None:
    """Nadia, around whom enough homes have a camera, and who has lived here long enough to ask them."""
    nadia = _account(BY_KEY["nadia"].email, "Nadia")
    cell = places.cell_from_hex(NADIAS_CELL)
    people.settle(account=nadia, cell=cell, household_name="", language="en", time_zone=ZONE)
    since = source.now() - timedelta(days=60)
    Account.objects.filter(pk=nadia.pk).update(created_at=since)
    Membership.objects.filter(account=nadia).update(joined_at=since)
