"""The only way to a seat, and to the agencies that its body oversees."""

from __future__ import annotations

from goodfences.agencies.models import Agency
from goodfences.errors import NotFound
from goodfences.oversight.models import Seat


def seat_of(account_id: int | None) -> Seat:
    """The active seat that signs in with this account, with its body. Raises NotFound."""
    if account_id is None:
        raise NotFound
    # The account is looked at apart, and only where there is a seat: no page of an officer's reads another's (P1).
    seat = Seat.objects.select_related("body").filter(account_id=account_id, active=True).first()
    if seat is None or seat.account is None or not seat.account.is_active:
        raise NotFound
    return seat


def agency(seat: Seat, slug: str) -> Agency:
    """An agency that the seat's body oversees, suspended or not. Raises NotFound for every other."""
    found = seat.body.agencies.filter(slug=slug).first()
    if found is None:
        raise NotFound
    return found
