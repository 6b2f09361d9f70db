"""Django's email backend that writes into the outbox, so that sign-in codes are as durable as everything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from email.utils import parseaddr

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from goodfences import source
from goodfences.mail import outbox
from goodfences.mail.addresses import has_control

READY_MADE = "ready-made"
USEFUL_FOR = timedelta(hours=1)


class OutboxBackend(BaseEmailBackend):
    """Queues ready-made messages (allauth's codes) as urgent ones; the worker sends them before all others."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write one outbox message a recipient, all or none. Returns how many EmailMessages were taken.

        Raises ValueError for attachments: nothing here sends any.
        """
        with transaction.atomic():
            for message in email_messages:
                self._queue(message)
        return len(email_messages)

    def _queue(self, message: EmailMessage) -> None:
        if message.attachments:
            raise ValueError("The outbox carries text and HTML, no attachments.")
        context = {"subject": message.subject, "text": message.body, "html": _html(message)}
        if has_control(str(message.subject)):
            raise ValueError("The subject holds a line break or another control character.")
        settable = {
            name: str(value) for name, value in message.extra_headers.items() if name.lower() not in outbox.OURS
        }
        for recipient in message.recipients():
            outbox.queue(
                once=f"{READY_MADE}:{source.new_ref('ready-made')}",
                to=parseaddr(recipient)[1],
                template=READY_MADE,
                context={key: str(value) for key, value in context.items()},
                language="en",
                time_zone="UTC",
                headers=settable,
                priority=outbox.Priority.URGENT,
                not_after=source.now() + USEFUL_FOR,
            )


def _html(message: EmailMessage) -> str:
    if not isinstance(message, EmailMultiAlternatives):
        return ""
    return next((str(content) for content, kind in message.alternatives if kind == "text/html"), "")
