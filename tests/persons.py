"""The standing persons of every test, as fixtures.

Olive comes with `olives_home`, its `street_camera` and `door_camera` (may be asked about) and its
`indoors_camera` (never). Hugo is a member of it. Nadia has a household and no camera. `stranger` owns
`strangers_home` with `strangers_camera`, two hundred meters from Olive's; `olives_device` and
`strangers_device` upload for the two. Omar (requester), Ada (approver), Aggie (agency admin)
and Audrey (auditor) are of `northgate`; Sam is a requester of `harbor`. Max moderates, Otto operates.

Every person is an `Account`; `officer(omar)` gives the `Officer`. `client_of(olive)` is a signed-in client.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import h3
import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.test import Client

from goodfences import source
from goodfences.agencies.models import Agency, Agreement, Officer
from goodfences.bench.bulk import show_second_factor
from goodfences.cameras.models import Camera, Device
from goodfences.people.models import Account, Household, Membership

TOWN = (60.1699, 24.9384)
OLIVES_PLACE = (60.1712, 24.9450)
STRANGERS_PLACE = (60.1726, 24.9425)
NADIAS_PLACE = (60.1705, 24.9470)
TOWN_ZONE = "Europe/Helsinki"
OLIVES_TOKEN = "olives-device-token"
STRANGERS_TOKEN = "strangers-device-token"
PASSWORD = "correct horse battery"
LONG_AGO = timedelta(days=90)


def cell(place: tuple[float, float], resolution: int = 11) -> int:
    """The H3 cell of a (latitude, longitude) as a signed 64-bit integer."""
    return int(h3.latlng_to_cell(*place, resolution), 16)


def make_account(name: str, kind: str = Account.Kind.RESIDENT, **fields: Any) -> Account:
    """An account with a verified address `name@example.org` and the password PASSWORD; no newcomer's."""
    email = f"{name.lower()}@example.org"
    given = {"time_zone": TOWN_ZONE, "created_at": source.now() - LONG_AGO, **fields}
    account = Account.objects.create(email=email, password=_kept_password(), name=name, kind=kind, **given)
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    return account


@cache
def _kept_password() -> str:
    """PASSWORD as an account keeps it, salted alike for all: one test's rows are another's."""
    return make_password(PASSWORD, salt="of-all-persons")


def make_home(owner: Account, place: tuple[float, float], name: str = "") -> Household:
    """A household at `place` that `owner` owns."""
    home = Household.objects.create(name=name, cell=cell(place))
    Membership.objects.create(household=home, account=owner, role=Membership.Role.OWNER)
    return home


def make_camera(home: Household, name: str, looks_at: str, *, may_be_asked: bool = False) -> Camera:
    """A camera that stands where its household does."""
    return Camera.objects.create(
        household=home, name=name, looks_at=looks_at, cell=home.cell, may_be_asked=may_be_asked
    )


def make_device(home: Household, name: str, token: str) -> Device:
    """A device that was paired with `home` and signs in with `token`."""
    return Device.objects.create(household=home, name=name, token_digest=hashlib.sha256(token.encode()).hexdigest())


def make_agency(slug: str, name: str, kind: str) -> Agency:
    """An agency with an agreement in force, without its ledger entry: a test of the ledger admits its own."""
    agency = Agency.objects.create(
        slug=slug,
        name=name,
        kind=kind,
        jurisdiction="The town",
        contact_email=f"requests@{slug}.example",
        time_zone=TOWN_ZONE,
        place_cell=cell(TOWN, 8),
    )
    # Far above any index that a test's own ledger can reach, so that the two never meet.
    index = 1_000_000 + agency.pk
    Agreement.objects.create(agency=agency, text="We ask first.", signed_by="The chief", ledger_index=index)
    return agency


def make_officer(agency: Agency, name: str, role: str, title: str, badge: str) -> Account:
    """The account of a new officer of `agency`."""
    account = make_account(name, Account.Kind.OFFICER)
    Officer.objects.create(
        account=account,
        agency=agency,
        role=role,
        title=title,
        badge=badge,
        contact=f"{name.lower()}@{agency.slug}.example",
        accepted_at=source.now(),
    )
    return account


def officer(account: Account) -> Officer:
    """The officer whose account this is."""
    return Officer.objects.select_related("agency", "account").get(account=account)


