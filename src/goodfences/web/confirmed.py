"""An address whose person has just typed a code that was sent there is good again, even if it bounced before."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import authentication_step_completed, email_confirmed

from goodfences.mail.actions import confirm_address


def connect() -> None:
    """Listen to allauth; called once the apps are loaded."""
    email_confirmed.connect(_address_confirmed, dispatch_uid="goodfences.mail")
    authentication_step_completed.connect(_signed_in, dispatch_uid="goodfences.mail")


def _address_confirmed(email_address: Any, **_: Any) -> None:
    confirm_address(address=email_address.email)


def _signed_in(method: str, email: str | None = None, **_: Any) -> None:
    if method == "code" and email:
        confirm_address(address=email)
