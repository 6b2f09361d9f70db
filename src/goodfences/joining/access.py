"""The only way to an application: by the applicant's own link, by the link in the proving mail, or as operator."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from goodfences.agencies.access import require_operator
from goodfences.errors import NotFound
from goodfences.joining.models import Application, Remark
from goodfences.mail import links

OWN, PROOF = "joining.application", "joining.proof"
"""Purposes of goodfences.mail.links; the payload is the application's reference."""
OWN_LASTS, PROOF_LASTS = timedelta(days=365), timedelta(days=7)


def own_link(application: Application) -> str:
    """The token of the applicant's own page."""
    return links.sign(OWN, application.ref)


def by_own_link(token: str) -> Application:
    """Raises NotFound for a token that was forged or is too old."""
    return _application(links.read(OWN, token, OWN_LASTS))


def by_proof_link(token: str) -> Application:
    """The application that the mail to an agency's published contact is about. Raises NotFound."""
    return _application(links.read(PROOF, token, PROOF_LASTS))


def for_operator(operator: Any, ref: str) -> Application:
    """An application that its agency has signed. Raises NotFound for others, and for who isn't an operator."""
    require_operator(operator)
    application = _application(ref)
    if application.state == Application.State.APPLIED:
        raise NotFound
    return application


def remark_for_operator(operator: Any, ref: str) -> Remark:
    """Raises NotFound."""
    require_operator(operator)
    found = Remark.objects.select_related("application").filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found


def lock(application: Application) -> Application:
    """The same, read anew and held until the open transaction ends."""
    return Application.objects.select_for_update(no_key=True).get(pk=application.pk)


def _application(ref: str) -> Application:
    found = Application.objects.filter(ref=ref).first()
    if found is None:
        raise NotFound
    return found
