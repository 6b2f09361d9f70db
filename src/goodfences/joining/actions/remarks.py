"""What residents say about an announced agreement. It is public at once; nobody is told by whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from goodfences import guardrails, source
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.joining import access
from goodfences.joining.models import Application, Remark
from goodfences.people import limits
from goodfences.people.models import Account
from goodfences.policy import in_force, published_reason
from goodfences.visible import text_problems

LENGTH = 2000
KIND = "question"
"""As which the guardrails read it: what is said of an agreement, and not of somebody who was seen."""


def remark(*, account: Account, application_ref: str, text: str) -> Remark:
    """Say something about an agreement while it is announced. Raises Refused (what the guardrails stop), NotFound."""
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    application = Application.objects.filter(ref=application_ref, notice_from__isnull=False).first()
    if application is None:
        raise NotFound
    if application.state != Application.State.NOTICE:
        raise refuse("joining.over", "text", _("The time for comments is over."))
    text = text.replace("\r\n", "\n").strip()
    problems = _problems(text, account.language)
    if problems:
        raise Refused(*problems)
    limits.count("joining.remark", str(account.pk), limit=10, period=timedelta(days=1), field="text")
    with transaction.atomic():
        return Remark.objects.create(application=application, author=account, text=text, language=account.language)


@transaction.atomic
def hide(*, operator: Any, ref: str, reason: str) -> Remark:
    """The operator takes a comment away, with a reason that stands in its place. Raises Refused, NotFound."""
    found = access.remark_for_operator(operator, ref)
    reason = published_reason(reason, "why you take it away", "reason", in_force(), rule="joining.reason")
    if found.hidden_at is None:
        found.hidden_at, found.hidden_reason = source.now(), reason
        found.save(update_fields=["hidden_at", "hidden_reason"])
    return found


def _problems(text: str, language: str) -> list[Problem]:
    if not text:
        return [Problem("joining.text", "text", _("Write something first."))]
    found = text_problems(text, "text", LENGTH, lines=True)
    stops = guardrails.check(text, kind=KIND, language=language)
    return [*found, *(Problem(stop.rule, "text", f"{stop.why} {stop.mend}".strip()) for stop in stops)]