@pytest.fixture
def olive(db: None) -> Account:
    account = make_account("Olive")
    home = make_home(account, OLIVES_PLACE, "Oak house")
    make_camera(home, "Street", Camera.LooksAt.STREET, may_be_asked=True)
    make_camera(home, "Front door", Camera.LooksAt.DOOR, may_be_asked=True)
    make_camera(home, "Hall", Camera.LooksAt.INDOORS)
    return account


@pytest.fixture
def olives_home(olive: Account) -> Household:
    return olive.households.get()


@pytest.fixture
def street_camera(olives_home: Household) -> Camera:
    return Camera.objects.get(household=olives_home, looks_at=Camera.LooksAt.STREET)


@pytest.fixture
def door_camera(olives_home: Household) -> Camera:
    return Camera.objects.get(household=olives_home, looks_at=Camera.LooksAt.DOOR)


@pytest.fixture
def indoors_camera(olives_home: Household) -> Camera:
    return Camera.objects.get(household=olives_home, looks_at=Camera.LooksAt.INDOORS)


@pytest.fixture
def olives_device(olives_home: Household) -> Device:
    """A paired device of Olive's household; its token is OLIVES_TOKEN."""
    return make_device(olives_home, "Hub", OLIVES_TOKEN)


@pytest.fixture
def hugo(olives_home: Household) -> Account:
    account = make_account("Hugo")
    Membership.objects.create(household=olives_home, account=account, role=Membership.Role.MEMBER)
    return account


@pytest.fixture
def nadia(db: None) -> Account:
    account = make_account("Nadia")
    make_home(account, NADIAS_PLACE)
    return account


@pytest.fixture
def stranger(db: None) -> Account:
    account = make_account("Stranger")
    make_camera(make_home(account, STRANGERS_PLACE, "Elm house"), "Elm street", "street", may_be_asked=True)
    return account


@pytest.fixture
def strangers_home(stranger: Account) -> Household:
    return stranger.households.get()


@pytest.fixture
def strangers_camera(strangers_home: Household) -> Camera:
    return Camera.objects.get(household=strangers_home)


@pytest.fixture
def strangers_device(strangers_home: Household) -> Device:
    """A paired device of the other home; its token is STRANGERS_TOKEN."""
    return make_device(strangers_home, "Hub", STRANGERS_TOKEN)


@pytest.fixture
def northgate(db: None) -> Agency:
    return make_agency("northgate-police", "Northgate Police", Agency.Kind.POLICE)


@pytest.fixture
def harbor(db: None) -> Agency:
    return make_agency("harbor-sheriff", "Harbor Sheriff", Agency.Kind.SHERIFF)


@pytest.fixture
def omar(northgate: Agency) -> Account:
    return make_officer(northgate, "Omar", Officer.Role.REQUESTER, "Officer", "4411")


@pytest.fixture
def ada(northgate: Agency) -> Account:
    return make_officer(northgate, "Ada", Officer.Role.APPROVER, "Sergeant", "3102")


@pytest.fixture
def aggie(northgate: Agency) -> Account:
    return make_officer(northgate, "Aggie", Officer.Role.ADMIN, "Captain", "1001")


@pytest.fixture
def audrey(northgate: Agency) -> Account:
    return make_officer(northgate, "Audrey", Officer.Role.AUDITOR, "Auditor", "9001")


@pytest.fixture
def sam(harbor: Agency) -> Account:
    return make_officer(harbor, "Sam", Officer.Role.REQUESTER, "Deputy", "77")


@pytest.fixture
def max(db: None) -> Account:
    return make_account("Max", Account.Kind.MODERATOR)


@pytest.fixture
def otto(db: None) -> Account:
    return make_account("Otto", Account.Kind.OPERATOR)


def sign_in(client: Client, account: Account) -> Client:
    """Sign in as that person; as an officer with a second factor, shown once more just now."""
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    if account.kind == Account.Kind.OFFICER:
        show_second_factor(client, account)
    return client


def signed_in(account: Account) -> Client:
    """A client signed in as that person."""
    return sign_in(Client(), account)


@pytest.fixture
def client_of() -> Callable[[Account], Client]:
    """`client_of(olive)` is a client signed in as Olive."""
    return signed_in
