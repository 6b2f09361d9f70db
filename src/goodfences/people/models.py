"""Accounts and households."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from goodfences import source


def new_household_ref() -> str:
    return source.new_ref("household")


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        """An account that signs in with `email`; without a password it signs in by emailed code alone."""
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A person who signs in. An account is a resident's, an officer's, a moderator's or an operator's, never two."""

    class Kind(models.TextChoices):
        RESIDENT = "resident"
        OFFICER = "officer"
        MODERATOR = "moderator"
        OPERATOR = "operator"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.RESIDENT)
    language = models.CharField(max_length=5, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=source.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[AccountManager] = AccountManager()

    def __str__(self) -> str:
        return f"account {self.pk}"


class Household(models.Model):
    """The people who share an owner's cameras, and the coarse place where they live (P9)."""

    ref = models.CharField(max_length=22, unique=True, default=new_household_ref, editable=False)
    name = models.CharField(max_length=80, blank=True)
    cell = models.BigIntegerField(help_text="H3 cell, resolution 11")
    created_at = models.DateTimeField(default=source.now, editable=False)
    members: models.ManyToManyField[Account, Membership] = models.ManyToManyField(
        Account, through="Membership", related_name="households"
    )


class Membership(models.Model):
    """One person in one household. The owner answers asks; members may watch."""

    class Role(models.TextChoices):
        OWNER = "owner"
        MEMBER = "member"

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], name="one_household_an_account"),
            models.UniqueConstraint(
                fields=["household"], condition=models.Q(role="owner"), name="one_owner_a_household"
            ),
        ]
