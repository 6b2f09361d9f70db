"""Every change to a person's household and preferences. Leaving for good is in `erasure`."""

from __future__ import annotations

from datetime import date, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from goodfences import source
from goodfences.errors import NotFound, Problem, Refused, refuse
from goodfences.mail import outbox
from goodfences.people import access, checks, limits, registry, setting_up
from goodfences.people.models import Account, Household, Invitation, Membership, Reach

MAX_MEMBERS = 12
INVITATION_LIFE = timedelta(days=14)
INVITATIONS_A_DAY = 30


@transaction.atomic
def settle(*, account: Account, cell: int, household_name: str, language: str, time_zone: str) -> Household:
    """Say where a resident lives: a new household of their own, or a move of the one that they own.

    `cell` is an H3 cell of resolution 11 as a signed 64-bit integer: nothing finer is ever stored (P9).
    Raises `Refused` with every problem, `NotFound` for a member of another's household and for anyone who
    isn't a resident.
    """
    access.hold(account)
    household = _own_or_none(account)
    problems = checks.cell_problems(cell) + checks.name_problems(household_name.strip(), "household_name")
    problems += checks.language_problems(language) + checks.time_zone_problems(time_zone)
    if problems:
        raise Refused(*problems)
    _save_preferences(account, account.name, language, time_zone)
    if household is None:
        household = Household.objects.create(name=household_name.strip(), cell=cell)
        Membership.objects.create(household=household, account=account, role=Membership.Role.OWNER)
        setting_up.begin(account)
        return household
    moved = household.cell != cell
    household.name, household.cell = household_name.strip(), cell
    household.save(update_fields=["name", "cell"])
    for tell in registry.moves if moved else []:
        tell(household)
    return household


@transaction.atomic
def change_settings(*, account: Account, name: str, language: str, time_zone: str) -> None:
    """What to call the person, in which language, and in which zone times are shown."""
    name = name.strip()
    problems = checks.name_problems(name, "name") + checks.language_problems(language)
    problems += checks.time_zone_problems(time_zone)
    if problems:
        raise Refused(*problems)
    _save_preferences(account, name, language, time_zone)


@transaction.atomic
def choose_hours(
    *,
    account: Account,
    quiet_from: time | None,
    quiet_until: time | None,
    digest_at: time | None,
    away_from: date | None,
    away_until: date | None,
) -> None:
    """When the person may be written to, in their own zone. What waits already keeps its hour.

    Raises `Refused` for quiet hours with one end or of no length, and days away that end before they begin.
    """
    access.hold(account)
    problems = checks.quiet_problems(quiet_from, quiet_until) + checks.away_problems(away_from, away_until)
    if problems:
        raise Refused(*problems)
    Reach.objects.update_or_create(
        account=account,
        defaults={
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "digest_at": digest_at,
            "away_from": away_from,
            "away_until": away_until,
        },
    )


@transaction.atomic
def rename_household(*, account: Account, household_name: str) -> None:
    """Give the household that `account` owns another name, or none."""
    household = access.held_home(account)
    if problems := checks.name_problems(household_name.strip(), "household_name"):
        raise Refused(*problems)
    household.name = household_name.strip()
    household.save(update_fields=["name"])


def invite_member(*, account: Account, email: str) -> Invitation:
    """Invite the person who reads `email` into the household that `account` owns, for 14 days, by one email.

    Raises Refused, TooOften: an account is no way to fill somebody's mailbox.
    """
    limits.count("invite", str(account.pk), limit=INVITATIONS_A_DAY, period=timedelta(days=1), field="email")
    return _invite(account, email)


