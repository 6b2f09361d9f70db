"""How an application ends: what was private of it goes, and what was announced stays with how it ended."""

from __future__ import annotations

from goodfences import source
from goodfences.joining import letters
from goodfences.joining.models import Application
from goodfences.ledger import actions as ledger


def end(application: Application, state: Application.State, reason: str = "") -> None:
    """In the act's transaction, last of its locks."""
    announced = application.notice_from is not None
    letters.told(application, state, reason=reason)
    application.state, application.ended_at, application.reason = state, source.now(), reason
    application.admin, application.applicant_email = {}, ""
    application.oversight = {"name": application.oversight.get("name", "")}
    application.save()
    if announced and state != Application.State.IN_FORCE:
        body = {
            "agency": application.slug,
            "application": application.ref,
            "name": application.name,
            "how": str(state),
            "reason": reason,
        }
        ledger.append(kind="agency.application_ended", subject=f"application:{application.ref}", body=body)
        ledger.sign_after_commit()
