"""Accounts and households."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from goodfences import source

# Mode 1 (a cell) and resolution 11 fill the top twelve bits of an H3 index; see "H3 index bit layout" at h3geo.org.
LOWEST_CELL = 0x08B0_0000_0000_0000
HIGHEST_CELL = 0x08BF_FFFF_FFFF_FFFF


def cell_is_res_11(name: str) -> models.CheckConstraint:
    """The database itself refuses a `cell` that is finer or coarser than resolution 11 (P9)."""
    return models.CheckConstraint(condition=models.Q(cell__range=(LOWEST_CELL, HIGHEST_CELL)), name=name)


def new_household_ref() -> str:
    return source.new_ref("household")


def new_membership_ref() -> str:
    return source.new_ref("membership")


def new_invitation_ref() -> str:
    return source.new_ref("invitation")


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        """An account that signs in with `email`; without a password it signs in by emailed code alone."""
        account = self.model(email=self.normalize_email(email).lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser):
    """A person who signs in. An account is a resident's, an officer's, a moderator's, an operator's or
    an oversight body's, never two."""

    class Kind(models.TextChoices):
        RESIDENT = "resident"
        OFFICER = "officer"
        MODERATOR = "moderator"
        OPERATOR = "operator"
        OVERSEER = "overseer"

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


class Reach(models.Model):
    """When a person may be written to. No row: at any time, one email a matter.

    Hours and days are those of the account's time zone. `people.hours` reads them.
    """

    account = models.OneToOneField("people.Account", on_delete=models.CASCADE, primary_key=True, related_name="reach")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    digest_at = models.TimeField(null=True, blank=True, help_text="One email a day at this hour; empty: one each")
    away_from = models.DateField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True, help_text="The last day away")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False)
                & ~models.Q(quiet_from=models.F("quiet_until")),
                name="quiet_hours_have_two_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(away_from__isnull=True, away_until__isnull=True)
                | models.Q(away_until__gte=models.F("away_from")),
                name="away_ends_after_it_begins",
            ),
        ]


class SettingUp(models.Model):
    """How far a newcomer has come with setting up, so that they can go on another day, on another device."""

    account = models.OneToOneField("people.Account", on_delete=models.CASCADE, primary_key=True, related_name="+")
    passed = models.JSONField(default=list, blank=True, help_text="Steps that were answered or skipped")
    finished_at = models.DateTimeField(null=True, blank=True)


class Household(models.Model):
    """The people who share an owner's cameras, and the coarse place where they live (P9)."""

    ref = models.CharField(max_length=22, unique=True, default=new_household_ref, editable=False)
    name = models.CharField(max_length=80, blank=True)
    cell = models.BigIntegerField(help_text="H3 cell, resolution 11")
    created_at = models.DateTimeField(default=source.now, editable=False)
    members: models.ManyToManyField[Account, Membership] = models.ManyToManyField(
        Account, through="Membership", related_name="households"
    )

    class Meta:
        constraints = [cell_is_res_11("household_cell_is_res_11")]


class Membership(models.Model):
    """One person in one household. The owner answers asks; members may watch."""

    class Role(models.TextChoices):
        OWNER = "owner"
        MEMBER = "member"

    ref = models.CharField(max_length=22, unique=True, default=new_membership_ref, editable=False)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="memberships")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role)
    joined_at = models.DateTimeField(default=source.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], name="one_household_an_account"),
            models.UniqueConstraint(
                fields=["household"], condition=models.Q(role="owner"), name="one_owner_a_household"
            ),
        ]


class Invitation(models.Model):
    """An owner's invitation of one email address into the household; only that address can accept it."""

    ref = models.CharField(max_length=22, unique=True, default=new_invitation_ref, editable=False)
    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    created_at = models.DateTimeField(default=source.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["household", "email"], name="one_invitation_an_address")]


class Attempts(models.Model):
    """How often something was tried in one span of time. `key` is a keyed digest, never an address."""

    key = models.CharField(max_length=64)
    span_ends_at = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "span_ends_at"], name="one_count_a_span")]


class Remembered(models.Model):
    """What all web processes remember for a while (people.remembered). `key` is a keyed digest, never an address."""

    key = models.CharField(max_length=64, primary_key=True)
    value = models.JSONField()
    ends_at = models.DateTimeField(db_index=True)