@transaction.atomic
def _invite(account: Account, email: str) -> Invitation:
    household = access.held_home(account)
    email = email.strip().lower()
    if problems := _invitation_problems(household, email):
        raise Refused(*problems)
    forget_invitations(household.invitations.filter(email=email))
    invitation = Invitation.objects.create(
        household=household,
        email=email,
        created_at=source.now(),
        expires_at=source.now() + INVITATION_LIFE,
    )
    outbox.queue(
        once=_once(invitation.ref),
        to=email,
        template="household_invitation",
        context={
            "inviter": account.name or account.email,
            "household": household.name,
            "link": f"{settings.SITE_URL}/household/join/{invitation.ref}/",
            "expires_at": invitation.expires_at.isoformat(),
            "instance_name": settings.INSTANCE_NAME,
        },
        language=account.language,
        time_zone=account.time_zone,
    )
    return invitation


@transaction.atomic
def withdraw_invitation(*, account: Account, ref: str) -> None:
    """Take back an invitation that nobody has accepted."""
    found = access.sent_invitation(account, ref)
    forget_invitations(Invitation.objects.filter(pk=found.pk))


def forget_invitations(invitations: QuerySet[Invitation]) -> None:
    """Delete them, and the emails of them that still wait, in the caller's transaction."""
    emails = [_once(ref) for ref in invitations.values_list("ref", flat=True)]
    outbox.cancel_each(once=emails, reason="The invitation was taken back.")
    invitations.delete()


def _once(invitation_ref: str) -> str:
    return f"invitation:{invitation_ref}"


@transaction.atomic
def accept_invitation(*, account: Account, ref: str) -> Household:
    """Join the household that invited the address of `account`. Raises `Refused` if it has a household already."""
    access.hold(account)
    invitation = access.received_invitation(account, ref)
    if access.household_of(account) is not None:
        raise refuse(
            "household.one",
            "invitation",
            _("You belong to a household already, and a person has one. Leave it first, then open this link again."),
            limit="1",
        )
    household = _make_room(invitation.household)
    Membership.objects.create(household=household, account=account, role=Membership.Role.MEMBER)
    invitation.delete()
    return household


@transaction.atomic
def decline_invitation(*, account: Account, ref: str) -> None:
    """Say no to an invitation; it stops working and nobody is told."""
    access.received_invitation(account, ref).delete()


@transaction.atomic
def remove_member(*, account: Account, ref: str) -> None:
    """End a membership: the owner ends a member's, a member ends their own. An owner can't be removed."""
    membership = access.member(account, ref)
    if membership.role == Membership.Role.OWNER:
        raise refuse(
            "household.owner",
            "member",
            _("The owner can't leave the household: its cameras are theirs. Delete the account in Settings instead."),
        )
    membership.delete()


def _own_or_none(account: Account) -> Household | None:
    if not account.is_active:
        raise NotFound
    if account.kind != Account.Kind.RESIDENT:
        raise NotFound
    household = access.household_of(account)
    if household is None:
        return None
    return access.held_home(account)


def _save_preferences(account: Account, name: str, language: str, time_zone: str) -> None:
    account.name, account.language, account.time_zone = name, language, time_zone
    account.save(update_fields=["name", "language", "time_zone"])


def _invitation_problems(household: Household, email: str) -> list[Problem]:
    if problems := checks.email_problems(email):
        return problems
    if household.members.filter(email=email).exists():
        message = _("%(email)s is in your household already.") % {"email": email}
        return [Problem("member.already", "email", message, value=email)]
    invited = household.invitations.filter(expires_at__gt=source.now()).exclude(email=email).count()
    if household.memberships.count() + invited >= MAX_MEMBERS:
        return [_too_many()]
    return []


def _make_room(household: Household) -> Household:
    """The household, held, with a place for one more."""
    held = Household.objects.select_for_update(no_key=True).get(pk=household.pk)
    if held.memberships.count() >= MAX_MEMBERS:
        raise Refused(_too_many())
    return held


def _too_many() -> Problem:
    message = _("A household has at most %(max)d people, those invited included.") % {"max": MAX_MEMBERS}
    return Problem("members.max", "email", message, limit=str(MAX_MEMBERS))
