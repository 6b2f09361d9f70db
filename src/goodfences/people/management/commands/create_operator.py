"""`goodfences manage create_operator EMAIL`: the account that runs an instance, or moderates it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from goodfences.people.models import Account


class Command(BaseCommand):
    help = "Make an operator's (or moderator's) account; it signs in by an emailed code."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", type=str)
        parser.add_argument("--name", default="")
        parser.add_argument("--moderator", action="store_true", help="a moderator instead of an operator")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        validate_email(email)
        kind = Account.Kind.MODERATOR if options["moderator"] else Account.Kind.OPERATOR
        with transaction.atomic():
            if Account.objects.filter(email=email).exists():
                raise CommandError(f"{email} already has an account; a staff account is never a resident's too.")
            Account.objects.create_user(email, name=options["name"], kind=kind)
        self.stdout.write(f"Made the {kind.value} {email}. Sign in with an emailed code.")