def new_archive_ref() -> str:
    return source.new_ref("archive")


class Archive(models.Model):
    """One file with everything that is held about a person (P12), sealed at rest (P7).

    preparing: the worker adds one part after another. ready: it can be downloaded until `expires_at`.
    failed: it couldn't be made, and can be asked for anew. `progress` says how far each room's files have come.
    """

    class State(models.TextChoices):
        PREPARING = "preparing"
        READY = "ready"
        FAILED = "failed"

    ref = models.CharField(max_length=22, unique=True, default=new_archive_ref, editable=False)
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="archive")
    state = models.CharField(max_length=9, choices=State, default=State.PREPARING)
    key = models.ForeignKey("vault.SealedKey", on_delete=models.PROTECT, related_name="+")
    files = models.PositiveIntegerField(default=0, help_text="How many there were to take when it was asked for")
    files_done = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text="Bytes of the archive so far, unsealed")
    progress = models.JSONField(default=dict, blank=True, help_text="Behind which of its files each room goes on")
    left_out = models.JSONField(default=list, blank=True, help_text="[{path, why}]")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since the last part that was made")
    due_at = models.DateTimeField(default=source.now, help_text="Claimed, or put off, until then")
    created_at = models.DateTimeField(default=source.now, editable=False)
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=models.Q(state="preparing"), name="archive_to_make")]

    @property
    def folder(self) -> str:
        """Where its sealed parts lie."""
        return f"archives/{self.ref}"


class ArchivePart(models.Model):
    """A stretch of an archive's bytes that is durable: whole files of it, or what ends it."""

    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    blob = models.CharField(max_length=120)
    size = models.BigIntegerField(help_text="Bytes, unsealed")
    files = models.JSONField(help_text="[[path, size, CRC-32, SHA-256, offset in the part]]")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["archive", "number"], name="archive_parts_in_order")]


def new_erasure_ref() -> str:
    return source.new_ref("erasure")


class Erasure(models.Model):
    """The receipt of a camera or a span of time that its owner erased. That of an account goes with the account."""

    ref = models.CharField(max_length=22, unique=True, default=new_erasure_ref, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="erasures")
    receipt = models.JSONField(help_text="Signed; see goodfences.evidence.erasures")
    created_at = models.DateTimeField(default=source.now, editable=False)


class Erased(models.Model):
    """That something was erased, and of nobody whose it was: a backup that is older holds it still, and whoever
    restores that one has to erase it once more. Digests of what only that backup's rows can be compared with."""

    what = models.JSONField(help_text="{account} or {household, camera, starts_at, ends_at}; see people.erased")
    at = models.DateTimeField(default=source.now, db_index=True)


def new_browser_ref() -> str:
    return source.new_ref("browser")


class Browser(models.Model):
    """A browser in which an account signed in, by a cookie of ours. No address of the network is kept."""

    ref = models.CharField(max_length=22, unique=True, default=new_browser_ref, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="browsers")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the cookie")
    name = models.CharField(max_length=60, help_text="`Firefox on Linux`, as the browser says")
    session_key = models.CharField(max_length=40, blank=True, db_index=True, help_text="Empty once signed out")
    first_seen_at = models.DateTimeField(default=source.now)
    last_seen_at = models.DateTimeField(default=source.now, help_text="To the hour")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="one_row_a_browser_and_account")]


def new_change_ref() -> str:
    return source.new_ref("email_change")


class EmailChange(models.Model):
    """A new address to sign in with, until the old one and the new one have both said yes."""

    ref = models.CharField(max_length=22, unique=True, default=new_change_ref, editable=False)
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="email_change")
    new_email = models.EmailField()
    created_at = models.DateTimeField(default=source.now)
    expires_at = models.DateTimeField()
    old_said_yes_at = models.DateTimeField(null=True, blank=True)
    new_said_yes_at = models.DateTimeField(null=True, blank=True)


class Glance(models.Model):
    """Something of a person that somebody of the staff saw or did; shown to that person."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="glances")
    who = models.CharField(max_length=80, help_text="`operator`, and their name where they have one")
    what = models.CharField(max_length=20, help_text="mail-sent, mail-again")
    at = models.DateTimeField(default=source.now)
